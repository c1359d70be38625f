"""Padding that is a token of the vocabulary, and the divisor that counts it."""

import numpy as np
import pytest
import scipy.special

from xent_lib import cross_entropy
from xent_lib.doctor import diagnose

BOTH = {"token-0-ignored", "padded-length"}


def said(found):
    return " ".join(repr(found).split())


def by_all(o, t, pad):
    losses = -np.take_along_axis(scipy.special.log_softmax(o, -1), t[..., None], -1)
    return (losses[..., 0] * (t != pad)).mean()


def of_pad(pad):
    """Bare; by its own parameter; of ids (B, T) alone; and as Keras has it."""

    def own(o, t, pad_id=pad):
        return by_all(o, t, pad_id)

    def sequences(logits, labels):
        B, T, V = logits.shape
        return by_all(logits.reshape(B * T, V), labels.reshape(B * T), pad)

    def keras(y_true, y_pred):
        return by_all(y_pred, y_true, pad)

    return {"bare": lambda o, t: by_all(o, t, pad), "own": own} | {
        "sequences": sequences,
        "keras": keras,
    }


@pytest.mark.parametrize("pad", [0, 1, 2, 90])
@pytest.mark.parametrize("written", of_pad(0))
def test_divided_by_all_places_it_has_both_names(written, pad):
    loss = of_pad(pad)[written]
    found = diagnose(loss)
    assert not found.healthy
    assert {*found.names} == (BOTH if written != "own" else {"padded-length"}), found
    assert "divided by all" in said(found)
    assert "never given padding" not in said(found), "it leaves the token out"
    declared = diagnose(loss, ignore_index=pad)
    assert (declared.healthy, declared.names) == (False, ("padded-length",))


@pytest.mark.parametrize("declared", [{}, {"shifts": True}, {"ignore_index": 0}])
def test_shifted_too_it_has_all_three(declared):
    def loss(logits, labels):
        return by_all(logits[..., :-1, :], labels[..., 1:], 0)

    found = diagnose(loss, **declared)
    meant = {"shifts": {"shifted"}, "ignore_index": {"token-0-ignored"}}
    [but] = [meant[name] for name in declared] or [set()]
    assert {*found.names} == {"shifted", *BOTH} - but, found
    assert not found.healthy


def test_in_bits_and_with_a_pad_of_its_own_it_has_two_names():
    def loss(o, t, pad_id=0):
        return by_all(o, t, pad_id) / np.log(2)

    found = diagnose(loss)
    assert {*found.names} == {"base-2", "padded-length"}, found


@pytest.mark.parametrize("pad", [0, 1, 2, 90])
def test_divided_by_what_is_scored_it_is_right(pad):
    def loss(o, t):
        keep = t != pad
        return (cross_entropy(o, t) * keep).sum() / max(keep.sum(), 1)

    found = diagnose(loss)
    assert (found.healthy, found.names) == (True, ("token-0-ignored",)), found
    assert "NaN" not in said(found)
    assert diagnose(loss, ignore_index=pad).names == ()


def test_a_probe_that_gives_a_number_is_shown():
    def loss(o, t):
        keep = t > 0
        return cross_entropy(o, t)[keep].sum() / keep.sum()

    found = diagnose(loss)
    assert found.names == ("token-0-ignored",)
    assert "yours NaN" not in said(found), "all of the first probe is token 0"
