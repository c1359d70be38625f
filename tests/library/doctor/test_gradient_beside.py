"""What stands beside the loss in a result, and may be its gradient."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, softmax
from xent_lib.doctor import diagnose


def p_less_y(o, t):
    return softmax(o) - (np.arange(o.shape[-1]) == t[..., None])


def undivided(o, t):
    return cross_entropy(o, t).mean(), p_less_y(o, t)


def divided(o, t):
    return {"grad": p_less_y(o, t) / t.size, "loss": cross_entropy(o, t).mean()}


def turned(o, t):
    return cross_entropy(o, t).sum(), -p_less_y(o, t)


def of_rows(o, t):
    """Of (N, V) alone."""
    N = len(o)
    p = softmax(o)
    loss = -np.log(p[np.arange(N), t]).mean()
    p[np.arange(N), t] -= 1
    return loss, p / N


def by_p(p, t):
    y = np.arange(p.shape[-1]) == t[..., None]
    return -np.log((p * y).sum(-1)).mean(), -1.0 * y / p / t.size


@pytest.mark.parametrize(
    ("loss", "where", "names"),
    [
        (undivided, "tuple’s [1]", ("gradient-scaled",)),
        (turned, "tuple’s [1]", ("gradient-sign",)),
        (divided, "dict 'grad'", ()),
        (of_rows, "tuple’s [1]", ()),
        (by_p, "tuple’s [1]", ("gradient-by-p",)),
    ],
)
def test_it_is_looked_at(loss, where, names):
    found = diagnose(loss)
    gradients = tuple(one for one in found.names if "gradient" in one)
    assert gradients == names, found
    right = found.healthy and not any("gradient" in name for name in found.names)
    assert ("nor in its gradient" in said(found)) == right
    assert f"What stands beside it, its {where}, is taken for its gradient" in said(
        found
    )
    declared = diagnose(loss, gradient=loss)
    assert tuple(one for one in declared.names if "gradient" in one) == names
    assert "if it is the gradient" not in said(declared)


def parted(x, y):
    """What CS231n's homework computes, to be put together."""
    N, p = len(x), softmax(x)
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return cross_entropy(x, y).mean(), dx, p, N


def twice_divided(x, y):
    loss, dx, _, N = parted(x, y)
    return loss, dx / N / N


def turned_of_mean(x, y):
    loss, dx, _, N = parted(x, y)
    return loss, -dx / N


def without_y(x, y):
    loss, _, p, N = parted(x, y)
    return loss, p / N


def beside_p(x, y):
    loss, dx, p, _ = parted(x, y)
    return loss, p, dx


def temporal(x, y, mask):
    """Its mask is not in the gradient."""
    losses = cross_entropy(x, y) * mask
    dx = p_less_y(x, y) / mask.sum()
    return losses.sum() / mask.sum(), dx


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (undivided, "gradient-scaled"),
        (twice_divided, "gradient-scaled"),
        (turned, "gradient-sign"),
        (turned_of_mean, "gradient-sign"),
        (without_y, "gradient-without-target"),
        (beside_p, "gradient-scaled"),
        (temporal, "gradient-of-padding"),
    ],
)
def test_nobody_makes_up_for_a_wrong_one(loss, name):
    found = diagnose(loss)
    assert found.names == (name,)
    assert not found.healthy
    assert "✗ The gradient is" in said(found)
    assert "Nothing wrong" not in said(found)
    assert diagnose(loss, allow=[name]).healthy


def test_that_of_the_sum_beside_a_mean_may_be_meant():
    found = diagnose(undivided)
    told = "The gradient is 3 times that of the loss, once for each token: of the sum"
    assert told in said(found)
    assert "if your update divides it by the number of tokens, say allow=" in said(
        found
    )
    assert "say allow=" not in said(diagnose(twice_divided))


def test_of_numpy_nothing_is_said_to_be_detached():
    """Which is a word of frameworks."""
    found = diagnose(without_y)
    told = "The gradient is p, where it should be p − y: the target has no part in it"
    assert told in said(found)
    assert "To fix it, subtract 1 at the target; a framework’s own" in said(found)


def off(x, y):
    loss, dx, _, N = parted(x, y)
    return loss, np.abs(dx) / N


def nameless(x, y):
    return cross_entropy(x, y).mean(), np.abs(p_less_y(x, y))


def test_what_no_fault_explains_is_one_if_its_code_has_a_gradient():
    found = diagnose(off)
    assert "✗ The gradient is something other than that of the loss" in said(found)
    assert "batch: yours" in said(found)
    assert diagnose(nameless).healthy


def with_reg(x, y, reg=0.0):
    loss, dx, _, N = parted(x, y)
    return loss + reg * np.abs(x).sum(), dx / N + reg * np.sign(x)


def with_shifted(x, y):
    loss, dx, _, N = parted(x, y)
    return loss, x - x.max(axis=-1, keepdims=True), dx / N


def temporal_right(x, y, mask):
    loss, dx = temporal(x, y, mask)
    return loss, dx * mask[..., np.newaxis]


def temporal_by_sequences(x, y, mask):
    """As CS231n divides."""
    loss, dx = temporal_right(x, y, mask)
    return loss * mask.sum() / len(x), dx * mask.sum() / len(x)


@pytest.mark.parametrize(
    "loss", [with_reg, with_shifted, temporal_right, temporal_by_sequences]
)
def test_a_right_one_is_healthy(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert "nor in its gradient" in said(found)


def halved(o, t):
    return cross_entropy(o, t).mean(), np.tanh(o)


def probabilities(o, t):
    return cross_entropy(o, t).mean(), softmax(o)


@pytest.mark.parametrize("loss", [halved, probabilities])
def test_what_may_be_none_is_offered_to_be_looked_at(loss):
    offer = "of the logits’ shape; if it is the gradient, say gradient="
    assert f"Not tried: its tuple’s [1], {offer}{loss.__name__}" in said(diagnose(loss))
    nameless = diagnose(lambda o, t: loss(o, t))
    assert f"{offer}…, the same function" in said(nameless)


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t: (o, cross_entropy(o, t).mean()),
        lambda o, t: (cross_entropy(o, t).mean(), t.size),
        lambda o, t: cross_entropy(o, t).mean(),
        lambda o, t: (float(cross_entropy(o, t)), o / 2),
    ],
)
def test_what_is_none_is_not_offered(loss):
    found = diagnose(loss)
    assert found.healthy
    assert "if it is the gradient" not in said(found)
