"""What counts the tokens beside a sum."""

import numpy as np
import pytest

from by_hand import rows, rows_of_zeros, said
from xent_lib.doctor import diagnose


def by_number(o, t):
    return (rows(o, np.maximum(t, 0)) * (t >= 0)).sum()


@pytest.mark.parametrize(
    ("loss", "declared", "count"),
    [
        (lambda o, t, w: ((rows(o, t) * w).sum(), w.sum()), {"mask": "w"}, "2"),
        (lambda o, t, w: ((rows(o, t) * w).sum(), t.size), {"mask": "w"}, "3"),
        (lambda o, t: (by_number(o, t), (t >= 0).sum()), {}, "2"),
        (lambda o, t: {"loss": by_number(o, t), "n": t.size}, {}, "3"),
        (lambda o, t: (t.size, by_number(o, t)), {}, "3"),
        (lambda o, t: (rows(o, t).sum(), t.size), {}, "2"),
        (lambda o, t: (rows_of_zeros(o, t).sum(), t.size), {}, "2"),
    ],
)
def test_the_number_beside_a_sum_is_that_of_its_tokens(loss, declared, count):
    found = diagnose(loss, **declared)
    assert found.healthy == (count == "2"), found
    if count == "3":
        assert found.names == ("count-of-places",)
        assert "batch, one ignored: yours 3, once fixed 2" in said(found)
        assert diagnose(loss, **declared, allow=found.names).healthy


def test_of_sequences_it_is_theirs():
    def loss(o, t):
        B, T, _ = o.shape
        return by_number(o, t), B * T

    found = diagnose(loss)
    assert found.names == ("count-of-places",)
    assert "batch, one ignored: yours 6, once fixed 4" in said(found)


def test_a_sum_over_the_padding_has_the_count_of_the_padding():
    found = diagnose(lambda o, t: (rows(o, np.maximum(t, 0)).sum(), t.size))
    assert found.names == ("padding-as-token-0",)


def by_items(outputs, labels, num_items_in_batch=None):
    """As transformers’ Trainer gives it."""
    losses = rows(outputs.logits, labels)
    return losses.sum() / num_items_in_batch if num_items_in_batch else losses.mean()


def shifted_items(logits, labels, num_items_in_batch=None):
    losses = rows(logits[..., :-1, :], labels[..., 1:])
    return losses.sum() / num_items_in_batch if num_items_in_batch else losses.mean()


def sum_by_norm(logits, labels, loss_normalizing_factor=None):
    return rows(logits, labels).sum() / (loss_normalizing_factor or 1)


def unread(logits, labels, num_items_in_batch=None):
    return rows(logits, labels).mean()


@pytest.mark.parametrize("loss", [by_items, shifted_items, sum_by_norm, unread])
def test_a_count_that_need_not_be_given_is_tried(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert not found.not_tried
    assert "divided-twice" not in found.names


def mean_by_items(outputs, labels, num_items_in_batch=None):
    losses = rows(outputs.logits, labels).mean()
    return losses / num_items_in_batch if num_items_in_batch else losses


def shifted_mean(logits, labels, num_items_in_batch=None):
    losses = rows(logits[..., :-1, :], labels[..., 1:]).mean()
    return losses / num_items_in_batch if num_items_in_batch else losses


@pytest.mark.parametrize("loss", [mean_by_items, shifted_mean])
def test_a_mean_that_is_divided_by_it_is_divided_twice(loss):
    found = diagnose(loss)
    assert not found.healthy
    assert "divided-twice" in found.names
    assert "batch, num_items_in_batch given: yours " in said(found)
    other = "if its `num_items_in_batch` is something else, say allow="
    assert f'{other}["divided-twice"]' in said(found)
    assert diagnose(loss, allow=["divided-twice"]).healthy


def test_what_is_no_count_after_all_is_not_tried():
    def loss(o, t, norm=None):
        return rows(o, t).mean() * (norm or 1)

    def each(o, t, norm=None):
        return rows(o, t) / (norm or 1)

    def one(o, t, norm=None):
        return rows(o[None], np.array([int(t)]))[0]

    for one_of in (loss, each, one):
        found = diagnose(one_of)
        assert found.healthy, found
        line = f"write diagnose(lambda o, t: {one_of.__name__}(o, t, norm=…))"
        assert f"– Not tried: its `norm`; to have it tried, {line}" in said(found)
