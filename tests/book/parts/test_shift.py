"""The shift: what its figure shows without a script."""

import re

import numpy as np
import pytest

from parts import config, labels
from xent_book import example
from xent_book._html import number
from xent_book.parts import Shift
from xent_lib import softmax

VALUES = [100, -200, 0]


@pytest.mark.parametrize("value", VALUES)
def test_the_figure_has_the_scores_and_the_chips(value):
    part, scores = Shift(value), example.logits + value
    shown = labels(part)
    for word, o, p in zip(example.vocabulary, scores, softmax(scores), strict=True):
        place = shown.index(word)
        chips = f"{100 * p:.0f}" if p >= 0.005 else "&lt;1"
        assert shown[place + 1 : place + 3] == [number(o, 1), chips]
        assert f"{word} {number(o, 1)}" in repr(part)


@pytest.mark.parametrize("value", VALUES)
def test_dots_are_at_their_scores_and_bars_as_long_as_the_chips(value):
    part, scores = Shift(value), example.logits + value
    text, places = part._repr_html_(), config(part)
    low, width = places["low"] + value, places["high"] - places["low"]

    def shares(pattern):
        return np.array(re.findall(pattern, text), float) / 100

    dots = low + width * shares(r'class="x-at" x="(.*?)%"')
    gaps = width * shares(r'class="x-gap" x2="(.*?)%"')
    piles = shares(r'class="x-pile"[^>]* width="(.*?)%"') / 0.19
    np.testing.assert_allclose(dots, scores, atol=2e-3)
    np.testing.assert_allclose(gaps, scores.max() - scores, atol=2e-3)
    np.testing.assert_allclose(piles, softmax(scores), atol=1e-3)


def test_what_can_be_pulled_stays_on_the_axis():
    for value in (config(Shift(0))[end] for end in ("least", "most")):
        part = Shift(value)
        places = re.findall(r'class="x-at" x="(.*?)%"', part._repr_html_())
        assert all(0 < float(place) < 100 for place in places)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Shift(201), "a whole number from -200 to 200, got 201"),
        (lambda: Shift(0.5), "a whole number from -200 to 200, got 0.5"),
        (lambda: Shift(np.nan), "a whole number from -200 to 200, got nan"),
        (lambda: Shift(1, [0.0]), "logits must have"),
    ],
)
def test_a_slip_is_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()
