"""The axis of the logits: its labels, and which logits it accepts."""

import re

import numpy as np
import pytest

from xent_book import example
from xent_book.parts._axis import apart, checked, percent, ticks


@pytest.mark.parametrize(
    ("low", "high", "count", "labels"),
    [
        (-1.5, 6, 8, ["−1", "0", "1", "2", "3", "4", "5"]),
        (98, 105, 4, ["98", "100", "102", "104"]),
        (-3, 10, 4, ["0", "4", "8"]),
        (-0.5, 52, 8, ["0", "7", "14", "21", "28", "35", "42", "49"]),
    ],
)
def test_an_axis_has_whole_numbers_where_they_belong(low, high, count, labels):
    found = re.findall(r'<text x="(.*?)%">(.*?)</text>', ticks(low, high, count))
    assert [label for _, label in found] == labels
    for place, label in found:
        share = (float(label.replace("−", "-")) - low) / (high - low)
        assert f"{place}%" == percent(share)


def test_logits_are_a_copy():
    logits = example.logits
    found = checked(logits)
    logits[0] = 0.0
    assert found[0] == example.logits[0]


@pytest.mark.parametrize("logits", [[1.0], [0, 0, 0, np.nan], [0, 0, 0, 1e308]])
def test_logits_of_another_kind_are_named(logits):
    with pytest.raises(ValueError, match="one number for each of mat, hat, sat, rug"):
        checked(logits)


@pytest.mark.parametrize(
    ("places", "gap", "page", "stands"),
    [
        ([10, 90, 50], 20, (), [10, 90, 50]),
        ([50, 51], 11, (), [45, 56]),
        ([0, 100], 20, (0, 100), [10, 90]),
        ([5, 5, 5], 10, (), [-5, 5, 15]),
    ],
)
def test_labels_keep_a_gap_and_the_page_and_stay_where_they_may(
    places, gap, page, stands
):
    np.testing.assert_allclose(apart(places, gap, *page), stands)
