"""Sums of exp over rows of float32, in one pass at memory speed (numba).

In plain NumPy: `np.exp(o[rows] - top[:, None]).sum(axis=-1)`.
"""

from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

LANES, STEP, SHORT_SUM = 32, 256, 1024  # partial sums; logits per step; per short sum

f = np.float32
LOW, HIGH = f(-87), f(88)  # between them exp is neither subnormal nor infinite
LOG2_E, ROUND = f(1.4426950408889634), f(1.5 * 2**23)  # x + ROUND rounds x to integers
LN2_HIGH, LN2_LOW = f(0.693145751953125), f(1.428606765330187e-06)  # ln 2 in two parts
# The best polynomial of degree 5 for exp on ±ln2/2; its error is below 9e-8.
C1, C2, C3 = f(0.99999970715687), f(0.49999149468021), f(0.16667636266967)
C4, C5 = f(0.041897937836549), f(0.0082903130938292)
ONE, SIGNIFICAND = f(1), np.int32(23)
# Unsigned, so that numba doesn't check whether an index counts from the end.
I1, I2, I3, I4, I5, I6, I7 = (np.uint64(LANES * i) for i in range(1, 8))


@njit(fastmath={"contract"}, inline="always")
def exp(x: Any) -> Any:
    """exp(x) = 2ⁿ · exp(r), |r| ≤ ln2/2, within 2 ulp; NaN counts as HIGH."""
    x = max(LOW, min(HIGH, x))  # in this order NaN stays HIGH
    shifted = x * LOG2_E + ROUND
    n = shifted - ROUND
    r = x - n * LN2_HIGH - n * LN2_LOW
    p = ((((C5 * r + C4) * r + C3) * r + C2) * r + C1) * r + ONE
    # The low bits of `shifted` are n: add it to the exponent of p.
    two_n = np.int32(f(shifted).view(np.int32) << SIGNIFICAND)
    return np.int32(f(p).view(np.int32) + two_n).view(np.float32)


@njit(fastmath={"contract"})
def add_step(o: Any, top: Any, c: Any, lanes: Any) -> None:
    """lanes[q] += the eight exp(o[c + q + 32i] − top). On its own, it vectorises."""
    for q in range(np.uint64(LANES)):
        i = c + q
        lanes[q] += (
            (exp(o[i] - top) + exp(o[i + I1] - top))
            + (exp(o[i + I2] - top) + exp(o[i + I3] - top))
        ) + (
            (exp(o[i + I4] - top) + exp(o[i + I5] - top))
            + (exp(o[i + I6] - top) + exp(o[i + I7] - top))
        )


@njit
def row_sum(o: Any, top: Any, lanes: Any, tail: Any) -> Any:
    """Σₐ exp(o[a] − top): short sums in float32, their total in float64."""
    total = np.float64(0)
    step, end = np.uint64(STEP), np.uint64(o.size)
    whole = end - end % step
    c = np.uint64(0)
    while c < whole:
        lanes[:] = 0
        stop = min(c + np.uint64(SHORT_SUM), whole)
        while c < stop:
            add_step(o, top, c, lanes)
            c += step
        for q in range(LANES):
            total += lanes[q]
    if whole < end:  # one more step, padded with −inf
        tail[:] = -np.inf
        for i in range(whole, end):
            tail[i - whole] = o[i]
        lanes[:] = 0
        add_step(tail, top, np.uint64(0), lanes)
        for q in range(LANES):
            total += lanes[q]
    return total


@njit(inline="always")
def larger(x: Any, y: Any) -> Any:
    return x if x > y else y


@njit
def max_step(o: Any, c: Any, lanes: Any) -> None:
    """lanes[q] = max(lanes[q], the eight o[c + q + 32i])."""
    for q in range(np.uint64(LANES)):
        i = c + q
        x = larger(larger(o[i], o[i + I1]), larger(o[i + I2], o[i + I3]))
        y = larger(larger(o[i + I4], o[i + I5]), larger(o[i + I6], o[i + I7]))
        lanes[q] = larger(larger(x, y), lanes[q])


@njit
def row_max(o: Any, lanes: Any) -> Any:
    """The largest logit of a row; if it contains NaN, any value."""
    lanes[:] = -np.inf
    step, end = np.uint64(STEP), np.uint64(o.size)
    whole = end - end % step
    c = np.uint64(0)
    while c < whole:
        max_step(o, c, lanes)
        c += step
    top = f(-np.inf)
    for q in range(LANES):
        top = larger(lanes[q], top)
    for i in range(whole, end):
        top = larger(o[i], top)
    return top


# Compiled on import, so that any failure shows up there.
LOGITS = types.Array(types.float32, 2, "C", readonly=True)
SIGNATURE = types.void(
    LOGITS, types.intp[::1], types.boolean, types.float32[::1], types.float64[::1]
)


@njit(SIGNATURE, cache=True, nogil=True)
def sum_exps(
    o: NDArray[Any],
    rows: NDArray[Any],
    max_first: bool,
    top: NDArray[Any],
    total: NDArray[Any],
) -> None:
    """total[k] = Σₐ exp(o[rows[k], a] − top[k]); top is 0, or the max if max_first."""
    lanes, tail = np.empty(LANES, np.float32), np.empty(STEP, np.float32)
    for k in range(rows.size):
        row = o[rows[k]]
        top[k] = row_max(row, lanes) if max_first else f(0)
        total[k] = row_sum(row, top[k], lanes, tail)
