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
    as_real,
    as_targets,
    at,
    check_number,
    float_dtype,
)
from ._compute import by_size, quiet
from ._softmax import logsumexp, softmax

REDUCTIONS = ("none", "sum", "mean")


def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    axis: int = -1,
    reduction: str = "none",
    ignore_index: int | None = None,
    weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
) -> Losses | np.float64:
    """Cross-entropy loss of logits: −ln p(target), the term inside Formula (16).

    ℓ = ln Σ exp(o) − o[target], in nats. If the targets are distributions y
    over the vocabulary, ℓ = H(y, p) = −Σₐ y[a] ln p[a], with 0 · ln 0 = 0.

    With options, ℓ = −Σₐ w[a] ((1 − ε) y[a] + ε / V) ln p[a] + z (ln Σ exp(o))²,
    where w is `weight`, ε `label_smoothing` and z `z_loss`.

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
    weight : array_like of floats or integers, shape (V,), optional
        A weight for each token of the vocabulary, at least 0. As in PyTorch, the mean
        over ids divides by the weights of the scored targets, not by their number; the
        mean over distributions divides by their number.
    label_smoothing : float
        ε, from 0 to 1: the share of each target that is spread over the vocabulary.
    z_loss : float
        z, at least 0: how much the squared log-sum-exp adds, such as 10⁻⁴ in PaLM.

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
        no scored target (or none with a weight), `ignore_index` is given with
        distributions, or an option is outside its range.

    Examples
    --------
    >>> logits = [3.2, 1.0, -0.5, 2.5]
    >>> print(f"{cross_entropy(logits, 0):.4f}")
    0.4899
    >>> print(f"{cross_entropy(logits, [0.5, 0.0, 0.0, 0.5]):.4f}")
    0.8399
    >>> print(f"{cross_entropy(logits, 0, label_smoothing=0.1):.4f}")
    0.6549

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (16). Szegedy et al.,
    "Rethinking the Inception architecture for computer vision", CVPR 2016, for ε.
    Chowdhery et al., "PaLM: scaling language modeling with pathways", JMLR 24 (2023),
    for z.
    """
    check_reduction(reduction, REDUCTIONS)
    o = as_logits(logits, axis)
    y, scored = as_targets(targets, o.shape, ignore_index, axis, distributions=True)
    w = as_weight(weight, o.shape[-1])
    check_share("label_smoothing", label_smoothing, 1)
    check_share("z_loss", z_loss)
    q = spread(y, o.shape, w, label_smoothing)
    losses: Losses = quiet().run(compute_losses, o, q, scored)
    if z_loss:
        losses += quiet().run(z_losses, logits, axis, scored, z_loss)
    return reduce_losses(losses, weights_of(y, scored, w), reduction, ignore_index)


def log_prob(
    logits: ArrayLike, targets: ArrayLike, *, ignore_index: int | None = None
) -> Losses | np.float64:
    """Log-probability of a sequence: Σᵢ ln p(xᵢ₊₁ | x₁:ᵢ), minus its summed losses.

    This is what DPO and policy gradients compare. Divided by the number of scored
    tokens, it is minus the mean loss.

    Parameters
    ----------
    logits : array_like of floats or integers, shape (..., T, V)
        The logits of T predictions.
    targets : array_like of integers, shape (..., T)
        The tokens that came: the inputs, one step later (see `next_token_pairs`).
    ignore_index : int, optional
        Targets of this value are not scored, such as a prompt or padding.

    Returns
    -------
    float64, shape (...)
        In nats; 0 where no token is scored.

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `cross_entropy`; ValueError also without an axis of tokens.

    Examples
    --------
    >>> logits = [[3.2, 1.0, -0.5, 2.5], [0.1, -0.7, 0.4, 2.0]]
    >>> print(f"{log_prob(logits, [0, 3]):.4f}")
    -0.8396

    References
    ----------
    Rafailov et al., "Direct preference optimization: your language model is secretly
    a reward model", NeurIPS 2023, equation (7), compares such sums.
    """
    o = as_logits(logits)
    ids, scored = as_targets(targets, o.shape, ignore_index)
    if ids.ndim == 0:
        raise ValueError(
            f"logits must have axes (..., T, V), with T tokens, got shape {o.shape}"
        )
    losses: Losses = quiet().run(compute_losses, o, ids, scored)
    total: Losses = quiet().run(lambda: 0 - losses.sum(axis=-1))
    return total[()]


def as_weight(weight: ArrayLike | None, V: int) -> Losses | None:
    """The weight of each token of the vocabulary, or None if all are 1."""
    if weight is None:
        return None
    w = as_real("weight", weight).astype(np.float64)
    if w.shape != (V,):
        raise ValueError(f"weight must have shape (V,), here ({V},), got {w.shape}")
    wrong = ~((w >= 0) & (w < np.inf))
    if wrong.any():
        where = np.argwhere(wrong)[0]
        raise ValueError(
            f"{at('weight', where)} is {w[tuple(where)]}, "
            f"expected at least 0 and finite"
        )
    return w


def check_share(name: str, value: float, most: float = np.inf) -> None:
    check_number(name, value)
    if not (0 <= value <= most and value < np.inf):
        limits = "at least 0 and finite" if most == np.inf else f"from 0 to {most}"
        raise ValueError(f"{name} must be {limits}, got {value}")


def spread(
    targets: NDArray[Any], shape: tuple[int, ...], weight: Losses | None, share: float
) -> NDArray[Any]:
    """w[a] ((1 − ε) y[a] + ε / V) for each token; without options, the targets."""
    if weight is None and not share:
        return targets
    V = shape[-1]
    q = np.full(shape, share / V)
    if targets.ndim == len(shape):
        q += (1 - share) * targets
    else:
        at_target = targets[..., None]
        np.put_along_axis(q, at_target, 1 - share + share / V, axis=-1)
    return q if weight is None else q * weight


def weights_of(
    targets: NDArray[Any], scored: BoolArray, weight: Losses | None
) -> NDArray[Any]:
    """What a mean divides by, for each target: its weight, or whether it is scored."""
    if weight is None or targets.ndim > scored.ndim:
        return scored
    return np.where(scored, weight[targets], 0)


def z_losses(logits: ArrayLike, axis: int, scored: BoolArray, z_loss: float) -> Losses:
    """z (ln Σ exp(o))² of each scored target."""
    log_sum = np.where(scored, logsumexp(logits, axis=axis), 0)
    result: Losses = z_loss * log_sum * log_sum
    return result


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
    else:
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
    weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
) -> FloatArray:
    """Gradient of the summed (or mean) loss with respect to the logits: p − y.

    ∂ℓ/∂o[a] = softmax(o)[a] − y[a]: the prediction minus the target. y is 1 at the
    target id and 0 elsewhere, or the given distribution. With weights or smoothing it
    is p[a] Σ q − q[a], q being what −ln p is multiplied by, and z-loss adds
    2 z p[a] ln Σ exp(o).

    Parameters
    ----------
    logits, targets, axis
        As in `cross_entropy`.
    reduction : {"sum", "mean"}
        Which loss to differentiate: the sum, or the mean over the scored targets.
    ignore_index : int, optional
        Targets of this value are not scored: their rows of the gradient are 0, whatever
        their logits. Only for integer targets.
    weight, label_smoothing, z_loss
        As in `cross_entropy`.

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
    w = as_weight(weight, o.shape[-1])
    check_share("label_smoothing", label_smoothing, 1)
    check_share("z_loss", z_loss)
    of_each = weights_of(y, scored, w)
    n = count_scored(of_each, ignore_index) if reduction == "mean" else 1
    q = spread(y, o.shape, w, label_smoothing)
    grad: FloatArray = quiet().run(compute_gradient, o, q, scored, n)
    if z_loss:
        grad += quiet().run(z_gradient, logits, axis, scored, z_loss / n)
    return grad if axis == -1 else np.moveaxis(grad, -1, axis)


def z_gradient(
    logits: ArrayLike, axis: int, scored: BoolArray, z_loss: float
) -> NDArray[Any]:
    """2 z p[a] ln Σ exp(o), with the vocabulary last."""
    p = np.moveaxis(softmax(logits, axis=axis), axis, -1)
    slope = 2 * z_loss * np.asarray(logsumexp(logits, axis=axis))[..., None]
    return np.where(scored[..., None], slope * p, 0).astype(p.dtype)


def compute_gradient(
    o: NDArray[Any], targets: NDArray[Any], scored: BoolArray, divisor: float
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
    else:
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
    losses: Losses, scored: NDArray[Any], reduction: str, ignore_index: int | None
) -> Losses | np.float64:
    """The losses, their sum, or their mean over the scored ones, by their weights."""
    if reduction == "none":
        return losses[()]
    n = count_scored(scored, ignore_index) if reduction == "mean" else 1
    return np.float64(quiet().run(lambda: (losses / n).sum()))


def count_scored(scored: NDArray[Any], ignore_index: int | None) -> float:
    """The number of scored targets, or the sum of their weights, which a mean divides
    by; above 0."""
    n: float = scored.sum().item()
    if n == 0:
        scores = "is scored" if scored.dtype == np.bool_ else "has a weight above 0"
        raise ValueError(
            f"mean of no losses: none of the {scored.size} targets {scores} "
            f"(ignore_index is {ignore_index})"
        )
    return n
