"""Right losses of which p, ln p, the losses or the result are kept in float16."""

import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp, softmax

from by_hand import rows, said
from planted import pick
from xent_lib.doctor import diagnose

KEPT = {
    "a mean": lambda o, t: np.float16(rows(o, t).mean()),
    "a sum": lambda o, t: np.float16(rows(o, t).sum()),
    "losses": lambda o, t: rows(o, t).astype(np.float16),
    "losses, before their mean": lambda o, t: rows(o, t).astype(np.float16).mean(),
    "losses, before their sum": lambda o, t: rows(o, t).astype(np.float16).sum(),
    "losses, made float again": lambda o, t: (
        rows(o, t).astype(np.float16).astype(float).mean()
    ),
    "ln p": lambda o, t: -pick(log_softmax(o, -1).astype(np.float16), t).mean(),
    "p": lambda o, t: -np.log(pick(softmax(o, -1).astype(np.float16), t)).mean(),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_is_kept_in_float16_is_named(what):
    found = diagnose(KEPT[what])
    assert found.names == ("half-precision",), found
    assert not found.healthy
    assert "The loss is rounded as float16 rounds example: yours" in said(found)


def log_sum(x):
    """Which PyTorch takes in float32, and rounds."""
    return np.float16(logsumexp(x.astype(float), -1))


TAKEN = {
    "a log-sum-exp": lambda x, t: log_sum(x) - pick(x, t),
    "a log-sum-exp alone": lambda x, t: log_sum(x).astype(float) - pick(x, t),
}
OF_EXP = {
    "exp": lambda x, t: np.log(np.exp(x).sum(-1)) - pick(x, t),
    "a share": lambda x, t: -np.log(pick(np.exp(x), t) / np.exp(x).sum(-1)),
}


@pytest.mark.parametrize("last", [np.float16, float])
@pytest.mark.parametrize("what", TAKEN | OF_EXP)
def test_what_is_taken_in_float16_is_named(what, last):
    def loss(o, t):
        return (TAKEN | OF_EXP)[what](o.astype(np.float16), t).astype(last).mean()

    found = diagnose(loss)
    assert found.names == ("half-precision",), found
    assert len(found.findings) == 1
    lost = "and lost in exp, of which a sum ends at 65,504" in said(found)
    assert lost == (what in OF_EXP)


def test_a_loss_kept_in_bfloat16_is_named():
    def loss(o, t):
        digits, power = np.frexp(rows(o, t))
        return np.ldexp(np.round(digits * 256) / 256, power).mean()

    assert diagnose(loss).names == ("bfloat16",)


def test_a_loss_in_float16_that_is_also_shifted_has_both():
    def loss(o, t):
        return np.float16(rows(o[..., :-1, :], t[..., 1:]).mean())

    assert {*diagnose(loss).names} == {"half-precision", "shifted"}


@pytest.mark.parametrize("times", [1.0005, 0.9993])
def test_a_loss_that_is_a_little_off_in_float64_is_not_rounded(times):
    found = diagnose(lambda o, t: times * rows(o, t).mean())
    assert found.names == ("scaled",), found


@pytest.mark.parametrize("make", [None, np.asarray])
def test_what_is_no_number_shows_no_rounding(make):
    """As of a filter of spikes, where no loss is left."""

    def loss(o, t):
        losses = rows(o, t)
        return losses[losses < 20].mean()

    found = diagnose(loss, to=make)
    assert "rare target: yours NaN" in said(found)
    assert found.names == ()
    assert not found.healthy
