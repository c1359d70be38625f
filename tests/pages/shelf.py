"""The live parts, each on a page of its own, or all on one."""

import re

from pages import BOOK
from parts import CAT
from xent_book.parts import (
    Averages,
    Exhibit,
    Explorer,
    Game,
    Gap,
    Letters,
    Log,
    Mask,
    Pair,
    Plan,
    Pour,
    Push,
    Ruler,
    Sentence,
    Shards,
    Shift,
    Wall,
)
from xent_book.recorded import chats
from xent_book.site.embeds import named
from xent_book.site.policy import guard

BENCH = "bench.html"


def bench(part, head="", scheme=None):
    """A page of the book with nothing on it but this live part, in the reader's colour
    scheme or in this one."""
    text = (BOOK / "genindex.html").read_text(encoding="utf8")
    if scheme:
        text = text.replace('localStorage.getItem("mode")', f'"{scheme}"', 1)
    article = re.compile(r'(<article class="bd-article">).*?(</article>)', re.DOTALL)
    shown = named(part._repr_html_())
    body = f"<h1>Bench</h1><div class='cell'>{shown}</div>"
    text, found = article.subn(lambda hit: hit[1] + body + hit[2], text)
    assert found == 1
    loaded = "".join(
        f'<link rel="stylesheet" href="_static/{name}.css">'
        f'<script defer src="_static/{name}.js"></script>'
        for name in ["live", *dict.fromkeys(re.findall(r"<xent-(\w+)", shown))]
    )
    return guard(text.replace("</head>", f"{head}{loaded}</head>"))


class Passage:
    """A text that ends with a live part."""

    def __init__(self, text, part):
        self.text, self.part = text, part

    def _repr_html_(self):
        return f"<p>{self.text}</p>{self.part._repr_html_()}"


ADD = "Add <strong>100</strong> to all: <em>mat</em> leads by <strong>0.7</strong>."

PARTS = {
    "explorer": Explorer(),
    "curve": Explorer("curve"),
    "logits": Explorer("logits", "temperature"),
    "targets": Explorer("logits", "target", "curve"),
    "one": Explorer(logits=[7.0], tokens=["mat"], target=0),
    "mask": Mask(chats()),
    "letters": Letters("It is a truth universally acknowledged. " * 3, 200),
    "log": Log(),
    "opening": Game(opening=True),
    "game": Game(),
    "averages": Averages(["the cat sat on", "a dog"], [[1, 2, 3], [6]], pad=2.5),
    "pair": Pair(),
    "plan": Plan("1.052"),
    "exhibit": Exhibit("cross_entropy(softmax(o), y)", "-o[y]", "cross_entropy(o, y)"),
    "gap": Gap(),
    "pour": Pour("shift", 0),
    "heat": Pour("temperature", 0.5),
    "wall": Wall(),
    "push": Push(),
    "ruler": Ruler(3.02, 50_257, 4.4),
    "loss": Ruler(3.02),
    "add": Passage(ADD, Shift(100)),
    "sentence": Sentence(*CAT),
    "shards": Shards(["mat", "hat"], ["sat", "rug"]),
}
STORED = "[config] > :is(table, figure)"  # what is seen where no script runs


class Shelf:
    """All parts, one below the other."""

    def _repr_html_(self):
        room = 'style="padding-bottom: 3rem"'  # as a stage has, where Share stands
        return "".join(
            f"<div id={name} {room}>{part._repr_html_()}</div>"
            for name, part in PARTS.items()
        )


def parts_where(page, holds):
    """The names of the parts of the shelf that are so."""
    return [name for name in PARTS if holds(page.locator(f"#{name}"))]
