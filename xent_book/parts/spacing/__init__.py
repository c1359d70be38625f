"""How far numbers are apart: the loss of two equal logits, of any size, in float32."""

from collections.abc import Sequence

import numpy as np

from ..._html import element, html_table, number

METHODS = ("log-sum-exp − logit", "from the largest")


class Spacing:
    """The loss of two equal logits in float32, by two orders of the same subtraction.

    On a page the reader chooses the size of the logits, and sees the numbers that
    float32 has around them.

    Parameters
    ----------
    sizes : the logits of the table, from 1 to 10⁸

    Raises
    ------
    ValueError : no sizes, or one that is outside

    Examples
    --------
    >>> Spacing([1, 1e7, 1e8])
    Spacing: 0.69315, 0.69315; 1.00000, 0.69315; 0.00000, 0.69315
    """

    def __init__(self, sizes: Sequence[float] = (1, 1e4, 1e6, 1e7, 1e8)) -> None:
        self.sizes = np.array(sizes, np.float32)
        if not sizes or not ((self.sizes >= 1) & (self.sizes <= 1e8)).all():
            wanted = "some, from 1 to 100,000,000"
            raise ValueError(f"sizes must be {wanted}, got {sizes!r}")
        self.apart = np.spacing(self.sizes)
        self.losses = [losses(size) for size in self.sizes]

    def __repr__(self) -> str:
        return "Spacing: " + "; ".join(
            f"{short:.5f}, {right:.5f}" for short, right in self.losses
        )

    def _repr_html_(self) -> str:
        rows = [
            [f"{size:,.0f}", _few(apart), f"{short:.5f}", f"{right:.5f}"]
            for size, apart, (short, right) in zip(
                self.sizes, self.apart, self.losses, strict=True
            )
        ]
        caption = "The loss of two equal logits, ln 2 = 0.69315, as float32 computes it"
        head = ["both logits", "numbers apart", *METHODS]
        config = {"methods": METHODS}
        return element("xent-spacing", config, html_table(caption, head, rows))


def losses(size: float) -> tuple[float, float]:
    """Of two logits of this size, by each of the METHODS, in float32."""
    o = np.full(2, size, np.float32)
    top = o.max()
    log_sum = np.log(np.exp(o - top).sum())
    return float(top + log_sum - o[0]), float(top - o[0] + log_sum)


def _few(apart: float) -> str:
    return number(apart) if apart < 1e-4 else f"{apart:.3g}"
