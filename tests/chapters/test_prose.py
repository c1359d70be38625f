"""Every number in the prose is bound to a computed one; a changed digit is reported."""

from decimal import Decimal

import nbformat
import numpy as np
import pytest

import prose
from reference import mp  # at the tests' own precision
from xent_book import example, recorded
from xent_book.site.translations import split
from xent_lib import cross_entropy, logsumexp, softmax
from xent_lib.smollm import __main__ as command
from xent_lib.smollm import scoring, spread, weights

IN_EXPRESSIONS = {
    "np": np,
    "o": example.logits,
    "example": example,
    "softmax": softmax,
    "logsumexp": logsumexp,
    "cross_entropy": cross_entropy,
    "mp": mp,
    "recorded": recorded,
    "command": command,
    "scoring": scoring,
    "spread": spread,
    "weights": weights,
}
# What a value of the ledger may be; what others published is cited.
OURS = ("chosen", "invented by the source", "printed by the source", "a limit")
OURS += ("computed",)
LEDGER = prose.ledger()
BOUND_BY_NAME = LEDGER.get("pages", {})
ENTRIES = {name: entry for name, entry in LEDGER.items() if name != "pages"}
PAGES = {path.stem: prose.page_literals(path) for path in prose.PAGES}


def names(literal):
    """The entries that a literal is bound to by name."""
    entries = BOUND_BY_NAME.get(split(literal.page)[0], {}).get(literal.text, [])
    return [entries] if isinstance(entries, str) else entries


def value(name):
    """The number of an entry of the ledger."""
    entry = ENTRIES[name]
    if "expression" in entry:
        return repr(float(eval(entry["expression"], dict(IN_EXPRESSIONS))))
    if "cell" in entry:
        (only,) = prose.numbers(entry["cell"])
        return only
    return entry["value"]


def is_bound(literal, text):
    if named := names(literal):
        return all(prose.rounds_to(value(name), text) for name in named)
    return literal.bound(text)


def unbound(literals):
    return [f"{x.text} in “{x.context}”" for x in literals if not is_bound(x, x.text)]


def unnoticed(literals):
    """The moved literals that are bound as well: the check would not see the slip."""
    return [
        f"{moved} for {x.text} in “{x.context}”"
        for x in literals
        for moved in prose.neighbours(x.text)
        if is_bound(x, moved)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_number_is_bound_to_a_computation(page):
    assert unbound(PAGES[page]) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_number_moved_by_one_in_its_last_place_is_reported(page):
    assert unnoticed(PAGES[page]) == []


def test_the_check_sees_the_book():
    assert sum(map(len, PAGES.values())) > 250


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_has_a_source_and_a_number(name):
    entry = ENTRIES[name]
    assert entry["source"]
    assert len(entry.keys() & {"expression", "cell", "value"}) == 1
    assert Decimal(value(name)).is_finite()
    assert "value" not in entry or entry["source"].startswith(OURS)


def test_every_name_is_used_and_every_binding_needed():
    literals = {(x.page, x.text) for page in PAGES.values() for x in page}
    bindings = {(page, text) for page, texts in BOUND_BY_NAME.items() for text in texts}
    assert bindings <= literals
    assert {name for page in PAGES.values() for x in page for name in names(x)} == set(
        ENTRIES
    )


@pytest.mark.parametrize("page", BOUND_BY_NAME)
def test_the_cells_that_entries_quote_are_on_the_page(page):
    path = prose.ROOT / f"chapters/{page}.ipynb"
    text = "".join(prose.texts(path)) if path.exists() else ""
    for literal in PAGES[page]:
        for name in names(literal):
            assert ENTRIES[name].get("cell", "") in text


def notebook(markdown, code, printed):
    output = nbformat.v4.new_output("stream", text=printed)
    return [
        nbformat.v4.new_markdown_cell(markdown),
        nbformat.v4.new_code_cell(code, outputs=[output]),
    ]


def test_a_printed_number_that_its_output_contradicts_is_reported():
    # A published book says 10.7722 above an output of 10.7940.
    cells = notebook("The loss is 10.7722.", "print(loss)", "tensor(10.7940)")
    assert len(unbound(prose.cell_literals("a page", cells))) == 1
    cells = notebook("The loss is 10.7940.", "print(loss)", "tensor(10.7940)")
    assert unbound(prose.cell_literals("a page", cells)) == []


def test_of_a_fold_a_check_binds_its_source_and_a_table_its_output():
    cells = notebook("The loss is 0.49.", "check(round(loss, 2) == 0.49)", "0.61")
    cells[1].metadata.tags = ["hide-input"]
    assert len(unbound(prose.cell_literals("a page", cells))) == 1
    cells[1].outputs = []
    assert unbound(prose.cell_literals("a page", cells)) == []


@pytest.mark.parametrize(
    ("numbers", "wrong"), [("10.79", 0), ("10.78", 1), ("3 + 10.79", 1)]
)
def test_a_formula_in_numbers_has_them_from_the_page(monkeypatch, numbers, wrong):
    numbers = rf"\frac{{1}}{{«all {numbers}»}} \\[4pt]"
    listed = {"formula": r"\tag{17}", "numbers": numbers}
    monkeypatch.setattr(prose, "terms", lambda: {"a page": [listed]})
    cells = notebook(r"$$\ell \tag{17}$$", "print(loss)", "10.7940")
    assert len(unbound(prose.cell_literals("a page", cells))) == wrong


def test_the_pages_with_terms_are_there():
    assert set(prose.terms()) <= set(PAGES)


@pytest.mark.parametrize(
    ("text", "output", "bound"),
    [
        ("0.49", "0.489875", True),
        ("0.48", "0.489875", False),
        ("61%", "0.6127", True),
        ("62%", "0.6127", False),
        ("50,257", "50257", True),
        ("−0.5", "-0.5", True),
        ("0.5", "-0.5", False),
        ("0.490", "0.49", True),
        ("0.491", "0.49", False),
    ],
)
def test_a_literal_is_bound_at_its_own_precision(text, output, bound):
    assert prose.rounds_to(output, text) == bound


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("It is 0.49 and 61%, of 50,257.", ["0.49", "61%", "50,257"]),
        ("`0.49` [here](a.md#0.49) ![](0.49.svg)", []),
        ("Formula (16), Chapter 3, section 4.1, Python 3.11, in 1948.", []),
        ("see [arXiv:1508.07909](https://example.org) and CC BY 4.0", []),
        ("| a | 0.49 |\n|---|---|\n| b | 0.61 |", ["0.49", "0.61"]),
        ("$x_{12} = {\\color{#c2410c}{e^{-0.5}}}$", ["-0.5"]),
        ("```python\n0.49\n```", []),
        ("## 0.49 in a heading", ["0.49"]),
        ("<details>\n<summary>Show</summary>\n\n0.49\n\n</details>", ["0.49"]),
        ("*m* = 5 of 6", ["5"]),
        ("12.18 / 40.04 = 0.30", ["12.18", "40.04", "0.30"]),
    ],
)
def test_results_are_told_from_names_and_code(markdown, found):
    pieces = prose.prose(markdown)
    assert [text for piece in pieces for text, _ in prose.literals(piece)] == found
