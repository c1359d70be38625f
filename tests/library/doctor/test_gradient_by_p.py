"""The gradient of who takes probabilities, or ln p: by the logits, or by them."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import softmax
from xent_lib.doctor import diagnose


def y(o, t):
    return 1.0 * (np.arange(o.shape[-1]) == t[..., None])


def of_p(p, t):
    return -np.log(np.take_along_axis(p, t[..., None], -1)).mean()


def of_log_p(log_p, t):
    return -np.take_along_axis(log_p, t[..., None], -1)[..., 0] / np.log(2)


@pytest.mark.parametrize(
    ("loss", "gradient", "name"),
    [
        (of_p, lambda p, t: -y(p, t) / p / t.size, "gradient-by-p"),
        (of_log_p, lambda log_p, t: -y(log_p, t) / np.log(2), "gradient-by-p"),
        (of_p, lambda p, t: (p - y(p, t)) / t.size, None),
        (of_p, lambda p, t: y(p, t) / p / t.size, ""),
        (of_p, lambda p, t: -y(p, t) / p, ""),
    ],
)
def test_of_p_it_may_be_by_p(loss, gradient, name):
    found = diagnose(loss, gradient=gradient)
    told = ["gradient" in one.subject for one in found.findings]
    assert any(told) == (name is not None)
    assert found.healthy == (name != "")
    if name:
        assert name in found.names
        assert "Right if the softmax has a gradient of its own" in said(found)
        assert not diagnose(loss, gradient=gradient, strict=True).healthy


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("declared", [True, False])
def test_of_logits_it_is_not_by_p(reduction, declared):
    """A softmax whose own gradient is left out."""

    def loss(logits, t):
        p = softmax(logits)
        n = len(t) if reduction == "mean" else 1
        return -np.log(p[np.arange(len(t)), t]).sum() / n, -y(p, t) / p / n

    given = {"gradient": loss} if declared else {}
    found = diagnose(loss, **given)
    assert not found.healthy
    assert {*found.names} - {"log-of-softmax"} == {"gradient-by-p"}, found
    assert "by the p that it makes, not by the logits that it takes" in said(found)
