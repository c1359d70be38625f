"""What counts the tokens beside a sum."""

import numpy as np
import pytest

from by_hand import rows, rows_of_zeros, said
from xent_lib import log_softmax
from xent_lib.doctor import diagnose


def by_number(o, t):
    return (rows(o, np.maximum(t, 0)) * (t >= 0)).sum()


@pytest.mark.parametrize(
    ("loss", "declared", "count"),
    [
        (lambda o, t, w: ((rows(o, t) * w).sum(), w.sum()), {"mask": "w"}, "2"),
        (lambda o, t, w: ((rows(o, t) * w).sum(), t.size), {"mask": "w"}, "3"),
        (lambda o, t: (by_number(o, t), (t >= 0).sum()), {}, "2"),
        (lambda o, t: {"loss": by_number(o, t), "n": t.size}, {}, "3"),
        (lambda o, t: (t.size, by_number(o, t)), {}, "3"),
        (lambda o, t: (rows(o, t).sum(), t.size), {}, "2"),
        (lambda o, t: (rows_of_zeros(o, t).sum(), t.size), {}, "2"),
    ],
)
def test_the_number_beside_a_sum_is_that_of_its_tokens(loss, declared, count):
    found = diagnose(loss, **declared)
    assert found.healthy == (count == "2"), found
    if count == "3":
        assert found.names == ("count-of-places",)
        assert "batch, one ignored: yours 3, once mended 2" in said(found)
        assert diagnose(loss, **declared, allow=found.names).healthy


def test_of_sequences_it_is_theirs():
    def loss(o, t):
        B, T, _ = o.shape
        return by_number(o, t), B * T

    found = diagnose(loss)
    assert found.names == ("count-of-places",)
    assert "batch, one ignored: yours 6, once mended 4" in said(found)


def test_a_sum_over_the_padding_has_the_count_of_the_padding():
    found = diagnose(lambda o, t: (rows(o, np.maximum(t, 0)).sum(), t.size))
    assert found.names == ("padding-as-token-0",)


def by_items(outputs, labels, num_items_in_batch=None):
    """As transformers’ Trainer gives it."""
    losses = rows(outputs.logits, labels)
    return losses.sum() / num_items_in_batch if num_items_in_batch else losses.mean()


def shifted_items(logits, labels, num_items_in_batch=None):
    losses = rows(logits[..., :-1, :], labels[..., 1:])
    return losses.sum() / num_items_in_batch if num_items_in_batch else losses.mean()


def sum_by_norm(logits, labels, loss_normalizing_factor=None):
    return rows(logits, labels).sum() / (loss_normalizing_factor or 1)


def unread(logits, labels, num_items_in_batch=None):
    return rows(logits, labels).mean()


@pytest.mark.parametrize("loss", [by_items, shifted_items, sum_by_norm, unread])
def test_a_count_that_need_not_be_given_is_tried(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert not found.not_tried
    assert "divided-twice" not in found.names


def mean_by_items(outputs, labels, num_items_in_batch=None):
    losses = rows(outputs.logits, labels).mean()
    return losses / num_items_in_batch if num_items_in_batch else losses


def shifted_mean(logits, labels, num_items_in_batch=None):
    losses = rows(logits[..., :-1, :], labels[..., 1:]).mean()
    return losses / num_items_in_batch if num_items_in_batch else losses


@pytest.mark.parametrize("loss", [mean_by_items, shifted_mean])
def test_a_mean_that_is_divided_by_it_is_divided_twice(loss):
    found = diagnose(loss)
    assert not found.healthy
    assert "divided-twice" in found.names
    assert "batch, num_items_in_batch given: yours " in said(found)
    other = "if its `num_items_in_batch` is something else, say allow="
    assert f'{other}["divided-twice"]' in said(found)
    assert diagnose(loss, allow=["divided-twice"]).healthy


def test_what_is_no_count_after_all_is_not_tried():
    def loss(o, t, norm=None):
        return rows(o, t).mean() * (norm or 1)

    def each(o, t, norm=None):
        return rows(o, t) / (norm or 1)

    def one(o, t, norm=None):
        return rows(o[None], np.array([int(t)]))[0]

    for one_of in (loss, each, one):
        found = diagnose(one_of)
        assert found.healthy, found
        line = f"write diagnose(lambda o, t: {one_of.__name__}(o, t, norm=…))"
        assert f"– Not tried: its `norm`; to have it tried, {line}" in said(found)


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


def summed(logits, labels, label_smoothing=0.0):
    return smoothed(
        lambda x, keep: x.sum(-1)[keep].mean(), logits, labels, label_smoothing
    )


def of_padding(logits, labels, label_smoothing=0.0):
    return smoothed(lambda x, keep: x.mean(), logits, labels, label_smoothing)


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
    ("loss", "given", "call"),
    [
        (summed, "", "(o, t"),
        (of_padding, "", "(o, t"),
        (with_mask, ", mask", "(o, t, mask=mask"),
    ],
)
def test_a_smoothing_of_no_known_kind_is_not_tried(loss, given, call):
    report = said(diagnose(loss))
    call = f"{loss.__name__}{call}, label_smoothing=0.1)"
    line = f"diagnose(lambda o, t{given}: {call})"
    assert (
        f"– Not tried: its `label_smoothing`; to have it tried, write {line}" in report
    )
    assert not eval(line, globals()).healthy


def of_epsilon(o, t, epsilon=0.0):
    return summed(o, t, epsilon)


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
    line = f"– Not tried: its `{name}`; to have it tried, write diagnose(lambda o, t: "
    assert f"{line}loss(o, t, {name}=0.1))" in said(diagnose(scope["loss"]))


def test_what_a_lambda_gives_as_0_is_tried():
    """As of the line that the doctor writes for who requires it."""
    found = diagnose(lambda o, t: of_epsilon(o, t, epsilon=0.0))
    told = "– Not tried: its `epsilon`; to have it tried, write epsilon=0.1"
    assert told in said(found)
    assert found.healthy
    right = lambda o, t: right_epsilon(o, t, ls=0.0)  # noqa: E731
    assert not diagnose(right).not_tried


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
