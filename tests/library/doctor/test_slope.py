"""The gradient that a loss has: of many rows by a formula, of few by differences."""

import numpy as np
import pytest

from by_hand import said
from test_gradient import mean, p_less_y
from xent_lib import cross_entropy
from xent_lib.doctor import _slope, diagnose
from xent_lib.doctor._case import Case
from xent_lib.doctor._faults_of_pairs import SHIFTED
from xent_lib.doctor._function import Function
from xent_lib.doctor._gradient import close
from xent_lib.doctor._probes import waves
from xent_lib.doctor._roles import INPUTS
from xent_lib.doctor._ways import Way


@pytest.mark.parametrize(
    ("shape", "faults"),
    [((50, 4), ()), ((50, 4), (SHIFTED,)), ((2, 25, 4), (SHIFTED,))],
)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("ignored", [-100, 0])
def test_of_many_rows_it_is_that_of_differences(
    monkeypatch, ignored, kind, reduction, faults, shape
):
    case = Case(Function(mean, Way(), ignored), kind, reduction, faults)
    o, targets = waves(*shape), np.arange(50).reshape(shape[:-1]) ** 2 % 4
    losses = case.right(o, targets)
    times = 1.0 + np.arange(losses.size).reshape(losses.shape)  # from above
    given = case, o, targets, 3 * times, kind != "logits"
    differences = _slope.slope(*given)
    monkeypatch.setattr(_slope, "MANY", 100)
    assert close(_slope.slope(*given), differences)


def shifted(o, t):
    return cross_entropy(o[..., :-1, :], t[..., 1:], reduction="mean")


def of_shifted(o, t):
    found = np.zeros(o.shape)
    found[..., :-1, :] = p_less_y(o[..., :-1, :], t[..., 1:])
    return found


@pytest.mark.parametrize("shifts", [None, True])
@pytest.mark.parametrize(("loss", "right"), [(mean, p_less_y), (shifted, of_shifted)])
def test_rows_beyond_the_first_chunk_have_one_too(loss, right, shifts):
    def detached(o, t):
        found = right(o, t)
        found.reshape(-1, o.shape[-1])[8:] = 0
        return found

    declared = {"shifts": shifts and loss is shifted}
    assert diagnose(loss, gradient=right, **declared)
    found = diagnose(loss, gradient=detached, **declared)
    assert "3,001 rows, row 9, tokens 1 to 6 of 7: yours 0, 0, 0, 0, …" in said(found)
    assert not found.healthy
