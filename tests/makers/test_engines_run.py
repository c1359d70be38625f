"""Cells run in Firefox and WebKit, too: one of three pages, and those above it."""

import pytest

from pages import BOOK

ENTER = "\ue007"
# A cell that prints, one that draws, and the doctor's.
PRESSED = {
    "chapters/04-token-loss.html": "#cell-10",
    "chapters/06-learning.html": "#cell-6",
    "chapters/doctor.html": ".tag_share",
}


@pytest.mark.skipif(
    not (BOOK / "_static/python").exists(), reason="the book was built without Python"
)
@pytest.mark.parametrize(("path", "selector"), PRESSED.items())
def test_a_cell_runs_and_is_changed(engine, path, selector):
    engine.open(path)
    state = """return new Promise((resolve) => {
        const cell = document.querySelector(arguments[0]);
        const fold = cell.querySelector("details");
        if (fold) fold.open = true;
        const look = () => {
            const { run = "busy" } = cell.dataset;
            run === "busy" ? requestAnimationFrame(look) : resolve(run);
        };
        if (arguments[1]) cell.querySelector(arguments[1]).click();
        look();
    })"""
    seen = engine.run(state, selector, ".run-go")
    # A busy WebKit now and then gets a first layout wrong, and the second right.
    warned = "return document.body.textContent.includes('collapsed to zero')"
    if engine.run(warned):
        seen = engine.run(state, selector, ".run-go")
    told = "return document.querySelector(`${arguments[0]} .run-yours`)?.textContent"
    assert seen in {"same", "alike"}, engine.run(told, selector)
    engine.run(
        """const cell = document.querySelector(arguments[0]);
        cell.querySelector(".run-change").click();
        const area = cell.querySelector("textarea");
        area.setSelectionRange(area.value.length, area.value.length);""",
        selector,
    )
    for key in (ENTER, *"if True:", ENTER, *"print(40 + 2)"):
        engine.type(key)
    code = "return document.querySelector(`${arguments[0]} textarea`).value"
    assert engine.run(code, selector).endswith("\nif True:\n    print(40 + 2)")
    assert engine.run(state, selector, ".run-go") == "yours"
    shown = "return document.querySelector(`${arguments[0]} .run-yours`).textContent"
    assert engine.run(shown, selector).rstrip().endswith("42")
    assert engine.run("return wrong") == []
