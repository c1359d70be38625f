"""ln Σ exp in one pass over the logits, in blocks that stay in the processor's cache.

Every row has a pair, (`top`, `rest`), such that ln Σₐ exp(o[a]) = top + ln(1 + rest).
`from_largest` is the plain form; everything else arrives at its pair sooner.
"""

import math
import os
from collections.abc import Callable, Iterator
from functools import cache, reduce
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ._arrays import BoolArray, FloatArray, IndexArray, Losses, float_dtype

BLOCK = 13 * 2**14  # float32 logits in 832 KiB: most of a usual L2 cache
ROOM = 4 * BLOCK  # bytes
ROWS = BLOCK // 16  # 8 bytes for each are 104 KiB, which malloc keeps
SMALL = 2**14  # up to so many logits, blocks take longer than the plain form
MANY, LONG = 2**16, 256  # logits, and those of a row, from which numba is faster
SAFE = 1e-4, 1e20  # between these a float32 sum, and a p beside it, has lost nothing

Pair = tuple[Losses, Losses]


class calm(np.errstate):
    """Computes without a warning, and without a copy of every row that broadcasts."""

    def __init__(self) -> None:
        super().__init__(all="ignore")

    def __enter__(self) -> None:
        super().__enter__()
        np.setbufsize(512)  # NumPy copies up to so many; errstate restores it


def from_largest(
    o: NDArray[Any], e: FloatArray, below: FloatArray | None = None
) -> Pair:
    """Relative to the largest logit, exp never sees a positive number.

    The largest gives exp(0) = 1, beside which small ones would lose their digits:
    `rest` leaves it out, and log1p adds it. Where `top` is infinite, `rest` is NaN.
    The differences from the largest end up in `below`, if it is given.
    """
    o = as_float(o, e)  # int8 differences wrap, float16 sums overflow
    top, places = largest(o)
    below = np.subtract(o, top[:, None], out=e if below is None else below)
    np.exp(below, out=e)
    if places is not None:
        e[places] = 0
        rest = short_sums(e)
    else:
        rest = short_sums(e) - 1
        if e.dtype == np.float64:  # the − 1 has taken the last digits of a small one
            (near,) = (rest < 0.1).nonzero()
            others = np.take(e.T, near, axis=1)
            others *= others != 1
            rest[near] = short_sums(others.T)
    top = top.astype(np.float64)
    return top, rest + (top - top)


def largest(
    o: NDArray[Any],
) -> tuple[NDArray[Any], tuple[IndexArray, IndexArray] | None]:
    """The largest logit of each row, and their places if these cost nothing."""
    if fortran_order(o):  # argmax would copy it
        return o.max(axis=1), None
    places = np.arange(len(o)), o.argmax(axis=1)
    return o[places], places


def as_float(o: NDArray[Any], e: FloatArray) -> NDArray[Any]:
    """o in the dtype of e: in e, if it is another."""
    if o.dtype == e.dtype:
        return o
    e[...] = o
    return e


def log_sum_exp(o: NDArray[Any], rows: IndexArray | None = None) -> Pair:
    """The pair of each of the `rows` (None: of all) of logits (n, V)."""
    dtype = working_dtype(o)
    if o.size <= SMALL:
        few = o if rows is None else o[rows]
        return from_largest(few, np.empty_like(few, dtype))
    if dtype == np.float64:
        return by_blocks(o, rows, from_largest)
    far = seems_far(o if rows is None else o[rows[:1], :256])
    if sums := compiled_sums(o):
        return with_numba(sums, o, rows, far)
    return by_blocks(o, rows, ExpFirst(far))


def by_blocks(
    o: NDArray[Any],
    rows: IndexArray | None,
    pair_of: Callable[..., Pair],
) -> Pair:
    """The pairs of rows from those of the blocks that they are made of."""
    n = len(o) if rows is None else len(rows)
    dtype, (height, width) = working_dtype(o), block_shape(o)
    memory = idle_memory()
    if rows is None and n <= height and o.shape[1] <= width:  # the loops take time
        top, rest = pair_of(o, like(o, dtype, memory))
    else:
        top, rest = np.empty(n), np.empty(n)
        for i in range(0, n, height):
            part = slice(i, i + height)
            chosen = part if rows is None else rows[part]
            blocks = (o[:, j : j + width][chosen] for j in range(0, o.shape[1], width))
            pairs = (pair_of(block, like(block, dtype, memory)) for block in blocks)
            top[part], rest[part] = reduce(join, pairs)
    give_back(memory)
    return top, rest


def join(a: Pair, b: Pair) -> Pair:
    """The pair of a vocabulary from those of its two parts."""
    high, low = np.maximum(a[0], b[0]), np.minimum(a[0], b[0])
    (rest, rest_of_low) = np.where(a[0] >= b[0], (a[1], b[1]), (b[1], a[1]))
    with_low = np.exp(low - high) * (1 + rest_of_low)
    return high, rest + np.where(low == -np.inf, 0, with_low)


def working_dtype(o: NDArray[Any]) -> type[np.float32] | type[np.float64]:
    """float32 for narrow floats; else float64, in which no integer wraps."""
    narrow = o.dtype.kind == "f" and o.dtype.itemsize < 8
    return np.float32 if narrow else np.float64


def block_shape(o: NDArray[Any]) -> tuple[int, int]:
    """Rows and columns of a block, long in the direction of memory."""
    size = BLOCK if working_dtype(o) == np.float32 else BLOCK // 2
    if fortran_order(o):
        height = max(1, min(len(o), size // 16))
        return height, size // height
    width = min(o.shape[1], size)
    return size // width, width


def fortran_order(o: NDArray[Any]) -> bool:
    """Whether neighbours in memory are of one column: rows are 17 × slower there."""
    return abs(o.strides[0]) < abs(o.strides[1])


IDLE: list[NDArray[np.uint8]] = []


def idle_memory() -> NDArray[np.uint8]:
    """Room for a block, used before if it can be: new memory is slow at first touch."""
    try:
        return IDLE.pop()
    except IndexError:
        return np.empty(ROOM, np.uint8)


def give_back(memory: NDArray[np.uint8]) -> None:
    IDLE.append(memory)


def like(o: NDArray[Any], dtype: type[Any], memory: NDArray[np.uint8]) -> NDArray[Any]:
    if fortran_order(o):
        return np.ndarray(o.shape, dtype, memory, order="F")
    return np.ndarray(o.shape, dtype, memory)


class ExpFirst:
    """The pair of a block of float32 or float16, in float32.

    exp comes first and the check after: only a block with a sum that is not safe
    is done again relative to the largest, and so is the next one, most likely.
    """

    def __init__(self, far: bool) -> None:
        self.far = far

    def __call__(self, o: NDArray[Any], e: FloatArray) -> Pair:
        if not self.far:
            total = short_sums(np.exp(as_float(o, e), out=e))
            if safe(total).all():
                return np.zeros(len(o)), total - 1
        top, rest = from_largest(o, e)
        self.far = far_from_zero(top[0])
        return top, rest


def safe(total: Losses) -> BoolArray:
    """Which sums of exp(o), as it is, are neither too small nor too large."""
    low, high = SAFE
    return np.asarray((low < total) & (total < high))


def seems_far(o: NDArray[Any]) -> bool:
    """Whether the first logits, or the dtype, ask for a start from the largest."""
    first = o[:1, :256]
    return bool(
        working_dtype(o) == np.float64 or far_from_zero(first.max(initial=-np.inf))
    )


def far_from_zero(top: np.floating[Any]) -> bool:
    """Whether the sum of a row with this largest logit is unlikely to be safe."""
    return not -8 < top < 45


def short_sums(e: FloatArray) -> Losses:
    """The sums of rows, float64 sums of short ones in the dtype of the terms."""
    n, v = e.shape
    total: Losses
    if e.size <= SMALL:
        total = np.add.reduce(e, axis=1, dtype=np.float64)
        return total
    short = 128 if e.strides[1] == e.itemsize else 8  # side by side, lanes add up
    pieces = math.ceil(v / (short if e.itemsize == 4 else 16 * short))
    few = math.ceil(v / pieces)
    whole = v - v % few
    sums = np.einsum("icj->ic", e[:, :whole].reshape(n, whole // few, few))
    total = np.add.reduce(sums, axis=1, dtype=np.float64)
    if v > whole:
        total += np.einsum("ij->i", e[:, whole:])
    return total


def compiled_sums(o: NDArray[Any]) -> Callable[..., None] | None:
    """The compiled loop for logits that fit it, if the extra `fast` is installed."""
    return numba_sums() if fits_numba(o) else None


def fits_numba(o: NDArray[Any]) -> bool:
    """XENT_LIB_NUMBA=0 in the environment turns the compiled loop off."""
    fits = o.flags.c_contiguous and o.flags.aligned and o.dtype == np.float32
    large = o.size >= MANY and o.shape[1] >= LONG
    return fits and large and os.environ.get("XENT_LIB_NUMBA") != "0"


@cache
def numba_sums() -> Callable[..., None] | None:
    """The compiled loop, if the extra `fast` is installed."""
    try:
        from ._numba import sums
    except Exception:  # not installed, or nowhere to keep or read what it compiles
        return None
    return sums


def with_numba(
    sums: Callable[..., None], o: NDArray[Any], rows: IndexArray | None, far: bool
) -> Pair:
    """As `ExpFirst`, in one compiled loop; rows that are not safe are done again."""
    numbers = np.arange(len(o)) if rows is None else rows
    largest, total = np.empty(len(numbers), np.float32), np.empty(len(numbers))
    sums(o, numbers, far, largest, total)
    if far:
        for k in (total > 1e30).nonzero()[0]:  # NaN counts as 88 there, ∞ too
            largest[k] = o[numbers[k]].max()
        top = largest.astype(np.float64)
        return top, total - 1 + (top - top)  # ∞ − ∞ is NaN
    top, rest = np.zeros(len(numbers)), total - 1
    unsafe = ~safe(total)
    if unsafe.any():
        top[unsafe], rest[unsafe] = with_numba(sums, o, numbers[unsafe], far=True)
    return top, rest


def matrices(
    o: NDArray[Any], *others: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Logits (..., V) as matrices (n, V), and others (...) or (..., V) in step.

    None has so many rows that an array with a number for each is new memory.
    """
    for group in reshaped(o, *others):
        if len(group[0]) <= ROWS:  # the usual, without the time of slices
            yield group
            continue
        for i in range(0, len(group[0]), ROWS):
            yield tuple(x[i : i + ROWS] for x in group)


def reshaped(
    o: NDArray[Any], *others: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], ...]]:
    """The same, with any number of rows.

    All are views, whatever the strides; only logits in many small pieces are copied,
    a block at a time.
    """
    if o.ndim == 2:
        yield o, *others
        return
    groups: list[tuple[NDArray[Any], ...]] = [(o, *others)]
    copy: bool | None = False
    if in_small_pieces(o) and not o.flags.c_contiguous:
        step, copy = max(1, BLOCK // 4 * len(o) // o.size), None
        starts = range(0, len(o), step)
        groups = [tuple(x[i : i + step] for x in (o, *others)) for i in starts]
    for group in groups:
        try:
            views = [group[0].reshape(-1, o.shape[-1], copy=copy)]
            for x in group[1:]:
                views.append(x.reshape(-1, *x.shape[o.ndim - 1 :], copy=False))
        except ValueError:  # there is no such view
            for parts in zip(*group, strict=True):
                yield from reshaped(*parts)
        else:
            yield tuple(views)


def in_small_pieces(o: NDArray[Any]) -> bool:
    return o.ndim > 2 and o.size <= SMALL * len(o)


def result_like(o: NDArray[Any]) -> FloatArray:
    """An empty array shaped like `o`, and laid out like it unless `matrices` copies."""
    order: Literal["C", "K"] = "C" if in_small_pieces(o) else "K"
    return np.empty_like(o, float_dtype(o), order)
