"""Formula (17) and its logarithm: from logits to probabilities."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import FloatArray, IndexArray, Losses, as_logits
from ._blocks import (
    BLOCK,
    SMALL,
    as_float,
    block_shape,
    calm,
    compiled_sums,
    from_largest,
    give_back,
    idle_memory,
    largest,
    like,
    log_sum_exp,
    matrices,
    result_like,
    safe,
    seems_far,
    short_sums,
    working_dtype,
)


def logsumexp(logits: ArrayLike, *, axis: int = -1) -> Losses | np.float64:
    r"""ln Σₐ exp(o[a]): a soft maximum of the logits.

    It is the logarithm of the denominator of Formula (17), and lies between
    the largest logit and the largest logit + ln V.

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score a token, any real number.
    axis : int
        The axis that runs over the vocabulary.

    Returns
    -------
    float64, shape (...)
        As in SciPy, one +inf gives +inf, all −inf give −inf, and NaN gives NaN.

    Raises
    ------
    TypeError
        Logits that are not real numbers.
    ValueError
        No vocabulary axis, or an empty one.

    Examples
    --------
    >>> print(f"{logsumexp([3.2, 1.0, -0.5, 2.5]):.4f}")
    3.6899

    References
    ----------
    Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and
    softmax functions", IMA Journal of Numerical Analysis 41 (2021).
    """
    o = as_logits(logits, axis)
    result = np.empty(o.shape[:-1])
    with calm():
        for rows, out in matrices(o, result):
            top, rest = log_sum_exp(rows)
            out[:] = np.where(np.isinf(top), top, top + np.log1p(rest))
    return result[()]


def softmax(logits: ArrayLike, *, axis: int = -1) -> FloatArray:
    r"""Formula (17): p[a] = exp(o[a]) / Σ_b exp(o[b]).

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score a token, any real number.
    axis : int
        The axis that runs over the vocabulary.

    Returns
    -------
    array, shape (..., V)
        Probabilities, in the float dtype of `logits` (float64 for integers). A
        position that holds NaN or +inf, or −inf alone, is NaN.

    Raises
    ------
    TypeError
        Logits that are not real numbers.
    ValueError
        No vocabulary axis, or an empty one.

    Examples
    --------
    >>> print(softmax([3.2, 1.0, -0.5, 2.5]).round(2))
    [0.61 0.07 0.02 0.3 ]

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (17).
    """
    o = as_logits(logits, axis)
    p = result_like(o)
    with calm():
        for rows, out in matrices(o, p):
            probabilities(rows, out)
    return p if axis == -1 else np.moveaxis(p, -1, axis)


def log_softmax(logits: ArrayLike, *, axis: int = -1) -> FloatArray:
    r"""The logarithm of Formula (17): ln p[a] = o[a] − ln Σ_b exp(o[b]).

    Never take the logarithm of `softmax` instead: where p underflows to 0 its
    logarithm is −inf, and here it is the number that it should be.

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score a token, any real number.
    axis : int
        The axis that runs over the vocabulary.

    Returns
    -------
    array, shape (..., V)
        Log-probabilities in nats, in the float dtype of `logits` (float64 for
        integers); of float32 off by at most 10⁻⁶ and one unit in the last place.
        NaN where `softmax` is NaN.

    Raises
    ------
    TypeError
        Logits that are not real numbers.
    ValueError
        No vocabulary axis, or an empty one.

    Examples
    --------
    >>> print(log_softmax([3.2, 1.0, -0.5, 2.5]).round(2))
    [-0.49 -2.69 -4.19 -1.19]

    References
    ----------
    Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and
    softmax functions", IMA Journal of Numerical Analysis 41 (2021).
    """
    o = as_logits(logits, axis)
    log_p = result_like(o)
    with calm():
        for rows, out in matrices(o, log_p):
            log_probabilities(rows, out)
    return log_p if axis == -1 else np.moveaxis(log_p, -1, axis)


def log_probabilities(o: NDArray[Any], log_p: FloatArray) -> None:
    """log_p = log_softmax(o) of logits (n, V), in blocks that end up in `log_p`."""
    height, width = block_shape(o)
    dtype = working_dtype(o)
    from_top = o.size <= SMALL or (seems_far(o) and not compiled_sums(o))
    plain = from_top and log_p.dtype == dtype and o.shape[1] <= width
    for i in range(0, len(o), height):
        rows, out = o[i : i + height], log_p[i : i + height]
        if plain:  # the differences from the largest logits stay in the result
            memory = idle_memory()
            _, rest = from_largest(rows, like(rows, dtype, memory), out)
            low = np.log1p(rest).astype(dtype)
            np.subtract(out, low[:, None], out=out)
            give_back(memory)
            continue
        top, rest = log_sum_exp(rows)
        # Two differences here too; the second takes off what rounding left.
        log_sum = np.log1p(rest)
        high: FloatArray = (top + log_sum).astype(dtype)
        low = (top - high + log_sum).astype(dtype)
        for j in range(0, o.shape[1], width):
            x, part = rows[:, j : j + width], out[:, j : j + width]
            np.subtract(x, high[:, None], out=part)
            np.subtract(part, low[:, None], out=part)
            if dtype == np.float32 and not part.max() <= 0:
                np.minimum(part, 0, out=part)  # exp in float32 has rounded down


def probabilities(
    o: NDArray[Any],
    p: FloatArray,
    divisor: float = 1.0,
    targets: IndexArray | None = None,
) -> None:
    """p = softmax(o) / divisor of logits (n, V), in blocks that end up in `p`.

    Where there are targets it is (softmax(o) − y) / divisor, and p − 1 is the sum of
    all other p: a difference would lose the digits of what a sure model still lacks.
    """
    dtype = working_dtype(o)
    height, _ = block_shape(o)
    if p.dtype != dtype:
        height = max(1, BLOCK // o.shape[1])
    far = seems_far(o)
    for i in range(0, len(o), height):
        rows, out = o[i : i + height], p[i : i + height]
        ids = None if targets is None else targets[i : i + height]
        e: FloatArray = out
        if p.dtype != dtype:
            e = np.empty(rows.shape, dtype)
        if not far:
            total, others = sum_exp(as_float(rows, e), e, None, ids)
            far = not safe(total).all()
        if far:
            x = as_float(rows, e)
            total, others = sum_exp(x, e, largest(x)[0], ids)
        total = total * divisor
        np.divide(e, total.astype(dtype)[:, None], out=out)
        if ids is not None:
            out[np.arange(len(out)), ids] = 0 - others / total


def sum_exp(
    o: NDArray[Any],
    e: FloatArray,
    top: NDArray[Any] | None = None,
    targets: IndexArray | None = None,
) -> tuple[Losses, Losses]:
    """Σₐ exp(o[a] − top) of each row, and the same without the targets, in blocks.

    The terms end up in `e`, with 0 for a target's.
    """
    _, width = block_shape(o)
    others, at_target = np.zeros(len(o)), np.zeros(len(o))
    for j in range(0, o.shape[1], width):
        x, terms = o[:, j : j + width], e[:, j : j + width]
        if top is not None:
            x = np.subtract(x, top[:, None], out=terms)
        np.exp(x, out=terms)
        if targets is not None:
            (here,) = ((j <= targets) & (targets < j + width)).nonzero()
            cells = here, targets[here] - j
            at_target[here] = terms[cells]
            terms[cells] = 0
        others += short_sums(terms)
    return others + at_target, others
