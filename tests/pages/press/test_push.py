"""The pushes on four logits, drawn."""

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import FOLLOW, at_rest, middle, near, sides, swipe
from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_lib import cross_entropy, cross_entropy_grad

STILL = {"reduced_motion": "reduce"}


@pytest.fixture
def push(visit):
    return visit(BENCH, part=PARTS["push"], **STILL)


def knob(page, word):
    return page.get_by_role("slider", name=f"logit of {word}")


def press(page, word):
    page.get_by_role("button", name=word).click()


def walked(size, steps, logits=example.logits, target=example.target):
    """Where so many steps lead."""
    o = np.array(logits, float)
    for _ in range(steps):
        o -= size * cross_entropy_grad(o, target)
    return o


def assert_shows(page, logits, word=example.answer, size=3):
    """The loss and the pushes are the library's; what is drawn is as long as they."""
    target = example.vocabulary.index(word)
    pushes = -cross_entropy_grad(logits, target)
    shown = page.locator(".x-large").text_content()
    assert shown == number(cross_entropy(logits, target))
    named = page.locator("svg text.x-called").all_text_contents()
    for name, push in zip(example.vocabulary, pushes, strict=True):
        assert named[named.index(name) + 1] == number(push, sign=True)
    # The dot of the hill stands above its own knob, on the axis that both have.
    zero, two = (
        middle(page.locator("svg .x-mid").get_by_text(text, exact=True).first)[0]
        for text in ("0", "2")
    )
    unit = (two - zero) / 2
    dot = middle(page.locator("svg circle.x-dot"))[0]
    assert (dot - zero) / unit == pytest.approx(logits[target], abs=0.05)
    # Rings are where a step puts the knobs, if that is far enough to be seen.
    rings = sorted(middle(x)[0] for x in page.locator("svg circle.x-ring").all())
    landing = np.sort((logits + size * pushes)[abs(size * pushes * unit) > 14])
    np.testing.assert_allclose((np.array(rings) - zero) / unit, landing, atol=0.05)


def test_it_starts_with_the_example(push):
    assert_shows(push, example.logits)
    assert push.get_by_role("button", name="reset").count() == 0
    note = push.locator(".x-note").inner_text()
    assert note.startswith("mat is pushed up by 0.387, its gap to 1")
    assert "0.304 + 0.068 + 0.015: the same" in note


@pytest.mark.parametrize("size", [1, 3, 5])
def test_steps_lead_where_the_gradient_says(push, size):
    push.get_by_role("combobox", name="learning rate").select_option(str(size))
    assert_shows(push, example.logits, size=size)
    press(push, "Take a step")
    assert_shows(push, walked(size, 1), size=size)
    press(push, "reset")
    press(push, "Ten steps")
    assert_shows(push, walked(size, 10), size=size)
    loss = number(cross_entropy(walked(size, 10), 0))
    note = push.locator(".x-note").inner_text()
    assert f"10 steps: from 0.490 to {loss}. Each push on mat is smaller" in note
    press(push, "reset")
    assert_shows(push, example.logits, size=size)
    focused = push.evaluate("document.activeElement.textContent")
    assert focused == "Take a step"


def test_a_large_loss_fills_the_lane_and_no_more(push):
    """End to end, the pushes go out and come back to where they began."""
    press(push, "Take a step")  # from wherever they are
    press(push, "Be very wrong")
    logits = np.array([-4, *example.logits[1:]])
    assert_shows(push, logits)
    assert "never gets past 1" in push.locator(".x-note").inner_text()
    assert push.get_by_role("button", name="Be very wrong").is_disabled()
    bed = push.locator("svg rect.x-bed").bounding_box()
    up = -cross_entropy_grad(logits, 0)[0]
    heads = push.locator("svg .x-head")
    places = heads.evaluate_all(
        """all => all.map((x) => x.getBoundingClientRect())
            .map(({ left, right, top }) => [left, right, top])"""
    )
    lane = [(a, b) for a, b, top in places if top > bed["y"]]
    assert lane[0][1] == near(bed["x"] + up * bed["width"])
    assert lane[-1][0] == near(bed["x"])


def test_another_word_may_have_come(push):
    push.get_by_role("radio", name="sat").check()
    assert_shows(push, example.logits, "sat")
    press(push, "Take a step")
    assert_shows(push, walked(3, 1, target=2), "sat")


def test_a_knob_is_pulled_by_mouse_and_keys(push):
    rug = knob(push, "rug")
    share = (example.logits[3] + 6) / 13
    box = rug.bounding_box()
    unit = (box["width"] - 20) / 13
    x, y = box["x"] + 10 + share * 13 * unit, box["y"] + box["height"] / 2
    push.mouse.move(x, y)
    push.mouse.down()
    push.mouse.move(x - 3 * unit, y + 40)
    push.mouse.up()
    logits = example.logits.copy()
    logits[3] = float(rug.input_value())
    assert abs(logits[3] + 0.5) < 0.2
    assert_shows(push, logits)
    knob(push, "mat").press("ArrowRight")
    logits[0] += 0.1
    assert_shows(push, logits)
    spoken = knob(push, "mat").evaluate("x => x.ariaValueText")
    rise = number(-cross_entropy_grad(logits, 0)[0], sign=True)
    assert spoken == f"3.3, push {rise}, loss {number(cross_entropy(logits, 0))}"
    knob(push, "mat").press("Home")
    assert knob(push, "mat").input_value() == "-6"


def test_a_finger_pulls_a_knob_and_scrolls_past_all(visit):
    page = visit(BENCH, 390, PARTS["push"], has_touch=True, is_mobile=True, **STILL)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    share = (example.logits[1] + 6) / 13
    x, y = middle(knob(page, "hat"), share)
    swipe(page, (x, y), (x + 50, y + 3))
    logits = example.logits.copy()
    logits[1] = float(knob(page, "hat").input_value())
    assert logits[1] > 2
    assert_shows(page, logits)
    for word, o in zip(example.vocabulary, logits, strict=True):
        page.evaluate("scrollTo(0, 0)")
        x, y = middle(knob(page, word), (o + 6) / 13)
        swipe(page, (x, y), (x + 4, y - 250))
        assert page.evaluate("scrollY") > 100
        assert_shows(page, logits)


def test_a_step_is_seen_on_its_way(visit):
    page = visit(BENCH, part=PARTS["push"])
    page.evaluate(FOLLOW, 4.4)
    press(page, "Take a step")
    page.wait_for_function("() => seen.at(-1) === 4.4")
    seen = page.evaluate("seen")
    assert seen == sorted(seen)
    assert any(3.2 < x < 4.3 for x in seen)
    press(page, "Ten steps")
    knob(page, "mat").fill("1")
    assert knob(page, "mat").input_value() == "1"
    note = page.locator(".x-note").inner_text()
    assert "steps" not in note


@pytest.mark.parametrize("width", [360, 1366])
def test_it_keeps_its_height_and_is_said_once_it_rests(visit, width):
    page = visit(BENCH, width, PARTS["push"], **STILL)
    part, said, height = at_rest(page, "xent-push")
    for word in example.vocabulary:
        page.get_by_role("radio", name=word).check()
        for button in ["Take a step", "Ten steps", "Be very wrong", "Take a step"]:
            press(page, button)
            assert part.bounding_box()["height"] == near(height)
            left, right = sides(page.locator("svg text"))
            frame = part.bounding_box()
            assert left >= frame["x"] - 1
            assert right <= frame["x"] + frame["width"] + 1
        for key in ["Home", "End"]:
            knob(page, word).press(key)
            assert part.bounding_box()["height"] == near(height)
        press(page, "reset")
    playwright.expect(said).to_contain_text("Loss 0.490. mat is pushed up by 0.387")
