"""The exhibits of the bug museum: lines that were wrong, and the right one."""

import re

import pytest

from parts import config
from xent_book import example
from xent_book.parts import Exhibit
from xent_lib import cross_entropy, softmax

TWICE = Exhibit("cross_entropy(softmax(o), y)", "cross_entropy(o, y)")


def html(exhibit):
    return exhibit._repr_html_()


def test_the_numbers_are_those_of_the_lines():
    o, y = example.logits, example.target
    assert TWICE.numbers == [cross_entropy(softmax(o), y), cross_entropy(o, y)]
    named = Exhibit("sum(steps)", "sum(steps) / len(steps)", steps=[1.0, 2.0])
    assert named.numbers == [3, 1.5]
    assert Exhibit("y", "o[y]", o=[7.0], y=0).numbers == [0, 7]


def test_what_is_refused_is_an_error_and_what_is_infinite_has_no_place():
    odd = Exhibit("np.float64(0) / 0", "np.exp(1000.0)", "float('what')")
    assert [number for _, _, number in odd.rows] == ["NaN", "∞", "an error"]
    assert [x for _, _, x in config(odd)["lines"]] == [None, None, None]
    with pytest.raises(NameError):
        Exhibit("unknown", "1")


def test_one_line_is_no_exhibit():
    with pytest.raises(ValueError, match=r"a wrong one and a right one, got \('1',\)"):
        Exhibit("1")


def test_the_wrong_lines_alone_are_struck_out():
    page = html(Exhibit("1 < 2", "3", "4"))
    struck = re.findall(r"<s><code>(.*?)</code></s>", page)
    assert struck == ["1 &lt; 2", "3"]
    assert re.findall(r"<strong[^>]*>(.*?)</strong>", page) == ["4"]
    # A screen reader does not say what is struck out.
    assert re.findall(r'hidden">(\w+) <', page) == ["wrong", "wrong", "right"]
    assert repr(Exhibit("1 < 2", "3", "4")).splitlines()[0] == "wrong  1 < 2  1"


def test_the_script_is_given_each_line_with_its_number():
    [wrong, right] = config(TWICE)["lines"]
    assert wrong[:2] == ["cross_entropy(softmax(o), y)", "1.052"]
    assert wrong[2] == pytest.approx(TWICE.numbers[0])
    assert right[:2] == ["cross_entropy(o, y)", "0.4899"]
