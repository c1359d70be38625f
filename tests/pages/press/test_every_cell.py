"""Every Run button of every page is pressed: `make press`.

What a cell gives is what is printed, to the byte, but for those of `OTHERWISE`.
"""

from pathlib import Path

import nbformat
import pytest

from cells import cell, press_all, run, says
from pages import BOOK, PAGES
from xent_book.site.translations import TABLES, split

ROOT = Path(__file__).parents[3]
WITH_CELLS = [
    path for path in PAGES if "data-cells=" in (BOOK / path).read_text("utf8")
]
AS_PRINTED = {"same", "silent", "alike"}
# By page and cell: what a page cannot do, or another release does otherwise.
OTHERWISE = {
    "chapters/the-loss-on-one-page.html": {1: None},  # the sheet: no cell needs it
    "chapters/at-scale.html": {3: None},  # Dask's processes: it has no button
}
# A cell that does not wait for the slow ones above it, which it does not use.
SLOW = {"chapters/04-token-loss.html": (8, [7])}
# Where something of the value counts, a value, and a wrong one with what is said of it.
VALUES = {
    "np.asarray(_) @ h": ("(-1, 2)", "(1, 1)", "that gives 3, which is too high"),
    '[word in list(_)[:2] for word in ("sat", "rug")]': (
        '"rug", "sat"',
        '"hat", "rug"',
        "1 of 2 values are off",
    ),
    "[_(d) for d in (-2, 0, 0.7)]": (
        "lambda d: 1 / (1 + np.exp(-d))",
        "lambda d: 1 / (1 + np.exp(d))",
        "2 of 3 values are off",
    ),
    "[_(pair[:1], [0]), _(pair, [0, 0])]": (
        "repaired",
        "theirs",
        "1 of 2 values are off",
    ),
}


@pytest.mark.parametrize("path", WITH_CELLS)
def test_each_cell_gives_what_is_printed_and_each_answer_is_right(visit, path):
    page = visit(path)
    if path in SLOW:
        one, slow = SLOW[path]
        assert run(cell(page, one)) in AS_PRINTED
        ran = page.locator("[data-run]").evaluate_all("all => all.map((x) => x.id)")
        assert [n for n in range(1, one) if f"cell-{n}" not in ran] == slow
    states = press_all(page)
    assert len(states) == (BOOK / path).read_text("utf8").count('id="cell-')
    others = {n: state for n, state in states.items() if state not in AS_PRINTED}
    assert others == OTHERWISE.get(path, {})
    answers = answers_of(Path(path).stem)
    turns = page.locator(".run-turn")
    assert turns.count() == len(answers)
    own = TABLES.get(split(Path(path).stem)[1], {}).get("says", {})
    right = own.get("✓ That is it.", "✓ That is it.")
    for turn, (answer, of) in zip(turns.all(), answers, strict=True):
        mine, wrong, off = VALUES.get(of, (answer, None, None))
        turn.get_by_role("textbox").fill(mine)
        assert (run(turn), says(turn)) == ("yours", right), answer
        if wrong and not own:  # test_languages has what is said else
            turn.get_by_role("textbox").fill(wrong)
            assert (run(turn), says(turn)) == ("yours", f"Not yet: {off}."), answer


def answers_of(name):
    cells = nbformat.read(ROOT / f"chapters/{name}.ipynb", as_version=4).cells
    told = (cell.metadata.get("exercise") for cell in cells)
    return [(one["answer"], one.get("of")) for one in told if one]


def test_every_notebook_is_pressed():
    assert len(WITH_CELLS) == len([*ROOT.glob("chapters/*.ipynb")])
