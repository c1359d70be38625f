"""Broken losses in NumPy, as people write them, each with the name of its fault, or
None where it has none and the numbers must be shown."""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

BROKEN = []


def broken(*names, **declared):
    """One whose fault is one of these names."""
    return lambda loss: BROKEN.append((loss, names, declared)) or loss


def pick(x, t):
    return np.take_along_axis(x, t[..., None], -1)[..., 0]


def losses(o, t):
    return -pick(log_softmax(o, -1), t)


@broken("plain-softmax")
def textbook(o, t):
    p = np.exp(o) / np.exp(o).sum(-1, keepdims=True)
    return -np.log(p[np.arange(len(t)), t]).mean()


@broken("floor")
def epsilon(o, t):
    return -np.log(softmax(o, -1)[np.arange(len(t)), t] + 1e-8).mean()


@broken("floor")
def clip_at_1e_15(o, t):
    return -np.log(np.clip(pick(softmax(o, -1), t), 1e-15, 1)).mean()


@broken("floor")
def clip_at_a_hundredth(o, t):
    return -np.log(np.clip(pick(softmax(o, -1), t), 0.01, 1)).mean()


@broken("wrong-axis")
def softmax_over_rows_by_hand(o, t):
    e = np.exp(o - o.max(-1, keepdims=True))
    return -np.log(pick(e / e.sum(0), t)).mean()


@broken("wrong-axis")
def softmax_over_rows_unshifted(o, t):
    return -np.log(pick(np.exp(o) / np.exp(o).sum(0), t)).mean()


@broken("log-of-softmax")
def log_of_softmax(o, t):
    return -np.log(softmax(np.float32(o), axis=-1)[range(len(t)), t]).mean()


@broken("shared-maximum")
def one_maximum(o, t):
    o = o - np.max(o)
    return (np.log(np.exp(o).sum(-1)) - pick(o, t)).mean()


@broken("no-shift")
def no_maximum(o, t):
    return (np.log(np.exp(o).sum(-1)) - pick(o, t)).mean()


@broken("maximum-in-sum")
def maximum_in_the_sum(o, t):
    e = np.exp(o - o.max(-1, keepdims=True))
    return -np.log(pick(np.exp(o), t) / e.sum(-1)).mean()


@broken("maximum-at-target")
def maximum_at_the_target(o, t):
    return (logsumexp(o, -1) - pick(o - o.max(-1, keepdims=True), t)).mean()


@broken("maximum-at-target")
def maximum_above(o, t):
    e = np.exp(o - o.max(-1, keepdims=True))
    return -np.log(pick(e, t) / np.exp(o).sum(-1)).mean()


@broken("maximum-at-target")
def maximum_in_a_difference(o, t):
    below = o - o.max(-1, keepdims=True)
    return -(pick(below, t) - np.log(np.exp(o).sum(-1))).mean()


@broken("softmax-twice")
def softmax_twice(o, t):
    return losses(softmax(o, -1), t).mean()


@broken("wrong-axis")
def softmax_over_rows(o, t):
    return -log_softmax(o, axis=0)[np.arange(len(t)), t].mean()


@broken("whole-array")
def softmax_over_all(o, t):
    return -pick(np.log(np.exp(o - o.max()) / np.exp(o - o.max()).sum()), t).mean()


@broken("not-normalised")
def logit_alone(logits, targets):
    return -logits[np.arange(len(targets)), targets].mean()


@broken("no-logarithm")
def no_logarithm(o, t):
    return -pick(softmax(o, -1), t).mean()


@broken("sign")
def no_minus(o, t):
    return pick(log_softmax(o, -1), t).mean()


@broken("base-10")
def log_10(o, t):
    return -pick(log_softmax(o, -1), t).mean() / np.log(10)


@broken("temperature")
def temperature(o, t):
    return losses(o / 0.8, t).mean()


@broken("soft-cap")
def soft_cap(o, t):
    return losses(30 * np.tanh(o / 30), t).mean()


@broken("soft-cap")
def soft_cap_by_a_root(o, t):
    """As modded-nanoGPT has it."""
    return losses(15 * o / np.sqrt(o**2 + 15**2), t).mean()


@broken("clipped")
def clipped(o, t):
    return losses(np.clip(o, -50, 50), t).mean()


@broken("z-loss")
def z_loss(o, t):
    return (losses(o, t) + 1e-4 * logsumexp(o, -1) ** 2).mean()


@broken("focal")
def focal(o, t):
    p = pick(softmax(o, -1), t)
    return ((1 - p) ** 2 * losses(o, t)).mean()


@broken("scores-as-probabilities")
def divided_by_their_sum(logits, t):
    p = pick(logits / logits.sum(-1, keepdims=True), t)
    return -np.log(np.clip(p, 1e-7, 1)).mean()


@broken("sigmoid")
def sigmoid(o, t):
    return np.logaddexp(0, -pick(o, t)).mean()


@broken("binary")
def binary(o, t):
    y = np.eye(o.shape[-1])[t]
    return (np.logaddexp(0, o) - y * o).sum(-1).mean()


@broken("binary-mean")
def binary_mean(o, t):
    y = np.eye(o.shape[-1])[t]
    return (np.logaddexp(0, o) - y * o).mean()


@broken("by-vocabulary")
def mean_over_the_vocabulary_too(o, t):
    y = np.eye(o.shape[-1])[t]
    return -(y * log_softmax(o, -1)).mean()


@broken("entropy")
def entropy(o, t):
    p = softmax(o, -1)
    return -np.where(p > 0, p * log_softmax(o, -1), 0).sum(-1).mean()


@broken("accuracy")
def accuracy(o, t):
    return (o.argmax(-1) == t).mean()


@broken("error-rate")
def error_rate(o, t):
    return 1 - (o.argmax(-1) == t).mean()


@broken("brier")
def brier(o, t):
    return ((softmax(o, -1) - np.eye(o.shape[-1])[t]) ** 2).sum(-1).mean()


@broken("one-minus-p")
def one_minus_p(o, t):
    return (1 - pick(softmax(o, -1), t)).mean()


@broken("perplexity")
def perplexity(o, t):
    return np.exp(losses(o, t).mean())


@broken("mean-of-perplexities")
def mean_of_perplexities(o, t):
    return np.exp(losses(o, t)).mean()


@broken("log-of-mean")
def log_of_mean(o, t):
    return -np.log(pick(softmax(o, -1), t).mean())


@broken("scaled")
def accumulated(o, t):
    return 4 * losses(o, t).mean()


@broken("scaled")
def amp(o, t):
    return losses(o, t).mean() * 65536.0


@broken("every-pair")
def every_pair(o, t):
    return -log_softmax(o, -1)[:, t].mean()


@broken("row-index")
def row_index(o, t):
    return -log_softmax(o, -1)[t].mean()


@broken("rolled")
def rolled(o, t):
    return losses(o, np.roll(t, -1)).mean()


@broken("counted-from-one")
def counted_from_one(o, t):
    return losses(o, (t - 1) % o.shape[-1]).mean()


@broken("next-id")
def next_id(o, t):
    return losses(o, (t + 1) % o.shape[-1]).mean()


@broken("likeliest")
def likeliest(o, t):
    return -log_softmax(o, -1).max(-1).mean()


@broken("shifted-back")
def shifted_back(o, t):
    return losses(o[..., 1:, :], t[..., :-1]).mean()
