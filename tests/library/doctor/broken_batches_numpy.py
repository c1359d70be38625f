"""Broken losses of batches in NumPy: padding, means, calls, and unknown ways."""

import math

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from broken_numpy import BROKEN, broken, losses, pick

__all__ = ["BROKEN"]


@broken("ids-cut")
def ids_in_uint8(o, t):
    return losses(o, t.astype(np.uint8)).mean()


@broken("ids-cut")
def ids_in_uint16(o, t):
    return losses(o, t.astype(np.uint16)).mean()


@broken("ids-float16", "ids-cut")
def ids_in_float16(o, t):
    ids = np.minimum(t.astype(np.float16), 65504).astype(int)
    return losses(o, ids).mean()


@broken("mean-of-chunks")
def mean_of_chunks(o, t):
    means = [
        losses(o[i : i + 1024], t[i : i + 1024]).mean() for i in range(0, len(o), 1024)
    ]
    return np.mean(means)


@broken("mean-of-k-chunks")
def mean_of_four_parts(o, t):
    parts = zip(np.array_split(o, 4), np.array_split(t, 4), strict=True)
    return np.mean([losses(a, b).mean() for a, b in parts if len(b)])


@broken("remainder-dropped")
def remainder_dropped(o, t):
    n = len(o) // 256 * 256 or len(o)
    return losses(o[:n], t[:n]).mean()


@broken("first-rows")
def first_rows(o, t):
    return losses(o[:1000], t[:1000]).mean()


@broken()
def vocabulary_cut(o, t):
    o = o[..., :1024]
    return losses(o, np.minimum(t, o.shape[-1] - 1)).mean()


@broken("float32-sum")
def running_sum(o, t):
    total = np.float32(0)
    for x in losses(o, t).ravel():
        total = np.float32(total + np.float32(x))
    return total / t.size


@broken("padded-length")
def padded_length(o, t):
    return np.where(t == -100, 0, losses(o, np.where(t == -100, 0, t))).mean()


@broken("padding-as-token-0")
def padding_as_token_0(o, t):
    return losses(o, np.maximum(t, 0)).mean()


@broken("padded-length", "padding-by-place")
def padded_length_by_sign(o, t):
    return np.where(t >= 0, losses(o, np.maximum(t, 0)), 0).mean()


@broken("mean-of-means")
def mean_of_means(o, t):
    if o.ndim == 2:
        o, t = o[None], t[None]
    rows = []
    for oi, ti in zip(o, t, strict=True):
        keep = ti != -100
        rows.append(losses(oi[keep], ti[keep]).mean())
    return np.mean(rows)


@broken("sum-of-means")
def sum_of_means(o, t):
    return sum(losses(oi, ti).mean() for oi, ti in zip(o, t, strict=True))


@broken("padding-by-place")
def mask_by_length(o, t):
    """The padding is thought to stand behind."""
    n = (t != -100).sum(-1)
    keep = (
        np.arange(t.shape[-1]) < n[..., None] if t.ndim > 1 else np.arange(len(t)) < n
    )
    return losses(o, np.where(t == -100, 0, t))[keep].mean()


@broken("padding-by-place", "mean-of-means")
def stops_at_padding(o, t):
    total, n = 0.0, 0
    for row, y in zip(o.reshape(-1, o.shape[-1]), t.ravel(), strict=True):
        if y == -100:
            break
        top = row.max()
        total, n = total + top + np.log(np.exp(row - top).sum()) - row[y], n + 1
    return total / n


@broken("last-dropped")
def last_dropped(o, t):
    return losses(o[:, :-1], t[:, :-1]).mean()


@broken("reshaped")
def reshape_for_transpose(o, t):
    B, T, V = o.shape
    log_p = log_softmax(o.reshape(B, V, T), axis=1)
    return -np.take_along_axis(log_p, t[:, None, :], axis=1).mean()


@broken("other-order")
def other_order(o, t):
    B, T, V = o.shape
    return losses(o.reshape(-1, V), t.T.ravel()).mean()


@broken("shifted-sequences")
def shifted_along_the_batch(o, t):
    B, T, V = o.shape
    return losses(o[:-1], t[1:]).mean()


@broken("first-sequence")
def first_sequence(o, t):
    B, T, V = o.shape
    return losses(o[0], t[0]).mean()


@broken("running-average")
class Smooth:
    """The loss as a progress bar shows it."""

    def __init__(self):
        self.value = None

    def __call__(self, o, t):
        loss = losses(o, t).mean()
        before = loss if self.value is None else self.value
        self.value = 0.9 * before + 0.1 * loss
        return self.value


@broken("accumulated")
class Meter:
    """Never reset."""

    def __init__(self):
        self.total = 0.0

    def __call__(self, o, t):
        self.total += losses(o, t).mean()
        return self.total


@broken("random")
def dropout(o, t):
    keep = np.random.default_rng().random(o.shape) > 0.1
    return losses(o * keep, t).mean()


@broken("random")
def label_noise(o, t):
    noisy = np.random.default_rng().random(t.shape) < 0.01
    return losses(o, np.where(noisy, (t + 1) % o.shape[-1], t)).mean()


@broken("in-place")
def in_place(o, t):
    o -= o.max(-1, keepdims=True)
    return (np.log(np.exp(o).sum(-1)) - pick(o, t)).mean()


@broken()
def no_return(o, t):
    losses(o, t).mean()


@broken()
def pairs_alone(o, t):
    """An even number of rows alone."""
    o = o.reshape(2, -1, o.shape[-1]) if len(o) > 1 else o
    return losses(o, t.reshape(o.shape[:-1])).mean()


@broken()
def a_tenth_more(o, t):
    return losses(o, t).mean() + 0.1


@broken()
def median(o, t):
    return np.median(losses(o, t))


@broken("maximum-in-sum")
def target_logit_of_the_shifted(o, t):
    """ln Σ exp(o − max), less the logit that was not shifted."""
    top = o.max(-1, keepdims=True)
    return (np.log(np.exp(o - top).sum(-1)) - pick(o, t)).mean()


@broken("plain-softmax", "floor", "base-10")
def two_at_once(o, t):
    p = np.exp(o) / np.exp(o).sum(-1, keepdims=True)
    return -np.log10(pick(p, t)).mean()


@broken("half-precision")
def half(o, t):
    o = o.astype(np.float16)
    o = o - o.max(-1, keepdims=True)
    return (np.log(np.exp(o).sum(-1, dtype=np.float16)) - pick(o, t)).mean()


@broken("softmax-twice", "by-vocabulary")
def twice_and_by_vocabulary(o, t):
    return losses(softmax(o, -1), t).mean() / o.shape[-1]


@broken("floor")
def least_float32(o, t):
    p = softmax(o, -1).astype(np.float32)
    return -np.log(pick(p, t) + np.finfo(np.float32).eps).mean()


@broken("mean-of-means", "padded-length")
def divided_by_the_longest(o, t):
    if o.ndim == 2:
        o, t = o[None], t[None]
    rows = np.where(t == -100, 0, losses(o, np.maximum(t, 0)))
    return (rows.sum(-1) / t.shape[-1]).mean()


@broken("two-to-the-nats")
def two_to_the_nats(o, t):
    return 2 ** losses(o, t).mean()


@broken()
def log_p_of_the_rest(o, t):
    return -math.log(2) * losses(o, t).mean() + logsumexp(o, -1).mean()


@broken("counted-before-shift", "shifted")
def counted_before_the_shift(logits, labels):
    keep = labels[:, 1:] != -100
    rows = losses(logits[:, :-1], np.where(keep, labels[:, 1:], 0))
    return (rows * keep).sum() / (labels != -100).sum()


@broken("batch-axis")
def softmax_over_the_batch(x, t):
    B, T, V = x.shape
    e = np.exp(x - x.max(axis=0))
    return -np.log(pick(e / e.sum(axis=0), t)).mean()


@broken("mean-of-perplexities", "shifted")
def perplexity_of_evaluate(logits, labels, attn_mask):
    """Hugging Face’s: each text by itself, then a mean."""
    rows = losses(logits[:, :-1], labels[:, 1:]) * attn_mask[:, 1:]
    return np.exp(rows.sum(1) / attn_mask[:, 1:].sum(1)).mean()


@broken("ended-by-0")
def ended_by_0(logits, labels):
    return losses(logits, np.pad(labels[:, 1:], ((0, 0), (0, 1)))).mean()


@broken()
def broadcast_amiss(logits, targets):
    p = np.exp(logits - logits.max(-1))
    return -np.log(p[np.arange(len(targets)), targets]).mean()


@broken("first-sequence", "shifted")
def first_sequence_shifted(logits, labels):
    return losses(logits[0, :-1], labels[0, 1:]).mean()


@broken("sequence-dropped", "shifted")
def sequence_dropped_and_shifted(logits, labels):
    return losses(logits[1:, :-1], labels[1:, 1:]).mean()
