"""Cells run where they are read: one page; tests/pages/press has the rest."""

import re

import pytest

from cells import cell, done, press, run, weigh
from pages import BOOK

PAGE = "chapters/04-token-loss.html"
LOSS = 10  # print(np.exp(losses).round(2))
STATIC = BOOK / "_static"

FIRST = [f"{name}.gz" for name in ("pyodide.asm.wasm", "stdlib.zip")]
FIRST += [f"{name}.tar.gz" for name in ("numpy", "book")]

# What is said beside a bar: both may be gone before anybody asks.
NOTICE = """() => {
    globalThis.bars = [];
    new MutationObserver(() => {
        const bar = document.querySelector(".run-says progress");
        if (bar && bar !== bars.at(-1)?.bar)
            bars.push({ bar, words: bar.closest(".run-says").innerText });
    }).observe(document.body, { childList: true, subtree: true });
}"""

pytestmark = pytest.mark.skipif(
    not (STATIC / "python").exists(), reason="the book was built without Python"
)


def asked(page, folder):
    """What was asked for of a folder, by name."""
    found = (re.search(rf"/_static/{folder}/([^?]+)", url) for url in page.asked)
    return {hit[1] for hit in found if hit}


def test_nothing_comes_before_a_press_and_then_what_is_named(visit):
    page = visit(PAGE, first=True)
    assert weigh(STATIC / "run.js") <= 6_000
    assert not asked(page, "python") | asked(page, "cells")
    page.evaluate(NOTICE)
    code, text = cell(page, 1), page.locator("#cell-1 ~ p").first
    place = text.bounding_box()["y"] - code.bounding_box()["y"]
    press(code)
    size = sum(weigh(STATIC / "python" / name) for name in FIRST) / 1e6
    assert done(cell(page, 1)) == "same"
    (words,) = page.evaluate("bars.map(({ words }) => words)")
    assert words.startswith(f"Loading Python into this page: {size:.1f} MB, only once.")
    assert code.locator(".run-done").inner_text().startswith("✓ the same as printed")
    assert text.bounding_box()["y"] - code.bounding_box()["y"] == place
    came = asked(page, "python")
    assert sum(weigh(STATIC / "python" / name) for name in came) <= 8_500_000
    assert {"numpy.tar.gz", "pyodide.asm.wasm.gz"} <= came
    assert "matplotlib.tar.gz" not in came
    # From here on no host is needed.
    page.context.set_offline(True)
    assert run(cell(page, LOSS)) == "same"
    states = page.locator("[data-run]").evaluate_all(
        "all => all.map(x => x.dataset.run)"
    )
    assert set(states) <= {"same", "silent"}, "the cells above ran first"
    assert len(states) == LOSS - 1, "none waits for a figure"


def test_run_is_in_ink_and_bold_and_the_button_that_copies_has_an_edge(visit):
    page = visit(PAGE)
    style = "(x, name) => getComputedStyle(x)[name]"
    code = cell(page, 1)
    go, copy = code.locator(".run-go"), code.locator(".copybtn")
    ink = page.locator("body").evaluate(style, "color")
    assert go.evaluate(style, "color") == ink
    assert go.evaluate(style, "fontWeight") == "600"
    assert copy.evaluate(style, "borderTopWidth") == "1px"


@pytest.mark.parametrize("name", ["WebAssembly", "DecompressionStream"])
def test_where_it_cannot_run_there_is_a_line_and_no_button(new_tab, name):
    page = new_tab(f"delete globalThis.{name}")
    page.goto(PAGE)
    note = page.locator(".run-note").inner_text()
    assert note == f"This browser cannot run cells: it has no {name}."
    assert page.locator(".run-go").count() == 0
    assert page.said == []
    page.context.close()


def test_from_disk_there_is_a_line_and_no_button(browser):
    page = browser.new_page()
    page.goto((BOOK / PAGE).as_uri())
    assert page.locator(".run-note").inner_text().startswith("A page opened from disk")
    assert page.locator(".run-go").count() == 0
    page.close()
