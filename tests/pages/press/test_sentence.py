"""A sentence that a model reads: its tiles, its numbers, and its link."""

import math

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import near
from parts import CAT
from sentences import TEA, TINY, assert_scores, field, scored
from shelf import BENCH, PARTS
from xent_book._html import number
from xent_book.parts.sentence import seen


def chosen(page):
    return page.locator("[aria-selected=true] b").inner_text()


TEXTS = [TEA, "Zoë paid €35 😀.", "a", " ", "tabs\tand\n\nlines \n", "<b>&amp;</b>"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_token_by_token(sentence, text):
    field(sentence).fill(text)
    assert_scores(sentence, text)
    losses, pieces = scored(text)
    assert chosen(sentence) == pieces[np.argmax(losses)]


def test_no_text_has_no_loss(sentence):
    field(sentence).fill("")
    playwright.expect(sentence.locator(".x-tiles span")).to_have_count(0)
    assert sentence.locator("dd").all_inner_texts() == ["–"] * 4
    field(sentence).fill("a")
    assert_scores(sentence, "a")


def test_where_nothing_is_written_it_says_what_will_come(sentence):
    invite, field = sentence.locator(".x-invite"), sentence.get_by_role("textbox")
    assert not invite.is_visible()
    field.fill("")
    invite.wait_for()
    assert not sentence.locator(".x-hairs").is_visible()
    assert field.get_attribute("placeholder").endswith(".")
    field.fill("A cat.")
    invite.wait_for(state="hidden")
    assert sentence.locator(".x-hairs").is_visible()


def test_where_nothing_is_written_there_are_sentences_to_press(sentence):
    field(sentence).fill("")
    offered = sentence.locator(".x-invite button")
    offered.last.wait_for()
    texts = offered.all_inner_texts()
    assert len(texts) == 5
    for text in texts:
        offered.get_by_text(text, exact=True).click()
        assert_scores(sentence, text)
        playwright.expect(field(sentence)).to_be_focused()
        field(sentence).fill("")


@pytest.mark.parametrize("width", [390, 1366])
def test_a_long_text_is_not_in_a_box_that_scrolls(visit, width):
    page = visit(BENCH, width, PARTS["sentence"])
    page.get_by_role("textbox").fill("It is a truth universally acknowledged. " * 9)
    page.locator(".x-tiles button").nth(90).wait_for()
    boxes = page.locator(".x-live :not(textarea)").evaluate_all(
        """all => all.filter((one) => one.scrollHeight > one.clientHeight
            && /auto|scroll/.test(getComputedStyle(one).overflowY))
            .map((one) => one.className)"""
    )
    assert boxes == []


def test_a_bar_that_is_higher_than_there_is_room_is_broken(sentence):
    sentence.get_by_role("textbox").fill("A 京.")
    sentence.locator(".x-tiles code").first.wait_for()
    bars = sentence.locator(".x-tiles button").evaluate_all(
        """all => all.map((one) => [
            Number(one.querySelector("span").textContent),
            getComputedStyle(one.querySelector("i")).maskImage.includes("20px"),
        ])"""
    )
    assert {broken for _, broken in bars} == {True, False}
    assert all((loss > 14) == broken for loss, broken in bars)


def test_bars_use_the_height_that_they_have(sentence):
    sentence.get_by_role("textbox").fill("The cat sat.")
    sentence.locator(".x-rows:not(.x-old)").wait_for()
    shares = sentence.locator(".x-tiles i").evaluate_all(
        "all => all.map((one) => Number(one.style.getPropertyValue('--loss')))"
    )
    losses = sentence.locator(".x-tiles span").all_text_contents()
    blind = sentence.locator(".x-hairs small").last.inner_text().split()[-1]
    top = max(map(float, [*losses, blind])) + 1
    assert shares == pytest.approx([float(one) / top for one in losses], abs=0.01)


def test_of_what_is_typed_meanwhile_the_latest_is_read(sentence):
    sentence.evaluate(
        """(texts) => {
            const field = document.querySelector("textarea");
            for (const text of texts) {
                field.value = text;
                field.dispatchEvent(new Event("input"));
            }
            answers = 0;
            new MutationObserver(() => answers++)
                .observe(document.querySelector(".x-tiles"), { childList: true });
        }""",
        [TEA[: i + 1] for i in range(len(TEA))],
    )
    assert_scores(sentence, TEA)
    assert sentence.evaluate("answers") <= 2


def test_the_tiles_by_keyboard_show_what_was_expected(sentence):
    tiles = sentence.get_by_role("option")
    assert tiles.evaluate_all("all => all.filter(x => x.tabIndex === 0).length") == 1
    assert chosen(sentence) == "·cat"
    field(sentence).focus()
    sentence.keyboard.press("Tab")
    order = [("ArrowRight", 2), ("End", 6), ("ArrowRight", 6), ("ArrowLeft", 5)]
    for key, at in [*order, ("Home", 0), ("ArrowLeft", 0)]:
        sentence.keyboard.press(key)
        playwright.expect(tiles.nth(at)).to_be_focused()
        assert tiles.nth(at).get_attribute("aria-selected") == "true"
        best, came = CAT[3][at], CAT[1][at]
        rows = [(word, number(p)) for word, p in best]
        if came not in dict(best):
            rows.append((came, number(math.exp(-CAT[2][at]))))
        assert sentence.locator(".x-found li b").all_text_contents() == [
            seen(word) for word, _ in rows
        ]
        shown = sentence.locator(".x-found li > span").all_inner_texts()
        assert shown == [p for _, p in rows]
        gaps = sentence.locator(".x-found li > span").evaluate_all(
            """all => all.map((x) => x.getBoundingClientRect().left
                - x.previousSibling.getBoundingClientRect().right)"""
        )
        assert max(gaps) < 20  # a number stands at the end of its bar
        assert sentence.locator(".x-hit b").inner_text() == seen(came)
    after = sentence.locator(".x-found p")
    assert after.inner_text() == "Pieces of words expected first"
    sentence.keyboard.press("End")
    assert after.inner_text() == "Pieces of words expected after The cat sat on the mat"
    playwright.expect(sentence.locator("[role=status]")).to_contain_text(
        "p 0.266. Expected: , 0.306"
    )


def test_what_stands_before_a_token_is_cut_between_words(sentence):
    words = "Her grandmother keeps a lively fire in the kitchen"
    field(sentence).fill(words)
    assert_scores(sentence, words)
    sentence.get_by_role("option").last.click()
    first, *_ = sentence.locator(".x-found q").inner_text().strip("“”…").split()
    assert first in words.split()


def test_what_came_and_was_not_expected_has_its_rank(visit):
    page = visit(BENCH, 390, PARTS["sentence"], has_touch=True, is_mobile=True)
    page.get_by_role("option", name="cat: 9.08").tap()
    assert page.locator("li.x-hit").inner_text().split() == [
        "·cat",
        "1.1·10⁻⁴",
        "rank",
        "1,264",
    ]
    box, bar = page.locator(".x-tiles i").nth(1), page.locator(".x-tiles i").nth(4)
    heights = [
        one.evaluate("x => x.getBoundingClientRect().height") for one in (box, bar)
    ]
    assert abs(heights[0] / heights[1] / (9.0752 / 0.3178) - 1) < 0.02


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("many", [False, True])
def test_what_was_expected_opens_below_all_rows_or_of_many_the_tiles(
    visit, width, many
):
    page = visit(BENCH, width, PARTS["sentence"])
    text = TEA * 8 if many else TEA
    field(page).fill(text)
    assert_scores(page, text)
    tiles, found = page.get_by_role("option"), page.locator(".x-found")
    for at in (0, -1):
        tiles.nth(at).click()
        edges = "all => all.map((x) => x.getBoundingClientRect().bottom)"
        bottoms, end = tiles.evaluate_all(edges), found.bounding_box()["y"]
        assert end == near(bottoms[at if many else -1] + 8)
        above = [bottom < end for bottom in bottoms]
        assert above == sorted(above, reverse=True)
        assert all(above) == (at == -1 or not many)


def test_bars_are_of_one_width_and_stand_beside_the_blind_guess(sentence):
    bars = sentence.locator(".x-tiles i")
    assert len(set(bars.evaluate_all("all => all.map((x) => x.offsetWidth)"))) == 1
    line, foot = sentence.locator(".x-hairs small").last.bounding_box(), bars.first
    box = foot.bounding_box()
    ground, blind = box["y"] + box["height"], line["y"] + line["height"]
    assert (ground - blind) / box["height"] == near(math.log(49_152) / CAT[2][0], 0.05)
    guess = sentence.locator(".x-hairs")
    assert "10.80" in guess.inner_text()
    field(sentence).fill("a")
    assert_scores(sentence, "a")
    playwright.expect(guess).to_contain_text("guess 6.93")


@pytest.mark.parametrize("width", [360, 390])
def test_no_bar_is_behind_the_name_of_the_blind_guess(visit, width):
    page = visit(BENCH, width, PARTS["sentence"])
    text = "My grandmother keeps the key under a flower pot."
    field(page).fill(text)
    assert_scores(page, text)
    name = page.locator(".x-hairs small").last.bounding_box()
    rights = "all => all.map((x) => x.getBoundingClientRect().right)"
    assert max(page.locator(".x-tiles i").evaluate_all(rights)) <= name["x"]


ENDS = """all => all.filter((x, i) => all[i + 1]?.offsetTop !== x.offsetTop)
    .map((x) => Math.round(x.getBoundingClientRect().right))"""


@pytest.mark.parametrize(("width", "high"), [(390, 160), (1366, 280)])
def test_one_row_takes_all_of_the_panel_and_more_rows_are_low(visit, width, high):
    page = visit(BENCH, width, PARTS["sentence"])
    rows, tiles = page.locator(".x-rows"), page.get_by_role("option")
    boxes = [one.bounding_box() for one in (rows, tiles.last)]
    right, last = (box["x"] + box["width"] for box in boxes)
    assert right - last < 90, "the names of the lines"
    assert page.locator(".x-hairs").bounding_box()["height"] == near(high)
    field(page).fill(TEA * 3)
    assert_scores(page, TEA * 3)
    assert page.locator(".x-hairs").bounding_box()["height"] == near(60)
    *ends, last = tiles.evaluate_all(ENDS)
    assert last < ends[0] == min(ends) >= max(ends) - 1, (
        "but the last, as long as it is"
    )
    field(page).fill("A cat")
    assert_scores(page, "A cat")
    assert page.locator(".x-hairs").bounding_box()["height"] == near(high)


def test_a_choice_stays_while_one_types_on(sentence):
    field(sentence).fill("The cat sat on")
    assert_scores(sentence, "The cat sat on")
    sentence.get_by_role("option").first.click()
    field(sentence).fill("The cat sat on it.")
    assert_scores(sentence, "The cat sat on it.")
    assert chosen(sentence) == "The"
    field(sentence).fill("No")
    assert_scores(sentence, "No")
    sentence.get_by_role("button", name="Reset").click()
    assert sentence.locator("dd").first.inner_text() == "20.92"
    assert chosen(sentence) == "·cat"
    assert field(sentence).input_value() == CAT[0]


# Counts what a worker has said of texts, before the page hears of it.
ANSWERS = """answers = 0;
Worker = class extends Worker {
    constructor(...given) {
        super(...given);
        this.addEventListener("message", ({ data }) => (answers += "tokens" in data));
    }
};"""


def test_what_is_taken_back_is_not_shown_when_it_comes(visit):
    page = visit(BENCH, part=PARTS["sentence"], before=ANSWERS)
    page.evaluate(
        """(text) => {
            const part = document.querySelector("xent-sentence");
            part.querySelector("textarea").value = text;
            part.querySelector("textarea").dispatchEvent(new Event("input"));
            part.querySelector(".x-yours").click();
        }""",
        TEA,
    )
    page.wait_for_function("() => answers === 1")
    assert page.locator(".x-yours").first.is_disabled()
    assert page.locator("dd").first.inner_text() == "20.92"


def test_the_result_is_said_once_it_rests(sentence):
    status = sentence.locator("[role=status]")
    assert status.inner_text() == ""
    field(sentence).press_sequentially("The ca")
    text = f"{field(sentence).input_value()}"
    total = number(sum(scored(text)[0]), 2)
    playwright.expect(status).to_contain_text(f"in all {total} nats")


def share(page):
    page.locator(".share summary").click()
    page.get_by_role("button", name="Copy").first.click()


def test_a_link_carries_a_sentence(wired):
    text = "Zoë paid €35, 100% & more #1."
    page = wired(permissions=("clipboard-read", "clipboard-write"))
    field(page).fill(text)
    assert_scores(page, text)
    share(page)
    playwright.expect(page.locator(".share output")).to_have_text("link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    assert "#sentence=Zo%C3%AB" in link
    page.goto("about:blank")
    page.goto(link)
    assert_scores(page, text)
    assert field(page).input_value() == text
    page.evaluate("location.hash = '#sentence=Hello'")
    assert_scores(page, "Hello")
    page.evaluate("location.hash = '#sentence=%E0%A4%A'")  # no text
    page.evaluate("location.hash = '#elsewhere'")
    assert field(page).input_value() == "Hello"


def test_without_a_clipboard_the_link_is_in_the_address_bar(wired):
    page = wired()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    share(page)
    said = "link in the address bar"
    playwright.expect(page.locator(".share output")).to_have_text(said)
    assert page.url.endswith("#sentence=The%20cat%20sat%20on%20the%20mat.")


def test_a_long_text_says_in_which_windows_it_is_read(sentence):
    """The command may read it in others, which give other losses."""
    about = sentence.locator(".x-about")
    for times in (1, 9):
        text = TEA * times
        field(sentence).fill(text)
        assert_scores(sentence, text)
        windows = len(scored(text, TINY)[0]) > 128
        assert about.inner_text().startswith("Read in windows of 128 tokens by a") == (
            windows
        )
    assert windows


def test_of_a_text_too_long_for_a_page_the_beginning_is_read_and_that_is_said(sentence):
    about = sentence.locator(".x-about")
    text = "It was the best of times. " * 60
    field(sentence).fill(text)
    assert_scores(sentence, text[:1000])
    assert field(sentence).input_value() == text
    assert field(sentence).bounding_box()["height"] < 300
    said = "(the first 1,000 of 1,560 characters) in windows of 128 tokens"
    assert about.inner_text().startswith(f"Read {said} by a tiny model")
    status = sentence.locator("[role=status]")
    playwright.expect(status).to_contain_text(said)
    field(sentence).fill(TEA)
    assert_scores(sentence, TEA)
    assert about.inner_text().startswith("Read by")


def test_two_parts_share_a_model_and_a_link_leads_to_the_first(visit):
    class Two:
        def _repr_html_(self):
            return PARTS["sentence"]._repr_html_() * 2

    page = visit(f"{BENCH}", part=Two())
    page.evaluate("location.hash = '#sentence=Hello'")
    first, second = page.locator("xent-sentence").all()
    assert_scores(first, "Hello")
    assert field(second).input_value() == CAT[0]
    second.get_by_label("Your sentence").fill(TEA)
    assert_scores(second, TEA)
    assert_scores(first, "Hello")
    assert len(page.workers) == 1


@pytest.mark.parametrize("width", [360, 1366])
def test_a_sentence_keeps_its_place_and_fits(visit, width):
    page = visit(BENCH, width, PARTS["sentence"])
    part = page.locator("xent-sentence")
    height = part.bounding_box()["height"]
    for at in range(7):
        page.get_by_role("option").nth(at).click()
        assert part.bounding_box()["height"] == near(height)
    field(page).fill("The cat")
    assert_scores(page, "The cat")
    assert part.bounding_box()["height"] == near(height)
    long = "antidisestablishmentarian" * 8 + " " + "😀" * 30
    field(page).fill(long)
    assert_scores(page, long)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("option").last.click()
    numbers, tiles = page.locator("dl").bounding_box(), page.locator(".x-rows")
    card = part.bounding_box()
    assert numbers["x"] + numbers["width"] <= card["x"] + card["width"]
    assert numbers["y"] + numbers["height"] <= tiles.bounding_box()["y"]
    page.route("**/sentence.js*", lambda route: route.fulfill(body=""))
    page.reload()
    assert abs(part.bounding_box()["height"] - height) < 2
