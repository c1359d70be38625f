"""What a function does beside answering."""

import itertools

import numpy as np
import pytest
import scipy.special

from by_hand import said
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose


def test_noise_is_told():
    rng = np.random.default_rng(0)

    def loss(o, t):
        return cross_entropy(o * (rng.random(o.shape) > 0.1), t).mean()

    found = diagnose(loss)
    assert found.names == ("random",)
    assert "not the same twice" in said(found)


def test_noise_of_few_labels_is_seen_in_many_rows():
    rng = np.random.default_rng(0)

    def loss(o, t):
        noise = rng.random(t.shape) < 0.01
        return cross_entropy(o, np.where(noise, 0, t)).mean()

    assert diagnose(loss).names == ("random",)


def test_a_loss_of_two_by_turns_is_random_too():
    turns = itertools.count()

    def loss(o, t):
        return (1 + next(turns) % 2) * cross_entropy(o, t).mean()

    assert "not the same twice" in said(diagnose(loss))


def test_now_and_then_an_error_is_random_too():
    calls = []

    def loss(o, t):
        calls.append(1)
        if len(calls) % 7 == 0:
            raise RuntimeError("now and then")
        return cross_entropy(o, t).mean() + 1e-3 * (len(calls) % 2)

    assert diagnose(loss).names == ("random",)


@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.99])
def test_a_running_average_is_named(momentum):
    kept = []

    def loss(o, t):
        now = cross_entropy(o, t).mean()
        kept.append(momentum * kept[-1] + (1 - momentum) * now if kept else now)
        return kept[-1]

    assert diagnose(loss).names == ("running-average",)


def test_what_is_never_reset_is_named():
    total = [0.0]

    def loss(o, t):
        total[0] += cross_entropy(o, t).mean()
        return total[0]

    assert diagnose(loss).names == ("accumulated",)


def test_what_it_writes_into_its_arguments_is_told():
    def loss(o, t):
        o -= o.max(-1, keepdims=True)
        t[t == -100] = 0
        return cross_entropy(o, t).mean()

    found = diagnose(loss)
    assert "in-place" in found.names
    assert not found.healthy
    assert "the logits changed" in said(found)
    assert "work on a copy: o = o.copy()" in said(found)
    assert 'if it is meant, say allow=["in-place"]' in said(found)
    assert diagnose(cross_entropy).healthy, "the probes are as they were"


def test_what_was_changed_has_its_own_mend():
    def loss(logits, labels, pad_id=0):
        labels[labels == pad_id] = -100
        keep = labels != -100
        return cross_entropy(logits[keep], labels[keep]).mean()

    report = said(diagnose(loss))
    assert "the targets changed" in report
    assert "work on a copy: labels = labels.copy() (" in report

    def both(scores, gold):
        scores -= scores.max(-1, keepdims=True)
        gold += 1
        return cross_entropy(scores, gold - 1).mean()

    assert diagnose(both, allow=["in-place"]).healthy
    report = said(diagnose(both))
    assert "scores = scores.copy() and gold = gold.copy()" in report
    assert "the logits changed" in report
    assert "the targets changed" in report


def test_rows_without_their_index_are_named():
    found = diagnose(lambda o, t: -scipy.special.log_softmax(o, -1)[t].mean())
    assert found.names == ("row-index",)


def test_a_batch_that_one_row_is_right_for_is_told():
    def loss(o, t):
        if o.shape == (3, 4):
            raise IndexError
        return cross_entropy(o, t) if o.ndim == 1 else np.float64(7)

    found = diagnose(loss)
    assert "of a batch" in said(found)
    assert not found.healthy


def test_a_batch_that_raises_where_rows_do_not_is_told():
    def loss(o, t):
        if len(o) > 1:
            return 1 / 0
        return cross_entropy(o, t).mean()

    found = diagnose(loss)
    assert "✗ It gives no loss of a batch" in said(found)
    assert "ZeroDivisionError" in said(found)
    assert not found.healthy
