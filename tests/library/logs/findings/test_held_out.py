"""Validation beside training: overfitting, validation-below, and neither."""

import numpy as np
import pytest

from runs import found, losses, printed

RUN = losses(300, noise=0.02, end=0.1)
AFTER = np.maximum(0, np.arange(300) - 150) / 150  # the second half


@pytest.mark.parametrize(
    ("y", "validation", "kinds"),
    [
        (RUN, RUN + 0.1 + 2 * AFTER, [""]),
        (RUN, RUN + 0.1, []),
        (RUN + 2 * AFTER, RUN + 0.1 + 2 * AFTER, []),  # both rise
        (RUN, RUN + 0.1 + 2 * (np.arange(300) > 295), []),  # the last alone
        (RUN, np.where(np.arange(300) == 299, np.nan, RUN + 2 * AFTER), []),
    ],
)
def test_validation_that_turns(y, validation, kinds):
    assert found(printed(y, validation, every=20), "overfitting")[0] == kinds


def test_the_turn_is_told():
    numbers = found(printed(RUN, RUN + 2 * AFTER, every=20), "overfitting")[1]
    assert numbers["at"] == "step 159"


@pytest.mark.parametrize(
    ("gap", "every", "kinds"),
    [
        (-0.5, 20, [""]),
        (-0.5, 50, [""]),
        (-0.5, 100, []),  # three evaluations are too few
        (0.1, 20, []),
        (-0.5 * (np.arange(300) % 40 == 19), 20, []),  # at every other one
        (0.1 - 0.6 * (np.arange(300) < 220), 20, [""]),  # at the first, clearly
    ],
)
def test_validation_below_training(gap, every, kinds):
    text = printed(RUN, RUN + gap, every=every)
    assert found(text, "validation-below")[0] == kinds


def test_places_may_be_those_in_the_log():
    """Where training counts steps, and validation epochs."""
    text = printed(RUN, RUN - 0.5, every=20)
    rows = text.replace("step 19 | val", "step 20 | val").splitlines()
    other = [
        f"epoch {i} {row[7:]}" if "val" in row else row for i, row in enumerate(rows)
    ]
    assert found("\n".join(other), "validation-below")[0] == [""]


def test_no_comparison_with_a_multiple():
    assert found(printed(4 * RUN, RUN, every=20), "validation-below")[0] == []
