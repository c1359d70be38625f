"""Weights of classes: found where nothing else explains, and told with their sizes."""

import numpy as np
import pytest

from xent_lib import cross_entropy
from xent_lib.doctor import diagnose

FOUR = np.array([1.0, 2.0, 3.0, 4.0])


def of_class(o):
    """Weights for any vocabulary."""
    return 1 / (1 + np.arange(o.shape[-1]))


def normalised(o, t, w=FOUR):
    return (w[t] * cross_entropy(o, t)).sum() / w[t].sum()


def but(places, o):
    """All 1, but for these."""
    w = np.ones(o.shape[-1])
    for place, weight in places.items():
        w[place] = weight
    return w


def in_sequences(o, t):
    """DETR’s: (B, T, V) alone, with the last class at a tenth."""
    assert o.ndim == 3
    return {"loss_ce": normalised(o, t, but({-1: 0.1}, o))}


def in_the_middle(o, t):
    """(B, V, T)."""
    B, V, T = o.shape
    assert t.shape == (B, T)
    return normalised(np.moveaxis(o, 1, -1), t, np.linspace(0.5, 1.5, V))


def only(given, loss):
    if not given:
        raise ValueError("not of so many rows")
    return loss


HEALTHY = {
    "divided by their sum": normalised,
    "of any vocabulary": lambda o, t: normalised(o, t, of_class(o)),
    "a token's": lambda o, t: FOUR[t] * cross_entropy(o, t),
    "not of one row": lambda o, t: only(len(t) > 1, normalised(o, t)),
    "summed": lambda o, t: (FOUR[t] * cross_entropy(o, t)).sum(),
    "of sequences": in_sequences,
    "of the vocabulary in the middle": in_the_middle,
    "of sequences, a token's": lambda o, t: (
        of_class(o)[t] * cross_entropy(o, t) + 0 * o[:, :, 0]
    ),
    "of sequences, summed": lambda o, t: (
        of_class(o)[t] * cross_entropy(o, t) + 0 * o[:, :, 0]
    ).sum(),
    **{
        f"1, but for {places}": lambda o, t, places=places: normalised(
            o, t, but(places, o)
        )
        for places in ({-1: 0.1}, {0: 0.1}, {1: 3}, {0: 2, 1: 3})
    },
}
UNKNOWN = {
    "divided by all weights": lambda o, t: (
        (FOUR[t] * cross_entropy(o, t)).sum() / FOUR.sum()
    ),
    "weights of the places": lambda o, t: (
        cross_entropy(o, t) * (1 + np.arange(len(t)))
    ).mean(),
    "another sum": lambda o, t: normalised(o, t) ** 1.1,
    "of three rows alone": lambda o, t: only(len(t) == 3, 2 * normalised(o, t)),
}


@pytest.mark.parametrize("loss", HEALTHY.values(), ids=HEALTHY)
def test_weights_may_be_meant(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert found.names == ("class-weights",)
    assert "Not tried" in repr(found)


def test_of_a_mean_they_are_told_beside_most_of_them():
    for loss in (in_sequences, lambda o, t: normalised(o, t, 7 * but({-1: 0.1}, o))):
        assert "(here 1, 1, 1, 0.1)" in repr(diagnose(loss))


def test_how_it_reduces_is_told():
    assert "the sum of the losses" in diagnose(HEALTHY["summed"]).convention


def test_a_mean_that_is_not_divided_by_them_is_a_fault():
    found = diagnose(lambda o, t: (FOUR[t] * cross_entropy(o, t)).mean())
    assert found.names == ("class-weights-alone",)
    assert not found.healthy
    assert "(here 1, 2, 3, 4)" in repr(found)


@pytest.mark.parametrize("weights", [[1, 2, 0.5, 1], [1, 1, 3, 1]])
def test_two_rows_are_shown_that_differ(weights):
    w = np.array(weights)
    [found] = diagnose(lambda o, t: (w[t] * cross_entropy(o, t)).mean()).findings
    [shown] = found.shown
    assert shown.seen[:3] != shown.expected[:3], shown


def test_meant_so_it_is_none():
    found = diagnose(
        lambda o, t: (FOUR[t] * cross_entropy(o, t)).mean(),
        allow=["class-weights-alone"],
    )
    assert found.healthy


@pytest.mark.parametrize("loss", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_no_weight_of_a_class_is_shown(loss):
    found = diagnose(loss)
    assert not found.healthy
    assert not found.names
    assert "none of the known faults" in " ".join(repr(found).split())


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t: -np.log(np.exp(-cross_entropy(30 * np.tanh(o / 30), t)) + 1e-9),
        lambda o, t: cross_entropy(o, t) + 1e-5 * np.log(np.exp(o).sum(-1)) ** 2,
    ],
)
def test_a_small_difference_of_small_logits_is_no_weight(loss):
    """A cap and a floor, or a z-loss without a shift."""
    found = diagnose(lambda o, t: loss(o, t).mean())
    assert not found.healthy, found
    assert "class-weights" not in found.names
