"""Two faults with a size each: found where they are, and nowhere else."""

import numpy as np
import pytest
import scipy.special

from planted import BESIDE, PLANTED, planted
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose

TWO_SIZES = [
    ({"temperature": 2, "scaled": 0.25}, "divided by 2, a temperature", "0.25 times"),
    ({"temperature": 0.5, "scaled": 128}, "divided by 0.5, a", "128 times"),
    ({"smoothing": 0.1, "scaled": 0.0625}, "smoothed: 0.1 of", "0.0625 times"),
    ({"smoothing": 0.3, "scaled": 65536}, "smoothed: 0.3 of", "65536 times"),
    ({"smoothing-others": 0.1, "scaled": 2}, "smoothed: 0.1 of", "2 times"),
    ({"z-loss": 1e-4, "scaled": 8}, "with 0.0001 times the square", "8 times"),
    ({"soft-cap": 30, "scaled": 0.25}, "30 · tanh(o / 30)", "0.25 times"),
    ({"temperature": 2, "smoothing": 0.1}, "divided by 2, a", "smoothed: 0.1 of"),
    ({"temperature": 0.9, "focal": 2}, "divided by 0.9, a", "to the power of 2"),
    ({"temperature": 1.7, "z-loss": 1e-3}, "divided by 1.7, a", "with 0.001 times"),
]


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize(("sizes", "first", "second"), TWO_SIZES)
def test_two_faults_with_a_size_each_are_found(sizes, first, second, reduction):
    faults = {fault.name: fault for fault in reversed(PLANTED)}
    loss = planted(*(faults[x].of(n) for x, n in sizes.items()), reduction=reduction)
    found = diagnose(loss)
    said = " ".join(repr(found).split())
    assert {*found.names} - BESIDE == {*sizes}, found
    assert first in said
    assert second in said


@pytest.mark.parametrize("to", [None, np.asarray])
@pytest.mark.parametrize("share", [0.001, 0.003, 0.01, -0.01, 0.05])
def test_two_sizes_are_no_other_small_difference(share, to):
    """Less its entropy: to the first order a divisor and a temperature beside it."""

    def loss(o, t):
        log_p = scipy.special.log_softmax(o, -1)
        entropy = -np.where(log_p > -np.inf, np.exp(log_p) * log_p, 0).sum(-1)
        return (cross_entropy(o, t) - o.dtype.type(share) * entropy).mean()

    found = diagnose(loss, to=to)
    assert found.names == (), found
    assert not found.healthy
