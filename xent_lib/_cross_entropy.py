"""The loss of one token: −log p of the target."""

import numpy as np
from numpy.typing import ArrayLike

from ._arrays import BoolArray, Losses, as_logits, as_targets
from ._softmax import from_largest

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

    Two defaults differ from PyTorch's: `reduction` is "none" there "mean", and
    `ignore_index` is None there −100. The vocabulary is the last axis; in
    PyTorch it is axis 1.

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
    if reduction not in REDUCTIONS:
        raise ValueError(
            f'reduction must be "none", "sum" or "mean", got {reduction!r}'
        )
    losses, scored = token_losses(logits, targets, ignore_index)
    if reduction == "none":
        return losses[()]
    count = 1
    if reduction == "mean":
        count = int(scored.sum())
        if count == 0:
            raise ValueError(
                f"mean of no losses: of {scored.size} targets none is scored "
                f"(ignore_index is {ignore_index})"
            )
    with np.errstate(over="ignore"):
        return np.float64((losses / count).sum())


def token_losses(
    logits: ArrayLike, targets: ArrayLike, ignore_index: int | None
) -> tuple[Losses, BoolArray]:
    """The loss of each target, 0 where it is ignored, and which targets are scored."""
    o, _ = as_logits(logits)
    ids, scored = as_targets(targets, o.shape, ignore_index)
    losses = np.zeros(ids.shape)
    o, ids = o[scored], ids[scored]  # (n, V) and (n,)
    with np.errstate(all="ignore"):
        # Relative to the largest logit: at logits near 10⁴, log-sum-exp minus
        # the target's logit would lose four digits.
        below, above = from_largest(o)
        gaps = above - np.take_along_axis(below, ids[:, np.newaxis], axis=-1)
    losses[scored] = gaps[:, 0]
    return losses, scored
