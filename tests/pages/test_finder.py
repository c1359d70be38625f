"""The finder of faults."""

import re

import pytest
from playwright import sync_api as playwright

from shelf import BENCH, PARTS


@pytest.fixture
def finder(visit):
    return visit(BENCH, part=PARTS["finder"])


def test_a_number_that_is_typed_is_found(finder):
    near, far = finder.get_by_role("textbox").all()
    found, said = finder.locator(".x-fits li"), finder.locator("[role=status]")
    assert "a softmax taken twice" in found.inner_text()
    assert found.get_by_role("link").get_attribute("href") == "#room-7-softmax-twice"
    near.fill("tensor(0.4899)")
    assert "Right, as far as this row shows" in found.first.inner_text()
    same = "16 known faults give the same here. The far row would show."
    assert found.last.inner_text() == same
    far.fill("20,72")
    assert "a floor of 1e-09 under p" in found.inner_text()
    playwright.expect(said).to_contain_text("a floor of 1e-09 under p")
    far.fill("10.414")
    assert "p has a floor of 3.0e-5" in found.inner_text()
    far.fill("999.3")
    assert found.inner_text() == "✓ Right, as far as these rows show."
    far.fill("a lot")
    assert far.get_attribute("aria-invalid") == "true"
    assert found.inner_text() == "A loss is a number, or NaN, or ∞."
    far.fill("")
    near.fill("1")
    assert found.count() == 4
    assert re.fullmatch(r"And \d+ more\.", found.last.inner_text())
    near.fill("12.5")
    assert "None of the known faults, in its usual sizes" in found.inner_text()


def test_the_finder_goes_through_all_faults_and_is_cleared(finder):
    near, far = finder.get_by_role("textbox").all()
    slider, found = finder.get_by_role("slider"), finder.locator(".x-fits")
    slider.press("Home")
    seen = []
    for _ in range(int(slider.get_attribute("max")) + 1):
        pair = near.input_value(), far.input_value()
        assert slider.get_attribute("aria-valuetext") == ", ".join(pair)
        seen.append(found.inner_text())
        slider.press("ArrowRight")
    assert "✓ Right" in seen[0]
    assert len(set(seen)) == len(seen) > 20
    assert not any("None of the known" in text for text in seen)
    finder.get_by_role("button", name="clear").press("Enter")
    assert near.input_value() == far.input_value() == ""
    assert near.evaluate("x => x === document.activeElement")
    assert "type what comes" in found.inner_text()
    finder.get_by_text("All numbers").click()
    assert finder.get_by_role("cell", name="of a softmax taken twice").is_visible()
