"""What the losses of two conversations come to under each divisor, to fifty digits."""

import mpmath
import numpy as np

from xent_book.parts.mask import MASKS
from xent_book.recorded import chats

CONSTANT = 64


def golden():
    rows = [
        [chat.losses[np.isin(chat.parts, parts)].tolist() for chat in chats()]
        for parts in MASKS.values()
    ]
    with mpmath.workdps(50):
        return [divided(losses) for losses in [*rows, [[3.0], [1.0, 2.5]]]]


def divided(losses):
    sums = [mpmath.fsum(map(mpmath.mpf, each)) for each in losses]
    counts = [len(each) for each in losses]
    n = len(losses)
    three = [
        mpmath.fsum(sums) / sum(counts),
        mpmath.fsum(s / m for s, m in zip(sums, counts, strict=True)) / n,
        mpmath.fsum(sums) / (n * CONSTANT),
    ]
    return {"losses": losses, "divided": [float(x) for x in three]}
