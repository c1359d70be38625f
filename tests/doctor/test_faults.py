"""The table of faults: each is one, and is said to be explained where a chapter is."""

import re
from pathlib import Path

import numpy as np
import pytest

from planted import PLANTED
from xent_lib import cross_entropy
from xent_lib.doctor._faults import (
    FAULTS,
    IGNORED,
    PADDED,
    PADDED_TARGETS,
    PROBES,
    STEPS,
    evaluate,
)

CHAPTERS = Path(__file__).parents[2] / "chapters"


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", PROBES)
def test_without_a_fault_it_is_the_loss(name, reduction):
    o, targets = PROBES[name]
    right = cross_entropy(o, targets, reduction=reduction)
    np.testing.assert_allclose(evaluate(o, targets, (), reduction), right, rtol=1e-12)


def test_without_a_fault_padding_is_ignored():
    right = cross_entropy(
        PADDED, PADDED_TARGETS, reduction="mean", ignore_index=IGNORED
    )
    assert evaluate(PADDED, PADDED_TARGETS) == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_each_fault_is_a_step_done_otherwise(fault):
    assert fault.step in STEPS
    assert (fault.parameter is None) == (fault.between is None)
    inputs = [
        *PROBES.values(),
        (PADDED, PADDED_TARGETS),
        (np.full((9, 2), 1e17), [1] * 9),
    ]
    if fault.name == "float32-sum":
        inputs = [(np.tile([0, 1.7], (2**17, 1)), np.zeros(2**17, int))]
    changed = [
        not np.array_equal(
            evaluate(o, np.array(targets), (fault,)), evaluate(o, np.array(targets))
        )
        for o, targets in inputs
    ]
    assert any(changed)


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_a_fault_says_what_it_is_how_to_mend_it_and_where(fault):
    assert re.fullmatch(r"[a-z0-9-]+", fault.name)
    assert "{" not in str(fault)
    assert not re.search(r"[.!]$", f"{fault}"), "it goes on"
    assert not re.search(r"[.!]$", fault.mend)
    assert (CHAPTERS / f"{fault.chapter}.ipynb").exists()


def test_names_are_names():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
