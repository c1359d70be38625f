"""Overflow and underflow of exp: the loss as each dtype computes it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import example
from ..._html import element, html_table, minus, number, stable
from .._axis import checked

# For each dtype: binary digits, exponent of the least normal number, largest number.
DTYPES = {
    "float16": (11, -14, 65504.0),
    "bfloat16": (8, -126, 2.0**128 - 2.0**120),
    "float32": (24, -126, 2.0**128 - 2.0**104),
    "float64": (53, -1022, float(np.finfo(np.float64).max)),
}
METHODS = ("as on paper", "maximum subtracted", "without p")


class Computed(NamedTuple):
    """All numbers on the way to a loss, each rounded to the dtype."""

    o: NDArray[np.float64]
    e: NDArray[np.float64]
    total: float
    loss: float


class Wall:
    """The loss of the running example, as each dtype computes it, by each method.

    Every intermediate result is rounded to the dtype, as in a processor. On a page,
    readers push the logits until exp overflows or rounds to 0.

    Parameters
    ----------
    added : what the table adds to every logit, from −1000 to 1000
    logits : the scores of the running example's four words

    Raises
    ------
    ValueError : if `added` is out of range, or logits are not one per word

    Examples
    --------
    >>> Wall(100)
    Wall: float16 NaN, 0.495, 0.495; bfloat16 NaN, 0.570, 0.570; \
float32 NaN, 0.490, 0.490; float64 0.490, 0.490, 0.490
    """

    def __init__(self, added: float = 100, logits: ArrayLike = example.logits) -> None:
        if not -1000 <= added <= 1000:
            raise ValueError(f"added must be from −1000 to 1000, got {added}")
        self.added, self.logits = added, checked(logits)
        self.losses = {
            dtype: [compute(self.logits + added, dtype, i).loss for i in range(3)]
            for dtype in DTYPES
        }

    def __repr__(self) -> str:
        return "Wall: " + "; ".join(
            f"{dtype} {', '.join(map(_shown, losses))}"
            for dtype, losses in self.losses.items()
        )

    def _repr_html_(self) -> str:
        config = {
            "tokens": example.vocabulary,
            "logits": stable(self.logits),
            "target": example.target,
            "dtypes": list(DTYPES),
        }
        rows = [
            [dtype, *map(_edge, edges(dtype)), _shown(losses[0]), _shown(losses[-1])]
            for dtype, losses in self.losses.items()
        ]
        added = minus(f"{self.added:g}")
        caption = (
            "Where the exponential of a logit is ∞, and where it is 0; and the loss "
            f"of {example.answer}, with {added} added to every logit"
        )
        head = ["dtype", "∞ above", "0 below", METHODS[0], METHODS[1]]
        return element("xent-wall", config, html_table(caption, head, rows))


def edges(dtype: str) -> tuple[float, float]:
    """The logit above which exp is ∞, and the one below which it is 0."""
    digits, least, largest = DTYPES[dtype]
    return float(np.log(largest)), float((least - digits) * np.log(2))


def compute(logits: ArrayLike, dtype: str, method: int) -> Computed:
    """The loss of the example's answer, by one of the METHODS, in a dtype."""

    def r(x: ArrayLike) -> NDArray[np.float64]:
        return rounded(x, dtype)

    with np.errstate(all="ignore"):
        o = r(logits)
        top, at_target = o.max(), o[example.target]
        e = r(np.exp(r(o - (top if method else 0))))
        total = e[0]
        for x in e[1:]:
            total = r(total + x)[()]
        if method == 2:
            loss = r(r(top - at_target) + r(np.log(total)))
        else:
            loss = 0 - r(np.log(r(e[example.target] / total)))
    return Computed(o, e, float(total), float(loss))


def rounded(x: ArrayLike, dtype: str) -> NDArray[np.float64]:
    """Round to the nearest numbers of a dtype, as float64; ∞ beyond its largest."""
    digits, least, largest = DTYPES[dtype]
    x = np.asarray(x, np.float64)
    if dtype == "float64":
        return x
    _, exponent = np.frexp(x)  # x is below 2 to this exponent
    unit = np.ldexp(1.0, np.maximum(exponent - 1, least) - digits + 1)
    near: NDArray[np.float64] = np.round(x / unit) * unit
    return np.where(abs(near) > largest, np.copysign(np.inf, x), near)


def _shown(loss: float) -> str:
    return "NaN" if np.isnan(loss) else number(loss)


def _edge(logit: float) -> str:
    return number(logit, 2)
