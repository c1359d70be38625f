"""The game: its sentences, and what it shows without a script."""

import re
from collections import Counter

import numpy as np

from parts import cells
from xent_book._html import number
from xent_book.data import game as maker
from xent_book.parts.game import PACK, Game
from xent_book.recorded import game, lines
from xent_book.site import live

LINES = game()
FIVES = [LINES[i : i + 5] for i in range(0, len(LINES), 5)]


def test_no_five_returns_within_four_months():
    assert len(LINES) == 600
    assert len({one.text for one in LINES}) == 600
    assert {one.text for one in LINES} <= set(lines())


def test_each_sentence_has_four_words_that_could_be_its_last():
    for one in LINES:
        assert len({*one.words}) == 4, one
        assert all(word.isalpha() for word in one.words), one
        assert list(one.p) == sorted(one.p, reverse=True), "the likeliest first"
        assert 0 < sum(one.p) < 1, one
        assert one.word not in one.left.split(), one


def test_of_five_words_one_is_something_else_and_none_comes_twice():
    for five in FIVES:
        assert sum(one.word not in one.words for one in five) == 1
        assert len({one.word for one in five}) == 5


def test_a_game_begins_with_a_word_in_a_box_and_the_other_may_come_anywhere():
    places = Counter(
        i for five in FIVES for i, one in enumerate(five) if one.word not in one.words
    )
    assert places[0] == 0
    assert min(places[i] for i in range(1, 5)) > len(FIVES) / 10


def test_the_boxes_are_those_that_were_written_down():
    for text, one in zip(maker.lines(), LINES, strict=True):
        line = maker.LINE.fullmatch(text)
        assert (line["left"], line["word"], line["right"]) == (
            one.left,
            one.word,
            one.right,
        )
        assert not {*one.words} & {*maker.passed_over(text)}


def test_the_table_shows_how_smollm2_bet_on_the_first_five():
    *rows, total = cells(Game())
    assert [one.word in row for one, row in zip(LINES[:5], rows, strict=True)] == [
        True
    ] * 5
    lost = sum(-np.log(one.bet[one.came]) for one in LINES[:5])
    assert total[-1] == number(lost, 2)
    assert number(lost, 2) in repr(Game())


def test_an_opening_keeps_its_word_for_later():
    opening, _ = Game(opening=True)._repr_html_().split("<table>")
    seen = re.sub('config="[^"]*"', "", opening)
    assert LINES[0].left in seen
    assert LINES[0].word not in seen.replace(LINES[0].left, "")
    assert "x-sentence" not in Game()._repr_html_()


def test_a_page_loads_a_tenth_of_the_sentences():
    assert live.PACK == 5 * PACK
    assert len(LINES) % live.PACK == 0
