"""The reference: without a fault its ten steps are the library's loss."""

import numpy as np
import pytest

from xent_doctor import reference
from xent_doctor.faults import by_name
from xent_doctor.faults.ignored import TOKEN_IGNORED
from xent_doctor.probes import PADDED, PROBES, SEQUENCES, TOKENS
from xent_doctor.reference import IGNORED, evaluate
from xent_lib import cross_entropy, log_softmax


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", PROBES)
def test_without_a_fault_it_is_the_loss(name, reduction):
    o, targets = PROBES[name]
    right = cross_entropy(o, targets, reduction=reduction)
    np.testing.assert_allclose(evaluate(o, targets, (), reduction), right, rtol=1e-12)


@pytest.mark.parametrize("place", PADDED)
@pytest.mark.parametrize("ignored", [-100, -1, 0])
def test_without_a_fault_padding_is_ignored(place, ignored):
    targets = np.where(PADDED[place] == IGNORED, ignored, PADDED[place])
    right = cross_entropy(SEQUENCES, targets, reduction="mean", ignore_index=ignored)
    found = evaluate(SEQUENCES, targets, ignored=ignored)
    assert found == pytest.approx(right, rel=1e-12)


def test_no_number_need_be_padding():
    o, targets = PROBES["batch"]
    assert evaluate(o, targets, ignored=None) == evaluate(o, targets)


def test_its_log_softmax_is_the_library_s():
    o = np.array([[3.2, 1.0, -0.5, 2.5], [1e4, -1e4, 0.0, 1.0]])
    np.testing.assert_allclose(reference.log_softmax(o), log_softmax(o), rtol=1e-12)


def test_a_mean_over_the_vocabulary_is_by_its_size():
    [by_vocabulary] = by_name("by-vocabulary")
    seen = evaluate(SEQUENCES, TOKENS, [by_vocabulary])
    assert seen == pytest.approx(evaluate(SEQUENCES, TOKENS) / 128)


@pytest.mark.parametrize(("token", "left"), [(1, True), (2, False)])
def test_it_says_whether_any_target_is_left(token, left):
    o, targets = np.zeros((3, 4)), np.array([2, IGNORED, 2])
    fault = TOKEN_IGNORED.of(token)
    assert reference.begin(o, targets, [fault], IGNORED)[-1].any() == left
