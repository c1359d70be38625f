"""The loss as a distance: each logit on its axis, and the log-sum-exp as a wall."""

import math

import numpy as np
from numpy.typing import ArrayLike

from xent_lib import log_softmax, logsumexp, softmax

from ... import example
from ..._html import element, number, stable
from .._axis import QUIET, TARGET, checked, percent, ticks

# In pixels: top and bottom of the curve, the first lane, the height of a lane.
TOP, BASE, FIRST, LANE = 24, 112, 146, 54
FLOOR = FIRST + 4 * LANE - 26
HEIGHT = FLOOR + 20

CAPTION = (
    "The gap from a word’s logit to the log-sum-exp is the loss if that word comes. "
    "The bars are the probabilities: the smaller the gap, the longer the bar. Dashed: "
    "a blind guess among the four words, 1/4."
)


class Gap:
    """The loss as a distance, from the logit of the word that came to the log-sum-exp.

    On a page, readers move each logit along the axis and see the log-sum-exp follow,
    and choose which of the words came.

    Parameters
    ----------
    logits : the scores of the running example's four words

    Raises
    ------
    ValueError : if logits are not one per word, or beyond ±1000

    Examples
    --------
    >>> Gap()
    Gap: 3.69 − 3.2 = 0.49 if mat comes
    """

    def __init__(self, logits: ArrayLike = example.logits) -> None:
        self.logits = checked(logits)
        self.wall = float(logsumexp(self.logits))
        self.p = softmax(self.logits)
        self.losses = -log_softmax(self.logits)

    def __repr__(self) -> str:
        i = example.target
        return (
            f"Gap: {number(self.wall, 2)} − {number(self.logits[i], 1)} = "
            f"{number(self.losses[i], 2)} if {example.answer} comes"
        )

    def _repr_html_(self) -> str:
        # Limit logits so that the log-sum-exp, at most ln 4 above, stays visible.
        least, high = math.floor(self.logits.min()), math.ceil(self.logits.max()) + 2
        most = math.floor(10 * (high - math.log(self.logits.size))) / 10
        low = least - 0.5  # room for labels
        config = {
            "tokens": example.vocabulary,
            "logits": stable(self.logits),
            "target": example.target,
            "low": low,
            "high": high,
            "least": least,
            "most": most,
        }
        caption = f"<figcaption>{CAPTION}</figcaption>"
        figure = f"<figure>\n{self._svg(low, high)}\n{caption}\n</figure>"
        return element("xent-gap", config, figure)

    def _svg(self, low: float, high: int) -> str:
        width = high - low
        wall = (self.wall - low) / width
        share = math.log(self.logits.size) / width
        guess = percent(-share)
        nats = np.linspace(0, 8, 81)
        curve = " ".join(f"{-x:.1f} {1 - math.exp(-x):.4f}" for x in nats)
        words = zip(example.vocabulary, self.logits, self.p, self.losses, strict=True)
        spoken = "; ".join(
            f"{word} {number(o, 1)}, p {number(p, 2)}, gap {number(loss, 2)}"
            for word, o, p, loss in words
        )
        lanes = "\n".join(self._lane(i, low, width) for i in range(self.logits.size))
        # The curve and the blind guess are inside x-wall, since they move with it.
        return f"""<svg class="x-figure" role="img" width="100%" height="{HEIGHT}"
aria-label="Logits below the log-sum-exp, {number(self.wall, 2)}: {spoken}"
font-size="14" fill="currentColor" stroke-width="2" style="overflow: visible">
<svg width="100%" height="{HEIGHT}">
<svg class="x-wall" x="{percent(wall)}" overflow="visible" style="--at: {wall:.4f}">
<g stroke="currentColor" fill="none" font-size="12" style="color: {QUIET}">
<svg x="{percent(-8 / width)}" y="{TOP}" width="{percent(8 / width)}"
height="{BASE - TOP}" viewBox="-8 0 8 1" preserveAspectRatio="none">
<path d="M{curve}" vector-effect="non-scaling-stroke"/></svg>
<line x1="-100%" x2="0" y1="{BASE}" y2="{BASE}" stroke-width="1" opacity="0.5"/>
<line x1="{guess}" x2="{guess}" y1="{BASE - (BASE - TOP) / 4:g}" y2="{BASE + 6}"
stroke-width="1" stroke-dasharray="3"/>
<text x="{guess}" y="{BASE + 18}" text-anchor="end" fill="currentColor" stroke="none"
style="transform: translateX(max(6px, 102px - 100% * (var(--at) - {share:.4f})))"
>blind guess 0.25</text></g>
<line y1="{TOP - 4}" y2="{FLOOR}" stroke="currentColor" stroke-width="3"/>
<text class="x-lse" y="13" text-anchor="middle" font-weight="600"
style="transform: translateX(calc(72px - 144px * var(--at)))"
>log-sum-exp {number(self.wall, 2)}</text>
</svg></svg>
<text y="{BASE - 26}" font-size="12" style="color: {QUIET}">probability</text>
{lanes}
<g style="color: {QUIET}" font-size="12" text-anchor="middle">
<line x2="100%" y1="{FLOOR}" y2="{FLOOR}" stroke="currentColor" stroke-width="1"/>
<svg y="{FLOOR + 16}" width="100%" overflow="visible">{ticks(low, high, 8)}
<text x="100%" text-anchor="end">logits</text></svg></g>
</svg>"""

    def _lane(self, i: int, low: float, width: float) -> str:
        """A logit's dot, with lines up to the curve and along the lane to the wall."""
        o, p, loss = self.logits[i], self.p[i], self.losses[i]
        y, far = FIRST + LANE * i, percent(loss / width)
        colour, stroke, weight = (
            (TARGET, 4, 700) if i == example.target else (QUIET, 2, 400)
        )
        return f"""<svg class="x-lane" x="{percent((o - low) / width)}" y="{y}"
overflow="visible" stroke-width="{stroke}" font-weight="{weight}"
style="color: {colour}; --p: {p:.4f}">
<g transform="translate(0 {BASE - y})" stroke="currentColor" font-size="12">
<line y2="{y - BASE}" stroke-width="1" opacity="0.4"/>
<line y2="{TOP - BASE}" stroke-width="4" style="transform: scaleY(var(--p))"/>
<text class="x-height" dx="3" y="-5" text-anchor="end" stroke="none"
style="transform: translateY(calc({TOP - BASE}px * var(--p)))">{number(p, 2)}</text></g>
<line class="x-far" x2="{far}" stroke="currentColor"/><circle r="7"/>
<text class="x-far" x="{far}" dx="-8" y="-8" text-anchor="end">{number(loss, 2)}</text>
<text class="x-label" y="23" text-anchor="middle"
style="transform: translateX(calc(16px - 48px * var(--p)))"
>{example.vocabulary[i]} {number(o, 1)}</text>
</svg>"""
