"""The arrows of Chapter 2, turned by training steps, while the loss falls."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xent_lib import cross_entropy, cross_entropy_grad

from ... import example
from ..._html import element, escape, number
from .._axis import QUIET, TARGET

# Two drawings, in SVG units. Of the arrows: a unit, the origin. Of the loss: its edges.
WIDE, HIGH = 320, 200
UNIT, ORIGIN = 80, (66, 156)
LEFT, TOP, FLOOR = 14, 28, 178
MOST = 30  # steps
BARBS = (-0.45, 0.45)
# Candidate places for a name: the angle off the arrow's direction, extra distance.
ASIDE = [(way * by / 2, out) for out in (0, 14) for by in range(7) for way in (1, -1)]


class State(NamedTuple):
    """The context's arrow (d,), the tokens' arrows (V, d), and their loss."""

    h: NDArray[np.float64]
    tokens: NDArray[np.float64]
    loss: float


class Arrows:
    """Training in two dimensions: each step turns all arrows, and the loss falls.

    A logit is the dot product of the context's and a token's arrow. So the gradient for
    a token's arrow is its p − y times the context's arrow, and the gradient for the
    context's arrow is the sum of p − y times the tokens' arrows. On a page, readers
    take the steps.

    Parameters
    ----------
    steps : the number of steps, up to 30
    size : the step size

    Raises
    ------
    ValueError : if steps or size is out of range

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
            f"<figcaption>{taken} steps at learning rate {self.size:g}, from the faint "
            "vectors to the full ones, and the loss after each.</figcaption>"
        )
        return element(
            "xent-arrows", config, f"<figure>\n{self._svg()}\n{caption}\n</figure>"
        )

    def _svg(self) -> str:
        losses = [state.loss for state in self.states]
        high = math.ceil(losses[0])
        first, last = self.states[0], self.states[-1]
        spoken = ", ".join(map(number, losses))
        ghosts, tips = (first.h, *first.tokens), (last.h, *last.tokens)
        faint = "\n".join(map(_arrow, ghosts))
        names = _names(("h", *example.vocabulary), tips, ghosts)
        full = "\n".join(
            f'<g style="color: {TARGET if i == example.target else QUIET}">'
            f"{_arrow(tip)}{name}</g>"
            for i, (tip, name) in enumerate(zip(tips[1:], names[1:], strict=True))
        )
        places = [(_across(k), _down(loss, high)) for k, loss in enumerate(losses)]
        curve = " ".join(f"{x:.1f} {y:.1f}" for x, y in places)
        x, y = places[-1]
        arrows = f"""<text y="10" style="color: {QUIET}">vectors</text>
<g class="x-faint" opacity="0.25">{faint}</g>
<g class="x-full"><g>{_arrow(last.h)}{names[0]}</g>
{full}</g>"""
        fall = f"""<g style="color: {QUIET}"><text y="10">loss, in nats</text>
<g class="x-marks">{_marks(high)}</g>
<path d="M{LEFT} {TOP}V{FLOOR}H{WIDE}" fill="none" stroke="currentColor"
style="stroke-width: 1"/>
<text x="{LEFT}" y="{FLOOR + 16}">0</text>
<text x="{WIDE}" y="{FLOOR + 16}" text-anchor="end">{MOST} steps</text></g>
<g class="x-fall" style="color: {TARGET}">
<path d="M{curve}" fill="none" stroke="currentColor"/>
<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>
<text x="{x + 9:.1f}" y="{y - 5:.1f}" font-weight="600">{number(losses[-1])}</text>
</g>"""
        return (
            '<div class="x-sides" '
            'style="display: flex; flex-wrap: wrap; gap: 1rem 2rem">'
            f"{_drawing('The vectors of the context and of four tokens', arrows)}\n"
            f"{_drawing(f'The loss: {spoken}', fall)}</div>"
        )


def _drawing(name: str, drawn: str) -> str:
    """An SVG that stands next to the other if there is room, and below it if not."""
    return f"""<svg class="x-figure" role="img" viewBox="0 0 {WIDE} {HIGH}"
style="display: block; flex: 1 1 18rem; min-width: 0" aria-label="{name}"
font-size="12" fill="currentColor" stroke-width="2">
{drawn}
</svg>"""


def _state(h: NDArray[np.float64], tokens: NDArray[np.float64]) -> State:
    return State(h, tokens, float(cross_entropy(tokens @ h, example.target)))


def _step(state: State, size: float) -> State:
    """Move all arrows at once against their gradients."""
    h, tokens, _ = state
    g = cross_entropy_grad(tokens @ h, example.target)
    return _state(h - size * g @ tokens, tokens - size * np.outer(g, h))


def _across(step: int) -> float:
    return LEFT + (WIDE - 6 - LEFT) * step / MOST


def _down(loss: float, high: float) -> float:
    return FLOOR - (FLOOR - TOP) * loss / high


def _marks(high: int) -> str:
    """A labelled line for each nat of the axis."""
    return "".join(
        f'<path d="M{LEFT} {_down(y, high):.1f}H{WIDE - 6}" stroke="currentColor" '
        f'stroke-width="1" opacity="0.25"/><text x="{LEFT - 6}" text-anchor="end" '
        f'y="{_down(y, high) + 4:.1f}">{y}</text>'
        for y in range(high + 1)
    )


def _place(tip: ArrayLike) -> tuple[float, float]:
    x, y = np.asarray(tip, np.float64)
    return ORIGIN[0] + UNIT * float(x), ORIGIN[1] - UNIT * float(y)


def _turn(tip: ArrayLike) -> float:
    """The direction of an arrow, clockwise, since y grows downwards in SVG."""
    x, y = _place(tip)
    return math.atan2(y - ORIGIN[1], x - ORIGIN[0])


def _arrow(tip: ArrayLike) -> str:
    """A line from the origin, and two short ones back from its tip."""
    (x, y), turn = _place(tip), _turn(tip)
    ends = ((x - 9 * math.cos(turn + by), y - 9 * math.sin(turn + by)) for by in BARBS)
    back = "".join(f"M{x:.1f} {y:.1f}L{a:.1f} {b:.1f}" for a, b in ends)
    return (
        f'<path d="M{ORIGIN[0]} {ORIGIN[1]}L{x:.1f} {y:.1f}{back}" fill="none" '
        f'stroke="currentColor"/>'
    )


def _names(
    words: Sequence[str], tips: Sequence[ArrayLike], ghosts: Sequence[ArrayLike]
) -> list[str]:
    """The arrows' names, each ahead of its tip, or as close to that as it can be with
    the fewest overlaps with arrows and names."""
    along = np.linspace(0, 1, 41)[:, np.newaxis]
    lines = [ORIGIN + along * np.subtract(_place(x), ORIGIN) for x in (*tips, *ghosts)]
    taken: list[NDArray[np.float64]] = []
    for word, tip in zip(words, tips, strict=True):
        half = np.array([3.6 * len(word), 6.0])
        seats = [_place(tip) + _aside(half + out, _turn(tip) + by) for by, out in ASIDE]
        costs = [
            _met(seat, half, lines, taken) + abs(by) / 10 + out / 28
            for seat, (by, out) in zip(seats, ASIDE, strict=True)
        ]
        taken.append(np.concatenate([seats[int(np.argmin(costs))], half]))
    return [
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(word)}</text>'
        for word, (x, y, *_) in zip(words, taken, strict=True)
    ]


def _aside(half: NDArray[np.float64], turn: float) -> NDArray[np.float64]:
    return np.add(half, [8, 7]) * [math.cos(turn), math.sin(turn)]


def _met(
    seat: NDArray[np.float64],
    half: NDArray[np.float64],
    lines: Sequence[NDArray[np.float64]],
    taken: Sequence[NDArray[np.float64]],
) -> int:
    """How many arrows and names a name would overlap at this place. A name counts as
    three, and so does crossing the edge of the drawing."""
    arrows = sum((abs(line - seat) < half + 2).all(axis=1).any() for line in lines)
    names = sum((abs(x[:2] - seat) < half + x[2:] + 2).all() for x in taken)
    outside = (seat < half).any() or seat[0] + half[0] > WIDE
    return int(arrows + 3 * names + 3 * outside)
