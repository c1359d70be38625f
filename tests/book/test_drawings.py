"""The scene in its states: the drawing at each chapter's head, and its dot's stops."""

import json
import math
import re
from pathlib import Path
from xml.dom.minidom import parseString

import pytest

from xent_book.drawings import (
    HIGH,
    HIT,
    LARGE,
    SMALL,
    STATES,
    WIDE,
    draw,
    drawn,
    frames,
    said,
)
from xent_book.site.translations import split

NOTEBOOKS = Path("chapters").glob("*.ipynb")
WITHOUT = {"index", "scratch", "the-loss-on-one-page"}
CHAPTERS = sorted({split(path.stem)[0] for path in NOTEBOOKS} - WITHOUT)
PULLED = [name for name in CHAPTERS if frames(name)]


def dots(pen):
    return [one for one in pen.shapes if one.tag == "circle" and HIT in one.kind]


def test_each_chapter_has_a_drawing_of_its_own():
    drawings = {draw(name, LARGE) for name in CHAPTERS}
    assert len(drawings) == len(CHAPTERS)
    assert sorted(STATES) == CHAPTERS
    assert draw("glossary", LARGE) == frames("glossary") == ""
    assert said("glossary") == {}


@pytest.mark.parametrize("name", CHAPTERS)
def test_its_numbers_stand_in_the_chapter_and_in_its_name(name):
    text = Path(f"chapters/{name}.ipynb").read_text(encoding="utf8")
    for size in (LARGE, SMALL):
        drawing = parseString(draw(name, size)).getElementsByTagName("svg")[0]
        label, shown = drawing.getAttribute("aria-label"), 0
        for one in drawing.getElementsByTagName("text"):
            kind, said = one.getAttribute("class").split(), one.firstChild.data.strip()
            assert said.replace("ln V", "ln *V*") in text
            if not {"name", "number"} & set(kind):
                assert said in label
                shown += 1
        assert shown


@pytest.mark.parametrize("name", CHAPTERS)
def test_all_of_it_is_within_its_frame_wherever_the_dot_is(name):
    state = STATES[name]
    for at in (*state.stops, state.start):
        for one in drawn(state, at)[0].shapes:
            for x, y in zip(one.at[::2], one.at[1::2], strict=True):
                assert 0 <= x <= WIDE
                assert 0 <= y <= HIGH


@pytest.mark.parametrize("name", CHAPTERS)
def test_there_is_one_orange_dot_and_it_is_on_top(name):
    pen, _ = drawn(STATES[name], STATES[name].start)
    assert dots(pen) == pen.shapes[-1:]


@pytest.mark.parametrize("name", PULLED)
def test_a_pulled_dot_goes_through_the_drawing_as_it_is_stored(name):
    told, state = json.loads(frames(name)), STATES[name]
    pens = [drawn(state, at)[0] for at in state.stops]
    start = pens[told["start"]]
    assert start == drawn(state, state.start)[0]
    texts = {key: text.split("|") for key, text in told["texts"].items()}
    moved = {i: (at, words) for i, at, words in told["moves"]}
    for k in (0, len(pens) // 2, len(pens) - 1):
        for i, (one, was) in enumerate(zip(pens[k].shapes, start.shapes, strict=True)):
            at, words = moved.get(i, (was.at, ""))
            at = [x[k] if isinstance(x, list) else x for x in at]
            assert at == pytest.approx(one.at, abs=0.051)
            read = texts[one.said] if one.said else words.split("|")
            assert one.text == (read[k] if one.said or words else was.text)
    track = {tuple(dots(pen)[0].at) for pen in pens}
    assert len(track) == len(pens)
    assert said(name)


@pytest.mark.parametrize(
    ("name", "at", "numbers"),
    [
        ("01-surprise", 0.3, {"p": "0.3", "loss": "1.20"}),
        ("02-logits", -0.5, {"score": "−0.5"}),
        ("03-softmax", 0.3, {"p": "0.30", "loss": "1.20", "score": "1.9"}),
        ("06-learning", 0.3, {"push": "0.700", "loss": "1.20"}),
        ("08-real-model", 2, {"loss": "2.00"}),
        ("tokenizers", math.log(2) * 4.165, {"bits": "1.00"}),
        ("doctor", math.log(2) / 2, {"bits": "0.50"}),
    ],
)
def test_its_numbers_belong_together(name, at, numbers):
    assert drawn(STATES[name], at)[0].said.items() >= numbers.items()


def test_both_have_words_and_the_large_one_has_the_chapters_number():
    large, small = draw("03-softmax", LARGE), draw("03-softmax", SMALL)
    assert re.search('class="number"[^>]*>3<', large)
    assert "number" not in small
    assert "rug<" in large
    assert "rug<" in small
    assert "number" not in draw("at-scale", LARGE)
