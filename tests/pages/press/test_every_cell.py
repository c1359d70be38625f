"""Every Run button of every page is pressed: `make press`.

What a cell gives is what is printed, to the byte, but for those of `OTHERWISE`.
"""

import re

import pytest

from cells import cell, press_all, run
from pages import BOOK, PAGES

WITH_CELLS = [
    path for path in PAGES if "data-cells=" in (BOOK / path).read_text("utf8")
]
AS_PRINTED = {"same", "silent", "alike"}
# By page and cell: what a page cannot do, or another release does otherwise.
OTHERWISE = {
    "chapters/07-stability.html": {7: "differs"},  # matplotlib 3.10 has fewer ticks
    "chapters/11-at-scale.html": {
        12: "impossible",
        13: "impossible",
    },  # Dask's processes
}


@pytest.mark.parametrize("path", WITH_CELLS)
def test_each_cell_gives_what_is_printed(visit, path):
    page = visit(path)
    states = press_all(page)
    assert len(states) == (BOOK / path).read_text("utf8").count('id="cell-')
    others = {n: state for n, state in states.items() if state not in AS_PRINTED}
    assert others == OTHERWISE.get(path, {})
    for number in others:
        if others[number] == "impossible":
            says = cell(page, number).locator(".run-says").inner_text()
            assert re.match("A page has no dask: this cell runs in the notebook", says)


def test_all_twelve_notebooks_are_pressed():
    assert len(WITH_CELLS) == 12


def test_a_cell_does_not_wait_for_a_slow_one_that_it_does_not_use(visit):
    page = visit("chapters/09-real-model.html")
    assert run(cell(page, 18)) in AS_PRINTED
    ran = page.locator("[data-run]").evaluate_all("all => all.map((x) => x.id)")
    assert [n for n in range(1, 19) if f"cell-{n}" not in ran] == [15, 16]
