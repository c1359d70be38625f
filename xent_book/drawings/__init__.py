"""The drawing at each chapter's head: its main number, from the book's own data."""

import html
import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from xent_book import example
from xent_book.parts import Plan
from xent_book.recorded import looks, sentences
from xent_lib import cross_entropy, kl_divergence, logsumexp, next_token_pairs, softmax

WIDE, HIGH = 240, 64  # of the drawing, in SVG units
SMALL = 360, 100  # below the title on a narrow page
LARGE = 960, 140  # across the head of a wide page, behind the chapter's number
HIT = "hit"  # what came, and its loss
LOGITS, TARGET = example.logits, example.target
LOSS = float(cross_entropy(LOGITS, TARGET))


class Pen:
    """Draw in SVG units; a large drawing begins at `left`."""

    def __init__(self, size: tuple[int, int], left: int = 0) -> None:
        self.left, self.drawn = left, ""
        self.x, self.y = (size[0] - left) / WIDE, size[1] / HIGH

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + self.x * x, self.y * y

    def line(self, points: Iterable[tuple[float, float]], kind: str = "") -> None:
        path = "L".join("{:.1f} {:.1f}".format(*self.at(*point)) for point in points)
        self.drawn += f'<path class="{kind}" d="M{path}"/>'

    def dot(self, x: float, y: float, kind: str = "", r: float = 4) -> None:
        x, y, r = *self.at(x, y), r * self.y**0.7
        self.drawn += f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'

    def bar(self, x: float, y: float, wide: float, high: float, kind: str = "") -> None:
        size = f'width="{self.x * wide:.1f}" height="{self.y * high:.1f}"'
        x, y = self.at(x, y)
        self.drawn += f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size}/>'

    def word(self, x: float, y: float, text: str | float, kind: str = "") -> None:
        shown = text if isinstance(text, str) else f"{text:.2f}"
        x, y = self.at(x, y)
        self.drawn += f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{shown}</text>'

    def name(self, x: float, y: float, text: str, kind: str = "") -> None:
        self.word(x, y, text, f"name {kind}")


def hit(i: int) -> str:
    return HIT if i == TARGET else ""


def bars(pen: Pen, words: Iterable[str], losses: Sequence[float], pitch: int) -> float:
    """Draw one bar per word; return the height of a nat."""
    nat = 53 / max(losses)
    for i, (text, loss) in enumerate(zip(words, losses, strict=True)):
        kind = HIT * (text.strip() == example.answer)
        pen.bar(pitch * i, nat * (max(losses) - loss), pitch - 2, nat * loss, kind)
        pen.name(pitch * i + pitch / 2 - 1, 62.5, text, f"mid {kind}")
    return nat


def surprise(pen: Pen) -> str:
    nat, foot, wide = 11, 51, 232
    all_ = [*np.geomspace(0.012, 1, 60), 0.6]
    at = [(wide * p, foot - nat * -math.log(p)) for p in all_]
    pen.line([(0, foot + 1), (wide, foot + 1)], "thin")
    pen.line([at[-1], (at[-1][0], foot + 1)], "thin")
    for p in (0, 0.6, 1):
        pen.name(wide * p, 62.5, f"{p}", ("mid" if p else "") + f" {HIT * (p == 0.6)}")
    pen.line(at[:-1])
    pen.dot(*at[-1], HIT)
    pen.word(at[-1][0] + 8, at[-1][1] - 7, -math.log(0.6), HIT)
    return "The curve −ln p: 0.51 where p is 0.6"


def scores(pen: Pen) -> str:
    y = 40
    pen.line([(0, y), (WIDE, y)], "thin")
    for i, o in enumerate(LOGITS):
        x = 60 + 48 * o
        pen.dot(x, y, hit(i))
        pen.word(x, y - 14, f"{o}".replace("-", "−"), f"mid {hit(i)}")
        pen.name(x, y + 16, example.vocabulary[i], f"mid {hit(i)}")
    return "Four scores on an axis: −0.5, 1.0, 2.5, 3.2"


def chips(pen: Pen) -> str:
    p, x, wide = softmax(LOGITS), 0.0, WIDE
    pen.word(0, 26, p[TARGET], HIT)
    for i, share in enumerate(p):
        pen.bar(x, 36, (wide - 6) * share, 22, hit(i))
        last = i == len(p) - 1
        if not hit(i):
            pen.name(wide if last else x, 28, example.vocabulary[i], "end" * last)
        x += (wide - 6) * share + 2
    return "A strip cut into four shares, the largest 0.61"


def gap(pen: Pen) -> str:
    x = (40 + 40 * np.array([*LOGITS, logsumexp(LOGITS)])).tolist()
    pen.line([(x[-1], 2), (x[-1], HIGH - 1)], "ink")
    pen.word(x[-1] + 8, 16, LOSS, HIT)
    for i, left in enumerate(x[:-1]):
        y = 10 + 15 * i
        pen.line([(left, y), (x[-1], y)], hit(i) or "thin")
        pen.dot(left, y, hit(i))
        pen.name(left - 5, y + 3, example.vocabulary[i], f"end {hit(i)}")
    return "Four scores, and their gaps to the log-sum-exp; that of mat is 0.49"


def average(pen: Pen) -> str:
    words = example.words
    counts = np.ones((len(words), len(words)))
    for text in example.text:
        for before, after in zip(*next_token_pairs(text.split()), strict=True):
            counts[words.index(before), words.index(after)] += 1
    ids = [words.index(one.lower()) for one in example.sentence]
    before, after = next_token_pairs(ids)
    losses = np.ravel(cross_entropy(np.log(counts)[before], after)).tolist()
    mean = sum(losses) / len(losses)
    nat = bars(pen, example.sentence[1:], losses, 36)
    y = nat * (max(losses) - mean)
    pen.line([(0, y), (186, y)], "ink")
    pen.word(194, y + 6, mean)
    return "Five losses, and their mean, 1.70"


def push(pen: Pen) -> str:
    pushes = np.eye(len(LOGITS))[TARGET] - softmax(LOGITS)
    pen.line([(100, 2), (100, 62)], "thin")
    for i, one in enumerate(pushes):
        y, x, way = 8 + 16 * i, 100 + 220 * one, math.copysign(5 / pen.x**0.5, one)
        pen.line([(100, y), (x, y)], hit(i))
        pen.line([(x - way, y - 4), (x, y), (x - way, y + 4)], hit(i))
        pen.name(0, y + 3, example.vocabulary[i], hit(i))
    pen.word(194, 14, f"{pushes[TARGET]:.3f}", HIT)
    return "Mat is pushed up by 0.387, all others down"


def wall(pen: Pen) -> str:
    top, at, largest = 14, 150, np.finfo(np.float16).max
    pen.line([(0, top), (WIDE, top)], "ink")
    pen.line([(0, 60), (at, top)])
    pen.line([(at, top), (at, HIGH)], "thin")
    pen.word(at + 8, 60, math.log(largest), HIT)
    pen.name(0, 9.5, f"{largest:,.0f}")
    return "e to the logit meets a ceiling at 11.09"


def ruler(pen: Pen) -> str:
    y, blind, read = 40, 18 * math.log(50_257), 18 * 3.02
    pen.line([(0, y), (WIDE, y)], "thin")
    pen.line([(blind, y - 4), (blind, y + 8)])
    for n in range(14):
        pen.line([(18 * n, y), (18 * n, y + 6)], "thin")
        if n % 5 == 0:
            pen.name(18 * n, y + 17, f"{n}", "mid" * bool(n))
    pen.word(blind, y - 8, "ln V", "mid")
    pen.dot(read, y, HIT)
    pen.word(read, y - 14, 3.02, f"mid {HIT}")
    return "A scale of nats: 3.02, and far above it ln V"


def tokens(pen: Pen) -> str:
    read = sentences()["The cat sat on the mat."]
    losses, words = read["losses"], read["tokens"]
    nat, mat = bars(pen, words, losses, 34), len(losses) - 2
    y = nat * (max(losses) - losses[mat]) - 4
    pen.word(34 * mat + 16, y, losses[mat], f"mid {HIT}")
    return "What each token costs a real model; mat costs 1.12"


def fewer(pen: Pen) -> str:
    # As the chapter computes them, which would take seconds here.
    bits = {"256": 3.42, "512": 2.31, "1,024": 2.05, "2,048": 1.94, "4,096": 1.93}
    at = [(12 + 46 * i, 6 + 28 * (3.42 - one)) for i, one in enumerate(bits.values())]
    pen.line(at)
    for (x, y), (V, one) in zip(at, bits.items(), strict=True):
        best = HIT * (one == min(bits.values()))
        pen.dot(x, y, best)
        pen.name(x, 62.5, V, f"mid {best}")
    pen.word(at[-1][0], at[-1][1] - 12, bits["4,096"], f"mid {HIT}")
    return "Larger vocabularies need fewer bits per byte, here down to 1.93"


def look(pen: Pen) -> str:
    """Where the last token looks back to, by a head that finds the cat."""
    names, foot, most = ["start", *example.sentence[:-1]], 52, 34
    shares = looks()[1]
    for i, (name, share) in enumerate(zip(names, shares, strict=True)):
        kind = HIT * (share == max(shares))
        high = most * share / max(shares)
        pen.bar(40 * i, foot - high, 38, high, kind)
        pen.name(40 * i + 19, 62.5, name, f"mid {kind}")
        if kind:
            pen.word(40 * i + 19, foot - high - 4, f"{share:.0%}", f"mid {kind}")
    return "How “the” looks back before mat comes: 66% on cat"


def plan(pen: Pen) -> str:
    door, *rest = (one for one in Plan().entries if one.first)
    pen.line([(0, 62), (WIDE, 2)], "thin")
    for one in rest:
        if 0 < one.near < math.inf and 0 < one.far < math.inf:
            x, y = (
                math.asinh(math.log(x / right) / 0.15)
                for x, right in zip(one[3:5], door[3:5], strict=True)
            )
            pen.dot(120 + 32 * x, min(61, max(3, 32 - 8 * y)), r=3)
    pen.dot(120, 32, HIT, 6)
    pen.word(112, 18, door.near, f"end {HIT}")
    return "A plan of faults around what is right, 0.49"


def verdict(pen: Pen) -> str:
    y, wide, bits = 42, 300, LOSS / math.log(2)
    pen.line([(0, y), (WIDE, y)], "thin")
    pen.line([(0, y - 4), (0, y + 4)], "thin")
    pen.name(0, y + 17, "0")
    for x, shown, kind in ((wide * LOSS, LOSS, HIT), (wide * bits, bits, "")):
        pen.word(x, y - 14, shown, f"mid {kind}")
    pen.dot(wide * LOSS, y, HIT)
    for way in (-1, 1):
        a, b = (wide * bits + end * 5 / pen.x**0.5 for end in (-1, 1))
        pen.line([(a, y - 5 * way), (b, y + 5 * way)], "ink")
    return "The doctor crosses out 0.71, where 0.49 is right"


def parts(pen: Pen) -> str:
    weights = 5.5 * np.exp(LOGITS)
    pen.word(160, 17, LOSS, HIT)
    for y, row in ((4, (0, 1)), (22, (2, 3)), (48, (0, 1, 2, 3))):
        x = 0.0
        for i in row:
            pen.bar(x, y, weights[i], 14, hit(i))
            x += weights[i] + 2
    return "Two machines’ sums joined into one; the loss is 0.49"


def two(pen: Pen) -> str:
    models = softmax(np.array([LOGITS, example.student]))
    edges = (WIDE - 6) * np.cumsum(models, axis=1) + 2 * np.arange(4)
    for y, p, ends in zip((0, 44), models, edges, strict=True):
        for i, share in enumerate(p):
            wide = (WIDE - 6) * share
            pen.bar(ends[i] - wide, y, wide, 18, hit(i))
    for i, (above, below) in enumerate(edges.T[:-1]):
        pen.line([(above, 20), (below, 42)], hit(i) or "thin")
    pen.word(0, 37, f"{kl_divergence(*models):.3f}", HIT)
    pen.name(WIDE, 37, "rug", "end")
    return "Two strips, each cut into four shares; the KL between them is 0.229"


DRAWINGS: dict[str, Callable[[Pen], str]] = {
    "01-surprise": surprise,
    "02-logits": scores,
    "03-softmax": chips,
    "04-token-loss": gap,
    "05-dataset-loss": average,
    "06-learning": push,
    "07-is-my-loss-good": ruler,
    "08-real-model": tokens,
    "on-a-machine": wall,
    "tokenizers": fewer,
    "inside-the-model": look,
    "bug-museum": plan,
    "doctor": verdict,
    "at-scale": parts,
    "two-models-one-token": two,
}


def number(name: str) -> str:
    """A chapter's number; chapters of the workshop have none."""
    first = name.split("-")[0]
    return str(int(first)) if first.isdigit() else ""


def draw(name: str, size: tuple[int, int]) -> str:
    """A chapter's drawing, the large one beside its number, if it has one."""
    if name not in DRAWINGS:
        return ""
    large, n = size == LARGE, number(name)
    pen = Pen(size, left=156 * bool(large and n))
    label = html.escape(DRAWINGS[name](pen))
    if large and n:
        pen.drawn += f'<text class="number" x="0" y="{size[1] - 12}">{n}</text>'
    return (
        f'<p class="opening {"large" if large else "small"}">'
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{label}">'
        f"{pen.drawn}</svg></p>"
    )
