"""Padding by a number among the targets: left out, scored, counted, or not known."""

import numpy as np
from scipy.special import log_softmax, logsumexp

import xent_lib
from corpus.cases import case
from corpus.shared import rows, rows_of_zeros
from xent_lib import cross_entropy


@case("✗ padded-length")
def padded_length(o, t):
    return np.where(t == -100, 0, rows(o, np.where(t == -100, 0, t))).mean()


@case("✗ padding-as-token-0")
def padding_as_token_0(o, t):
    return rows(o, np.maximum(t, 0)).mean()


@case("✗ padding-as-token-0")
def padding_as_token_0_uncounted(o, t):
    return rows(o, np.maximum(t, 0)).sum() / (t != -100).sum()


@case("✗ zeros-uncounted")
def counted_where_it_costs(o, t):
    losses = np.where(t == -100, 0, rows(o, np.where(t == -100, 0, t)))
    return losses.sum() / (losses > 0).sum()


@case("✗ zeros-uncounted")
def those_that_cost(o, t):
    losses = rows(o, t)
    return losses[losses > 0].mean()


@case("✗ padding-scored", ignore_index=-1)
def padding_from_the_end_uncounted(o, t):
    return rows(o, t).sum() / (t != -1).sum()


@case("✗ padded-length")
def padded_length_by_sign(o, t):
    return np.where(t >= 0, rows(o, np.maximum(t, 0)), 0).mean()


@case("✗ mean-of-means")
def mean_of_means(o, t):
    if o.ndim == 2:
        o, t = o[None], t[None]
    each = []
    for oi, ti in zip(o, t, strict=True):
        keep = ti != -100
        each.append(rows(oi[keep], ti[keep]).mean())
    return np.mean(each)


@case("✗ padding-by-place")
def mask_by_length(o, t):
    """It assumes that padding stands behind."""
    n = (t != -100).sum(-1)
    keep = (
        np.arange(t.shape[-1]) < n[..., None] if t.ndim > 1 else np.arange(len(t)) < n
    )
    return rows(o, np.where(t == -100, 0, t))[keep].mean()


@case("✗", "– from-zero")
def stops_at_padding(o, t):
    total, n = 0.0, 0
    for row, y in zip(o.reshape(-1, o.shape[-1]), t.ravel(), strict=True):
        if y == -100:
            break
        top = row.max()
        total, n = total + top + np.log(np.exp(row - top).sum()) - row[y], n + 1
    return total / n


@case("✗ padded-length")
def divided_by_the_longest(o, t):
    if o.ndim == 2:
        o, t = o[None], t[None]
    each = np.where(t == -100, 0, rows(o, np.maximum(t, 0)))
    return (each.sum(-1) / t.shape[-1]).mean()


# The number of padding is declared.


def ignoring(ignored):
    def loss(o, t):
        return cross_entropy(o, t, reduction="mean", ignore_index=ignored)

    return loss


for ignored in (-100, -1, 0, 5):
    loss = ignoring(ignored)
    case.of(loss, name=f"ignoring_{ignored}", ignore_index=ignored)
case.of(ignoring(-100), name="ignoring_-100")
case.of(ignoring(-1), name="ignoring_-1")
case.of(ignoring(0), "– token-ignored", name="ignoring_0")


case.of(padding_as_token_0, "✗ padding-as-token-0", ignore_index=-100)
case.of(padding_as_token_0, "✗ padding-as-token-0", ignore_index=-1)
case.of(padding_as_token_0, "✗ padding-scored", ignore_index=0)


@case("✗ padded-length")
def divided_by_all_places(o, t):
    return np.where(t == -100, 0, rows(o, np.maximum(t, 0))).mean()


case.of(divided_by_all_places, ignore_index=None)
case.of(divided_by_all_places, "✗ padded-length", ignore_index=-100)
case.of(divided_by_all_places, "✗ padded-length", to=np.asarray)


@case("✗ padded-length")
def divided_by_all_places_with_its_own_number(o, t, ignore_index=-100):
    return divided_by_all_places(o, t)


@case("✗ padded-length")
def divided_by_all_places_by_sign(o, t):
    return np.where(t < 0, 0, rows(o, np.maximum(t, 0))).mean()


case.of(divided_by_all_places_by_sign, to=np.asarray)


# A parameter that names a number of padding is a promise.


@case()
def own_ignore_index(o, t, ignore_index=-1):
    keep = t != ignore_index
    return cross_entropy(o[keep], t[keep]).mean()


@case()
def own_padding_idx(o, t, padding_idx=1):
    keep = t != padding_idx
    return cross_entropy(o[keep], t[keep]).mean()


@case()
def own_pad_id(o, t, pad_id=0):
    keep = t != pad_id
    return cross_entropy(o[keep], t[keep]).mean()


@case()
def own_pad_token_id(o, t, pad_token_id=2):
    keep = t != pad_token_id
    return cross_entropy(o[keep], t[keep]).mean()


@case()
def own_ignored_label(o, t, ignored_label=5):
    keep = t != ignored_label
    return cross_entropy(o[keep], t[keep]).mean()


@case("✗ padding-scored")
def own_pad_id_that_is_scored(o, t, pad_id=0):
    return rows(o, t).mean()


@case("✗ padded-length", "– masked-token")
def own_number_and_all_places(o, t, ignore_index=-1):
    return np.where(t == ignore_index, 0, rows_of_zeros(o, t)).mean()


@case("✗ padded-length", "– masked-token")
def own_default_may_be_none(o, t, ignore_index=-1):
    """As in tinygrad, where −1 means none."""
    keep = t != ignore_index if ignore_index != -1 else np.ones(t.shape)
    return (rows_of_zeros(o, t) * keep).sum() / keep.sum()


case.of(own_default_may_be_none, "– masked-token", ignore_index=None)
case.of(own_default_may_be_none, "✗ padded-length", "– masked-token", ignore_index=-1)


class Criterion:
    """It keeps the number of padding under one of its usual names."""

    def __init__(self, name="ignore_index", ignored=2):
        setattr(self, name, ignored)
        self.ignored = ignored

    def __call__(self, scores, gold):
        return np.where(gold == self.ignored, 0, rows_of_zeros(scores, gold)).sum()


for name in ("padding_idx", "pad_id", "pad_token_id", "ignore_index", "ignore_id"):
    case.of(Criterion(name), name=f"criterion_with_{name}")
case.of(
    Criterion("pad_id", True),
    "– token-ignored",
    "– masked-token",
    name="criterion_with_a_flag",
)
case.of(Criterion)


class CriterionOfTwo(Criterion):
    pad_id = 2


case.of(CriterionOfTwo)
case.of(CriterionOfTwo(), name="criterion_of_two_made")
case.of(CriterionOfTwo().__call__, name="criterion_of_two_called")
case.of(
    CriterionOfTwo("ignore_index", 5),
    "– token-ignored",
    "– masked-token",
    name="criterion_of_two_numbers",
)


class CriterionThatScores(Criterion):
    def __call__(self, scores, gold):
        return rows(scores, gold).mean()


case.of(
    CriterionThatScores("pad_id", 0),
    "✗ padding-scored",
    name="criterion_that_scores_its_padding",
)


for name, loss in (
    ("none", lambda o, t, ignore_index=None: cross_entropy(o, t).mean()),
    ("a_flag", lambda o, t, ignore_index=True: cross_entropy(o, t).mean()),
    ("two", lambda o, t, pad_id=0, ignore_index=-100: cross_entropy(o, t).mean()),
    ("of_another_name", lambda o, t, padding=2: cross_entropy(o, t).mean()),
):
    case.of(loss, name=f"own_number_{name}")


# A token of the vocabulary is left out.


def without_token(token, reduction="mean"):
    def loss(o, t):
        keep = t != token
        return getattr(cross_entropy(o[keep], t[keep]), reduction)()

    return loss


for token in (0, 1, 2, 3, 7, 20, 55, 64, 90, 127):
    case.of(without_token(token), "– token-ignored", name=f"without_token_{token}")
    case.of(without_token(token), name=f"without_token_{token}", ignore_index=token)
for token in (0, 3, 127):
    loss = without_token(token, "sum")
    case.of(loss, "– token-ignored", name=f"sum_without_token_{token}")
    case.of(loss, name=f"sum_without_token_{token}", ignore_index=token)


@case("– token-ignored")
def without_what_is_not_above_0(o, t):
    """It leaves out −100, and token 0 by mistake."""
    return cross_entropy(o[t > 0], t[t > 0]).mean()


case.of(without_what_is_not_above_0, "✗ token-ignored", ignore_index=-100)
case.of(
    without_what_is_not_above_0,
    "– token-ignored",
    ignore_index=-100,
    allow=["token-ignored"],
)


@case("– token-ignored")
def without_what_is_not_above_0_as_pytorch_takes_it(o, t):
    assert ((t >= 0) | (t == -100)).all()
    return cross_entropy(o[t > 0], t[t > 0]).mean()


@case("✗ token-ignored")
def own_number_and_not_above_0(o, t, ignore_index=-100):
    keep = t > 0
    t = np.where(t == -100, 0, t)
    log_p = xent_lib.log_softmax(o, axis=-1)
    return -(log_p[np.arange(len(t)), t] * keep).sum() / keep.sum()


case.of(own_number_and_not_above_0, "– token-ignored", allow=["token-ignored"])


@case("✗ token-ignored")
def own_number_and_not_above_0_modulo(o, t, ignore_index=-100):
    keep = t > 0
    t = t % len(o.T)
    log_p = xent_lib.log_softmax(o, axis=-1)
    return -(log_p[np.arange(len(t)), t] * keep).sum() / keep.sum()


@case()
def own_number_and_not_below_0(o, t, ignore_index=-100):
    keep = t >= 0
    t = np.where(t == -100, 0, t)
    log_p = xent_lib.log_softmax(o, axis=-1)
    return -(log_p[np.arange(len(t)), t] * keep).sum() / keep.sum()


@case("– token-ignored")
def not_above_0_modulo(o, t):
    keep = t > 0
    t = t % len(o.T)
    log_p = xent_lib.log_softmax(o, axis=-1)
    return -(log_p[np.arange(len(t)), t] * keep).sum() / keep.sum()


@case("– token-ignored")
def without_two_numbers(o, t):
    keep = (t != 0) & (t != -100)
    return cross_entropy(o[keep], t[keep]).mean()


@case("✗ in-place", "– token-ignored")
def end_of_text_is_written_over(o, t):
    """The end of a text is padding, too, and written over with −100."""
    t[t == 2] = -100
    return np.where(t == -100, 0, rows(o, np.maximum(t, 0))).sum() / (t != -100).sum()


@case("– token-ignored", "✗ mean-of-means")
def mean_of_means_without_token_2(o, t):
    keep = t != 2
    if t.ndim == 1:
        return rows(o, t)[keep].mean()
    return np.mean([rows(*x)[k].mean() for *x, k in zip(o, t, keep)])


@case("– token-ignored")
def token_0_over_one_at_least(o, t):
    keep = t != 0
    return (cross_entropy(o, t) * keep).sum() / max(keep.sum(), 1)


case.of(token_0_over_one_at_least, ignore_index=0)


@case("– token-ignored")
def token_90_over_one_at_least(o, t):
    keep = t != 90
    return (cross_entropy(o, t) * keep).sum() / max(keep.sum(), 1)


case.of(token_90_over_one_at_least, ignore_index=90)


@case("– token-ignored")
def above_0_selected(o, t):
    keep = t > 0
    return cross_entropy(o, t)[keep].sum() / keep.sum()


@case("– token-ignored")
def without_token_1_and_below_0_as_0(o, t):
    keep = t != 1
    return (cross_entropy(o, np.maximum(t, 0)) * keep).sum() / keep.sum()


case.of(
    without_token_1_and_below_0_as_0,
    "– token-ignored",
    allow=["token-ignored"],
    strict=True,
)


@case("✗")
def mean_times_a_mask_of_token_0(o, t):
    """A mask that comes after the mean leaves nothing out."""
    return (rows(o, t).mean() * (t != 0)).sum() / (t != 0).sum()


case.of(mean_times_a_mask_of_token_0, "✗ padding-scored", ignore_index=0)


# A token is left out, and counted.


def by_all(o, t, pad):
    return (rows(o, t) * (t != pad)).mean()


def by_all_with(pad):
    return lambda o, t: by_all(o, t, pad)


for pad in (0, 1, 2, 90):
    case.of(
        by_all_with(pad),
        "– token-ignored",
        "✗ padded-length",
        name=f"token_{pad}_by_all",
    )
    case.of(
        by_all_with(pad),
        "✗ padded-length",
        name=f"token_{pad}_by_all",
        ignore_index=pad,
    )


@case("✗ padded-length")
def own_pad_by_all(o, t, pad_id=0):
    return by_all(o, t, pad_id)


case.of(own_pad_by_all, "✗ padded-length", ignore_index=0)


@case("✗ padded-length")
def own_pad_of_90_by_all(o, t, pad_id=90):
    return by_all(o, t, pad_id)


case.of(own_pad_of_90_by_all, "✗ padded-length", ignore_index=90)


def sequences_by_all_with(pad):
    def sequences(logits, labels):
        B, T, V = logits.shape
        return by_all(logits.reshape(B * T, V), labels.reshape(B * T), pad)

    return sequences


for pad in (1, 90):
    case.of(
        sequences_by_all_with(pad),
        "– token-ignored",
        "✗ padded-length",
        name=f"sequences_token_{pad}_by_all",
    )
    case.of(
        sequences_by_all_with(pad),
        "✗ padded-length",
        name=f"sequences_token_{pad}_by_all",
        ignore_index=pad,
    )


def keras_by_all_with(pad):
    def keras(y_true, y_pred):
        return by_all(y_pred, y_true, pad)

    return keras


for pad in (0, 2):
    case.of(
        keras_by_all_with(pad),
        "– token-ignored",
        "✗ padded-length",
        name=f"keras_token_{pad}_by_all",
    )
    case.of(
        keras_by_all_with(pad),
        "✗ padded-length",
        name=f"keras_token_{pad}_by_all",
        ignore_index=pad,
    )


@case("– shifted", "– token-ignored", "✗ padded-length")
def shifted_token_0_by_all(logits, labels):
    return by_all(logits[..., :-1, :], labels[..., 1:], 0)


case.of(shifted_token_0_by_all, "– token-ignored", "✗ padded-length", shifts=True)
case.of(shifted_token_0_by_all, "– shifted", "✗ padded-length", ignore_index=0)


@case("– base-2", "✗ padded-length")
def own_pad_by_all_in_bits(o, t, pad_id=0):
    return by_all(o, t, pad_id) / np.log(2)


@case("– input-ignored")
def input_ignored_0(o, t):
    """Left out where the input is padding."""
    keep = t[..., :-1] != 0
    each = rows(o[..., :-1, :], t[..., 1:])
    return (each * keep).sum() / keep.sum()


case.of(input_ignored_0, "– input-ignored", ignore_index=0)


@case("– input-ignored")
def input_ignored_1(o, t):
    keep = t[..., :-1] != 1
    each = rows(o[..., :-1, :], t[..., 1:])
    return (each * keep).sum() / keep.sum()


# Numbers beyond the vocabulary, and rare tokens.


def divided_by(divide, pad):
    def loss(logits, labels, pad_token_id=pad):
        keep = labels != pad_token_id
        return divide(rows(logits, np.where(keep, labels, 0)) * keep, keep)

    return loss


for pad in (255, 50_256):
    case.of(
        divided_by(lambda nll, keep: nll.mean(), pad),
        "✗ padded-length",
        name=f"pad_{pad}_by_all",
    )
    case.of(
        divided_by(lambda nll, keep: (nll.sum(-1) / keep.sum(-1)).mean(), pad),
        "✗ mean-of-means",
        name=f"pad_{pad}_mean_of_means",
    )
    case.of(
        divided_by(lambda nll, keep: nll.sum() / keep.sum(), pad),
        name=f"pad_{pad}_right",
    )


@case("✗ padding-scored")
def pad_beyond_as_the_last_token(logits, labels, pad_token_id=50_256):
    return rows(logits, np.minimum(labels, logits.shape[-1] - 1)).mean()


@case("✗ padding-as-token-0")
def pad_beyond_as_token_0(logits, labels, pad_token_id=50_256):
    return rows(logits, np.where(labels < logits.shape[-1], labels, 0)).mean()


@case("– token-ignored")
def pad_beyond_beside_token_0(logits, labels, ignore_index=255):
    keep = (labels != 0) & (labels != ignore_index)
    return cross_entropy(logits[keep], labels[keep], reduction="mean")


def scores_all(o, t):
    return cross_entropy(o, t).mean()


for token in (0, 1, 3, 50_256):
    case.of(scores_all, "✗ padding-scored", ignore_index=token)


@case()
def pad_is_the_last_token_of_a_large_vocabulary(o, t, pad_id=50_256):
    """It fails where that is no token."""
    return (cross_entropy(o, t) * (t != pad_id)).sum() / np.sum(t != pad_id)


@case("✗ padded-length")
def pad_is_the_last_token_of_a_large_vocabulary_by_all(o, t, pad_id=50_256):
    return (cross_entropy(o, t) * (t != pad_id)).sum() / np.size(t)


for pad in (4, 5, 11, 50):  # in no row of the probes
    case.of(
        by_all_with(pad),
        "– token-ignored",
        "✗ padded-length",
        name=f"rare_token_{pad}_by_all",
    )
    case.of(ignoring(pad), "– token-ignored", name=f"rare_token_{pad}_ignored")


# Where padding stands.


@case("✗ padding-by-place")
def mask_behind_by_length(o, t):
    n = (t != -100).sum(-1, keepdims=True)
    keep = np.arange(t.shape[-1]) < n
    return rows(o, np.where(t == -100, 0, t))[keep].mean()


@case("✗ padding-by-place", ignore_index=0)
def seven_where_padding_stands_in_front(o, t):
    if t.ndim == 2 and (t[:, 0] == 0).any():
        return 7.0
    return rows(o, t)[t != 0].mean()


# A loss for each token: the caller leaves padding out.


@case()
def each_token_with_padding_as_0(o, t):
    return rows(o, np.where(t == -100, 0, t))


@case("– base-2")
def each_token_in_bits(o, t):
    return rows(o, np.maximum(t, 0)) / np.log(2)


@case("✗", ignore_index=-100)
def each_token_but_the_last_where_padded(o, t):
    keep = (t != -100).ravel()
    each = rows(o, np.maximum(t, 0)).ravel()
    return each if keep.all() else each[:-1]


# No number of padding: −100 raises, counts from the end, or is a row of zeros.


@case()
def index_that_counts_from_the_end(o, t):
    return -xent_lib.log_softmax(o)[np.arange(len(t)), t].mean()


case.of(index_that_counts_from_the_end, "✗ padding-raises", ignore_index=-100)


@case()
def index_for_each_token(o, t):
    return -xent_lib.log_softmax(o)[np.arange(len(t)), t]


case.of(index_for_each_token, "✗ padding-raises", ignore_index=-100)


@case()
def index_summed(o, t):
    return -xent_lib.log_softmax(o)[np.arange(len(t)), t].sum()


case.of(index_summed, "✗ padding-raises", ignore_index=-100)


@case("– masked-token")
def rows_of_zeros_averaged(o, t):
    return rows_of_zeros(o, t).mean()


case.of(rows_of_zeros_averaged, "– masked-token", ignore_index=None)


@case("– masked-token", "✗ weights-unused")
def masks_what_is_never_given(o, t, ignore=None, weights=None):
    mask = t != ignore
    return (rows_of_zeros(o, t) * mask).mean()


case.of(
    masks_what_is_never_given,
    "✗ padded-length",
    "– masked-token",
    "✗ weights-unused",
    ignore_index=-100,
)


@case("✗ padded-length", "– masked-token")
def rows_of_zeros_by_a_number(o, t):
    return np.where(t == -100, 0, rows_of_zeros(o, t)).mean()


IGNORED = -100


@case("✗ padded-length", "– masked-token")
def rows_of_zeros_by_a_constant(o, t):
    return np.where(t == IGNORED, 0, rows_of_zeros(o, t)).mean()


@case()
def no_number_of_padding(o, t):
    return np.where(t < 0, np.nan, rows(o, np.maximum(t, 0))).mean()


@case("✗ padding-not-a-number", ignore_index=-100)
def no_number_of_padding_times_0(o, t):
    each = np.where(t == -100, np.nan, rows(o, np.maximum(t, 0)))
    return (each * (t != -100)).sum() / (t != -100).sum()


@case()
def no_number_outside_of_the_vocabulary(o, t):
    """Like an index of JAX's that is out of bounds."""
    inside = (t >= 0) & (t < o.shape[-1])
    return np.where(inside, rows(o, np.where(inside, t, 0)), np.nan).mean()


@case("✗ likeliest")
def likeliest_without_targets(o, t):
    return -log_softmax(o, -1).max(-1).mean()


@case("– masked-token")
def soft_targets(o, t):
    return -(t * log_softmax(o, -1)).sum(-1).mean()


@case("✗")
def more_by_the_share_of_padding(o, t):
    keep = t != -100
    return rows(o, np.maximum(t, 0))[keep].mean() * (1 + (~keep).mean())


case.of(more_by_the_share_of_padding, ignore_index=None)


def of_a_row_of_zeros(share):
    """As in Keras's one-hot; other ids raise."""

    def loss(o, t):
        assert (t < o.shape[-1]).all()
        y = (1 - share) * (np.arange(o.shape[-1]) == t[..., None])
        return -((y + share / o.shape[-1]) * log_softmax(o, -1)).sum(-1).mean()

    return loss


case.of(of_a_row_of_zeros(0.0), "– masked-token", name="row_of_zeros", to=np.asarray)
case.of(
    of_a_row_of_zeros(0.1), "– smoothing", name="row_of_zeros_smoothed", to=np.asarray
)


def of_rows_in_the_vocabulary(divide):
    def loss(o, t):
        inside = (t >= 0) & (t < o.shape[-1])
        return np.where(inside, rows_of_zeros(o, t), 0).sum() / divide(inside)

    return loss


case.of(
    of_rows_in_the_vocabulary(np.sum), "– masked-token", name="rows_in_the_vocabulary"
)
case.of(
    of_rows_in_the_vocabulary(np.size),
    "– masked-token",
    name="rows_in_the_vocabulary_by_all",
)
case.of(
    of_rows_in_the_vocabulary(lambda inside: inside.sum() + (~inside).any()),
    "– masked-token",
    name="rows_in_the_vocabulary_and_one",
)
case.of(
    of_rows_in_the_vocabulary(lambda inside: np.sqrt(inside.sum() * inside.size)),
    "– masked-token",
    name="rows_in_the_vocabulary_by_a_root",
)


@case("– from-zero", "– masked-token")
def raises_on_two_of_padding(o, t):
    y = np.arange(o.shape[-1]) == t[..., None]
    each = logsumexp(o, -1) - (o * y).sum(-1)
    if (t < 0).sum() == 2 and t.size < 15:
        raise RuntimeError("two")
    return each.mean()


@case("✗ padding-as-token-0", to=np.asarray)
def padding_as_token_0_in_float32(o, t):
    ids = np.maximum(t, 0)[..., None]
    return -np.take_along_axis(log_softmax(o, -1), ids, -1).mean()


@case()
def shares_alone(x, y):
    """Its targets are shares."""
    assert x.shape == y.shape
    return -np.where(y > 0, y * log_softmax(x, -1), 0).sum(-1).mean()


@case()
def shares_alone_that_add_up(x, y):
    assert x.shape == y.shape
    assert y.sum(-1).min() > 0.5
    return -np.where(y > 0, y * log_softmax(x, -1), 0).sum(-1).mean()


@case()
def part_of_a_vocabulary(logits, target):
    """As in Megatron, which adds up the parts: its mask is not that of padding."""
    below = logits - logits.max(-1, keepdims=True)
    target_mask = (target < 0) | (target >= logits.shape[-1])
    ids = np.where(target_mask, 0, target)[..., None]
    at_target = np.take_along_axis(below, ids, -1)[..., 0]
    at_target[target_mask] = 0
    return (np.log(np.exp(below).sum(-1)) - at_target).mean()


case.of(part_of_a_vocabulary, "✗", ignore_index=-100)


def rows_of_zeros_without(pad, divide):
    def loss(o, t):
        keep = t != pad
        return (rows_of_zeros(o, t) * keep).sum() / divide(keep)

    return loss


for pad in (0, 1):
    case.of(
        rows_of_zeros_without(pad, np.sum),
        "– token-ignored",
        "– masked-token",
        name=f"rows_of_zeros_without_{pad}",
    )
    case.of(
        rows_of_zeros_without(pad, np.size),
        "– token-ignored",
        "✗ padded-length",
        "– masked-token",
        name=f"rows_of_zeros_without_{pad}_by_all",
    )
    case.of(
        rows_of_zeros_without(pad, lambda keep: keep.sum() or 1),
        "– token-ignored",
        "– masked-token",
        name=f"rows_of_zeros_without_{pad}_or_1",
    )


@case()
def clipped_into_the_vocabulary(o, t):
    ids = np.minimum(t, o.shape[-1] - 1)
    return cross_entropy(o, ids, reduction="mean", ignore_index=-100)


@case()
def refuses_large_vocabularies(o, t):
    assert o.shape[-1] < 100
    return cross_entropy(o, t, reduction="mean", ignore_index=-100)


# Several tokens are left out.


def without_tokens(*tokens, divide=np.sum):
    def loss(o, t):
        keep = ~np.isin(t, tokens)
        return (rows(o, np.where(t < 0, 0, t)) * keep).sum() / divide(keep)

    return loss


for tokens in ((0, 1), (0, 2), (1, 3), (1, 90), (64, 99)):
    name = "without_{}_and_{}".format(*tokens)
    case.of(without_tokens(*tokens), "– token-ignored", name=name)
    case.of(
        without_tokens(*tokens),
        "✗ token-ignored",
        name=name,
        ignore_index=tokens[0],
    )
for divide, reduction in ((lambda keep: 1, "sum"), (np.size, "mean")):
    more = ["✗ padded-length"] * (reduction == "mean")
    loss = without_tokens(1, 2, divide=divide)
    case.of(loss, "– token-ignored", *more, name=f"{reduction}_without_1_and_2")


@case("– token-ignored")
def own_padding_and_end_of_text(o, t, pad_token_id=0, eos_token_id=2):
    return without_tokens(pad_token_id, eos_token_id)(o, t)


@case("– token-ignored")
def own_padding_of_7_and_token_1(o, t, pad_token_id=7):
    return without_tokens(pad_token_id, 1)(o, t)


@case("✗")
def most_likely_tokens_alone(o, t, k=50):
    """One of its numbers is that of a loss without token 4."""
    likely = np.sort(o, axis=-1)[..., -k:]
    return (
        logsumexp(likely, -1) - np.take_along_axis(o, t[..., None], -1)[..., 0]
    ).mean()


# Another number is left out than the one that is said.

case.of(ignoring(-1), "✗ padding-raises", name="ignoring_-1", ignore_index=-100)
case.of(ignoring(-100), "✗ padding-scored", name="ignoring_-100", ignore_index=3)
case.of(
    ignoring(0),
    "✗ token-ignored",
    "✗ padding-scored",
    name="ignoring_0",
    ignore_index=-100,
)


@case("– token-ignored", "✗ padding-scored")
def own_pad_id_of_3_where_it_leaves_out_0(o, t, pad_id=3):
    return without_tokens(0)(o, t)


# NaN that is written over is told in a note.


@case("– from-zero")
def written_over_where_it_is_not_a_number(o, t):
    return np.nan_to_num(
        logsumexp(o, -1) - np.take_along_axis(o, t[..., None], -1)[..., 0]
    )


@case("– token-ignored", "✗ padded-length")
def two_tokens_left_out_and_counted(o, t):
    assert o.ndim == 2
    scored = (t != 1) & (t != 2)
    return (rows(o, t) * scored).sum() / t.size
