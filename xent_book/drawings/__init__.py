"""One scene in its states: the drawings at the chapters' heads, and the last scene.

In every state the orange dot is the bet on the word that came. A reader can pull it, so
each state draws itself for any bet: `STATES` has, for each chapter, what draws it and
the stops of the dot. The pages' script has no geometry of its own: `frames` draws all
stops, and gives the script what differs between them.
"""

import html
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from xent_book import example
from xent_book.parts import Plan
from xent_book.recorded import cat, chats, runs, sentences
from xent_lib import (
    cross_entropy,
    kl_divergence,
    logsumexp,
    next_token_pairs,
    softmax,
)

WIDE, HIGH = 240, 64  # of a drawing, in its own units
SMALL = 360, 100  # below the title on a narrow page, in SVG units
LARGE = 960, 140  # across the head of a wide page, behind the chapter's number
HIT = "hit"  # the bet on the word that came
LOGITS, TARGET = example.logits, example.target
STUDENT = np.asarray(example.student, float)
OTHERS = float(logsumexp(np.delete(LOGITS, TARGET)))  # hat, sat and rug
SCORE = float(LOGITS[TARGET])
READ = sentences()["The cat sat on the mat."]
MAT = float(READ["losses"][5])  # what it cost SmolLM2


@dataclass
class Shape:
    """A line, a dot, a bar or a word; `at` holds its points, in units."""

    tag: str
    kind: str
    at: list[float]
    text: str = ""
    said: str = ""
    r: float = 0


@dataclass
class Pen:
    """Draw shapes in units, and keep by its name each number that is said."""

    shapes: list[Shape] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    def line(self, points: Iterable[tuple[float, float]], kind: str = "") -> None:
        at = [number for point in points for number in point]
        self.shapes.append(Shape("path", kind, at))

    def dot(self, x: float, y: float, kind: str = "", r: float = 4) -> None:
        self.shapes.append(Shape("circle", kind, [x, y], r=r))

    def bar(self, x: float, y: float, wide: float, high: float, kind: str = "") -> None:
        self.shapes.append(Shape("rect", kind, [x, y, wide, high]))

    def name(self, x: float, y: float, text: str, kind: str = "") -> None:
        self.shapes.append(Shape("text", f"name {kind}".strip(), [x, y], text))

    def word(self, x: float, y: float, said: str, text: str, kind: str = HIT) -> None:
        """A large number; in `label` it has the name `said`."""
        self.said[said] = text
        self.shapes.append(Shape("text", kind, [x, y], text, said))

    def label(self, text: str, **said: str) -> str:
        """What is seen, in words; numbers stand in braces, by their names."""
        self.said |= said
        return text


Draw = Callable[[Pen, float], str]


@dataclass(frozen=True)
class State:
    """What draws a state for a place of the dot, its places, and where it starts."""

    draw: Draw
    start: float
    ends: tuple[float, float]
    step: float = 0.01

    @property
    def stops(self) -> list[float]:
        """From end to end; the start takes the place of what is nearest to it."""
        low, high = (round(end / self.step) for end in self.ends)
        stops = [self.step * i for i in range(low, high + 1)]
        stops[min(range(len(stops)), key=lambda i: abs(stops[i] - self.start))] = (
            self.start
        )
        return stops


def minus(text: str) -> str:
    return text.replace("-", "−")


def two(x: float) -> str:
    return f"{x:.2f}"


def share(score: float) -> float:
    """The probability of mat with this score."""
    return 1 / (1 + math.exp(OTHERS - score))


def scored(p: float) -> float:
    """The score of mat that gives it this probability."""
    return math.log(p / (1 - p)) + OTHERS


def with_score(score: float) -> list[float]:
    """The four scores, with this one for mat."""
    return [score if i == TARGET else float(o) for i, o in enumerate(LOGITS)]


def curve(pen: Pen, p: float) -> str:
    nat, foot, wide, loss = 11, 51, 232, -math.log(p)
    all_ = np.geomspace(0.012, 1, 60).tolist()
    x, y = wide * p, foot + nat * math.log(p)
    pen.line([(0, foot + 1), (wide, foot + 1)], "x-thin")
    pen.line([(wide * q, foot + nat * math.log(q)) for q in all_], "x-ink")
    pen.line([(x, y), (x, foot + 1)], "x-thin")
    pen.name(0, 62.5, "0" if p > 0.06 else "")
    pen.name(wide, 62.5, "1" if p < 0.94 else "", "x-mid")
    pen.name(x, 62.5, f"{p:.3g}", f"x-mid {HIT}")
    pen.word(min(x + 8, 206), max(y - 7, 12), "loss", two(abs(loss)))
    pen.dot(x, y, HIT)
    return pen.label("The curve −ln p: {loss} where p is {p}", p=f"{p:.3g}")


def scores(pen: Pen, score: float) -> str:
    y, mat = 34, 60 + 48 * score
    pen.line([(0, y), (WIDE, y)], "x-thin x-ink")
    for i, o in enumerate(LOGITS):
        if i != TARGET:
            x = 60 + 48 * float(o)
            pen.dot(x, y)
            pen.name(x, y + 15, example.vocabulary[i], "x-mid")
            pen.name(x, y + 28, minus(f"{o}"), "x-mid")
    pen.name(mat, y - 26, example.answer, f"x-mid {HIT}")
    pen.word(mat, y - 10, "score", minus(f"{score:.1f}"), f"x-mid {HIT}")
    pen.dot(mat, y, HIT)
    return pen.label("Scores on an axis: mat {score}, hat 1.0, sat −0.5, rug 2.5")


def strip(pen: Pen, p: float) -> str:
    x, wide, top, high = 0.0, WIDE - 6, 34, 22
    for i, o in enumerate(softmax(with_score(scored(p)))):
        pen.bar(x, top, wide * float(o), high, HIT if i == TARGET else "")
        x += wide * float(o) + 2
    pen.word(0, 26, "p", two(p))
    others = (x for i, x in enumerate(example.vocabulary) if i != TARGET)
    pen.name(WIDE, 26, ", ".join(others), "x-end")
    pen.dot(wide * p, top + high / 2, f"{HIT} ring", 6)
    say = "A strip cut into four shares: mat has {p} of it"
    return pen.label(say, score=minus(f"{scored(p):.1f}"), loss=two(-math.log(p)))


def gap(pen: Pen, score: float) -> str:
    places = with_score(score)
    x = [40 + 40 * o for o in [*places, float(logsumexp(places))]]
    loss = -math.log(share(score))
    pen.line([(x[-1], 2), (x[-1], HIGH - 1)], "x-ink")
    for i, left in enumerate(x[:-1]):
        y, kind = 10 + 15 * i, HIT if i == TARGET else ""
        pen.line([(left, y), (x[-1], y)], kind or "x-thin")
        pen.name(left - 7, y + 3, example.vocabulary[i], f"x-end {kind}")
        if not kind:
            pen.dot(left, y)
    pen.word(x[-1] + 7, 16, "loss", two(loss))
    pen.dot(x[TARGET], 10 + 15 * TARGET, HIT)
    say = "Four scores, and their gaps to the log-sum-exp; that of mat is {loss}"
    shares = zip(example.vocabulary, softmax(places).tolist(), strict=True)
    return pen.label(say, **{f"p of {name}": two(p) for name, p in shares})


@cache
def counted() -> list[float]:
    """What the five words cost the model of Chapter 5, which counts pairs."""
    words = example.words
    counts = np.ones((len(words), len(words)))
    for text in example.text:
        for before, after in zip(*next_token_pairs(text.split()), strict=True):
            counts[words.index(before), words.index(after)] += 1
    ids = [words.index(one.lower()) for one in example.sentence]
    before, after = next_token_pairs(ids)
    return np.ravel(cross_entropy(np.log(counts)[before], after)).tolist()


def place_of_mat(words: Sequence[str]) -> int:
    return [one.strip() for one in words].index(example.answer)


def bars(pen: Pen, words: Sequence[str], losses: Sequence[float], most: float) -> int:
    """Draw one bar per word, 52 units for `most` nats; return the place of mat."""
    nat, pitch, mat = 52 / most, 34, place_of_mat(words)
    for i, (text, loss) in enumerate(zip(words, losses, strict=True)):
        kind = HIT if i == mat else ""
        top = 53 - nat * loss
        pen.bar(pitch * i, top, pitch - 2, nat * loss, kind)
        pen.name(pitch * i + pitch / 2 - 1, 62.5, text, f"x-mid {kind}".strip())
    return mat


def average(pen: Pen, loss: float) -> str:
    losses, most = [*counted()[:-1], loss], 2.6
    mean, nat = sum(losses) / len(losses), 52 / most
    mat = bars(pen, example.sentence[1:], losses, most)
    pen.line([(0, 53 - nat * mean), (176, 53 - nat * mean)], "x-ink")
    pen.word(184, 59 - nat * mean, "mean", two(mean), "x-ink")
    pen.dot(34 * mat + 16, 53 - nat * loss, f"{HIT} ring", 5)
    say = "Five losses, mat’s {loss}, and their mean, {mean}"
    return pen.label(say, loss=two(loss))


def push(pen: Pen, p: float) -> str:
    pushes = np.eye(len(LOGITS))[TARGET] - softmax(with_score(scored(p)))
    pen.line([(100, 2), (100, 62)], "x-thin x-ink")
    for i, one in enumerate(pushes.tolist()):
        y, kind = 8 + 16 * i, HIT if i == TARGET else ""
        x = 100 + 92 * one
        pen.line([(100, y), (x, y)], kind)
        pen.name(0, y + 3, example.vocabulary[i], kind)
        if not kind:
            pen.dot(x, y, r=2.5)
    pen.word(201, 14, "push", f"{pushes[TARGET]:.3f}")
    pen.dot(100 + 92 * float(pushes[TARGET]), 8 + 16 * TARGET, HIT)
    say = "Mat is pushed up by {push}, all others down"
    return pen.label(say, p=two(p), loss=two(-math.log(p)))


def ruler(pen: Pen, loss: float) -> str:
    y, blind = 40, 18 * math.log(50_257)
    pen.line([(0, y), (WIDE, y)], "x-thin x-ink")
    pen.line([(blind, y - 4), (blind, y + 8)], "x-ink")
    for n in range(14):
        pen.line([(18 * n, y), (18 * n, y + 6)], "x-thin")
    for n in (0, 5):
        pen.name(18 * n, y + 17, f"{n}", "x-mid" if n else "")
    pen.name(blind, y + 20, "ln V", "x-mid")
    pen.word(max(18 * loss, 14), y - 14, "loss", two(loss), f"x-mid {HIT}")
    pen.dot(18 * loss, y, HIT)
    return pen.label("A scale of nats: {loss}, and ln V for a blind guess")


def tokens(pen: Pen, loss: float) -> str:
    most, words, losses = max(READ["losses"]), READ["tokens"], [*READ["losses"]]
    mat = place_of_mat(words)
    losses[mat], y = loss, 53 - 52 / most * loss
    bars(pen, words, losses, most)
    pen.word(34 * mat + 16, y - 8, "loss", two(loss), f"x-mid {HIT}")
    pen.dot(34 * mat + 16, y, f"{HIT} ring", 5)
    return pen.label("What each token costs a real model; mat costs {loss}")


def wall(pen: Pen, score: float) -> str:
    top, at, largest = 14, 150, float(np.finfo(np.float16).max)
    edge = math.log(largest)
    x, y = at * score / edge, 60 - (60 - top) * min(1, score / edge)
    pen.line([(0, top), (WIDE, top)], "x-ink")
    pen.line([(0, 60), (at, top)])
    pen.line([(at, top), (at, HIGH)], "x-thin x-ink")
    pen.word(at + 8, 60, "edge", two(edge), "x-ink")
    pen.name(0, 9.5, f"{largest:,.0f}")
    fits = "inf" if score > edge else f"{score:.1f}"
    pen.word(min(x + 8, 205), min(y + 20, 62), "score", fits)
    pen.dot(x, y, HIT)
    return pen.label("e to the logit meets a ceiling at {edge}; mat is at {score}")


def bytes_(pen: Pen, loss: float) -> str:
    """The ruler of Chapter 7, in another unit as well."""
    nat, y, below = 28, 27, 42
    bits = loss / math.log(2) / 4.165  # bytes per token, as the chapter counts them
    pen.line([(0, y), (WIDE, y)], "x-thin x-ink")
    pen.line([(0, below), (WIDE, below)], "x-thin x-ink")
    for n in range(9):
        pen.line([(nat * n, y), (nat * n, y - 5)], "x-thin")
    for n in range(3):
        x = nat * n * math.log(2) * 4.165
        pen.line([(x, below), (x, below + 5)], "x-thin")
    pen.line([(nat * loss, y), (nat * loss, below)], HIT)
    pen.name(0, y - 12, "nats per token")
    pen.name(0, below + 18, "bits per byte")
    pen.word(nat * loss, y - 12, "loss", two(loss), "x-mid x-ink")
    pen.word(nat * loss, below + 21, "bits", two(bits), "x-mid x-ink")
    pen.dot(nat * loss, y, HIT)
    return pen.label("{loss} nats per token are {bits} bits per byte")


@cache
def real() -> tuple[float, list[float], float]:
    """Of SmolLM2: the score of mat, the next best three, and the log-sum-exp of all
    but mat."""
    logits, ids = cat()
    others = np.sort(np.delete(logits[5].astype(float), ids[6]))
    return float(logits[5, ids[6]]), others[:-4:-1].tolist(), float(logsumexp(others))


def inside(pen: Pen, score: float) -> str:
    """The gap of Chapter 4, in a real model: mat, and what else it expects."""
    _, best, others = real()
    total, unit = float(np.logaddexp(others, score)), 24
    x, end = (unit * (o - 12) for o in (score, total))
    pen.line([(end, 2), (end, HIGH - 1)], "x-ink")
    for i, o in enumerate(best):
        pen.line([(unit * (o - 12), 25 + 15 * i), (end, 25 + 15 * i)], "x-thin")
        pen.dot(unit * (o - 12), 25 + 15 * i)
    pen.line([(x, 10), (end, 10)], HIT)
    pen.name(x - 5, 13, example.answer, f"x-end {HIT}")
    pen.word(end + 7, 16, "loss", two(total - score))
    pen.dot(x, 10, HIT)
    say = "Scores of a real model; mat’s is {score}, and its gap {loss}"
    return pen.label(say, score=f"{score:.1f}", p=f"{math.exp(score - total):.3f}")


def plan(pen: Pen, near: float) -> str:
    door, *rest = (one for one in Plan().entries if one.first)

    def across(loss: float, right: float) -> float:
        return math.asinh(math.log(loss / right) / 0.15)

    pen.line([(0, 62), (WIDE, 2)], "x-thin")
    for one in rest:
        if 0 < one.near < math.inf and 0 < one.far < math.inf:
            y = 32 - 8 * across(one.far, door.far)
            x = 120 + 32 * across(one.near, door.near)
            pen.dot(x, min(61, max(3, y)), r=3)
    x = 120 + 32 * across(near, door.near)
    pen.line([(120, 2), (120, 62)], "x-thin x-ink")
    pen.word(x - 8, 18, "near", two(near), f"x-end {HIT}")
    pen.dot(x, 32, HIT, 6)
    return pen.label(
        "A plan of faults around what is right, 0.49; the dot is at {near}"
    )


def verdict(pen: Pen, loss: float) -> str:
    y, nat, bits = 42, 300, loss / math.log(2)
    pen.line([(0, y), (WIDE, y)], "x-thin x-ink")
    pen.line([(0, y - 4), (0, y + 4)], "x-thin")
    pen.name(0, y + 17, "0")
    for way in (-1, 1):
        a, b = (nat * bits + end * 4 for end in (-1, 1))
        pen.line([(a, y - 7 * way), (b, y + 7 * way)], "x-ink")
    pen.word(nat * bits, y - 14, "bits", two(bits), "x-mid")
    pen.word(nat * loss, y - 14, "loss", two(loss), f"x-mid {HIT}")
    pen.dot(nat * loss, y, HIT)
    return pen.label("The doctor crosses out {bits}, where {loss} is right")


def pair(pen: Pen, p: float) -> str:
    """The strips of a teacher and of a student, who gives mat this probability."""
    others = math.log(p / (1 - p)) + float(logsumexp(np.delete(STUDENT, TARGET)))
    student = [others if i == TARGET else float(o) for i, o in enumerate(STUDENT)]
    models = softmax(np.array([LOGITS, student]))
    ends = (WIDE - 6) * np.cumsum(models, axis=1) + 2 * np.arange(len(LOGITS))
    for y, shares, at in zip((0, 44), models, ends, strict=True):
        for i, share_ in enumerate(shares.tolist()):
            wide = (WIDE - 6) * share_
            pen.bar(float(at[i]) - wide, y, wide, 18, HIT if i == TARGET else "")
    for i, (above, below) in enumerate(ends.T[:-1].tolist()):
        pen.line([(above, 20), (below, 42)], HIT if i == TARGET else "x-thin")
    pen.word(0, 37, "KL", f"{kl_divergence(*models):.3f}", "x-ink")
    pen.name(WIDE, 37, example.vocabulary[-1], "x-end")
    pen.dot(float(ends[1, TARGET]), 53, f"{HIT} ring", 6)
    return pen.label(
        "Two strips, each cut into four shares; the KL between them is {KL}"
    )


def stairs(pen: Pen, epoch: float) -> str:
    """A training loss that falls where epochs end, and the held-out loss."""
    run, epochs, per, wide, nat, most = runs()["stairs"], 8, 6, 200, 26, 2.7
    means = run.train[: epochs * 624].reshape(epochs, per, -1).mean(axis=2)

    def at(place: float, loss: float) -> tuple[float, float]:
        return wide * place / epochs, 4 + nat * (most - loss)

    for i, row in enumerate(means.tolist()):
        pen.line([at(i + (k + 0.5) / per, loss) for k, loss in enumerate(row)])
    places, losses = epochs * run.at / len(run.train), run.held_out
    seen = zip(places.tolist(), losses.tolist(), strict=True)
    pen.line([at(*one) for one in seen if one[1] < most], "x-ink")
    x, y = at(epoch, float(np.interp(epoch, places, losses)))
    pen.word(x, y - 9, "held out", two(most - (y - 4) / nat), "x-mid x-ink")
    pen.name(wide + 6, at(0, losses[-1])[1] + 3, "held out")
    pen.name(wide + 6, at(0, means[-1, -1])[1] + 3, "training")
    pen.dot(x, y, HIT)
    return pen.label("A training loss in stairs; the held-out loss is {held out} here")


def lowest() -> float:
    """The epoch at which the held-out loss of the stairs turns."""
    run = runs()["stairs"]
    return float(8 * run.at[run.held_out.argmin()] / len(run.train))


def masked(pen: Pen, loss: float) -> str:
    """A conversation; its dearest scored token is pulled, and the mean with it."""
    losses, kept, dearest = chat()
    nat, foot, pitch = 48 / losses.max(), 52, 7
    losses = np.where(np.arange(len(losses)) == dearest, loss, losses)
    for i, (one, hit) in enumerate(zip(losses.tolist(), kept.tolist(), strict=True)):
        pen.bar(pitch * i, foot - nat * one, pitch - 2, nat * one, HIT if hit else "")
    pen.line([(0, foot), (pitch * len(kept), foot)], "x-thin")
    parts = chats()[0].parts
    for part, kind in (("system", ""), ("user", ""), ("answer", HIT)):
        x = pitch * float(np.flatnonzero(parts == part).mean()) + 3
        pen.name(x, 62.5, part, f"x-mid {kind}".strip())
    pen.word(204, 34, "mean", two(float(losses[kept].mean())), "x-ink")
    pen.dot(pitch * dearest + 2.5, foot - nat * loss, f"{HIT} ring", 5)
    say = "The losses of a conversation; those of its answer have a mean of {mean}"
    return pen.label(say, loss=two(loss))


@cache
def chat() -> tuple[np.ndarray, np.ndarray, int]:
    """The losses of the shorter conversation, which are scored, and the dearest."""
    short = chats()[0]
    kept = np.isin(short.parts, ["answer", "end"])
    return short.losses, kept, int(np.where(kept, short.losses, 0).argmax())


def machines(pen: Pen, score: float) -> str:
    weights = [5.5 * math.exp(o) for o in with_score(score)]
    for y, row in ((4, (0, 1)), (22, (2, 3)), (48, (0, 1, 2, 3))):
        x = 0.0
        for i in row:
            pen.bar(x, y, weights[i], 14, HIT if i == TARGET else "")
            x += weights[i] + 2
    pen.word(160, 17, "loss", two(-math.log(share(score))))
    pen.dot(weights[TARGET], 55, f"{HIT} ring", 5)
    return pen.label("Two machines’ sums joined into one; the loss is {loss}")


P = float(softmax(LOGITS)[TARGET])
STATES = {
    "01-surprise": State(curve, 0.6, (0.01, 1)),
    "02-logits": State(scores, SCORE, (-1, 3.5), 0.1),
    "03-softmax": State(strip, P, (0.07, 0.95)),
    "04-token-loss": State(gap, SCORE, (-0.5, 4), 0.1),
    "05-dataset-loss": State(average, counted()[-1], (0, 2.5), 0.05),
    "06-learning": State(push, P, (0.02, 0.98), 0.02),
    "07-is-my-loss-good": State(ruler, 3.02, (0.1, 11), 0.1),
    "08-real-model": State(tokens, MAT, (0, 6.5), 0.1),
    "on-a-machine": State(wall, SCORE, (2, 16), 0.2),
    "tokenizers": State(bytes_, 5.582, (2.8, 8), 0.1),
    "inside-the-model": State(inside, real()[0], (14, 20.5), 0.1),
    "bug-museum": State(plan, -math.log(P), (0.25, 1.2)),
    "doctor": State(verdict, -math.log(P), (0.25, 0.54)),
    "which-tokens-count": State(masked, float(chat()[0][chat()[2]]), (0, 10), 0.1),
    "two-models-one-token": State(pair, float(softmax(STUDENT)[TARGET]), (0.05, 0.9)),
    "reading-a-log": State(stairs, lowest(), (0.4, 7.9), 0.1),
    "at-scale": State(machines, SCORE, (-0.5, 3.2), 0.1),
}


def drawn(state: State, at: float) -> tuple[Pen, str]:
    """A state with the dot at this place, and what it shows, in words."""
    pen = Pen()
    return pen, state.draw(pen, at)


def svg(shapes: Iterable[Shape], x: float, y: float, left: float = 0) -> str:
    """Shapes as elements: a unit is x wide and y high."""
    text = ""
    for one in shapes:
        at = [left + x * n if i % 2 == 0 else y * n for i, n in enumerate(one.at)]
        if one.tag == "path":
            pairs = zip(at[::2], at[1::2], strict=True)
            where = f'd="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in pairs)}"'
        elif one.tag == "circle":
            r = one.r * y**0.7
            where = f'cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{r:.1f}"'
        elif one.tag == "rect":
            size = f'width="{at[2] - left:.1f}" height="{at[3]:.1f}"'
            where = f'x="{at[0]:.1f}" y="{at[1]:.1f}" {size}'
        else:
            where = f'x="{at[0]:.0f}" y="{at[1]:.0f}"'
        said = f' data-said="{one.said}"' if one.said else ""
        text += f'<{one.tag} class="{one.kind}" {where}{said}>{one.text}</{one.tag}>'
    return text


def number(name: str) -> str:
    """A chapter's number; chapters of the workshop have none."""
    first = name.split("-")[0]
    return str(int(first)) if first.isdigit() else ""


def draw(name: str, size: tuple[int, int]) -> str:
    """A chapter's drawing, the large one beside its number, if it has one."""
    if name not in STATES:
        return ""
    large, n = size == LARGE, number(name)
    left = 156 * bool(large and n)
    x, y = (size[0] - left) / WIDE, size[1] / HIGH
    pen, label = drawn(STATES[name], STATES[name].start)
    inside = svg(pen.shapes, x, y, left)
    if large and n:
        inside += f'<text class="number" x="0" y="{size[1] - 12}">{n}</text>'
    label = html.escape(label.format(**pen.said))
    return (
        f'<p class="opening {"large" if large else "small"}">'
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{label}" '
        f'data-unit="{left} {x:.4f} {y:.4f}">{inside}</svg></p>'
    )


def said(name: str) -> dict[str, str]:
    """The numbers of a chapter's drawing that change with the dot, by their names."""
    if not frames(name):
        return {}
    first, last = (drawn(STATES[name], end)[0].said for end in STATES[name].ends)
    pen, _ = drawn(STATES[name], STATES[name].start)
    return {key: text for key, text in pen.said.items() if first[key] != last[key]}


def short(values: Sequence[float]) -> float | list[float]:
    """Numbers with one digit; a single one if all are alike."""
    tenths = [round(x, 1) for x in values]
    whole = [int(x) if x == int(x) else x for x in tenths]
    return whole[0] if len({*whole}) == 1 else whole


@cache
def frames(name: str) -> str:
    """What the script needs to pull the dot, as JSON: the stop at which the drawing
    starts, what it says, its numbers at each stop, and each shape that changes."""
    state = STATES.get(name)
    if not state:
        return ""
    pens = [drawn(state, at)[0] for at in state.stops]
    moves: list[list[object]] = []
    for i, same in enumerate(zip(*(pen.shapes for pen in pens), strict=True)):
        at = [short(values) for values in zip(*(one.at for one in same), strict=True)]
        texts = {one.text for one in same}
        words = "" if same[0].said or len(texts) == 1 else [one.text for one in same]
        if words or any(isinstance(values, list) for values in at):
            moves.append([i, at, "|".join(words)])
    told = {
        "start": state.stops.index(state.start),
        "says": drawn(state, state.start)[1],
        "texts": {key: "|".join(pen.said[key] for pen in pens) for key in pens[0].said},
        "moves": moves,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
