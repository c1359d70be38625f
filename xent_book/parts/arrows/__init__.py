"""The arrows of Chapter 2, as steps of training turn them, and the loss that falls."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xent_lib import cross_entropy, cross_entropy_grad

from ... import example
from ..._html import element, escape, number
from .._axis import QUIET, TARGET

# The drawing, in its own units: a unit of an arrow, where all begin; the loss below.
UNIT, ORIGIN = 80, (70, 150)
WIDE, TOP, FLOOR = 320, 218, 300
LEFT = 34
MOST = 30  # steps
BARBS = (-0.45, 0.45)


class State(NamedTuple):
    """The context's arrow (d), the tokens' (V, d), and the loss that they give."""

    h: NDArray[np.float64]
    tokens: NDArray[np.float64]
    loss: float


class Arrows:
    """Training in two dimensions: each step turns all arrows, and the loss falls.

    A logit is the context's arrow times a token's. So p − y, times the context's arrow,
    is the slope in a token's arrow; and the sum of p − y times the tokens' arrows is
    the slope in the context's. On a page the reader takes the steps.

    Parameters
    ----------
    steps : how many are drawn, up to 30
    size : the step size

    Raises
    ------
    ValueError : steps or a size outside their range

    Examples
    --------
    >>> Arrows(3)
    Arrows: loss 0.490, 0.364, 0.283, 0.228
    """

    def __init__(self, steps: int = 3, size: float = 0.1) -> None:
        if not 0 <= steps <= MOST:
            raise ValueError(f"steps must be from 0 to {MOST}, got {steps}")
        if not 0 < size <= 1:
            raise ValueError(f"size must be above 0 and at most 1, got {size}")
        self.size = float(size)
        self.states = [_state(np.array(example.h), np.array(example.tokens))]
        for _ in range(steps):
            self.states.append(_step(self.states[-1], self.size))

    def __repr__(self) -> str:
        losses = (number(state.loss) for state in self.states)
        return f"Arrows: loss {', '.join(losses)}"

    def _repr_html_(self) -> str:
        config = {
            "words": example.vocabulary,
            "target": example.target,
            "h": example.h,
            "tokens": example.tokens,
            "size": self.size,
            "most": MOST,
        }
        taken = len(self.states) - 1
        caption = (
            f"<figcaption>{taken} steps of size {self.size:g}, from the faint arrows "
            "to the full ones, and the loss after each.</figcaption>"
        )
        return element(
            "xent-arrows", config, f"<figure>\n{self._svg()}\n{caption}\n</figure>"
        )

    def _svg(self) -> str:
        losses = [state.loss for state in self.states]
        high = math.ceil(losses[0])
        first, last = self.states[0], self.states[-1]
        spoken = ", ".join(map(number, losses))
        faint = "\n".join(_arrow(tip) for tip in (first.h, *first.tokens))
        full = "\n".join(
            f'<g style="color: {TARGET if i == example.target else QUIET}">'
            f"{_arrow(tip)}{_label(tip, escape(word))}</g>"
            for i, (word, tip) in enumerate(
                zip(example.vocabulary, last.tokens, strict=True)
            )
        )
        places = [(_across(k), _down(loss, high)) for k, loss in enumerate(losses)]
        curve = " ".join(f"{x:.1f} {y:.1f}" for x, y in places)
        x, y = places[-1]
        return f"""<svg class="x-figure" role="img" viewBox="0 0 {WIDE} {FLOOR + 22}"
width="100%" style="display: block; max-width: 30rem; margin-inline: auto"
aria-label="Arrows of the context and of four tokens, and the loss: {spoken}"
font-size="12" fill="currentColor" stroke-width="2">
<g class="x-faint" opacity="0.25">{faint}</g>
<g class="x-full"><g>{_arrow(last.h)}{_label(last.h, "h")}</g>
{full}</g>
<g style="color: {QUIET}">
<text x="{LEFT}" y="{TOP - 10}" text-anchor="middle">nats</text>
<g class="x-marks">{_marks(high)}</g>
<path d="M{LEFT} {TOP}V{FLOOR}H{WIDE}" fill="none" stroke="currentColor"
style="stroke-width: 1"/>
<text x="{LEFT}" y="{FLOOR + 16}">0</text>
<text x="{WIDE}" y="{FLOOR + 16}" text-anchor="end">{MOST} steps</text></g>
<g class="x-fall" style="color: {TARGET}">
<path d="M{curve}" fill="none" stroke="currentColor"/>
<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>
<text x="{x + 9:.1f}" y="{y - 5:.1f}" font-weight="600">{number(losses[-1])}</text></g>
</svg>"""


def _state(h: NDArray[np.float64], tokens: NDArray[np.float64]) -> State:
    return State(h, tokens, float(cross_entropy(tokens @ h, example.target)))


def _step(state: State, size: float) -> State:
    """All arrows against the slopes of the loss in them, at once."""
    h, tokens, _ = state
    g = cross_entropy_grad(tokens @ h, example.target)
    return _state(h - size * g @ tokens, tokens - size * np.outer(g, h))


def _across(step: int) -> float:
    return LEFT + (WIDE - 6 - LEFT) * step / MOST


def _down(loss: float, high: float) -> float:
    return FLOOR - (FLOOR - TOP) * loss / high


def _marks(high: int) -> str:
    at = f'<text x="{LEFT - 6}" text-anchor="end" y='
    return "".join(f'{at}"{_down(y, high) + 4:.1f}">{y}</text>' for y in (0, high))


def _place(tip: ArrayLike) -> tuple[float, float]:
    x, y = np.asarray(tip, np.float64)
    return ORIGIN[0] + UNIT * float(x), ORIGIN[1] - UNIT * float(y)


def _turn(tip: ArrayLike) -> float:
    """The direction of an arrow, clockwise: y grows downward in a drawing."""
    x, y = _place(tip)
    return math.atan2(y - ORIGIN[1], x - ORIGIN[0])


def _arrow(tip: ArrayLike) -> str:
    """A line from where all begin, and two short ones back from its tip."""
    (x, y), turn = _place(tip), _turn(tip)
    ends = ((x - 9 * math.cos(turn + by), y - 9 * math.sin(turn + by)) for by in BARBS)
    back = "".join(f"M{x:.1f} {y:.1f}L{a:.1f} {b:.1f}" for a, b in ends)
    return (
        f'<path d="M{ORIGIN[0]} {ORIGIN[1]}L{x:.1f} {y:.1f}{back}" fill="none" '
        f'stroke="currentColor"/>'
    )


def _label(tip: ArrayLike, text: str) -> str:
    """What an arrow is called, on the far side of its tip."""
    (x, y), turn = _place(tip), _turn(tip)
    side = "end" if math.cos(turn) < 0 else "start"
    return (
        f'<text x="{x + 6 * math.cos(turn):.1f}" y="{y + 4 + 9 * math.sin(turn):.1f}" '
        f'text-anchor="{side}">{text}</text>'
    )
