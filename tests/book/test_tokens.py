"""Byte-pair encoding as the chapter "Tokenizers" describes it, and pair counts."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from xent_book.tokens import (
    PairCounts,
    Tokenizer,
    in_bytes,
    joined,
    learn_merges,
    novel,
    pieces,
)
from xent_lib import cross_entropy

SEEN, UNSEEN = novel()
SHORT = SEEN[:3000]


def plainly(text, n):
    """Count all pairs anew for each join: slow, and hard to get wrong."""
    words = Counter(in_bytes(piece) for piece in pieces(text))
    merges = []
    for _ in range(n):
        count = Counter()
        for word, times in words.items():
            for pair in pairwise(word):
                count[pair] += times
        best = min(count, key=lambda pair: (-count[pair], pair))
        merges.append(best)
        after = Counter()
        for word, times in words.items():
            after[joined(word, best)] += times
        words = after
    return merges


def test_the_novel_is_two_parts_of_whole_paragraphs():
    assert SEEN.startswith("PRIDE AND PREJUDICE\nBy Jane Austen\nChapter 1\nIt is a")
    assert SEEN.endswith("\n")
    assert UNSEEN.endswith('God bless you.\n"FITZWILLIAM DARCY"\n')
    assert len(UNSEEN) / len(SEEN + UNSEEN) == pytest.approx(0.1, abs=0.001)
    assert (SEEN + UNSEEN).isascii()


@pytest.mark.parametrize("text", [SHORT, "a aa aaa aaaa aaaaa", "é è é è ê"])
def test_the_merges_are_those_of_a_plain_count(text):
    n = len(learn_merges(text, 400))
    assert n >= 4
    assert learn_merges(text, 400) == plainly(text, n)


@pytest.mark.parametrize(
    ("split", "tokens"),
    [
        (str.split, [b"no", b"one,", b"no", b"one"]),
        (str.splitlines, [b"no one, no one"]),
    ],
)
def test_no_token_reaches_over_two_pieces_of_another_split(split, tokens):
    text = "no one, no one"
    merges = learn_merges(text, 400, split)
    assert Tokenizer(merges, split=split).cut(text) == tokens


@pytest.mark.parametrize("text", ["", "a", "a b"])
def test_it_ends_where_nothing_is_left_to_merge(text):
    assert len(learn_merges(text, 1000)) == (text == "a b")


def test_two_merges_may_make_the_same_token():
    merges = [(b"a", b"b"), (b"b", b"c"), (b"ab", b"c"), (b"a", b"bc"), (b"x", b"y")]
    tokenizer = Tokenizer(merges)
    assert tokenizer.V == 256 + 4
    assert tokenizer.encode("abc").tolist() == [258]


@pytest.mark.parametrize("V", [256, 300, 512])
def test_a_smaller_vocabulary_is_the_first_merges_of_a_larger(V):
    merges = learn_merges(SHORT, 512)
    tokenizer = Tokenizer(merges, V)
    assert tokenizer.V == len(tokenizer.vocabulary) == V
    assert tokenizer.cut(SHORT) == Tokenizer(learn_merges(SHORT, V)).cut(SHORT)


@pytest.mark.parametrize("text", [UNSEEN, "naïve £5 — “no”\n\n  two  spaces\t", ""])
def test_no_byte_is_lost(text):
    tokenizer = Tokenizer(learn_merges(SHORT, 512))
    assert b"".join(tokenizer.cut(text)).decode() == text
    assert "".join(pieces(text)) == text
    ids = tokenizer.encode(text)
    assert ids.dtype == np.int64
    assert [list(tokenizer.vocabulary)[i] for i in ids] == tokenizer.cut(text)


@pytest.mark.parametrize("start", [1, 5.0])
def test_the_losses_are_those_of_a_table_of_counts(start):
    rng = np.random.default_rng(0)
    ids, other = rng.integers(7, size=50), rng.integers(8, size=30)
    share = (np.bincount(ids, minlength=8) + 1) / (50 + 8)
    counts = np.tile(start * share, (8, 1))
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    expected = cross_entropy(np.log(counts)[other[:-1]], other[1:])
    assert PairCounts(ids, 8, start).losses(other) == pytest.approx(expected)
