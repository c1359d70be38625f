"""Smoothing, and a z-loss, that are 0 unless somebody gives more."""

import inspect

import numpy as np
import pytest
import scipy.special

from by_hand import rows, said
from xent_lib import log_softmax
from xent_lib.doctor import diagnose


def smoothed(part, logits, labels, s, ignore_index=-100):
    log_p, keep = log_softmax(logits), labels != ignore_index
    losses = rows(logits, np.where(keep, labels, 0))
    nll = losses[keep].mean()
    return (1 - s) * nll + s * part(-log_p, keep) if s else nll


def over_all(logits, labels, label_smoothing=0.0):
    return smoothed(
        lambda x, keep: x.mean(-1)[keep].mean(), logits, labels, label_smoothing
    )


def to_others(logits, labels, smoothing=0):
    more = smoothing * logits.shape[-1] / (logits.shape[-1] - 1)
    return smoothed(lambda x, keep: x.mean(-1)[keep].mean(), logits, labels, more)


def summed(logits, labels, label_smoothing=0.0, ignore_index=-100):
    return smoothed(
        lambda x, keep: x.sum(-1)[keep].mean(),
        logits,
        labels,
        label_smoothing,
        ignore_index,
    )


def of_padding(logits, labels, label_smoothing=0.0, ignore_index=-100):
    return smoothed(
        lambda x, keep: x.mean(), logits, labels, label_smoothing, ignore_index
    )


@pytest.mark.parametrize("loss", [over_all, to_others])
def test_a_smoothing_that_need_not_be_given_is_tried(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert not found.not_tried


def with_mask(logits, labels, mask, label_smoothing=0.0):
    p = log_softmax(logits)
    taken = -np.take_along_axis(p, labels[..., None], -1)[..., 0]
    losses = (1 - label_smoothing) * taken - label_smoothing * p.sum(-1)
    return (losses * mask).sum() / mask.sum()


@pytest.mark.parametrize(
    ("loss", "given", "call", "name"),
    [
        (summed, "", "(o, t", "smoothing-sum"),
        (of_padding, "", "(o, t", "smoothing-of-padding"),
        (with_mask, ", mask", "(o, t, mask=mask", "smoothing-sum"),
    ],
)
def test_a_fault_of_a_smoothing_that_need_not_be_given_is_one(loss, given, call, name):
    found = diagnose(loss)
    call = f"{loss.__name__}{call}, label_smoothing=0.1)"
    line = f"diagnose(lambda o, t{given}: {call})"
    assert {*found.names} - {"masked-token"} == {name}
    assert not found.healthy
    assert f"To see it, write {line}. To fix it, " in said(found)
    assert ", where its `label_smoothing` is 0.1" in said(found)
    assert not found.not_tried
    assert name in eval(line, globals()).names
    assert diagnose(loss, allow=[name]).healthy


def required(logits, labels, epsilon, ignore_index=-100):
    return summed(logits, labels, epsilon, ignore_index)


def required_of_padding(logits, labels, epsilon, ignore_index=-100):
    return of_padding(logits, labels, epsilon, ignore_index)


def by_padding(logits, labels, epsilon):
    """That is forgotten where it is smoothed."""
    if epsilon:
        return over_all(logits, np.maximum(labels, 0), epsilon)
    return over_all(logits, labels)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (lambda o, t: required(o, t, epsilon=0.0), "smoothing-sum"),
        (lambda o, t: required_of_padding(o, t, epsilon=0.0), "smoothing-of-padding"),
        (lambda o, t: by_padding(o, t, epsilon=0.0), "padding-as-token-0"),
    ],
)
def test_a_fault_of_what_a_lambda_gives_as_0_is_one(loss, name):
    """As of the line that the doctor writes for who requires it."""
    found = diagnose(loss)
    assert found.names == (name,)
    assert not found.healthy
    assert "To see it, write epsilon=0.1. To fix it, " in said(found)
    assert not found.not_tried


def test_the_line_for_who_requires_it_is_that_of_the_lambda():
    line = "diagnose(lambda o, t: required(o, t, epsilon=0.0))"
    assert line in said(diagnose(required))


def named_smoothing(logits, labels, label_smoothing):
    return summed(logits, labels, label_smoothing)


def test_a_fault_of_what_is_given_as_0_is_one():
    found = diagnose(named_smoothing)
    assert "0 as its `label_smoothing`" in said(found)
    assert found.names == ("smoothing-sum",)
    line = "diagnose(lambda o, t: named_smoothing(o, t, label_smoothing=0.1))"
    assert f"To see it, write {line}." in said(found)


def right_required(logits, labels, label_smoothing, reg):
    return over_all(logits, labels, label_smoothing) + reg * (logits**2).sum()


def test_a_right_one_is_not_told():
    found = diagnose(right_required)
    assert found.healthy, found
    assert found.names == ("masked-token",)  # 0 · ∞
    assert not found.not_tried


def test_one_that_is_not_0_is_seen_as_it_is():
    found = diagnose(lambda o, t, smoothing=0.1: over_all(o, t, smoothing))
    assert found.names == ("smoothing",)
    assert not found.not_tried


def poly(o, t, epsilon=0.0):
    """As PolyLoss has it."""
    losses = rows(o, t)
    return (losses + epsilon * (1 - np.exp(-losses))).mean()


def by_count(o, t, eps=0.0):
    losses = rows(o, t)
    return losses.sum() / (losses.size + eps)


def scaled(o, t, epsilon=0.0):
    return (1 + 10 * epsilon) * rows(o, t).mean()


@pytest.mark.parametrize("loss", [poly, by_count, scaled])
def test_an_epsilon_that_is_no_smoothing_is_not_tried(loss):
    found = diagnose(loss)
    assert found.healthy, found
    name = [*inspect.signature(loss).parameters][-1]
    line = f"write diagnose(lambda o, t: {loss.__name__}(o, t, {name}=0.1))"
    assert found.not_tried == (f"its `{name}`; to have it tried, {line}",)


def with_z(o, t, z_loss=0.0):
    z = scipy.special.logsumexp(o, -1)
    return (rows(o, t) + z_loss * z**2).mean()


def with_odd_z(o, t, z_loss=0.0):
    z = scipy.special.logsumexp(o, -1)
    return (rows(o, t) + z_loss * z).mean()


def over_padding(o, t, z_weight=0.0, ignore_index=-100):
    z = scipy.special.logsumexp(o, -1)
    losses = rows(o, np.where(t != ignore_index, t, 0))
    return losses[t != ignore_index].mean() + z_weight * (z**2).mean()


def test_a_z_loss_is_tried_as_well():
    found = diagnose(with_z)
    assert not found.not_tried
    assert found.healthy
    line = "its `z_loss`; to have it tried, write "
    call = "diagnose(lambda o, t: with_odd_z(o, t, z_loss=0.1))"
    assert diagnose(with_odd_z).not_tried == (line + call,)
    given = lambda o, t: with_odd_z(o, t, z_loss=0.0)  # noqa: E731
    assert diagnose(given).not_tried == (f"{line}z_loss=0.1",)
    found = diagnose(over_padding)
    assert found.names == ("smoothing-of-padding",)
    assert ", where its `z_weight` is 0.1" in said(found)


def right_epsilon(o, t, ls=0.0):
    return over_all(o, t, ls)


def above(o, t, eps=0.0):
    return -np.log(np.exp(-rows(o, t)) + eps).mean()


def held_above(o, t, eps=0.0):
    return -np.log(np.maximum(np.exp(-rows(o, t)), eps)).mean()


@pytest.mark.parametrize("name", ["epsilon", "eps", "ls", "label_smoothing"])
def test_a_smoothing_may_have_the_name_of_its_share(name):
    scope = {"summed": summed}
    exec(f"def loss(o, t, {name}=0.0): return summed(o, t, {name})", scope)
    line = f"To see it, write diagnose(lambda o, t: loss(o, t, {name}=0.1)). To fix"
    assert line in said(diagnose(scope["loss"]))


def test_a_right_smoothing_that_a_lambda_gives_as_0_is_not_told():
    found = diagnose(lambda o, t: right_epsilon(o, t, ls=0.0))
    assert found.healthy, found
    assert not found.findings
    assert not found.not_tried


@pytest.mark.parametrize(
    "loss",
    [
        above,
        held_above,
        lambda o, t: above(o, t, eps=0.0),
        lambda o, t: above(o, t, eps=1e-300) + 0.0,
    ],
)
def test_an_epsilon_within_a_logarithm_is_no_smoothing(loss):
    assert not diagnose(loss).not_tried


def counted(o, t, weights=None, label_smoothing=0.0):
    """As Flax's example of translation has it (examples/wmt/train.py)."""
    sure, V = 1 - label_smoothing, o.shape[-1]
    low = (1 - sure) / (V - 1)
    soft = (t[..., None] == np.arange(V)) * (sure - low) + low
    least = -sure * np.log(sure) - (V - 1) * low * np.log(low + 1e-20)
    losses = -(soft * log_softmax(o)).sum(-1) - least
    if weights is None:
        return losses.sum(), t.size
    return (losses * weights).sum(), weights.sum()


def counted_by_place(o, t, weights=None, label_smoothing=0.0):
    return counted(o, t, weights, label_smoothing)[0], t.size


def test_a_count_beside_the_smoothed_loss_is_that_of_the_weights():
    assert diagnose(counted).healthy
    found = diagnose(counted_by_place)
    assert "count-of-places" in found.names
    assert not found.healthy


def test_of_two_numbers_that_a_lambda_gives_none_is_turned():
    def scaled(o, t, more=0.0, eps=0.0):
        p_and_floor = (1 - eps) * -rows(o, t) + eps * log_softmax(o).sum(-1)
        return -(1 + more) * p_and_floor.mean()

    found = diagnose(lambda o, t: scaled(o, t, more=0.0, eps=0.0))
    assert found.healthy, found
    assert "0.1" not in str(found)
