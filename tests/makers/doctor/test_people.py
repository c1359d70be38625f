"""The doctor and two hundred functions as people write them, right and broken."""

import pytest

from broken_batches_numpy import BROKEN
from more_right_numpy import RIGHT
from xent_lib.doctor import diagnose

PRECISION = {"from-zero", "masked-token", "per-sequence", "rows-alone"}


def name(value):
    return getattr(value, "__name__", None)


@pytest.mark.parametrize(("loss", "names", "declared"), RIGHT, ids=name)
def test_right_ones_are_never_blamed(loss, names, declared):
    found = diagnose(loss, **declared)
    assert found.healthy, found
    assert {*found.names} <= {*names, *PRECISION}
    assert found.convention.startswith("Takes ")


@pytest.mark.parametrize(("loss", "names", "declared"), BROKEN, ids=name)
def test_broken_ones_are_named_or_shown(loss, names, declared):
    found = diagnose(loss, **declared)
    assert not found.healthy, found
    named = {*found.names} - PRECISION
    assert named <= {*names}
    assert named or "yours" in repr(found)


def test_there_are_enough_of_them():
    assert len(RIGHT) >= 50
    assert len(BROKEN) >= 70
