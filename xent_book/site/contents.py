"""List on the first page what readers learn in each chapter.

A chapter's ideas and its reading time are in the metadata of its notebook. The first
page lists them in the order of the book, at the end of the section before the ways in.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from sphinx import addnodes
from sphinx.application import Sphinx

from xent_book.site import render

PLACE = re.compile(r'(</section>\s*)?<section id="ways-in">')


def about(app: Sphinx, name: str) -> dict:
    """The ideas and minutes of a chapter; nothing for other pages."""
    path = Path(app.env.doc2path(name))
    notebook = path.suffix == ".ipynb"
    return nbformat.read(path, as_version=4).metadata if notebook else {}


def parts(app: Sphinx) -> Iterator[tuple[str, list[str]]]:
    """Each part of the book: its name, and its pages."""
    for part in app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree):
        yield part["caption"] or "", [name for _, name in part["entries"]]


def list_ideas(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if pagename != app.config.root_doc:
        return
    listed = [
        (caption, [(x, told) for x in names if "ideas" in (told := about(app, x))])
        for caption, names in parts(app)
    ]
    if shown := [(caption, chapters) for caption, chapters in listed if chapters]:
        titles, address = app.env.titles, context["pathto"]
        ideas = render("contents.html", parts=shown, titles=titles, address=address)
        context["body"] = PLACE.sub(lambda m: ideas + m[0], context["body"], count=1)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", list_ideas, priority=600)  # after the theme
