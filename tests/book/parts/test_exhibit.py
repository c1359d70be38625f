"""The exhibits of the bug museum: lines that were wrong, and the right one."""

import re

import pytest

from parts import config
from xent_book import example
from xent_book.parts import Exhibit
from xent_book.parts.exhibit import drawn
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


def test_a_guess_comes_with_its_question():
    asked = Exhibit("1", "2").asked("Which is right?")
    assert config(asked) == {"lines": [["1", "1", 1], ["2", "2", 2]]} | asked.asks
    assert "asks" not in config(TWICE)


DRAWN = {
    "mean of means": (drawn.mean_of_means([[2], [10] * 9]), ["9.2", "6"]),
    "shift": (drawn.shift(["a", "b", "c"]), ["a", "b", "c"]),
    "padding": (drawn.padding(), ["0.7232", "0.6649"]),
    "softmax twice": (drawn.softmax_twice(), ["0.61", "0.35"]),
    "bits": (drawn.bits(), ["0.4899", "0.7067"]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_says_in_words_what_it_shows(name):
    drawing, shown = DRAWN[name]
    [said] = re.findall('role="img" aria-label="(.*?)"', drawing)
    words = " ".join(re.findall(r"<text.*?>(.*?)</text>", drawing))
    for number in shown:
        assert re.search(rf"\b{number}\b", said)
        assert re.search(rf"\b{number}\b", words)
    assert "target" not in re.findall("var\\((.*?)[,)]", drawing), "orange is the dot"
    exhibit = Exhibit("1 < 2", "3")
    assert html(exhibit.below(drawing)).startswith(drawing)


def test_a_shift_has_its_three_targets():
    drawing = drawn.shift(["a", "b", "c"])
    ends = re.findall(r'<line x1="(.*?)%" y1="20" x2="(.*?)%"', drawing)
    starts, ends = zip(*((float(x), float(y)) for x, y in ends), strict=True)
    places = re.findall(r'<text x="([\d.]+)%" y="72" text-anchor="middle">', drawing)
    assert starts == (float(places[0]),) * 3
    assert list(ends) == pytest.approx([float(x) for x in places], abs=0.02)


def test_a_share_is_as_wide_as_it_is_large():
    wide = [
        float(x) for x in re.findall(r'<rect.*?width="(.*?)%"', drawn.softmax_twice())
    ]
    once = softmax(example.logits)
    shares = [*once, *softmax(once)]
    assert wide == pytest.approx([80 * p - 0.5 for p in shares], abs=0.01)


def test_a_bar_is_as_high_as_its_loss():
    drawing = drawn.mean_of_means([[2], [10] * 9])
    high = [float(x) for x in re.findall(r'<rect.*?height="(.*?)"', drawing)]
    assert high == pytest.approx([14] + 9 * [70])
