"""Faults of a training step over several parts: micro-batches, or the parts of ranks.
The step “split” takes the tokens n, the sequences b and the places of each part. It
returns what the losses are multiplied by, one number or one for each part: 1 / the
tokens of all parts.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from .fault import Fault
from .reduction import REDUCTIONS

split = partial(Fault, step="split", room=2)
[MEAN_OF_MEANS] = [fault for fault in REDUCTIONS if fault.name == "mean-of-means"]


# fmt: off
BY_ALL = "divide by the tokens of all parts"
ADD_UP = "add up the losses and tokens of all parts, and divide once"
SPLITS = (
    split("mean-of-parts", "a mean of the parts’ means", ADD_UP,
        lambda n, b, places: 1 / (n * len(n)), room=1),
    split("sum-of-parts", "a sum of the parts’ means",
        "divide each part by the tokens of all parts", lambda n, b, places: 1 / n),
    split("parts-by-sequences",
        "a mean of the parts’ means, weighted by their sequences",
        "weight them by their scored tokens", lambda n, b, places: b / (n * b.sum()),
        room=1),
    split("parts-by-places", "divided by all places, the padding among them",
        "divide by the scored tokens", lambda n, b, places: 1 / places.sum(), room=5),
    split("divided-twice", "divided by the number of parts, too",
        BY_ALL, lambda n, b, places: 1 / (n.sum() * len(n))),
    split("parts-summed", "a sum over the tokens, divided by the number of parts",
        BY_ALL, lambda n, b, places: 1 / len(n)),
    split("average-count", "divided by the average number of tokens of a part",
        f"{BY_ALL}: add up their counts", lambda n, b, places: len(n) / n.sum()),
    replace(MEAN_OF_MEANS, step="split",  # each sequence is a part
        run=lambda n, b, places: 1 / (n * len(n))),
)
# These don’t depend on the split: the report tells which it is, and none is a fault.
MEANT: dict[str, Callable[..., Any]] = {
    "mean": lambda n, b, places: 1 / n.sum(),
    "sum": lambda n, b, places: 1,
    "loss per sequence": lambda n, b, places: 1 / b.sum(),
}
