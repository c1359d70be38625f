"""Shift or scale all scores, and see their gaps and chips."""

import math

from numpy.typing import ArrayLike

from xent_lib import softmax

from ... import example
from ..._html import element, number, stable
from .._axis import QUIET, TARGET, checked, percent, ticks

# For each change: the smallest and largest number, the step, and the decimals shown.
CHANGES = {"add": (-200, 200, 1, 0), "times": (0, 2.6, 0.2, 1)}

# In pixels: the first row, the height of a row, the axis, the total height.
FIRST, ROW = 36, 32
FLOOR = FIRST + 4 * ROW - 8
HEIGHT = FLOOR + 18

CAPTIONS = {
    "add": "The gaps to the highest score, and the chips out of 100 that Chapter 3 "
    "gives them: adding moves only the axis.",
    "times": "The gaps to the highest score, and the chips out of 100: multiplying "
    "stretches or shrinks the gaps, and the chips follow.",
}


class Shift:
    """All scores plus a number, or times a number, with their gaps and chips.

    On a page, readers drag that number, in bold in the text above. mat's lead over rug,
    in bold next to it, follows.

    Parameters
    ----------
    change : "add" or "times"
    value : the number, from −200 to 200 or from 0 to 2.6
    logits : the scores of the running example's four words

    Raises
    ------
    ValueError : if change has another name, the number is out of range, or logits
        are not one per word or beyond ±1000

    Examples
    --------
    >>> Shift("add", 100)
    Shift: mat 103.2, hat 101.0, sat 99.5, rug 102.5
    """

    def __init__(
        self, change: str, value: float, logits: ArrayLike = example.logits
    ) -> None:
        if change not in CHANGES:
            raise ValueError(f"change must be of {', '.join(CHANGES)}, got {change!r}")
        least, most, *_ = CHANGES[change]
        if not least <= value <= most:
            raise ValueError(f"value must be from {least} to {most}, got {value}")
        self.change, self.value, self.logits = change, float(value), checked(logits)
        scaled = self.logits * (self.value if change == "times" else 1)
        self.scores = scaled + (self.value if change == "add" else 0)
        self.p = softmax(scaled)

    def __repr__(self) -> str:
        pairs = zip(example.vocabulary, self.scores, strict=True)
        return "Shift: " + ", ".join(f"{word} {number(o, 1)}" for word, o in pairs)

    def _repr_html_(self) -> str:
        least, most, step, digits = CHANGES[self.change]
        # Adding moves the axis along; for products it has room for the largest.
        room = most if self.change == "times" else 1
        low = math.floor(room * self.logits.min()) - 1
        high = math.ceil(room * self.logits.max()) + 1
        config = {
            "tokens": example.vocabulary,
            "logits": stable(self.logits),
            "target": example.target,
            "change": self.change,
            "value": self.value,
            "least": least,
            "most": most,
            "step": step,
            "digits": digits,
            "low": low,
            "high": high,
        }
        if self.change == "add":
            low, high = low + int(self.value), high + int(self.value)
        caption = f"<figcaption>{CAPTIONS[self.change]}</figcaption>"
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
<line class="x-best" x1="{best}" x2="{best}" y1="{FIRST - 14}" y2="{FLOOR}"
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
