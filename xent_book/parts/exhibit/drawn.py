"""What goes wrong in five rooms of the museum, drawn above their exhibits.

Places across are in percent, so that a drawing fits any page, and its words keep their
size.
"""

import html
import math
from collections.abc import Sequence

import numpy as np

from xent_lib import cross_entropy, softmax

from ... import example
from ..._html import figure

HIGH, ABOVE = 96, 12  # of a drawing, and the air above it
INK, QUIET = "var(--xent-ink, #1f2933)", "var(--xent-quiet, #5b7083)"
PAPER = "var(--xent-paper, #fff)"


class Sheet:
    """Collect what is drawn: across in percent, and down in pixels."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    def word(self, x: float, y: float, text: str, side: str = "start") -> None:
        place = f'x="{x:.2f}%" y="{y:g}" text-anchor="{side}"'
        self.drawn.append(f"<text {place}>{html.escape(text)}</text>")

    def line(self, x: float, y: float, to: tuple[float, float], look: str = "") -> None:
        ends = f'x1="{x:.2f}%" y1="{y:g}" x2="{to[0]:.2f}%" y2="{to[1]:g}"'
        self.drawn.append(f'<line {ends} stroke="{INK}" {look}/>')

    def box(self, x: float, y: float, wide: float, high: float, look: str = "") -> None:
        place = f'x="{x:.2f}%" y="{y:.2f}" width="{wide:.2f}%" height="{high:.2f}"'
        self.drawn.append(f"<rect {place} {look}/>")

    def svg(self, alt: str, caption: str) -> str:
        look = f'width="100%" height="{ABOVE + HIGH}" font-size="0.875rem" fill="{INK}"'
        begin = f'<svg role="img" aria-label="{html.escape(alt)}" {look}>'
        shifted = f'<g transform="translate(0 {ABOVE})">'
        end = f'</g></svg>\n<p class="x-how">{html.escape(caption)}</p>\n'
        return "\n".join([begin, shifted, *self.drawn, end])


FILLED, PALE = f'fill="{QUIET}"', f'fill="{QUIET}" fill-opacity="0.35"'
OPEN = f'fill="{PAPER}" stroke="{QUIET}"'
DASHED = 'stroke-dasharray="4 3"'


def mean_of_means(batches: Sequence[Sequence[float]]) -> str:
    """Each token's loss as a bar, with a gap between batches, and both means."""
    sheet, losses = Sheet(), [loss for batch in batches for loss in batch]
    of_means, right = float(np.mean([np.mean(b) for b in batches])), np.mean(losses)
    pitch, foot, unit = 60 / (len(losses) + 3), 78.0, 70 / max(losses)
    x = 0.0
    for batch in batches:
        sheet.word(x, 93, f"{len(batch)} token{'s' if batch[1:] else ''}")
        for loss in batch:
            sheet.box(x, foot - unit * loss, pitch - 1, unit * loss, PALE)
            x += pitch
        x += 3 * pitch
    for mean, look, says in (
        (right, 'stroke-width="2.5"', "of all"),
        (of_means, DASHED, "of means"),
    ):
        y = foot - unit * float(mean)
        sheet.line(0, y, (64, y), look)
        sheet.word(66, y + 4, f"{figure(float(mean))} {says}")
    return sheet.svg(
        f"Ten bars, one for each token: one of 2 in the first batch, nine of 10 in the "
        f"second. The mean of all is {figure(float(right))}, the mean of the two means "
        f"only {figure(of_means)}.",
        f"A bar for each token. The mean of all ten is {figure(float(right))}, that of "
        f"the two means {figure(of_means)}.",
    )


def shift(words: Sequence[str]) -> str:
    """The words above as inputs, below as targets; three lines from the first."""
    sheet, left = Sheet(), 18
    pitch = (100 - left) / len(words)
    for y, name in ((12, "input"), (72, "target")):
        sheet.word(0, y, name)
        for n, word in enumerate(words):
            sheet.word(left + (n + 0.5) * pitch, y, word, "middle")
    x = left + pitch / 2
    for steps, says in enumerate(("never", "once", "twice")):
        to = x + steps * pitch
        look = 'stroke-width="2.5"' if steps == 1 else DASHED
        sheet.line(x, 20, (to, 56), look)
        sheet.word(to, 90, says, "middle")
    return sheet.svg(
        f"The text twice, as inputs above and as targets below. From the input "
        f"{words[0]} a line leads to the next word, {words[1]}: shifted "
        f"once. Never shifted, it leads to {words[0]} itself; twice, to "
        f"{words[2]}.",
        f"The target of {words[0]} is {words[1]}: shifted once. Never shifted it is "
        f"{words[0]}, and shifted twice {words[2]}.",
    )


def padding() -> str:
    """Two texts in a batch, with the loss of each target; a pad counts as mat."""
    sheet = Sheet()
    mat, rug = (float(cross_entropy(example.logits, y)) for y in (0, 3))
    rows = ((("mat", mat), ("rug", rug)), (("mat", mat), ("pad", mat)))
    for y, row in zip((4, 52), rows, strict=True):
        for x, (word, loss) in zip((0.5, 28), row, strict=True):
            sheet.box(x, y, 26, 38, f"{OPEN} {DASHED if word == 'pad' else ''}")
            sheet.word(x + 13, y + 24, f"{word} {loss:.2f}", "middle")
    right, wrong = (2 * mat + rug) / 3, (3 * mat + rug) / 4
    sheet.word(58, 28, f"of three: {figure(right)}")
    sheet.word(58, 76, f"of four: {figure(wrong)}")
    return sheet.svg(
        f"A batch of two texts: mat {mat:.2f} and rug {rug:.2f}, below mat {mat:.2f} "
        f"and a pad, dashed, which costs {mat:.2f}, too. The mean of three is "
        f"{figure(right)}, of four {figure(wrong)}.",
        "The pad, dashed, is counted as a fourth word.",
    )


def softmax_twice() -> str:
    """A strip cut into the four shares, and one of the softmax of those."""
    sheet, once = Sheet(), softmax(example.logits)
    for y, shares, says in ((0, once, "once"), (50, softmax(once), "twice")):
        x = 20.0
        sheet.word(0, y + 19, says)
        for n, share in enumerate(shares.tolist()):
            wide = 80 * share
            sheet.box(x, y, wide - 0.5, 28, PALE if n else FILLED)
            x += wide
        sheet.word(20, y + 43, f"{example.answer} {shares[example.target]:.2f}")
        sheet.word(100, y + 43, f"{example.vocabulary[-1]} {shares[-1]:.2f}", "end")
    said = [
        ", ".join(f"{w} {p:.2f}" for w, p in zip(example.vocabulary, s, strict=True))
        for s in (once, softmax(once))
    ]
    return sheet.svg(
        f"Two strips, cut into four shares. After one softmax: {said[0]}. After two, "
        f"shares that are close together: {said[1]}.",
        "The shares after one softmax, and after two.",
    )


def bits() -> str:
    """One length on two rulers, in nats and in bits."""
    sheet, nats = Sheet(), float(cross_entropy(example.logits, example.target))
    most, y = 1.2, (34, 62)
    for at, unit, name in ((y[0], 1.0, "nats"), (y[1], math.log(2), "bits")):
        up = at == y[0]
        sheet.line(0, at, (100, at))
        for k in range(int(most / unit) + 1):
            x = 100 * k * unit / most
            sheet.line(x, at, (x, at - 7 if up else at + 7))
            text, side = (f"{k}", "middle") if k else (f"0 {name}", "start")
            sheet.word(x, at - 13 if up else at + 22, text, side)
    x = 100 * nats / most
    sheet.line(x, y[0], (x, y[1]), 'stroke-width="2.5"')
    sheet.word(x, y[0] - 13, figure(nats), "middle")
    sheet.word(x, y[1] + 22, figure(nats / math.log(2)), "middle")
    return sheet.svg(
        f"Two rulers, one above the other, from 0: the same length is {figure(nats)} "
        f"in nats and {figure(nats / math.log(2))} in bits, which are shorter.",
        "The same length in nats and in bits: bits are shorter.",
    )
