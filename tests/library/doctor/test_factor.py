"""A factor that is the same however a step is split."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, cross_entropy_grad
from xent_lib.doctor import diagnose_step
from xent_lib.doctor._factor import factor


def counted(parts):
    return sum((t != -100).sum() for _, t in parts)


def mean(parts):
    sums = [cross_entropy(o, t, reduction="sum", ignore_index=-100) for o, t in parts]
    return sum(sums) / counted(parts)


def slopes(parts):
    return [cross_entropy_grad(o, t, ignore_index=-100) for o, t in parts]


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (23, "✗ The gradient is 23 times what it should be, however it is split ("),
        (23, "(the number of tokens: a sum in place of their mean)"),
        (6, "(the number of sequences)"),
        (1 / 6, "0.1667 times what it should be"),
        (7, "(the size of the vocabulary)"),
        (1 / np.log(2), "1.443 times what it should be, however it is split (1/ln 2"),
        (8, "(a number of steps or machines, or AMP’s scale)"),
    ],
)
def test_a_factor_is_said_once_and_what_it_commonly_is(times, words):
    def step(parts):
        return mean(parts), [times / counted(parts) * x for x in slopes(parts)]

    report = said(diagnose_step(step))
    assert words in report
    assert report.count("yours") == 1
    assert diagnose_step(step).names == ("gradient-scaled",)


def test_so_is_that_of_a_loss():
    found = diagnose_step(lambda parts: 8 * mean(parts))
    assert found.names == ("scaled",)
    assert "✗ The loss is 8 times what it should be, however it is split" in said(found)


@pytest.mark.parametrize(
    "seen",
    [[2.0, 5.0], [-1.0, -2.0], [np.nan, 2.0], [1.0, 2.0, 3.0], [0.0, 0.0]],
)
def test_what_differs_otherwise_has_none(seen):
    assert factor([np.array(seen)], [np.array([1.0, 2.0])]) is None
