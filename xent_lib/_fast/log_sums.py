"""ln Σ exp in one pass over the logits.

Each row gets a pair (`top`, `rest`) such that ln Σₐ exp(o[a]) = top + ln(1 + rest).
`from_largest` is the plain version, where `top` is the largest logit. The others are
faster.
"""

import math
import os
import warnings
from collections.abc import Callable
from functools import cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import BoolArray, FloatArray, IndexArray, Losses
from . import layout  # for the sizes, which tests change
from .layout import (
    as_working,
    block_shape,
    fortran_order,
    give_memory_back,
    scratch,
    take_memory,
    working_dtype,
)

# From this many logits on, and this many per row, the compiled loop is faster.
NUMBA_SIZE, NUMBA_V = 2**16, 256

# Between these bounds, Σ exp(o) in float32 needs no maximum: it is as exact as one that
# subtracts the largest logit, except for terms below float32's least normal number,
# 1.2e-38. These are multiples of 1.4e-45, so only p above 1e-34 has all its digits.
SAFE = 1e-4, 1e20

Pair = tuple[Losses, Losses]


def row_pairs(o: NDArray[Any], rows: IndexArray | None = None) -> Pair:
    """The pair of each of the `rows` (None: all) of logits (n, V)."""
    if o.size <= layout.SMALL:
        chosen = o if rows is None else o[rows]
        return from_largest(chosen, np.empty_like(chosen, working_dtype(o)))
    if working_dtype(o) == np.float64:
        return by_blocks(o, rows, from_largest)
    max_first = wants_max_first(o if rows is None else o[rows[:1], :256])
    if loop := compiled_loop_for(o):
        return by_compiled_loop(loop, o, rows, max_first)
    return by_blocks(o, rows, ExpFirst(max_first))


def join(a: Pair, b: Pair) -> Pair:
    """The pair of each row, from the pairs of two parts of its vocabulary."""
    high, low = np.maximum(a[0], b[0]), np.minimum(a[0], b[0])
    (rest, rest_of_low) = np.where(a[0] >= b[0], (a[1], b[1]), (b[1], a[1]))
    with_low = np.exp(low - high) * (1 + rest_of_low)
    return high, rest + np.where(low == -np.inf, 0, with_low)


def from_largest(
    o: NDArray[Any],
    e: FloatArray,
    rows: IndexArray | None = None,
    below: FloatArray | None = None,
) -> Pair:
    """The pair of each row, or of each of the `rows`, relative to its largest logit.

    The largest logit gives exp(0) = 1. Added to it, small terms would lose digits, so
    `rest` leaves it out, and log1p adds it. Where `top` is infinite, `rest` is NaN.
    `e` receives the terms, and `below`, if given, the differences from the largest.
    """
    o = as_working(o, e, rows)  # int8 differences wrap, float16 sums overflow
    top, places = largest_logits(o)
    below = np.subtract(o, top[:, None], out=e if below is None else below)
    np.exp(below, out=e)
    if places is not None:
        e[places] -= 1
        rest = short_sums(e)
    else:
        rest = short_sums(e) - 1
        if e.dtype == np.float64:  # a small rest has lost digits to the − 1
            (near,) = (rest < 0.1).nonzero()
            others = np.take(e.T, near, axis=1)
            others *= others != 1
            rest[near] = short_sums(others.T)
    return top.astype(np.float64), rest


def largest_logits(
    o: NDArray[Any],
) -> tuple[NDArray[Any], tuple[IndexArray, IndexArray] | None]:
    """The largest logit of each row, and in C order also where they are."""
    if fortran_order(o):  # argmax would copy o
        return o.max(axis=1), None
    places = np.arange(len(o)), o.argmax(axis=1)
    return o[places], places


def short_sums(e: FloatArray) -> Losses:
    """The sum of each row: short sums in the dtype of the terms, added in float64."""
    n, v = e.shape
    total: Losses
    if e.size <= layout.SMALL:
        total = np.add.reduce(e, axis=1, dtype=np.float64)
        return total
    # NumPy adds contiguous terms in several partial sums, so that 128 of them lose as
    # little as 8 others. In float64, 16 times as many may be added.
    short = 128 if e.strides[1] == e.itemsize else 8
    pieces = math.ceil(v / (short if e.itemsize == 4 else 16 * short))
    width = math.ceil(v / pieces)
    whole = v - v % width
    sums = np.einsum("icj->ic", e[:, :whole].reshape(n, whole // width, width))
    total = np.add.reduce(sums, axis=1, dtype=np.float64)
    if v > whole:
        total += np.einsum("ij->i", e[:, whole:])
    return total


# --- In blocks ------------------------------------------------------------------------


def by_blocks(
    o: NDArray[Any], rows: IndexArray | None, pair_of: Callable[..., Pair]
) -> Pair:
    """The pairs of rows, joined from the pairs of their blocks."""
    n = len(o) if rows is None else len(rows)
    height, width = block_shape(o)
    memory = take_memory()
    if rows is None and n <= height and o.shape[1] <= width:  # faster than the loops
        top, rest = pair_of(o, scratch(o, memory))
    else:
        top, rest = np.empty(n), np.empty(n)
        for i in range(0, n, height):
            part = slice(i, i + height)
            lines, some = (o[part], None) if rows is None else (o, rows[part])
            pairs = (
                pair_of(block, scratch(block, memory, some), some)
                for block in (
                    lines[:, j : j + width] for j in range(0, o.shape[1], width)
                )
            )
            top[part], rest[part] = reduce(join, pairs)
    give_memory_back(memory)
    return top, rest


class ExpFirst:
    """The pairs of a block of float32 or float16, in float32.

    It takes exp without subtracting the maximum, and checks the sums afterwards. Only
    if one is not safe, the block is redone from its largest logits, and probably the
    next block starts that way.
    """

    def __init__(self, max_first: bool) -> None:
        self.max_first = max_first

    def __call__(
        self, o: NDArray[Any], e: FloatArray, rows: IndexArray | None = None
    ) -> Pair:
        if not self.max_first:
            total = short_sums(np.exp(as_working(o, e, rows), out=e))
            if is_safe(total).all():
                return np.zeros(len(total)), total - 1
        top, rest = from_largest(o, e, rows)
        self.max_first = is_far_from_zero(top[0])
        return top, rest


def is_safe(total: Losses) -> BoolArray:
    """Which sums of exp(o) are neither too small nor too large."""
    low, high = SAFE
    return np.asarray((low < total) & (total < high))


def wants_max_first(o: NDArray[Any]) -> bool:
    """Whether to subtract the maximum at once, judging by dtype and first logits."""
    first = o[:1, :256]
    return bool(
        working_dtype(o) == np.float64 or is_far_from_zero(first.max(initial=-np.inf))
    )


def is_far_from_zero(top: np.floating[Any]) -> bool:
    """Whether a row with this largest logit probably has a sum that is not safe."""
    return not -8 < top < 45


# --- By the compiled loop -------------------------------------------------------------


def compiled_loop_for(o: NDArray[Any]) -> Callable[..., None] | None:
    """The compiled loop, if there is one and `o` is float32, in C order and large.

    XENT_LIB_NUMBA=0 in the environment turns it off, as do false, no and off.
    """
    fits = o.flags.c_contiguous and o.flags.aligned and o.dtype == np.float32
    large = o.size >= NUMBA_SIZE and o.shape[1] >= NUMBA_V
    off = os.environ.get("XENT_LIB_NUMBA", "").lower() in ("0", "false", "no", "off")
    return compiled_loop() if fits and large and not off else None


@cache
def compiled_loop() -> Callable[..., None] | None:
    """The compiled loop, or None; warn if numba is installed and fails."""
    try:
        from .compiled import sum_exps
    except Exception as error:
        if not (isinstance(error, ModuleNotFoundError) and error.name == "numba"):
            warnings.warn(
                f"numba is installed but fails, so xent_lib runs without it, slower: "
                f"{type(error).__name__}: {error}. XENT_LIB_NUMBA=0 turns it off.",
                RuntimeWarning,
                stacklevel=2,
            )
        return None
    return sum_exps


def by_compiled_loop(
    loop: Callable[..., None],
    o: NDArray[Any],
    rows: IndexArray | None,
    max_first: bool,
) -> Pair:
    """As `ExpFirst`, in one compiled loop, which redoes rows that are not safe."""
    numbers = np.arange(len(o)) if rows is None else rows
    largest, total = np.empty(len(numbers), np.float32), np.empty(len(numbers))
    loop(o, numbers, max_first, largest, total)
    if max_first:
        # The loop clamps NaN and ∞ to 88, and exp(88) exceeds the sum of any other row.
        (odd,) = (total > 1e30).nonzero()
        step = max(1, layout.PIECE // o.shape[1])
        for i in range(0, len(odd), step):
            some = odd[i : i + step]
            largest[some] = o[numbers[some]].max(axis=1)
        top = largest.astype(np.float64)
        return top, total - 1 + (top - top)  # where top is infinite, ∞ − ∞ is NaN
    top, rest = np.zeros(len(numbers)), total - 1
    unsafe = ~is_safe(total)
    if unsafe.any():
        top[unsafe], rest[unsafe] = by_compiled_loop(
            loop, o, numbers[unsafe], max_first=True
        )
    return top, rest
