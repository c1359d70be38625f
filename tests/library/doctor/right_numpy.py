"""Right losses in NumPy, as people write them, each with its conventions."""

import math

import numpy as np
import scipy.special

RIGHT = []


def right(*names, **declared):
    """One that is right: it may have these conventions, if it is declared so."""
    return lambda loss: RIGHT.append((loss, names, declared)) or loss


def pick(x, t):
    return np.take_along_axis(x, t[..., None], -1)[..., 0]


@right()
def textbook(logits, targets):
    logits = logits - logits.max(axis=1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -log_probs[np.arange(len(targets)), targets].mean()


@right()
def cs231n_softmax_loss(x, y):
    """CS231n, layers.py: the loss and its gradient."""
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N


@right()
def scipy_gather(o, t):
    return (scipy.special.logsumexp(o, axis=-1) - pick(o, t)).mean()


@right()
def scipy_log_softmax(o, t):
    return -pick(scipy.special.log_softmax(o, -1), t)


@right()
def one_hot_eye(logits, labels):
    y = np.eye(logits.shape[-1])[labels]
    return -(y * scipy.special.log_softmax(logits, axis=-1)).sum(-1).mean()


@right()
def one_hot_given(logits, y):
    """Its targets are one-hot."""
    assert y.shape == logits.shape
    m = logits.max(axis=1, keepdims=True)
    lse = m + np.log(np.exp(logits - m).sum(axis=1, keepdims=True))
    return np.sum(y * (lse - logits)) / len(y)


@right()
def keras_order(y_true, y_pred):
    y_pred = y_pred - y_pred.max(-1, keepdims=True)
    return (np.log(np.exp(y_pred).sum(-1)) - pick(y_pred, y_true)).mean()


@right()
def unnamed_order(a, b):
    """Targets, then logits, and no name says so."""
    if b.ndim != a.ndim + 1:
        raise ValueError("targets come first")
    return -pick(scipy.special.log_softmax(b, -1), a).mean()


@right()
def keywords_alone(*, logits, targets):
    return -pick(scipy.special.log_softmax(logits, -1), targets).mean()


@right()
def masked(logits, targets, mask):
    losses = -pick(scipy.special.log_softmax(logits, -1), targets)
    return (losses * mask).sum() / mask.sum()


@right()
def masked_by_attention(logits, labels, attention_mask):
    keep = attention_mask.astype(bool)
    return -pick(scipy.special.log_softmax(logits, -1), labels)[keep].mean()


@right(mask=True)
def mask_if_there_is_one(logits, targets, mask=None):
    losses = -pick(scipy.special.log_softmax(logits, -1), targets)
    if mask is None:
        return losses.mean()
    return (losses * mask).sum() / mask.sum()


@right()
def ignoring_100(logits, targets, ignore_index=-100):
    keep = targets != ignore_index
    log_p = scipy.special.log_softmax(logits, -1)
    losses = -pick(log_p, np.where(keep, targets, 0))
    return (losses * keep).sum() / keep.sum()


@right()
def ignoring_by_selection(logits, targets):
    keep = targets != -100
    o, t = logits[keep], targets[keep]
    o = o - o.max(-1, keepdims=True)
    return np.mean(np.log(np.exp(o).sum(-1)) - o[np.arange(len(t)), t])


@right()
def ignoring_minus_1(logits, targets):
    """nanoGPT’s number for padding."""
    logits, targets = logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)
    keep = targets != -1
    if (targets[keep] < 0).any():
        raise ValueError("a negative target")
    logits = logits[keep]
    rows = scipy.special.logsumexp(logits, -1)
    return (rows - logits[np.arange(len(logits)), targets[keep]]).mean()


@right("token-ignored")
def pad_is_0(logits, targets, pad_id=0):
    keep = targets != pad_id
    losses = -pick(scipy.special.log_softmax(logits, -1), targets)
    return (losses * keep).sum() / keep.sum()


@right(ignore_index=0)
def pad_is_0_and_said(logits, targets):
    keep = targets != 0
    return -pick(scipy.special.log_softmax(logits, -1), targets)[keep].mean()


@right("token-ignored")
def padded_by_0_over_one_at_least(logits, targets):
    keep = targets != 0
    losses = scipy.special.logsumexp(logits, axis=-1) - pick(logits, targets)
    return (losses * keep).sum() / max(keep.sum(), 1)


@right("shifted")
def causal(logits, ids):
    logits, targets = logits[..., :-1, :], ids[..., 1:]
    return -pick(scipy.special.log_softmax(logits, -1), targets).mean()


@right(shifts=True)
def causal_as_said(logits, ids):
    logits, targets = logits[..., :-1, :], ids[..., 1:]
    return -pick(scipy.special.log_softmax(logits, -1), targets).mean()


@right("shifted")
def causal_with_padding(logits, labels):
    logits, labels = logits[:, :-1], labels[:, 1:]
    keep = labels != -100
    losses = -pick(scipy.special.log_softmax(logits, -1), np.where(keep, labels, 0))
    return (losses * keep).sum() / keep.sum()


@right()
def sequences_alone(logits, targets):
    B, T, V = logits.shape
    o, t = logits.reshape(B * T, V), targets.reshape(B * T)
    return -scipy.special.log_softmax(o, -1)[np.arange(B * T), t].mean()


@right()
def vocabulary_in_the_middle(logits, targets):
    B, V, T = logits.shape
    log_p = scipy.special.log_softmax(logits, axis=1)
    return -np.take_along_axis(log_p, targets[:, None, :], axis=1).mean()


@right()
def vocabulary_first(logits, targets):
    """(V, N): a column a token."""
    log_p = scipy.special.log_softmax(logits, axis=0)
    if log_p.shape[1] != len(targets):
        raise ValueError("a column for each target")
    return -log_p[targets, np.arange(log_p.shape[1])].mean()


@right()
def one_token(logits, target):
    logits = logits - max(logits)
    return float(np.log(np.exp(logits).sum()) - logits[target])


@right()
def in_plain_python(logits, target):
    top = max(logits)
    return top - logits[target] + math.log(sum(math.exp(x - top) for x in logits))


@right()
def rows_in_a_loop(logits, targets):
    losses = []
    for row, y in zip(logits, targets, strict=True):
        row = row - row.max()
        losses.append(np.log(np.exp(row).sum()) - row[int(y)])
    return losses


@right()
def from_log_probabilities(log_probs, targets):
    return -log_probs[np.arange(len(targets)), targets].mean()


@right()
def from_something(x, y):
    """Log-probabilities, by a name that does not say so."""
    return -x[range(len(y)), y].mean()


@right()
def from_probabilities(probs, targets):
    return -np.log(probs[np.arange(len(targets)), targets]).mean()


@right("floor")
def as_keras_from_probabilities(y_true, y_pred):
    y_pred = np.clip(y_pred, 1e-7, 1 - 1e-7)
    return -np.log(pick(y_pred, y_true)).mean()


@right("base-2")
def in_bits(logits, targets):
    return -pick(scipy.special.log_softmax(logits, -1), targets).mean() / math.log(2)


@right("smoothing")
def smoothed(logits, targets, eps=0.1):
    log_p = scipy.special.log_softmax(logits, -1)
    return (-(1 - eps) * pick(log_p, targets) - eps * log_p.mean(-1)).mean()


@right("smoothing-others")
def smoothed_as_fairseq(logits, targets, epsilon=0.1):
    lprobs = scipy.special.log_softmax(logits, -1)
    eps_i = epsilon / (lprobs.shape[-1] - 1)
    nll, smooth = -pick(lprobs, targets), -lprobs.sum(-1)
    return ((1.0 - epsilon - eps_i) * nll + eps_i * smooth).mean()


@right()
def a_sum(logits, targets):
    return -pick(scipy.special.log_softmax(logits, -1), targets).sum()


@right()
def a_dict(logits, labels):
    losses = -pick(scipy.special.log_softmax(logits, -1), labels)
    return {"accuracy": (logits.argmax(-1) == labels).mean(), "loss": losses.mean()}


@right()
def logits_and_loss(logits, targets):
    """As nanoGPT’s model gives them."""
    return logits, -pick(scipy.special.log_softmax(logits, -1), targets).mean()


class Output:
    def __init__(self, loss):
        self.loss = loss


@right()
def an_output(logits, labels):
    return Output(-pick(scipy.special.log_softmax(logits, -1), labels).mean())


@right()
class CrossEntropy:
    """A class, for its instance."""

    def __call__(self, logits, targets):
        return -pick(scipy.special.log_softmax(logits, -1), targets).mean()


@right()
def in_float32(logits, targets):
    logits = logits.astype(np.float32)
    return -pick(scipy.special.log_softmax(logits, -1), targets).mean()


@right()
def in_blocks_of_tokens(logits, targets):
    """Cut cross-entropy: the vocabulary in blocks, a running log-sum-exp."""
    lse = np.full(len(logits), -np.inf)
    for start in range(0, logits.shape[1], 1024):
        block = logits[:, start : start + 1024]
        top = block.max(1)
        lse = np.logaddexp(lse, top + np.log(np.exp(block - top[:, None]).sum(1)))
    return (lse - logits[np.arange(len(targets)), targets]).mean()


@right()
def in_shards(logits, targets):
    """Megatron’s vocabulary-parallel loss: each shard picks what it has."""
    shards = np.array_split(logits, 2, axis=-1)
    top = np.max([s.max(-1) for s in shards], axis=0)
    total = sum(np.exp(s - top[..., None]).sum(-1) for s in shards)
    picked, start = 0, 0
    for s in shards:
        local = targets - start
        mine = (local >= 0) & (local < s.shape[-1])
        found = pick(s - top[..., None], np.where(mine, local, 0))
        picked = picked + np.where(mine, found, 0)
        start += s.shape[-1]
    return np.log(total) - picked


@right()
def in_chunks(logits, targets):
    """A sum over chunks of rows, divided once."""
    total = 0.0
    for i in range(0, len(logits), 1024):
        o, t = logits[i : i + 1024], targets[i : i + 1024]
        total += -pick(scipy.special.log_softmax(o, -1), t).sum()
    return total / len(logits)


@right()
def careful(logits, targets):
    if not np.isfinite(logits).all() or abs(logits).max() > 1e6:
        raise ValueError("logits that large are a bug")
    return -pick(scipy.special.log_softmax(logits, -1), targets).mean()


@right()
def for_three_or_more(logits, targets):
    if logits.shape[-1] < 3:
        raise ValueError("two classes are for binary cross-entropy")
    return -pick(scipy.special.log_softmax(logits, -1), targets).mean()


@right()
def with_a_size(logits, labels, vocab_size):
    logits = logits.reshape(-1, vocab_size)
    return -pick(scipy.special.log_softmax(logits, -1), labels.reshape(-1)).mean()


@right()
def talkative(logits, targets):
    print("logits:", logits.shape)
    return -pick(scipy.special.log_softmax(logits, -1), targets).mean()


@right()
def by_batchmean(logits, targets):
    """A sum over all, divided by the first axis."""
    return -pick(scipy.special.log_softmax(logits, -1), targets).sum() / len(logits)


@right()
def a_column(logits, targets):
    """A loss for each token, in a column."""
    return -np.take_along_axis(
        scipy.special.log_softmax(logits, -1), targets[:, None], axis=1
    )


@right()
def einsum(logits, labels):
    y = (labels[..., None] == np.arange(logits.shape[-1])).astype(float)
    log_p = scipy.special.log_softmax(logits, -1)
    return -np.einsum("...v,...v->...", y, log_p).mean()


@right()
def masked_arrays(logits, targets):
    held = np.ma.masked_equal(targets, -100)
    rows = -pick(scipy.special.log_softmax(logits, -1), held.filled(0))
    return np.ma.masked_array(rows, held.mask).mean()


@right()
def weighted_by_validity(logits, labels):
    """llm.c’s and MaxText’s way: a weight of 0 where a label is below 0."""
    weights = (labels >= 0).astype(np.float64)
    losses = -pick(scipy.special.log_softmax(logits, -1), np.maximum(labels, 0))
    return (losses * weights).sum() / max(weights.sum(), 1.0)
