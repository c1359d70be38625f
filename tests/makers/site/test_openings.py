"""The drawing at a chapter's head: one each, with a number that its chapter has."""

import re
from pathlib import Path
from xml.dom.minidom import parseString

import pytest

from xent_book.site.openings import DRAWINGS, HIGH, WIDE, draw

CHAPTERS = sorted(Path("chapters").glob("[01]*.ipynb"))
NUMBERS = range(1, len(CHAPTERS) + 1)


def test_each_chapter_has_a_drawing_of_its_own():
    assert len({draw(number) for number in NUMBERS}) == len(DRAWINGS) == len(CHAPTERS)
    assert draw(len(CHAPTERS) + 1) == ""


@pytest.mark.parametrize("number", NUMBERS)
def test_its_numbers_stand_in_the_chapter_and_in_its_name(number):
    text = CHAPTERS[number - 1].read_text(encoding="utf8")
    drawing = parseString(draw(number)).documentElement
    shown = [one.firstChild.data for one in drawing.getElementsByTagName("text")]
    assert shown
    for one in shown:
        assert one in drawing.getAttribute("aria-label")
        assert one.replace("ln V", "ln *V*") in text


@pytest.mark.parametrize("number", NUMBERS)
def test_all_of_it_is_within_its_frame(number):
    drawn = draw(number)
    for x, y in re.findall(r' c?x="(\S+)" c?y="(\S+)"', drawn):
        assert 0 <= float(x) <= WIDE
        assert 0 <= float(y) <= HIGH
    for x, y in re.findall(r"[ML](\S+) ([\d.-]+)", drawn):
        assert 0 <= float(x) <= WIDE
        assert 0 <= float(y) <= HIGH


def test_it_stands_below_the_title(build):
    heading = "T\n=\n\n*Chapter 4 of 11*\n\nWords."
    files = {"chapters/04-t.rst": heading, "chapters/t.rst": heading}
    tree = "Book\n====\n\n.. toctree::\n   :glob:\n\n   chapters/*\n"
    out = build(tree, "site.website", "site.openings", files=files).out / "chapters"
    assert '</h1></hgroup><svg class="opening"' in (out / "04-t.html").read_text("utf8")
    assert "opening" not in (out / "t.html").read_text("utf8")
