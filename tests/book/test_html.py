"""Numbers and tables as the pages show them."""

import math

import pytest

from xent_book._html import element, escape, figure, html_table, minus, number


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (0.489875, "0.490"),
        (-0.5, "−0.500"),
        (-0.0, "0.000"),
        (4.54e-5, "4.5·10⁻⁵"),
        (-1e-20, "−1.0·10⁻²⁰"),
        (math.inf, "∞"),
    ],
)
def test_numbers_are_for_reading(x, shown):
    assert number(x) == shown


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (0.489875, "0.4899"),
        (-0.0, "0"),
        (-3.2, "−3.2"),
        (1442.0, "1442"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_have_four_digits(x, shown):
    assert figure(x) == shown


def test_a_number_with_a_sign_shows_it():
    assert number(0.5, 1, sign=True) == "+0.5"
    assert number(-0.5, 1, sign=True) == minus("-0.5") == "−0.5"


def test_a_row_of_a_table_is_named_by_its_first_cell():
    table = html_table("Words", ["word", "p"], [[escape("a < b"), "1"]])
    assert "<caption>Words</caption>" in table
    assert '<th scope="row">a &lt; b</th><td>1</td>' in table


def test_the_settings_of_an_element_are_an_attribute():
    assert element("xent-x", {"a": '"'}, "…").startswith(
        '<xent-x config="{&quot;a&quot;: &quot;\\&quot;&quot;}">'
    )
