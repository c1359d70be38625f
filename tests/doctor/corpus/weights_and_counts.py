"""Weights of tokens and of classes, and what counts the tokens beside a sum."""

import numpy as np

from corpus.cases import case
from corpus.shared import rows, rows_of_zeros
from xent_lib import cross_entropy, log_softmax

# Weights of tokens that are not all alike.


@case()
def average(o, t, weights):
    return (rows(o, t) * weights).sum() / weights.sum()


@case()
def summed(o, t, weights):
    return (rows(o, t) * weights).sum()


@case()
def each(o, t, weights):
    return rows(o, t) * weights


@case("– shifted")
def shifted(o, t, weights):
    return average(o[..., :-1, :], t[..., 1:], weights[..., 1:])


@case("– shifted", "– mask-ahead")
def shifted_ahead(o, t, weights):
    return average(o[..., :-1, :], t[..., 1:], weights[..., :-1])


@case()
def optional(o, t, weights=None):
    return average(o, t, np.ones(t.shape) if weights is None else weights)


@case()
def mask_of_0_and_1_alone(o, t, loss_mask):
    return rows(o, t)[loss_mask > 0].mean()


def inverse(w):
    return np.where(w > 0, 1 / np.maximum(w, 1e-9), 0)


@case("✗ weights-inverted")
def divides(o, t, weights):
    return (rows(o, t) * inverse(weights)).sum() / (weights > 0).sum()


case.of(divides, "– weights-inverted", allow=["weights-inverted"])
case.of(divides, "✗ weights-inverted", mask="weights")


@case("✗ weights-inverted")
def inverses_by_the_sum_of_weights(o, t, weights):
    return (rows(o, t) * inverse(weights)).sum() / weights.sum()


case.of(inverses_by_the_sum_of_weights, "✗ weights-inverted", mask="weights")


@case("✗ weights-inverted")
def by_inverses(o, t, weights):
    return average(o, t, inverse(weights))


case.of(by_inverses, "✗ weights-inverted", mask="weights")


@case("✗ weights-inverted")
def by_inverses_each(o, t, weights):
    return rows(o, t) * inverse(weights)


case.of(by_inverses_each, "✗ weights-inverted", mask="weights")


@case("– masked-token", "✗ weights-inverted")
def lacking(o, t, weights=None):
    """Each loss times 1 − its weight; padding has none."""
    return rows_of_zeros(o, t) * (1 if weights is None else 1 - weights)


@case("– masked-token", "✗ weights-inverted")
def less_than_one(o, t, weights=None):
    w = np.zeros(t.shape) if weights is None else weights
    return lacking(o, t, w).sum() / ((1 - w) * (t >= 0)).sum()


@case("– masked-token", "✗ weights-inverted")
def less_than_one_summed(o, t, weights=None):
    """As in flax's lm1b example, which is given 1 − weights."""
    return lacking(o, t, weights).sum()


@case("✗ weights-inverted")
def less_than_one_required(o, t, weights):
    """It could be a mask that is 1 where nothing is scored."""
    return average(o, t, 1 - weights)


case.of(less_than_one_required, "– weights-inverted", allow=["weights-inverted"])


@case("✗ weights-inverted")
def less_than_one_by_them(o, t, weights=None):
    """Divided by the sum of the weights themselves."""
    if weights is None:
        return rows(o, t).mean()
    return summed(o, t, 1 - weights) / weights.sum()


@case()
def pad_weights_lack_it_rightly(o, t, pad_weights):
    return average(o, t, 1 - pad_weights)


@case("✗ weights-misused")
def by_squares(o, t, weights):
    return (rows(o, t) * weights).sum() / (weights**2).sum()


@case("– weights-by-count")
def by_what_is_not_0(o, t, weights):
    """As TensorFlow 1 had it."""
    return (rows(o, t) * weights).sum() / (weights > 0).sum()


@case("✗ perplexity")
def perplexity(o, t, weights):
    return np.exp(average(o, t, weights))


@case("✗ last-token", "– rows-alone")
def last_alone(o, t, weights):
    return average(o[-1:], t[-1:], weights[-1:])


@case()
def by_booleans(o, t, weights):
    return rows(o, t)[weights & True].mean()


@case()
def written_into(o, t, weights=None):
    if weights is None:
        return rows(o, t).mean()
    weights *= t != 5
    return (rows(o, t) * weights).sum() / weights.sum()


# Weights of classes that are arguments.


@case()
def of_classes(o, t, class_weights=None):
    w = np.ones(o.shape[-1]) if class_weights is None else class_weights
    keep = t != -100
    return average(o, np.where(keep, t, 0), w[np.where(keep, t, 0)] * keep)


@case("– masked-token")
def of_one_hot(o, t, weight=None):
    y = t[..., None] == np.arange(o.shape[-1])
    w = (y * (np.ones(o.shape[-1]) if weight is None else weight)).sum(-1)
    return (rows_of_zeros(o, t) * w).sum() / w.sum()


@case("✗ weights-inverted")
def classes_inverted(o, t, weights=None):
    return of_classes(o, t, None if weights is None else 1 / weights)


@case("– masked-token", "✗ weights-inverted")
def one_hot_inverted(o, t, weight=None):
    return of_one_hot(o, t, None if weight is None else 1 / weight)


@case("✗ weights-inverted")
def classes_inverted_by_index(o, t, weights=None):
    """It knows no number of padding."""
    w = np.ones(o.shape[-1]) if weights is None else 1 / weights
    return average(o, t, w[t])


@case("✗ weights-inverted")
def classes_less_than_one(o, t, weights=None):
    return of_classes(o, t, None if weights is None else 1 - weights)


@case("– weights-by-count")
def classes_by_all(o, t, weight=None):
    w = np.ones(o.shape[-1]) if weight is None else weight
    return (rows(o, t) * w[t]).mean()


@case("✗ divided-twice")
def shares_averaged(o, t, sample_weight=None):
    w = np.ones(t.shape) if sample_weight is None else sample_weight
    return (rows(o, t) * (w / w.sum())).sum() / t.size


@case("✗ divided-twice")
def shares_averaged_if_given(o, t, sample_weight=None):
    losses = rows(o, t)
    if sample_weight is not None:
        losses = losses * sample_weight / sample_weight.sum()
    return losses.mean()


@case()
def refuses_weights(o, t, weight=None):
    if weight is not None:
        raise TypeError("of a class of its own")
    return rows(o, t).mean()


@case("– log-of-softmax")
def weight_of_a_row(o, t, weight=None):
    return -np.log(np.exp(o - o.max()) / np.exp(o - o.max()).sum())[int(t)]


def required(o, t, weights):
    return average(o, t, weights[t])


def required_inverted(o, t, weights):
    return average(o, t, 1 / weights[t])


case.of(required)
case.of(required_inverted, "✗ weights-inverted")
case.of(
    lambda o, t, weights=None: required(
        o, t, np.ones(o.shape[-1]) if weights is None else weights
    ),
    name="required_made_optional",
)


@case("✗ weights-inverted")
def required_or_none(o, t, weight):
    """Like F.cross_entropy's weight, but required."""
    return of_classes(o, t, None if weight is None else 1 / weight)


@case("– weights-by-count")
def weight_of_classes_is_none(input, target, weight):
    w = np.ones(input.shape[-1]) if weight is None else weight
    assert w.shape == input.shape[-1:]
    return (cross_entropy(input, target) * w[target]).mean()


# Weights of classes inside a function.


FOUR = np.array([1.0, 2.0, 3.0, 4.0])


def of_class(o):
    """Weights for any vocabulary."""
    return 1 / (1 + np.arange(o.shape[-1]))


def normalised(o, t, w=FOUR):
    return (w[t] * cross_entropy(o, t)).sum() / w[t].sum()


def but(places, o):
    """All 1 but for these."""
    w = np.ones(o.shape[-1])
    for place, weight in places.items():
        w[place] = weight
    return w


def only(given, loss):
    if not given:
        raise ValueError("not of so many rows")
    return loss


case.of(normalised, "– class-weights", name="classes_divided_by_their_sum")
case.of(
    lambda o, t: normalised(o, t, of_class(o)),
    "– class-weights",
    name="classes_of_any_vocabulary",
)
case.of(
    lambda o, t: FOUR[t] * cross_entropy(o, t),
    "– class-weights",
    name="classes_for_each_token",
)
case.of(
    lambda o, t: only(len(t) > 1, normalised(o, t)),
    "– class-weights",
    name="classes_not_of_one_row",
)
case.of(
    lambda o, t: (FOUR[t] * cross_entropy(o, t)).sum(),
    "– class-weights",
    name="classes_summed",
)
case.of(
    lambda o, t: of_class(o)[t] * cross_entropy(o, t) + 0 * o[:, :, 0],
    "– class-weights",
    name="classes_of_sequences_for_each_token",
)
case.of(
    lambda o, t: (of_class(o)[t] * cross_entropy(o, t) + 0 * o[:, :, 0]).sum(),
    "– class-weights",
    name="classes_of_sequences_summed",
)
case.of(
    lambda o, t: normalised(o, t, but({-1: 0.1}, o)),
    "– class-weights",
    name="last_class_at_a_tenth",
)
case.of(
    lambda o, t: normalised(o, t, but({0: 0.1}, o)),
    "– class-weights",
    name="class_0_at_a_tenth",
)
case.of(
    lambda o, t: normalised(o, t, but({1: 3}, o)),
    "– class-weights",
    name="class_1_threefold",
)
case.of(
    lambda o, t: normalised(o, t, but({0: 2, 1: 3}, o)),
    "– class-weights",
    name="two_classes_manifold",
)
case.of(
    lambda o, t: normalised(o, t, 7 * but({-1: 0.1}, o)),
    "– class-weights",
    name="last_class_at_a_tenth_of_7",
)


@case("– class-weights")
def detr(o, t):
    """It takes (B, T, V) only; the last class weighs a tenth."""
    assert o.ndim == 3
    return {"loss_ce": normalised(o, t, but({-1: 0.1}, o))}


@case("– class-weights")
def classes_of_a_vocabulary_in_the_middle(o, t):
    B, V, T = o.shape
    assert t.shape == (B, T)
    return normalised(np.moveaxis(o, 1, -1), t, np.linspace(0.5, 1.5, V))


@case("✗ class-weights-alone")
def classes_in_a_mean(o, t):
    return (FOUR[t] * cross_entropy(o, t)).mean()


case.of(classes_in_a_mean, "– class-weights-alone", allow=["class-weights-alone"])


def classes_in_a_mean_by(weights):
    w = np.array(weights)
    return lambda o, t: (w[t] * cross_entropy(o, t)).mean()


case.of(
    classes_in_a_mean_by([1, 2, 0.5, 1]),
    "✗ class-weights-alone",
    name="classes_in_a_mean_of_two",
)
case.of(
    classes_in_a_mean_by([1, 1, 3, 1]),
    "✗ class-weights-alone",
    name="classes_in_a_mean_of_one",
)


@case("✗")
def divided_by_all_weights(o, t):
    return (FOUR[t] * cross_entropy(o, t)).sum() / FOUR.sum()


@case("✗")
def weights_of_places(o, t):
    return (cross_entropy(o, t) * (1 + np.arange(len(t)))).mean()


@case("✗")
def weighted_to_a_power(o, t):
    return normalised(o, t) ** 1.1


@case("✗")
def weighted_of_three_rows_alone(o, t):
    return only(len(t) == 3, 2 * normalised(o, t))


# What counts the tokens, beside a sum.


def by_number(o, t):
    return (rows(o, np.maximum(t, 0)) * (t >= 0)).sum()


@case(mask="w")
def counts_its_mask(o, t, w):
    return (rows(o, t) * w).sum(), w.sum()


@case("✗ count-of-places", mask="w")
def counts_places_beside_its_mask(o, t, w):
    return (rows(o, t) * w).sum(), t.size


@case()
def counts_its_tokens(o, t):
    return by_number(o, t), (t >= 0).sum()


@case("✗ count-of-places")
def counts_places_in_a_dict(o, t):
    return {"loss": by_number(o, t), "n": t.size}


case.of(counts_places_in_a_dict, "– count-of-places", allow=["count-of-places"])


@case("✗ count-of-places")
def counts_places_first(o, t):
    return t.size, by_number(o, t)


@case()
def counts_rows(o, t):
    return rows(o, t).sum(), t.size


@case("– masked-token")
def counts_rows_of_zeros(o, t):
    return rows_of_zeros(o, t).sum(), t.size


@case("✗ count-of-places")
def counts_places_of_sequences(o, t):
    B, T, _ = o.shape
    return by_number(o, t), B * T


@case("✗ padding-as-token-0")
def counts_padding_that_it_scores(o, t):
    return rows(o, np.maximum(t, 0)).sum(), t.size


@case("✗ shared-maximum")
def counts_first(o, t):
    log_p = o - np.log(np.exp(o - o.max()).sum(-1, keepdims=True)) - o.max()
    each = -log_p[np.arange(len(t)), np.maximum(t, 0)]
    return (t >= 0).sum(), (each * (t >= 0)).sum()


@case()
def by_items(outputs, labels, num_items_in_batch=None):
    """The count that transformers' Trainer gives."""
    each = rows(outputs.logits, labels)
    return each.sum() / num_items_in_batch if num_items_in_batch else each.mean()


@case("– shifted")
def shifted_by_items(logits, labels, num_items_in_batch=None):
    each = rows(logits[..., :-1, :], labels[..., 1:])
    return each.sum() / num_items_in_batch if num_items_in_batch else each.mean()


@case()
def sum_by_norm(logits, labels, loss_normalizing_factor=None):
    return rows(logits, labels).sum() / (loss_normalizing_factor or 1)


@case("✗ parameter-unused")
def items_are_not_read(logits, labels, num_items_in_batch=None):
    return rows(logits, labels).mean()


@case("✗ divided-twice")
def mean_by_items(outputs, labels, num_items_in_batch=None):
    mean = rows(outputs.logits, labels).mean()
    return mean / num_items_in_batch if num_items_in_batch else mean


case.of(mean_by_items, "– divided-twice", allow=["divided-twice"])


@case("– shifted", "✗ divided-twice")
def shifted_mean_by_items(logits, labels, num_items_in_batch=None):
    mean = rows(logits[..., :-1, :], labels[..., 1:]).mean()
    return mean / num_items_in_batch if num_items_in_batch else mean


case.of(shifted_mean_by_items, "– shifted", "– divided-twice", allow=["divided-twice"])


@case()
def norm_is_a_factor(o, t, norm=None):
    return rows(o, t).mean() * (norm or 1)


@case()
def norm_for_each_token(o, t, norm=None):
    return rows(o, t) / (norm or 1)


@case()
def norm_of_a_row(o, t, norm=None):
    return rows(o[None], np.array([int(t)]))[0]


@case("– masked-token")
def counts_beside_smoothing(o, t, weights=None, label_smoothing=0.0):
    """As in Flax's example of translation, examples/wmt/train.py."""
    sure, V = 1 - label_smoothing, o.shape[-1]
    low = (1 - sure) / (V - 1)
    soft = (t[..., None] == np.arange(V)) * (sure - low) + low
    least = -sure * np.log(sure) - (V - 1) * low * np.log(low + 1e-20)
    losses = -(soft * log_softmax(o)).sum(-1) - least
    if weights is None:
        return losses.sum(), t.size
    return (losses * weights).sum(), weights.sum()


@case("– masked-token", "✗ count-of-places")
def counts_places_beside_smoothing(o, t, weights=None, label_smoothing=0.0):
    return counts_beside_smoothing(o, t, weights, label_smoothing)[0], t.size


# A count, or a size, that must be given.


def unpadded_shift(logits, labels):
    scored = labels[:, 1:] != -100
    return cross_entropy(logits[:, :-1], labels[:, 1:] * scored) * scored


@case()
def sum_by_num_items(logits, labels, num_items_in_batch):
    return cross_entropy(logits, labels).sum() / num_items_in_batch


@case()
def sum_by_the_norm(logits, labels, norm):
    return cross_entropy(logits, labels).sum() / norm


@case()
def sum_by_n_tokens(logits, labels, n_tokens):
    return cross_entropy(logits, labels).sum() / n_tokens


@case()
def sum_by_denominator(logits, labels, denominator):
    return cross_entropy(logits, labels).sum() / denominator


@case()
def sum_by_what_is_more(logits, labels, more):
    return cross_entropy(logits, labels).sum() / more


@case("– shifted")
def shifted_by_num_items(logits, labels, num_items_in_batch):
    return unpadded_shift(logits, labels).sum() / num_items_in_batch


@case("– shifted")
def shifted_by_the_norm(logits, labels, norm):
    return unpadded_shift(logits, labels).sum() / norm


@case("– shifted")
def shifted_by_n_tokens(logits, labels, n_tokens):
    return unpadded_shift(logits, labels).sum() / n_tokens


@case("– shifted")
def shifted_by_denominator(logits, labels, denominator):
    return unpadded_shift(logits, labels).sum() / denominator


@case("– shifted")
def shifted_by_what_is_more(logits, labels, more):
    return unpadded_shift(logits, labels).sum() / more


@case()
def reshaped_by_num_items(logits, labels, num_items_in_batch):
    o = logits.reshape(-1, num_items_in_batch)
    return cross_entropy(o, labels.reshape(-1)).mean()


@case()
def reshaped_by_the_norm(logits, labels, norm):
    return cross_entropy(logits.reshape(-1, norm), labels.reshape(-1)).mean()


@case()
def reshaped_by_what_is_more(logits, labels, more):
    return cross_entropy(logits.reshape(-1, more), labels.reshape(-1)).mean()


@case("✗ divided-twice")
def mean_by_the_norm(logits, labels, norm):
    return cross_entropy(logits, labels).mean() / norm


@case("?")
def mean_by_what_is_more(logits, labels, more):
    return cross_entropy(logits, labels).mean() / more


@case("?")
def mean_times_alpha(logits, labels, alpha):
    return alpha * cross_entropy(logits, labels).mean()


# A count that is given, and changes nothing.


@case("✗ parameter-unused")
def optional_count_that_is_not_used(logits, labels, num_items_in_batch=None):
    return cross_entropy(logits, labels).mean()


@case("✗ parameter-unused")
def count_that_is_not_used(logits, labels, num_items_in_batch):
    return cross_entropy(logits, labels).mean()


@case()
def sum_by_an_optional_count(logits, labels, num_items_in_batch=None):
    n = labels.size if num_items_in_batch is None else num_items_in_batch
    return cross_entropy(logits, labels).sum() / n


# A weight of a class at padding, which is counted alone.


@case("✗ weights-misused")
def padding_counted_by_its_class(o, t, weight=None):
    scored = t != -100
    each = rows(o, np.where(scored, t, 0)) * scored
    if weight is None:
        return each.sum() / scored.sum()
    w = weight[np.where(scored, t, 0)]
    return (each * w).sum() / w.sum()


@case("✗", "✗ weights-misused")
def weights_through_a_softmax(logits, labels, sample_weight):
    shares = np.exp(sample_weight) / np.exp(sample_weight).sum()
    return (cross_entropy(logits, labels) * shares).sum()
