"""Logits beside the wrong targets: shifted, rolled, or all with all."""

import functools

import numpy as np
from scipy.special import log_softmax, softmax

from corpus.cases import case
from corpus.shared import rows
from xent_lib import cross_entropy


@case("✗ every-pair")
def every_pair(o, t):
    return -log_softmax(o, -1)[:, t].mean()


@case("✗ every-pair", "– log-of-softmax")
def every_pair_over_axis_1(x, y):
    """Of sequences, which it doesn't take, it gives a number by accident."""
    x = x - x.max(1, keepdims=True)
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    return -np.log(p[:, y]).mean()


@case("✗ row-index")
def row_index(o, t):
    return -log_softmax(o, -1)[t].mean()


@case("✗ rolled", "– rows-alone")
def rolled(o, t):
    return rows(o, np.roll(t, -1)).mean()


@case("✗ counted-from-one")
def counted_from_one(o, t):
    return rows(o, (t - 1) % o.shape[-1]).mean()


@case("✗ next-id")
def next_id(o, t):
    return rows(o, (t + 1) % o.shape[-1]).mean()


@case("✗ shifted-back")
def shifted_back(o, t):
    return rows(o[..., 1:, :], t[..., :-1]).mean()


@case("✗ counted-before-shift")
def counted_before_the_shift(logits, labels):
    keep = labels[:, 1:] != -100
    each = rows(logits[:, :-1], np.where(keep, labels[:, 1:], 0))
    return (each * keep).sum() / (labels != -100).sum()


@case("✗")
def ended_by_0(logits, labels):
    return rows(logits, np.pad(labels[:, 1:], ((0, 0), (0, 1)))).mean()


# Shifts: a convention, a promise, or one too many.


@case("– shifted")
def shifted(o, t):
    return cross_entropy(o[..., :-1, :], t[..., 1:]).mean()


case.of(shifted, shifts=True)
case.of(shifted, "✗ shifted", shifts=False)


@case("✗ not-shifted", shifts=True)
def not_shifted(o, t):
    return cross_entropy(o, t).mean()


@case("– shifted")
def shifted_for_each_token(o, t):
    return rows(o[..., :-1, :], np.maximum(t, 0)[..., 1:])


@case("✗ shifted-back")
def shifted_back_without_padding(o, t):
    return rows(o[..., 1:, :], t[..., :-1]).mean()


@case("✗ shifted-back", shifts=True)
def shifted_back_though_said_to_shift(o, t, reduction="mean"):
    return cross_entropy(o[..., 1:, :], t[..., :-1], reduction=reduction)


@case("✗ shifted-back", shifts=True)
def shifted_back_for_each_token(o, t):
    return cross_entropy(o[..., 1:, :], np.maximum(t, 0)[..., :-1], reduction="none")


@case("✗ rolled", shifts=True)
def rolled_though_said_to_shift(o, t):
    return cross_entropy(o, np.roll(t, -1, -1))


@case("✗ rolled")
def rolled_along_each_sequence(o, t):
    return cross_entropy(o, np.roll(t, -1, -1)).mean()


@case("✗")
def rolled_back(o, t):
    return rows(o, np.roll(t, 1, -1)).mean()


@case("✗ shifted-twice")
def shifted_by_two(o, t):
    return cross_entropy(o[..., :-2, :], t[..., 2:]).mean()


case.of(shifted_by_two, "✗ shifted-twice", shifts=True)


@case("✗ shifted-twice")
def sequences_shifted_by_two(o, t):
    if t.ndim == o.ndim:  # as PyTorch takes what is no id
        return -(t[:, 2:] * log_softmax(o[:, :-2], -1)).sum()
    return cross_entropy(o[:, :-2], t[:, 2:]).mean()


case.of(sequences_shifted_by_two, "✗ shifted-twice", shifts=True)


@case("✗")
def ended_by_0_of_any_shape(o, t):
    return cross_entropy(o, np.append(t[..., 1:], 0 * t[..., :1], -1)).mean()


@case("✗ counted-before-shift")
def counted_before_the_shift_of_any_shape(o, t):
    return cross_entropy(o[..., :-1, :], t[..., 1:]).sum() / t.size


def of_sequences_alone(loss):
    """The same loss, which takes no rows."""

    def sequences(o, t):
        assert o.ndim == 3
        return loss(o, t)

    return sequences


for loss, name in (
    (counted_before_the_shift_of_any_shape, "counted-before-shift"),
    (rolled_along_each_sequence, "rolled"),
    (shifted_back_without_padding, "shifted-back"),
    (ended_by_0_of_any_shape, ""),
):
    signs = f"✗ {name}".strip()
    case.of(of_sequences_alone(loss), signs, name=f"{loss.__name__}_sequences")


@case("– shifted", "✗ half-precision")
def shifted_in_half_precision(o, t):
    return np.float16(rows(o[..., :-1, :], t[..., 1:]).mean())


@case("– per-sequence", "✗ sign", "– shifted")
def answers_without_a_minus(logits, labels):
    """Three at once: shifted, summed by sequence, and without a minus."""
    assert logits.ndim == 3
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    return -each.sum(-1).mean()


case.of(answers_without_a_minus, "– per-sequence", "✗ sign", shifts=True)


@case("✗ shifted-sequences")
def shifted_along_the_batch_of_any_shape(o, t):
    return cross_entropy(o[:-1], t[1:]).mean()


@case("✗ sequences-joined")
def joined_and_shifted(o, t):
    """Flattened first, it shifts from one sequence to the next."""
    o, t = o.reshape(-1, o.shape[-1]), t.reshape(-1)
    return cross_entropy(o[:-1], t[1:]).mean()


case.of(joined_and_shifted, "✗ sequences-joined", shifts=True)


# Rows that are one sequence may be shifted; axis 1 of sequences is the vocabulary.


@case("– shifted")
def rows_shifted(o, t):
    how = {"axis": 1, "reduction": "mean", "ignore_index": -100}
    return cross_entropy(o[:-1], t[1:], **how)


case.of(rows_shifted, shifts=True)


@case("– shifted")
def rows_rolled_and_ended_by_padding(o, t):
    t = np.append(t[1:], -100 + 0 * t[:1], axis=0)
    return cross_entropy(o, t, axis=1, reduction="mean", ignore_index=-100)


case.of(rows_rolled_and_ended_by_padding, shifts=True)


@case("– shifted")
def vocabulary_in_the_middle_shifted(o, t):
    o = np.moveaxis(o, 1, -1).reshape(*t.shape, -1)[..., :-1, :]
    return cross_entropy(o, t[..., 1:], reduction="mean")


# Declared to shift, and does not.


def of_labels(loss):
    def sequences(logits, labels):
        assert logits.ndim == 3
        return loss(logits, labels)

    return sequences


case.of(
    of_labels(cross_entropy), "✗ not-shifted", name="sequences_not_shifted", shifts=True
)


@of_labels
def softmax_twice_not_shifted(o, t):
    return cross_entropy(softmax(o, -1), t).mean()


case.of(
    softmax_twice_not_shifted,
    "✗ not-shifted",
    "✗ softmax-twice",
    name="softmax_twice_not_shifted",
    shifts=True,
)


@of_labels
def along_the_batch_not_shifted(o, t):
    return cross_entropy(o[:-1], t[1:]).mean()


case.of(
    along_the_batch_not_shifted,
    "✗ not-shifted",
    "✗ shifted-sequences",
    name="along_the_batch_not_shifted",
    shifts=True,
)


# Targets that may be the inputs, and that nobody shifts: that is a note, no fault.


@case()
def labels_are_documented_as_inputs(logits, labels):
    """As in GPT-2, without its shift: labels = input_ids, (B, T)."""
    B, T, V = logits.shape
    return rows(logits.reshape(B * T, V), labels.reshape(-1)).mean()


case.of(labels_are_documented_as_inputs, shifts=False)
case.of(labels_are_documented_as_inputs, "✗ not-shifted", shifts=True)


@case()
def targets_are_named_input_ids(logits, input_ids):
    return rows(logits, input_ids).mean()


case.of(targets_are_named_input_ids, shifts=False)
case.of(targets_are_named_input_ids, "✗ not-shifted", shifts=True)


class Criterion:
    """Its labels are the `input_ids`."""

    def __call__(self, logits, labels):
        return rows(logits, labels).mean()


case.of(Criterion)
case.of(Criterion, "✗ not-shifted", shifts=True)


@case("– base-2")
def labels_are_inputs_in_bits(logits, labels):
    """Labels: input_ids."""
    return rows(logits, labels).mean() / np.log(2)


case.of(labels_are_inputs_in_bits, "– base-2", "✗ not-shifted", shifts=True)


def by_factor(logits, labels, factor):
    """Labels may be input_ids."""
    return factor * targets_are_named_input_ids(logits, labels)


partial_of_inputs = functools.partial(by_factor, factor=1)
case.of(partial_of_inputs, name="partial_of_inputs")
case.of(partial_of_inputs, "✗ not-shifted", name="partial_of_inputs", shifts=True)
case.of(lambda o, t: by_factor(o, t, factor=1), name="lambda_of_inputs")


@case("– shifted")
def shifts_its_inputs(logits, labels):
    """Its labels are the input_ids."""
    return rows(logits[:, :-1], labels[:, 1:]).mean()


@case()
def takes_inputs_beside_labels(logits, labels, input_ids=None):
    return rows(logits, labels).mean()


@case("✗")
def squared_mean_of_inputs(logits, labels):
    """Its labels are the input_ids."""
    return rows(logits, labels).mean() ** 2


# Other pairs.


@case("✗ counted-from-one")
def counted_from_one_in_a_table(o, t):
    return rows(o, np.arange(o.shape[-1])[t - 1]).mean()


@case("✗ next-id")
def next_id_in_a_table(o, t):
    return rows(o, np.roll(np.arange(o.shape[-1]), -1)[t]).mean()


@case("– input-ignored")
def input_ignored(o, t):
    """Left out where the input is token 0."""
    o, ids = o[..., :-1, :], np.where(t[..., :-1] == 0, -100, t[..., 1:])
    return cross_entropy(o, ids, reduction="mean", ignore_index=-100)
