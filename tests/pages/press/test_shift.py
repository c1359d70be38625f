"""A number in the text that can be dragged."""

import numpy as np
from playwright import sync_api as playwright

from browsing import middle, near, swipe, violations
from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_lib import softmax


def test_the_shift_of_the_chapter_has_its_number(visit):
    page = visit("chapters/02-logits.html")
    page.get_by_role("spinbutton").press("Home")
    scores = page.locator("xent-shift .x-live .x-score").all_text_contents()
    assert scores == [number(o - 200, 1) for o in example.logits]


def test_where_no_number_stands_in_the_text_reset_does_its_work(visit):
    page = visit("embed/shift.html")
    first = page.locator(".x-score").all_text_contents()
    page.get_by_role("button", name="+ 10").click()
    assert page.locator(".x-score").all_text_contents() != first
    page.get_by_role("button", name="Reset").click()
    assert page.locator(".x-score").all_text_contents() == first


def number_in_text(page):
    return page.get_by_role("spinbutton")


def assert_shifted(page, value):
    scores = example.logits + value
    pulled = number_in_text(page)
    assert pulled.inner_text() == number(value, 0)
    assert float(pulled.get_attribute("aria-valuenow")) == value
    shown = page.locator(".x-live")
    found = [
        shown.locator(name).all_text_contents() for name in (".x-score", ".x-count")
    ]
    expected = (
        [number(x, 1) for x in scores],
        [f"{100 * p:.0f}" if p >= 0.005 else "<1" for p in softmax(scores)],
    )
    assert found == list(expected)
    first, sign = example.logits[0], "−" if value < 0 else "+"
    told = f"{first} {sign} {abs(value)} = {number(scores[0], 1)}"
    assert shown.locator(".x-sum").inner_text() == told
    ticks = {
        float(tick.text_content().replace("−", "-")): middle(tick)[0]
        for tick in shown.locator(".x-ticks text").all()
    }
    (low, left), *_, (high, right) = ticks.items()
    dots = np.array([middle(x)[0] for x in shown.locator("circle").all()])
    places = low + (dots - left) * (high - low) / (right - left)
    np.testing.assert_allclose(places, scores, atol=0.05)
    return dots


def test_a_shift_moves_the_axis_and_neither_dots_nor_chips(visit):
    page = visit(BENCH, part=PARTS["add"])
    before = assert_shifted(page, 100)
    pulled = number_in_text(page)
    for key, value in [
        ("ArrowUp", 101),
        ("ArrowLeft", 100),
        ("PageDown", 90),
        ("Home", -200),
        ("ArrowDown", -200),
        ("End", 200),
        ("Escape", 100),
    ]:
        pulled.press(key)
        np.testing.assert_allclose(assert_shifted(page, value), before, atol=0.5)


def test_a_number_is_pulled_and_given_back(visit):
    page = visit(BENCH, part=PARTS["add"])
    assert_shifted(page, 100)
    assert page.get_by_role("button", name="Reset").count() == 0
    x, y = middle(number_in_text(page))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y)
    page.mouse.move(x - 60, y + 5)
    page.mouse.up()
    assert_shifted(page, 80)
    page.mouse.move(x, y + 100)
    assert_shifted(page, 80)
    for name, value in [("+ 10", 90), ("− 10", 80), ("− 10", 70)]:
        page.get_by_role("button", name=name).click()
        assert_shifted(page, value)
    page.get_by_role("button", name="Reset").click()
    assert_shifted(page, 100)
    assert page.evaluate("document.activeElement.role") == "spinbutton"
    number_in_text(page).press("Home")
    assert_shifted(page, -200)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert_shifted(page, 100)


def test_a_finger_pulls_a_number_and_scrolls_past_it(visit):
    page = visit(BENCH, 390, PARTS["add"], has_touch=True, is_mobile=True)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    x, y = middle(number_in_text(page))
    page.touchscreen.tap(x, y)
    page.get_by_role("button", name="− 10").tap()
    assert_shifted(page, 90)
    swipe(page, (x, y), (x + 90, y + 3))
    assert_shifted(page, 120)
    swipe(page, (x, y), (x + 60, y - 150))
    assert page.evaluate("scrollY") > 100
    assert_shifted(page, 120)


def test_the_buttons_of_a_number_are_in_reach_and_cover_nothing(visit):
    page = visit(BENCH, 360, PARTS["add"])
    number_in_text(page).focus()
    for name in ("− 10", "+ 10"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert 0 <= box["x"] <= 360 - box["width"]
        assert box["y"] > page.locator(".x-live > svg").bounding_box()["y"]
        assert min(box["width"], box["height"]) >= 24
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []


def test_a_number_stands_where_it_stood_before_the_script(visit):
    head = "<style>main p { font-family: monospace }</style>"  # which no page brings
    stored = visit(BENCH, 390, PARTS["add"], head=head, java_script_enabled=False)
    live = visit(BENCH, 390, PARTS["add"], head=head)
    boxes = [
        [page.locator(f"main p {tag}").nth(i).bounding_box() for tag, i in where]
        for page in (stored, live)
        for where in [[("em", 0), ("strong", 1)]]
    ]
    assert boxes[0] == [near(box) for box in boxes[1]]


def test_what_was_pulled_is_said_once_it_rests(visit):
    page = visit(BENCH, part=PARTS["add"])
    said = page.get_by_role("status")
    assert said.inner_text() == ""
    number_in_text(page).press("Escape")
    number_in_text(page).press("ArrowUp")
    playwright.expect(said).to_have_text("mat 104.2, hat 102.0, sat 100.5, rug 103.5")
