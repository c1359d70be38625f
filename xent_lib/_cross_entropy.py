"""The loss of one token: −log p of the target."""

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import BoolArray, FloatArray, Losses, as_logits, as_targets
from ._blocks import calm, log_sum_exp, matrices, result_like
from ._softmax import probabilities

REDUCTIONS = ("none", "sum", "mean")


def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    reduction: str = "none",
    ignore_index: int | None = None,
) -> Losses | np.float64:
    r"""−ln p(target), the term inside Formula (16), from logits.

    ℓ = ln Σₐ exp(o[a]) − o[target], in nats.

    Two defaults differ from PyTorch's: `reduction` is "none" (there "mean"), and
    `ignore_index` is None (there −100). The vocabulary is the last axis (there
    axis 1).

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score a token, any real number.
    targets : array_like of integers from 0 to V − 1, shape (...)
        The shape of the logits without the last axis, exactly: nothing broadcasts.
    reduction : {"none", "sum", "mean"}
        A loss a target, their sum, or their mean over the scored targets.
    ignore_index : int, optional
        Targets of this value are not scored: their loss is 0, they are not
        counted, and their logits are not looked at.

    Returns
    -------
    float64, shape (...) or a scalar
        In nats. A −inf logit at the target gives +inf. A position whose logits
        hold NaN or +inf, or −inf alone, gives NaN.

    Raises
    ------
    IndexError
        A target outside the vocabulary.
    TypeError
        Targets that are not integers, or logits that are not real numbers.
    ValueError
        Shapes that do not fit, an empty vocabulary, an unknown reduction, or the
        mean of no scored target.

    Examples
    --------
    >>> print(f"{cross_entropy([3.2, 1.0, -0.5, 2.5], 0):.4f}")
    0.4899

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (16).
    """
    check_reduction(reduction, REDUCTIONS)
    losses, scored = token_losses(logits, targets, ignore_index)
    return reduce_losses(losses, scored, reduction, ignore_index)


def token_losses(
    logits: ArrayLike, targets: ArrayLike, ignore_index: int | None
) -> tuple[Losses, BoolArray]:
    """The loss of each target, 0 where it is ignored, and which targets are scored."""
    o = as_logits(logits)
    ids, scored = as_targets(targets, o.shape, ignore_index)
    losses = np.zeros(ids.shape)
    with calm():
        for rows, targets_of, scored_of, out in matrices(o, ids, scored, losses):
            (which,) = scored_of.nonzero()
            every = len(which) == len(rows)
            part = slice(None) if every else which
            top, rest = log_sum_exp(rows, None if every else which)
            # Relative to the largest logit: at logits near 10⁴, log-sum-exp minus
            # the target's logit would lose four digits.
            below = rows[which, targets_of[part]].astype(np.float64) - top
            # exp in float32 may round down: a loss is not negative.
            out[part] = np.maximum(np.log1p(rest) - below, 0)
    return losses, scored


def cross_entropy_grad(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    reduction: str = "sum",
    ignore_index: int | None = None,
) -> FloatArray:
    r"""p − y: the gradient of the summed (or mean) loss in the logits.

    ∂ℓ/∂o[a] = softmax(o)[a] − 1[a = target]: what is predicted, less what came.

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score a token, any real number.
    targets : array_like of integers from 0 to V − 1, shape (...)
        The shape of the logits without the last axis, exactly: nothing broadcasts.
    reduction : {"sum", "mean"}
        Which loss is differentiated: the sum, or the mean over the scored targets.
    ignore_index : int, optional
        Targets of this value are not scored: their rows of the gradient are 0, whatever
        their logits.

    Returns
    -------
    array, shape (..., V)
        In the float dtype of `logits` (float64 for integers). A position whose
        logits hold NaN or +inf, or −inf alone, is NaN.

    Raises
    ------
    IndexError, TypeError, ValueError
        As `cross_entropy`.

    Examples
    --------
    >>> print(cross_entropy_grad([3.2, 1.0, -0.5, 2.5], 0).round(2))
    [-0.39  0.07  0.02  0.3 ]

    References
    ----------
    Bridle, "Training stochastic model recognition algorithms as networks can lead
    to maximum mutual information estimation of parameters", NeurIPS 2 (1989).
    """
    check_reduction(reduction, ("sum", "mean"))
    o = as_logits(logits)
    ids, scored = as_targets(targets, o.shape, ignore_index)
    n = count(scored, ignore_index) if reduction == "mean" else 1
    grad = result_like(o)
    with calm():
        for rows, targets_of, scored_of, out in matrices(o, ids, scored, grad):
            probabilities(rows, out, n, targets_of)
            if not scored_of.all():
                out[~scored_of] = 0
    return grad


def check_reduction(reduction: object, words: tuple[str, ...]) -> None:
    if reduction not in words:
        *others, last = (f'"{word}"' for word in words)
        raise ValueError(
            f"reduction must be {', '.join(others)} or {last}, got {reduction!r}"
        )


def reduce_losses(
    losses: Losses, scored: BoolArray, reduction: str, ignore_index: int | None
) -> Losses | np.float64:
    """The losses, their sum, or their mean over the scored ones."""
    if reduction == "none":
        return losses[()]
    n = count(scored, ignore_index) if reduction == "mean" else 1
    with np.errstate(all="ignore"):
        return np.float64((losses / n).sum())


def count(scored: BoolArray, ignore_index: int | None) -> int:
    """How many targets a mean is over."""
    n = int(scored.sum())
    if n == 0:
        raise ValueError(
            f"mean of no losses: of {scored.size} targets none is scored "
            f"(ignore_index is {ignore_index})"
        )
    return n
