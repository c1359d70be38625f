"""The two parts of a loss: cross-entropy = entropy + KL divergence."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _fast
from ._arrays import Losses, as_real, check_distributions
from ._compute import quiet


def entropy(p: ArrayLike) -> Losses | np.float64:
    """Entropy H(p) = −Σₐ p[a] ln p[a]: the least expected loss on tokens drawn from p.

    Parameters
    ----------
    p : array_like of floats, shape (..., V)
        Probabilities, which sum to 1 along the last axis. 0 · ln 0 is 0.

    Returns
    -------
    float64, shape (...)
        In nats, from 0 to ln V, up to rounding. NaN where `p` contains NaN.

    Raises
    ------
    TypeError
        If `p` is neither integers nor floats up to float64.
    ValueError
        If a probability is negative, or a sum is not 1.

    Examples
    --------
    >>> print(f"{entropy([0.5, 0.25, 0.25]) / np.log(2):.2f} bits")
    1.50 bits

    References
    ----------
    Shannon, "A mathematical theory of communication", Bell System Technical
    Journal 27 (1948).
    """
    total = quiet().run(_fast.sums, entropy_terms, as_probabilities("p", p))
    least_zero: Losses = np.maximum(total, 0)
    return least_zero[()]


def entropy_terms(p: Losses) -> Losses:
    """−p ln p of each token, and never −0."""
    return np.where(p == 0, 0, p * (0 - np.log(p)))


def kl_divergence(y: ArrayLike, p: ArrayLike) -> Losses | np.float64:
    """KL divergence KL(y ‖ p) = Σₐ y[a] ln (y[a] / p[a]): the loss of p above H(y).

    The order matters: the tokens are drawn from y, and p is the model.

    Parameters
    ----------
    y, p : array_like of floats, shape (..., V)
        Probabilities of the same shape, which sum to 1 along the last axis.

    Returns
    -------
    float64, shape (...)
        In nats, 0 where y = p, and never negative. The relative error is at most
        10⁻¹², however close y and p are. +inf where p is 0 and y is not, NaN where
        either contains NaN. If the sums differ from 1 by rounding, that difference
        is left out.

    Raises
    ------
    TypeError
        If `y` or `p` is neither integers nor floats up to float64.
    ValueError
        If a probability is negative, a sum is not 1, or the shapes differ.

    Examples
    --------
    >>> print(f"{kl_divergence([0.5, 0.5], [0.9, 0.1]):.4f}")
    0.5108

    References
    ----------
    Kullback and Leibler, "On information and sufficiency", Annals of Mathematical
    Statistics 22 (1951).
    """
    y, p = as_probabilities("y", y), as_probabilities("p", p)
    if y.shape != p.shape:
        raise ValueError(f"y and p must have equal shapes, got {y.shape} and {p.shape}")
    return quiet().run(_fast.sums, divergence_terms, y, p)[()]


def divergence_terms(y: Losses, p: Losses) -> Losses:
    """y ln (y / p) − y + p of each token, which is never negative."""
    difference, ratio = y - p, y / p
    log_ratio = np.log(ratio)
    too_large = ratio == np.inf
    log_ratio[too_large] = np.log(y[too_large]) - np.log(p[too_large])
    terms = y * log_ratio - difference
    # Near y = p, y ln (y / p) and y − p cancel. There ln (y / p) = 2 (t + t³/3 + …).
    t = difference / (y + p)
    near = abs(t) < 0.03
    d, t = difference[near], t[near]
    u = t * t
    series = 1 / 3 + u * (1 / 5 + u * (1 / 7 + u / 9))
    terms[near] = d * t * (1 + t * (1 + t) * series)
    return np.where(y == 0, p, terms)


def as_probabilities(name: str, value: ArrayLike) -> NDArray[Any]:
    """Probabilities as an array, or an error that names the argument."""
    given = as_real(name, value, "a vocabulary axis")
    if given.shape[-1] == 0:
        raise ValueError(f"vocabulary axis is empty: {name} has shape {given.shape}")
    check_distributions(name, given)
    return given
