"""More right losses in NumPy, of code bases that the first ones are not from."""

import numpy as np
from scipy.special import log_softmax, logsumexp, xlogy

from right_numpy import RIGHT, pick, right

__all__ = ["RIGHT"]


@right("smoothing-others")
def pad_is_1_by_its_own_parameter(lprobs, target, epsilon=0.1, ignore_index=1):
    """fairseq’s label_smoothed_nll_loss, with its dictionary’s padding."""
    eps_i = epsilon / (lprobs.shape[-1] - 1)
    nll, smooth = -pick(lprobs, target), -lprobs.sum(-1)
    losses = (1.0 - epsilon - eps_i) * nll + eps_i * smooth
    return np.where(target == ignore_index, 0, losses).sum()


@right()
def one_hot_without_minus_1(logits, Y, ignore_index=-1):
    """tinygrad’s: of any number that no token has a row of zeros."""
    mask = ignore_index != Y
    y = (np.arange(logits.shape[-1]) == Y[..., None]) * mask[..., None]
    return -(y * log_softmax(logits, -1)).sum() / mask.sum()


@right()
def pad_is_asked_for(logits, targets, pad_token_id):
    keep = targets != pad_token_id
    losses = -pick(log_softmax(logits, -1), np.where(keep, targets, 0))
    return (losses * keep).sum() / keep.sum()


@right()
def mlx(logits, targets, weights=None, axis=-1, reduction="none"):
    score = np.take_along_axis(logits, np.expand_dims(targets, axis), axis)
    loss = logsumexp(logits, axis=axis) - score.squeeze(axis)
    loss = loss if weights is None else loss * weights
    return loss if reduction == "none" else getattr(np, reduction)(loss)


@right("floor")
def sklearn_log_loss(y_true, y_pred):
    eps = np.finfo(y_pred.dtype).eps
    y_pred = np.clip(y_pred, eps, 1 - eps)
    y_pred = y_pred / y_pred.sum(-1, keepdims=True)
    return -xlogy(np.eye(y_pred.shape[-1])[y_true], y_pred).sum(-1).mean()
