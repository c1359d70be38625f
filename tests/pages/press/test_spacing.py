"""Two equal logits among the numbers of float32."""

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import at_rest, middle, near, sides, swipe
from shelf import BENCH, PARTS
from xent_book.parts.spacing import METHODS, losses

STILL = {"reduced_motion": "reduce"}


@pytest.fixture
def spacing(visit):
    return visit(BENCH, part=PARTS["spacing"], **STILL)


def both(page):
    return page.get_by_role("slider", name="both logits")


def shown(page):
    return page.locator(".x-loss-at").text_content()


@pytest.mark.parametrize("method", range(2), ids=METHODS)
def test_the_losses_are_pythons_at_each_size(spacing, method):
    spacing.get_by_role("radio", name=METHODS[method]).check()
    for tenths in range(0, 81, 10):
        both(spacing).fill(str(tenths))
        loss = losses(np.float32(10 ** (tenths / 10)))[method]
        assert shown(spacing) == f"{loss:.5f}"
        assert spacing.locator("strong").inner_text() == f"{loss:.3f}"
        size = f"{10 ** (tenths // 10):,}"
        assert spacing.locator(".x-both").inner_text() in {size, f"{size}.0"}
    words = "in full" if method else "perfect forecast"
    assert words in spacing.locator(".x-note").inner_text()


def test_ln_2_is_drawn_to_the_nearest_tick(spacing):
    """Up at 10⁷, to 1; down at 10⁸, to 0; and the ticks are 1 and 8 apart."""
    for tenths, loss, words in [
        (70, 1, "drawn up to the nearest"),
        (80, 0, "8 further on"),
    ]:
        both(spacing).fill(str(tenths))
        first, last = (middle(x)[0] for x in spacing.locator("svg circle.x-on").all())
        ln2 = middle(spacing.locator("svg circle.x-ghost"))[0]
        assert last - first == near(loss * (ln2 - first) / np.log(2))
        assert words in spacing.locator(".x-note").inner_text()
    ticks = spacing.locator("svg .x-mark").get_attribute("d").split("M")[1:]
    first, last = (float(tick.split()[0]) for tick in ticks)
    unit = spacing.locator("svg").bounding_box()["width"] / 10.3
    assert last - first == near(8 * unit)
    labels = spacing.locator("svg text").all_text_contents()
    assert {"100,000,000", "100,000,008"} <= set(labels)


def test_what_was_rounded_away_comes_back_by_the_other_order(visit):
    page = visit(BENCH, part=PARTS["spacing"])
    both(page).press("End")
    assert shown(page) == "0.00000"
    page.get_by_role("radio", name=METHODS[1]).check()
    assert shown(page) == "0.69315"
    page.wait_for_function("""() => {
        const at = (name) => document.querySelector(name).cx.baseVal.value;
        return Math.abs(at("g.x-hit .x-on") - at(".x-ghost")) < 0.01;
    }""")


def test_a_finger_pulls_the_size_and_scrolls_past_it(visit):
    page = visit(BENCH, 390, PARTS["spacing"], has_touch=True, is_mobile=True, **STILL)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    # The whole width of a phone is there to pull.
    assert both(page).bounding_box()["width"] > 320
    x, y = middle(both(page), 0.03)
    swipe(page, (x, y), (x + 150, y + 3))
    pulled = both(page).input_value()
    assert int(pulled) > 20
    x, y = middle(both(page), 0.1 + int(pulled) / 100)
    swipe(page, (x, y), (x + 4, y - 250))
    assert page.evaluate("scrollY") > 100
    assert both(page).input_value() == pulled


@pytest.mark.parametrize("width", [360, 1366])
def test_it_keeps_its_height_and_is_said_once_it_rests(visit, width):
    page = visit(BENCH, width, PARTS["spacing"], **STILL)
    part, said, height = at_rest(page, "xent-spacing")
    for method in METHODS:
        page.get_by_role("radio", name=method).check()
        for tenths in range(0, 81, 5):
            both(page).fill(str(tenths))
            assert part.bounding_box()["height"] == near(height)
            left, right = sides(page.locator("svg text"))
            frame = part.bounding_box()
            assert left >= frame["x"] - 1
            assert right <= frame["x"] + frame["width"] + 1
    spoken = both(page).evaluate("x => x.ariaValueText")
    assert spoken == "100,000,000, loss 0.69315"
    playwright.expect(said).to_contain_text("Both logits 100,000,000: loss 0.69315.")
