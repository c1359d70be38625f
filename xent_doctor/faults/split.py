"""Faults of a training step over several parts: micro-batches, or the parts of ranks.
Each is a reduction that takes the sequences of each part, too, and multiplies its
losses by a weight: 1 / the tokens of all parts, if it is right."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..reference import Array
from .fault import Fault

Weights = Callable[[Array, Array], Any]  # of the tokens and the sequences of each part


def weighted(
    by: Weights,
    rows: tuple[tuple[int, ...], ...],
    losses: Array,
    scored: Array,
    *given: Any,
) -> Any:
    sums, tokens = (
        np.array([np.where(scored, x, 0)[[*some]].sum() for some in rows])
        for x in (losses, 1)
    )
    return (by(tokens, np.array([*map(len, rows)])) * sums).sum()


def split(name: str, what: str, fix: str, by: Weights, room: int = 2) -> Fault:
    both = ("mean", "sum")
    return Fault(name, what, fix, partial(weighted, by), "reduce", room, only=both)


# fmt: off
BY_ALL = "divide by the tokens of all parts"
SPLITS = (
    split("mean-of-parts", "a mean of the parts’ means",
        "add up the losses and tokens of all parts, and divide once",
        lambda n, b: 1 / (n * len(n)), room=1),
    split("sum-of-parts", "a sum of the parts’ means",
        "divide each part by the tokens of all parts", lambda n, b: 1 / n),
    split("parts-by-sequences",
        "a mean of the parts’ means, weighted by their sequences",
        "weight them by their scored tokens", lambda n, b: b / (n * b.sum()), room=1),
    split("divided-twice", "divided by the number of parts, too",
        BY_ALL, lambda n, b: 1 / (n.sum() * len(n))),
    split("parts-summed", "a sum over the tokens, divided by the number of parts",
        BY_ALL, lambda n, b: 1 / len(n)),
    split("average-count", "divided by the average number of tokens of a part",
        f"{BY_ALL}: add up their counts", lambda n, b: len(n) / n.sum()),
)
