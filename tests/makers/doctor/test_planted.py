"""Each fault of the table, alone, as people write it, and beside many others."""

import itertools

import numpy as np
import pytest

from planted import AS_WRITTEN, BESIDE, PLANTED, planted
from xent_lib.doctor import diagnose

# As PLANTED are run: what float64 loses of a logarithm of a softmax is no fault.
KINDS = {fault.name: fault.kind for fault in PLANTED} | {"log-of-softmax": "precision"}

OF_ONE = ("first-", "last-token", "sequence-")  # which has no other reduction


# A fault of reducing is the reduction; what is done with each token’s loss, and whether
# it is padding, the caller says.
@pytest.mark.parametrize(
    ("fault", "reduction"),
    [
        pytest.param(fault, reduction, id=f"{fault.name}-{reduction}")
        for fault in PLANTED
        for reduction in ("none", "mean", "sum")
        if reduction == "mean" or (fault.step != "reduce" and not fault.only)
        if reduction != "none" or fault.seen_in != "padding"
        if reduction == "mean" or not fault.name.startswith(OF_ONE)
    ],
)
def test_each_fault_is_found_alone(fault, reduction):
    found = diagnose(planted(fault, reduction=reduction))
    assert {*found.names} - BESIDE == {fault.name}, found
    assert found.healthy == (KINDS[fault.name] != "fault")
    [one] = [one for one in found.findings if one.name == fault.name]
    [shown] = one.shown
    assert shown.seen != shown.expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", AS_WRITTEN)
def test_each_fault_is_found_as_people_write_it(name, dtype):
    def loss(logits, targets):
        return AS_WRITTEN[name](logits.astype(dtype), targets)

    found = diagnose(loss)
    assert {*found.names} - BESIDE == {name}, found
    in_float32 = name == "log-of-softmax" and dtype is np.float32
    assert found.healthy == (KINDS[name] != "fault" and not in_float32)


# Two that people make together; of all 1,775 pairs of the table the doctor names both
# of four in five.
TOGETHER = [
    (one, other)
    for one, others in {
        "base-10": "plain-softmax softmax-twice perplexity padded-length",
        "base-2": "plain-softmax mean-of-means padding-as-token-0 float32-sum",
        "sign": "floor temperature smoothing by-vocabulary shifted-back",
        "scaled": "plain-softmax softmax-twice mean-of-means padded-length",
        "floor": "temperature padded-length mean-of-means by-vocabulary perplexity",
        "smoothing": "z-loss soft-cap mean-of-means padded-length plain-softmax",
        "focal": "log-of-softmax by-vocabulary padding-as-token-0",
        "softmax-twice": "padded-length per-sequence perplexity",
        "temperature": "mean-of-means rolled shifted-back mean-of-perplexities",
        "plain-softmax": "mean-of-means padded-length rolled",
        "no-shift": "smoothing next-id mean-of-perplexities per-sequence",
        "half-precision": "mean-of-means perplexity shifted-back",
        "padding-as-token-0": "perplexity z-loss shared-maximum",
        "mean-of-chunks": "temperature sign",
        "ids-cut": "soft-cap base-10",
        "counted-before-shift": "base-2 softmax-twice padded-length",
        "batch-axis": "scaled",
        "mean-of-perplexities": "padded-length shifted",
    }.items()
    for other in others.split()
]


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_two_faults_are_found_together(one, other):
    faults = {fault.name: fault for fault in reversed(PLANTED)}
    found = diagnose(planted(faults[one], faults[other]))
    assert {*found.names} - BESIDE == {one, other}, found
    shown = itertools.chain(*(finding.shown for finding in found.findings))
    assert all(one.seen != one.expected for one in shown)
