"""The gap: what its figure shows without a script."""

import re

import numpy as np
import pytest

from parts import config, labels
from xent_book import example
from xent_book._html import number
from xent_book.parts import Gap
from xent_lib import cross_entropy, logsumexp, softmax

LOGITS = [example.logits, np.zeros(4), example.logits + 100, [50.0, 0.0, -3.0, 2.0]]


@pytest.mark.parametrize("logits", LOGITS, ids=str)
def test_the_figure_has_the_librarys_numbers(logits):
    shown = labels(Gap(logits))
    assert f"log-sum-exp {number(logsumexp(logits), 2)}" in shown
    for word, o, p in zip(example.vocabulary, logits, softmax(logits), strict=True):
        loss = cross_entropy(logits, example.vocabulary.index(word))
        place = shown.index(f"{word} {number(o, 1)}")
        assert shown[place - 2 : place] == [number(p, 2), number(loss, 2)]


@pytest.mark.parametrize("logits", LOGITS, ids=str)
def test_lengths_are_losses_and_heights_probabilities(logits):
    text, places = Gap(logits)._repr_html_(), config(Gap(logits))
    width = places["high"] - places["low"]

    def lengths(pattern):
        return np.array(re.findall(pattern, text), float)

    wall = lengths(r'class="x-wall" x="(.*?)%"') / 100 * width + places["low"]
    dots = lengths(r'class="x-lane" x="(.*?)%"') / 100 * width + places["low"]
    gaps = lengths(r'<line class="x-far" x2="(.*?)%"') / 100 * width
    np.testing.assert_allclose(wall, logsumexp(logits), atol=1e-2)
    np.testing.assert_allclose(dots, logits, atol=1e-2)
    np.testing.assert_allclose(gaps, logsumexp(logits) - logits, atol=1e-2)
    np.testing.assert_allclose(lengths('--p: (.*?)"'), softmax(logits), atol=1e-4)


@pytest.mark.parametrize("logits", LOGITS, ids=str)
def test_no_logit_can_push_the_wall_out_of_sight(logits):
    places = config(Gap(logits))
    assert places["low"] < places["least"] <= np.min(logits)
    assert np.max(logits) < places["most"]
    assert logsumexp(np.full(4, places["most"])) <= places["high"]


def test_only_the_word_that_came_has_the_targets_colour():
    lanes = re.findall(r'class="x-lane"[^>]*var\(--xent-(\w+)', Gap()._repr_html_())
    words = [
        "target" if word == example.answer else "quiet" for word in example.vocabulary
    ]
    assert lanes == words
