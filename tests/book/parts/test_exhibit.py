"""The exhibits of the bug museum: lines that were wrong, and the right one."""

import re
from xml.dom.minidom import parseString

import numpy as np
import pytest

from xent_book import example
from xent_book.exhibit import Exhibit
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


def test_what_is_refused_is_an_error_and_what_is_infinite_no_place():
    odd = Exhibit("np.float64(0) / 0", "np.exp(1000.0)", "float('what')")
    assert [number for _, _, number in odd.rows] == ["NaN", "∞", "an error"]
    assert "<svg" not in html(odd)
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


@pytest.mark.parametrize("numbers", [(6, 9.2), (-0.3873, -1.162), (20.72, 3, 999.3)])
def test_the_axis_has_0_and_all_numbers_in_their_places(numbers):
    page = html(Exhibit(*map(str, numbers)))
    tree = parseString(page)  # strict, unlike a browser
    rings = [x.getAttribute("cx") for x in tree.getElementsByTagName("circle")]
    ticks = {
        float(text.firstChild.data.replace("−", "-")): text.getAttribute("x")
        for text in tree.getElementsByTagName("text")
    }
    assert 2 <= len(ticks) <= 6
    places = {**ticks, **dict(zip(numbers, rings, strict=True))}
    shares = np.array([float(place.rstrip("%")) for place in places.values()])
    line = np.polynomial.Polynomial.fit([*places], shares, 1)
    np.testing.assert_allclose(line(np.array([*places])), shares, atol=0.11)
    assert 0 in ticks
    assert min(shares) == 0
    assert max(shares) == 100
    assert "#c2410c" in tree.getElementsByTagName("circle")[-1].getAttribute("fill")
