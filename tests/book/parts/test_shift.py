"""The shift: what its figure shows without a script."""

import re

import numpy as np
import pytest

from parts import config, labels
from xent_book import example
from xent_book._html import number
from xent_book.parts import Shift
from xent_lib import softmax

CHANGES = [("add", 100), ("add", -200), ("add", 0), ("times", 2), ("times", 0)]


def changed(change, value):
    return example.logits * value if change == "times" else example.logits + value


@pytest.mark.parametrize(("change", "value"), CHANGES)
def test_the_figure_has_the_scores_and_the_chips(change, value):
    part, scores = Shift(change, value), changed(change, value)
    shown = labels(part)
    for word, o, p in zip(example.vocabulary, scores, softmax(scores), strict=True):
        place = shown.index(word)
        chips = f"{100 * p:.0f}" if p >= 0.005 else "&lt;1"
        assert shown[place + 1 : place + 3] == [number(o, 1), chips]
        assert f"{word} {number(o, 1)}" in repr(part)


@pytest.mark.parametrize(("change", "value"), CHANGES)
def test_dots_are_at_their_scores_and_bars_as_long_as_the_chips(change, value):
    part, scores = Shift(change, value), changed(change, value)
    text, places = part._repr_html_(), config(part)
    low, width = places["low"], places["high"] - places["low"]
    if change == "add":
        low += value

    def shares(pattern):
        return np.array(re.findall(pattern, text), float) / 100

    dots = low + width * shares(r'class="x-at" x="(.*?)%"')
    gaps = width * shares(r'class="x-gap" x2="(.*?)%"')
    piles = shares(r'class="x-pile"[^>]* width="(.*?)%"') / 0.19
    np.testing.assert_allclose(dots, scores, atol=2e-3)
    np.testing.assert_allclose(gaps, scores.max() - scores, atol=2e-3)
    np.testing.assert_allclose(piles, softmax(scores), atol=1e-3)


@pytest.mark.parametrize("change", ["add", "times"])
def test_what_can_be_pulled_stays_on_the_axis(change):
    for value in (config(Shift(change, 0))[end] for end in ("least", "most")):
        part = Shift(change, value)
        places = re.findall(r'class="x-at" x="(.*?)%"', part._repr_html_())
        assert all(0 < float(place) < 100 for place in places)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Shift("plus", 1), "change must be of add, times, got 'plus'"),
        (lambda: Shift("add", 201), "value must be from -200 to 200, got 201"),
        (lambda: Shift("times", np.nan), "value must be from 0 to 2.6, got nan"),
        (lambda: Shift("add", 1, [0.0]), "logits must have"),
    ],
)
def test_a_slip_is_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()
