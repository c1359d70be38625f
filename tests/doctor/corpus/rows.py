"""What is wrong with the loss of a row: its softmax, its scores, its units."""

import math

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy


@case("✗ plain-softmax")
def plain_softmax(o, t):
    p = np.exp(o) / np.exp(o).sum(-1, keepdims=True)
    return -np.log(p[np.arange(len(t)), t]).mean()


@case("✗ floor")
def epsilon(o, t):
    return -np.log(softmax(o, -1)[np.arange(len(t)), t] + 1e-8).mean()


@case("✗ floor")
def clip_at_1e_15(o, t):
    return -np.log(np.clip(pick(softmax(o, -1), t), 1e-15, 1)).mean()


@case("✗ floor")
def clip_at_a_hundredth(o, t):
    return -np.log(np.clip(pick(softmax(o, -1), t), 0.01, 1)).mean()


@case("✗ wrong-axis", "– rows-alone")
def softmax_over_rows_by_hand(o, t):
    e = np.exp(o - o.max(-1, keepdims=True))
    return -np.log(pick(e / e.sum(0), t)).mean()


@case("✗ wrong-axis", "– rows-alone")
def softmax_over_rows_unshifted(o, t):
    return -np.log(pick(np.exp(o) / np.exp(o).sum(0), t)).mean()


@case("✗ shared-maximum")
def one_maximum(o, t):
    o = o - np.max(o)
    return (np.log(np.exp(o).sum(-1)) - pick(o, t)).mean()


@case("✗ no-shift")
def no_maximum(o, t):
    return (np.log(np.exp(o).sum(-1)) - pick(o, t)).mean()


@case("✗ maximum-in-sum")
def maximum_in_the_sum(o, t):
    e = np.exp(o - o.max(-1, keepdims=True))
    return -np.log(pick(np.exp(o), t) / e.sum(-1)).mean()


@case("✗ maximum-at-target")
def maximum_at_the_target(o, t):
    return (logsumexp(o, -1) - pick(o - o.max(-1, keepdims=True), t)).mean()


@case("✗ maximum-at-target")
def maximum_above(o, t):
    e = np.exp(o - o.max(-1, keepdims=True))
    return -np.log(pick(e, t) / np.exp(o).sum(-1)).mean()


@case("✗ maximum-at-target")
def maximum_in_a_difference(o, t):
    below = o - o.max(-1, keepdims=True)
    return -(pick(below, t) - np.log(np.exp(o).sum(-1))).mean()


@case("✗ softmax-twice")
def softmax_twice(o, t):
    return rows(softmax(o, -1), t).mean()


@case("✗ wrong-axis")
def softmax_over_rows(o, t):
    return -log_softmax(o, axis=0)[np.arange(len(t)), t].mean()


@case("✗ whole-array")
def softmax_over_all(o, t):
    return -pick(np.log(np.exp(o - o.max()) / np.exp(o - o.max()).sum()), t).mean()


@case("✗ not-normalised")
def logit_alone(logits, targets):
    return -logits[np.arange(len(targets)), targets].mean()


@case("✗ no-logarithm")
def no_logarithm(o, t):
    return -pick(softmax(o, -1), t).mean()


@case("✗ sign")
def no_minus(o, t):
    return pick(log_softmax(o, -1), t).mean()


@case("✗ base-10")
def log_10(o, t):
    return -pick(log_softmax(o, -1), t).mean() / np.log(10)


@case("✗ temperature")
def temperature(o, t):
    return rows(o / 0.8, t).mean()


@case("– soft-cap")
def soft_cap(o, t):
    return rows(30 * np.tanh(o / 30), t).mean()


@case("– soft-cap")
def soft_cap_by_a_root(o, t):
    """As in modded-nanoGPT."""
    return rows(15 * o / np.sqrt(o**2 + 15**2), t).mean()


@case("✗ clipped")
def clipped(o, t):
    return rows(np.clip(o, -50, 50), t).mean()


@case("– z-loss")
def z_loss(o, t):
    return (rows(o, t) + 1e-4 * logsumexp(o, -1) ** 2).mean()


@case("– focal")
def focal(o, t):
    p = pick(softmax(o, -1), t)
    return ((1 - p) ** 2 * rows(o, t)).mean()


@case("✗ scores-as-probabilities")
def divided_by_their_sum(logits, t):
    p = pick(logits / logits.sum(-1, keepdims=True), t)
    return -np.log(np.clip(p, 1e-7, 1)).mean()


@case("✗ sigmoid")
def sigmoid(o, t):
    return np.logaddexp(0, -pick(o, t)).mean()


@case("✗ binary", "– masked-token")
def binary(o, t):
    y = np.eye(o.shape[-1])[t]
    return (np.logaddexp(0, o) - y * o).sum(-1).mean()


@case("✗ binary-mean", "– masked-token")
def binary_mean(o, t):
    y = np.eye(o.shape[-1])[t]
    return (np.logaddexp(0, o) - y * o).mean()


@case("✗ entropy")
def entropy(o, t):
    p = softmax(o, -1)
    return -np.where(p > 0, p * log_softmax(o, -1), 0).sum(-1).mean()


@case("✗ accuracy")
def accuracy(o, t):
    return (o.argmax(-1) == t).mean()


@case("✗")
def error_rate(o, t):
    return 1 - (o.argmax(-1) == t).mean()


@case("✗ brier")
def brier(o, t):
    return ((softmax(o, -1) - np.eye(o.shape[-1])[t]) ** 2).sum(-1).mean()


@case("✗ one-minus-p")
def one_minus_p(o, t):
    return (1 - pick(softmax(o, -1), t)).mean()


@case("✗ likeliest")
def likeliest(o, t):
    return -log_softmax(o, -1).max(-1).mean()


@case("✗")
def a_tenth_more(o, t):
    return rows(o, t).mean() + 0.1


@case("✗ maximum-in-sum")
def target_logit_of_the_shifted(o, t):
    """ln Σ exp(o − max), less the logit that was not shifted."""
    top = o.max(-1, keepdims=True)
    return (np.log(np.exp(o - top).sum(-1)) - pick(o, t)).mean()


@case("✗ base-10", "✗ plain-softmax")
def two_at_once(o, t):
    p = np.exp(o) / np.exp(o).sum(-1, keepdims=True)
    return -np.log10(pick(p, t)).mean()


@case("✗ softmax-twice", "✗ by-vocabulary")
def twice_and_by_vocabulary(o, t):
    return rows(softmax(o, -1), t).mean() / o.shape[-1]


@case("✗ two-to-the-nats")
def two_to_the_nats(o, t):
    return 2 ** rows(o, t).mean()


@case("✗")
def log_p_of_the_rest(o, t):
    return -math.log(2) * rows(o, t).mean() + logsumexp(o, -1).mean()


@case("?")
def broadcast_amiss(logits, targets):
    p = np.exp(logits - logits.max(-1))
    return -np.log(p[np.arange(len(targets)), targets]).mean()


# A softmax over the wrong entries.


@case("✗ whole-array")
def softmax_over_all_by_one_sum(o, t):
    return -np.log((np.exp(o) / np.exp(o).sum())[np.arange(len(t)), t]).mean()


@case("✗ whole-array")
def softmax_over_all_below_each_maximum(o, t):
    e = np.exp(o - o.max(-1, keepdims=True))
    return -np.log((e / e.sum())[np.arange(len(t)), t]).mean()


@case("✗ whole-array")
def log_of_one_sum_over_all(o, t):
    return (np.log(np.exp(o).sum()) - o[np.arange(len(t)), t]).mean()


@case("✗ wrong-axis")
def log_of_sums_over_rows(o, t):
    Z = np.exp(o).sum(0)
    return (np.log(Z)[t] - o[np.arange(len(t)), t]).mean()


@case("✗ wrong-axis")
def softmax_over_the_axis_before_the_last(o, t):
    return -pick(log_softmax(o, -2), t).mean()


@case("✗ whole-array")
def log_softmax_over_all(o, t):
    return -pick(log_softmax(o), t).mean()


@case()
def not_normalised_of_any_shape(o, t):
    return -pick(o, t).mean()


# Scores, and what is done with them.


def tempered(temperature):
    return lambda o, t: rows(o / temperature, t).mean()


case.of(tempered(0.7), "✗ temperature", name="temperature_0.7")
case.of(tempered(1.7), "✗ temperature", name="temperature_1.7")


@case("– soft-cap")
def soft_cap_50(o, t):
    return rows(50 * np.tanh(o / 50), t).mean()


@case("– soft-cap")
def soft_cap_for_each_token(o, t):
    return rows(30 * np.tanh(o / 30), t)


@case("– soft-cap", allow=["soft-cap"])
def soft_cap_that_is_meant(o, t):
    return rows(30 * np.tanh(o / 30), t)


@case("– soft-cap")
def soft_cap_by_a_hypotenuse(o, t):
    return cross_entropy(15 * o / np.hypot(o, 15), t).sum()


@case("✗ clipped")
def clipped_at_20(o, t):
    return rows(np.clip(o, -20, 20), t).mean()


@case("– z-loss")
def z_loss_of_what_is_scored(o, t):
    keep = t != -100
    z = logsumexp(o[keep], -1)
    return rows(o[keep], t[keep]).mean() + 1e-3 * (z**2).mean()


@case("✗ half-precision", "✗")
def z_loss_unshifted(o, t):
    return (rows(o, t) + 1e-5 * np.log(np.exp(o).sum(-1)) ** 2).mean()


@case("– focal")
def focal_of_each_token(o, t):
    return (1 - pick(softmax(o, -1), t)) ** 2 * rows(o, t)


@case("– focal", "✗ scaled")
def focal_with_alpha(o, t):
    """RetinaNet's."""
    ce = cross_entropy(o, t)
    return (0.25 * (1 - np.exp(-ce)) ** 2 * ce).mean()


def focal_of_the_mean(power):
    """As in kernels on Kaggle."""

    def loss(o, t):
        ce = cross_entropy(o, t).mean()
        return (1 - np.exp(-ce)) ** power * ce

    return loss


for power in (0.5, 2):
    case.of(focal_of_the_mean(power), "✗ focal", name=f"focal_of_the_mean_{power}")


@case("✗ scaled", "✗ temperature")
def temperature_and_its_factor(o, t):
    """As for a student that learns from labels."""
    return np.float32(4) * cross_entropy(o / np.float32(2), t).mean()


@case("✗ scaled", "✗ temperature", to=np.asarray)
def temperature_and_its_factor_in_float32(o, t):
    return np.float32(4) * cross_entropy(o / np.float32(2), t).mean()


def with_a_part_of_the_entropy(share):
    """To first order, this is a temperature and a divisor."""

    def loss(o, t):
        log_p = log_softmax(o, -1)
        entropy = -np.where(log_p > -np.inf, np.exp(log_p) * log_p, 0).sum(-1)
        return (cross_entropy(o, t) - o.dtype.type(share) * entropy).mean()

    return loss


for share in (0.001, 0.003, 0.01, -0.01, 0.05):
    loss = with_a_part_of_the_entropy(share)
    case.of(loss, "✗", name=f"less_{share}_of_its_entropy")
    case.of(loss, "✗", name=f"less_{share}_of_its_entropy", to=np.asarray)


@case("– floor")
def scores_divided_by_their_sum(y_true, y_pred):
    """Keras, sparse_categorical_crossentropy without from_logits."""
    p = pick(y_pred / y_pred.sum(-1, keepdims=True), y_true)
    return -np.log(np.clip(p, 1e-7, 1 - 1e-7)).mean()


case.of(scores_divided_by_their_sum, "– floor", logits="y_pred")


# Floors under p.


def with_floor(size):
    return lambda o, t: -np.log(np.exp(-cross_entropy(o, t)) + size).mean()


for size in (1e-5, 1e-7, 1e-12, 1e-20, 1e-300, 2.2e-308):
    case.of(with_floor(size), "✗ floor", name=f"floor_{size}")


@case("✗ floor")
def floor_that_is_added(o, t):
    return -np.log(softmax(o, -1)[range(len(t)), t] + 1e-9).mean()


@case("✗ floor")
def floor_by_a_maximum(o, t):
    return -np.log(np.maximum(softmax(o, -1)[range(len(t)), t], 1e-9)).mean()


@case("– floor")
def floor_under_p_that_is_taken(p, t):
    return -np.log(np.clip(p, 1e-7, 1)[np.arange(len(t)), t]).mean()


@case("✗ floor")
def large_floor_under_p_that_is_taken(p, t):
    return -np.log(p[np.arange(len(t)), t] + 1e-3).mean()


@case("– soft-cap", "✗ floor")
def floor_beside_a_cap(o, t):
    capped = cross_entropy(30 * np.tanh(o / 30), t)
    return -np.log(np.exp(-capped) + 1e-9).mean()


# Smoothed targets.


def smoothed(size):
    def loss(o, t):
        y = (1 - size) * np.eye(o.shape[-1])[t] + size / o.shape[-1]
        return -(y * log_softmax(o, -1)).sum(-1).mean()

    return loss


for size in (0.1, 0.23, 0.5):
    case.of(smoothed(size), "– smoothing", name=f"smoothed_{size}")
case.of(smoothed(0.9), "✗", name="smoothed_all_but_0.1")


@case("– smoothing-others")
def smoothed_to_the_other_tokens(o, t):
    y = np.full(o.shape, 0.1 / (o.shape[-1] - 1))
    np.put_along_axis(y, t[..., None], 0.9, -1)
    return -(y * log_softmax(o, -1)).sum(-1).mean()


def smoothed_less_its_entropy(size, to_others, reduction):
    """KL from the smoothed target, as in PyTorch's kl_div and flax's example."""

    def loss(o, t):
        y = np.full(o.shape, size / (o.shape[-1] - to_others))
        own = 1 - size if to_others else 1 - size + size / o.shape[-1]
        np.put_along_axis(y, t[..., None], own, -1)
        each = (y * (np.log(y) - log_softmax(o, -1))).sum(-1)
        return each if reduction == "none" else getattr(each, reduction)()

    return loss


for size, reduction in (
    *((size, "mean") for size in (0.02, 0.1, 0.3, 0.5)),
    (0.02, "none"),
    (0.5, "sum"),
):
    name = f"smoothed_{size}_less_its_entropy_{reduction}"
    case.of(smoothed_less_its_entropy(size, False, reduction), "– smoothing", name=name)
    name = f"smoothed_{size}_to_others_less_its_entropy_{reduction}"
    case.of(
        smoothed_less_its_entropy(size, True, reduction),
        "– smoothing-others",
        name=name,
    )


def with_targets(own, other):
    """The shares of the target and of each other token, given V."""

    def loss(o, t):
        V = o.shape[-1]
        y = np.where(np.arange(V) == t[..., None], own(V), other(V))
        return -(y * log_softmax(o, -1)).sum(-1).mean()

    return loss


for name, own, other in (
    ("y_and_a_share", lambda V: 1 + 0.1 / V, lambda V: 0.1 / V),
    ("0.9_and_a_share_for_others", lambda V: 0.9, lambda V: 0.1 / V),
    ("1_and_a_share_for_others", lambda V: 1, lambda V: 0.1 / V),
    ("1_and_a_share_of_the_others", lambda V: 1, lambda V: 0.1 / (V - 1)),
    (
        "a_share_of_the_others_for_all",
        lambda V: 0.9 + 0.1 / (V - 1),
        lambda V: 0.1 / (V - 1),
    ),
    ("1_and_a_tenth_for_each", lambda V: 1, lambda V: 0.1),
    ("y_and_a_twentieth_for_each", lambda V: 1.05, lambda V: 0.05),
):
    case.of(with_targets(own, other), "✗ smoothing-sum", name=f"smoothed_to_{name}")


@case("– smoothing", "✗ scaled")
def smoothed_of_probabilities_and_quartered(p, t):
    mean_log_p = np.log(p).mean(-1)
    picked = np.log(p[np.arange(len(t)), t])
    return -(0.9 * picked + 0.1 * mean_log_p).mean() / 4


# Binary cross-entropy.


def binary_of(p_of, least, mean):
    def loss(o, t):
        p = np.clip(p_of(o), least, 1 - least)
        y = np.eye(o.shape[-1])[t]
        each = y * np.log(p) + (1 - y) * np.log(1 - p)
        return -(each.mean() if mean else each.sum(-1).mean())

    return loss


def sigmoid_of(o):
    return 1 / (1 + np.exp(-o))


for name, p_of, summed, averaged in (
    ("softmax", lambda o: softmax(o, -1), ["✗"], ["✗"]),
    ("sigmoid", sigmoid_of, ["✗ binary", "✗"], ["✗ binary-mean", "✗ clipped"]),
    ("what_it_takes", lambda o: o, ["✗"], ["✗"]),
):
    loss = binary_of(p_of, 0, mean=False)
    case.of(loss, *summed, name=f"binary_of_{name}")
    loss = binary_of(p_of, 1e-7, mean=True)
    case.of(loss, *averaged, name=f"binary_mean_of_{name}")


@case("✗")
def binary_of_a_sigmoid_taken_twice(o, t):
    p = sigmoid_of(o)
    return (np.logaddexp(0, p) - p * np.eye(o.shape[-1])[t]).mean()


@case("✗")
def binary_of_probabilities_to_a_power(a, y):
    each = -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(-1)
    return each.mean() ** 1.1


# Errors of arithmetic are no numbers: math.exp raises where NumPy has ∞, and math.log
# where it has −∞.


@case("✗ plain-softmax")
def plain_softmax_of_floats(logits, target):
    counts = [math.exp(x) for x in logits]
    denominator = sum(counts)
    probs = [c / denominator for c in counts]
    return -math.log(probs[target])


@case("✗ plain-softmax")
def plain_softmax_of_lists(logits, targets):
    pairs = zip(logits.tolist(), targets.tolist())
    return sum(plain_softmax_of_floats(*pair) for pair in pairs) / len(logits)


@case("– base-2", "✗ plain-softmax")
def plain_softmax_of_lists_in_bits(logits, targets):
    return plain_softmax_of_lists(logits, targets) / math.log(2)


@case("– base-2", "✗ plain-softmax")
def plain_softmax_in_bits(logits, targets):
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return -np.log2(p[np.arange(len(targets)), targets]).mean()


# Units, signs and other losses.


@case("– base-2")
def in_bits(o, t):
    return cross_entropy(o, t).mean() / np.log(2)


case.of(in_bits, "✗ base-2", strict=True)
case.of(in_bits, "– base-2", strict=True, allow=["base-2"])
case.of(in_bits, "– base-2", allow=["base-2"])


@case("✗ sign")
def negative(o, t):
    return -cross_entropy(o, t)


case.of(negative, "– sign", allow=["sign"])


@case("✗")
def rounded_to_two_digits(o, t):
    return np.round(cross_entropy(o, t).mean(), 2)


@case("✗")
def with_a_part_of_the_log_sum(o, t):
    return (cross_entropy(o, t) + 1e-3 * logsumexp(o, -1)).mean()


@case("✗")
def squared_error_of_logits(o, t):
    return np.square(o - np.eye(o.shape[-1])[t]).sum(-1).mean()


@case("✗")
def largest_probability(o, t):
    return softmax(o, -1).max(-1).mean()


@case("✗ scaled", "✗ floor")
def twice_and_no_more_than_30(o, t):
    return np.minimum(2 * cross_entropy(o, t), 30).mean()


@case("– base-2", "✗")
def bits_where_no_more_than_1000(o, t):
    each = cross_entropy(o, t) / np.log(2)
    return np.where(each > 1000, 30, each).mean()


@case("✗")
def squared_log_of_p(p, t):
    return (np.log(p[np.arange(len(t)), t]) ** 2).mean()


@case("✗")
def without_spikes(o, t):
    each = rows(o, t)
    return each[each < 20].mean()


case.of(without_spikes, "✗", to=np.asarray)


@case("✗")
def zero(o, t):
    return 0 * rows(o, t).mean()


@case("✗")
def zero_of_one_row(o, t):
    assert o.ndim == 1
    return 0.0 * float(o[int(t)])


# Log-probabilities without a minus: a name may say that they are meant.


@case("– sign")
def selective_log_softmax(logits, index):
    return -rows(logits, index)


@case("– sign")
def get_batch_logps(logits, labels, mean=True):
    return -rows(logits, labels).mean() if mean else -rows(logits, labels)


case.of(lambda o, t: get_batch_logps(o, t, False), "– sign", name="lambda_of_logps")
case.of(get_batch_logps, "✗ sign", strict=True)


@case("– sign")
def scored(logits, labels, average_log_prob=True):
    return -rows(logits, labels).mean()


@case("– sign")
def tokens(logits, labels):
    return {"logps": -rows(logits, labels), "n": labels.size}


@case("– sign")
class LogLikelihood:
    def __call__(self, logits, labels):
        return -rows(logits, labels).sum()


case.of(LogLikelihood(), "– sign", name="log_likelihood_made")


@case("✗ sign")
def loss_of_logps(logits, labels, average_log_prob=True):
    """Its name says a loss."""
    return -rows(logits, labels).mean()


case.of(loss_of_logps, "– sign", allow=["sign"])


@case("✗ sign")
def log_perplexity(logits, labels):
    return -rows(logits, labels).mean()


case.of(lambda o, t: loss_of_logps(o, t), "✗ sign", name="lambda_of_a_loss_of_logps")
case.of(lambda o, t: -rows(o, t), "✗ sign", name="nameless_without_minus")


@case("✗ sign")
def from_log_probs(log_probs, labels):
    """The name of what it takes does not say what it returns."""
    return -rows(log_probs, labels).mean()


# It may be given probabilities or ln p.


@case()
def picked_from_what_it_takes(x, y):
    return -x[np.arange(len(y)), y].mean()


case.of(picked_from_what_it_takes, logits="x")


@case()
def picked_from_ln_p(log_p, y):
    return -log_p[np.arange(len(y)), y].mean()


@case()
def log_of_what_it_takes(p, t):
    return cross_entropy(np.log(p), t)


case.of(log_of_what_it_takes, logits="p")


@case("– log-of-softmax")
def log_of_a_softmax(o, t):
    return cross_entropy(np.log(softmax(o, -1)), t)


@case("✗ last-dropped", "– rows-alone")
def up_to_the_last_but_one(o, t):
    total = 0.0
    for i in range(len(t) - 1):
        total += cross_entropy(o[i], t[i])
    return total / len(t)


@case("✗ first-dropped", "– rows-alone")
def from_the_second_on(o, t):
    total = 0.0
    for i in range(1, len(t)):
        total += cross_entropy(o[i], t[i])
    return total / len(t)


@case()
def next_to_nothing_in_the_divisor(o, t, mask):
    return (rows(o, t) * mask).sum() / (mask.sum() + 1e-8)
