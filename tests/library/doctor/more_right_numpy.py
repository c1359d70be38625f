"""More right losses in NumPy, of code bases that the first ones are not from."""

import numpy as np
from scipy.special import log_softmax

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
