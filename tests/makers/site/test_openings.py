"""The drawing at a chapter's head: one each, with a number that its chapter has."""

import re
from pathlib import Path
from xml.dom.minidom import parseString

import pytest

from xent_book.site.openings import DRAWINGS, LARGE, SMALL, draw

CHAPTERS = sorted(Path("chapters").glob("[01]*.ipynb"))
NUMBERS = range(1, len(CHAPTERS) + 1)


def test_each_chapter_has_a_drawing_of_its_own():
    drawn = {draw(number, LARGE) for number in NUMBERS}
    assert len(drawn) == len(DRAWINGS) == len(CHAPTERS)
    assert draw(len(CHAPTERS) + 1, LARGE) == ""


@pytest.mark.parametrize("number", NUMBERS)
def test_its_numbers_stand_in_the_chapter_and_in_its_name(number):
    text = CHAPTERS[number - 1].read_text(encoding="utf8")
    for size in (LARGE, SMALL):
        drawing = parseString(draw(number, size)).getElementsByTagName("svg")[0]
        label, shown = drawing.getAttribute("aria-label"), 0
        for one in drawing.getElementsByTagName("text"):
            kind, said = one.getAttribute("class").split(), one.firstChild.data.strip()
            assert said.replace("ln V", "ln *V*") in text
            if not {"name", "number"} & set(kind):
                assert said in label
                shown += 1
        assert shown


@pytest.mark.parametrize("number", NUMBERS)
def test_all_of_it_is_within_its_frame(number):
    for wide, high in (LARGE, SMALL):
        drawn = draw(number, (wide, high))
        at = re.findall(r' c?x="(\S+)" c?y="(\S+)"', drawn)
        for x, y in [*at, *re.findall(r"[ML](\S+) ([\d.-]+)", drawn)]:
            assert 0 <= float(x) <= wide
            assert 0 <= float(y) <= high


def test_both_have_words_and_the_large_one_has_the_chapters_number():
    large, small = draw(3, LARGE), draw(3, SMALL)
    assert re.search('class="number"[^>]*>3<', large)
    assert "number" not in small
    assert ">rug<" in large
    assert ">rug<" in small


def test_it_stands_with_the_title_whose_number_it_repeats(build):
    heading = "4 · T: U\n========\n\n*Chapter 4 of 11*\n\nWords."
    files = {"chapters/04-t.rst": heading, "chapters/t.rst": heading}
    tree = "Book\n====\n\n.. toctree::\n   :glob:\n\n   chapters/*\n"
    out = build(tree, "site.website", "site.openings", files=files).out / "chapters"
    page = (out / "04-t.html").read_text("utf8")
    assert '<hgroup><p class="opening large"><svg' in page
    assert '</h1><p class="opening small"><svg' in page
    assert '<h1><span class="whole"><span class="nth">4 · </span>T:</span>' in page
    assert "opening" not in (out / "t.html").read_text("utf8")


def test_a_way_in_has_the_drawing_of_a_chapter_that_it_leads_to(build):
    tree = (
        "Book\n====\n\n1. Read\n\nWays in\n-------\n\n"
        "- `a <03-t.html>`_\n- `b <03-t.html>`_ and `c <08-t.html>`_\n- none\n"
    )
    page = build(tree, "site.openings").page
    read, *ways = re.findall("<li>.*?</li>", page, re.DOTALL)[:4]
    drawn = [draw(number, SMALL) for number in (3, 8)]
    assert [[one in way for one in drawn] for way in ways] == [
        [True, False],
        [False, True],
        [False, False],
    ]
    assert "opening" not in read
