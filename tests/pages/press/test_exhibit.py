"""Lines of code, of which the reader guesses the right one."""

import pytest
from playwright import sync_api as playwright

from shelf import BENCH
from xent_book.parts import Exhibit

LINES = "a + 1", "a + 2", "abs(a + 3)"


@pytest.fixture
def guess(visit):
    part = Exhibit(*LINES, a=1).asked("Which is right?")
    return visit(BENCH, part=part, reduced_motion="reduce")


def test_nothing_is_told_before_the_guess(guess):
    playwright.expect(guess.get_by_role("radio", checked=True)).to_have_count(0)
    assert guess.locator(".x-gives strong").inner_text() == "?"
    for line in LINES:
        assert guess.locator("code", has_text=line).first.is_visible()


@pytest.mark.parametrize(("name", "shown"), [("A", "✗ 2"), ("B", "✗ 3"), ("C", "✓ 4")])
def test_a_guess_is_told_with_its_number(guess, name, shown):
    guess.get_by_role("group", name="Which is right?").get_by_text(
        name, exact=True
    ).click()
    playwright.expect(guess.locator(".x-gives strong")).to_have_text(shown)
    assert guess.locator(".x-live code").count() == len(LINES), "all are still there"


@pytest.mark.parametrize("width", [360, 390, 820, 1366])
def test_no_number_lies_on_the_lines(visit, width):
    page = visit("chapters/doctor.html", width)
    page.get_by_text("A", exact=True).first.click()
    lines = page.locator("xent-exhibit .x-runs code").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().bottom)"
    )
    top = page.locator("xent-exhibit .x-gives strong").bounding_box()["y"]
    above = page.locator("xent-exhibit .x-runs").bounding_box()["y"]
    assert max(lines) <= top or top < above, "below them, or beside the choice above"
