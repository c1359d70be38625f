"""Padding whose number a function holds, and nobody says: in its code, a closure, a
default, an instance."""

import functools

import numpy as np
import pytest
import scipy.special

from by_hand import said
from xent_lib.doctor import diagnose

VOID = 255


def without(o, t, void, divide=np.sum):
    """Which calls padding by its name, and takes any other number for a token."""
    valid = t != void
    ids = np.where(valid, np.maximum(t, 0), 0)[..., None]
    log_p = np.take_along_axis(scipy.special.log_softmax(o, -1), ids, -1)[..., 0]
    return -(log_p * valid).sum() / divide(valid)


def by_constant(o, t):
    valid = t != 255
    return without(o, np.where(valid, t, 255), 255)


def by_global(o, t):
    return without(o, t, VOID)


def by_closure(void):
    return lambda o, t: without(o, t, void)


def by_default(o, t, valid=VOID):
    return without(o, t, valid)


class Criterion:
    def __init__(self, void=VOID):
        self.valid = void

    def __call__(self, o, t):
        return without(o, t, self.valid)

    def loss(self, o, t):
        return self(o, t)


def within(criterion):
    return lambda o, t: criterion.loss(o, t)


class Kept:
    """What a framework’s own criterion is: it calls nothing that is seen."""

    __module__ = "torch.nn"

    def __init__(self, ignored):
        self.ignore_index = ignored

    def __call__(self, o, t):
        return without(o, t, self.ignore_index)


CRITERION = Kept(VOID)


def by_criterion(o, t, valid=CRITERION):
    return valid(o, t)


class Module:
    """Beside one that is never given the custom number which it keeps."""

    def __init__(self):
        self.parts = {"valid": Kept(VOID), "other": Kept(-100)}

    def __call__(self, o, t):
        return self.parts["valid"](o, t)


HOLDERS = {
    "criterion": by_criterion,
    "module": Module(),
    "constant": by_constant,
    "global": by_global,
    "closure": by_closure(VOID),
    "default": by_default,
    "partial": functools.partial(without, void=VOID),
    "instance": Criterion(),
    "class": Criterion,
    "method": Criterion().loss,
    "instance in a closure": within(Criterion()),
}


@pytest.mark.parametrize("held", HOLDERS)
def test_a_number_that_it_holds_may_be_its_padding(held):
    found = diagnose(HOLDERS[held])
    assert found.healthy, found
    assert found.names == ()
    told = said(found)
    assert "Leaves out targets of 255, as padding" in told
    assert "of −100 it gives 8.1056, not 8.5836" in told
    assert "If 255 is its padding, say ignore_index=255; if −100 is, say" in told
    assert "Where every target is 255, it gives NaN" in told


@pytest.mark.parametrize("held", HOLDERS)
def test_what_is_printed_of_it_works(held):
    found = diagnose(HOLDERS[held], ignore_index=255)
    assert (found.healthy, found.names) == (True, ())
    assert "−100" not in said(found)
    found = diagnose(HOLDERS[held], ignore_index=-100)
    assert (found.healthy, found.names) == (False, ("padding-as-token-0",))


@pytest.mark.parametrize("void", [-7, 19, 255])
def test_it_may_be_any_number(void):
    assert diagnose(by_closure(void)).healthy


def test_a_number_that_is_no_padding_is_none():
    def loss(o, t):
        valid = np.maximum(t, 0) if len(t) < 255 else t
        return without(o, valid, 1000)

    found = diagnose(loss)
    assert "Leaves out targets of 1000" in said(found), "and 255 is none"

    def scored(o, t):
        valid = np.maximum(t, 0) % 4096
        return without(o, valid, None)

    assert diagnose(scored).names == ("padding-as-token-0",)


def test_it_may_be_left_out_and_wrongly():
    """That is the fault, and not what −100 is read as."""

    def loss(o, t):
        return without(o, t, 255, np.size)

    found = diagnose(loss)
    assert found.names == ("padded-length",)
    assert "Where every target is 255" in said(found)


def test_what_is_beyond_the_vocabulary_may_be_its_padding():
    """By the size alone, and zeros for what is below it, as Keras’s one-hot has."""

    def loss(o, t):
        valid = t < o.shape[-1]
        y = np.arange(o.shape[-1]) == t[..., None]
        return -(y * scipy.special.log_softmax(o, -1)).sum() / valid.sum()

    found = diagnose(loss)
    assert found.healthy, found
    assert "Leaves out targets of 255, as padding" in said(found)


def test_who_holds_the_custom_number_means_it():
    def loss(o, t):
        kept = np.where(t == -100, 0, t)
        return without(o, np.where(t == 255, 255, kept), 255)

    found = diagnose(loss)
    assert found.names == ("padding-as-token-0",)
    assert not found.healthy


def test_one_custom_is_right_though_another_is_not():
    def loss(o, t):
        return without(o, t, -1)

    found = diagnose(loss)
    assert found.healthy, found
    assert "Leaves out targets of −1, as padding" in said(found)


def test_an_error_of_the_custom_number_needs_no_word():
    def loss(o, t):
        valid = t != 255
        return without(o[valid], t[valid], None)

    def strict(o, t):
        assert (t != -100).all()
        return loss(o, t)

    found = diagnose(strict)
    assert found.healthy
    assert "– Leaves out targets of 255, as padding – " in said(found)


BESIDE = {
    "softmax-twice": lambda o, t: (scipy.special.softmax(o, -1), t),
    "temperature": lambda o, t: (o / 1.7, t),
    "other-order": lambda o, t: (o, t.T.reshape(t.shape)),
}


@pytest.mark.parametrize(
    ("holder", "fault", "void"),
    [
        (Kept, "softmax-twice", 1),
        (Criterion, "temperature", 2),
        (by_closure, "other-order", 3),
    ],
)
def test_it_may_be_a_token_beside_a_fault(holder, fault, void):
    criterion = holder(void)

    def loss(logits, labels):
        assert labels.ndim > (fault == "other-order")
        return criterion(*BESIDE[fault](logits, labels))

    found = diagnose(loss)
    assert {*found.names} == {"token-ignored", fault}, found
    assert f"without the losses of token {void}" in said(found)
    declared = diagnose(loss, ignore_index=void)
    assert (declared.healthy, declared.names) == (False, (fault,))
