"""The known faults that batches show: what is left out, added up, divided."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ._steps import Array, Fault, Where, by_step, reduce

by_reduction = by_step("reduce")

SIZES = (
    *(2, 3, 4, 5, 6, 8, 10, 16, 32, 64, 100, 128, 200, 256, 500, 512),
    *(1000, 1024, 2000, 2048),
)
OF_CHUNKS = "{:.0f} chunks", "{:.0f} chunks of places"
COUNTS = (*range(2, 17), 20, 24, 32, 48, 64, 100, 128)


def per_sequence(losses: Array, scored: Array) -> Array:
    return np.where(scored, losses, 0).reshape(len(losses), -1).sum(axis=1)


def means(losses: Array, scored: Array) -> Array:
    return per_sequence(losses, scored) / per_sequence(scored, scored)


# Where chunks of n rows begin: of so many rows; so many, as PyTorch’s chunk cuts them;
# and as NumPy’s array_split does.
CUTS: dict[str, Callable[[int, int], Array]] = {
    "size": lambda n, size: np.arange(0, n, size),
    "chunk": lambda n, count: np.arange(0, n, -(-n // count)),
    "array_split": lambda n, count: np.array(
        [part[0] for part in np.array_split(np.arange(n), min(n, count))]
    ),
}


def of_chunks(cut: str, flat: bool, size: float, *step: Any) -> Any:
    """A mean of the means of chunks of all rows, or of places; of those that score."""
    losses, scored, _, _ = step
    losses = np.where(scored, losses, 0)
    losses, scored = (x.reshape(1, -1) if flat else x for x in (losses, scored))
    starts = CUTS[cut](losses.shape[-1], int(size))
    sums, tokens = (
        np.add.reduceat(np.atleast_2d(x), starts, axis=-1).sum(axis=0)
        for x in (losses, scored.astype(int))
    )
    kept = tokens > 0
    return (sums[kept] / tokens[kept]).sum() / kept.sum()


def whole_chunks(size: float, losses: Array, scored: Array, V: int, how: str) -> Any:
    """Without the rows after the last full chunk."""
    full = losses.size // int(size) * int(size) or losses.size
    return reduce(losses.ravel()[:full], scored.ravel()[:full], V, how)


def whole_chunks_by_all(
    size: float, losses: Array, scored: Array, V: int, how: str
) -> Any:
    """The same, divided by all rows."""
    full = losses.size // int(size) * int(size) or losses.size
    kept = np.arange(losses.size).reshape(losses.shape) < full
    return reduce(np.where(kept, losses, 0), scored, V, how)


def focal_of_mean(power: float, losses: Array, scored: Array, V: int, how: str) -> Any:
    mean = reduce(losses, scored, V, how)
    return (-np.expm1(-mean)) ** power * mean


def first_rows(size: float, losses: Array, scored: Array, V: int, how: str) -> Any:
    return reduce(losses.ravel()[: int(size)], scored.ravel()[: int(size)], V, how)


def running(losses: Array, scored: Array, V: int, reduction: str) -> Any:
    """Added up one after the other, in float32."""
    total = np.cumsum(losses[scored], dtype=np.float32)[-1:].sum()
    return total / (scored.sum() if reduction == "mean" else 1)


def known(targets: Array, V: int) -> Array:
    """The targets, and 0 for what is no token."""
    return np.where((targets >= 0) & (targets < V), targets, 0)


def as_token_0(targets: Array, ignored: int | None, V: int) -> tuple[Array, Array]:
    return known(targets, V), np.ones(targets.shape, bool)


def from_the_end(targets: Array, ignored: int | None, V: int) -> tuple[Array, Array]:
    return np.minimum(targets, V - 1) % V, np.ones(targets.shape, bool)


def without(
    token: float, targets: Array, ignored: int | None, V: int
) -> tuple[Array, Array]:
    return known(targets, V), (known(targets, V) == targets) & (targets != token)


# Of any token; the table has it of token 0.
TOKEN_IGNORED = Fault(
    "token-ignored",
    "without the losses of token {:.0f}, as if it were padding",
    "give padding a number that no token has, such as −100",
    6,
    "ignore",
    without,
    kind="convention",
    if_="that is the padding, and no token",
)
LEFT_OUT = (
    Fault(
        "padding-scored",
        "over the padding, too: its number is read as a token’s",
        "leave the ignored targets out",
        5,
        "ignore",
        from_the_end,
        seen_in="padding",
    ),
    Fault(
        "padding-as-token-0",
        "over the padding, too: its number is read as token 0",
        "leave the ignored targets out",
        5,
        "ignore",
        as_token_0,
        seen_in="padding",
    ),
    TOKEN_IGNORED.of(0),
)
# By what a mean is divided again; all are alike where nothing is padding.
AGAIN: tuple[tuple[str, Where, Callable[..., Any]], ...] = (
    ("scored tokens", "rows", lambda *x: reduce(*x) / x[1].sum()),
    ("places", "padding", lambda *x: reduce(*x) / x[1].size),
    ("sequences", "sequences", lambda *x: reduce(*x) / len(x[1])),
)
CHUNKS, K_CHUNKS = "mean-of-chunks", "mean-of-k-chunks"
DIVISORS = (
    by_reduction(
        "perplexity",
        "the perplexity, e to the power of the mean",
        "return the mean, and exponentiate it where it is shown",
        8,
        lambda losses, scored, V, how: np.exp(reduce(losses, scored, V, how)),
    ),
    by_reduction(
        "two-to-the-nats",
        "2 to the power of the mean, though that is in nats",
        "use e for nats, and 2 for bits",
        10,
        lambda losses, scored, V, how: np.exp2(reduce(losses, scored, V, how)),
    ),
    by_reduction(
        "log-of-mean",
        "−ln of the mean p",
        "take the logarithm first, then the mean",
        8,
        lambda losses, scored, V, how: -np.log(reduce(np.exp(-losses), scored, V, how)),
    ),
    by_reduction(
        "focal",
        "focal, of the mean: weighted by (1 − e to the −mean) to the power of {:.3g}",
        "weigh each token’s loss by its own 1 − p, then take the mean",
        13,
        focal_of_mean,
        between=(0.05, 8),
    ),
    by_reduction(
        "by-vocabulary",
        "divided by the vocabulary, too",
        "divide by the number of tokens",
        2,
        lambda losses, scored, V, how: reduce(losses, scored, V, how) / V,
    ),
    *(
        by_reduction(
            "divided-twice",
            f"the mean, divided by the number of {what}, too",
            "divide once, by the scored tokens: a sum, or a mean alone",
            2,
            run,
            seen_in=seen_in,
        )
        for what, seen_in, run in AGAIN
    ),
    by_reduction(
        "per-sequence",
        "divided by the number of sequences, not of tokens",
        "divide by the scored tokens",
        1,
        lambda losses, scored, V, how: per_sequence(losses, scored).mean(),
        kind="convention",
        if_="a sequence’s loss is meant, as in Formula (16), or rows alone are given",
        seen_in="sequences",
    ),
    by_reduction(
        "mean-of-means",
        "a mean of the sequences’ means",
        "carry sums, and divide once",
        1,
        lambda losses, scored, V, how: means(losses, scored).mean(),
        if_="each sequence is meant to count equally",
        seen_in="sequences",
    ),
    by_reduction(
        "mean-of-perplexities",
        "a mean of the sequences’ perplexities",
        "average all losses first, then exponentiate",
        8,
        lambda losses, scored, V, how: np.exp(means(losses, scored)).mean(),
        seen_in="sequences",
        near=5e-4,  # e to a loss of 12
    ),
    by_reduction(
        "sum-of-means",
        "a sum of the sequences’ means",
        "carry sums, and divide once",
        1,
        lambda losses, scored, V, how: means(losses, scored).sum(),
        seen_in="sequences",
        only=("mean", "sum"),
    ),
    by_reduction(
        "padded-length",
        "divided by all places, the padding among them",
        "divide by the scored tokens",
        5,
        lambda losses, scored, V, how: np.where(scored, losses, 0).mean(),
        seen_in="padding",
    ),
    *(
        by_reduction(
            name,
            f"a mean of the means of {of if flat else along}",
            "carry sums, and divide once",
            1,
            partial(of_chunks, cut, flat),
            among=among,
            seen_in="many rows",
        )
        for name, of, along, cut, among in (
            (CHUNKS, "{:.0f} rows each", "{:.0f} places each", "size", SIZES),
            (K_CHUNKS, *OF_CHUNKS, "chunk", COUNTS),
            (K_CHUNKS, *OF_CHUNKS, "array_split", COUNTS),
        )
        for flat in (True, False)
    ),
    *(
        by_reduction(
            "remainder-dropped",
            f"without the rows after the last full {{:.0f}}{divided}",
            "score what is left over, too",
            1,
            run,
            among=SIZES,
            whole=True,
            seen_in="many rows",
        )
        for divided, run in (
            ("", whole_chunks),
            (", and divided by all", whole_chunks_by_all),
        )
    ),
    by_reduction(
        "first-rows",
        "of the first {:.0f} rows alone",
        "score all rows",
        1,
        first_rows,
        among=SIZES,
        seen_in="many rows",
    ),
    by_reduction(
        "float32-sum",
        "added up in float32, one after the other",
        "add in float64, or in parts",
        12,
        running,
        near=4e-6,
        seen_in="many rows",
    ),
)
OF_BATCHES = (*LEFT_OUT, *DIVISORS)
