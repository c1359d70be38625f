"""The search, over HTTP and from disk."""

import re

import pytest
from playwright import sync_api as playwright

from pages import BOOK
from xent_book import example
from xent_book._html import number
from xent_lib import cross_entropy


def test_the_book_works_from_disk(browser):
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(error.stack))
    page.goto((BOOK / "index.html").as_uri())
    page.get_by_role("link", name=re.compile("^4 ·")).first.click()
    page.get_by_role("slider", name="logit of mat").press("ArrowRight")
    loss = cross_entropy([example.logits[0] + 0.1, *example.logits[1:]], 0)
    assert page.locator(".x-read b").inner_text() == number(loss, 2)
    fonts = page.evaluate(
        "[...document.fonts].filter(x => x.status == 'loaded').map(x => x.family)"
    )
    assert {"KaTeX_Main", "KaTeX_Math"} < set(fonts)
    page.locator(".theme-switch-button:visible").click()
    theme = page.evaluate("document.documentElement.dataset.theme")
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type("temperature")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=temperature")
    for _ in range(50):  # the process of this page hears of the theme a little later
        page.reload()
        if page.evaluate("document.documentElement.dataset.theme") == theme:
            break
    else:
        pytest.fail(f"the theme is forgotten: it was {theme}")
    playwright.expect(page.locator(".search-summary")).to_contain_text("found")
    found = page.locator("#search-results li").all_inner_texts()
    assert "3 · Softmax: Formula (17) > Temperature" in found
    assert page.get_by_text("make serve").is_visible()
    page.close()
    assert said == []


def test_over_http_the_search_shows_what_it_found(visit):
    page = visit("search.html?q=temperature")
    found = page.locator("li", has_text="> Temperature").first.locator(".context")
    playwright.expect(found).to_contain_text("Temperature")
    assert not page.get_by_text("make serve").is_visible()


def test_the_sign_of_the_search_stands_before_the_words(visit):
    field = visit("search.html").locator(".bd-search-container .bd-search")
    sign = field.locator("i").bounding_box()
    assert sign["x"] + sign["width"] < field.locator("input").bounding_box()["x"]
