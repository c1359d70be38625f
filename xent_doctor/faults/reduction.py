"""Faults of the step “reduce”: it takes losses, whether each is scored, V, and the
reduction. It returns the scored losses, their mean, or their sum.

Those of a training step over several parts, micro-batches or the parts of ranks, take
the sequences of each part, too. They multiply its losses by a weight: 1 / the tokens of
all parts, if it is right."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..reference import Array, reduce
from .fault import Fault, Where

reduction = partial(Fault, step="reduce", room=1)
in_sequences = partial(Fault, step="reduce", room=1, shows_in="sequences")
in_many_rows = partial(Fault, step="reduce", room=1, shows_in="many rows")


def per_sequence(losses: Array, scored: Array, *given: Any) -> Array:
    return np.where(scored, losses, 0).reshape(len(losses), -1).sum(axis=1)


def means(losses: Array, scored: Array, *given: Any) -> Array:
    return per_sequence(losses, scored) / per_sequence(scored, scored)


Cut = Callable[[int, int], Array]  # where chunks of n rows begin


def array_split(n: int, count: int) -> Array:
    parts = np.array_split(np.arange(n), min(n, count))
    return np.array([part[0] for part in parts])


def of_chunks(
    cut: Cut, flat: bool, size: float, losses: Array, scored: Array, *given: Any
) -> Any:
    """A mean of the means of chunks of all rows, or along T; of those that score."""
    shape = (1, -1) if flat else (-1, losses.shape[-1])
    starts = cut(losses.size if flat else losses.shape[-1], int(size))
    sums, tokens = (
        np.add.reduceat(x.reshape(shape), starts, axis=-1).sum(axis=0)
        for x in (np.where(scored, losses, 0), scored.astype(int))
    )
    return (sums[tokens > 0] / tokens[tokens > 0]).mean()


def of_first(count: float, by_all: bool, losses: Array, *given: Any) -> Any:
    """Of so many rows; divided by these, or by all."""
    first = np.arange(losses.size) < count
    if by_all:
        return reduce(np.where(first.reshape(losses.shape), losses, 0), *given)
    scored, *rest = given
    return reduce(losses.ravel()[first], scored.ravel()[first], *rest)


def full_chunks(by_all: bool, size: float, losses: Array, *given: Any) -> Any:
    """Of the rows in full chunks; of all, if there is none."""
    count = losses.size // int(size) * int(size) or losses.size
    return of_first(count, by_all, losses, *given)


def in_float32(losses: Array, scored: Array, V: int, how: str) -> Any:
    total = np.cumsum(losses[scored], dtype=np.float32)[-1:].sum()
    return total / (scored.sum() if how == "mean" else 1)


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
COUNTS = (*range(2, 17), 20, 24, 32, 48, 64, 100, 128)
SIZES = (2, 3, 4, 5, 6, 8, 10, 16, 32, 64, 100, 128, 200, 256, 500, 512, 1000, 1024,
    2000, 2048)
DIVIDE_ONCE = "add up the losses and the tokens, and divide once at the end"
# Without padding all three are alike in rows.
TWICE: tuple[tuple[str, Where, Callable[..., Any]], ...] = (
    ("scored tokens", "rows", lambda *x: reduce(*x) / x[1].sum()),
    ("places", "padding", lambda *x: reduce(*x) / x[1].size),
    ("sequences", "sequences", lambda *x: reduce(*x) / len(x[1])),
)
REDUCTIONS = (
    reduction("perplexity", "the perplexity: e to the power of the mean",
        "return the mean, and exponentiate it where it is printed",
        lambda *x: np.exp(reduce(*x)), room=8),
    reduction("two-to-the-nats", "2 to the power of the mean, though that is in nats",
        "use e to the power of nats, or 2 to the power of bits",
        lambda *x: np.exp2(reduce(*x)), room=10),
    reduction("focal", "focal, but of the mean: multiplied by (1 − e^−mean)^{:.3g}",
        "multiply each token’s loss by its own (1 − p)^γ, then take the mean",
        lambda power, *x: (-np.expm1(-reduce(*x))) ** power * reduce(*x),
        room=13, between=(0.05, 8)),
    reduction("by-vocabulary",
        "divided by V, too, as is a KL or soft cross-entropy with .mean() over (N, V)",
        "divide by the tokens alone: .sum() / N, or reduction='batchmean', not 'mean'",
        lambda *x: reduce(*x) / x[2], room=2),
    *(
        reduction("divided-twice", f"the mean, divided by the number of {what}, too",
            "divide once, by the scored tokens", run, room=2, shows_in=shows_in)
        for what, shows_in, run in TWICE
    ),
    in_sequences("per-sequence", "divided by the number of sequences, not of tokens",
        "divide by the scored tokens", lambda losses, scored, V, how:
            np.where(scored, losses, 0).sum() / (  # rows that it adds up are one
                1 if how == "sum" and losses.ndim == 1 else len(losses)),
        kind="convention", only=("mean", "sum"),
        right_if="the loss per sequence is meant, Formula (16), or it is given rows"),
    in_sequences("mean-of-means", "a mean of the sequences’ means",
        DIVIDE_ONCE, lambda *x: means(*x).mean(),
        right_if="each sequence is meant to count equally"),
    in_sequences("mean-of-perplexities", "a mean of the sequences’ perplexities",
        "average all losses first, then exponentiate",
        lambda *x: np.exp(means(*x)).mean(), room=8, near=5e-4),  # e to a loss of 12
    in_sequences("sum-of-means", "a sum of the sequences’ means",
        DIVIDE_ONCE, lambda *x: means(*x).sum(), only=("mean", "sum")),
    reduction("last-dropped", "computed without the last token, but divided by all",
        "score every place: range(n), not range(n − 1)",
        lambda *x: of_first(x[0].size - 1, True, *x), room=3, across_rows=True),
    reduction("first-dropped", "computed without the first token, but divided by all",
        "score every place: range(n), not range(1, n)",
        lambda *x: reduce(*x) - of_first(1, True, *x), room=3, across_rows=True),
    *(
        in_sequences("sequence-dropped",
            f"computed without the {which} sequence of the batch, but divided by all",
            "score all sequences", run)
        for which, run in (
            ("first", lambda *x: reduce(*x) - of_first(x[0][0].size, True, *x)),
            ("last", lambda *x: of_first(x[0].size - x[0][0].size, True, *x)),
        )
    ),
    reduction("padded-length", "divided by all places, the padding among them",
        "divide by the scored tokens",
        lambda losses, scored, *x: np.where(scored, losses, 0).mean(),
        room=5, shows_in="padding"),
    *(
        in_many_rows(name, f"a mean of the means of {what}{along}",
            DIVIDE_ONCE, partial(of_chunks, cut, flat), among=among)
        for name, what, cut, among in (
            ("mean-of-chunks", "chunks of {:.0f} tokens",
                lambda n, size: np.arange(0, n, size), SIZES),
            ("mean-of-k-chunks", "{:.0f} chunks",  # as PyTorch’s chunk cuts
                lambda n, count: np.arange(0, n, -(-n // count)), COUNTS),
            ("mean-of-k-chunks", "{:.0f} chunks", array_split, COUNTS),
        )
        for flat, along in ((True, ""), (False, " along T"))
    ),
    *(
        in_many_rows("remainder-dropped",
            f"computed without the rows that full chunks of {{:.0f}} leave over, or "
            f"so many equal chunks{but}",
            "score the remainder, too", partial(full_chunks, bool(but)),
            among=SIZES, whole=True)
        for but in ("", ", but divided by all")
    ),
    in_many_rows("first-rows", "that of the first {:.0f} rows alone",
        "score all rows", lambda size, *given: of_first(size, False, *given),
        among=SIZES),
    in_many_rows("float32-sum",
        "added up in float32 one by one: over 2²⁴ each loss is rounded to even numbers",
        "add in float64, or add partial sums", in_float32, room=12, near=4e-6),
)
# By a mask that leaves out something else than the losses.
IN_DIVISOR = reduction("padding-scored",
    "computed over padding, too: only the divisor uses its `{}`",
    "multiply the losses by it, too, before they are added up",
    lambda losses, scored, V, how: losses.sum() / scored.sum(), room=5)
MASKED_LOGITS = tuple(
    reduction("logits-masked",
        "computed over padding, too: its logits are masked, and cost ln V",
        "mask the losses, not the logits: losses * mask", run, room=5)
    for run in (
        lambda losses, scored, V, how: np.mean(np.where(scored, losses, np.log(V))),
        lambda losses, scored, V, how:
            np.sum(np.where(scored, losses, np.log(V))) / scored.sum(),
    )
)
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
