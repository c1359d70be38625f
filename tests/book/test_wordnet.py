"""The sentences that the book scores are as ORIGIN.md describes them."""

import re
from pathlib import Path

from xent_book.recorded import lines

LICENSE = Path(__file__).parents[2] / "xent_book/data/wordnet/LICENSE"


def test_they_are_plain_distinct_and_sorted():
    sentences = lines()
    assert len(sentences) == 2400
    assert sentences == sorted(set(sentences))
    for sentence in sentences:
        assert re.fullmatch("[A-Z][A-Za-z',\\- ]+[.?!]", sentence), sentence
        assert 5 <= len(sentence.split(" ")) <= 20, sentence


def test_their_licence_is_complete():
    licence = LICENSE.read_text(encoding="ascii")
    for words in (
        "Permission to use, copy",
        "Copyright 2006 by",
        '"AS IS"',
        "Title to",
    ):
        assert words in licence
