"""Padding whose number a function holds, and nobody says: in its code, a closure, a
default, an instance."""

import functools

import numpy as np
from scipy.special import log_softmax, softmax

from corpus.cases import case
from corpus.shared import pick

VOID = 255


def without(o, t, void, divide=np.sum):
    """It takes every number but `void` for a token."""
    valid = t != void
    ids = np.where(valid, np.maximum(t, 0), 0)
    return -(pick(log_softmax(o, -1), ids) * valid).sum() / divide(valid)


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
    """What a framework's own criterion is: it calls nothing that is seen."""

    __module__ = "torch.nn"

    def __init__(self, ignored):
        self.ignore_index = ignored

    def __call__(self, o, t):
        return without(o, t, self.ignore_index)


CRITERION = Kept(VOID)


def by_criterion(o, t, valid=CRITERION):
    return valid(o, t)


class Module:
    """It also keeps a criterion with −100, which it never calls."""

    def __init__(self):
        self.parts = {"valid": Kept(VOID), "other": Kept(-100)}

    def __call__(self, o, t):
        return self.parts["valid"](o, t)


for name, loss in (
    ("in_its_criterion", by_criterion),
    ("in_its_module", Module()),
    ("in_its_code", by_constant),
    ("in_a_global", by_global),
    ("in_a_closure", by_closure(VOID)),
    ("in_a_default", by_default),
    ("in_a_partial", functools.partial(without, void=VOID)),
    ("in_an_instance", Criterion()),
    ("in_a_class", Criterion),
    ("in_a_method", Criterion().loss),
    ("in_an_instance_in_a_closure", within(Criterion())),
):
    case.of(loss, name=name)
    case.of(loss, name=name, ignore_index=255)
    case.of(loss, "✗ padding-as-token-0", name=name, ignore_index=-100)

case.of(by_closure(-7), name="minus_7_in_a_closure")
case.of(by_closure(19), "– token-ignored", name="19_in_a_closure")


@case()
def a_number_that_is_no_padding(o, t):
    valid = np.maximum(t, 0) if len(t) < 255 else t
    return without(o, valid, 1000)


@case("✗ padding-as-token-0", "✗")
def a_number_that_is_a_divisor(o, t):
    valid = np.maximum(t, 0) % 4096
    return without(o, valid, None)


@case("✗ padded-length")
def left_out_and_counted(o, t):
    return without(o, t, 255, np.size)


@case("– masked-token")
def beyond_the_vocabulary(o, t):
    """By size alone, with zeros for what is below 0, as in Keras's one-hot."""
    valid = t < o.shape[-1]
    y = np.arange(o.shape[-1]) == t[..., None]
    return -(y * log_softmax(o, -1)).sum() / valid.sum()


@case("✗ padding-as-token-0")
def the_custom_number_is_read_as_token_0(o, t):
    kept = np.where(t == -100, 0, t)
    return without(o, np.where(t == 255, 255, kept), 255)


@case()
def one_custom_is_right_though_another_is_not(o, t):
    return without(o, t, -1)


@case()
def an_error_of_the_custom_number(o, t):
    assert (t != -100).all()
    valid = t != 255
    return without(o[valid], t[valid], None)


# A token that is held, beside a fault.


def beside(criterion, change, least=1):
    def loss(logits, labels):
        assert labels.ndim >= least
        return criterion(*change(logits, labels))

    return loss


softmax_twice = beside(Kept(1), lambda o, t: (softmax(o, -1), t))
case.of(
    softmax_twice,
    "– token-ignored",
    "✗ softmax-twice",
    name="token_1_and_softmax_twice",
)
case.of(
    softmax_twice, "✗ softmax-twice", name="token_1_and_softmax_twice", ignore_index=1
)
temperature = beside(Criterion(2), lambda o, t: (o / 1.7, t))
case.of(
    temperature, "– token-ignored", "✗ temperature", name="token_2_and_a_temperature"
)
case.of(temperature, "✗ temperature", name="token_2_and_a_temperature", ignore_index=2)
other_order = beside(by_closure(3), lambda o, t: (o, t.T.reshape(t.shape)), least=2)
case.of(
    other_order, "– token-ignored", "✗ other-order", name="token_3_and_another_order"
)
case.of(other_order, "✗ other-order", name="token_3_and_another_order", ignore_index=3)
