"""Formula (17) and its logarithm: from logits to probabilities."""

import numpy as np
from numpy.typing import ArrayLike

from . import _fast, formulas
from ._arrays import FloatArray, Losses, as_logits, float_dtype
from ._compute import by_size, quiet


def logsumexp(logits: ArrayLike, *, axis: int = -1) -> Losses | np.float64:
    """Log-sum-exp of the logits, a soft maximum: ln Σ exp(o).

    It is the logarithm of the denominator of Formula (17), and lies between
    the largest logit and the largest logit + ln V.

    Two things differ from SciPy: the default axis is the last one (not all of
    them), and the result is float64 (not the dtype of the logits).

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score per token of the vocabulary; any real numbers.
    axis : int
        The vocabulary axis.

    Returns
    -------
    float64, shape (...)
        As in SciPy, any +inf gives +inf, nothing but −inf gives −inf, and any NaN
        gives NaN.

    Raises
    ------
    TypeError
        If the logits are neither integers nor floats up to float64.
    ValueError
        If there is no vocabulary axis, or it is empty.

    Examples
    --------
    >>> print(f"{logsumexp([3.2, 1.0, -0.5, 2.5]):.4f}")
    3.6899

    References
    ----------
    Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and
    softmax functions", IMA Journal of Numerical Analysis 41 (2021).
    """
    o = as_logits(logits, axis, may_shift=False)
    result: Losses = quiet().run(
        by_size, formulas.logsumexp, _fast.logsumexp, o, np.float64
    )
    return result[()]


def softmax(logits: ArrayLike, *, axis: int = -1) -> FloatArray:
    """Probabilities of the logits, Formula (17): p[a] = exp(o[a]) / Σ exp(o).

    The default axis is the last one; SciPy's default is all of them.

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score per token of the vocabulary; any real numbers.
    axis : int
        The vocabulary axis.

    Returns
    -------
    array, the shape of `logits`
        Probabilities, in the float dtype of `logits` (float64 for integers). NaN or
        +inf among the logits of a position, or nothing but −inf, makes all of its
        probabilities NaN.

    Raises
    ------
    TypeError
        If the logits are neither integers nor floats up to float64.
    ValueError
        If there is no vocabulary axis, or it is empty.

    Examples
    --------
    >>> print(softmax([3.2, 1.0, -0.5, 2.5]).round(2))
    [0.61 0.07 0.02 0.3 ]

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (17).
    """
    o = as_logits(logits, axis)
    p: FloatArray = quiet().run(
        by_size, formulas.softmax, _fast.softmax, o, float_dtype(o)
    )
    return p if axis == -1 else np.moveaxis(p, -1, axis)


def log_softmax(logits: ArrayLike, *, axis: int = -1) -> FloatArray:
    """Log-probabilities of the logits: ln p[a] = o[a] − ln Σ exp(o).

    Use it instead of the logarithm of `softmax`, which is −inf wherever p
    underflows to 0.

    The default axis is the last one; SciPy's default is all of them.

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score per token of the vocabulary; any real numbers.
    axis : int
        The vocabulary axis.

    Returns
    -------
    array, the shape of `logits`
        Log-probabilities in nats, in the float dtype of `logits` (float64 for
        integers). In float32 the error is at most 10⁻⁶ plus one unit in the last
        place. float16 is rounded once, at the end (from float32 if there are more than
        4,096 logits), so its error is at most 0.501 units in the last place. NaN where
        `softmax` is NaN.

    Raises
    ------
    TypeError
        If the logits are neither integers nor floats up to float64.
    ValueError
        If there is no vocabulary axis, or it is empty.

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
    log_p: FloatArray = quiet().run(
        by_size, formulas.log_softmax, _fast.log_softmax, o, float_dtype(o)
    )
    return log_p if axis == -1 else np.moveaxis(log_p, -1, axis)
