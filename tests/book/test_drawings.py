"""The drawing at each chapter's head, with a number from that chapter."""

import re
from pathlib import Path
from xml.dom.minidom import parseString

import pytest

from xent_book.drawings import DRAWINGS, LARGE, SMALL, draw

NOTEBOOKS = Path("chapters").glob("*.ipynb")
CHAPTERS = sorted({path.stem for path in NOTEBOOKS} - {"index", "scratch"})


def test_each_chapter_has_a_drawing_of_its_own():
    drawn = {draw(name, LARGE) for name in CHAPTERS}
    assert len(drawn) == len(CHAPTERS)
    assert sorted(DRAWINGS) == CHAPTERS
    assert draw("glossary", LARGE) == ""


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
def test_all_of_it_is_within_its_frame(name):
    for wide, high in (LARGE, SMALL):
        drawn = draw(name, (wide, high))
        at = re.findall(r' c?x="(\S+)" c?y="(\S+)"', drawn)
        for x, y in [*at, *re.findall(r"[ML](\S+) ([\d.-]+)", drawn)]:
            assert 0 <= float(x) <= wide
            assert 0 <= float(y) <= high


def test_both_have_words_and_the_large_one_has_the_chapters_number():
    large, small = draw("03-softmax", LARGE), draw("03-softmax", SMALL)
    assert re.search('class="number"[^>]*>3<', large)
    assert "number" not in small
    assert ">rug<" in large
    assert ">rug<" in small
    assert "number" not in draw("at-scale", LARGE)
