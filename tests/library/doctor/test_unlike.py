"""Weights that are not all alike, of tokens and of classes."""

import re

import numpy as np
import pytest

from by_hand import rows, rows_of_zeros, said
from xent_lib.doctor import diagnose


def average(o, t, weights):
    return (rows(o, t) * weights).sum() / weights.sum()


def summed(o, t, weights):
    return (rows(o, t) * weights).sum()


def each(o, t, weights):
    return rows(o, t) * weights


def shifted(o, t, weights):
    return average(o[..., :-1, :], t[..., 1:], weights[..., 1:])


def shifted_ahead(o, t, weights):
    return average(o[..., :-1, :], t[..., 1:], weights[..., :-1])


def of_rows(o, t, weights=None):
    return average(o, t, np.ones(t.shape) if weights is None else weights)


def of_classes(o, t, class_weights=None):
    w = np.ones(o.shape[-1]) if class_weights is None else class_weights
    keep = t != -100
    return average(o, np.where(keep, t, 0), w[np.where(keep, t, 0)] * keep)


def of_one_hot(o, t, weight=None):
    y = t[..., None] == np.arange(o.shape[-1])
    w = (y * (np.ones(o.shape[-1]) if weight is None else weight)).sum(-1)
    return (rows_of_zeros(o, t) * w).sum() / w.sum()


def binary(o, t, loss_mask):
    """What a mask is, whose numbers are 0 and 1 alone."""
    return rows(o, t)[loss_mask > 0].mean()


RIGHT = [
    average,
    summed,
    each,
    shifted,
    shifted_ahead,
    of_rows,
    of_classes,
    of_one_hot,
    binary,
]


@pytest.mark.parametrize("loss", RIGHT)
def test_a_weighted_mean_or_sum_is_right(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert "weights-inverted" not in found.names
    assert "Given weights" not in said(found)
    assert not found.not_tried


def inverse(w):
    return np.where(w > 0, 1 / np.maximum(w, 1e-9), 0)


def divides(o, t, weights):
    return (rows(o, t) * inverse(weights)).sum() / (weights > 0).sum()


def by_their_sum(o, t, weights):
    return (rows(o, t) * inverse(weights)).sum() / weights.sum()


def by_inverses(o, t, weights):
    return average(o, t, inverse(weights))


def by_inverses_each(o, t, weights):
    return rows(o, t) * inverse(weights)


def classes_inverted(o, t, weights=None):
    return of_classes(o, t, None if weights is None else 1 / weights)


def one_hot_inverted(o, t, weight=None):
    return of_one_hot(o, t, None if weight is None else 1 / weight)


@pytest.mark.parametrize("declared", [{}, {"mask": "weights"}])
@pytest.mark.parametrize("loss", [divides, by_their_sum, by_inverses, by_inverses_each])
def test_weights_by_which_it_divides_are_a_fault(loss, declared):
    found = diagnose(loss, **declared)
    assert found.names == ("weights-inverted",), found
    assert not found.healthy
    assert "✗ The loss is divided by its `weights`" in said(found)
    assert diagnose(loss, allow=["weights-inverted"], **declared).healthy


def by_index(o, t, weights=None):
    """Of a number of padding it knows nothing."""
    w = np.ones(o.shape[-1]) if weights is None else 1 / weights
    return average(o, t, w[t])


@pytest.mark.parametrize("loss", [classes_inverted, one_hot_inverted, by_index])
def test_those_of_classes_are_so_too(loss):
    """Whether its one-hot targets leave padding out, or its number does."""
    found = diagnose(loss)
    assert {*found.names} - {"masked-token"} == {"weights-inverted"}, found
    assert not found.healthy
    assert "of classes: yours " in said(found)
    assert not found.not_tried


def lacking(o, t, weights=None):
    """Each times what its weight lacks of 1, but where its target is padding."""
    return rows_of_zeros(o, t) * (1 if weights is None else 1 - weights)


def less_than_one(o, t, weights=None):
    w = np.zeros(t.shape) if weights is None else weights
    return lacking(o, t, w).sum() / ((1 - w) * (t >= 0)).sum()


def less_than_one_summed(o, t, weights=None):
    """As of flax's lm1b example, which is given 1 − weights."""
    return lacking(o, t, weights).sum()


def less_than_one_required(o, t, weights):
    """Taken as a mask that is 1 where nothing is scored."""
    return average(o, t, 1 - weights)


def less_than_one_by_them(o, t, weights=None):
    """Divided by what they were."""
    if weights is None:
        return rows(o, t).mean()
    return summed(o, t, 1 - weights) / weights.sum()


def classes_less_than_one(o, t, weights=None):
    return of_classes(o, t, None if weights is None else 1 - weights)


@pytest.mark.parametrize(
    "loss",
    [
        less_than_one,
        lacking,
        less_than_one_summed,
        less_than_one_required,
        less_than_one_by_them,
        classes_less_than_one,
    ],
)
def test_what_weights_lack_of_1_is_a_fault(loss):
    found = diagnose(loss)
    assert {*found.names} - {"masked-token"} == {"weights-inverted"}, found
    assert "✗ The loss is of 1 − its `weights`: what weighs more" in said(found)
    assert "Given weights" not in said(found)
    assert diagnose(loss, allow=["weights-inverted"]).healthy


def test_those_of_padding_lack_it_rightly():
    found = diagnose(lambda o, t, pad_weights: average(o, t, 1 - pad_weights))
    assert found.healthy, found
    assert "Not tried: its `pad_weights`" in said(found)


def by_squares(o, t, weights):
    return (rows(o, t) * weights).sum() / (weights**2).sum()


def not_zero(o, t, weights):
    """As TensorFlow 1 had it."""
    return (rows(o, t) * weights).sum() / (weights > 0).sum()


def classes_by_all(o, t, weight=None):
    w = np.ones(o.shape[-1]) if weight is None else weight
    return (rows(o, t) * w[t]).mean()


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        (by_squares, "1, 0.5, 0.25 as its `weights`, it gives 2.87"),
        (not_zero, "1, 0.5, 0.25 as its `weights`, it gives 1.25"),
        (classes_by_all, "1, 0.5, 0.25, 0.125 as its `weight`, it gives 0"),
    ],
)
def test_what_is_neither_is_told_with_its_numbers(loss, given):
    found = diagnose(loss)
    assert found.healthy, found
    assert f"– Given weights {given}" in said(found)
    assert ", and not their weighted mean or sum, " in said(found)


def refuses(o, t, weight=None):
    if weight is not None:
        raise TypeError("of a class of its own")
    return rows(o, t).mean()


def of_sequences(o, t, weights):
    """A mean of their means."""
    return (each(o, t, weights).sum(-1) / weights.sum(-1)).mean()


def of_a_row(o, t, weight=None):
    return -np.log(np.exp(o - o.max()) / np.exp(o - o.max()).sum())[int(t)]


def by_booleans(o, t, weights):
    return rows(o, t)[weights & True].mean()


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (refuses, "weight"),
        (lambda o, t, weights: np.exp(average(o, t, weights)), "weights"),
        (lambda o, t, weights: average(o[-1:], t[-1:], weights[-1:]), "weights"),
        (of_a_row, "weight"),
        (by_booleans, "weights"),
    ],
)
def test_what_takes_no_such_weights_is_not_tried(loss, name):
    found = diagnose(loss)
    assert f"Not tried: its `{name}`" in said(found), found


def required(o, t, weights):
    return average(o, t, weights[t])


def required_inverted(o, t, weights):
    return average(o, t, 1 / weights[t])


@pytest.mark.parametrize("loss", [required, required_inverted])
def test_the_line_for_those_of_classes_has_them_tried(loss):
    """Ones would hide what it does with them."""
    report = said(diagnose(loss))
    words = "Right if its `weights` is 1 for each token: write"
    line = re.search(rf"{words} diagnose\((.*)\) 3 rows", report)[1]
    found = diagnose(eval(line, globals()))
    inverted = ("weights-inverted",) if loss is required_inverted else ()
    assert found.names == inverted, found
    assert not found.not_tried


def required_or_none(o, t, weight):
    return of_classes(o, t, None if weight is None else 1 / weight)


def test_those_that_are_given_as_none_are_tried():
    """As F.cross_entropy has its weight, where it is required."""
    found = diagnose(required_or_none)
    assert "None as its `weight`" in said(found)
    assert found.names == ("weights-inverted",), found


def written_into(o, t, weights=None):
    if weights is None:
        return rows(o, t).mean()
    weights *= t != 5
    return (rows(o, t) * weights).sum() / weights.sum()


def test_what_is_done_to_weights_that_need_not_be_given_is_not_told():
    assert diagnose(written_into).healthy
