"""The loss of one token, −log p of the target, and its gradient."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _fast, formulas
from ._arrays import (
    BoolArray,
    FloatArray,
    Losses,
    as_logits,
    as_targets,
    float_dtype,
)
from ._compute import by_size, quiet

REDUCTIONS = ("none", "sum", "mean")


def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    axis: int = -1,
    reduction: str = "none",
    ignore_index: int | None = None,
) -> Losses | np.float64:
    """Cross-entropy loss of logits: −ln p(target), the term inside Formula (16).

    ℓ = ln Σₐ exp(o[a]) − o[target], in nats. If the targets are distributions y
    over the vocabulary, ℓ = H(y, p) = −Σₐ y[a] ln p[a], with 0 · ln 0 = 0.

    Three things differ from PyTorch: `reduction` defaults to "none" (not "mean"),
    `ignore_index` to None (not −100), and the vocabulary is the last axis (not
    axis 1).

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., V)
        One score per token of the vocabulary; any real numbers.
    targets : array_like of integers from 0 to V − 1, shape (...)
        Ids, in exactly the shape of the logits without `axis`: nothing broadcasts.
        Or floats of the logits' shape: distributions, which sum to 1 along `axis`.
    axis : int
        The vocabulary axis of the logits.
    reduction : {"none", "sum", "mean"}
        One loss per target, their sum, or their mean over the scored targets.
    ignore_index : int, optional
        Targets of this value are not scored: their loss is 0, they are not
        counted, and their logits are not read. Only for integer targets.

    Returns
    -------
    float64, shape (...) or a scalar
        In nats. For V up to 131,072, the error is at most 10⁻¹² of the loss or an
        absolute 10⁻¹⁵ (10⁻⁶ for float16 and float32 logits), whichever is larger.
        Within these bounds, a loss may depend on the positions next to it, since
        they are computed in blocks. A −inf logit at the target gives +inf. NaN or
        +inf among the logits of a position, or nothing but −inf, gives NaN.

    Raises
    ------
    IndexError
        If a target is outside the vocabulary.
    TypeError
        If targets are neither integers nor floats of the logits' shape, or
        logits neither integers nor floats up to float64.
    ValueError
        If shapes don't match, a distribution doesn't sum to 1 or has a negative
        probability, the vocabulary is empty, the reduction is unknown, a mean has
        no scored target, or `ignore_index` is given with distributions.

    Examples
    --------
    >>> logits = [3.2, 1.0, -0.5, 2.5]
    >>> print(f"{cross_entropy(logits, 0):.4f}")
    0.4899
    >>> print(f"{cross_entropy(logits, [0.5, 0.0, 0.0, 0.5]):.4f}")
    0.8399

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (16).
    """
    check_reduction(reduction, REDUCTIONS)
    o = as_logits(logits, axis)
    y, scored = as_targets(targets, o.shape, ignore_index, axis, distributions=True)
    losses: Losses = quiet().run(compute_losses, o, y, scored)
    return reduce_losses(losses, scored, reduction, ignore_index)


def compute_losses(o: NDArray[Any], targets: NDArray[Any], scored: BoolArray) -> Losses:
    """The loss of each target, an id or a distribution; 0 where it is ignored."""
    losses: Losses
    if targets.ndim == o.ndim:  # distributions: ids have one axis fewer
        y = targets
        losses = by_size(
            lambda rows: formulas.expected_losses(rows, y.reshape(rows.shape)),
            lambda o: _fast.expected_losses(o, y),
            o,
            np.float64,
        )
        return losses
    losses = by_size(
        lambda rows: formulas.token_losses(rows, targets.reshape(-1)),
        lambda o: _fast.token_losses(o, targets, scored),
        o,
        np.float64,
    )
    leave_out_ignored(losses, scored)
    return losses


def cross_entropy_grad(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    axis: int = -1,
    reduction: str = "sum",
    ignore_index: int | None = None,
) -> FloatArray:
    """Gradient of the summed (or mean) loss with respect to the logits: p − y.

    ∂ℓ/∂o[a] = softmax(o)[a] − y[a]: the prediction minus the target. y is 1 at the
    target id and 0 elsewhere, or the given distribution.

    Parameters
    ----------
    logits, targets, axis
        As in `cross_entropy`.
    reduction : {"sum", "mean"}
        Which loss to differentiate: the sum, or the mean over the scored targets.
    ignore_index : int, optional
        Targets of this value are not scored: their rows of the gradient are 0, whatever
        their logits. Only for integer targets.

    Returns
    -------
    array, the shape of `logits`
        In the float dtype of `logits` (float64 for integers). NaN or +inf among the
        logits of a position, or nothing but −inf, makes its gradient NaN.

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `cross_entropy`.

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
    o = as_logits(logits, axis)
    y, scored = as_targets(targets, o.shape, ignore_index, axis, distributions=True)
    n = count_scored(scored, ignore_index) if reduction == "mean" else 1
    grad: FloatArray = quiet().run(compute_gradient, o, y, scored, n)
    return grad if axis == -1 else np.moveaxis(grad, -1, axis)


def compute_gradient(
    o: NDArray[Any], targets: NDArray[Any], scored: BoolArray, divisor: int
) -> FloatArray:
    """(p − y) / divisor for each target, id or distribution; 0 where it is ignored."""
    grad: FloatArray
    if targets.ndim == o.ndim:  # distributions: ids have one axis fewer
        y = targets
        y_sum = y.sum(axis=-1, dtype=np.float64).reshape(-1, 1)  # 1 up to rounding
        grad = by_size(
            lambda rows: (
                (formulas.softmax(rows) * y_sum - y.reshape(rows.shape)) / divisor
            ),
            lambda o: _fast.expected_gradient(o, y, divisor),
            o,
            float_dtype(o),
        )
        return grad
    grad = by_size(
        lambda rows: formulas.gradient(rows, targets.reshape(-1)) / divisor,
        lambda o: _fast.gradient(o, targets, divisor),
        o,
        float_dtype(o),
    )
    leave_out_ignored(grad, scored)
    return grad


def leave_out_ignored(result: FloatArray, scored: BoolArray) -> None:
    """Set the losses, or the rows of a gradient, that are not scored to 0."""
    if np.count_nonzero(scored) < scored.size:
        result[~scored] = 0


def check_reduction(reduction: object, words: tuple[str, ...]) -> None:
    if not isinstance(reduction, str) or reduction not in words:
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
    n = count_scored(scored, ignore_index) if reduction == "mean" else 1
    return np.float64(quiet().run(lambda: (losses / n).sum()))


def count_scored(scored: BoolArray, ignore_index: int | None) -> int:
    """The number of scored targets, which a mean divides by; at least 1."""
    n = int(scored.sum())
    if n == 0:
        raise ValueError(
            f"mean of no losses: none of the {scored.size} targets is scored "
            f"(ignore_index is {ignore_index})"
        )
    return n
