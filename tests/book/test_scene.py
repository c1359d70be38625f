"""The last scene: bets stand where the drawings have them, and it says their cost."""

import math
import re
from xml.dom.minidom import parseString

import numpy as np
import pytest

from xent_book._html import number
from xent_book.drawings import HIGH, STATES, WIDE, P, Pen, drawn
from xent_book.drawings.scene import EARLY, PICTURES, Scene, on_curve, place

TREE = parseString(Scene()._repr_html_())
LINE = [name for name in STATES if name[0].isdigit()]


def test_it_has_the_drawings_of_the_line_in_their_order_and_then_the_blank():
    labels = [
        one.getAttribute("aria-label") for one in TREE.getElementsByTagName("svg")
    ]
    assert len(labels) == len(LINE) + 1 == len(PICTURES)
    starts = {name: STATES[name].start for name in LINE} | {LINE[4]: -math.log(P)}
    for name, label in zip(LINE[1:], labels[1:-1], strict=True):
        pen, says = drawn(STATES[name], starts[name])
        said = dict(pen.said)
        if name == LINE[5]:  # in whole chips
            said["push"] = number(1 - P, 2)
        if name != LINE[6]:  # a training log, instead of a ruler
            assert label == says.format(**said)


def test_one_number_alone_is_large_and_in_the_log_it_is_the_price_of_the_bet():
    large = []
    for picture in PICTURES:
        pen = Pen()
        picture.draw(pen)
        numbers = (one for one in pen.shapes if one.kind in ("hit", "x-mid hit"))
        large.append([one.text for one in numbers])
    price = f"{-math.log(P):.2f}"
    prices = [[one for one in texts if one] for texts in large]
    assert {text for texts in prices for text in texts} == {price}
    assert prices[0] == prices[6] == [price]


def orange(picture):
    pen = Pen()
    picture.draw(pen)
    return [one.at for one in pen.shapes if one.tag == "circle" and "hit" in one.kind]


@pytest.mark.parametrize(
    ("chapter", "p"),
    [(1, round(P, 2)), (2, P), (3, P), (6, P)],
)
def test_a_bet_like_the_models_stands_where_the_models_does(chapter, p):
    picture = PICTURES[chapter - 1]
    assert [place(picture.x, p), place(picture.y, p)] == pytest.approx(
        orange(picture)[0]
    )


@pytest.mark.parametrize(
    ("chapter", "loss"), [(5, -math.log(P)), (7, -math.log(P)), (8, 1.12)]
)
def test_over_words_and_steps_it_stands_as_high_as_the_models(chapter, loss):
    picture = PICTURES[chapter - 1]
    high = place(picture.y, math.exp(-loss))
    assert high == pytest.approx(orange(picture)[0][1], abs=0.05)


def test_a_blind_guess_is_within_each_picture_and_the_last_has_no_other_dot():
    for one in PICTURES:
        assert 0 <= place(one.x, 0.2) <= WIDE
        assert 0 <= place(one.y, 0.2) <= HIGH
    assert orange(PICTURES[-1]) == []


def test_its_sentences_say_what_bets_cost():
    text = re.sub("<[^>]*>", "", Scene()._repr_html_())
    for said in (
        "the model, with 61 chips on mat, pays 0.49",
        "a blind guess, with 25, pays 1.39",
        "At 1.6 mat would get 25 chips, as many as from a blind guess",
        "100 − 61 = 39 chips, or 0.39",
        "SmolLM2, with 32, pays 1.12",
        "here 1.12 for mat",
    ):
        assert said in text


def test_the_price_of_the_bet_is_in_four_pictures():
    prices = 0
    for picture in PICTURES:
        pen = Pen()
        picture.draw(pen)
        prices += f"{-math.log(P):.2f}" in [one.text for one in pen.shapes]
    assert prices == 4


def test_the_training_log_starts_where_four_words_are_alike():
    pen = Pen()
    PICTURES[6].draw(pen)
    curve = next(one.at for one in pen.shapes if one.kind == "x-ink")
    start = place(PICTURES[6].y, 1 / 4)
    assert curve[1] == pytest.approx(start)
    falls = curve[1::2]
    assert falls == sorted(falls)


@pytest.mark.parametrize("loss", [1.3, -math.log(P), 0.3])
def test_in_the_training_log_a_bet_stands_on_the_curve(loss):
    pen, y = Pen(), place(PICTURES[6].y, math.exp(-loss))
    PICTURES[6].draw(pen)
    x = on_curve(pen.shapes, y)
    points = next(one.at for one in pen.shapes if one.kind == "x-ink")
    assert np.interp(x, points[::2], points[1::2]) == pytest.approx(y)
    [model] = orange(PICTURES[6])
    assert (x < model[0]) == (loss > -math.log(P) + 1e-9)


def test_what_costs_more_than_the_curve_ever_does_waits_at_its_start():
    [word] = [
        one
        for one in TREE.getElementsByTagName("text")
        if one.getAttribute("class") == "name early"
    ]
    assert word.firstChild.data == EARLY
    [dot] = [
        one
        for one in word.parentNode.getElementsByTagName("circle")
        if one.getAttribute("class") == "you"
    ]
    assert float(dot.getAttribute("cx")) == 0


def test_a_bet_beside_the_gaps_has_its_own():
    gap = TREE.getElementsByTagName("figure")[3]
    dot = gap.getElementsByTagName("circle")[-1]
    x, y = (float(dot.getAttribute(name)) for name in ("cx", "cy"))
    *_, own = gap.getElementsByTagName("path")
    bar = max(
        float(one.getAttribute("d")[1:].split()[0])
        for one in gap.getElementsByTagName("path")
    )
    assert own.getAttribute("d") == f"M{x:.1f} {y:.1f}H{bar:.1f}"
