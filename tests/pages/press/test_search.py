"""The search, over HTTP and from disk."""

import re

import pytest
from playwright import sync_api as playwright

from browsing import faults_of_colour, violations
from pages import BOOK
from xent_book import example
from xent_book._html import number
from xent_lib import cross_entropy

PAGE = "chapters/08-real-model.html"


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
    first = seek(page, "temperature").first
    playwright.expect(first).to_contain_text("divided")  # what it is
    page.keyboard.press("Enter")
    page.wait_for_url("**/03-softmax.html#temperature*")
    page.goto((BOOK / "search.html").as_uri() + "?q=temperature")
    for _ in range(50):  # the process of this page hears of the theme a little later
        page.reload()
        if page.evaluate("document.documentElement.dataset.theme") == theme:
            break
    else:
        pytest.fail(f"the theme is forgotten: it was {theme}")
    playwright.expect(page.locator(".search-summary")).to_contain_text("Found")
    found = page.locator("#search-results li").all_inner_texts()
    assert found[0].startswith("Temperature · 3 · Softmax: Formula (17)")
    page.locator(".bd-search-container input").fill("perplexity")
    first = page.locator("#search-results li").first
    playwright.expect(first).to_contain_text("Formula (18)")
    page.close()
    assert said == []


def seek(page, words):
    """What the dialog finds."""
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type(words)
    return page.locator("dialog li a")


@pytest.mark.parametrize("width", [390, 1366])
def test_the_search_is_in_sight_wherever_one_reads(visit, width):
    page = visit("chapters/reading-a-log.html", width)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    playwright.expect(page.locator(".btn.search-button")).to_be_in_viewport(ratio=1)


def test_nothing_is_loaded_before_the_dialog_opens(visit):
    page = visit(PAGE)
    scripts = r"/(searchtools|language_data|searchindex|passages)\.js"
    assert not [url for url in page.asked if re.search(scripts, url)]
    for words in ("entropy", "softmax"):
        seek(page, words).first.wait_for()
        page.keyboard.press("Escape")
        playwright.expect(page.locator("dialog[open]")).to_have_count(0)
    found = [m[1] for url in page.asked if (m := re.search(scripts, url))]
    assert found == ["searchtools", "language_data", "searchindex", "passages"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_place_has_its_section_its_page_and_the_word(visit, theme):
    page = visit(PAGE, theme=theme)
    found = seek(page, "perplexi")  # the rest of the word is known
    playwright.expect(found.nth(1)).to_be_visible()
    said = page.locator("dialog [role=status]")
    playwright.expect(said).to_have_text(f"Found in {found.count()} places.")
    first = found.first.inner_text()
    assert re.match(r"Perplexity: Formula \(18\) · 4 · The loss of one", first)
    assert "perplexity" in found.locator(".context mark").all_inner_texts()
    assert violations(page, of="dialog") + faults_of_colour(page) == []
    page.keyboard.type("zz")
    playwright.expect(said).to_have_text("Found nowhere.")
    assert found.count() == 0
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    playwright.expect(page.locator("dialog #search-results")).to_be_hidden()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sofmax", "softmax"),
        ("softmaxx", "softmax"),
        ("perplexety", "perplexity"),
        ("lgoits", "logits"),
        ("label smothing", "label smoothing"),
    ],
)
def test_a_word_with_one_slip_is_found_as_it_was_meant(visit, typed, meant):
    page = visit(PAGE)
    found = seek(page, typed)
    said = page.locator("dialog [role=status]")
    playwright.expect(said).to_have_text(
        re.compile(rf"^Found nowhere\. “{meant}” is found in \d+ places\.$")
    )
    marks = [one.lower() for one in found.locator("mark").all_inner_texts()]
    assert {*meant.split()} <= {*marks}
    first = found.first.get_attribute("href")
    page.locator("dialog input").fill(meant)
    playwright.expect(said).to_have_text(re.compile(r"^Found in \d+ places\.$"))
    assert found.first.get_attribute("href") == first


@pytest.mark.parametrize("word", ["constructor", "__proto__"])
def test_a_word_that_every_object_has_is_a_word_like_others(visit, word):
    page = visit(PAGE)
    playwright.expect(seek(page, "softmax").first).to_be_visible()
    page.locator("dialog input").fill(word)
    said = page.locator("dialog [role=status]")
    playwright.expect(said).to_have_text("Found nowhere.")


def test_arrows_lead_through_what_is_found_and_enter_opens_it(visit):
    page = visit(PAGE)
    found = seek(page, "softmax")
    playwright.expect(found.nth(2)).to_be_visible()
    field = page.locator("dialog input")
    for key, place in (
        ("Down", found.nth(0)),
        ("Down", found.nth(1)),
        ("Up", found.nth(0)),
        ("Up", field),
        ("Up", field),
    ):
        page.keyboard.press(f"Arrow{key}")
        playwright.expect(place).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/03-softmax.html#the-three-steps-as-formula-17*")


def test_what_is_typed_on_a_result_goes_to_the_field(visit):
    page = visit(PAGE)
    found = seek(page, "bit")
    playwright.expect(found.first).to_be_visible()
    field = page.locator("dialog input")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("s p")
    playwright.expect(field).to_have_value("bits p")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Backspace")
    playwright.expect(field).to_have_value("bits ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+A")
    page.keyboard.type("x")
    playwright.expect(field).to_have_value("x")


def test_a_place_on_the_same_page_closes_the_dialog(visit):
    page = visit("chapters/03-softmax.html")
    seek(page, "temperature").first.click()
    playwright.expect(page.locator("dialog[open]")).to_have_count(0)
    page.wait_for_function("() => scrollY > 0")


def test_on_a_phone_all_that_is_found_is_within_reach(visit):
    page = visit(PAGE, 390, has_touch=True)
    page.locator(".search-button:visible").tap()
    page.locator("dialog input").fill("loss")
    found = page.locator("dialog li a")
    found.last.scroll_into_view_if_needed()
    playwright.expect(found.last).to_be_in_viewport(ratio=1)
    assert page.locator("dialog input").bounding_box()["y"] > 0, "the words stay"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.touchscreen.tap(195, 880)  # beside the dialog
    playwright.expect(page.locator("dialog[open]")).to_have_count(0)


def test_the_search_reads_no_page(visit):
    page = visit("search.html?q=temperature")
    page.locator("#search-results a").first.wait_for()
    assert not [url for url in page.asked if "chapters/" in url]


# By the book itself: where each is said to be what it is.
EXPLAINED = {
    "perplexity": "04-token-loss.html#perplexity-formula-18",
    "softmax": "03-softmax.html#the-three-steps-as-formula-17",
    "logits": "02-logits.html#four-words-four-scores",
    "temperature": "03-softmax.html#temperature",
    "entropy": "04-token-loss.html#why-cross-entropy",
    "cross-entropy": "04-token-loss.html#why-cross-entropy",
    "label smoothing": "bug-museum.html#room-13-other-losses",
    "overflow": "on-a-machine.html#too-large-exp-overflows",
    "ignore_index": "05-dataset-loss.html#batches-carry-sums",
    "bits per byte": "tokenizers.html#bits-per-byte",
    "KL divergence": "07-is-my-loss-good.html#how-low-can-the-loss-get",
    "KL": "07-is-my-loss-good.html#how-low-can-the-loss-get",
    "gradient": "06-learning.html#what-was-predicted-minus-what-came",
    "log-sum-exp": "04-token-loss.html#the-short-way-no-division",
    "nats": "01-surprise.html#reading-ln-p",
    "calibration": "inside-the-model.html#does-it-mean-what-it-says",
    "Formula 17": "03-softmax.html#the-three-steps-as-formula-17",
    "softmax twice": "bug-museum.html#room-7-softmax-twice",
    "Room 12": "bug-museum.html#room-12-a-running-float32-sum",
    "diagnose": "doctor-reference.html#xent_doctor.diagnose",
}


@pytest.mark.parametrize("asked", ["nan loss", "Why is my loss NaN?"])
def test_a_question_that_people_ask_comes_first(visit, asked):
    page = visit(f"search.html?q={asked}")
    first = page.locator("#search-results a").first
    assert "Why is my loss NaN?" in first.inner_text()
    assert "questions.html#a-number-in-the-log" in first.get_attribute("href")


def test_the_page_that_explains_a_term_comes_first(visit):
    page = visit("search.html")
    found = {}
    for term in EXPLAINED:
        page.goto(f"search.html?q={term}")
        first = page.locator("#search-results a").first
        found[term] = first.get_attribute("href").partition(":~:")[0]
        assert len(page.locator(".context").first.inner_text()) > 20, term
    assert found == {term: f"./chapters/{place}" for term, place in EXPLAINED.items()}


def test_of_a_page_the_section_whose_heading_has_the_words_comes_first(visit):
    found = visit("search.html?q=padding").locator("#search-results a")
    found.first.wait_for()
    [room] = [x for x in found.all_inner_texts() if "The bug museum" in x]
    assert room.startswith("Room 5: padding, scored")


def test_words_that_stand_in_code_alone_lead_to_what_the_page_is_about(visit):
    page = visit("search.html?q=argmax")
    first = page.locator("#search-results .context").first
    playwright.expect(first).to_contain_text("we spread a hundred chips")


def test_what_is_found_appears_as_one_types(visit):
    page = visit("search.html")
    field = page.locator(".bd-search-container input")
    first = page.locator("#search-results li").first
    for words, title in (("tempera", "Temperature"), ("logits", "four scores")):
        field.fill("")
        field.press_sequentially(words)
        playwright.expect(first).to_contain_text(title)
    page.wait_for_url("**/search.html?q=logits")
    field.fill("")
    playwright.expect(first).to_have_count(0)


def test_a_result_leads_to_its_sentence_which_the_browser_marks(visit):
    page = visit("search.html?q=perplexity")
    link = page.locator("#search-results a").first
    sentence = "This%20number%20is%20called%20the%20perplexity."
    assert f"18:~:text={sentence}" in link.get_attribute("href")
    link.click()
    page.wait_for_function("() => scrollY > 0")
    assert page.locator("span.highlighted").count() == 0


def test_the_sign_of_the_search_stands_before_the_words(visit):
    field = visit("search.html").locator(".bd-search-container .bd-search")
    sign = field.locator("svg").bounding_box()
    assert sign["x"] + sign["width"] < field.locator("input").bounding_box()["x"]
