"""Padding by weights: those that the caller says are a mask, and those that may be."""

import pytest

from by_hand import rows, said
from xent_lib.doctor import diagnose


def by_their_sum(o, t, weights):
    return (rows(o, t) * weights).sum() / weights.sum()


def by_all_places(o, t, weights):
    return (rows(o, t) * weights).mean()


def of_means(o, t, weights):
    return ((rows(o, t) * weights).sum(-1) / weights.sum(-1)).mean()


def not_at_all(o, t, weights):
    return rows(o, t).mean()


def optional(o, t, weights=None):
    return rows(o, t).mean() if weights is None else by_all_places(o, t, weights)


@pytest.mark.parametrize("ignored", ["auto", None])
@pytest.mark.parametrize(
    ("loss", "names"),
    [
        (by_their_sum, ()),
        (by_all_places, ("padded-length",)),
        (of_means, ("mean-of-means",)),
        (not_at_all, ("padding-scored",)),
        (optional, ("padded-length",)),
    ],
)
def test_weights_that_are_said_to_be_a_mask_are_one(loss, names, ignored):
    found = diagnose(loss, mask="weights", ignore_index=ignored)
    assert found.names == names, found
    assert found.healthy == (not names)
    assert "ignore_index" not in said(found)


@pytest.mark.parametrize("loss", [by_all_places, of_means, not_at_all])
def test_weights_that_may_be_none_are_told(loss):
    found = diagnose(loss)
    assert not found.healthy
    assert "; if its `weights` is no mask, say ignore_index=None" in said(found)
    assert "if −100" not in said(found)
    found = diagnose(loss, ignore_index=None)
    assert found.healthy, found
    assert "Given a mask as its `weights`, it gives " in said(found)
    assert "mask='weights'" in said(found)
    assert "As a mask" not in said(diagnose(by_their_sum, ignore_index=None))
