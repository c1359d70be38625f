"""Every fault of a loss, with a size where it needs one, and as people write it."""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from xent_doctor.faults import LOSS_FAULTS
from xent_doctor.reference import evaluate

SIZES = {
    "floor": 1e-9,
    "smoothing": 0.1,
    "smoothing-others": 0.1,
    "smoothing-sum": 0.1,
    "focal": 2,
    "temperature": 1.7,
    "soft-cap": 30,
    "clipped": 50,
    "z-loss": 1e-3,
    "scaled": 0.25,
    "ids-cut": 8,
    "mean-of-chunks": 1024,
    "mean-of-k-chunks": 4,
    "remainder-dropped": 1024,
    "first-rows": 1000,
    "not-rescaled": 1024,
}
PLANTED = [
    fault.of(SIZES[fault.name]) if fault.name in SIZES else fault
    for fault in LOSS_FAULTS
]


def pick(x, t):
    """Of each row of x the entry of its target."""
    return np.take_along_axis(x, t[..., None], -1)[..., 0]


def rows(o, t):
    """The right losses, 0 where a target is ignored."""
    return np.where(t == -100, 0, -pick(log_softmax(o, -1), np.where(t == -100, 0, t)))


def mean(o, t):
    return rows(o, t).sum() / (t != -100).sum()


def in_half(o, t):
    o = o.astype(np.float16)
    e = np.exp(o - o.max(-1, keepdims=True))
    p = np.log(e.sum(-1, dtype=np.float16))
    return (p - pick(o - o.max(-1, keepdims=True), t)).astype(float).mean()


def in_bfloat16(o, t):
    def cut(x):  # float32 holds bfloat16 in its upper half
        bits = np.asarray(x, np.float32).view(np.uint32)
        return ((bits + 0x8000) & 0xFFFF0000).view(np.float32)

    return cut(-pick(log_softmax(cut(o).astype(float), -1), t)).mean()


def no_shift(o, t):
    return (np.log(np.exp(o).sum(-1)) - pick(o, t)).mean()


def shared_maximum(o, t):
    below = o - o.max()
    return (np.log(np.exp(below).sum(-1)) - pick(below, t)).mean()


def plain_softmax(o, t):
    return -np.log(pick(np.exp(o) / np.exp(o).sum(-1, keepdims=True), t)).mean()


def maximum_in_sum(o, t):
    top = o.max(-1, keepdims=True)
    return (np.log(np.exp(o - top).sum(-1)) - pick(o, t)).mean()


def smoothed(o, t, s=0.1):
    y = (1 - s) * np.eye(o.shape[-1])[t] + s / o.shape[-1]
    return -(y * log_softmax(o, -1)).sum(-1).mean()


def not_rescaled(o, t, size=1024):
    """An online log-sum-exp over blocks of tokens, as flash attention has it."""
    top, total = np.full(t.shape, -np.inf), 0
    for start in range(0, o.shape[-1], size):
        part = o[..., start : start + size]
        top = np.maximum(top, part.max(-1))
        total = total + np.exp(part - top[..., None]).sum(-1)
    return (top - pick(o, t) + np.log(total)).mean()


def brier(o, t):
    return ((softmax(o, -1) - np.eye(o.shape[-1])[t]) ** 2).sum(-1).mean()


def shift(o, t):
    return mean(o[..., :-1, :], t[..., 1:])


def shift_back(o, t):
    return mean(o[..., 1:, :], t[..., :-1])


def mean_of_means(o, t):
    if t.ndim == 1:
        return mean(o, t)
    return np.mean([mean(*one) for one in zip(o, t, strict=True)])


def running(o, t):
    total = np.float32(0)
    for loss in rows(o, t)[t != -100].astype(np.float32):
        total += loss
    return total / (t != -100).sum()


def chunks(o, t, size=1024):
    return [mean(o[i : i + size], t[i : i + size]) for i in range(0, len(o), size)]


def as_keras_divides(o, t):
    """Keras, sparse_categorical_crossentropy without from_logits."""
    p = pick(o / o.sum(-1, keepdims=True), t)
    return -np.log(np.clip(p, 1e-7, 1 - 1e-7)).mean()


def binary(o, t):
    return np.logaddexp(0, o) - np.eye(o.shape[-1])[t] * o


def entropy(o, t):
    p = softmax(o, -1)
    return -np.where(p > 0, p * log_softmax(o, -1), 0).sum(-1).mean()


def to_others(o, t):
    y = np.full(o.shape, 0.1 / (o.shape[-1] - 1))
    np.put_along_axis(y, t[..., None], 0.9, -1)
    return -(y * log_softmax(o, -1)).sum(-1).mean()


def more_than_one(o, t):
    y = np.eye(o.shape[-1])[t] + 0.1 / o.shape[-1]
    return -(y * log_softmax(o, -1)).sum(-1).mean()


def without_last_chunk(o, t):
    n = len(o) // 1024 * 1024 or len(o)
    return mean(o[:n], t[:n])


def reshaped(o, t):
    if o.ndim == 2:
        return mean(o, t)
    return mean(o.reshape(o.shape[0], o.shape[2], o.shape[1]).transpose(0, 2, 1), t)


def other_order(o, t):
    return mean(o.reshape(-1, o.shape[-1]), t.T.ravel())


def ignoring_0(o, t):
    scored = t > 0
    return np.where(scored, rows(o, t), 0).sum() / scored.sum()


AS_WRITTEN = {
    "base-2": lambda o, t: mean(o, t) / np.log(2),
    "base-10": lambda o, t: np.log10(np.exp(1)) * mean(o, t),
    "sign": lambda o, t: pick(log_softmax(o, -1), t).mean(),
    "floor": lambda o, t: -np.log(pick(softmax(o, -1), t) + 1e-9).mean(),
    "smoothing": smoothed,
    "one-minus-p": lambda o, t: 1 - pick(softmax(o, -1), t).mean(),
    "brier": brier,
    "softmax-twice": lambda o, t: mean(softmax(o, -1), t),
    "temperature": lambda o, t: mean(o / 1.7, t),
    "half-precision": in_half,
    "bfloat16": in_bfloat16,
    "no-shift": no_shift,
    "shared-maximum": shared_maximum,
    "plain-softmax": plain_softmax,
    "maximum-in-sum": maximum_in_sum,
    "maximum-at-target": lambda o, t: mean(o, t) + o.max(-1)[t >= 0].mean(),
    "log-of-softmax": lambda o, t: -np.log(pick(softmax(o, -1), t)).mean(),
    "not-rescaled": not_rescaled,
    "from-zero": lambda o, t: (logsumexp(o, -1) - pick(o, t)).mean(),
    "wrong-axis": lambda o, t: -pick(log_softmax(o, -2), t).mean(),
    "not-normalised": lambda o, t: -pick(o, t).mean(),
    "no-logarithm": lambda o, t: -pick(softmax(o, -1), t).mean(),
    "likeliest": lambda o, t: -log_softmax(o, -1).max(-1).mean(),
    "counted-from-one": lambda o, t: mean(o, np.arange(o.shape[-1])[t - 1]),
    "next-id": lambda o, t: mean(o, np.roll(np.arange(o.shape[-1]), -1)[t]),
    "shifted": shift,
    "shifted-back": shift_back,
    "perplexity": lambda o, t: np.exp(mean(o, t)),
    "mean-of-perplexities": lambda o, t: np.exp(rows(o, t)[t != -100]).mean(),
    "scaled": lambda o, t: mean(o, t) / 4,
    "by-vocabulary": lambda o, t: mean(o, t) / o.shape[-1],
    "divided-twice": lambda o, t: mean(o, t) / (t != -100).sum(),
    "per-sequence": lambda o, t: rows(o, t).sum() / len(t),
    "mean-of-means": mean_of_means,
    "padded-length": lambda o, t: rows(o, t).mean(),
    "padding-scored": lambda o, t: rows(o, t % o.shape[-1]).mean(),
    "padding-as-token-0": lambda o, t: rows(o, np.maximum(t, 0)).mean(),
    "token-ignored": ignoring_0,
    "float32-sum": running,
    "smoothing-others": to_others,
    "smoothing-sum": more_than_one,
    "focal": lambda o, t: ((1 - pick(softmax(o, -1), t)) ** 2 * rows(o, t)).mean(),
    "entropy": entropy,
    "accuracy": lambda o, t: (o.argmax(-1) == t).mean(),
    "every-pair": lambda o, t: -log_softmax(o, -1)[:, t].mean(),
    "soft-cap": lambda o, t: mean(30 * np.tanh(o / 30), t),
    "clipped": lambda o, t: mean(np.clip(o, -50, 50), t),
    "whole-array": lambda o, t: -pick(log_softmax(o), t).mean(),
    "scores-as-probabilities": as_keras_divides,
    "sigmoid": lambda o, t: np.logaddexp(0, -pick(o, t)).mean(),
    "binary": lambda o, t: binary(o, t).sum(-1).mean(),
    "binary-mean": lambda o, t: binary(o, t).mean(),
    "z-loss": lambda o, t: (
        mean(o, t) + 1e-3 * (logsumexp(o[t != -100], -1) ** 2).mean()
    ),
    "ids-cut": lambda o, t: mean(o, t.astype(np.uint8)),
    "input-ignored": lambda o, t: mean(
        o[..., :-1, :], np.where(t[..., :-1] == 0, -100, t[..., 1:])
    ),
    "counted-before-shift": lambda o, t: (
        rows(o[..., :-1, :], t[..., 1:]).sum() / (t != -100).sum()
    ),
    "batch-axis": lambda o, t: -pick(log_softmax(o, -1 if o.ndim < 3 else 0), t).mean(),
    "shifted-twice": lambda o, t: mean(o[..., :-2, :], t[..., 2:]),
    "rolled": lambda o, t: mean(o, np.roll(t, -1, -1)),
    "last-dropped": lambda o, t: mean(o[..., :-1, :], t[..., :-1]),
    "first-dropped": lambda o, t: mean(o[..., 1:, :], t[..., 1:]),
    "shifted-sequences": lambda o, t: mean(o[:-1], t[1:]),
    "first-token": lambda o, t: mean(o[..., :1, :], t[..., :1]),
    "last-token": lambda o, t: mean(o[..., -1:, :], t[..., -1:]),
    "sequences-joined": lambda o, t: mean(
        o.reshape(-1, o.shape[-1])[:-1], t.ravel()[1:]
    ),
    "first-sequence": lambda o, t: mean(o[0], t[0]),
    "sequence-dropped": lambda o, t: mean(o[1:], t[1:]),
    "reshaped": reshaped,
    "other-order": other_order,
    "two-to-the-nats": lambda o, t: 2 ** mean(o, t),
    "sum-of-means": lambda o, t: sum(map(mean, o, t)),
    "mean-of-chunks": lambda o, t: np.mean(chunks(o, t)),
    "mean-of-k-chunks": lambda o, t: np.mean(chunks(o, t, -(-len(o) // 4))),
    "remainder-dropped": without_last_chunk,
    "first-rows": lambda o, t: mean(o[:1000], t[:1000]),
}

# What these show beside their fault.
BESIDE = {"masked-token"}


def planted(*faults, reduction="mean"):
    def loss(logits, targets):
        return evaluate(logits, targets, faults, reduction)

    return loss
