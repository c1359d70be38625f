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


def test_how_it_reduces_is_told():
    assert "the sum of the losses" in diagnose(HEALTHY["summed"]).convention


def test_a_mean_that_is_not_divided_by_them_is_a_fault():
    found = diagnose(lambda o, t: (FOUR[t] * cross_entropy(o, t)).mean())
    assert found.names == ("class-weights-alone",)
    assert not found.healthy
    assert "(here 1, 2, 3, 4)" in repr(found)


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
