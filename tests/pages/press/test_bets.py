"""Bets: the opening of the book, and the staircase of five words."""

import json
import re

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import middle, near, swipe
from pages import BOOK
from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_book.parts import Bets
from xent_lib import cross_entropy


def bet(page, chips):
    """Put chips on words, Tap a word to bet ten."""
    for word, count in chips.items():
        for _ in range(count // 10):
            page.get_by_role("button", name=f"{word}: ").click()


def chips(page):
    return [int(text or 0) for text in page.locator(".x-chips").all_inner_texts()]


def go(page):
    page.locator(".x-go").click()


@pytest.fixture
def hero(visit):
    return visit(BENCH, part=PARTS["bet"], reduced_motion="reduce")


def test_a_tap_is_ten_chips_and_what_is_kept_falls_on_something_else(hero):
    assert "Tap a word to bet ten" in hero.get_by_role("status").inner_text()
    bet(hero, {"mat": 40, "rug": 20})
    assert chips(hero) == [0, 0, 40, 20, 0]
    assert hero.locator(".x-dots i").count() == 60
    assert hero.locator(".x-hand i").count() == 40
    assert "40 chips left" in hero.get_by_role("status").inner_text()
    go(hero)
    assert chips(hero) == [0, 0, 40, 20, 40]
    loss = number(-np.log(0.4), 2)
    assert hero.locator(".x-big").inner_text() == loss
    assert f"your surprise is {loss}." in hero.get_by_role("status").inner_text()
    assert hero.locator(".x-live .x-sentence").inner_text() == "The cat sat on the mat"
    hero.reload()
    assert chips(hero) == [0, 0, 40, 20, 40]
    assert hero.locator(".x-big").inner_text() == loss


def test_a_second_sentence_comes_after_it_and_then_the_next_page(hero):
    go(hero)
    assert hero.locator(".x-go").inner_text() == "Another sentence"
    go(hero)
    assert "He sank to his" in hero.locator(".x-live .x-sentence").inner_text()
    assert chips(hero) == [0] * 5
    bet(hero, {"knees": 50})
    go(hero)
    assert hero.locator(".x-ours").inner_text() == "a model 1.50"
    assert hero.locator(".x-go").inner_text() == "Bet again"
    hero.evaluate("""document.body.insertAdjacentHTML(
        "beforeend", "<a class='right-next' href='#next'></a>"
    )""")
    hero.get_by_role("button", name="Reset").click()
    assert chips(hero) == [0] * 5
    for _ in range(3):
        go(hero)
    assert hero.locator(".x-go").inner_text() == "Read on"
    go(hero)
    assert hero.url.endswith("#next")


def test_the_book_goes_on_to_its_first_chapter(visit):
    page = visit("chapters/index.html", reduced_motion="reduce")
    for _ in range(3):
        go(page.locator("xent-bets"))
    page.locator("xent-bets").get_by_role("button", name="Read on").click()
    page.wait_for_url("**/01-surprise.html")


def test_a_bet_says_when_the_chips_are_gone(hero):
    note = hero.get_by_role("status")
    bet(hero, {"mat": 70, "hat": 30})
    assert note.inner_text() == "All 100 chips are placed."
    bet(hero, {"hat": 10})
    assert note.inner_text() == "No chips left: press − to take ten back."
    assert chips(hero) == [0, 30, 70, 0, 0]
    hero.get_by_role("button", name="Reset").click()
    assert chips(hero) == [0] * 5
    assert note.inner_text().startswith("You are the model.")
    assert hero.locator(".x-hand").inner_text() == "100 left"
    sizes = "x => x.getBoundingClientRect().height"
    bet(hero, {"mat": 70})
    (held, placed) = (hero.locator(f"{x} i").first for x in (".x-hand", ".x-dots"))
    assert held.evaluate(sizes) == placed.evaluate(sizes)


def test_ten_chips_are_taken_back_from_a_word(hero):
    bet(hero, {"mat": 20, "hat": 10})
    back = hero.get_by_role("button", name="take ten back from")
    assert back.count() == 2, "none where there is none"
    back.last.click()
    assert chips(hero) == [0, 10, 10, 0, 0]
    assert hero.locator(".x-hand i").count() == 80
    back.last.press("Enter")
    assert chips(hero) == [0, 10, 0, 0, 0]
    focused = "document.activeElement.ariaLabel"
    assert hero.evaluate(focused) == "mat: 0 chips"
    back.press("Space")
    assert "Tap a word to bet ten" in hero.get_by_role("status").inner_text()
    bet(hero, {"mat": 40})
    go(hero)
    assert back.first.is_disabled()


@pytest.mark.parametrize("width", [390, 820, 1366])
def test_each_chip_falls_on_its_place(visit, width):
    page = visit(BENCH, width, PARTS["bets"], reduced_motion="reduce")
    bet(page, {"cat": 10})
    sizes = page.locator(".x-dots").first.evaluate(
        """(well) => {
            const { width, height } = well.firstChild.getBoundingClientRect();
            return [`${width}px ${height}px`, getComputedStyle(well).backgroundSize];
        }"""
    )
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("count", [20, 50, 60, 70, 100])
def test_no_line_crosses_the_name_of_a_model(visit, width, count):
    page = visit(BENCH, width, PARTS["bet"], reduced_motion="reduce")
    bet(page, {"mat": count})
    go(page)
    plot, you, name = (
        page.locator(one).bounding_box()
        for one in (".x-curve svg", ".x-you", ".x-ours span")
    )
    dot = page.locator(".x-ours").bounding_box()
    assert name["y"] + name["height"] <= dot["y"]
    assert name["x"] + name["width"] <= plot["x"] + plot["width"] + 9
    # The reader's line goes down from the dot, all to the left or below.
    below = you["y"] + you["height"] / 2 >= name["y"] + name["height"]
    assert below or you["x"] + you["width"] / 2 < name["x"]


def test_a_bet_by_keyboard(hero):
    hero.get_by_role("button", name="mat: 0 chips").focus()
    hero.keyboard.press("Enter")
    hero.keyboard.press("Space")
    assert chips(hero) == [0, 0, 20, 0, 0]
    hero.get_by_role("button", name="Reset").focus()
    hero.keyboard.press("Enter")
    assert chips(hero) == [0] * 5
    focused = hero.evaluate("document.activeElement.ariaLabel")
    assert focused == "floor: 0 chips"
    hero.get_by_role("button", name="Show the word").focus()
    hero.keyboard.press("Enter")
    assert chips(hero) == [0, 0, 0, 0, 100]
    hero.keyboard.press("Enter")
    focused = hero.evaluate("document.activeElement.ariaLabel")
    assert focused == "bed: 0 chips", "the first word of the next sentence"
    assert "blank" in hero.locator(".x-live .x-sentence").inner_text()


def test_no_chips_on_what_came_cost_infinity(hero):
    bet(hero, {"hat": 50})
    go(hero)
    said = hero.get_by_role("status").inner_text()
    assert said.startswith("The word was “mat”. You had no chips on it")
    assert "infinite" in said
    assert hero.locator(".x-big").inner_text() == "∞"
    plot, arrow = (hero.locator(x).bounding_box() for x in (".x-curve > div", ".x-you"))
    assert arrow["y"] == near(plot["y"]), "at the upper edge"
    assert arrow["x"] > plot["x"], "not on the axis and its numbers"
    assert "polygon" in hero.locator(".x-you").evaluate(
        "e => getComputedStyle(e).clipPath"
    )
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    infinite = hero.locator(".x-big").evaluate(size)
    hero.evaluate("localStorage.clear()")
    hero.reload()
    bet(hero, {"mat": 50})
    go(hero)
    assert hero.locator(".x-big").evaluate(size) < infinite


def test_both_dots_are_on_the_curve(hero):
    bet(hero, {"mat": 30})
    go(hero)
    plot = hero.locator(".x-curve > div").bounding_box()
    for dot, loss in [(".x-you", -np.log(0.3)), (".x-ours", 0.49)]:
        x, y = middle(hero.locator(dot))
        share = (x - plot["x"]) / plot["width"], 1 - (y - plot["y"]) / plot["height"]
        np.testing.assert_allclose(share, (np.exp(-loss), loss / 3), atol=0.01)
    assert hero.locator(".x-ours").inner_text() == "our model 0.49"


def test_the_surprise_counts_up_and_is_said_once_it_rests(visit):
    page = visit(BENCH, part=PARTS["bet"])
    bet(page, {"mat": 20})
    page.evaluate("""() => {
        const [big, status] = [".x-big", "[role=status]"]
            .map((x) => document.querySelector(`.x-live ${x}`));
        window.seen = [];
        new MutationObserver(() => seen.push([big.textContent, status.textContent]))
            .observe(big, { childList: true });
    }""")
    go(page)
    final = number(-np.log(0.2), 2)
    playwright.expect(page.locator(".x-big")).to_have_text(final)
    playwright.expect(page.get_by_role("status")).to_contain_text(final)
    *rising, (last, _) = page.evaluate("seen")
    losses = [float(loss) for loss, _ in rising]
    assert losses == sorted(losses)
    assert losses[0] < float(final) == float(last)
    assert {said for _, said in rising} == {"The word was “mat”."}


def test_a_swipe_that_starts_on_a_box_scrolls_and_bets_nothing(visit):
    page = visit(BENCH, 390, PARTS["bet"], has_touch=True, is_mobile=True)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    x, y = middle(page.locator(".x-well").nth(2))
    swipe(page, (x, y), (x + 4, y - 250))
    assert page.evaluate("scrollY") > 100
    assert chips(page) == [0] * 5


@pytest.mark.parametrize(("width", "height"), [(1366, 900), (390, 844)])
def test_the_book_opens_with_the_sentence_and_all_of_the_bet(visit, width, height):
    page = visit("chapters/index.html", width, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    opening = page.locator("xent-bets")
    box = opening.bounding_box()
    assert box["y"] + box["height"] <= height
    size = "x => parseFloat(getComputedStyle(x).fontSize)"
    sentence = opening.locator(".x-sentence >> visible=true")
    assert sentence.evaluate(size) > 2 * page.locator(".bd-article h1").evaluate(size)
    go(opening)
    assert opening.bounding_box() == near(box), "the page moves when the word is shown"
    loss = number(cross_entropy(example.logits, example.target), 2)
    assert opening.locator(".x-ours").inner_text() == f"a four-word model {loss}"


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_curve_stays_as_it_is_from_the_first_chip_to_the_next_sentence(
    visit, width
):
    page = visit("chapters/index.html", width, reduced_motion="reduce")
    curve = page.locator(".x-curve")
    first = curve.bounding_box()
    if width == 390:  # the button stands above the highest number of the axis
        button = page.locator("xent-bets .x-go").bounding_box()
        three = page.locator(".x-curve em").first.bounding_box()
        assert three["y"] > button["y"] + button["height"] + 8
    for taps in ({}, {"hat": 30}, {"hat": 70}):
        bet(page, taps)
        assert curve.bounding_box() == near(first), taps
    for _ in range(3):
        go(page.locator("xent-bets"))
        assert curve.bounding_box() == near(first)


@pytest.mark.parametrize("width", [390, 1366])
def test_the_opening_keeps_its_place_until_its_script_runs(visit, width):
    page = visit("chapters/index.html", width)
    live = page.locator("xent-bets").bounding_box()
    page.route("**/bets.js*", lambda route: route.fulfill(body=""))
    page.reload()
    assert page.locator("xent-bets").bounding_box() == near(live)
    assert page.locator("xent-bets > .x-sentence").is_visible()


def test_what_has_come_of_the_opening_does_not_move_for_the_rest(visit, made):
    html, where = (BOOK / "chapters/index.html").read_text("utf8"), []
    made["chapters/head.html"] = html.partition('<div class="cell')[0]
    for path in ("chapters/index.html", "chapters/head.html"):
        page = visit(path, 390, java_script_enabled=False)
        where.append(page.locator("h1 + p").bounding_box())
    assert where[0] == near(where[1])


def test_the_staircase_names_no_word_before_its_turn(visit):
    page = visit(BENCH, part=PARTS["bets"])
    stairs = page.locator(".x-stairs svg")

    def named():
        text = stairs.get_attribute("aria-label") + stairs.inner_html()
        return set(re.findall(r"\w+", text)) & set(example.sentence[1:])

    assert stairs.bounding_box()["width"] == near(
        stairs.locator("..").bounding_box()["width"]
    )
    for i in range(1, len(example.sentence)):
        assert named() == set(example.sentence[1:i])
        go(page)
        go(page)
    assert named() == set(example.sentence[1:])


@pytest.mark.parametrize("storage", ["there", "refused"])
def test_five_bets_become_a_staircase_beside_the_model(visit, storage):
    refuse = """for (const does of ["getItem", "setItem"]) {
        const asked = Storage.prototype[does];
        Storage.prototype[does] = function (key, ...rest) {
            if (key === "xent-bets") throw Error("refused");
            return asked.call(this, key, ...rest);
        };
    }"""
    page = visit(
        BENCH,
        360,
        PARTS["bets"],
        before=refuse if storage == "refused" else "",
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    stairs = page.get_by_role("img", name="bigram model")
    assert "a player" in stairs.text_content()
    placed = [10, 20, 70, 60, 40]
    total = number(-np.log(np.array(placed) / 100).sum(), 2)
    for word, count in zip(example.sentence[1:], placed, strict=True):
        bet(page, {word: count})
        go(page)
        assert f"had {count} chips" in page.get_by_role("status").inner_text()
        if word != example.answer:
            page.get_by_role("button", name="Next word").tap()
    assert f"you{total} nats" in stairs.text_content()
    page.get_by_role("button", name="Add up").tap()
    result = page.get_by_role("status").inner_text()
    assert f"add up to {total} nats" in result
    if storage == "there":
        page.reload()
        assert page.get_by_role("status").inner_text() == result
    page.get_by_role("button", name="Bet again").tap()
    assert "a player" in stairs.text_content()


def test_a_bet_of_an_earlier_page_is_shown_before_it_counts(visit):
    kept = {"floor": 20, "hat": 0, "mat": 50, "rug": 20, "something else": 10}
    stored = json.dumps(json.dumps({" ".join(example.context): kept}))
    before = f"localStorage.setItem('xent-bets', {stored})"
    page = visit(BENCH, part=PARTS["bets"], before=before, reduced_motion="reduce")
    for _ in range(4):
        go(page)
        page.get_by_role("button", name="Next word").click()
    assert chips(page) == list(kept.values())
    assert "Your bet from before" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Reset").click()
    bet(page, {"mat": 10})
    go(page)
    assert chips(page) == [0, 0, 10, 0, 90]
    page.get_by_role("button", name="Add up").click()
    assert page.get_by_role("status").inner_text().startswith("Your 5 surprises")


@pytest.mark.parametrize("width", [360, 640, 683, 820, 1000, 1366])
def test_each_word_fits_its_well(visit, width):
    names = visit("chapters/index.html", width).locator(".x-wells .x-name")
    assert names.count() == 5
    beyond = "all => all.filter((x) => x.scrollWidth > x.clientWidth).length"
    assert names.evaluate_all(beyond) == 0


def test_who_has_not_bet_sees_the_models_first(visit):
    once = PARTS["bets"]
    page = visit(BENCH, part=Bets(models=once.models, again=True))
    part = page.locator("xent-bets")
    assert part.get_by_role("button").all_inner_texts() == ["Bet"]
    assert "bigram model8.71 nats" in part.locator("svg").last.text_content()
    go(page)
    assert page.evaluate("document.activeElement.ariaLabel") == "cat: 0 chips"
    bet(page, {"cat": 40})
    go(page)
    page.reload()
    assert page.locator(".x-well").count() == 5
    assert "2 of 5" in part.inner_text()


def test_chapter_1_asks_for_all_five_bets(visit):
    part = visit("chapters/01-surprise.html").locator("xent-bets")
    assert "1 of 5" in part.locator(".x-sentence").first.inner_text()
    assert part.locator(".x-well:enabled").count() == 5
