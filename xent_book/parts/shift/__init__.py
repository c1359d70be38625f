"""Add a number to all scores: their gaps and chips stay."""

import math

from numpy.typing import ArrayLike

from xent_lib import softmax

from ... import example
from ..._html import element, number, stable
from .._axis import QUIET, TARGET, checked, percent, ticks

LEAST, MOST = -200, 200

# In pixels: the first row, the height of a row, the axis, the total height.
FIRST, ROW = 36, 32
FLOOR = FIRST + 4 * ROW - 8
HEIGHT = FLOOR + 18

CAPTION = (
    "The gaps to the highest score, and each word’s probability, in chips out of 100: "
    "adding moves only the axis."
)


class Shift:
    """All scores plus a number, with their gaps and chips.

    On a page, readers drag that number, in bold in the text above.

    Parameters
    ----------
    value : the number, a whole one from −200 to 200
    logits : the scores of the running example's four words

    Raises
    ------
    ValueError : if the number is out of range, or logits are not one per word or
        beyond ±1000

    Examples
    --------
    >>> Shift(100)
    Shift: mat 103.2, hat 101.0, sat 99.5, rug 102.5
    """

    def __init__(self, value: int, logits: ArrayLike = example.logits) -> None:
        if not (LEAST <= value <= MOST and value == int(value)):
            raise ValueError(
                f"value must be a whole number from {LEAST} to {MOST}, got {value}"
            )
        self.value, self.logits = int(value), checked(logits)
        self.scores, self.p = self.logits + self.value, softmax(self.logits)

    def __repr__(self) -> str:
        pairs = zip(example.vocabulary, self.scores, strict=True)
        return "Shift: " + ", ".join(f"{word} {number(o, 1)}" for word, o in pairs)

    def _repr_html_(self) -> str:
        # The axis moves along with the scores.
        low = math.floor(self.logits.min()) - 1
        high = math.ceil(self.logits.max()) + 1
        config = {
            "tokens": example.vocabulary,
            "logits": stable(self.logits),
            "value": self.value,
            "least": LEAST,
            "most": MOST,
            "low": low,
            "high": high,
        }
        low, high = low + self.value, high + self.value
        caption = f"<figcaption>{CAPTION}</figcaption>"
        figure = f"<figure>\n{self._svg(low, high)}\n{caption}\n</figure>"
        return element("xent-shift", config, figure)

    def _svg(self, low: int, high: int) -> str:
        width, best = high - low, percent((self.scores.max() - low) / (high - low))
        words = zip(example.vocabulary, self.scores, self.p, strict=True)
        spoken = "; ".join(
            f"{word} {number(o, 1)}, chips {_chips(p)}" for word, o, p in words
        )
        rows = "\n".join(self._row(i, low, width) for i in range(self.scores.size))
        return f"""<svg class="x-figure" role="img" width="100%" height="{HEIGHT}"
aria-label="Scores on an axis, and chips: {spoken}"
font-size="14" fill="currentColor" stroke-width="2" style="overflow: visible">
<g style="color: {QUIET}" font-size="12">
<text x="12%" y="14">score</text><text x="74%" y="14">chips</text>
<svg x="12%" width="44%" overflow="visible" stroke-width="1">
<line x1="{best}" x2="{best}" y1="{FIRST - 14}" y2="{FLOOR}"
stroke="currentColor" stroke-dasharray="3"/>
<line x2="100%" y1="{FLOOR}" y2="{FLOOR}" stroke="currentColor"/>
<svg class="x-ticks" y="{FLOOR + 15}" width="100%" overflow="visible"
text-anchor="middle">{ticks(low, high, 4)}</svg></svg></g>
{rows}
</svg>"""

    def _row(self, i: int, low: int, width: int) -> str:
        o, p = self.scores[i], self.p[i]
        gap = percent((self.scores.max() - o) / width)
        colour = TARGET if i == example.target else QUIET
        return f"""<svg class="x-lane" y="{FIRST + ROW * i}" width="100%"
overflow="visible" style="color: {colour}">
<text y="5">{example.vocabulary[i]}</text>
<svg x="12%" width="44%" overflow="visible">
<svg class="x-at" x="{percent((o - low) / width)}" overflow="visible">
<line class="x-gap" x2="{gap}" stroke="currentColor"/><circle r="6"/></svg></svg>
<text class="x-score" x="70%" y="5" text-anchor="end">{number(o, 1)}</text>
<rect x="74%" y="-7" width="19%" height="14" opacity="0.2"/>
<rect class="x-pile" x="74%" y="-7" width="{percent(0.19 * p)}" height="14"/>
<text class="x-count" x="100%" y="5" text-anchor="end">{_chips(p)}</text>
</svg>"""


def _chips(p: float) -> str:
    """Chips out of 100, for SVG: "<1" rather than 0, since p is never 0."""
    return "&lt;1" if 100 * p < 0.5 else f"{100 * p:.0f}"
