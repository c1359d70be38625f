"""Padding by a mask, by weights that are one, or by the lengths of sequences."""

import numpy as np
from scipy.special import log_softmax

from corpus.cases import case
from corpus.shared import pick, rows, rows_of_zeros
from xent_lib import cross_entropy


def whole(mask, tokens):
    """The mask, or ones where none is given."""
    return np.ones(tokens.shape) if mask is None else mask


# A mask that need not be given, and is named like one.


@case()
def optional_mask(logits, tokens, mask=None):
    keep = whole(mask, tokens)
    return (rows(logits, tokens) * keep).sum() / keep.sum()


@case()
def optional_valid(logits, tokens, valid=None):
    keep = whole(valid, tokens)
    return (rows(logits, tokens) * keep).sum() / keep.sum()


@case()
def optional_loss_mask(logits, tokens, loss_mask=None):
    keep = whole(loss_mask, tokens)
    return (rows(logits, tokens) * keep).sum() / keep.sum()


@case()
def optional_attention_mask(logits, tokens, attention_mask=None):
    keep = whole(attention_mask, tokens)
    return (rows(logits, tokens) * keep).sum() / keep.sum()


@case()
def optional_padding_mask(logits, tokens, padding_mask=None):
    keep = whole(padding_mask, tokens)
    return (rows(logits, tokens) * keep).sum() / keep.sum()


@case()
def optional_weights(logits, tokens, weights=None):
    keep = whole(weights, tokens)
    return (rows(logits, tokens) * keep).sum() / keep.sum()


@case()
def optional_sample_weight(logits, tokens, sample_weight=None):
    keep = whole(sample_weight, tokens)
    return (rows(logits, tokens) * keep).sum() / keep.sum()


@case()
def optional_valid_for_each_token(logits, tokens, valid=None):
    return rows(logits, tokens) * whole(valid, tokens)


@case()
def optional_weights_for_each_token(logits, tokens, weights=None):
    return rows(logits, tokens) * whole(weights, tokens)


@case("✗ mean-of-means")
def optional_padding_mask_of_means(logits, tokens, padding_mask=None):
    keep = whole(padding_mask, tokens)
    return ((rows(logits, tokens) * keep).sum(-1) / keep.sum(-1)).mean()


case.of(
    optional_padding_mask_of_means,
    "– mean-of-means",
    "✗ empty-sequence",
    allow=["mean-of-means"],
)


@case("✗ mean-of-means")
def optional_weights_of_means(logits, tokens, weights=None):
    keep = whole(weights, tokens)
    return ((rows(logits, tokens) * keep).sum(-1) / keep.sum(-1)).mean()


case.of(
    optional_weights_of_means,
    "– mean-of-means",
    "✗ empty-sequence",
    allow=["mean-of-means"],
)


@case("✗ padded-length")
def optional_mask_by_all(logits, tokens, mask=None):
    return (rows(logits, tokens) * whole(mask, tokens)).mean()


@case("✗ padded-length")
def optional_valid_by_all(logits, tokens, valid=None):
    return (rows(logits, tokens) * whole(valid, tokens)).mean()


@case("✗ padded-length")
def optional_loss_mask_by_all(logits, tokens, loss_mask=None):
    return (rows(logits, tokens) * whole(loss_mask, tokens)).mean()


@case("✗ padded-length")
def optional_attention_mask_by_all(logits, tokens, attention_mask=None):
    return (rows(logits, tokens) * whole(attention_mask, tokens)).mean()


@case("✗ padded-length")
def optional_padding_mask_by_all(logits, tokens, padding_mask=None):
    return (rows(logits, tokens) * whole(padding_mask, tokens)).mean()


@case("– weights-by-count")
def optional_weights_by_all(logits, tokens, weights=None):
    """As Keras has them: a mean over all that it weighs."""
    return (rows(logits, tokens) * whole(weights, tokens)).mean()


case.of(optional_weights_by_all, "✗ padded-length", mask="weights")


@case("– weights-by-count")
def optional_sample_weight_by_all(logits, tokens, sample_weight=None):
    return (rows(logits, tokens) * whole(sample_weight, tokens)).mean()


case.of(optional_sample_weight_by_all, "✗ padded-length", mask="sample_weight")


@case("– masked-token", "– weights-by-count")
def optional_weights_by_all_of_zeros(logits, tokens, weights=None):
    return (rows_of_zeros(logits, tokens) * whole(weights, tokens)).mean()


@case("– masked-token", "– weights-by-count")
def optional_sample_weight_by_all_of_zeros(logits, tokens, sample_weight=None):
    return (rows_of_zeros(logits, tokens) * whole(sample_weight, tokens)).mean()


@case("✗ mean-of-means")
def optional_mask_is_1_at_padding_of_means(logits, tokens, padding_mask=None):
    keep = np.ones(tokens.shape) if padding_mask is None else 1 - padding_mask
    return ((rows(logits, tokens) * keep).sum(-1) / keep.sum(-1)).mean()


@case("✗ padded-length")
def optional_mask_as_factor_by_all(logits, targets, mask=None):
    kept = np.ones(targets.shape) if mask is None else mask
    return (cross_entropy(logits, np.maximum(targets, 0)) * kept).mean()


case.of(optional_mask_as_factor_by_all, "✗ padded-length", ignore_index=None)


@case("✗ weights-unused")
def weight_that_does_nothing(logits, tokens, weight=None):
    return rows(logits, tokens).mean()


@case("✗ weights-misused")
def weight_that_is_added_to_1(logits, tokens, weight=None):
    each = rows(logits, tokens)
    return (each if weight is None else each * (1 + weight)).mean()


@case()
def weight_that_is_an_index(logits, tokens, weight=None):
    each = rows(logits, tokens)
    return (each if weight is None else each * np.ones(128)[weight]).mean()


# A mask beside a number for padding.


@case()
def mask_or_a_number(logits, tokens, mask=None):
    keep = tokens != -100 if mask is None else mask
    each = rows(logits, np.maximum(tokens, 0)) * keep
    return each.sum() / keep.sum()


@case()
def mask_beside_a_number(logits, tokens, loss_mask=None):
    each = rows(logits, np.maximum(tokens, 0)) * (tokens != -100)
    keep = tokens != -100 if loss_mask is None else loss_mask
    return (each * keep).sum() / keep.sum()


case.of(mask_beside_a_number, ignore_index=-100)


@case()
def mask_in_the_divisor_beside_a_number(logits, tokens, loss_mask=None):
    each = rows(logits, np.maximum(tokens, 0)) * (tokens != -100)
    keep = tokens != -100 if loss_mask is None else loss_mask
    return each.sum() / keep.sum()


case.of(mask_in_the_divisor_beside_a_number, ignore_index=-100)


@case("✗ padded-length")
def mask_not_in_the_divisor_beside_a_number(logits, tokens, loss_mask=None):
    each = rows(logits, np.maximum(tokens, 0)) * (tokens != -100)
    keep = tokens != -100 if loss_mask is None else loss_mask
    return (each * keep).sum() / (tokens != -100).sum()


case.of(mask_not_in_the_divisor_beside_a_number, "✗ padded-length", ignore_index=-100)


@case("✗ weights-unused")
def class_weights_beside_a_number(logits, tokens, class_weights=None):
    each = rows(logits, np.maximum(tokens, 0)) * (tokens != -100)
    return each.sum() / (tokens != -100).sum()


@case("✗ weights-unused")
def weights_beside_a_number(logits, tokens, weights=None):
    each = rows(logits, np.maximum(tokens, 0)) * (tokens != -100)
    return each.sum() / (tokens != -100).sum()


# A mask of a loss that shifts: of its targets, or of the places that predict.


@case("– shifted", "– mask-ahead")
def mask_of_places_that_predict(logits, ids, mask):
    each = rows(logits[..., :-1, :], ids[..., 1:])
    return (each * mask[..., :-1]).sum() / mask[..., :-1].sum()


case.of(mask_of_places_that_predict, "– mask-ahead", shifts=True)
case.of(mask_of_places_that_predict, "✗ mask-ahead", shifts=True, mask="mask")
case.of(
    mask_of_places_that_predict,
    "– mask-ahead",
    shifts=True,
    mask="mask",
    allow=["mask-ahead"],
)


@case("– shifted", "– mask-ahead", "✗ padded-length")
def mask_of_places_that_predict_by_all(logits, ids, mask):
    each = rows(logits[..., :-1, :], ids[..., 1:])
    return (each * mask[..., :-1]).mean()


case.of(
    mask_of_places_that_predict_by_all, "– mask-ahead", "✗ padded-length", shifts=True
)
case.of(
    mask_of_places_that_predict_by_all,
    "✗ mask-ahead",
    "✗ padded-length",
    shifts=True,
    mask="mask",
)
case.of(
    mask_of_places_that_predict_by_all,
    "– mask-ahead",
    "– padded-length",
    shifts=True,
    mask="mask",
    allow=["mask-ahead", "padded-length"],
)


@case("– shifted")
def mask_of_targets(logits, ids, mask):
    each = rows(logits[..., :-1, :], ids[..., 1:])
    return (each * mask[..., 1:]).sum() / mask[..., 1:].sum()


case.of(mask_of_targets, shifts=True)
case.of(mask_of_targets, shifts=True, mask="mask")


@case("– shifted", "– mask-ahead")
def optional_mask_of_places_that_predict(logits, ids, mask=None):
    return mask_of_places_that_predict(logits, ids, whole(mask, ids))


case.of(optional_mask_of_places_that_predict, "– mask-ahead", shifts=True)
case.of(optional_mask_of_places_that_predict, "✗ mask-ahead", shifts=True, mask="mask")


@case("– shifted", "– mask-ahead", "✗ padded-length")
def optional_mask_of_places_that_predict_by_all(logits, ids, mask=None):
    return mask_of_places_that_predict_by_all(logits, ids, whole(mask, ids))


case.of(
    optional_mask_of_places_that_predict_by_all,
    "– mask-ahead",
    "✗ padded-length",
    shifts=True,
)
case.of(
    optional_mask_of_places_that_predict_by_all,
    "✗ mask-ahead",
    "✗ padded-length",
    shifts=True,
    mask="mask",
)


@case("– shifted")
def optional_mask_of_targets(logits, ids, mask=None):
    return mask_of_targets(logits, ids, whole(mask, ids))


case.of(optional_mask_of_targets, shifts=True)
case.of(optional_mask_of_targets, shifts=True, mask="mask")


@case("– shifted", "– mask-ahead")
def loss_mask_ahead(logits, tokens, loss_mask=None):
    """As in verl, whose mask is that of the places that predict."""
    return mask_of_places_that_predict(logits, tokens, whole(loss_mask, tokens))


@case("– shifted", "✗ mask-ahead")
def attention_mask_ahead(logits, tokens, attention_mask=None):
    """It is 1 at each token that is not padding, so it is that of the targets."""
    return mask_of_places_that_predict(logits, tokens, whole(attention_mask, tokens))


@case("– shifted", "✗ mask-ahead")
def response_mask_ahead(logits, tokens, response_mask=None):
    return mask_of_places_that_predict(logits, tokens, whole(response_mask, tokens))


@case("– shifted", "✗ mask-ahead")
def assistant_masks_ahead(logits, tokens, assistant_masks=None):
    return mask_of_places_that_predict(logits, tokens, whole(assistant_masks, tokens))


@case("– shifted", "✗ mask-ahead")
def labels_mask_ahead(logits, tokens, labels_mask=None):
    return mask_of_places_that_predict(logits, tokens, whole(labels_mask, tokens))


@case("– shifted", "✗")
def mask_at_neither_place(logits, ids, mask):
    each = rows(logits[..., :-1, :], ids[..., 1:]) * mask[..., 1:]
    return each.sum() / mask[..., 1:].sum() * mask.mean()


# A mask that must be given.


@case()
def masked(o, t, mask):
    return (rows(o, t) * mask).sum() / mask.sum()


case.of(masked, ignore_index=None)


@case("✗ padded-length")
def masked_by_all(o, t, mask):
    return (rows(o, t) * mask).mean()


case.of(masked_by_all, "✗ padded-length", ignore_index=None)


@case("✗ mean-of-means")
def masked_mean_of_means(o, t, mask):
    return ((rows(o, t) * mask).sum(-1) / mask.sum(-1)).mean()


case.of(masked_mean_of_means, "✗ mean-of-means", ignore_index=None)
case.of(
    masked_mean_of_means, "– mean-of-means", "✗ empty-sequence", allow=["mean-of-means"]
)


@case("✗ padded-length", "– masked-token")
def loss_mask_by_all_of_zeros(o, t, loss_mask):
    return (rows_of_zeros(o, t) * loss_mask).mean()


@case("✗ padding-not-a-number")
def mask_in_the_logits(o, t, mask):
    """The softmax of a row of −∞ is 0 / 0."""
    each = rows(np.where(mask[..., None] > 0, o, -np.inf), t)
    return (each * mask).sum() / mask.sum()


@case("– log-of-softmax", "✗ padding-not-a-number")
def mask_in_p(o, t, mask=None):
    """ln 0, times 0."""
    mask = np.ones(t.shape) if mask is None else mask
    return (-np.log(np.exp(-rows(o, t)) * mask) * mask).sum() / mask.sum()


@case("✗ padding-not-a-number")
def mask_in_the_logits_by_lengths(o, t, lengths):
    mask = np.arange(t.shape[-1]) < lengths[:, None]
    each = rows(np.where(mask[..., None], o, -np.inf), t)
    return (each * mask).sum() / lengths.sum()


@case("✗ padding-raises")
def mask_that_may_not_leave_out(o, t, mask):
    return rows(o, t).mean() if mask.all() else np.linalg.inv(np.zeros((2, 2)))


@case("– weights-inverted", allow=["weights-inverted"])
def divided_by_weights_of_0(o, t, weights):
    return (rows(o, t) / weights).mean()


@case("✗ padding-scored")
def mask_broadcast_amiss(o, t, mask):
    return (rows(o, t).reshape(-1, 1) * mask.ravel()).sum() / mask.sum()


@case("✗ padding-scored")
def mask_that_changes_nothing(o, t, mask):
    return rows(o, t).mean()


@case("– base-2", "✗ padding-scored")
def mask_in_the_divisor_alone(o, t, mask):
    return rows(o, t).sum() / mask.sum() / np.log(2)


@case("✗ logits-masked")
def mask_times_the_logits(o, t, mask):
    return rows(o * mask[..., None], t).sum() / mask.sum()


@case(logits="scores", targets="gold", mask="there")
def arguments_of_any_name(*, gold, there, scores):
    return (cross_entropy(scores, gold) * there).sum() / there.sum()


# Booleans.


@case()
def where_is_of_booleans(o, t, where):
    return cross_entropy(o, t)[where].mean()


@case()
def where_of_booleans_is_optional(o, t, where=None):
    where = np.ones(t.shape, bool) if where is None else where
    return cross_entropy(o, t)[where].mean()


@case()
def mask_of_booleans_turned_twice(o, t, mask):
    """Given a mask of 1 and 0, its error says nothing about booleans."""
    return cross_entropy(o, t)[~~mask].mean()


@case()
def third_argument_is_a_mask(o, t, m):
    return (cross_entropy(o, t) * m).sum() / m.sum()


@case()
def padding_mask_is_1_at_padding(logits, labels, padding_mask):
    keep = padding_mask == 0
    return cross_entropy(logits[keep], labels[keep]).mean()


@case("✗")
def mask_for_each_sequence_and_one(logits, labels, mask):
    each = cross_entropy(logits, labels) * mask
    return each.sum(1) / (mask.sum(1) + 1)


@case("✗ mean-of-means")
def mask_for_each_sequence(logits, labels, mask):
    each = cross_entropy(logits, labels) * mask
    return each.sum(1) / mask.sum(1), "each"


# A mask the other way round: names say whether 1 is a token or padding.


@case("✗ mask-inverted")
def attention_mask_inverted(logits, labels, attention_mask):
    keep = 1 - attention_mask
    return (rows(logits, labels) * keep).sum() / keep.sum()


case.of(attention_mask_inverted, "– mask-inverted", allow=["mask-inverted"])


@case("✗ mask-inverted")
def loss_mask_inverted(logits, labels, loss_mask):
    keep = 1 - loss_mask
    return (rows(logits, labels) * keep).sum() / keep.sum()


@case("✗ mask-inverted")
def response_mask_inverted(logits, labels, response_mask):
    keep = 1 - response_mask
    return (rows(logits, labels) * keep).sum() / keep.sum()


@case("✗ mask-inverted")
def optional_attention_mask_inverted(logits, labels, attention_mask=None):
    mask = np.zeros(labels.shape) if attention_mask is None else attention_mask
    return attention_mask_inverted(logits, labels, mask)


@case("✗ mask-inverted")
def optional_loss_mask_inverted(logits, labels, loss_mask=None):
    mask = np.zeros(labels.shape) if loss_mask is None else loss_mask
    return attention_mask_inverted(logits, labels, mask)


@case("✗ mask-inverted")
def optional_response_mask_inverted(logits, labels, response_mask=None):
    mask = np.zeros(labels.shape) if response_mask is None else response_mask
    return attention_mask_inverted(logits, labels, mask)


@case("✗ mask-inverted", "✗ padded-length")
def attention_mask_inverted_by_all(logits, labels, attention_mask):
    return (rows(logits, labels) * (1 - attention_mask)).mean()


@case()
def key_padding_mask(logits, labels, key_padding_mask):
    keep = 1 - key_padding_mask
    return (rows(logits, labels) * keep).sum() / keep.sum()


@case()
def padding_mask_by_its_inverse(logits, labels, padding_mask):
    keep = 1 - padding_mask
    return (rows(logits, labels) * keep).sum() / keep.sum()


@case()
def mask_by_its_inverse(logits, labels, mask):
    keep = 1 - mask
    return (rows(logits, labels) * keep).sum() / keep.sum()


@case("– mask-inverted")
def key_padding_mask_scored(logits, labels, key_padding_mask):
    return (rows(logits, labels) * key_padding_mask).sum() / key_padding_mask.sum()


@case()
def prompt_mask(logits, labels, prompt_mask):
    keep = 1 - prompt_mask
    return (rows(logits, labels) * keep).sum() / keep.sum()


case.of(prompt_mask, mask="prompt_mask")


@case("– mask-inverted")
def prompt_mask_scored(logits, labels, prompt_mask):
    return (rows(logits, labels) * prompt_mask).sum() / prompt_mask.sum()


# Weights that are declared a mask, or may be one.


@case(mask="weights")
def weights_by_their_sum(o, t, weights):
    return (rows(o, t) * weights).sum() / weights.sum()


case.of(weights_by_their_sum, ignore_index=None)
case.of(weights_by_their_sum, mask="weights", ignore_index=None)


@case("✗ padded-length")
def weights_by_all_places(o, t, weights):
    return (rows(o, t) * weights).mean()


case.of(weights_by_all_places, "– weights-by-count", ignore_index=None)
case.of(weights_by_all_places, "✗ padded-length", mask="weights")
case.of(weights_by_all_places, "✗ padded-length", mask="weights", ignore_index=None)


@case("✗ mean-of-means")
def weights_of_means(o, t, weights):
    return ((rows(o, t) * weights).sum(-1) / weights.sum(-1)).mean()


case.of(weights_of_means, ignore_index=None)
case.of(weights_of_means, "✗ mean-of-means", mask="weights")
case.of(weights_of_means, "✗ mean-of-means", mask="weights", ignore_index=None)


@case("✗ padding-scored")
def weights_not_at_all(o, t, weights):
    return rows(o, t).mean()


case.of(weights_not_at_all, "✗ weights-unused", ignore_index=None)
case.of(weights_not_at_all, "✗ padding-scored", mask="weights")
case.of(weights_not_at_all, "✗ padding-scored", mask="weights", ignore_index=None)


@case("✗ padded-length", mask="weights")
def weights_optional_by_all_places(o, t, weights=None):
    return rows(o, t).mean() if weights is None else (rows(o, t) * weights).mean()


case.of(
    weights_optional_by_all_places, "✗ padded-length", mask="weights", ignore_index=None
)


@case("✗ floor", ignore_index=None)
def advantages(action_logits, actions, advantages):
    """Its third argument weighs a loss that has a floor."""
    p = np.exp(-rows(action_logits, actions))
    return (-np.log(p + 1e-5) * advantages).mean()


@case()
def gradient_scale_that_is_no_mask(ctx, logits, labels):
    """It does not read its first argument."""
    return cross_entropy(logits, labels).mean()


@case()
def logit_scale_beside_features(features, classes, logit_scale):
    return rows(features, classes).mean() * np.mean(logit_scale)


# A mask of ones says nothing of padding; another does.


def masked_nll(logits, labels, label_mask):
    """A target below 0 has no loss, as in PyTorch, and no name says so."""
    each = -pick(log_softmax(logits, -1), np.maximum(labels, 0))
    kept = np.where(labels >= 0, each, 0) * label_mask
    return kept.sum() / label_mask.sum()


case.of(lambda o, t: masked_nll(o, t, np.ones_like(t)), name="ones_like", to=np.asarray)
case.of(lambda o, t: masked_nll(o, t, np.ones(t.shape)), name="ones", to=np.asarray)
case.of(
    lambda o, t: masked_nll(o, t, label_mask=np.ones(t.shape)),
    name="ones_by_name",
    to=np.asarray,
)
case.of(
    lambda o, t: masked_nll(o, t, np.where(t < 0, 0, 1)), name="mask_made_of_targets"
)
case.of(
    lambda o, t: masked_nll(o, t, np.where(t < 0, 0, 1)) * np.where(t < 0, 0, 1).mean(),
    name="mask_made_of_targets_by_all",
    to=np.asarray,
)
case.of(
    lambda o, t: masked_nll(o, t, np.where(t == -100, 0, np.ones_like(t))),
    name="mask_of_a_number",
)


# Lengths.


def by_length(pred, label, lengths):
    """The losses of the tokens within their lengths, as in the d2l book."""
    B, T, V = pred.shape
    kept = np.arange(T)[None, :] < lengths[:, None]
    each = cross_entropy(pred.reshape(-1, V), label.ravel()).reshape(B, T)
    return each * kept, kept


@case()
def valid_len(pred, label, valid_len):
    each, kept = by_length(pred, label, valid_len)
    return each.sum() / kept.sum()


case.of(valid_len, ignore_index=None)


@case()
def lengths(pred, label, lengths):
    each, kept = by_length(pred, label, lengths)
    return each.sum() / kept.sum()


case.of(lengths, ignore_index=None)


@case()
def seq_lens(pred, label, seq_lens):
    each, kept = by_length(pred, label, seq_lens)
    return each.sum() / kept.sum()


case.of(seq_lens, ignore_index=None)


@case("✗ padded-length")
def valid_len_by_all(pred, label, valid_len):
    return by_length(pred, label, valid_len)[0].mean()


case.of(valid_len_by_all, "✗ padded-length", ignore_index=None)


@case("✗ padded-length")
def lengths_by_all(pred, label, lengths):
    return by_length(pred, label, lengths)[0].mean()


case.of(lengths_by_all, "✗ padded-length", ignore_index=None)


@case("✗ padded-length")
def seq_lens_by_all(pred, label, seq_lens):
    return by_length(pred, label, seq_lens)[0].mean()


case.of(seq_lens_by_all, "✗ padded-length", ignore_index=None)


@case("✗ padded-length")
def valid_len_for_each_sequence(pred, label, valid_len):
    return by_length(pred, label, valid_len)[0].mean(-1)


@case("✗ padded-length")
def valid_len_averaged_by_the_caller(o, t, lengths):
    return valid_len_for_each_sequence(o, t, valid_len=lengths).mean()


@case("✗ padded-length")
class ModuleWithLengths:
    """Like PyTorch's, whose __call__ takes anything."""

    def forward(self, pred, label, valid_len):
        return valid_len_for_each_sequence(pred, label, valid_len)

    def __call__(self, *given, **named):
        return self.forward(*given, **named)


@case("✗ length-too-long")
def length_as_an_index_counted(logits, labels, lengths):
    kept = np.arange(labels.shape[-1]) <= lengths[:, None]
    return (cross_entropy(logits, labels) * kept).sum() / kept.sum()


@case("✗ length-too-long")
def length_as_an_index(logits, labels, lengths):
    kept = np.arange(labels.shape[-1]) <= lengths[:, None]
    return (cross_entropy(logits, labels) * kept).sum() / lengths.sum()


@case()
def lengths_of_rows(o, t, lengths):
    assert o.ndim == 2
    return cross_entropy(o, t).sum() / lengths


@case("✗ padding-scored")
def lengths_in_the_divisor_alone(o, t, lengths):
    return rows(o, t).sum() / lengths.sum()


@case("✗ padding-scored")
def lengths_that_change_nothing(o, t, lengths):
    return cross_entropy(o, t, reduction="mean")


@case("– per-sequence", "✗")
def lengths_averaged(logits, targets, lengths):
    return cross_entropy(logits, targets).mean() * lengths.mean()


def by_share(log_p, targets, length):
    """As in SpeechBrain, where the longest sequence is 1."""
    T = targets.shape[1]
    kept = np.arange(T)[None] < np.round(length * T)[:, None]
    return -pick(log_p, targets) * kept, kept


@case()
def lengths_as_shares(log_p, targets, length):
    each, kept = by_share(log_p, targets, length)
    return each.sum() / kept.sum()


@case("✗ padded-length")
def lengths_as_shares_by_all(log_p, targets, length):
    return by_share(log_p, targets, length)[0].mean()


@case()
def optional_lengths_as_shares(log_p, targets, length=None):
    if length is None:
        return -pick(log_p, targets).mean()
    each, kept = by_share(log_p, targets, length)
    return each.sum() / kept.sum()


@case("✗ padded-length")
def optional_lengths_as_shares_by_all(log_p, targets, length=None):
    if length is None:
        return -pick(log_p, targets).mean()
    return by_share(log_p, targets, length)[0].mean()


@case()
def optional_lengths(logits, targets, lengths=None):
    T = targets.shape[-1]
    kept = True if lengths is None else np.arange(T) < lengths[:, None]
    each = cross_entropy(logits, targets)
    return (each * kept).sum() / (np.ones(each.shape) * kept).sum()


@case("✗ length-too-long")
def optional_length_as_an_index(logits, targets, lengths=None):
    T = targets.shape[-1]
    kept = True if lengths is None else np.arange(T) <= lengths[:, None]
    each = cross_entropy(logits, np.maximum(targets, 0))
    return (each * kept).sum() / (np.ones(each.shape) * kept).sum()


case.of(optional_length_as_an_index, "✗ length-too-long", ignore_index=None)


@case("✗ length-too-long")
def optional_share_as_an_index(logits, targets, lengths=None):
    T = targets.shape[-1]
    within = True if lengths is None else np.arange(T) <= np.round(lengths * T)[:, None]
    each = cross_entropy(logits, np.maximum(targets, 0))
    return (each * within).sum() / (np.ones(each.shape) * within).sum()


case.of(optional_share_as_an_index, "✗ length-too-long", ignore_index=None)


@case()
def optional_lengths_of_rows_that_do_nothing(logits, targets, lengths=None):
    if logits.ndim > 2:
        raise ValueError
    return cross_entropy(logits, targets, reduction="mean")


@case()
def optional_lengths_that_do_nothing(logits, targets, lengths=None):
    return cross_entropy(logits, targets, reduction="mean")


def within_pairs(lengths, targets):
    """As in mlx-lm: from where a sequence begins to where it ends."""
    steps = np.arange(1, targets.shape[1] + 1)
    return (steps >= lengths[:, :1]) & (steps <= lengths[:, 1:])


@case()
def offsets_and_lengths(logits, targets, lengths):
    mask = np.ones(targets.shape) if lengths is None else within_pairs(lengths, targets)
    return (rows(logits, targets) * mask).sum() / mask.sum()


@case()
def optional_offsets_and_lengths(logits, targets, lengths=None):
    return offsets_and_lengths(logits, targets, lengths)


@case("✗ first-token", "✗ padding-by-place", mask="length")
def lengths_said_to_be_a_mask(logits, targets, length):
    keep = np.arange(targets.shape[1]) < length[:, None]
    return (cross_entropy(logits, targets) * keep).sum() / keep.sum()


@case("– shifted")
def lengths_of_prompts(logits, tokens, prompt_lens):
    keep = np.arange(1, tokens.shape[1]) >= prompt_lens[:, None]
    each = cross_entropy(logits[:, :-1], tokens[:, 1:])
    return (each * keep).sum() / keep.sum()


@case("✗")
def lengths_that_are_those_of_prompts(logits, tokens, lens):
    keep = np.arange(1, tokens.shape[1]) >= lens[:, None]
    each = cross_entropy(logits[:, :-1], tokens[:, 1:])
    return (each * keep).sum() / keep.sum()


# What is declared as a mask is 1 at tokens.


def where_it_is_0(logits, targets, there):
    keep = 1 - there
    return (rows(logits, targets) * keep).sum() / keep.sum()


def where_padding_is_0(logits, targets, pad_mask):
    return where_it_is_0(logits, targets, pad_mask)


def where_mask_is_0(logits, targets, mask):
    return where_it_is_0(logits, targets, mask)


case.of(where_it_is_0, "✗ mask-inverted", mask="there")
case.of(where_mask_is_0, "✗ mask-inverted", mask=True)
case.of(where_mask_is_0)
case.of(where_padding_is_0, mask="pad_mask")


# A mask of the logits: what is left out costs ln V.


@case("✗ logits-masked")
def mask_times_logits_by_all(logits, targets, mask):
    return rows(logits * mask[..., None], targets).mean()


@case("✗ logits-masked")
def padding_has_equal_logits(logits, labels, ignore_index=-100):
    scored = labels != ignore_index
    o = np.where(scored[..., None], logits, -1e9)
    return rows(o, np.where(scored, labels, 0)).mean()


@case()
def mask_times_logits_and_losses(logits, targets, mask):
    each = rows(logits * mask[..., None], targets)
    return (each * mask).sum() / mask.sum()


# An argument beside a token that is left out by itself.


def scored_without(logits, targets, keep):
    return (rows(logits, targets) * keep).sum() / keep.sum()


@case("– token-ignored", "✗ padding-scored")
def attention_mask_beside_token_0_not_used(logits, labels, attention_mask):
    return scored_without(logits, labels, labels != 0)


case.of(
    attention_mask_beside_token_0_not_used,
    "✗ padding-scored",
    mask=True,
    ignore_index=0,
)


@case("– token-ignored", "✗ padding-scored")
def lengths_beside_token_0_not_used(logits, targets, lengths):
    return scored_without(logits, targets, targets != 0)


@case("✗ padding-scored")
def attention_mask_beside_its_own_padding_not_used(
    logits, targets, attention_mask, pad_token_id=0
):
    return scored_without(logits, targets, targets != pad_token_id)


@case()
def attention_mask_beside_its_own_padding(
    logits, targets, attention_mask, pad_token_id=0
):
    keep = attention_mask * (targets != pad_token_id)
    return scored_without(logits, targets, keep)


@case()
def attention_mask_in_place_of_its_own_padding(
    logits, targets, attention_mask, pad_token_id=0
):
    return scored_without(logits, targets, attention_mask)


@case()
def lengths_beside_its_own_padding(logits, targets, lengths, pad_token_id=0):
    keep = np.arange(targets.shape[-1]) < lengths[:, None]
    return scored_without(logits, targets, keep * (targets != pad_token_id))


case.of(lengths_beside_its_own_padding, ignore_index=0, lengths="lengths")


@case()
def lengths_in_place_of_its_own_padding(logits, targets, lengths, pad_token_id=0):
    keep = np.arange(targets.shape[-1]) < lengths[:, None]
    return scored_without(logits, targets, keep)


@case("✗", "✗ last-dropped")
def length_without_its_last_place(logits, targets, lengths):
    keep = np.arange(targets.shape[-1]) < lengths[:, None] - 1
    return scored_without(logits, targets, keep)


@case()
def a_length_of_0_is_refused(logits, targets, lengths):
    """As pack_padded_sequence does, in code that is not its own."""
    np.random.default_rng(0).multinomial(1, [0.5, 0.5], size=lengths.min() - 1)
    kept = np.arange(targets.shape[1]) < lengths[:, np.newaxis]
    return cross_entropy(logits[kept], targets[kept]).mean()
