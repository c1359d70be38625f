"""A small map from a text to its loss below each chapter's title: "you are here".

The first page has this map in large. Chapters of the line name in their metadata the
stations that they explain; each station links to the first chapter that explains it.
"""

import re
from html import escape

from sphinx.application import Sphinx

from xent_book.site.contents import about

STATIONS = {
    "text": "index",
    "tokens": "02-logits",
    "hidden state": "02-logits",
    "logits": "02-logits",
    "softmax": "03-softmax",
    "−log p": "04-token-loss",
    "mean": "05-dataset-loss",
}
MAP = '<nav class="stations" aria-label="From a text to its loss"><ol>{}</ol></nav>'
HERE = '<li aria-current="true">{}</li>'
THERE = '<li><a href="{}.html">{}</a></li>'


def drawn(here: list[str]) -> str:
    """The map, in which the stations `here` stand out and the others are links."""
    return MAP.format(
        "".join(
            HERE.format(escape(name)) if name in here else THERE.format(page, name)
            for name, page in STATIONS.items()
        )
    )


def show_stations(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if doctree is not None and (here := about(app, pagename).get("stations")):
        context["body"] = re.sub(
            "</hgroup>", f"</hgroup>{drawn(here)}", context["body"], count=1
        )


def setup(app: Sphinx) -> dict:
    # Once a chapter's title has its line.
    app.connect("html-page-context", show_stations, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
