"""List on the first page what readers learn in each chapter.

A chapter's ideas and its reading time are in the metadata of its notebook. The first
page lists them in the order of the book, above the section with the ways in.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path

import nbformat
from sphinx import addnodes
from sphinx.application import Sphinx

PLACE = '<section id="ways-in">'
LIST = (
    '<section id="contents"><h2>What you take away</h2>'
    "<p>The ideas of each chapter, in words that it explains.</p>{}</section>"
)
PART = "<h3>{}</h3><ol>{}</ol>"
FOLDED = "<details><summary>{}</summary><ol>{}</ol></details>"  # all but the first
CHAPTER = '<li><p><a href="{}">{}</a> <small>{} min</small></p><ul>{}</ul></li>'


def about(app: Sphinx, name: str) -> dict:
    """The ideas and minutes of a chapter; nothing for other pages."""
    path = Path(app.env.doc2path(name))
    notebook = path.suffix == ".ipynb"
    return nbformat.read(path, as_version=4).metadata if notebook else {}


def chapter(app: Sphinx, name: str, told: dict, address: str) -> str:
    curly = (escape(idea.replace("'", "’")) for idea in told["ideas"])  # as in the text
    ideas = "".join(f"<li>{idea}</li>" for idea in curly)
    title = escape(app.env.titles[name].astext())
    return CHAPTER.format(address, title, told["minutes"][0], ideas)


def parts(app: Sphinx) -> Iterator[tuple[str, list[str]]]:
    """Each part of the book: its name, and its pages."""
    for part in app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree):
        yield part["caption"] or "", [name for _, name in part["entries"]]


def list_ideas(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if pagename != app.config.root_doc:
        return
    listed = ""
    for caption, names in parts(app):
        told = {name: about(app, name) for name in names}
        chapters = [
            chapter(app, name, of_it, context["pathto"](name))
            for name, of_it in told.items()
            if "ideas" in of_it
        ]
        if chapters:
            part = FOLDED if listed else PART
            listed += part.format(escape(caption), "".join(chapters))
    if listed:
        listed = LIST.format(listed) + PLACE
        context["body"] = context["body"].replace(PLACE, listed, 1)


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", list_ideas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
