"""xent_book/sheet.py: its numbers, and that nothing on it overlaps or is cut off."""

import math
import re
import tomllib
from html import unescape
from itertools import combinations
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from scipy.special import log_softmax
from scipy.special import softmax as p_of

from xent_book.example import answer, logits
from xent_book.sheet import (
    FOOT,
    HIGH,
    NBSP,
    SIZES,
    TITLE,
    VOCABULARIES,
    WIDE,
    Sheet,
    Text,
)
from xent_book.site.fonts import STATIC

ROOT = Path(__file__).parents[2]
SHEET = Sheet()
PAPER = Sheet(FOOT)
BLOCKS = {block.title: block.rows for block in SHEET.blocks()}
TEXTS = [shape for shape in PAPER.shapes() if isinstance(shape, Text)]
SOURCES = tomllib.loads((ROOT / "chapters/sources.toml").read_text(encoding="utf8"))


def says(title):
    """What stands beside each first cell of a block, all that begin alike together."""
    said: dict[str, str] = {}
    for row in BLOCKS[title]:
        first, *rest = (words.replace(NBSP, " ") for words in row)
        said[first] = "; ".join([*filter(None, [said.get(first)]), *rest])
    return said


def value(cell):
    return float(cell.replace(",", "").replace("−", "-"))


def test_the_example_is_that_of_the_book():
    p, losses = p_of(logits), -log_softmax(logits)
    for row, *expected in zip(
        BLOCKS["One token"], logits, np.exp(logits), p, losses, strict=True
    ):
        assert np.allclose([*map(value, row[1:])], expected, atol=0.0051)


def test_units_agree_in_each_row():
    for nats, bits, perplexity, p in (map(value, row) for row in BLOCKS["Units"]):
        nats = -log_softmax(logits)[0] if nats == 0.49 else nats
        right = nats / math.log(2)
        assert np.isclose(bits, right, rtol=0, atol=0.0051 if right > 1 else 0.00051)
        assert np.isclose(perplexity, math.e**nats, atol=0.0051)
        assert np.isclose(p, math.e**-nats, rtol=0.005)


def test_vocabularies_are_those_of_their_sources():
    told = {
        int(number.replace("_", "")) + (name == "tiktoken")  # its last id
        for name, source in SOURCES.items()
        for number in source.get("numbers", [])
        if number.replace("_", "").isdecimal()
    }
    assert set(VOCABULARIES.values()) <= told
    for row in BLOCKS["A blind guess costs ln V"]:
        assert math.isclose(value(row[2]), math.log(value(row[1])), abs_tol=0.0051)


def test_numbers_of_bugs_are_computed():
    found = says("What gives a bug away")
    twice = -log_softmax(p_of(logits))[0]
    assert f"{twice:.3f}" in found
    assert {f"× {math.log2(math.e):.3f}", f"× {math.log10(math.e):.3f}"} <= {*found}
    # A second softmax sees 1 at the target and 0 elsewhere, at best.
    best = [-log_softmax(np.eye(1, size)[0])[0] for size in (4, 50_257)]
    assert f"{best[1]:.2f}" in found[f"never < {best[0]:.2f}"]
    never = f"never > {7 * math.log(10):.2f}"
    assert f"1e-9: never > {9 * math.log(10):.2f}" in found[never]
    assert f"{2**3}, not {math.e**3:.2f}" in found


def edges(first):
    """Where the floats of each kind end, to two places."""
    (row,) = (row for row in BLOCKS["What a float can hold"] if row[0] == first)
    return dict(zip((np.float32, np.float16), map(value, row[1:]), strict=True))


def test_an_exp_overflows_above_its_edge():
    for kind, edge in edges("exp of a logit").items():
        with np.errstate(over="ignore"):
            e = np.exp(kind([edge - 0.01, edge + 0.01]))
        assert np.isfinite(e).tolist() == [True, False]


def test_p_is_stored_as_0_below_its_edge():
    for kind, edge in edges("−log of a stored p, in nats").items():
        assert kind(math.exp(0.01 - edge)) > 0
        assert kind(math.exp(-0.01 - edge)) == 0


def test_an_exp_that_overflows_is_nan_at_its_own_token_and_infinite_at_others():
    found = says("What gives a bug away")
    assert "exp of the target’s logit overflowed" in found["NaN"]
    assert "exp of another token’s logit, which overflowed" in found["infinite"]
    edge = edges("exp of a logit")[np.float32]
    with np.errstate(all="ignore"):
        for largest, finite in ((edge - 0.01, True), (edge + 0.01, False)):
            e = np.exp(np.float32([1, largest]))
            other, own = -np.log(e / e.sum())
            assert np.isfinite([other, own]).tolist() == [finite, finite]
    assert (np.isinf(other), np.isnan(own)) == (True, True)


def test_first_losses_are_computed():
    start = math.log(50_257) + (0.02 * math.sqrt(768)) ** 2 / 2
    assert says("The first loss of a run")[f"{start:.2f}"].startswith("GPT-2 124M")
    assert f"{math.log(2):.4f}" in says("After pretraining")


def charis(weight):
    return TTFont(STATIC / f"charis/charis-sil-latin-{weight}-normal.woff2")


def test_each_letter_is_in_the_font_of_the_pdf():
    letters = set("".join(text.words for text in TEXTS if text.kind != "code"))
    for weight in ("400", "700"):
        assert {ord(letter) for letter in letters} <= charis(
            weight
        ).getBestCmap().keys()


def box(text, fonts):
    """The left and right end of a text, and its base line."""
    font = fonts["700" if text.kind in ("title", "head") else "400"]
    names, size = font.getBestCmap(), SIZES.get(text.kind, SIZES[""])
    wide = sum(font["hmtx"][names[ord(letter)]][0] for letter in text.words)
    wide *= size / font["head"].unitsPerEm
    if text.kind == "code":
        wide = 0.61 * size * len(text.words)
    left = {"start": 0, "middle": wide / 2, "end": wide}[text.anchor]
    return text.x - left, text.x - left + wide, text.y


def test_no_text_is_cut_off_or_written_over():
    fonts = {weight: charis(weight) for weight in ("400", "700")}
    boxes = {f"{text.words} at {text.y:.0f}": box(text, fonts) for text in TEXTS}
    for words, (left, right, y) in boxes.items():
        assert -1 < left < right < WIDE + 1, words
        assert 10 < y < HIGH, words
    for (a, one), (b, other) in combinations(boxes.items(), 2):
        beside = one[1] + 2 < other[0] or other[1] + 2 < one[0]
        assert beside or abs(one[2] - other[2]) > 8, (a, b)


def test_a_phone_is_told_all_that_is_drawn():
    _, _, rest = SHEET._repr_html_().partition("</svg>")  # which a phone hides
    told = unescape(re.sub("<[^>]*>", "|", rest)).replace(NBSP, " ").split("|")
    aside = {TITLE, FOOT}  # a page has its own
    assert {text.words.replace(NBSP, " ") for text in TEXTS} - aside <= {*told}
    (came,) = (row for row in BLOCKS["One token"] if "came" in row[0])
    assert came[0].startswith(answer)


def test_a_page_has_it_as_tables_too():
    page = SHEET._repr_html_()
    assert page.count("<table>") == len(BLOCKS)
    assert 'aria-hidden="true"' in page
