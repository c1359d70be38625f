"""Data for the search: the sentences of all pages, and where terms are explained.

It is one script next to the index, which the search loads when a reader starts typing,
so the search reads no other page and works from disk. The glossary has the terms.
"""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx

NAME = "passages.js"
GLOSSARY = "chapters/glossary"
UNREAD = ["katex-mathml", "headerlink", "cell", "take", "beside"]
UNREAD += ["opening", "chapter", "stations"]
READ = "p, li:not(:has(p)), dd:not(:has(p))"
RAISED = "sup, .msupsub:not(:has(.vlist-t2))"  # what is lowered has a second line


def words(one: Tag) -> str:
    return " ".join(re.sub("[\u200b\u2060]", "", one.get_text()).split())


def article(page: str) -> Tag | None:
    """The text of a page."""
    found = BeautifulSoup(page, "html.parser").select_one("article")
    for unread in found.find_all(class_=UNREAD) if found else ():
        unread.decompose()
    for raised in found.select(RAISED) if found else ():
        raised.insert(0, "^")
    return found


def passages(read: Tag) -> list[list[str]]:
    """The paragraphs of a page: the anchor above, its heading or name, and the text."""
    found = []
    for one in read.select(READ):
        heading = one.find_previous(["h1", "h2", "h3"])
        section = one.find_parent("section")
        entry = one.find_parent("dl", class_="py")
        home = entry.find("dt", id=True) if entry else section
        if home and heading and (text := words(one)):
            name = str(home["id"])
            found.append([name, name if entry else words(heading), text])
    return found


def terms(read: Tag) -> dict[str, list[str]]:
    """Each term of the glossary: the page and the anchor that explain it, and how."""
    found = {}
    for section in read.select("section section"):
        links = [str(link["href"]) for link in section.select("p a.internal")]
        # Neither another term nor a source.
        chapter = next(x for x in links if not x.startswith(("#", "bibliography")))
        page, _, anchor = chapter.partition("#")
        text = words(section.select_one("p") or section).partition(" →")[0]
        name = words(section.select_one("h2") or section)
        found[name] = [f"chapters/{page.removesuffix('.html')}", anchor, text]
    return found


def bring(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    pages, explained = {}, {}
    for name in sorted(app.env.found_docs):
        read = article(Path(app.outdir, f"{name}.html").read_text(encoding="utf8"))
        if read:
            pages[name] = passages(read)
            if name == GLOSSARY:
                explained = terms(read)
    told = json.dumps({"pages": pages, "terms": explained}, ensure_ascii=False)
    Path(app.outdir, NAME).write_text(f"passages = {told};", encoding="utf8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", bring)
