"""Tables of words and numbers."""

import math
import re

import numpy as np
import pytest

from xent_book.table import Table


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([3.2, 1.0, -0.5], ["3.2", "1.0", "−0.5"]),
        ([0.6127, 0.0151], ["0.61", "0.02"]),
        ([100, 5], ["100", "5"]),
        (np.array([1.0, 2.0]), ["1", "2"]),
        ([math.inf, 0.5], ["∞", "0.5"]),
        (["a", 1], ["a", "1"]),
        ([0.123, 1], ["0.12", "1.00"]),
        (["-0.5", "co-op"], ["−0.5", "co-op"]),
    ],
    ids=str,
)
def test_a_column_has_as_many_digits_as_it_needs_and_two_at_most(values, shown):
    table = Table({"row": range(len(values)), "x": values})
    assert [row[1] for row in table.rows] == shown


def test_more_digits_are_to_be_had():
    assert Table({"x": [0.1234]}, digits=3).rows == [["0.123"]]


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        Table({"x": [1, 2], "y": [1]})


def test_the_plain_table_is_aligned_and_the_page_has_a_real_one():
    table = Table({"word": ["mat", "<a>"], "p": [0.5, 10.25]})
    assert repr(table).splitlines() == ["word      p", "mat    0.50", "<a>   10.25"]
    assert '<th scope="row">&lt;a&gt;</th><td>10.25</td>' in table._repr_html_()
    assert "<caption>" not in table._repr_html_()


def test_a_column_is_drawn_too():
    table = Table({"word": ["mat", "hat", "sat"], "x": ["8.0", "∞", "2.0"]}, bars="x")
    page = table._repr_html_()
    for share, cell in (("1", "8.0"), ("0", "∞"), ("0.25", "2.0")):
        assert f'<td><i class="bar" style="--of: {share}"></i>{cell}</td>' in page
    assert repr(table).splitlines()[1] == "mat   8.0"
    with pytest.raises(ValueError, match=r"bars must be one of \['x'\], got 'y'"):
        Table({"x": [1]}, bars="y")


def test_words_begin_at_one_line_and_numbers_end_at_one():
    table = Table(
        {"token": ["cat", "."], "expected": ["cat", "rug?"], "p": [0.1, 0.25]}
    )
    assert repr(table).splitlines()[1:] == [
        "cat    cat       0.10",
        ".      rug?      0.25",
    ]
    page = table._repr_html_()
    assert '<td class="words">cat</td><td>0.10</td>' in page
    assert '<th scope="col" class="words">expected</th><th scope="col">p</th>' in page


def test_the_row_of_the_word_that_came_is_marked_on_a_page():
    table = Table({"word": ["mat", "a & b"], "p": [0.6, 0.4]}, target="a & b")
    assert re.findall("<th.*<b>.*", table._repr_html_()) == [
        '<th scope="row"><b>a &amp; b</b></th><td>0.4</td></tr>'
    ]
    assert repr(table) == repr(Table({"word": ["mat", "a & b"], "p": [0.6, 0.4]}))


def test_a_target_that_has_no_row_is_refused():
    words = {"word": ["mat", "hat"]}
    with pytest.raises(ValueError, match=r"one of \['mat', 'hat'\], got 'rug'"):
        Table(words, target="rug")
