"""Padding that is left out of a loss, and not out of its smoothing."""

import numpy as np
import pytest
import scipy.special

from xent_lib.doctor import diagnose


def smoothed(logits, target, pad, part, mean, both=False):
    log_p = scipy.special.log_softmax(logits, -1)
    keep = target != pad
    ids = np.where(keep, target, 0)[..., None]
    nll = np.where(keep, -np.take_along_axis(log_p, ids, -1)[..., 0], 0)
    smooth = -log_p.sum(-1) * (keep if both else 1)
    one = 0.1 / (log_p.shape[-1] - part)
    total = ((0.9 - one * part) * nll + one * smooth).sum()
    return total / keep.sum() if mean else total


@pytest.mark.parametrize(
    ("pad", "part", "mean"), [(1, 1, False), (0, 0, True), (-100, 0, True)]
)
def test_smoothing_over_the_padding_is_named(pad, part, mean):
    """As fairseq had it."""
    name = "smoothing-others" if part else "smoothing"
    found = diagnose(lambda o, t: smoothed(o, t, pad, part, mean), ignore_index=pad)
    assert {*found.names} == {name, "smoothing-of-padding"}, found
    assert not found.healthy
    assert "The loss is smoothed over the padding, too" in repr(found)


def test_smoothing_beside_the_padding_is_right():
    found = diagnose(lambda o, t: smoothed(o, t, 1, 1, True, both=True), ignore_index=1)
    assert found.names == ("smoothing-others",), found
    assert found.healthy


def test_who_knows_no_padding_may_smooth_it():
    def loss(o, t):
        y = 0.9 * (np.arange(o.shape[-1]) == t[..., None])
        log_p = scipy.special.log_softmax(o, -1)
        return -((y + 0.1 / o.shape[-1]) * log_p).sum()

    found = diagnose(loss)
    assert found.healthy, found
    assert "Knows no padding, and raises nothing" in " ".join(repr(found).split())
