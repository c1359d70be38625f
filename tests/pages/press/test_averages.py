"""The averages as water in a tank."""

import re

import numpy as np
import pytest

from browsing import near, sides
from shelf import BENCH, PARTS
from xent_book._html import number
from xent_book.parts import Averages


def boxes(page):
    """The boxes of water in shares of the tank, and its level."""
    sizes = page.locator(".x-box").evaluate_all(
        """all => all.map(one => {
            const box = one.getBoundingClientRect(), tank = one.parentNode;
            return [box.width / tank.clientWidth, box.height / tank.clientHeight];
        })"""
    )
    high = page.locator(".x-level").evaluate(
        """one => (one.parentNode.getBoundingClientRect().bottom
            - one.getBoundingClientRect().bottom) / one.parentNode.clientHeight"""
    )
    return np.array(sizes), high


@pytest.mark.parametrize("poured", [False, True], ids=["walls", "water"])
def test_the_area_of_the_water_is_the_mean_and_its_level(visit, poured):
    part = PARTS["averages"]
    page = visit(BENCH, part=part, reduced_motion="reduce")
    if poured:
        page.get_by_role("button", name="Level the water").click()
    seen = set()
    for name, value in part.averages.items():
        page.get_by_role("radio", name=name).check()
        assert page.locator(".x-level").inner_text() == number(value, 2)
        said = page.locator(".x-tank").get_attribute("aria-label")
        assert number(value, 2) in said
        sizes, level = boxes(page)
        np.testing.assert_allclose(sizes.prod(axis=1).sum(), level, rtol=0.02)
        seen.add(tuple(sizes[:, 0].round(3)))
        if poured and name != "per sequence":
            full = sizes[sizes[:, 0] > 0, 1]
            np.testing.assert_allclose(full, level, atol=0.01)
    assert len(seen) == 4, "two averages have the same picture"


def test_a_box_is_as_high_as_the_loss_and_as_wide_as_its_weight(visit):
    part = PARTS["averages"]
    page = visit(BENCH, part=part, reduced_motion="reduce")
    losses = np.concatenate(part.losses)
    for name, weights in {
        "per token": [1 / 4] * 4,
        "per sequence": [1 / 2] * 4,
        "mean of means": [1 / 6] * 3 + [1 / 2],
        "with padding": [1 / 6] * 4,
    }.items():
        page.get_by_role("radio", name=name).check()
        sizes, level = boxes(page)
        text = np.array([True] * 3 + [True, False, False])  # then the two pads
        found = sizes[text]
        np.testing.assert_allclose(found[:, 0], weights, atol=2e-3)
        high = found[:, 1] / level * part.averages[name]
        np.testing.assert_allclose(high, losses, rtol=0.02)
    assert page.locator(".x-weight").inner_text() == number(1 / 6)


def test_the_sums_that_are_shown_add_up_to_the_total_that_is_divided(visit):
    page = visit("chapters/05-dataset-loss.html")
    part = page.locator("xent-averages .x-live")
    sums = part.locator(".x-beneath b").all_inner_texts()
    total = sum(float(re.findall(r"[\d.]+", one)[-1]) for one in sums)
    for name in ("per token", "per sequence", "with padding"):
        how = part.locator("label", has_text=name).locator("small").inner_text()
        assert float(re.findall(r"[\d.]+", how)[0]) == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("kind", ["per token", "mean of means", "with padding"])
def test_words_are_named_and_do_not_run_together(visit, kind):
    sentences = [
        "The cat sat on the mat",
        "A dog ran",
        "The cat saw the rat on the rug",
    ]
    losses = [[1.5] * (len(text.split()) - 1) for text in sentences]
    page = visit(
        BENCH, 390, Averages(sentences, losses, pad=2), reduced_motion="reduce"
    )
    page.get_by_role("radio", name=kind).check()
    words = page.locator(".x-box:not(.x-pad) span:visible")
    assert words.count() == sum(map(len, losses))
    ends = words.evaluate_all(
        "all => all.map((x) => x.getBoundingClientRect()).map((b) => [b.left, b.right])"
    )
    lefts, rights = np.sort(ends, axis=0).T
    assert (lefts[1:] - rights[:-1]).min() > -1
    choices = page.locator("fieldset").bounding_box()
    tank = page.locator(".x-tank").bounding_box()
    assert choices["y"] + choices["height"] < tank["y"]


@pytest.mark.parametrize("width", [390, 1440])
def test_all_of_it_begins_and_ends_with_its_frame(visit, width):
    page = visit("chapters/05-dataset-loss.html", width)
    part = page.locator("xent-averages")
    rows = part.locator(".x-live label")
    drawn = part.locator(".x-live :is(.x-tick, .x-level b):visible")
    for left, right in (sides(rows), sides(drawn)):
        assert left == near(sides(part)[0])
        assert right <= sides(part)[1] + 1
