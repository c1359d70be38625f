"""Padding that is left out of a loss, and not out of its smoothing."""

import numpy as np
import pytest
import scipy.special

from by_hand import said
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
    assert "The loss is of the padding, too, in its smoothing or z-loss" in said(found)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (lambda z, keep: z[keep].mean(), ""),
        (lambda z, keep: (z * keep).mean(), "divided by all places in its smoothing"),
        (lambda z, keep: z.mean(), "too, in its smoothing or z-loss, and that part"),
        (lambda z, keep: z.sum() / keep.sum(), "of the padding, too, in its smoothing"),
    ],
)
@pytest.mark.parametrize("times", [1e-2, 1e-4])
def test_a_z_loss_may_have_a_divisor_of_its_own(part, words, times):
    """As OLMo has it, and PaLM, whose part is small."""

    def loss(logits, labels, ignore_index=-100):
        keep = labels != ignore_index
        log_z = scipy.special.logsumexp(logits, -1)
        ids = np.where(keep, labels, 0)[..., None]
        losses = log_z - np.take_along_axis(logits, ids, -1)[..., 0]
        return losses[keep].mean() + times * part(log_z**2, keep)

    found = diagnose(loss)
    more = {"smoothing-of-padding"} if words else set()
    assert {*found.names} - {"from-zero"} == {"z-loss", *more}, found
    assert f"✗ The loss is {words}" in said(found) or words in said(found)


def test_its_part_may_be_divided_by_all():
    """As fast.ai has it, over what PyTorch leaves out by itself."""

    def loss(output, target, reduction="mean", ignore_index=-100):
        log_p, keep = scipy.special.log_softmax(output, -1), target != ignore_index
        ids = np.where(keep, target, 0)[..., None]
        nll = -np.take_along_axis(log_p, ids, -1)[..., 0][keep].mean()
        return 0.1 * -log_p.sum(-1).mean() / output.shape[-1] + 0.9 * nll

    found = diagnose(loss)
    assert {*found.names} == {"smoothing", "smoothing-of-padding"}, found
    assert "and that part divided by all places" in said(found)


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


def beside_padding(logits, target, pad, less, how):
    """As OpenNMT-py and the Annotated Transformer have it, or without the KL."""
    V = logits.shape[-1]
    y = np.tile(np.where(np.arange(V) == pad, 0, 0.1 / (V - 2)), (*target.shape, 1))
    np.put_along_axis(y, target[..., None], 0.9, -1)
    y[target == pad] = 0
    own = scipy.special.xlogy(y, y) if less else 0
    each = (own - y * scipy.special.log_softmax(logits, -1)).sum(-1)
    total = each if how == "none" else each.sum()
    return total / (target != pad).sum() if how == "mean" else total


@pytest.mark.parametrize(
    ("pad", "less", "how"), [(1, True, "sum"), (0, True, "mean"), (0, False, "none")]
)
def test_smoothing_that_gives_nothing_to_the_padding_is_a_convention(pad, less, how):
    def loss(logits, target):
        return beside_padding(logits, target, pad, less, how)

    words = "smoothed: 0.1 of each target goes to the other tokens but that of padding"
    for found in (diagnose(loss, ignore_index=pad), diagnose(loss)):
        assert found.healthy, found
        assert "smoothing-others" in found.names
        assert words in said(found)
    assert ("minus its own entropy" in said(found)) == less
    assert "token-ignored" in found.names
    assert f"without the losses of token {pad}, as if it were padding" in said(found)


@pytest.mark.parametrize("pad", [0, 1])
def test_beside_it_a_mean_over_all_places_is_named(pad):
    """The "batchmean" of kl_div."""

    def loss(logits, target):
        return beside_padding(logits, target, pad, True, "sum") / target.size

    for found in (diagnose(loss, ignore_index=pad), diagnose(loss)):
        assert not found.healthy
        assert {"padded-length", "smoothing-others"} <= {*found.names}, found


def test_who_keeps_the_number_of_such_padding_is_asked_by_it():
    class Smoothing:
        padding_idx = 1

        def __call__(self, logits, target):
            return beside_padding(logits, target, self.padding_idx, True, "sum")

    found = diagnose(Smoothing())
    assert found.names[0] == "smoothing-others", found
    assert "token-ignored" not in found.names


def test_what_its_padding_gets_is_not_forgiven():
    """A share for the padding, too, where it is divided as if there were none."""

    def loss(logits, target):
        log_p = scipy.special.log_softmax(logits, -1)
        rest = log_p.sum(-1) - np.take_along_axis(log_p, target[..., None], -1)[..., 0]
        each = 0.9 * (rest - log_p.sum(-1)) - 0.1 / (log_p.shape[-1] - 2) * rest
        return np.where(target == 1, 0, each).sum()

    found = diagnose(loss, ignore_index=1)
    assert not found.healthy, found
