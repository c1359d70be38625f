"""A chapter opens with its one number, drawn from the book's own data."""

import html
import math
import re
from collections.abc import Callable, Iterable

import numpy as np
from sphinx.application import Sphinx

from xent_book import example
from xent_book.parts import Plan
from xent_book.recorded import sentences
from xent_lib import cross_entropy, logsumexp, next_token_pairs, softmax

WIDE, HIGH = 240, 64
HIT = "hit"  # what came, and its loss
LOGITS, TARGET = example.logits, example.target
LOSS = float(cross_entropy(LOGITS, TARGET))


def line(points: Iterable[tuple[float, float]], kind: str = "") -> str:
    path = "L".join(f"{x:.0f} {y:.1f}" for x, y in points)
    return f'<path class="{kind}" d="M{path}"/>'


def dot(x: float, y: float, kind: str = "", r: float = 4) -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'


def bar(x: float, y: float, wide: float, high: float, kind: str = "") -> str:
    size = f'width="{wide:.1f}" height="{high:.1f}"'
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size}/>'


def word(x: float, y: float, text: str | float, kind: str = "") -> str:
    shown = text if isinstance(text, str) else f"{text:.2f}"
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{shown}</text>'


def hit(i: int) -> str:
    return HIT if i == TARGET else ""


def bars(losses: Iterable[float], which: int, scale: float) -> str:
    return "".join(
        bar(26 * i, HIGH - scale * x, 24, scale * x, HIT * (i == which))
        for i, x in enumerate(losses)
    )


def surprise() -> tuple[str, str]:
    at = [(200 * p, 60 - 13 * -math.log(p)) for p in (*np.geomspace(0.012, 1, 60), 0.6)]
    drawn = line(at[:-1]) + dot(*at[-1], HIT) + word(128, 46, -math.log(0.6), HIT)
    return "The curve −ln p: 0.51 where p is 0.6", drawn


def scores() -> tuple[str, str]:
    drawn = line([(0, 46), (WIDE, 46)], "thin")
    for i, o in enumerate(LOGITS):
        x = 60 + 48 * o
        drawn += dot(x, 46, hit(i)) + word(
            x, 32, f"{o}".replace("-", "−"), f"mid {hit(i)}"
        )
    return "Four scores on an axis: −0.5, 1.0, 2.5, 3.2", drawn


def chips() -> tuple[str, str]:
    p, x, drawn = softmax(LOGITS), 0.0, word(0, 26, softmax(LOGITS)[TARGET], HIT)
    for i, share in enumerate(p):
        drawn += bar(x, 36, (WIDE - 6) * share, 22, hit(i))
        x += (WIDE - 6) * share + 2
    return "A strip cut into four shares, the largest 0.61", drawn


def gap() -> tuple[str, str]:
    x = (40 + 40 * np.array([*LOGITS, logsumexp(LOGITS)])).tolist()
    drawn = line([(x[-1], 2), (x[-1], HIGH)]) + word(x[-1] + 8, 16, LOSS, HIT)
    for i, left in enumerate(x[:-1]):
        drawn += line([(left, 10 + 15 * i), (x[-1], 10 + 15 * i)], hit(i) or "thin")
        drawn += dot(left, 10 + 15 * i, hit(i))
    return "Four scores, and their gaps to the log-sum-exp; that of mat is 0.49", drawn


def average() -> tuple[str, str]:
    words = example.words
    counts = np.ones((len(words), len(words)))
    for text in example.text:
        for before, after in zip(*next_token_pairs(text.split()), strict=True):
            counts[words.index(before), words.index(after)] += 1
    ids = [words.index(one.lower()) for one in example.sentence]
    before, after = next_token_pairs(ids)
    losses = cross_entropy(np.log(counts)[before], after)
    y = HIGH - 28 * losses.mean()
    drawn = bars(losses, len(losses) - 1, 28) + line([(0, y), (136, y)], "ink")
    return "Five losses, and their mean, 1.70", drawn + word(144, y + 6, losses.mean())


def push() -> tuple[str, str]:
    drawn, pushes = "", np.eye(len(LOGITS))[TARGET] - softmax(LOGITS)
    for i, one in enumerate(pushes):
        y, x, way = 8 + 16 * i, 100 + 220 * one, math.copysign(5, one)
        head = [(x - way, y - 5), (x, y), (x - way, y + 5)]
        drawn += line([(100, y), (x, y)], hit(i)) + line(head, hit(i))
    drawn += word(194, 14, f"{pushes[TARGET]:.3f}", HIT)
    return "Mat is pushed up by 0.387, all others down", drawn


def wall() -> tuple[str, str]:
    top, at = 14, 150
    drawn = line([(0, top), (WIDE, top)], "ink") + line([(0, 60), (at, top)])
    drawn += line([(at, top), (at, HIGH)], "thin")
    text = math.log(np.finfo(np.float16).max)
    return "e to the logit meets a ceiling at 11.09", drawn + word(at + 8, 60, text)


def ruler() -> tuple[str, str]:
    blind, read = 18 * math.log(50_257), 18 * 3.02
    drawn = line([(0, 46), (WIDE, 46)], "thin") + line([(blind, 42), (blind, 54)])
    drawn += "".join(line([(18 * n, 46), (18 * n, 52)], "thin") for n in range(14))
    drawn += word(blind, 38, "ln V", "mid")
    drawn += dot(read, 46, HIT) + word(read, 32, 3.02, f"mid {HIT}")
    return "A scale of nats: 3.02, and far above it ln V", drawn


def tokens() -> tuple[str, str]:
    losses = sentences()["The cat sat on the mat."]["losses"]
    mat = len(losses) - 2
    drawn = bars(losses, mat, 6.6) + word(26 * mat, 48, losses[mat], HIT)
    return "What each token costs a real model; mat costs 1.12", drawn


def plan() -> tuple[str, str]:
    door, *rest = (one for one in Plan().entries if one.first)
    drawn = line([(0, 62), (WIDE, 2)], "thin")
    for one in rest:
        if 0 < one.near < math.inf and 0 < one.far < math.inf:
            x, y = (
                math.asinh(math.log(x / right) / 0.15)
                for x, right in zip(one[3:5], door[3:5], strict=True)
            )
            drawn += dot(120 + 32 * x, min(61, max(3, 32 - 8 * y)), r=3)
    drawn += dot(120, 32, HIT, 6) + word(112, 18, door.near, f"end {HIT}")
    return "A plan of faults around what is right, 0.49", drawn


def parts() -> tuple[str, str]:
    weights, drawn = 5.5 * np.exp(LOGITS), word(160, 17, LOSS, HIT)
    for y, row in ((4, (0, 1)), (22, (2, 3)), (48, (0, 1, 2, 3))):
        x = 0.0
        for i in row:
            drawn += bar(x, y, weights[i], 14, hit(i))
            x += weights[i] + 2
    return "Two machines’ sums joined to one; the loss is 0.49", drawn


DRAWINGS: list[Callable[[], tuple[str, str]]] = [
    *(surprise, scores, chips, gap, average, push),
    *(wall, ruler, tokens, plan, parts),
]


def draw(number: int) -> str:
    """The drawing of a chapter, none beyond the last."""
    if number > len(DRAWINGS):
        return ""
    label, drawn = DRAWINGS[number - 1]()
    label = html.escape(label)
    return (
        f'<svg class="opening" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        f'aria-label="{label}">{drawn}</svg>'
    )


def open_chapters(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if chapter := re.search(r"/(\d\d)-", pagename):
        drawing = draw(int(chapter[1]))
        context["body"] = context["body"].replace("</hgroup>", f"</hgroup>{drawing}", 1)


def setup(app: Sphinx) -> dict:
    # Once a chapter's title has its line.
    app.connect("html-page-context", open_chapters, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
