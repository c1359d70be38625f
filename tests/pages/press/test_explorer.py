"""The explorer by mouse, keyboard and touch."""

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import middle, near, sides, swipe
from shelf import BENCH
from xent_book import example
from xent_book._html import number
from xent_book.parts import Explorer
from xent_lib import cross_entropy, logsumexp, softmax


def assert_shows(page, logits, target=example.target, T=1.0):
    """The page shows what the library computes from these logits."""
    scaled = np.asarray(logits) / T
    p, loss = softmax(scaled), cross_entropy(scaled, target)
    assert page.locator(".x-p").all_inner_texts() == [number(x) for x in p]
    assert page.locator(".x-loss strong").inner_text() == number(loss)
    assert number(loss / np.log(2)) in page.locator(".x-bits").inner_text()
    fields = page.locator(".x-row .x-field").evaluate_all(
        "all => all.map(x => x.value)"
    )
    assert fields == [number(x, 2) for x in logits]


SIZES = "all => [...new Set(all.map((x) => getComputedStyle(x).fontSize))]"


@pytest.fixture
def explorer(visit):
    return visit(BENCH, part=Explorer())


def test_the_explorer_starts_with_the_example(explorer):
    assert_shows(explorer, example.logits)


def test_the_explorer_by_mouse(explorer):
    slider = explorer.get_by_role("slider", name="logit of sat")
    box = slider.bounding_box()
    explorer.mouse.click(
        box["x"] + 10 + 0.75 * (box["width"] - 20), box["y"] + box["height"] / 2
    )
    logits = example.logits.copy()
    logits[2] = float(slider.input_value())
    assert abs(logits[2] - 3) < 0.2
    assert_shows(explorer, logits)
    explorer.get_by_role("radio", name="hat came").check()
    assert_shows(explorer, logits, target=1)
    explorer.get_by_role("button", name="Reset").click()
    assert_shows(explorer, example.logits)


def test_the_explorer_by_keyboard(explorer):
    explorer.get_by_role("slider", name="logit of mat").focus()
    explorer.keyboard.press("ArrowRight")
    explorer.keyboard.press("ArrowRight")
    logits = example.logits.copy()
    logits[0] += 0.2
    assert_shows(explorer, logits)
    explorer.keyboard.press("Tab")
    explorer.keyboard.type("-1000")
    explorer.keyboard.press("Enter")
    logits = np.array([-1000, *example.logits[1:]])
    assert_shows(explorer, logits)
    explorer.get_by_role("textbox", name="logit of rug").fill("no number")
    explorer.keyboard.press("Tab")
    assert_shows(explorer, logits)
    explorer.get_by_role("textbox", name="logit of rug").fill("1e9")
    explorer.keyboard.press("Tab")
    logits[3] = 1000
    assert_shows(explorer, logits)
    assert "∞/∞" in explorer.locator(".x-note").inner_text()


def test_the_explorer_by_touch(visit):
    page = visit(BENCH, 360, Explorer(), has_touch=True, is_mobile=True)
    slider = page.get_by_role("slider", name="logit of hat")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    logits = example.logits.copy()
    logits[1] = float(slider.input_value())
    assert logits[1] > 5
    assert_shows(page, logits)


def test_only_a_drag_that_begins_on_the_plot_pulls(explorer):
    card = explorer.locator("xent-explorer").bounding_box()
    plot = explorer.locator(".x-chart").bounding_box()
    x, y = card["x"] + 5, plot["y"] + plot["height"] / 2
    for begin in [(x, y), (plot["x"] + 50, plot["y"] - 12)]:
        explorer.mouse.move(*begin)
        explorer.mouse.down()
        explorer.mouse.move(plot["x"] + plot["width"] / 2, y, steps=9)
        explorer.mouse.up()
        assert explorer.evaluate("getSelection().toString()") == ""
        assert_shows(explorer, example.logits)
    explorer.mouse.move(plot["x"] + plot["width"] / 2, y)
    explorer.mouse.down()
    explorer.mouse.move(plot["x"] + 0.9 * plot["width"], y)
    explorer.mouse.up()
    assert float(explorer.locator(".x-drag").input_value()) > 0.75


def test_arrow_keys_change_a_field(explorer):
    field = explorer.get_by_role("textbox", name="logit of mat")
    for key in ["ArrowUp", "ArrowUp", "ArrowDown", "ArrowUp"]:
        field.press(key)
    assert_shows(explorer, [3.4, *example.logits[1:]])


def test_what_goes_no_further_says_so(explorer):
    note = explorer.locator(".x-note")
    explorer.get_by_role("textbox", name="logit of rug").fill("5000")
    explorer.keyboard.press("Tab")
    assert "to 1000, no further" in note.inner_text()
    explorer.get_by_role("textbox", name="logit of rug").fill("20")
    explorer.keyboard.press("Tab")
    assert "it goes" not in note.inner_text()
    over = explorer.locator(".x-chart .x-hit text").first
    loss = cross_entropy([*example.logits[:3], 20.0], example.target)
    assert loss > 7
    assert over.text_content() == f"↑ above the picture, at {number(loss, 1)}"
    explorer.get_by_role("button", name="Reset").click()
    assert over.text_content() == "0.49"


@pytest.mark.parametrize("width", [360, 1366])
def test_bars_keep_their_length_at_any_temperature(visit, width):
    page = visit(BENCH, width, Explorer())
    lengths = set()
    for logit, heat in [("3.2", "0"), ("3.2", "-1"), ("20", "-1"), ("60", "-1")]:
        page.get_by_role("textbox", name="logit of rug").fill(logit)
        page.get_by_role("slider", name="temperature").fill(heat)
        for bar in page.locator(".x-bar").all():
            lengths.add(bar.bounding_box()["width"])
    assert max(lengths) == near(min(lengths))


def test_a_phone_shows_the_sliders_and_the_loss_together(visit):
    page = visit(BENCH, 390, Explorer())
    page.set_viewport_size({"width": 390, "height": 844})
    top = page.get_by_role("slider", name="logit of mat").bounding_box()["y"]
    for read in (".x-loss", ".x-chart"):
        box = page.locator(read).bounding_box()
        assert box["y"] + box["height"] - top < 700


def test_a_word_on_a_phone_takes_no_more_room_than_it_needs(visit):
    page = visit(BENCH, 390, Explorer())
    row = page.locator(".x-row").nth(1).bounding_box()
    for shown in (".x-logit", ".x-bar"):
        assert page.locator(shown).first.bounding_box()["x"] < row["x"] + 90


def test_what_only_shows_has_no_rail_as_what_is_pulled_has(explorer):
    grounds = "x => getComputedStyle(x).backgroundColor"
    bar = explorer.locator(".x-bar").first
    assert bar.evaluate(grounds) == "rgba(0, 0, 0, 0)"
    assert bar.evaluate("x => getComputedStyle(x).borderRadius") == "0px"


def test_a_swipe_that_starts_on_a_slider_scrolls_and_moves_nothing(visit):
    page = visit(BENCH, 390, Explorer(), has_touch=True, is_mobile=True)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    values = ".x-live input"
    shown = "all => all.map(x => x.value)"
    before = page.locator(values).evaluate_all(shown)
    for slider in page.get_by_role("slider").all()[:3]:
        page.evaluate("scrollTo(0, 0)")
        slider.scroll_into_view_if_needed()
        scrolled = page.evaluate("scrollY")
        x, y = middle(slider, 0.9)
        swipe(page, (x, y), (x + 4, y - 250))
        assert page.evaluate("scrollY") > scrolled + 100
        assert page.locator(values).evaluate_all(shown) == before


def test_a_finger_drags_the_dot_up_the_steep_part_of_the_curve(visit):
    page = visit(BENCH, 390, Explorer(), has_touch=True, is_mobile=True)
    page.locator(".x-chart").scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")
    axis = page.locator(".x-chart .x-axis").bounding_box()
    at = (axis["x"] + 1, axis["y"] + axis["height"] * 2 / 7)
    swipe(page, middle(page.locator(".x-grip")), at)
    assert page.evaluate("scrollY") == scrolled
    assert 4.9 < float(page.locator(".x-loss strong").inner_text()) < 5.1


@pytest.mark.parametrize("width", [390, 1366])
def test_what_the_axes_say_stands_at_the_dot_and_is_whole(visit, width):
    page = visit(BENCH, width, Explorer("curve"))
    assert page.locator(".x-chart text").evaluate_all(SIZES) == ["14px"]
    chart = sides(page.locator(".x-chart svg"))
    for p in ("0.001", "0.1", "0.613", "0.95", "0.999"):
        page.get_by_role("slider").fill(p)
        left, right = sides(page.locator(".x-chart text"))
        assert chart[0] <= left + 1
        assert right <= chart[1] + 1
        dot, name = (sides(page.locator(x)) for x in (".x-dot", ".x-name"))
        edges = [a == near(b) for a, b in zip(name, chart, strict=True)]
        assert any(edges) or sum(name) == near(sum(dot)), p


def test_dragging_the_curve_selects_no_text(explorer):
    chart = explorer.locator(".x-chart svg").bounding_box()
    explorer.mouse.move(chart["x"] + 5, chart["y"] + 5)
    explorer.mouse.down()
    explorer.mouse.move(chart["x"] + chart["width"], chart["y"] + chart["height"] + 40)
    explorer.mouse.up()
    assert explorer.evaluate("getSelection().toString()") == ""


def test_after_a_drag_the_keys_go_on(explorer):
    explorer.mouse.move(*middle(explorer.locator(".x-grip")))
    explorer.mouse.down()
    explorer.mouse.up()
    before = explorer.locator(".x-drag").input_value()
    explorer.keyboard.press("ArrowRight")
    assert explorer.locator(".x-drag").input_value() > before


def test_temperature(explorer):
    explorer.get_by_role("slider", name="temperature").fill("0.3")
    assert (
        explorer.get_by_role("slider", name="temperature").evaluate(
            "x => x.ariaValueText"
        )
        == "2.00"
    )
    assert_shows(explorer, example.logits, T=2.0)


@pytest.mark.parametrize("by", ["slider", "plot"])
def test_dragging_p_sets_the_targets_logit(explorer, by):
    slider = explorer.get_by_role("slider", name="probability of mat")
    if by == "slider":
        slider.fill("0.9")
        p = 0.9
    else:
        box = explorer.locator(".x-chart .x-axis").bounding_box()
        x = box["x"] + 0.5 + (box["width"] - 1) * 0.25  # a line is one pixel wide
        explorer.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)
        explorer.mouse.down()
        explorer.mouse.move(x, box["y"] + 50)
        explorer.mouse.up()
        p = 0.25
    logits = example.logits.copy()
    logits[0] = np.log(p / (1 - p)) + logsumexp(logits[1:])
    assert_shows(explorer, logits)


def test_the_loss_is_said_once_it_rests(explorer):
    said = explorer.locator(".x-said[role=status]")
    assert said.inner_text() == ""
    slider = explorer.get_by_role("slider", name="logit of mat")
    slider.fill("0")
    loss = cross_entropy([0.0, *example.logits[1:]], 0)
    playwright.expect(said).to_contain_text(f"Loss {number(loss)} nats")
    spoken = slider.evaluate("x => x.ariaValueText")
    assert spoken.startswith("0.00, probability ")


def test_what_is_not_shown_is_not_there_for_a_screen_reader(visit):
    page = visit(BENCH, part=Explorer("curve"))
    (slider,) = page.get_by_role("slider").all()
    assert slider.get_attribute("aria-label") == "probability of mat"
    for role in ("radio", "textbox"):
        assert page.get_by_role(role).count() == 0
