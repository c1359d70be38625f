"""Right losses in NumPy, as people write them, each with its conventions."""

import math

import numpy as np
from scipy.special import log_softmax, logsumexp, xlogy

from corpus.cases import case
from corpus.shared import pick


@case()
def textbook(logits, targets):
    logits = logits - logits.max(axis=1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -log_probs[np.arange(len(targets)), targets].mean()


@case()
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


@case("– from-zero")
def scipy_gather(o, t):
    return (logsumexp(o, axis=-1) - pick(o, t)).mean()


@case()
def scipy_log_softmax(o, t):
    return -pick(log_softmax(o, -1), t)


@case("– masked-token")
def one_hot_eye(logits, labels):
    y = np.eye(logits.shape[-1])[labels]
    return -(y * log_softmax(logits, axis=-1)).sum(-1).mean()


@case("– rows-alone", "– from-zero", "– masked-token")
def one_hot_given(logits, y):
    """Its targets are one-hot."""
    assert y.shape == logits.shape
    m = logits.max(axis=1, keepdims=True)
    lse = m + np.log(np.exp(logits - m).sum(axis=1, keepdims=True))
    return np.sum(y * (lse - logits)) / len(y)


@case()
def keras_order(y_true, y_pred):
    y_pred = y_pred - y_pred.max(-1, keepdims=True)
    return (np.log(np.exp(y_pred).sum(-1)) - pick(y_pred, y_true)).mean()


@case()
def unnamed_order(a, b):
    """It takes targets, then logits, and no name says so."""
    if b.ndim != a.ndim + 1:
        raise ValueError("targets come first")
    return -pick(log_softmax(b, -1), a).mean()


@case()
def keywords_alone(*, logits, targets):
    return -pick(log_softmax(logits, -1), targets).mean()


@case()
def masked(logits, targets, mask):
    losses = -pick(log_softmax(logits, -1), targets)
    return (losses * mask).sum() / mask.sum()


@case()
def masked_by_attention(logits, labels, attention_mask):
    keep = attention_mask.astype(bool)
    return -pick(log_softmax(logits, -1), labels)[keep].mean()


@case(mask=True)
def mask_if_there_is_one(logits, targets, mask=None):
    losses = -pick(log_softmax(logits, -1), targets)
    if mask is None:
        return losses.mean()
    return (losses * mask).sum() / mask.sum()


@case()
def ignoring_100(logits, targets, ignore_index=-100):
    keep = targets != ignore_index
    log_p = log_softmax(logits, -1)
    losses = -pick(log_p, np.where(keep, targets, 0))
    return (losses * keep).sum() / keep.sum()


@case()
def ignoring_by_selection(logits, targets):
    keep = targets != -100
    o, t = logits[keep], targets[keep]
    o = o - o.max(-1, keepdims=True)
    return np.mean(np.log(np.exp(o).sum(-1)) - o[np.arange(len(t)), t])


@case("– from-zero")
def ignoring_minus_1(logits, targets):
    """nanoGPT's number for padding."""
    logits, targets = logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)
    keep = targets != -1
    if (targets[keep] < 0).any():
        raise ValueError("a negative target")
    logits = logits[keep]
    each = logsumexp(logits, -1)
    return (each - logits[np.arange(len(logits)), targets[keep]]).mean()


@case()
def pad_is_0(logits, targets, pad_id=0):
    keep = targets != pad_id
    losses = -pick(log_softmax(logits, -1), targets)
    return (losses * keep).sum() / keep.sum()


@case(ignore_index=0)
def pad_is_0_and_said(logits, targets):
    keep = targets != 0
    return -pick(log_softmax(logits, -1), targets)[keep].mean()


@case("– token-ignored", "– from-zero")
def padded_by_0_over_one_at_least(logits, targets):
    keep = targets != 0
    losses = logsumexp(logits, axis=-1) - pick(logits, targets)
    return (losses * keep).sum() / max(keep.sum(), 1)


@case("– shifted")
def causal(logits, ids):
    logits, targets = logits[..., :-1, :], ids[..., 1:]
    return -pick(log_softmax(logits, -1), targets).mean()


@case(shifts=True)
def causal_as_said(logits, ids):
    logits, targets = logits[..., :-1, :], ids[..., 1:]
    return -pick(log_softmax(logits, -1), targets).mean()


@case("– shifted")
def causal_with_padding(logits, labels):
    logits, labels = logits[:, :-1], labels[:, 1:]
    keep = labels != -100
    losses = -pick(log_softmax(logits, -1), np.where(keep, labels, 0))
    return (losses * keep).sum() / keep.sum()


@case()
def sequences_alone(logits, targets):
    B, T, V = logits.shape
    o, t = logits.reshape(B * T, V), targets.reshape(B * T)
    return -log_softmax(o, -1)[np.arange(B * T), t].mean()


@case()
def vocabulary_in_the_middle(logits, targets):
    B, V, T = logits.shape
    log_p = log_softmax(logits, axis=1)
    return -np.take_along_axis(log_p, targets[:, None, :], axis=1).mean()


@case()
def vocabulary_first(logits, targets):
    """(V, N): a column for each token."""
    log_p = log_softmax(logits, axis=0)
    if log_p.shape[1] != len(targets):
        raise ValueError("a column for each target")
    return -log_p[targets, np.arange(log_p.shape[1])].mean()


@case()
def one_token(logits, target):
    logits = logits - max(logits)
    return float(np.log(np.exp(logits).sum()) - logits[target])


@case()
def in_plain_python(logits, target):
    top = max(logits)
    return top - logits[target] + math.log(sum(math.exp(x - top) for x in logits))


@case()
def rows_in_a_loop(logits, targets):
    losses = []
    for row, y in zip(logits, targets, strict=True):
        row = row - row.max()
        losses.append(np.log(np.exp(row).sum()) - row[int(y)])
    return losses


@case()
def from_log_probabilities(log_probs, targets):
    return -log_probs[np.arange(len(targets)), targets].mean()


@case()
def from_something(x, y):
    """It takes log-probabilities, and no name says so."""
    return -x[range(len(y)), y].mean()


@case()
def from_probabilities(probs, targets):
    return -np.log(probs[np.arange(len(targets)), targets]).mean()


@case("– floor")
def as_keras_from_probabilities(y_true, y_pred):
    y_pred = np.clip(y_pred, 1e-7, 1 - 1e-7)
    return -np.log(pick(y_pred, y_true)).mean()


@case("– base-2")
def in_bits(logits, targets):
    return -pick(log_softmax(logits, -1), targets).mean() / math.log(2)


@case("– smoothing")
def smoothed(logits, targets, eps=0.1):
    log_p = log_softmax(logits, -1)
    return (-(1 - eps) * pick(log_p, targets) - eps * log_p.mean(-1)).mean()


@case("– smoothing-others")
def smoothed_as_fairseq(logits, targets, epsilon=0.1):
    lprobs = log_softmax(logits, -1)
    eps_i = epsilon / (lprobs.shape[-1] - 1)
    nll, smooth = -pick(lprobs, targets), -lprobs.sum(-1)
    return ((1.0 - epsilon - eps_i) * nll + eps_i * smooth).mean()


@case()
def a_sum(logits, targets):
    return -pick(log_softmax(logits, -1), targets).sum()


@case()
def a_dict(logits, labels):
    losses = -pick(log_softmax(logits, -1), labels)
    return {"accuracy": (logits.argmax(-1) == labels).mean(), "loss": losses.mean()}


@case()
def logits_and_loss(logits, targets):
    """As nanoGPT's model returns them."""
    return logits, -pick(log_softmax(logits, -1), targets).mean()


class Output:
    def __init__(self, loss):
        self.loss = loss


@case()
def an_output(logits, labels):
    return Output(-pick(log_softmax(logits, -1), labels).mean())


@case()
class CrossEntropy:
    """A class is as good as its instance."""

    def __call__(self, logits, targets):
        return -pick(log_softmax(logits, -1), targets).mean()


@case()
def in_float32(logits, targets):
    logits = logits.astype(np.float32)
    return -pick(log_softmax(logits, -1), targets).mean()


@case("– from-zero")
def in_blocks_of_tokens(logits, targets):
    """Cut cross-entropy: the vocabulary in blocks, a running log-sum-exp."""
    lse = np.full(len(logits), -np.inf)
    for start in range(0, logits.shape[1], 1024):
        block = logits[:, start : start + 1024]
        top = block.max(1)
        lse = np.logaddexp(lse, top + np.log(np.exp(block - top[:, None]).sum(1)))
    return (lse - logits[np.arange(len(targets)), targets]).mean()


@case()
def in_shards(logits, targets):
    """Megatron's vocabulary-parallel loss: each shard picks what it has."""
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


@case("– per-sequence")
def in_chunks(logits, targets):
    """A sum over chunks of rows, divided once."""
    total = 0.0
    for i in range(0, len(logits), 1024):
        o, t = logits[i : i + 1024], targets[i : i + 1024]
        total += -pick(log_softmax(o, -1), t).sum()
    return total / len(logits)


@case()
def careful(logits, targets):
    if not np.isfinite(logits).all() or abs(logits).max() > 1e6:
        raise ValueError("logits that large are a bug")
    return -pick(log_softmax(logits, -1), targets).mean()


@case()
def for_three_or_more(logits, targets):
    if logits.shape[-1] < 3:
        raise ValueError("two classes are for binary cross-entropy")
    return -pick(log_softmax(logits, -1), targets).mean()


@case()
def with_a_size(logits, labels, vocab_size):
    logits = logits.reshape(-1, vocab_size)
    return -pick(log_softmax(logits, -1), labels.reshape(-1)).mean()


@case()
def talkative(logits, targets):
    print("logits:", logits.shape)
    return -pick(log_softmax(logits, -1), targets).mean()


@case("– per-sequence")
def by_batchmean(logits, targets):
    """A sum over all, divided by the first axis."""
    return -pick(log_softmax(logits, -1), targets).sum() / len(logits)


@case()
def a_column(logits, targets):
    """A loss for each token, in a column."""
    return -np.take_along_axis(log_softmax(logits, -1), targets[:, None], axis=1)


@case("– masked-token")
def einsum(logits, labels):
    y = (labels[..., None] == np.arange(logits.shape[-1])).astype(float)
    log_p = log_softmax(logits, -1)
    return -np.einsum("...v,...v->...", y, log_p).mean()


@case()
def masked_arrays(logits, targets):
    held = np.ma.masked_equal(targets, -100)
    each = -pick(log_softmax(logits, -1), held.filled(0))
    return np.ma.masked_array(each, held.mask).mean()


@case()
def weighted_by_validity(logits, labels):
    """llm.c's and MaxText's way: a weight of 0 where a label is below 0."""
    weights = (labels >= 0).astype(np.float64)
    losses = -pick(log_softmax(logits, -1), np.maximum(labels, 0))
    return (losses * weights).sum() / max(weights.sum(), 1.0)


@case("– smoothing-others")
def pad_is_1_by_its_own_parameter(lprobs, target, epsilon=0.1, ignore_index=1):
    """fairseq's label_smoothed_nll_loss, with its dictionary's padding."""
    eps_i = epsilon / (lprobs.shape[-1] - 1)
    nll, smooth = -pick(lprobs, target), -lprobs.sum(-1)
    losses = (1.0 - epsilon - eps_i) * nll + eps_i * smooth
    return np.where(target == ignore_index, 0, losses).sum()


@case("– masked-token")
def one_hot_without_minus_1(logits, Y, ignore_index=-1):
    """As in tinygrad: a number that no token has becomes a row of zeros."""
    mask = ignore_index != Y
    y = (np.arange(logits.shape[-1]) == Y[..., None]) * mask[..., None]
    return -(y * log_softmax(logits, -1)).sum() / mask.sum()


@case()
def pad_is_asked_for(logits, targets, pad_token_id):
    keep = targets != pad_token_id
    losses = -pick(log_softmax(logits, -1), np.where(keep, targets, 0))
    return (losses * keep).sum() / keep.sum()


@case("– from-zero")
def mlx(logits, targets, weights=None, axis=-1, reduction="none"):
    score = np.take_along_axis(logits, np.expand_dims(targets, axis), axis)
    loss = logsumexp(logits, axis=axis) - score.squeeze(axis)
    loss = loss if weights is None else loss * weights
    return loss if reduction == "none" else getattr(np, reduction)(loss)


@case("– floor")
def sklearn_log_loss(y_true, y_pred):
    eps = np.finfo(y_pred.dtype).eps
    y_pred = np.clip(y_pred, eps, 1 - eps)
    y_pred = y_pred / y_pred.sum(-1, keepdims=True)
    return -xlogy(np.eye(y_pred.shape[-1])[y_true], y_pred).sum(-1).mean()


@case()
def of_an_output(outputs, labels, num_items_in_batch=None):
    """As transformers' Trainer wants it."""
    losses = -pick(log_softmax(outputs.logits, -1), labels)
    return losses.sum() / (num_items_in_batch or losses.size)


@case("– smoothing")
class LabelSmoother:
    """transformers'."""

    ignore_index = -100

    def __call__(self, model_output, labels):
        held = isinstance(model_output, dict)
        logits = model_output["logits"] if held else model_output[0]
        keep = labels != self.ignore_index
        log_p = log_softmax(logits, -1)
        nll, smooth = -pick(log_p, np.maximum(labels, 0)), -log_p.mean(-1)
        return ((0.9 * nll + 0.1 * smooth) * keep).sum() / keep.sum()


@case("– shifted", "– mask-ahead")
def masked_by_the_input(logits, input_ids, loss_mask):
    """Its mask is that of the places that predict."""
    keep = loss_mask[:, :-1]
    losses = -pick(log_softmax(logits[:, :-1], -1), input_ids[:, 1:])
    return (losses * keep).sum() / keep.sum()


@case()
def named_beside(predt, label):
    """As in XGBoost, whose metrics return a name first."""
    return "mlogloss", -pick(log_softmax(predt, -1), label).mean()


@case()
class TimeSoftmaxWithLoss:
    """As in Deep Learning from Scratch: it has a forward, and no __call__."""

    def __init__(self):
        self.ignore_label = -1

    def forward(self, xs, ts):
        N, T, V = xs.shape
        keep = ts != self.ignore_label
        losses = -pick(log_softmax(xs, -1), np.where(keep, ts, 0))
        return (losses * keep).sum() / keep.sum()


@case("– per-sequence")
def cs231n_temporal_softmax_loss(x, y, mask):
    """CS231n, rnn_layers.py: divided by the sequences."""
    N, T, V = x.shape
    losses = -pick(log_softmax(x.reshape(N * T, V), -1), y.reshape(N * T))
    return np.sum(mask.reshape(N * T) * losses) / N


@case("– from-zero", "– masked-token")
def less_the_hit(logits, targets):
    """Given a number that no token has, it returns the log-sum-exp."""
    y = np.arange(logits.shape[-1]) == targets[..., None]
    return np.mean(logsumexp(logits, -1) - (logits * y).sum(-1))


@case("– from-zero")
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


@case("– shifted", "– from-zero", "– masked-token")
def less_the_hit_shifted(logits, labels):
    return less_the_hit(logits[..., :-1, :], labels[..., 1:])


# Four styles of any reduction, in both types of floats, with padding and without.


def below_the_maximum(o, t):
    o = o - o.max(-1, keepdims=True)
    return np.log(np.exp(o).sum(-1)) - pick(o, t)


STYLES = {
    "by_log_softmax": (lambda o, t: -pick(log_softmax(o, -1), t),),
    "by_logsumexp": (lambda o, t: logsumexp(o, -1) - pick(o, t), "– from-zero"),
    "below_the_maximum": (below_the_maximum,),
    "by_one_hot": (
        lambda o, t: -(np.eye(o.shape[-1])[t] * log_softmax(o, -1)).sum(-1),
        "– masked-token",
    ),
}


def plain(losses, reduction, dtype):
    def loss(o, t):
        each = losses(o.astype(dtype), t)
        return each if reduction == "none" else getattr(each, reduction)().tolist()

    return loss


def without_padding(losses, reduction, dtype):
    def loss(o, t):
        scored = t != -100
        if reduction == "none":
            ids = np.where(scored, t, 0)
            return np.where(scored, losses(o.astype(dtype), ids), 0)
        return getattr(losses(o[scored].astype(dtype), t[scored]), reduction)()

    return loss


for style, (losses, *precision) in STYLES.items():
    for reduction in ("none", "mean", "sum"):
        for dtype in (np.float32, np.float64):
            name = f"{style}_{reduction}_{dtype.__name__}"
            loss = plain(losses, reduction, dtype)
            case.of(loss, *precision, name=name)
            loss = without_padding(losses, reduction, dtype)
            case.of(loss, *precision, name=f"{name}_without_padding")


@case()
def loss_of_indices(logits, targets):
    """Its name holds that of the Dice loss."""
    return -pick(log_softmax(logits, -1), targets).mean()
