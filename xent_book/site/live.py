"""Add the scripts and style sheets of live parts to the pages that have such a part.

`<xent-gap>` on a page adds `parts/gap/gap.js` and `gap.css`, after what all parts
share. Comments and indentation are stripped.
"""

import json
import re
from itertools import groupby, pairwise
from pathlib import Path

from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment, Whitespace
from sphinx.application import Sphinx

BOOK = Path(__file__).parents[1]
# A gap is of no use after the first of these, and before the others.
TIGHT = {".css": ("{};,:>", "{}>"), ".js": ("{;,:=?<>&|([*", "{}=?<>&|)]:*")}
SIGNS = {*"+-/%!"}
PACK = 60  # sentences of the game in a script, of which a page loads one
FOLDERS = "parts/**/*.js", "site/*/*.js", "drawings/*.js", "teaching/*.js"
SCRIPTS = [path for folder in FOLDERS for path in BOOK.glob(folder)]


def parts(page: str) -> list[str]:
    """The names of the live parts on a page."""
    return sorted(set(re.findall(r"<xent-(\w+)", page)))


def load_parts(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    names = parts(context.get("body", ""))
    for name in ["live", *names] if names else []:
        app.add_js_file(f"{name}.js", priority=900, loading_method="defer")
    for name in names:
        app.add_css_file(f"{name}.css", priority=900)


def light(path: Path) -> str:
    """A minified script or style sheet; strings and templates stay as they are."""
    tokens = get_lexer_for_filename(path.name).get_tokens(path.read_text("utf8"))
    gaps = {*Comment.subtypes, Comment, Whitespace} - {Comment.Preproc}  # !important
    after, before = TIGHT[path.suffix]
    runs = [
        (gap, "".join(value for _, value in pieces))
        for gap, pieces in groupby(tokens, lambda token: token[0] in gaps)
    ]
    text = ""
    for (gap, piece), (_, rest) in pairwise([*runs, (False, "")]):
        if gap:
            left, right = text[-1:], rest[:1] or "\n"
            of_no_use = left in after or right in before
            if path.suffix == ".js" and left != right:  # a - b, and not a - -b
                of_no_use = of_no_use or left in SIGNS or right in SIGNS
            piece = "" if of_no_use else "\n" if "\n" in piece else " "
        text += piece
    if path.suffix == ".css":
        text = re.sub(r"(?<![\w.])0(?=\.\d)", "", text.replace(";}", "}"))
    return text


def bring(app: Sphinx) -> None:
    """Put scripts and style sheets where pages look for them, before they ask."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    for path in SCRIPTS:
        (static / path.name).write_text(light(path), encoding="utf8")
        if (sheet := path.with_suffix(".css")).exists():
            text = f"@layer parts{{{light(sheet)}}}"
            (static / sheet.name).write_text(text, encoding="utf8")
    lines = json.loads((BOOK / "data/game.json").read_text("ascii"))
    for number in range(len(lines) // PACK):
        pack = lines[PACK * number : PACK * (number + 1)]
        text = json.dumps(pack, separators=(",", ":"))
        path = static / f"game-{number}.js"
        path.write_text(f"xentGame({number},{text})", encoding="ascii")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", bring)
    app.connect("html-page-context", load_parts)
