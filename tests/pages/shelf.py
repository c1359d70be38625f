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
    "exhibit": Exhibit(
        "cross_entropy(softmax(o), y)  # twice", "-o[y]  # never", "cross_entropy(o, y)"
    ),
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
# What readers make of them, as links carry it.
STATES = {
    "curve": "explorer=3.66_1_-0.5_2.5~1~0",
    "logits": "explorer=3.2_2.2_-0.5_2.5~1.1~0",
    "mask": "mask=" + "001" + 19 * "0" + 4 * "1" + 25 * "0" + 20 * "1" + "00",
    "letters": "letters=3~",
    "averages": "averages=token~1",
    "pair": "pair=3.2_1_-0.5_2.5~2_2.7_1_1.8",
    "plan": "doctor=0.4899~20.72",
    "gap": "gap=1~3.2_1_0.1_2.5",
    "pour": "pour=0~1~1~square",
    "heat": "pour=0.6",
    "wall": "wall=bfloat16~1~85.9~0",
    "push": "push=0~4.64_1.67_-0.54_1.73",
    "ruler": "ruler=20.49~50%2C257~",
    "add": "shift=110",
    "shards": "shards=0_1_1_1",
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
