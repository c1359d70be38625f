"""A translated page has all that its chapter's page has."""

import json
import re

import pytest
from bs4 import BeautifulSoup

from pages import BOOK, PAGES
from xent_book.site.translations import ENGLISH, split

NAMES = [path.removesuffix(".html") for path in PAGES]
TRANSLATED = [name for name in NAMES if split(name)[1] != ENGLISH]
# Cells, checks, figures, terms and sources, live parts, drawings, folds.
PIECES = ".cell, .tick, .figure-svg, .entry, [config], .opening, .stations a, summary"


def read(name):
    text = (BOOK / f"{name}.html").read_text(encoding="utf8")
    return BeautifulSoup(text, "html.parser")


def test_there_is_one():
    assert TRANSLATED


@pytest.mark.parametrize("name", TRANSLATED)
def test_it_has_the_same_pieces_at_the_same_addresses(name):
    ours, theirs = read(name), read(split(name)[0])
    for select in (PIECES, "article section[id]", "template.entry", "[config]"):
        pair = [page.select(select) for page in (ours, theirs)]
        assert len(pair[0]) == len(pair[1]), select
        ids = [[x.get("id") or x.get("data-of") for x in found] for found in pair]
        assert ids[0] == ids[1], select


@pytest.mark.parametrize("name", TRANSLATED)
def test_its_checks_and_exercises_say_nothing_in_english(name):
    ours, theirs = read(name), read(split(name)[0])
    for tick in ours.select(".tick"):
        shown = tick.find_next_sibling(class_="beside").text
        assert shown == f"✓ {re.sub(r'^[^:]*: ', '', tick['aria-label'])}"
    for page in (ours, theirs):
        page.said = {tick["aria-label"] for tick in page.select(".tick")}
        asks = [json.loads(x["data-asks"]) for x in page.select("script[data-asks]")]
        page.said |= {text for asked in asks for text in asked.values()}
    assert ours.said
    assert not ours.said & theirs.said
