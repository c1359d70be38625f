"""Logits on an SVG axis, with lengths in percent, so that figures fit any page."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import example
from .._html import minus

# The page's colours, with those of the figures as fallback.
TARGET, QUIET = "var(--xent-target, #c2410c)", "var(--xent-quiet, #5b7083)"
INK = "var(--xent-ink, #1f2933)"


def checked(logits: ArrayLike) -> NDArray[np.float64]:
    """A copy of the four logits, since the caller may change theirs."""
    o = np.array(logits, np.float64)
    if o.shape != (len(example.vocabulary),) or not (abs(o) <= 1000).all():
        raise ValueError(
            f"logits must have one number for each of {', '.join(example.vocabulary)}, "
            f"from −1000 to 1000, got {logits!r}"
        )
    return o


def percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def ticks(low: float, high: float, count: int) -> str:
    """The labels of an axis: at most `count` integers."""
    step = math.ceil((high - low) / count)
    first = math.ceil(low / step) * step
    return "".join(
        f'<text x="{percent((x - low) / (high - low))}">{minus(str(x))}</text>'
        for x in range(first, math.ceil(high), step)
    )


def apart(
    places: ArrayLike, gap: float, low: float = -math.inf, high: float = math.inf
) -> NDArray[np.float64]:
    """Label positions as close to `places` as possible, at least `gap` apart."""
    x = np.asarray(places, np.float64)
    order, steps = np.argsort(x, kind="stable"), gap * np.arange(x.size)
    blocks: list[list[float]] = []
    for y in (x[order] - steps).tolist():
        blocks.append([y])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    level = np.concatenate([np.full(len(one), np.mean(one)) for one in blocks])
    stands = np.empty(x.size)
    stands[order] = np.clip(level, low + gap / 2, high - gap / 2 - steps[-1]) + steps
    return stands
