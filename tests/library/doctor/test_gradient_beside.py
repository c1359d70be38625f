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


def test_what_a_caller_may_make_up_for_is_no_fault_unless_it_is_declared():
    found = diagnose(undivided)
    assert found.healthy
    assert "The gradient is 3 times that of the loss, once for each token" in said(
        found
    )
    made_up = "Right if who takes it makes up for that; else divide it by what"
    assert made_up in said(found)
    assert not diagnose(undivided, gradient=undivided)


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
