"""The known faults of a step whose sequences are split."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ._faults_of_batches import OF_BATCHES
from ._steps import Array, by_step

split = by_step("split")


def of_means(n: Array, b: Array, places: Array) -> Array:
    return 1 / (n * len(n))


[MEAN_OF_MEANS] = [one for one in OF_BATCHES if one.name == "mean-of-means"]
# Each gives what a token’s loss of every part is multiplied by, of the tokens, the
# sequences and the places that parts have.
OF_SPLITS = (
    split(
        "mean-of-parts",
        "a mean of the parts’ means",
        "add the losses and the tokens of all parts, and divide once",
        1,
        of_means,
    ),
    split(
        "sum-of-parts",
        "a sum of the parts’ means",
        "divide each part by the tokens of all",
        2,
        lambda n, b, places: 1 / n,
    ),
    split(
        "parts-by-sequences",
        "a mean of the parts’ means, weighted by their sequences",
        "weigh them by their scored tokens",
        1,
        lambda n, b, places: b / (n * b.sum()),
    ),
    split(
        "parts-by-places",
        "divided by all places, the padding among them",
        "divide by the scored tokens",
        5,
        lambda n, b, places: np.ones(len(n)) / places.sum(),
    ),
    split(
        "divided-twice",
        "divided by the number of parts, too",
        "divide once, by the tokens of all parts",
        2,
        lambda n, b, places: np.ones(len(n)) / (n.sum() * len(n)),
    ),
    split(
        "parts-summed",
        "a sum over the tokens, divided by the number of parts",
        "divide by the tokens of all parts",
        2,
        lambda n, b, places: np.ones(len(n)) / len(n),
    ),
    split(
        "last-part",
        "of the last part alone",
        "add the parts up",
        2,
        lambda n, b, places: np.eye(len(n))[-1] / n[-1],
    ),
    split(
        "last-part",
        "of the last part alone, divided by the tokens of all",
        "add the parts up",
        2,
        lambda n, b, places: np.eye(len(n))[-1] / n.sum(),
    ),
    split(
        "average-count",
        "divided by what the parts have of tokens on average",
        "divide by the tokens of all parts: add their counts up",
        2,
        lambda n, b, places: np.full(len(n), len(n) / n.sum()),
    ),
    split(
        "first-count",
        "divided by the tokens of the first part, for all parts",
        "divide by the tokens of all parts",
        2,
        lambda n, b, places: np.ones(len(n)) / n[0],
    ),
    split(
        "first-count",
        "divided by the tokens of the first part, and by the number of parts",
        "divide by the tokens of all parts",
        2,
        lambda n, b, places: np.ones(len(n)) / (n[0] * len(n)),
    ),
    # Of which each sequence is a part.
    replace(MEAN_OF_MEANS, step="split", run=of_means),
)
# These do not depend on the split: they are told, and are no fault.
MEANT: dict[str, Callable[..., Array]] = {
    "mean": lambda n, b, places: np.ones(len(n)) / n.sum(),
    "sum": lambda n, b, places: np.ones(len(n)),
    "loss a sequence": lambda n, b, places: np.ones(len(n)) / b.sum(),
}
