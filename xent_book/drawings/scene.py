"""The last scene: the drawings of the eight chapters once more, one after the other."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from xent_book import example
from xent_book.drawings import (
    HIGH,
    HIT,
    LOGITS,
    MAT,
    OTHERS,
    READ,
    STATES,
    TARGET,
    WIDE,
    P,
    Pen,
    Shape,
    average,
    curve,
    push,
    scored,
    strip,
    svg,
    two,
)
from xent_book.recorded import game
from xent_lib import cross_entropy, cross_entropy_grad, logsumexp

X, Y = 2, 3.5  # how wide and how high a unit of a drawing is, so that a phone sees it
BOX = f"-10 -12 500 {HIGH * Y + 20:g}"  # around a drawing
LOSS = -math.log(P)  # what the model pays: the one number
BLIND = 0.25  # a guess among these four words, until the reader has bet
END = float(logsumexp(LOGITS))
# What waits at either end of the curve of training.
EARLY, LATE = "above the start", "further on"
# Where a bet stands in a drawing: a number plus so much for each of p, loss and score.
Along = tuple[float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """A drawing, where any bet would stand in it, and its sentence. In two, a bet is
    joined to a line; in one, it stands on the curve, at its height; in one, the orange
    dot is SmolLM2's bet."""

    draw: Callable[[Pen], str]
    x: Along
    y: Along
    says: str
    joined: float | None = None
    on_curve: bool = False
    real: bool = False


def state(name: str) -> Callable[[Pen], str]:
    return lambda pen: STATES[name].draw(pen, STATES[name].start)


def small(draw: Callable[[Pen], str]) -> Callable[[Pen], str]:
    """A drawing whose number is no larger than its names: the price alone is large."""

    def drawn(pen: Pen) -> str:
        label = draw(pen)
        for shape in pen.shapes:
            if shape.said:
                shape.kind = f"name {shape.kind}"
        return label

    return drawn


def bars(pen: Pen) -> str:
    """Chapter 5's bars, in which mat costs what the model pays."""
    label = small(lambda pen: average(pen, LOSS))(pen)
    pen.word(184, 53, "loss", two(LOSS))
    return label


def lift(pen: Pen) -> str:
    """Chapter 6's pushes, mat's in whole chips."""
    label = small(lambda pen: push(pen, P))(pen)
    number = next(shape for shape in pen.shapes if shape.said == "push")
    number.text = pen.said["push"] = two(1 - P)
    return label


def log(pen: Pen) -> str:
    """The loss of four scores that begin alike, as training goes on."""
    foot, nat, step, scores = 52, 20, 6, np.zeros(len(LOGITS))
    losses = []
    for _ in range(WIDE // step + 1):
        losses.append(float(cross_entropy(scores, TARGET)))
        scores = scores - 0.1 * cross_entropy_grad(scores, TARGET)
    x = step * float(np.interp(-LOSS, np.negative(losses), np.arange(len(losses))))
    y = foot - nat * LOSS
    pen.line([(0, 0), (0, foot), (WIDE, foot)], "x-thin")
    pen.line([(step * i, foot - nat * loss) for i, loss in enumerate(losses)], "x-ink")
    pen.name(5, foot - nat * losses[0] + 15, "ln 4")
    pen.name(0, foot + 8, "steps of training")
    pen.word(x + 4, y - 8, "loss", two(LOSS))
    pen.dot(x, y, HIT)
    return pen.label("A loss that falls as training goes on, and is {loss} here")


def blank(pen: Pen) -> str:
    """The sentence, whose next word has not come."""
    pen.shapes.append(Shape("text", "sentence", [0, 36], " ".join(example.context)))
    pen.line([(146, 38), (222, 38)], HIT)
    pen.shapes.append(Shape("text", "sentence", [223, 36], "."))
    return "The sentence without its last word"


WHO = '<span data-who="you">a blind guess</span>'
CHIPS, NATS, OF_SCORES = (
    f'<span data-bet="{name}">{text}</span>'
    for name, text in (
        ("chips", f"{100 * BLIND:.0f}"),
        ("nats", f"{-math.log(BLIND):.2f}"),
        ("score", f"{scored(BLIND):.1f}"),
    )
)
# The word on which the bet was, once there is one.
ON = '<span data-bet="on"></span><em data-bet="word"></em>'
AS_MANY = '<em data-bet="word"></em><span data-bet="as">from a blind guess</span>'
READ_CHIPS = f"{100 * math.exp(-MAT):.0f}"
REAL = ' data-real=""'
KEY = (
    f'<span class="made"><i class="hit"></i> the model, with {100 * P:.0f} chips on '
    f"<em>mat</em>, pays <b>{two(LOSS)}</b></span> "
    f'<span class="read"><i class="hit"></i> SmolLM2, with {READ_CHIPS}, '
    f"pays <b>{two(MAT)}</b></span> "
    f'<span><i class="you"></i> {WHO}, with {CHIPS}{ON}, '
    f'<span data-who="pay">pays</span> {NATS}</span>'
)

PICTURES = [
    Picture(
        lambda pen: curve(pen, round(P, 2)),
        (0, 232, 0, 0),
        (51, 0, -11, 0),
        "A bet has a price: −ln\u00a0<em>p</em>, in nats, for the chips on the word "
        "that came.",
    ),
    Picture(
        small(state("02-logits")),
        (60, 0, 0, 48),
        (34, 0, 0, 0),
        f"Behind the chips are scores. At {OF_SCORES} <em>mat</em> would get {CHIPS} "
        f"chips, as many as {AS_MANY}.",
    ),
    Picture(
        small(lambda pen: strip(pen, P)),
        (0, 234, 0, 0),
        (45, 0, 0, 0),
        "Softmax turns the scores into shares of the 100 chips: what one word wins, "
        "the others lose.",
    ),
    Picture(
        state("04-token-loss"),
        (40 + 40 * END, 0, -40, 0),
        (1, 0, 0, 0),
        "The price is a distance: from the score of the word that came to the "
        '<span class="word">log-sum-exp</span>, the score of all words together.',
        joined=40 + 40 * END,
    ),
    Picture(
        bars,
        (135, 0, 0, 0),
        (53, 0, -20, 0),
        "Every word of a text has its price, and their mean is the loss of the text. "
        "The other four are priced by Chapter 5’s model.",
    ),
    Picture(
        lift,
        (192, -92, 0, 0),
        (8, 0, 0, 0),
        f"Training lifts the score of the word that came by what it lacked, "
        f'<span class="word">100 − {100 * P:.0f} = {100 * (1 - P):.0f}</span> chips, '
        f"or {two(1 - P)}, and lowers the others.",
        joined=100,
    ),
    Picture(
        log,
        (0, 0, 0, 0),
        (52, 0, -20, 0),
        "Push by push the loss falls, from ln 4, where four words are alike. A "
        f"training log prints it line after line, and one line says {two(LOSS)}.",
        on_curve=True,
    ),
    Picture(
        small(state("08-real-model")),
        (169, 0, 0, 0),
        (53, 0, -52 / max(READ["losses"]), 0),
        "A real model pays in the same way, for each token of your sentence: here "
        f"{two(MAT)} for <em>mat</em>.",
        real=True,
    ),
    Picture(
        blank,
        (192, 0, 0, 0),
        (30, 0, 0, 0),
        'The next word has not come: <a href="index.html">place your chips</a>.',
    ),
]


def place(along: Along, p: float) -> float:
    """Where a bet of p stands."""
    by = (1, p, -math.log(p), scored(p))
    return sum(a * b for a, b in zip(along, by, strict=True))


def on_curve(shapes: list[Shape], y: float) -> float:
    """How far along the curve it is as low as this: at its start or its end if it never
    is."""
    points = next(one.at for one in shapes if one.kind == "x-ink")
    return float(np.interp(y, points[1::2], points[::2]))


class Scene:
    """Nine pictures, each with its sentence. On a page a reader scrolls through them,
    and the hollow dot is the last bet in the game.

    Examples
    --------
    >>> Scene()
    Scene: 9 pictures; a bet of 61 chips costs 0.49 nats, a blind guess 1.39
    """

    def __repr__(self) -> str:
        p, guess = f"{100 * P:.0f}", f"{-math.log(BLIND):.2f}"
        return (
            f"Scene: {len(PICTURES)} pictures; a bet of {p} chips costs "
            f"{-math.log(P):.2f} nats, a blind guess {guess}"
        )

    def _repr_html_(self) -> str:
        shown = "\n".join(
            f"<li{REAL * one.real}>{self._one(one)}</li>" for one in PICTURES
        )
        given = f'data-others="{OTHERS:.4f}" data-fives="{len(game()) // 5}"'
        key = f'<p class="key">{KEY}</p>'
        return (
            f"<xent-thread {given}><div>{key}<ol>\n{shown}\n</ol></div></xent-thread>"
        )

    def _one(self, one: Picture) -> str:
        pen = Pen()
        label = one.draw(pen).format(**pen.said)
        shapes = [replace(shape, said="") for shape in pen.shapes]
        x, y = X * place(one.x, BLIND), Y * place(one.y, BLIND)
        along = [X * n for n in one.x] + [Y * n for n in one.y]
        own = f'class="you" data-along="{" ".join(f"{n:.4g}" for n in along)}"'
        more = ""
        if one.joined is not None:
            end = X * one.joined
            more = f'<path class="x-thin" d="M{x:.1f} {y:.1f}H{end:.1f}"></path>'
            own += f' data-joined="{end:.1f}"'
        if one.on_curve:
            x = X * on_curve(shapes, place(one.y, BLIND))
            more = (
                f'<text class="name early" x="16" y="{y + 6:.1f}">{EARLY}</text>'
                f'<text class="name x-end late" x="{X * WIDE}" y="{Y * 60:.1f}"></text>'
            )
            own += f' data-early="{EARLY}" data-late="{LATE}"'
        return (
            f'<figure><svg viewBox="{BOX}" preserveAspectRatio="xMinYMid" role="img" '
            f'aria-label="{label}">{svg(shapes, X, Y)}{more}<circle {own} '
            f'cx="{x:.1f}" cy="{y:.1f}" r="8"></circle></svg>'
            f"<figcaption>{one.says}</figcaption></figure>"
        )
