"""The last scene: the drawings of the eight chapters once more, one after the other."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from xent_book import example
from xent_book.drawings import (
    HIT,
    LOGITS,
    OTHERS,
    READ,
    SCORE,
    STATES,
    P,
    Pen,
    Shape,
    curve,
    push,
    scored,
    strip,
    svg,
)
from xent_lib import logsumexp

BOX = "-10 -8 500 144"  # around a drawing whose units are 2 wide and 2 high
BLIND = 0.2  # a blind guess on five boxes, until the reader has bet
END = float(logsumexp(LOGITS))
# Where a bet stands in a drawing: a number plus so much for each of p, loss and score.
Along = tuple[float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """A drawing, where any bet would stand in it, and its sentence."""

    draw: Callable[[Pen], str]
    x: Along
    y: Along
    says: str


def state(name: str) -> Callable[[Pen], str]:
    return lambda pen: STATES[name].draw(pen, STATES[name].start)


def blank(pen: Pen) -> str:
    """The sentence, whose next word has not come."""
    pen.shapes.append(Shape("text", "sentence", [0, 36], " ".join(example.context)))
    pen.line([(153, 38), (232, 38)], HIT)
    pen.shapes.append(Shape("text", "sentence", [234, 36], "."))
    return "The sentence without its last word"


WHO = '<span data-who="your last bet">a blind guess</span>'
CHIPS, NATS, OF_SCORES = (
    f'<span data-bet="{name}">{text}</span>'
    for name, text in (
        ("chips", f"{100 * BLIND:.0f}"),
        ("nats", f"{-math.log(BLIND):.2f}"),
        ("score", f"{scored(BLIND):.1f}"),
    )
)
MEAN = STATES["07-is-my-loss-good"].start

PICTURES = [
    Picture(
        lambda pen: curve(pen, round(P, 2)),
        (0, 232, 0, 0),
        (51, 0, -11, 0),
        f"A bet has a price: with {100 * P:.0f} of 100 chips on the word that came, "
        f"the model pays {-math.log(P):.2f} nats, and {WHO}, with {CHIPS}, pays "
        f"{NATS}.",
    ),
    Picture(
        state("02-logits"),
        (60, 0, 0, 48),
        (34, 0, 0, 0),
        f"Behind the chips are scores: the model gave <em>mat</em> {SCORE}, and at "
        f"{OF_SCORES} it would get {CHIPS} chips, like {WHO}.",
    ),
    Picture(
        lambda pen: strip(pen, P),
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
    ),
    Picture(
        state("05-dataset-loss"),
        (135, 0, 0, 0),
        (53, 0, -20, 0),
        "Every word of a text has its price, and their mean is one number: the loss, "
        "here of Chapter 5’s model.",
    ),
    Picture(
        lambda pen: push(pen, P),
        (192, -92, 0, 0),
        (8, 0, 0, 0),
        "Training lifts the score of the word that came, by the chips that it lacked, "
        "and lowers the others.",
    ),
    Picture(
        state("07-is-my-loss-good"),
        (0, 0, 18, 0),
        (40, 0, 0, 0),
        'Push by push the mean falls, from <span class="word">ln <em>V</em></span>, '
        "where all words are alike, and the training log prints it: "
        f"loss {MEAN}.",
    ),
    Picture(
        state("08-real-model"),
        (169, 0, 0, 0),
        (53, 0, -52 / max(READ["losses"]), 0),
        "One number, −ln <em>p</em>: the price of your bet and, averaged, the line in "
        "the log.",
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


class Scene:
    """Nine pictures, each with its sentence. On a page a reader scrolls through them,
    and the hollow dot is the last bet in the game.

    Examples
    --------
    >>> Scene()
    Scene: 9 pictures; a bet of 61 chips costs 0.49 nats, a blind guess 1.61
    """

    def __repr__(self) -> str:
        p, guess = f"{100 * P:.0f}", f"{-math.log(BLIND):.2f}"
        return (
            f"Scene: {len(PICTURES)} pictures; a bet of {p} chips costs "
            f"{-math.log(P):.2f} nats, a blind guess {guess}"
        )

    def _repr_html_(self) -> str:
        shown = "\n".join(f"<li>{self._one(one)}</li>" for one in PICTURES)
        others = f'data-others="{OTHERS:.4f}"'
        return f"<xent-thread {others}><ol>\n{shown}\n</ol></xent-thread>"

    def _one(self, one: Picture) -> str:
        pen = Pen()
        label = one.draw(pen).format(**pen.said)
        shapes = [replace(shape, said="") for shape in pen.shapes]
        x, y = 2 * place(one.x, BLIND), 2 * place(one.y, BLIND)
        along = " ".join(f"{2 * n:.4g}" for n in (*one.x, *one.y))
        return (
            f'<figure><svg viewBox="{BOX}" role="img" '
            f'aria-label="{label}">{svg(shapes, 2, 2)}<circle class="you" '
            f'cx="{x:.1f}" cy="{y:.1f}" r="6" data-along="{along}"></circle></svg>'
            f"<figcaption>{one.says}</figcaption></figure>"
        )
