"""What the theme sends and no page needs, taken out after the build.

One style sheet in place of a dozen, without the rules that match nothing; the icon
font with the icons in use; scripts that wait for the page. A first visit weighs a
quarter of what it did. When a release of the theme looks different, the build says so.
"""

import posixpath
import re
from pathlib import Path

import tinycss2
from fontTools.subset import main as subset
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

SHEET = "_static/styles/all.css"
UNUSED_SCRIPTS = ("fontawesome.js",)  # icons are in the font
FONTS = "_static/vendor/fontawesome/webfonts"
LINK = re.compile(r'<link [^>]*?rel="stylesheet"[^>]*?>\n?')
# The options are read by scripts within the page, which cannot wait.
SCRIPT = re.compile(r"<script (?![^>]*(?:defer|documentation_options))([^>]*?)src=")


def lighten(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    paths = [path for path in out.rglob("*.html") if "_static" not in path.parts]
    pages = {path: path.read_text(encoding="utf8") for path in paths}
    pages = {path: page for path, page in pages.items() if LINK.search(page)}
    # A second build writes the changed pages alone; the others have one sheet already.
    heavy = {path: page for path, page in pages.items() if SHEET not in page}
    sheets = dict.fromkeys(
        sheet for path, page in heavy.items() for sheet in sheets_of(page, path, out)
    )
    before = out / SHEET
    if before.exists():
        first = before.read_text(encoding="utf8").partition("\n")[0]
        sheets = dict.fromkeys([*first.split()[1:-1], *sheets])
    scripts = [path.read_text(encoding="utf8") for path in out.rglob("_static/**/*.js")]
    words = set(re.findall(r"[\w-]+", " ".join([*pages.values(), *scripts])))
    css = "".join(flatten(out, sheet, words) for sheet in sheets)
    before.write_text(f"/* {' '.join(sheets)} */\n{css}", encoding="utf8")
    cut_icons(out, css)
    silence(out / "_static/scripts/pydata-sphinx-theme.js")
    for path, page in heavy.items():
        path.write_text(lighter(page, path.parent.relative_to(out)), encoding="utf8")


def sheets_of(page: str, path: Path, out: Path) -> list[str]:
    folder = path.parent.relative_to(out).as_posix()
    hrefs = re.findall(r'href="([^"?]*\.css)', "".join(LINK.findall(page)))
    return [posixpath.normpath(posixpath.join(folder, href)) for href in hrefs]


def flatten(out: Path, sheet: str, words: set[str]) -> str:
    """The rules of a style sheet that can match, with addresses seen from SHEET."""
    css = (out / sheet).read_text(encoding="utf8")
    here, there = posixpath.dirname(SHEET), posixpath.dirname(sheet)
    kept = ""
    for rule in tinycss2.parse_stylesheet(css, True, True):
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            (address,) = re.findall(r"[\w./-]+\.css", tinycss2.serialize(rule.prelude))
            kept += flatten(out, posixpath.join(there, address), words)
        else:
            kept += keep(rule, words)

    def seen_from_here(match: re.Match) -> str:
        address = match[1].strip("\"'")
        if address.startswith(("data:", "#", "http")):
            return match[0]
        return f"url({posixpath.relpath(posixpath.join(there, address), here)})"

    return kept if there == here else re.sub(r"url\(([^)]*)\)", seen_from_here, kept)


def keep(rule, words: set[str]) -> str:
    """A rule without the selectors whose classes are in no page and no script."""
    if rule.type == "qualified-rule":
        selectors = [
            selector
            for selector in split(tinycss2.serialize(rule.prelude))
            if set(re.findall(r"\.([\w-]+)", re.sub(r":not\([^)]*\)", "", selector)))
            <= words
        ]
        body = tinycss2.serialize(rule.content)
        return f"{','.join(selectors)}{{{body.strip()}}}\n" if selectors else ""
    if rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
        rules = tinycss2.parse_rule_list(rule.content, True, True)
        kept = "".join(keep(inner, words) for inner in rules)
        prelude = tinycss2.serialize(rule.prelude)
        return f"@{rule.at_keyword}{prelude}{{{kept}}}\n" if kept else ""
    if rule.type == "at-rule" and rule.lower_at_keyword == "charset":
        return ""
    return rule.serialize()


def split(selectors: str) -> list[str]:
    """The selectors of a list; a comma inside brackets separates none."""
    return [s.strip() for s in re.split(r",(?![^(\[]*[)\]])", selectors)]


def cut_icons(out: Path, css: str) -> None:
    """Leave in the icon font only the characters that the style sheet names."""
    icons = {f"{ord(icon):x}" for icon in re.findall("[\ue000-\uf8ff]", css)}
    font = out / FONTS / "fa-solid-900.woff2"
    if not icons or not font.exists():
        raise ExtensionError(
            "the theme's icon font is not where it was: mend lighten.py"
        )
    subset(
        [
            str(font),
            f"--unicodes={','.join(icons)}",
            f"--output-file={font}",
            "--flavor=woff2",
        ]
    )


def lighter(page: str, folder: Path) -> str:
    """The page with one style sheet, without unused scripts, and none in its way."""
    href = posixpath.relpath(SHEET, folder.as_posix())
    page = LINK.sub(f'<link rel="stylesheet" href="{href}">\n', page, count=1)
    start = page.index(href) + len(href) + len('">\n')
    page = page[:start] + LINK.sub("", page[start:])
    for script in UNUSED_SCRIPTS:
        page, found = re.subn(
            rf"\s*<script [^>]*{re.escape(script)}[^>]*></script>", "", page
        )
        if not found:
            raise ExtensionError(f"the theme no longer loads {script}: mend lighten.py")
    page = re.sub(r'\s*<link rel="preload" as="script"[^>]*>', "", page)
    page = page.replace('console.log("[PST]', 'void("[PST]')  # see silence
    return SCRIPT.sub(r"<script defer \1src=", page)


def silence(script: Path) -> None:
    """The theme reports each change of colours in every reader's console."""
    code = script.read_text(encoding="utf8")
    script.write_text(code.replace("console.log(", "void("), encoding="utf8")


def setup(app: Sphinx) -> dict:
    app.connect("build-finished", lighten, priority=900)  # after the theme's own
    return {"parallel_read_safe": True}
