"""Formula (17) and its logarithm: from logits to probabilities."""

import numpy as np
from numpy.typing import ArrayLike

from . import _fast, formulas
from ._arrays import FloatArray, Losses, as_logits, float_dtype
from ._compute import by_size, quiet


def logsumexp(logits: ArrayLike, *, axis: int = -1) -> Losses | np.float64:
    """ln Σₐ exp(o[a]): a soft maximum of the logits.

    It is the logarithm of the denominator of Formula (17), and lies between
    the largest logit and the largest logit + ln V.

    Two things differ from SciPy's: the axis is the last where none is named (there
    all of them), and the result is float64 (there of the dtype of the logits).

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
        Logits that are neither integers nor floats up to float64.
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
    o = as_logits(logits, axis, may_shift=False)
    result: Losses = quiet().run(
        by_size, formulas.logsumexp, _fast.logsumexp, o, np.float64
    )
    return result[()]


def softmax(logits: ArrayLike, *, axis: int = -1) -> FloatArray:
    """Formula (17): p[a] = exp(o[a]) / Σ_b exp(o[b]).

    The axis is the last where none is named; SciPy then takes all of them.

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score a token, any real number.
    axis : int
        The axis that runs over the vocabulary.

    Returns
    -------
    array, the shape of `logits`
        Probabilities, in the float dtype of `logits` (float64 for integers). A
        position that holds NaN or +inf, or −inf alone, is NaN.

    Raises
    ------
    TypeError
        Logits that are neither integers nor floats up to float64.
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
    p: FloatArray = quiet().run(
        by_size, formulas.softmax, _fast.softmax, o, float_dtype(o)
    )
    return p if axis == -1 else np.moveaxis(p, -1, axis)


def log_softmax(logits: ArrayLike, *, axis: int = -1) -> FloatArray:
    """The logarithm of Formula (17): ln p[a] = o[a] − ln Σ_b exp(o[b]).

    Never take the logarithm of `softmax` instead: where p underflows to 0 its
    logarithm is −inf, and here it is the number that it should be.

    The axis is the last where none is named; SciPy then takes all of them.

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score a token, any real number.
    axis : int
        The axis that runs over the vocabulary.

    Returns
    -------
    array, the shape of `logits`
        Log-probabilities in nats, in the float dtype of `logits` (float64 for
        integers). Those of float32 are off by at most 10⁻⁶ and one unit in the last
        place; those of float16 are rounded once, of more than 4,096 logits from
        float32, so that they are off by half a unit and a thousandth of one. NaN where
        `softmax` is NaN.

    Raises
    ------
    TypeError
        Logits that are neither integers nor floats up to float64.
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
    log_p: FloatArray = quiet().run(
        by_size, formulas.log_softmax, _fast.log_softmax, o, float_dtype(o)
    )
    return log_p if axis == -1 else np.moveaxis(log_p, -1, axis)
