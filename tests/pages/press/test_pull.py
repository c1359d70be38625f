"""The orange dot of a chapter's drawing: pulled by mouse, touch and keys."""

import re

import pytest
from playwright.sync_api import expect

from browsing import FRAMES, SHIFTS, near, swipe, violations
from xent_book.drawings import STATES, frames

PULLED = [name for name in STATES if frames(name)]
CHAPTERS = "chapters/{}.html".format
SURPRISE, LEARNING = CHAPTERS("01-surprise"), CHAPTERS("06-learning")


def dot(page):
    return page.locator(".grip:visible")


def spot(page):
    box = dot(page).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_by_keys_the_numbers_beside_it_and_in_the_lead_change(visit):
    page = visit(SURPRISE, before=SHIFTS)
    slider, lead = dot(page), page.locator("hgroup ~ p [data-said]")
    start = "The curve −ln p: 0.51 where p is 0.6"
    expect(slider).to_have_attribute("aria-valuetext", start)
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    told = "The curve −ln p: 1.20 where p is 0.3"
    expect(slider).to_have_attribute("aria-valuetext", told)
    shown = page.locator(".opening:visible [data-said]")
    expect(shown).to_have_text("1.20")
    assert lead.all_inner_texts() == ["0.3", "1.20"]
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("0.00 where p is 1$"))
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("4.61 where"))
    for _ in range(59):
        page.keyboard.press("ArrowUp")
    expect(slider).to_have_attribute("aria-valuetext", start)
    assert lead.all_inner_texts() == ["0.6", "0.51"]
    page.evaluate(FRAMES)
    assert page.evaluate("shifts") == 0


@pytest.mark.parametrize("width", [390, 1366])
def test_the_dot_follows_the_mouse_and_the_drawing_of_the_other_width_too(visit, width):
    page = visit(LEARNING, width)
    x, y = spot(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 9, steps=4)
    page.mouse.up()
    assert spot(page) == (near(x + 40, 8), near(y))
    expect(dot(page)).to_be_focused()
    expect(dot(page)).to_have_css("outline-style", "none")
    expect(dot(page)).to_have_css("stroke", "none")
    told = dot(page).get_attribute("aria-valuetext")
    assert told != "Mat is pushed up by 0.387, all others down"
    page.set_viewport_size({"width": 1756 - width, "height": 900})
    expect(dot(page)).to_have_attribute("aria-valuetext", told)


def test_by_keys_it_has_a_ring_below_its_words(visit):
    page = visit(LEARNING)
    dot(page).focus()
    page.keyboard.press("ArrowLeft")
    expect(dot(page)).not_to_have_css("stroke", "none")
    assert dot(page).evaluate("one => one.previousElementSibling") is None


def test_a_finger_pulls_it_and_does_not_scroll(visit):
    page = visit(CHAPTERS("05-dataset-loss"), 390, has_touch=True)
    x, y = spot(page)
    swipe(page, (x, y), (x, y + 30))
    assert spot(page) == (near(x), near(y + 30, 4))
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize(
    "options",
    [{"width": 390}, {"forced_colors": "active"}, {"theme": "dark", "width": 820}],
)
def test_it_can_be_hit_and_seen(visit, options):
    page = visit(SURPRISE, **options)
    box = dot(page).bounding_box()
    assert min(box["width"], box["height"]) >= 24
    dot(page).focus()
    page.keyboard.press("ArrowLeft")
    assert violations(page, of="hgroup") == []


def test_without_a_script_it_is_the_drawing_as_it_is_stored(visit):
    page = visit(SURPRISE, java_script_enabled=False)
    assert page.locator(".grip").count() == 0
    drawing = page.get_by_role("img", name="The curve −ln p: 0.51 where p is 0.6")
    expect(drawing.locator("visible=true")).to_have_count(1)


# Every number in the places of the shapes.
PLACES = """all => all.flatMap((one) => ["d", "cx", "cy", "x", "y", "width", "height"]
    .flatMap((name) => one.getAttribute(name)?.match(/[\\d.]+/g) ?? []).map(Number))"""


@pytest.mark.parametrize("name", PULLED)
def test_until_it_is_pulled_the_drawing_is_the_stored_one(visit, name):
    shapes = ".opening svg > :not(.grip)"
    stored = visit(CHAPTERS(name), java_script_enabled=False).locator(shapes)
    drawn = visit(CHAPTERS(name)).locator(shapes)
    assert drawn.evaluate_all(PLACES) == pytest.approx(
        stored.evaluate_all(PLACES), abs=0.6
    )


def test_a_page_without_such_a_drawing_loads_no_script_for_it(visit):
    page = visit("chapters/glossary.html")
    assert [url for url in page.asked if "pull" in url] == []
