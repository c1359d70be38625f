"""Give each live part a page of its own, which other sites may show in a frame.

`embed/gap.html` has the part of its chapter's page, with its table, and a line that
leads there. `theme/copy.js` writes the frame's line, with the state of the part.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

from xent_book.site.contents import parts
from xent_book.site.downloads import credit
from xent_book.site.live import BOOK

FOLDER = "embed"
# What a chapter has said before its part, for those who meet the part alone.
SCORES = (
    "A language model has read “The cat sat on the” and gives each word that could "
    "come next a score"
)
# Of each part its title and what it is about; the second of a chapter has its number.
# An exhibit says little without its room, and has none.
ALONE: dict[str, dict[str, str]] = {}
for path in sorted(BOOK.glob("parts/*/alone.toml")):
    ALONE |= tomllib.loads(path.read_text("utf8"))


def named(body: str) -> str:
    """The text of a page whose parts say which page is their own."""
    seen: Counter[str] = Counter()

    def name(tag: re.Match[str]) -> str:
        seen[tag[1]] += 1
        own = tag[1] + (f"-{seen[tag[1]]}" if seen[tag[1]] > 1 else "")
        if own not in ALONE:
            return tag[0]
        return f'{tag[0]} embed="{own}" data-title="{ALONE[own]["title"]}"'

    return re.sub(r"<xent-(\w+)(?= config=)", name, body)


def name_parts(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if doctree and pagename != app.config.root_doc:  # whose game is that of Chapter 1
        context["body"] = named(context["body"])


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """A page for each part, once those of the chapters are written."""
    for pagename in (name for _, names in parts(app) for name in names):
        page = Path(app.outdir, f"{pagename}.html").read_text(encoding="utf8")
        for found in BeautifulSoup(page, "html.parser").select("[embed]"):
            name, section = str(found["embed"]), found.find_parent("section")
            # As it stands there: the parser would write the names of SVG in lower case.
            tag = re.escape(found.name)
            whole = re.findall(rf'<{tag} embed="{name}".*?</{tag}>', page, re.DOTALL)
            home = app.config.html_baseurl
            about = {
                "pageurl": home and f"{home}{pagename}.html",
                "title": ALONE[name]["title"],
                "about": ALONE[name]["about"].format(scores=SCORES),
                "body": whole[0],
                "chapter": pagename,
                "chapter_title": app.env.titles[pagename].astext(),
                "credit": credit(app.config.html_title),
                "home": home,
                "section": section and section["id"],
                "loads": ["copy", "live", found.name.removeprefix("xent-")],
            }
            yield f"{FOLDER}/{name}", about, "embed.html"


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", name_parts)
    app.connect("html-collect-pages", pages)
