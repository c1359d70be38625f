"""The table of faults: each is what people write, in words, with a room of its own."""

import re

import numpy as np
import pytest

from planted import AS_WRITTEN, PLANTED
from xent_lib import cross_entropy
from xent_lib.doctor._faults import (
    FAULTS,
    IGNORED,
    PADDED,
    PADDED_TARGETS,
    PROBES,
    ROOMS,
    STEPS,
    evaluate,
)


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
def test_each_fault_is_what_people_write(fault):
    loss = AS_WRITTEN[fault.name]
    tried = 0
    for name, (o, targets) in PROBES.items():
        if len(o) > 1 or not fault.across:
            with np.errstate(all="ignore"):
                seen = loss(o, targets)
            right = evaluate(o, targets, [fault])
            np.testing.assert_allclose(right, seen, fault.near, err_msg=name)
            tried += 1
    assert tried >= len(PROBES) - 1


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_each_fault_is_a_step_done_otherwise(fault):
    assert fault.step in STEPS
    assert (fault.parameter is None) == (fault.between is None)
    inputs = {
        "rows": list(PROBES.values()),
        "sequences": [(PADDED, PADDED_TARGETS)],
        "padding": [(PADDED, PADDED_TARGETS)],
        "a long sum": [(np.tile([0, 1.7], (2**17, 1)), np.zeros(2**17, int))],
    }
    if fault.name == "from-zero":
        inputs["rows"] = [(np.full((9, 2), 1e17), np.ones(9, int))]
    changed = [
        not np.array_equal(evaluate(*given, [fault]), evaluate(*given))
        for given in inputs[fault.seen_in]
    ]
    assert any(changed)


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_a_fault_says_what_it_is_how_to_mend_it_and_where(fault):
    assert fault.room in ROOMS
    assert re.fullmatch(r"[a-z0-9-]+", fault.name)
    assert "{" not in str(fault)
    assert not re.search(r"[.!]$", f"{fault}"), "it goes on"
    assert not re.search(r"[.!]$", fault.mend)


def test_names_are_names():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert AS_WRITTEN.keys() == {fault.name for fault in FAULTS}
