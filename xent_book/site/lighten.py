"""Remove what the theme sends and no page needs, after the build.

One style sheet replaces many, with only the rules that can match; the icon font keeps
the icons in use; scripts wait for the page. A first visit loads a sixth of the bytes.
If a release of the theme is not as expected, the build warns and leaves the pages as
the theme made them: heavier, but correct.
"""

import os
import re
from pathlib import Path

import tinycss2
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.util import logging

SHEET = "_static/styles/all.css"
ICONS = "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2"
SCRIPTS = "_static/scripts/*-theme.js"

# The live parts' style sheets stay separate, since few pages need each.
LINK = re.compile(r'\s*<link (?![^>]*data-part)[^>]*rel="stylesheet"[^>]*>')
IMPORT = re.compile(r'@import "([^"]*)";')
ADDRESS = re.compile(r"""url\(["']?(?!data:)([^"')]+)["']?\)""")
INDENT = re.compile(r"\n\s+|/\*.*?\*/", re.DOTALL)  # no string has these
VALUE = re.compile(
    r"""(?<![\w-])(--[\w-]+):(?:url\([^"')]*\)|"[^"]*"|'[^']*'|[^;{}"'])*;?"""
)
ASKED = re.compile(r"var\(\s*(--[\w-]+)")
EMPTY = re.compile(r"[^{};]*{\s*}")
EDGE = re.compile(r"\n?([{};,])\n")
CHANGES = {
    # Icons are in the font, and a preloaded script would come before the style.
    r"<script [^>]*/fontawesome\.js[^>]*></script>\s*": "",
    r'<link [^>]*as="script".*?>\s*': "",
    # The colours cannot wait for the script that sets them: the page would jump.
    r'localStorage\.getItem\("theme"\) \|\| "auto"': (
        'document.documentElement.dataset.mode === "auto"'
        ' ? matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"'
        ' : localStorage.getItem("theme")'
    ),
    'data-theme="auto"': 'data-theme="light"',
}
# The options are read by scripts within the page, which cannot wait.
EAGER = re.compile(r"<script (?![^>]*(?:defer|documentation_options))(?=[^>]*src=)")
# The index of all pages and what reads it stay on the page of the search; others ask
# for them when their dialog opens. No page needs Sphinx's shortcuts and marks, or what
# of Bootstrap moves.
ASIDE = r"<script [^>]*/?(?:%s)\.js[^>]*></script>\s*"
NEEDLESS = re.compile(ASIDE % "doctools|sphinx_highlight|bootstrap")
SEARCH = re.compile(ASIDE % "searchtools|language_data|searchindex")
# The theme reports each change of colours in every reader's console.
REPORT = re.compile(r"console\.log\((?=[\"`]\[PST\])")
QUIET = "void(".ljust(len("console.log("))  # as long, for the source map
# What is wider than its place can be scrolled by keys. The theme measures in closed
# folds, too, and for each has the page laid out anew; margin.js does, once they open.
WIDE = re.compile(
    r'"\.jp-RenderedHTMLCommon",([^{}]*forEach\((\w)=>{)(\2\.tabIndex=[^{}]*)'
)
SEEN = r"\1\2.checkVisibility()&&(\3)  "  # as long, without a class of other books

# Where letters are larger, what stands side by side needs more pixels.
QUERY = re.compile(r"@media[^{]*|matchMedia\([^)]*\)")
PIXELS = re.compile(r"([\d.]+)px")

# The theme and its parts say it three times.
VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')

logger = logging.getLogger(__name__)


def lighten(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    try:
        lighten_book(Path(app.outdir))
    except Exception as error:  # whatever a release changes, the book is built
        says = "The theme is not as lighten.py expects, so pages stay heavy: %s"
        logger.warning(says, error, type="lighten", subtype="theme")


def lighten_book(out: Path) -> None:
    """Make the whole book lighter or, if anything is unexpected, change nothing."""
    files = [path for path in out.rglob("*.html") if "_static" not in path.parts]
    texts = {path: path.read_text("utf8") for path in files}
    pages = {path: text for path, text in texts.items() if LINK.search(text)}
    # A page that this build did not write anew is light already.
    heavy = {path: page for path, page in pages.items() if SHEET not in page}
    if pages and not heavy:
        return
    sheets = dict.fromkeys(sheet for page in heavy.items() for sheet in linked(*page))
    scripts = [x for x in (out / "_static").rglob("*.js") if x.name != "bootstrap.js"]
    words = {
        word
        for path in (*pages, *scripts)
        for word in re.findall(r"[\w-]+", path.read_text("utf8"))
    }
    rules = [rule for s in sheets for rule in prune(read(s, out / SHEET), words)]
    css = INDENT.sub("\n", tinycss2.serialize(rules))
    others = set((out / "_static").resolve().glob("*.css")).difference(sheets)
    asked = [ASKED.findall(sheet.read_text("utf8")) for sheet in others]
    css = forget(css, words.union(*asked))
    light = {path: edit(page, path, out / SHEET) for path, page in heavy.items()}
    for script in out.glob(SCRIPTS):
        quiet = REPORT.sub(QUIET, script.read_text("utf8"))
        light[script] = in_em(WIDE.sub(SEEN, quiet))
    cut(out / ICONS, css)
    for path, text in {out / SHEET: in_em(css), **light}.items():
        path.write_text(text, encoding="utf8")


def in_em(text: str) -> str:
    """A style sheet or script with its width limits relative to the font size."""

    def one(pixels: re.Match) -> str:
        size = f"{float(pixels[1]) / 16:g}em"
        return size.ljust(len(pixels[0]))  # as long, for the source map

    return QUERY.sub(lambda query: PIXELS.sub(one, query[0]), text)


def forget(css: str, words: set[str]) -> str:
    """The style sheet without custom properties that nothing uses."""
    asked = words.union(ASKED.findall(css))
    kept = VALUE.sub(lambda one: one[0] if one[1] in asked else "", css)
    kept = EMPTY.sub("", kept)
    return EDGE.sub(r"\1", css) if kept == css else forget(kept, words)


def linked(path: Path, page: str) -> list[Path]:
    """The style sheets of a page."""
    addresses = re.findall(r'href="([^"?]*)', "".join(LINK.findall(page)))
    return [(path.parent / address).resolve() for address in addresses]


def relative(path: Path, home: Path) -> str:
    return Path(os.path.relpath(path, home.parent)).as_posix()


def read(sheet: Path, home: Path) -> str:
    """A style sheet with its imports inlined, and its addresses relative to `home`."""
    css = ADDRESS.sub(
        lambda url: f"url({relative(sheet.parent / url[1], home)})",
        sheet.read_text("utf8"),
    )
    return IMPORT.sub(lambda address: read(sheet.parent / address[1], home), css)


def prune(css, words: set[str]) -> list:
    """The rules that can match something on a page."""
    kept = []
    for rule in tinycss2.parse_stylesheet(css, True, True):
        keyword = getattr(rule, "lower_at_keyword", None)
        if rule.type == "error" or keyword == "import":
            raise ValueError(f"a style sheet has {rule}")
        if keyword in {"media", "supports"}:
            rule.content = prune(rule.content, words)
        if keyword or can_match(rule, words):
            kept.append(rule)
    return kept


def can_match(rule, words: set[str]) -> bool:
    """Whether a selector's classes, except in :is() and :not(), are all in use."""
    plain = tinycss2.serialize([t for t in rule.prelude if t.type != "function"])
    selectors = [re.findall(r"\.([\w-]+)", part) for part in plain.split(",")]
    return any(words.issuperset(classes) for classes in selectors)


def cut(font: Path, css: str) -> None:
    """Keep only the characters in the icon font that the style sheet uses."""
    icons = "".join(re.findall("[\ue000-\uf8ff]", css))
    if not icons:
        raise ValueError("no style sheet names an icon")
    path = str(font)
    subset.main([path, f"--text={icons}", "--flavor=woff2", f"--output-file={path}"])


def edit(page: str, path: Path, sheet: Path) -> str:
    """The page with one style sheet, and without scripts that delay it."""
    for pattern, instead in CHANGES.items():
        page, found = re.subn(pattern, instead, page)
        if not found:
            raise ValueError(f"{path.name} has no {pattern}")
    page = NEEDLESS.sub("", page)
    if path.name != "search.html":
        page = SEARCH.sub("", page)
    if not (first := VIEWPORT.search(page)):
        raise ValueError(f"{path.name} has no {VIEWPORT.pattern}")
    head, said, rest = page.partition(first[0])
    page = head + said + VIEWPORT.sub("", rest)
    link = f'\n    <link rel="stylesheet" href="{relative(sheet, path)}">'
    start = LINK.search(page).start()
    page = page[:start] + link + LINK.sub("", page[start:])
    return REPORT.sub(QUIET, EAGER.sub("<script defer ", page))


def setup(app: Sphinx) -> dict:
    app.connect("build-finished", lighten, priority=900)  # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
