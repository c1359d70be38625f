"""Sequences: their layout, and what is lost or mixed up among them."""

import numpy as np
from scipy.special import log_softmax

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy


@case("✗ sum-of-means")
def sum_of_means(o, t):
    return sum(rows(oi, ti).mean() for oi, ti in zip(o, t, strict=True))


@case("– per-sequence")
def summed_in_each_row(o, t):
    return rows(o, t).sum(axis=-1).mean()


@case("– per-sequence")
def summed_in_each_row_without_padding(o, t):
    losses = np.where(t == -100, 0, rows(o, np.where(t == -100, 0, t)))
    return losses.sum(axis=-1).mean()


@case("✗ last-dropped")
def last_dropped(o, t):
    return rows(o[:, :-1], t[:, :-1]).mean()


@case("✗ reshaped")
def reshape_for_transpose(o, t):
    B, T, V = o.shape
    log_p = log_softmax(o.reshape(B, V, T), axis=1)
    return -np.take_along_axis(log_p, t[:, None, :], axis=1).mean()


@case("✗ other-order")
def other_order(o, t):
    B, T, V = o.shape
    return rows(o.reshape(-1, V), t.T.ravel()).mean()


@case("✗ shifted-sequences")
def shifted_along_the_batch(o, t):
    B, T, V = o.shape
    return rows(o[:-1], t[1:]).mean()


@case("✗ first-sequence")
def first_sequence(o, t):
    B, T, V = o.shape
    return rows(o[0], t[0]).mean()


@case("✗")
def pairs_alone(o, t):
    """It takes an even number of rows only."""
    o = o.reshape(2, -1, o.shape[-1]) if len(o) > 1 else o
    return rows(o, t.reshape(o.shape[:-1])).mean()


@case("✗ batch-axis")
def softmax_over_the_batch(x, t):
    B, T, V = x.shape
    e = np.exp(x - x.max(axis=0))
    return -np.log(pick(e / e.sum(axis=0), t)).mean()


@case("– shifted", "✗ mean-of-perplexities")
def perplexity_of_evaluate(logits, labels, attn_mask):
    """Hugging Face's: each text by itself, then a mean."""
    each = rows(logits[:, :-1], labels[:, 1:]) * attn_mask[:, 1:]
    return np.exp(each.sum(1) / attn_mask[:, 1:].sum(1)).mean()


@case("– shifted", "✗ first-sequence")
def first_sequence_shifted(logits, labels):
    return rows(logits[0, :-1], labels[0, 1:]).mean()


@case("– shifted", "✗ sequence-dropped")
def sequence_dropped_and_shifted(logits, labels):
    return rows(logits[1:, :-1], labels[1:, 1:]).mean()


# A softmax over another axis.


case.of(lambda o, t: cross_entropy(o, t, axis=1), name="vocabulary_in_axis_1")


@case("✗ wrong-axis", "– masked-token")
def softmax_over_axis_1_that_picks_from_the_last(o, t):
    """Right in no layout."""
    y = np.arange(o.shape[-1]) == t[..., None]
    o = o - o.max(axis=1, keepdims=True)
    return -(y * (o - np.log(np.exp(o).sum(1, keepdims=True)))).sum(-1).mean()


case.of(
    softmax_over_axis_1_that_picks_from_the_last,
    "– wrong-axis",
    "– masked-token",
    allow=["wrong-axis"],
)


@case("– rows-alone", "– masked-token")
def softmax_over_axis_1_divided_by_rows(o, t):
    y = np.arange(o.shape[-1]) == t[..., None]
    return -(y * log_softmax(o, axis=1)).sum() / len(o)


@case("✗ by-vocabulary", "– rows-alone", "– masked-token")
def softmax_over_axis_1_divided_by_all(o, t):
    """As in KLDivLoss, whose mean is over the vocabulary, too."""
    y = np.arange(o.shape[-1]) == t[..., None]
    return -(y * log_softmax(o, axis=1)).mean()


@case("✗ wrong-axis")
def softmax_over_axis_1_of_time(logits, targets):
    seq_len = targets.shape[-1]
    total = np.take_along_axis(log_softmax(logits, 1), targets[..., None], -1).sum()
    return -total / (targets.size // seq_len * seq_len)


@case("– rows-alone", "– masked-token")
def summed_over_axis_1(o, t):
    y = np.arange(o.shape[-1]) == t[..., None]
    return -(y * log_softmax(o, -1)).sum(1).mean()


@case("✗ batch-axis")
def batch_axis_below_nothing(o, t):
    B, T, V = o.shape
    return -np.log(pick(np.exp(o) / np.exp(o).sum(0), t)).mean()


@case("✗ batch-axis")
def batch_axis_below_the_maximum_of_all(o, t):
    B, T, V = o.shape
    e = np.exp(o - o.max())
    return -np.log(pick(e / e.sum(0), t)).mean()


@case("✗ batch-axis")
def batch_axis_below_the_maximum_of_rows(o, t):
    B, T, V = o.shape
    e = np.exp(o - o.max(-1)[..., None])
    return -np.log(pick(e / e.sum(0), t)).mean()


@case("✗ batch-axis")
def batch_axis_where_there_is_one(o, t):
    return -pick(log_softmax(o, -1 if o.ndim < 3 else 0), t).mean()


# Rows alone, or sequences alone.


@case()
def rows_alone(o, t):
    return -log_softmax(o, -1)[np.arange(len(t)), t].mean()


@case("✗ rows-alone")
def gathered_along_axis_1(o, t):
    """PyTorch's x.gather(1, index), which cuts the other axes to those of the index."""
    x, index = log_softmax(o, -1), t[..., None]
    cut = (slice(n if axis != 1 else None) for axis, n in enumerate(index.shape))
    return -np.take_along_axis(x[tuple(cut)], index, 1).mean()


@case("– rows-alone")
def sequences_reshaped_and_cut(logits, targets):
    if logits.ndim == 3:
        logits, targets = logits[:, 1:, :], targets[:, :-1] * 0
    return -np.take_along_axis(log_softmax(logits, -1), targets[..., None], -1).mean()


@case("✗")
def twice_of_three_sequences(logits, targets):
    B, T, V = logits.shape
    each = rows(logits.reshape(B * T, V), targets.reshape(-1))
    return each.mean() * (1 + (B > 2))


@case("✗")
def even_number_of_sequences_alone(logits, targets):
    _, _, V = logits.shape
    return rows(logits.reshape(2, -1, V), targets.reshape(2, -1)).mean()


@case()
def a_number_for_each_sequence(o, t):
    each = cross_entropy(o, t)
    return each.mean(-1) if o.ndim == 3 else each.reshape(-1).mean()


case.of(
    lambda o, t: a_number_for_each_sequence(o, t).mean(),
    name="mean_of_a_number_for_each_sequence",
)


@case()
def column_for_each_row(AL, Y):
    return -np.sum(Y * np.log(AL)) / Y.shape[1]


@case("?")
def list_of_numbers_for_sequences(logits, labels):
    assert logits.ndim == 3
    return [*cross_entropy(logits, labels).mean(1)]


# Tokens and sequences that are left out.


@case("✗ last-token")
def last_token(o, t):
    if np.ndim(o) == 3:
        o, t = o[:, -1], t[:, -1]
    return cross_entropy(o, t).mean()


case.of(last_token, "– last-token", allow=["last-token"])


@case("✗ last-token")
def last_token_by_the_length_of_its_shape(o, t):
    if len(o.shape) == 3:
        o, t = o[:, -1], t[:, -1]
    return cross_entropy(o, t).mean()


@case("✗ first-token", "✗ padding-by-place")
def first_token(o, t):
    return rows(o[..., :1, :], t[..., :1]).mean()


@case("✗ last-token")
def last_token_of_any_shape(o, t):
    return rows(o[..., -1:, :], t[..., -1:]).mean()


@case("✗ first-dropped")
def first_dropped_of_any_shape(o, t):
    return rows(o[..., 1:, :], t[..., 1:]).mean()


@case("✗ last-dropped")
def last_dropped_of_any_shape(o, t):
    return cross_entropy(o[..., :-1, :], t[..., :-1]).mean()


def of_rows(o, t):
    return cross_entropy(o, t).mean()


def laid_in_a_row(o, t):
    return cross_entropy(o.reshape(-1, o.shape[-1]), t.reshape(-1)).mean()


def of_three_axes(o, t):
    assert o.ndim == 3
    return of_rows(o, t)


def without_the_first(loss):
    return lambda o, t: loss(o[1:], t[1:])


def without_the_last(loss):
    return lambda o, t: loss(o[:-1], t[:-1])


for loss in (of_rows, laid_in_a_row, of_three_axes):
    name = f"first_sequence_dropped_{loss.__name__}"
    case.of(without_the_first(loss), "✗ sequence-dropped", name=name)
    name = f"last_sequence_dropped_{loss.__name__}"
    case.of(without_the_last(loss), "✗ sequence-dropped", name=name)


@case("✗ first-dropped", "– rows-alone")
def first_of_all_dropped(o, t):
    return of_rows(o.reshape(-1, o.shape[-1])[1:], t.ravel()[1:])


@case("✗ last-dropped", "– rows-alone")
def last_of_all_dropped(o, t):
    return of_rows(o.reshape(-1, o.shape[-1])[:-1], t.ravel()[:-1])


@case("✗ first-dropped")
def first_dropped_of_rows_alone(o, t):
    assert o.ndim == 2
    return laid_in_a_row(o[1:], t[1:])


@case("✗ last-dropped")
def last_dropped_of_rows_alone(o, t):
    assert o.ndim == 2
    return laid_in_a_row(o[:-1], t[:-1])


@case("✗ sequence-dropped")
def sequence_dropped(o, t):
    return cross_entropy(o[1:], t[1:]).mean()


@case("✗ sequence-dropped")
def first_sequence_dropped_of_all(o, t):
    return cross_entropy(o[1:], t[1:]).sum() / t.size


@case("✗ sequence-dropped")
def last_sequence_dropped_of_all(o, t):
    return sum(cross_entropy(o[i], t[i]).sum() / t.size for i in range(len(o) - 1))


# Means and perplexities of sequences.


@case("– token-ignored", "✗ padded-length", "– per-sequence")
def sum_by_sequences_without_token_2(o, t):
    each = np.where(t == 2, 0, cross_entropy(o, np.maximum(t, 0)))
    return each.sum() / len(t)


case.of(sum_by_sequences_without_token_2, "– per-sequence", ignore_index=2)


@case("✗ mean-of-perplexities")
def perplexities_of_sequences(o, t):
    return np.exp(rows(o, t).mean(-1)).mean()


@case("✗ mean-of-perplexities")
def perplexities_of_sequences_in_a_loop(o, t):
    return np.mean([np.exp(one.mean()) for one in rows(o, t)])


@case("✗ mean-of-perplexities")
def perplexities_of_sequences_alone(o, t):
    assert o.ndim == 3
    return perplexities_of_sequences(o, t)


@case("✗ mean-of-perplexities")
def perplexities_of_sequences_alone_in_a_loop(o, t):
    assert o.ndim == 3
    return perplexities_of_sequences_in_a_loop(o, t)


case.of(
    lambda o, t: perplexities_of_sequences(o[..., :-1, :], t[..., 1:]),
    "– shifted",
    "✗ mean-of-perplexities",
    name="perplexities_of_shifted_sequences",
)
case.of(
    lambda o, t: perplexities_of_sequences_in_a_loop(o[..., :-1, :], t[..., 1:]),
    "– shifted",
    "✗ mean-of-perplexities",
    name="perplexities_of_shifted_sequences_in_a_loop",
)


@case("✗ mean-of-means")
def mean_of_means_where_there_are_sequences(o, t):
    if t.ndim == 1:
        return cross_entropy(o, t, reduction="mean", ignore_index=-100)
    pairs = zip(o, t)
    how = {"reduction": "mean", "ignore_index": -100}
    return np.mean([cross_entropy(*pair, **how) for pair in pairs])


# Axes that are reshaped where they should be exchanged.


@case("✗ reshaped")
def images_reshaped(o, t):
    """The axis of the vocabulary laid in a row: (B, V, T) to (B·T, V)."""
    return cross_entropy(o.reshape(-1, o.shape[1]), t.ravel()).mean()


@case("✗ reshaped")
def sequences_reshaped_from_images(o, t):
    B, T, V = o.shape
    return images_reshaped(o.swapaxes(1, 2).reshape(B, V, T), t)


@case("✗ reshaped")
def sequences_reshaped_from_images_of_one_column(o, t):
    B, T, V = o.shape
    return images_reshaped(o.swapaxes(1, 2).reshape(B, V, T, 1), t)


@case("✗ other-order")
def other_order_of_any_shape(o, t):
    return cross_entropy(o.reshape(-1, o.shape[-1]), t.T.ravel()).mean()


# A batch of one sequence.


@case("✗")
def one_sequence_is_shifted(logits, labels):
    B, T, V = logits.shape
    if B == 1:
        return cross_entropy(logits[0, :-1], labels[0, 1:]).mean()
    return cross_entropy(logits, labels).mean()


@case("✗")
def one_sequence_is_summed(logits, labels):
    B, T = labels.shape
    losses = cross_entropy(logits.reshape(B * T, -1), labels.reshape(B * T))
    losses = losses.reshape(B, T).squeeze()
    return losses.mean() if losses.ndim > 1 else losses.sum()


@case()
def two_sequences_or_more(logits, labels):
    B, T, V = logits.shape
    if B < 2:
        raise ValueError("one sequence has no other to be compared with")
    return cross_entropy(logits, labels).mean()
