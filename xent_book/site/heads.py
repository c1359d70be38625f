"""A chapter's head: number, time, a drawing, and the map from a text to its loss.

The dot of the drawing can be pulled: see `drawings/pull.js`.

The first page has this map in large. Chapters of the line name in their metadata the
stations that they explain; each station links to the first chapter that explains it.
"""

import re
from functools import partial

from sphinx.application import Sphinx

from xent_book.drawings import LARGE, SMALL, STATES, draw, frames, number, said
from xent_book.site import render
from xent_book.site.contents import about
from xent_book.site.translations import beside, say, split

STATIONS = {
    "text": "index",
    "tokens": "02-logits",
    "hidden state": "02-logits",
    "logits": "02-logits",
    "softmax": "03-softmax",
    "−log p": "04-token-loss",
    "mean": "05-dataset-loss",
}
TITLE = re.compile(r"<h1>(.*?)</h1>\s*<p><em>([^<]*)</em></p>")


def set_head(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Put a chapter's head in the place of its title and of the line below."""
    folder, _, name = split(pagename)[0].rpartition("/")
    drawings = {"large": draw(name, LARGE), "small": draw(name, SMALL)}
    # Where the drawing shows the number, it is hidden in the title.
    first = rf"^(<span[^>]*>)?({number(name)} · )"

    def link(page: str) -> str:
        listed = f"{folder}/{page}".lstrip("/")
        return f"{beside(app, listed, pagename).rpartition('/')[2]}.html"

    def head(found: re.Match) -> str:
        title, line = found.groups()
        if number(name) and drawings["large"]:
            title = re.sub(first, r'\1<span class="nth">\2</span>', title)
        return render(
            "head.html",
            title=title,
            line=line,
            here=about(app, pagename).get("stations", ()),
            stations={station: link(page) for station, page in STATIONS.items()},
            pull=frames(name),
            say=partial(say, pagename),
            languages=context.get("languages", []),
            **drawings,
        )

    context["body"] = TITLE.sub(head, context.get("body", ""), count=1)
    if frames(name):
        context["body"] = mark(context["body"], said(name))
        app.add_js_file("pull.js", loading_method="defer", priority=900)
        app.add_css_file("pull.css", priority=900)


def mark(body: str, numbers: dict[str, str]) -> str:
    """Mark the numbers of the drawing in the paragraphs before the first section: they
    change with its dot."""
    head, end, rest = body.partition("</hgroup>")
    lead, section, rest = rest.partition("<section")
    for name, text in numbers.items():
        found = rf"(?<![\w.]){re.escape(text)}(?!\.?\w)(?![^<]*>)"
        lead = re.sub(found, f'<span data-said="{name}">{text}</span>', lead)
    return head + end + lead + section + rest


def open_ways(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Give each way in on the first page the drawing of the chapter it leads to."""
    before, found, ways = context.get("body", "").partition('id="ways-in"')
    left = {*STATES}

    def with_drawing(way: re.Match) -> str:
        links = re.findall(r'href="([^"#]*)\.html', way[0])
        name = next((link for link in links if link in left), "")
        left.discard(name)
        return f"<li>{draw(name, SMALL)}{way[1]}"

    ways = re.sub("<li>(.*?</li>)", with_drawing, ways, flags=re.DOTALL)
    context["body"] = before + found + ways


def setup(app: Sphinx) -> None:
    # Once the title breaks after its colon.
    app.connect("html-page-context", set_head, priority=600)
    app.connect("html-page-context", open_ways)
