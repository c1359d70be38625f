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


@pytest.mark.parametrize(
    ("loss", "where", "names"),
    [
        (undivided, "tuple’s [1]", ("gradient-scaled",)),
        (divided, "dict 'grad'", ()),
    ],
)
def test_it_is_offered_to_be_looked_at(loss, where, names):
    offer = f"its {where}, of the logits’ shape; if it is the gradient, say gradient="
    told = said(diagnose(loss))
    assert f"Not tried: {offer}{loss.__name__}" in told
    found = diagnose(loss, gradient=loss)
    assert found.names == names
    assert "if it is the gradient" not in said(found)
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
