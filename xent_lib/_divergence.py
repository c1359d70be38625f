"""What a loss is made of: cross-entropy = entropy + divergence."""

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import Losses, as_real, check_distributions
from ._compute import quiet


def entropy(p: ArrayLike) -> Losses | np.float64:
    """H(p) = −Σₐ p[a] ln p[a]: the least loss that any model can have on tokens of p.

    Parameters
    ----------
    p : array_like of floats, shape (..., V)
        Probabilities, which sum to 1 along the last axis. 0 · ln 0 is 0.

    Returns
    -------
    float64, shape (...)
        In nats, from 0 to ln V. NaN where `p` holds NaN.

    Raises
    ------
    TypeError
        Probabilities that are not real numbers.
    ValueError
        A negative probability, or a sum that is not 1.

    Examples
    --------
    >>> print(f"{entropy([0.5, 0.25, 0.25]) / np.log(2):.2f} bits")
    1.50 bits

    References
    ----------
    Shannon, "A mathematical theory of communication", Bell System Technical
    Journal 27 (1948).
    """
    p = as_probabilities("p", p)
    terms = quiet().run(lambda: np.where(p == 0, 0, p * (0 - np.log(p))))
    total: Losses = np.maximum(terms.sum(axis=-1), 0)
    return total[()]


def kl_divergence(p: ArrayLike, q: ArrayLike) -> Losses | np.float64:
    """KL(p ‖ q) = Σₐ p[a] ln (p[a] / q[a]): what q loses beyond the entropy of p.

    The order of the two matters: p is where the tokens come from, q the model.

    Parameters
    ----------
    p, q : array_like of floats, shape (..., V)
        Probabilities of one shape, which sum to 1 along the last axis.

    Returns
    -------
    float64, shape (...)
        In nats, 0 where p = q, +inf where q is 0 and p is not. NaN where either
        holds NaN.

    Raises
    ------
    TypeError
        Probabilities that are not real numbers.
    ValueError
        A negative probability, a sum that is not 1, or two shapes.

    Examples
    --------
    >>> print(f"{kl_divergence([0.5, 0.5], [0.9, 0.1]):.4f}")
    0.5108

    References
    ----------
    Kullback and Leibler, "On information and sufficiency", Annals of Mathematical
    Statistics 22 (1951).
    """
    p, q = as_probabilities("p", p), as_probabilities("q", q)
    if p.shape != q.shape:
        raise ValueError(f"p and q must have one shape, got {p.shape} and {q.shape}")
    total: Losses = np.maximum(quiet().run(divergence_terms, p, q).sum(axis=-1), 0)
    return total[()]


def divergence_terms(p: Losses, q: Losses) -> Losses:
    ratio = p / q
    # Where p / q overflows, the difference of the logarithms does not.
    log_ratio = np.where(ratio < np.inf, np.log(ratio), np.log(p) - np.log(q))
    return np.where(p == 0, 0 * q, p * log_ratio)  # 0 * q: NaN stays NaN


def as_probabilities(name: str, value: ArrayLike) -> Losses:
    """Probabilities in float64, or an error that says which are none."""
    given = as_real(name, value, "a vocabulary axis")
    if given.shape[-1] == 0:
        raise ValueError(f"vocabulary axis is empty: {name} has shape {given.shape}")
    check_distributions(name, given)
    wide: Losses = quiet().run(np.ascontiguousarray, given, np.float64)
    return wide
