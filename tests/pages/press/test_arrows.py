"""The arrows of the gradient, step by step."""

import numpy as np
import pytest

from browsing import near, sides
from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_book.parts import Arrows
from xent_book.parts.arrows import ORIGIN
from xent_lib import cross_entropy


def test_the_arrows_take_steps_and_begin_anew(visit):
    page = visit(BENCH, part=PARTS["arrows"], reduced_motion="reduce")
    losses = [number(state.loss) for state in Arrows(30).states]
    shown = page.locator(".x-live .x-fall text")
    names = "Take a step", "Take all"
    step, run = (page.get_by_role("button", name=name) for name in names)
    assert shown.text_content() == losses[0]
    step.click()
    assert shown.text_content() == losses[1]
    step.press("Enter")
    assert shown.text_content() == losses[2]
    run.click()
    assert shown.text_content() == losses[30]
    assert step.is_disabled()
    assert run.is_disabled()
    page.get_by_role("radio", name="sat").check()
    assert shown.text_content() == number(cross_entropy(example.logits, 2))
    step.click()
    assert float(shown.text_content()) < cross_entropy(example.logits, 2)
    page.get_by_text("After 1 step the loss is").wait_for(state="attached")
    page.get_by_role("button", name="Reset").click()
    assert shown.text_content() == losses[0]
    assert page.get_by_role("radio", name="mat").is_checked()


def test_the_arrows_run_step_by_step(visit):
    page = visit(BENCH, part=PARTS["arrows"])
    page.evaluate("""() => {
        const fall = document.querySelector(".x-live .x-fall");
        window.seen = new Set();
        new MutationObserver(() => seen.add(fall.querySelector("text").textContent))
            .observe(fall, { childList: true });
    }""")
    page.get_by_role("button", name="Take all").click()
    page.locator(".x-run:disabled").wait_for()
    losses = [number(state.loss) for state in Arrows(30).states]
    assert page.evaluate("[...seen]") == losses[1:]


# The tips of the arrows and the boxes of their names, in the drawing's own units, at
# the start and after each step.
DRAWN = """(part) => Array.from({ length: 31 }, (_, steps) => {
    if (steps) part.querySelector(".x-go").click();
    const figure = part.querySelector(".x-live .x-figure");
    return [...figure.querySelectorAll(".x-full g")].map((one) => {
        const { x, y, width, height } = one.querySelector("text").getBBox();
        const path = one.querySelector("path").getAttribute("d");
        const [, tip, top] = path.match(/L(\\S+) ([^M]+)/).map(Number);
        return [tip, top, x, y, x + width, y + height];
    });
})"""


@pytest.mark.parametrize("word", example.vocabulary)
def test_no_name_lies_on_an_arrow_or_a_name_or_is_cut_off(visit, word):
    page = visit(BENCH, part=PARTS["arrows"])
    page.get_by_role("radio", name=word).check()
    along = np.linspace(0, 1, 101)[:, np.newaxis]
    for drawn in page.locator("xent-arrows").evaluate(DRAWN):
        figure = np.array(drawn)
        tips, low, high = figure[:, :2], figure[:, 2:4], figure[:, 4:]
        middle = (low + high) / 2
        for i in range(5):
            for tip in tips:
                line = ORIGIN + along * (tip - ORIGIN)
                inside = (line > low[i]) & (line < high[i] - [0, 3])
                assert not inside.all(axis=1).any()
            apart = (low > high[i] - 3) | (high < low[i] + 3)
            assert apart.any(axis=1).sum() == 4
        assert (middle > 0).all()
        assert (high[:, 0] <= 320).all()
    assert page.get_by_role("button", name="Take a step").is_disabled()


@pytest.mark.parametrize(("word", "nats"), [("mat", 1), ("sat", 5)])
def test_the_axis_of_the_loss_has_a_line_for_each_nat(visit, word, nats):
    page = visit(BENCH, part=PARTS["arrows"])
    page.get_by_role("radio", name=word).check()
    marks = page.locator(".x-live .x-marks")
    assert marks.locator("text").all_text_contents() == [
        str(x) for x in range(nats + 1)
    ]
    assert marks.locator("path").count() == nats + 1


@pytest.mark.parametrize("width", [390, 1366])
def test_the_figure_begins_where_the_text_does(visit, width):
    page = visit(BENCH, width, PARTS["arrows"])
    drawn = page.locator(".x-live .x-figure text, .x-live .x-figure path")
    assert sides(drawn)[0] == near(
        page.locator(".bd-article h1").bounding_box()["x"], 2
    )


@pytest.mark.parametrize("width", [820, 1366])
def test_in_a_wide_frame_the_loss_stands_beside_the_arrows(visit, width):
    page = visit("chapters/06-learning.html", width)
    part = page.locator("xent-arrows")
    arrows, fall = (x.bounding_box() for x in part.locator(".x-live .x-figure").all())
    assert arrows["y"] == near(fall["y"])
    frame = sides(part)
    assert (arrows["x"], fall["x"] + fall["width"]) == near(frame)
    assert arrows["width"] == near(fall["width"])
    assert fall["x"] - arrows["x"] - arrows["width"] == near(32)
