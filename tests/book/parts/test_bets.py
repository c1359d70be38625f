"""The bets: what they show without a script."""

import re

import numpy as np
import pytest

from parts import cells
from xent_book import example
from xent_book._html import number
from xent_book.parts import Bets


def test_every_bet_is_of_100_chips_and_has_the_word_that_came():
    assert len(example.bets) == len(example.sentence) - 1
    for word, chips in zip(example.sentence[1:], example.bets, strict=True):
        assert word in chips
        assert list(chips)[-1] == "something else"
        assert sum(chips.values()) == 100


def test_the_bets_add_up():
    *rows, total = cells(Bets())
    chips = [
        bet[word] for word, bet in zip(example.sentence[1:], example.bets, strict=True)
    ]
    assert [int(row[1]) for row in rows] == chips
    assert total[-1] == number(-np.log(np.array(chips) / 100).sum(), 2)


def test_one_word_opens_with_its_sentence_and_keeps_the_word_for_later():
    opening, table = Bets("mat", models={"a < b": [0.5]})._repr_html_().split("<table>")
    assert "The cat sat on the <span" in opening
    assert "mat" not in re.sub('config="[^"]*"', "", opening)
    assert "the surprise of a &lt; b is 0.50</caption>" in table
    assert "<mark>mat</mark>" in table


def test_the_second_sentence_is_bet_on_too():
    assert sum(example.second_bet.values()) == 100
    assert example.second[-1] in example.second_bet
    text = Bets("mat", then={"m": 1.5})._repr_html_()
    assert "He sank to his" in text
    assert "He sank to his" not in Bets("mat")._repr_html_()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Bets("dog"), "dog"),
        (lambda: Bets("mat", models={"m": [1.0, 2.0]}), "a loss for each"),
        (lambda: Bets("sat", "mat", then={"m": 1.0}), "then must follow one word"),
    ],
)
def test_a_slip_is_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()
