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


@right()
def of_an_output(outputs, labels, num_items_in_batch=None):
    """As transformers’ Trainer wants it."""
    losses = -pick(log_softmax(outputs.logits, -1), labels)
    return losses.sum() / (num_items_in_batch or losses.size)


@right("smoothing")
class LabelSmoother:
    """transformers’."""

    ignore_index = -100

    def __call__(self, model_output, labels):
        held = isinstance(model_output, dict)
        logits = model_output["logits"] if held else model_output[0]
        keep = labels != self.ignore_index
        log_p = log_softmax(logits, -1)
        nll, smooth = -pick(log_p, np.maximum(labels, 0)), -log_p.mean(-1)
        return ((0.9 * nll + 0.1 * smooth) * keep).sum() / keep.sum()


@right("shifted", "mask-ahead")
def masked_by_the_input(logits, input_ids, loss_mask):
    """The mask is that of the place that predicts."""
    keep = loss_mask[:, :-1]
    losses = -pick(log_softmax(logits[:, :-1], -1), input_ids[:, 1:])
    return (losses * keep).sum() / keep.sum()


@right()
def named_beside(predt, label):
    """xgboost’s metrics have a name."""
    return "mlogloss", -pick(log_softmax(predt, -1), label).mean()


@right()
class TimeSoftmaxWithLoss:
    """Deep Learning from Scratch: a forward, and no __call__."""

    def __init__(self):
        self.ignore_label = -1

    def forward(self, xs, ts):
        N, T, V = xs.shape
        keep = ts != self.ignore_label
        losses = -pick(log_softmax(xs, -1), np.where(keep, ts, 0))
        return (losses * keep).sum() / keep.sum()


@right("per-sequence")
def cs231n_temporal_softmax_loss(x, y, mask):
    """CS231n, rnn_layers.py: divided by the sequences."""
    N, T, V = x.shape
    losses = -pick(log_softmax(x.reshape(N * T, V), -1), y.reshape(N * T))
    return np.sum(mask.reshape(N * T) * losses) / N


@right("from-zero", "masked-token")
def less_the_hit(logits, targets):
    """Of a number that no token has it gives the log-sum-exp."""
    y = np.arange(logits.shape[-1]) == targets[..., None]
    return np.mean(logsumexp(logits, -1) - (logits * y).sum(-1))


@right("from-zero")
def by_blocks_of_the_vocabulary(targets, scores, block=3):
    """A running log-sum-exp, and the logit of the target where its block comes."""
    top, total, hit = np.full(len(scores), -np.inf), 0.0, np.zeros(len(scores))
    for start in range(0, scores.shape[1], block):
        part = scores[:, start : start + block]
        new = np.maximum(top, part.max(1))
        total = total * np.exp(top - new) + np.exp(part - new[:, None]).sum(1)
        inside = (targets >= start) & (targets < start + part.shape[1])
        hit[inside] = part[inside, targets[inside] - start]
        top = new
    return float((top + np.log(total) - hit).sum())


@right("shifted", "from-zero", "masked-token")
def less_the_hit_shifted(logits, labels):
    return less_the_hit(logits[..., :-1, :], labels[..., 1:])
