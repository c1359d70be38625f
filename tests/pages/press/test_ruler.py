"""The ruler of losses."""

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import near
from shelf import BENCH, PARTS
from xent_lib import read_loss


def assert_reads(page, *given):
    """The ruler shows what the library says of this loss."""
    found = read_loss(*given)
    shown = page.locator(".x-value").all_inner_texts()
    assert shown == list(found.shown().values())
    assert page.locator(".x-words span").all_inner_texts() == list(found.words)


@pytest.fixture
def ruler(visit):
    return visit(BENCH, part=PARTS["ruler"])


def test_the_ruler_reads_what_is_typed(ruler):
    assert_reads(ruler, 3.02, 50_257, 4.4)
    loss, vocabulary, length = ruler.get_by_role("textbox").all()
    loss.fill("20,49")
    assert_reads(ruler, 20.49, 50_257, 4.4)
    length.fill("")
    assert_reads(ruler, 20.49, 50_257)
    vocabulary.fill("65")
    assert_reads(ruler, 20.49, 65)
    loss.fill("nan")
    assert_reads(ruler, np.nan, 65)
    vocabulary.fill("1")
    assert vocabulary.get_attribute("aria-invalid") == "true"
    said = ruler.locator("[role=status]")
    wrong = "Enter a vocabulary of 2 to 1,000,000,000 tokens, or leave it out."
    playwright.expect(said).to_have_text(wrong)
    assert ruler.locator(".x-words").inner_text() == wrong
    ruler.get_by_role("button", name="Reset").press("Enter")
    assert_reads(ruler, 3.02, 50_257, 4.4)
    assert vocabulary.get_attribute("aria-invalid") == "false"
    playwright.expect(said).to_contain_text(
        "3.02 nats, 4.36 bits, perplexity 20.49. As"
    )


def test_the_loss_moves_along_the_ruler(ruler):
    slider, loss = ruler.get_by_role("slider"), ruler.get_by_role("textbox").first
    slider.press("ArrowRight")
    assert loss.input_value() == "3.03"
    assert_reads(ruler, 3.03, 50_257, 4.4)
    box = ruler.locator(".x-marks").first.bounding_box()
    ruler.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    nats = float(loss.input_value())
    assert abs(nats - np.log(50_257)) < 0.1
    assert_reads(ruler, nats, 50_257, 4.4)


@pytest.mark.parametrize("width", [360, 390, 1366])
def test_the_ruler_keeps_its_place_whatever_it_says(visit, width):
    page = visit(BENCH, width, PARTS["ruler"])
    part, loss = page.locator("xent-ruler"), page.get_by_role("textbox").first
    height = part.bounding_box()["height"]
    for text in ("nan", "0", "-1", "0.01", "9.9", "10.9", "15", "what", "1.2e5"):
        loss.fill(text)
        assert part.bounding_box()["height"] == near(height), text
    page.get_by_role("textbox").last.fill("")
    loss.fill("3.02")
    assert part.bounding_box()["height"] == near(height)
    page.route("**/ruler.js*", lambda route: route.fulfill(body=""))
    page.reload()
    assert part.bounding_box()["height"] == near(height)
    assert part.locator("> table").is_visible()


@pytest.mark.parametrize("width", [390, 1366])
def test_the_line_goes_through_all_rows_over_the_band(visit, width):
    page = visit(BENCH, width, PARTS["ruler"])
    grounds = page.locator(".x-marks span").evaluate_all(
        "all => all.map((x) => getComputedStyle(x).backgroundColor)"
    )
    assert set(grounds) == {"rgba(0, 0, 0, 0)"}
    ends = page.locator(".x-marks").evaluate_all(
        """all => all.map((one) => {
            const line = getComputedStyle(one, "::after"), { top } = line;
            const y = one.getBoundingClientRect().top + parseFloat(top);
            return [y, y + parseFloat(line.height)];
        })"""
    )
    assert [top for top, _ in ends[1:]] == near([bottom for _, bottom in ends[:-1]], 3)


STRUCK = """() => [...document.querySelectorAll(".x-marks")].flatMap((row) => {
    const { left: at, maskImage } = getComputedStyle(row, "::after");
    const line = row.getBoundingClientRect().left + parseFloat(at);
    return [...row.children].filter((number) => {
        const { left, right } = number.getBoundingClientRect();
        return left - 3 < line && line < right + 3 && maskImage === "none";
    }).map((number) => number.textContent);
})"""


@pytest.mark.parametrize("width", [390, 1366])
def test_the_line_strikes_no_number(visit, width):
    page = visit(BENCH, width, PARTS["ruler"])
    for loss in ("3.02", "2", "0", "6.9", "10.82", "12"):
        page.get_by_role("textbox").first.fill(loss)
        assert page.evaluate(STRUCK) == [], loss
