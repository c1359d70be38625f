"""What a reader takes away from each chapter, on the first page.

A chapter's notebook names its ideas and its minutes in its metadata; the first page
lists them, in the order of the book, above the section of ways in.
"""

from html import escape
from pathlib import Path

import nbformat
from sphinx.application import Sphinx

PLACE = '<section id="ways-in">'
LIST = """<section id="contents"><h2>What you take away</h2><ol>{}</ol>
</section>
"""
CHAPTER = '<li><p><a href="{}">{}</a> <small>{} min</small></p><ul>{}</ul></li>'


def about(app: Sphinx, name: str) -> dict:
    """What a chapter says of itself; other pages have no ideas."""
    path = Path(app.env.doc2path(name))
    notebook = path.suffix == ".ipynb"
    return nbformat.read(path, as_version=4).metadata if notebook else {}


def chapter(app: Sphinx, name: str, address: str) -> str:
    told = about(app, name)
    ideas = "".join(f"<li>{escape(idea)}</li>" for idea in told["ideas"])
    title = escape(app.env.titles[name].astext())
    return CHAPTER.format(address, title, told["minutes"][0], ideas)


def list_ideas(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if pagename != app.config.root_doc:
        return
    names = app.env.toctree_includes.get(pagename, [])
    chapters = [
        chapter(app, name, context["pathto"](name))
        for name in names
        if "ideas" in about(app, name)
    ]
    if chapters:
        listed = LIST.format("".join(chapters)) + PLACE
        context["body"] = context["body"].replace(PLACE, listed, 1)


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", list_ideas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
