"""Two models on one token, pulled."""

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import at_rest, near, sides
from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_book.parts import Pair

STILL = {"reduced_motion": "reduce"}


@pytest.fixture
def pair(visit):
    return visit(BENCH, part=PARTS["pair"], **STILL)


def knob(page, word, model):
    return page.get_by_role("slider", name=f"logit of {word}, {model}")


def press(page, name):
    page.get_by_role("button", name=name).click()


def note(page):
    return page.locator(".x-note").inner_text()


def assert_shows(page, fixed=example.logits, training=example.student):
    """All numbers are the library's."""
    part = Pair(fixed, training)
    shown = page.locator(".x-live dd").all_text_contents()
    assert shown == [number(part.forward), number(part.reverse), number(part.loss, 4)]
    ratios = page.locator("[role=cell].x-ratio").all_text_contents()
    assert ratios == [number(x) for x in part.ratios]
    shares = page.locator(".x-live .x-q").all_text_contents()
    assert shares == [number(x) for both in zip(*part.p, strict=True) for x in both]


def test_it_starts_with_the_example(pair):
    assert_shows(pair)
    assert note(pair) == (
        "mat’s ln ratio, ln 0.584, is 0.500 below rug’s, ln 0.963: "
        "a DPO loss of 0.7185."
    )
    assert pair.get_by_role("button", name="Reset").count() == 0


def test_the_same_model_twice_costs_ln_2_and_sat_alone_changes_nothing(pair):
    press(pair, "Same logits")
    assert_shows(pair, training=example.logits)
    assert pair.locator(".x-live dd").all_text_contents() == [
        "0.000",
        "0.000",
        "0.6931",
    ]
    assert note(pair).startswith("The same forecast twice")
    knob(pair, "sat", "in training").fill("3.5")
    assert_shows(pair, training=[3.2, 1, 3.5, 2.5])
    assert "DPO sees no difference between mat and rug" in note(pair)
    knob(pair, "rug", "in training").fill("0")
    assert_shows(pair, training=[3.2, 1, 3.5, 0])
    assert "mat has fallen, and still" in note(pair)
    press(pair, "Reset")
    assert_shows(pair)
    assert pair.evaluate("document.activeElement.textContent") == "Same logits"


def test_both_models_are_pulled_by_keys_and_say_what_they_are(pair):
    rug = knob(pair, "rug", "fixed")
    rug.press("ArrowRight")
    fixed = example.logits + np.array([0, 0, 0, 0.1])
    assert_shows(pair, fixed)
    part = Pair(fixed)
    spoken = rug.evaluate("one => one.ariaValueText")
    said = f"p {number(part.p[0][3])}, ratio {number(part.ratios[3])}"
    assert spoken == f"2.6, {said}"
    status = pair.get_by_role("status")
    playwright.expect(status).to_contain_text(f"DPO loss {number(part.loss, 4)}")


@pytest.mark.parametrize("width", [360, 820, 1366])
def test_it_keeps_its_height_and_its_frame(visit, width):
    page = visit(BENCH, width, PARTS["pair"], **STILL)
    part, _, height = at_rest(page, "xent-pair")
    frame = part.bounding_box()
    for model in ("fixed", "in training"):
        for word in example.vocabulary:
            for key in ("Home", "End"):
                knob(page, word, model).press(key)
                assert part.bounding_box()["height"] == near(height), (word, model, key)
                left, right = sides(page.locator(".x-live :is(span, dd, p)"))
                assert left >= frame["x"] - 1
                assert right <= frame["x"] + frame["width"] + 1
    assert note(page).startswith("The same forecast twice")  # all logits are 6
    assert page.get_by_role("button", name="Same logits").is_disabled()
    for name in ("Reset", "Same logits"):
        press(page, name)
        assert part.bounding_box()["height"] == near(height)
