"""A table that learns while the reader watches."""

import pytest
from playwright import sync_api as playwright

from browsing import near
from shelf import BENCH, PARTS
from xent_book._html import number
from xent_book.parts import Letters

PART = PARTS["letters"]
TEXT = "Élan, a cat; ÉLAN, a hat! " * 4
# Texts whose floors are at 0, near a mark of the axis, and far above one.
FLOORS = {
    "none": "a" * 30,
    "low": "the cat sat on the mat. the rat sat on the hat. " * 3,
    "high": "The quick brown fox jumps over the lazy dog. " * 4,
}


@pytest.fixture
def still(visit):
    return visit(BENCH, part=PART, reduced_motion="reduce")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def loss(page):
    return page.locator(".x-large").text_content()


def wrote(page):
    return page.locator(".x-writes code").all_text_contents()


def test_each_step_is_that_of_python(still):
    for step in range(1, 6):
        press(still, "One step")
        assert loss(still) == number(PART.losses[step])
    assert still.get_by_role("img", name="at step 5").is_visible()
    playwright.expect(still.get_by_role("status")).to_have_text(
        f"Step 5: {number(PART.losses[5])} nats per letter."
    )


def test_it_learns_to_the_end_and_writes_what_python_writes(still):
    first, last = wrote(still)
    assert first == last == PART.first
    press(still, "Learn")
    assert loss(still) == number(PART.losses[-1])
    assert wrote(still) == [PART.first, PART.writes()]
    for name in ("Learn", "One step"):
        assert still.get_by_role("button", name=name).is_disabled()
    press(still, "Reset")
    assert loss(still) == number(PART.losses[0])
    assert wrote(still) == [PART.first] * 2


def test_it_runs_and_is_stopped(visit):
    page = visit(BENCH, part=PART)
    height = page.locator("xent-letters").bounding_box()["height"]
    press(page, "Learn")
    playwright.expect(page.locator(".x-writes small").last).not_to_have_text(
        "After step 0"
    )
    assert page.locator("xent-letters").bounding_box()["height"] == near(height)
    press(page, "Stop")
    step = int(page.locator(".x-writes small").last.inner_text().split()[-1])
    assert loss(page) == number(PART.losses[step])
    press(page, "One step")
    assert loss(page) == number(PART.losses[step + 1])


@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize("text", FLOORS.values(), ids=FLOORS)
def test_nothing_is_written_over_the_name_of_the_floor(visit, width, text):
    page = visit(BENCH, width, PART, reduced_motion="reduce")
    page.get_by_role("textbox", name="What it learns from").fill(text)
    words = page.locator(".x-fall text")
    boxes = words.evaluate_all(
        """all => all.map((one) => one.getBoundingClientRect())
            .map(({ left, right, top, bottom }) => [left, right, top, bottom])"""
    )
    said = words.all_text_contents()
    (name,) = (i for i, one in enumerate(said) if "what counting gives" in one)
    left, right, top, bottom = boxes[name]
    for i, (start, end, high, low) in enumerate(boxes):
        apart = end < left or right < start or low < top or bottom < high
        assert i == name or apart, said[i]
    axis = page.locator(".x-fall .x-axis").first.bounding_box()
    assert bottom < axis["y"] + axis["height"]


def test_a_text_of_ones_own(still):
    right = Letters(TEXT, 3)
    field = still.get_by_role("textbox", name="What it learns from")
    press(still, "One step")
    field.fill(TEXT)
    assert loss(still) == number(right.losses[0])
    for step in (1, 2, 3):
        press(still, "One step")
        assert loss(still) == number(right.losses[step])
    assert number(right.floor) in still.locator(".x-fall").inner_text()
    field.fill("12 cats")
    assert "twenty letters" in still.locator(".x-fall").inner_text()
    assert still.get_by_role("button", name="Learn").is_disabled()
    press(still, "Reset")
    assert field.input_value() == ""
    press(still, "One step")
    assert loss(still) == number(PART.losses[1])
