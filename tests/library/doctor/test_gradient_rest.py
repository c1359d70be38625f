"""A gradient that lacks a division, or what the loss has beside."""

import numpy as np
import pytest
import scipy.special

from by_hand import said
from test_gradient import mean, p_less_y
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose


def test_a_gradient_that_is_not_divided_is_said_to_be_as_many_times():
    found = diagnose(mean, gradient=lambda o, t: t.size * p_less_y(o, t))
    assert "3 times that of the loss, once for each token" in said(found)
    found = diagnose(mean, gradient=lambda o, t: 2 * p_less_y(o, t))
    assert "2 times that of the loss" in said(found)
    assert "each token" not in said(found)


def p(o, t):
    return scipy.special.softmax(o, -1)


@pytest.mark.parametrize(
    ("slope", "names", "told"),
    [
        (lambda o, t: -3 * p_less_y(o, t), ["sign", "scaled"], "3 times that of"),
        (lambda o, t: -2 * p_less_y(o, t), ["sign", "scaled"], "2 times that of"),
        (p, ["without-target", "scaled"], "once for each token"),
        (lambda o, t: -p(o, t) / 3, ["without-target", "sign"], "reversed"),
        (
            lambda o, t: p_less_y(o, t) * 3 - p(o, t),
            ["without-softmax", "scaled"],
            "−y",
        ),
    ],
)
def test_its_sign_and_what_it_lacks_are_both_told(slope, names, told):
    found = diagnose(mean, gradient=slope)
    assert found.names == tuple(f"gradient-{name}" for name in names)
    assert told in said(found)


def each(o, t):
    return cross_entropy(o, t)


def with_both(o, t):
    return each(o, t), p_less_y(o, t)


@pytest.mark.parametrize("loss", [each, with_both])
def test_of_losses_for_each_token_it_may_be_that_of_their_mean(loss):
    """As llm.c has it."""
    declared = {"gradient": p_less_y} if loss is each else {}
    found = diagnose(loss, **declared)
    assert found.names == ("gradient-of-mean",)
    assert found.healthy
    assert "The gradient is that of the mean of its losses" in said(found)
    assert "Right if their mean is trained on; otherwise multiply it by" in said(found)
    assert not diagnose(loss, strict=True, **declared).healthy


def test_a_gradient_may_lack_what_the_loss_has_beside():
    def loss(o, t):
        log_sums = scipy.special.logsumexp(o[t != -100], -1)
        return mean(o, t) + 1e-3 * np.square(log_sums).mean()

    found = diagnose(loss, gradient=p_less_y, allow=["z-loss"])
    assert found.names == ("z-loss", "gradient-of-rest")
    assert 'The gradient is that of the loss without its "z-loss"' in said(found)
