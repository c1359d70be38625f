"""Softmax as pouring: what the figure and the table show without a script."""

import re

import numpy as np
import pytest

from golden import stored
from parts import cells, config, labels
from xent_book import example
from xent_book.parts import Pour
from xent_lib import softmax

GOLDEN = stored("pour")


def test_the_bars_and_the_shares_are_right():
    close = {"rtol": 1e-12, "atol": 1e-15}
    for right in GOLDEN["spread"]:
        part = Pour("temperature", right["T"])
        for name in ("scores", "e", "p"):
            np.testing.assert_allclose(getattr(part, name), right[name], **close)
    for right in GOLDEN["shifted"]:
        if right["made"] == "exp" and right["alone"] == example.logits[1]:
            part = Pour("shift", right["shift"])
            np.testing.assert_allclose(part.e, right["e"], **close)
            np.testing.assert_allclose(part.p, right["p"], **close)


@pytest.mark.parametrize("value", [0.5, 1, 2, 10])
def test_held_at_mat_the_shares_are_those_of_a_division(value):
    part = Pour("temperature", value)
    np.testing.assert_allclose(part.p, softmax(example.logits / value), rtol=1e-14)
    assert part.scores[example.target] == example.logits[example.target]


def test_the_tables_have_the_shares_of_four_ways_and_of_four_temperatures():
    rows = [" ".join(row) for row in cells(Pour("shift", 0))]
    assert rows == [
        "e o 61 → 61 7 → 7 2 → 2 30 → 30",
        "|o| 44 → 3 14 → 32 7 → 57 35 → 8",
        "o² 58 → &lt;1 6 → 24 1 → 74 35 → 2",
        "max(o, 0) 48 → 100 15 → 0 0 → 0 37 → 0",
    ]
    for made, row in zip(("exp", "abs", "square", "cut"), rows, strict=True):
        for shift, place in ((0, 0), (-3, 1)):
            (right,) = (
                [*zip(case["p"], case["chips"], strict=True)]
                for case in GOLDEN["shifted"]
                if (case["made"], case["shift"], case["alone"]) == (made, shift, 1)
            )
            shown = [pair.split(" → ")[place] for pair in re.findall(r"\S+ → \S+", row)]
            assert shown == ["&lt;1" if p > 0 == n else f"{n}" for p, n in right]
            assert sum(n for _, n in right) == 100
    assert cells(Pour("temperature", 2)) == [
        ["0.5", "0.79", "0.01", "0.00", "0.20"],
        ["1", "0.61", "0.07", "0.02", "0.30"],
        ["2", "0.46", "0.15", "0.07", "0.32"],
        ["10", "0.29", "0.23", "0.20", "0.27"],
    ]


def test_the_figure_names_what_it_draws():
    shown = labels(Pour("shift", 0))
    for text in (
        "24.53",
        "2.72",
        "0.61",
        "12.18",
        "40.04 in all",
        "61",
        "7",
        "2",
        "30",
    ):
        assert text in shown


def widths(part, y):
    """Of the rectangles at this height, in percent."""
    drawn = part._repr_html_().replace("\n", " ")
    return [float(x) for x in re.findall(rf'y="{y}" width="([\d.]+)%"', drawn)]


def test_a_bar_is_as_long_standing_as_lying_and_the_strip_is_whole():
    part = Pour("temperature", 2)
    standing = re.findall(r'width="12" height="([\d.]+)"', part._repr_html_())
    lying = [6.4 * x for x in widths(part, 214)]
    np.testing.assert_allclose([float(x) for x in standing], lying, atol=0.1)
    np.testing.assert_allclose(widths(part, 266), 100 * part.p, atol=0.01)


def test_the_script_starts_from_what_is_drawn():
    shown = config(Pour("temperature", 0.5))
    assert (shown["value"], shown["least"], shown["most"]) == (0.5, 0.5, 10)
    assert shown["logits"] == example.logits.tolist()


@pytest.mark.parametrize(
    ("change", "value", "message"),
    [
        ("times", 2, "change must be of shift, temperature, got 'times'"),
        ("shift", 1, "value must be from −4 to 0, got 1"),
        ("temperature", 0, "value must be from 0.5 to 10, got 0"),
        ("temperature", float("nan"), "got nan"),
    ],
)
def test_what_is_no_change_is_refused(change, value, message):
    with pytest.raises(ValueError, match=message):
        Pour(change, value)
