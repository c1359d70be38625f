"""Beat the model: five sentences, the reader's chips, and SmolLM2's."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from playwright import sync_api as playwright

from browsing import middle, near, swipe
from pages import BOOK
from shelf import BENCH, PARTS
from xent_book._html import number
from xent_book.recorded import game

LINES = game()
ROOT = Path(__file__).parents[3]
TITLE = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))["title"]
COPIES = {"permissions": ("clipboard-read", "clipboard-write")}
SMALL_AND_LARGE = pytest.mark.parametrize("width", [390, 820, 1366])


def bet(page, chips):
    """Put chips on boxes, by their places."""
    for place, count in chips.items():
        for _ in range(count // 10):
            page.locator(".x-well").nth(place).click()


def chips(page):
    return [int(text or 0) for text in page.locator(".x-chips").all_inner_texts()]


def go(page):
    page.locator(".x-go").click()


def asked(page):
    return page.locator(".x-ask").inner_text()


def sentence(page):
    return page.locator(".x-live .x-sentence > span").inner_text()


def play(page, five, chips=30):
    """All five, with so many chips on the word that comes; what each costs."""
    share = (chips + (100 - chips) / 5) / 100
    for line in LINES[5 * five : 5 * five + 5]:
        bet(page, {line.came: chips})
        go(page)
        price = f"your surprise is {number(-np.log(share), 2)}"
        playwright.expect(page.locator(".x-ask")).to_contain_text(price)
        go(page)
    playwright.expect(page.locator(".x-ask")).to_contain_text("on average")
    return -np.log(share)


@pytest.fixture
def start(visit):
    """Opens a game with a five of its own, not that of the day."""

    def open_game(five=0, width=1366, part="opening", **options):
        options = {"reduced_motion": "reduce"} | options
        page = visit(BENCH, width, PARTS[part], **options)
        page.locator(".x-well").first.wait_for()
        page.evaluate(f"location.hash = '#five={five}'")
        playwright.expect(page.locator(".x-live .x-sentence")).to_contain_text(
            LINES[5 * five].left
        )
        return page

    return open_game


@pytest.fixture
def opening(start):
    return start()


def test_a_tap_is_ten_chips_and_what_is_kept_lies_evenly(opening):
    assert "Tap a word to bet ten" in asked(opening)
    bet(opening, {0: 40, 2: 20})
    assert opening.locator(".x-dots i").count() == 60
    assert opening.locator(".x-hand i").count() == 40
    assert "40 chips left" in asked(opening)
    go(opening)
    kept = [
        int(text.split()[1]) for text in opening.locator(".x-chips").all_inner_texts()
    ]
    assert kept == [48, 8, 28, 8, 8]
    line = LINES[0]
    loss = number(-np.log(kept[line.came] / 100), 2)
    assert opening.locator(".x-big").inner_text() == loss
    assert f"your surprise is {loss}." in asked(opening)
    assert sentence(opening) == line.text


def test_who_bets_nothing_guesses_blindly(opening):
    go(opening)
    assert opening.locator(".x-big").inner_text() == "1.61"


def test_all_chips_on_another_word_cost_infinity(opening):
    bet(opening, {(LINES[0].came + 1) % 5: 100})
    assert "An empty box costs ∞" in asked(opening)
    bet(opening, {3: 10})
    assert asked(opening).startswith("No chips left")
    three, ring = (
        opening.locator(f".x-curve {x}").bounding_box()
        for x in ("em >> nth=2", ".x-top")
    )
    assert ring["x"] >= three["x"] + three["width"] - 5, (
        "beside the number, on its tick"
    )
    go(opening)
    assert "You had no chips on it: your surprise is ∞." in asked(opening)
    assert opening.locator(".x-big").inner_text() == "∞"
    plot, arrow = (
        opening.locator(x).bounding_box() for x in (".x-curve > div", ".x-you")
    )
    assert arrow["y"] == near(plot["y"]), "at the upper edge"


def test_only_chips_on_each_box_rule_infinity_out(opening):
    bet(opening, dict.fromkeys(range(5), 20))
    assert asked(opening) == "All 100 chips are placed."


def test_it_asks_for_a_match_and_then_says_how_often_none_of_the_four_comes(opening):
    others = np.mean([one.word not in one.words for one in LINES])
    assert others == 1 / 5
    assert "Can you beat the model?" in asked(opening)
    go(opening)
    go(opening)
    assert "One time in five it is something else." in asked(opening)


@SMALL_AND_LARGE
def test_the_names_on_the_curve_are_whole_after_every_tap(start, width):
    longest = max(LINES, key=lambda one: len("".join(one.words)))
    page = start(LINES.index(longest) // 5, width)
    for _ in range(LINES.index(longest) % 5):
        go(page)
        go(page)
    seen = """all => all.filter((name) => {
        const { left, right } = name.getBoundingClientRect();
        const plot = name.closest(".x-curve > div").getBoundingClientRect();
        return left < plot.left - 16 || right > plot.right + 16;
    }).map((name) => name.textContent)"""
    for i in (0, 0, 1, 1, 2, 0, 0):
        bet(page, {i: 10})
        assert page.locator(".x-curve b span").evaluate_all(seen) == []


def test_each_box_rides_the_curve_until_its_word_comes(opening):
    dots = opening.locator(".x-curve b:not(.x-you)")
    assert dots.all_inner_texts() == ["all five"]
    bet(opening, {1: 50})
    assert dots.all_inner_texts() == [LINES[0].words[1], "4 alike"]
    plot = opening.locator(".x-curve > div").bounding_box()
    for dot, p in zip(dots.all(), (0.6, 0.1), strict=True):
        x, y = middle(dot)
        at = (x - plot["x"]) / plot["width"], 1 - (y - plot["y"]) / plot["height"]
        np.testing.assert_allclose(at, (p, -np.log(p) / 3), atol=0.01)


def test_boxes_that_are_alike_have_their_names_and_no_name_cuts_a_ring(opening):
    year, month, week, day = LINES[0].words
    bet(opening, {0: 10, 1: 50, 2: 10})
    dots = opening.locator(".x-curve b:not(.x-you)")
    names = [month, f"{year}, {week}", f"{day}, something else"]
    assert dots.all_inner_texts() == names
    for dot in dots.all():
        ring, name = dot.bounding_box(), dot.locator("span").bounding_box()
        assert name["y"] + name["height"] <= ring["y"]


def test_a_word_that_has_all_the_chips_is_named(opening):
    bet(opening, {1: 100})
    dots = opening.locator(".x-curve b:not(.x-you)")
    assert dots.first.inner_text() == LINES[0].words[1]


def test_the_word_that_came_is_named_in_orange(opening):
    go(opening)
    word = opening.locator(".x-ask b")
    assert word.inner_text() == LINES[0].word
    orange = opening.locator(".x-hit .x-name").evaluate(
        "x => getComputedStyle(x).color"
    )
    playwright.expect(word).to_have_css("color", orange)


def test_the_model_has_bet_on_the_same_boxes(opening):
    go(opening)
    line = LINES[0]
    told = opening.locator(".x-chips small").all_inner_texts()
    assert [int(x.split()[-1]) for x in told] == [int(100 * p + 0.5) for p in line.bet]
    named = opening.locator(".x-ours").all_inner_texts()
    assert f"model {number(line.loss, 2)}" in named
    assert "blind guess 1.61" in named


def paid(page):
    """What the three have paid, by their names on the drawing."""
    names = page.locator(".x-stairs text").all_text_contents()
    pairs = [name.rpartition(" ") for name in names]
    return {who: loss for who, _, loss in pairs if who}


@pytest.mark.parametrize("part", ["opening", "game"])
@pytest.mark.parametrize(("five", "chips"), [(0, 30), (13, 30), (4, 10)])
def test_five_words_add_up_beside_the_model_and_a_blind_guess(start, part, five, chips):
    page = start(five, part=part)
    line = page.locator(".x-live .x-sentence")
    loss = play(page, five, chips)
    lines = LINES[5 * five : 5 * five + 5]
    theirs = round(sum(one.loss for one in lines), 2)
    you, blind = round(5 * loss, 2), round(-5 * np.log(0.2), 2)
    mean = f"You paid {number(you, 2)}, on average {number(you / 5, 2)} a word"
    assert mean in asked(page)
    name = "the model" if theirs < blind else "a blind guess"
    won = f"You beat {name} by {number(min(theirs, blind) - you, 2)} nats"
    if theirs < you:
        won = f"You lose to the model by {number(you - theirs, 2)} nats"
    assert line.inner_text() == won
    sums = {"you": you, "model": theirs, "blind guess": blind}
    assert paid(page) == {who: number(loss, 2) for who, loss in sums.items()}
    for button in ("Another five", "Copy for a friend"):
        playwright.expect(page.get_by_role("button", name=button)).to_be_in_viewport(
            ratio=1
        )
    assert won in page.get_by_role("status").first.inner_text()
    page.reload()
    playwright.expect(line).to_have_text(won)


def test_the_sums_so_far_stand_beside_the_button_of_each_sentence(start):
    page = start(part="game")
    many, theirs = page.locator(".x-acts small"), 0
    assert many.inner_text() == "1 of 5"
    for i, one in enumerate(LINES[:4], 1):
        go(page)
        go(page)
        theirs += one.loss
        you, model = number(i * -np.log(0.2), 2), number(theirs, 2)
        assert many.inner_text() == f"{i + 1} of 5; so far you {you}, the model {model}"


@pytest.mark.parametrize("width", [390, 820, 1366, 1920])
def test_at_the_end_the_buttons_stand_on_the_part_s_ground(visit, width):
    page = visit("chapters/index.html", width, reduced_motion="reduce")
    page.locator(".x-well").first.wait_for()
    page.evaluate("location.hash = '#five=0'")
    playwright.expect(page.locator(".x-hero")).to_contain_text(LINES[0].left)
    play(page, 0)
    ground = page.locator(".x-hero").bounding_box()
    for button in page.locator(".x-acts button").all():
        box = button.bounding_box()
        assert box["y"] + box["height"] <= ground["y"] + ground["height"] + 1


def test_whoever_waits_for_no_number_gets_the_verdict_at_a_press(start):
    page = start(reduced_motion="no-preference")
    page.clock.install()
    for _ in range(4):
        go(page)
        page.clock.run_for(2000)
        go(page)
    go(page)
    page.get_by_role("button", name="Who wins?").click()
    playwright.expect(page.locator(".x-live .x-sentence")).to_contain_text(" by ")
    assert len(paid(page)) == 3


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("five", [0, 3])
def test_the_last_screen_is_as_high_as_the_others(start, width, five):
    page = start(five, width)
    page.evaluate(f"location.hash = '#five={five}-9.99'")
    box = page.locator("xent-game").bounding_box()
    play(page, five)
    assert page.locator("xent-game").bounding_box() == near(box)
    below = page.locator(".x-stairs small").bounding_box()
    assert below["y"] + below["height"] <= box["y"] + box["height"]


@pytest.mark.parametrize("five", [0, 3])
def test_where_a_blind_guess_beats_the_model_its_mean_is_said(start, five):
    page = start(five)
    play(page, five)
    losses = [one.loss for one in LINES]
    beaten = sum(losses[5 * five : 5 * five + 5]) > -5 * np.log(0.2)
    mean = number(5 * np.mean(losses), 2)
    told = f"which pays {mean} on average."
    assert (told in page.locator(".x-stairs").inner_text()) == beaten == (five == 3)


def test_an_infinite_sum_leaves_the_frame_and_no_step_follows(start):
    page = start(3)
    for one in LINES[15:20]:
        bet(page, {(one.came + 1) % 5: 100})
        go(page)
        go(page)
    line = page.locator(".x-stairs path.x-ink")
    box = line.bounding_box()
    frame = page.locator(".x-stairs .x-axis").bounding_box()
    assert box["y"] < frame["y"]
    assert box["width"] < frame["width"] / 5, "an arrow at the first word"


@pytest.mark.parametrize("width", [360, 390, 1366])
def test_chips_and_the_model_s_have_a_line_each(start, width):
    page = start(width=width)
    bet(page, {0: 100})
    go(page)
    told = page.locator(".x-chips")
    assert "you 100" in told.first.inner_text()
    first, *others = (one.bounding_box()["height"] for one in told.all())
    assert others == [near(first)] * 4
    buttons = page.locator(".x-go").bounding_box()
    model = told.first.locator("small").bounding_box()
    assert model["y"] + model["height"] <= buttons["y"]


def test_a_friend_gets_the_same_five_and_a_sum_to_beat(start):
    page = start(7, **COPIES)
    loss = play(page, 7)
    page.get_by_role("button", name="Copy for a friend").click()
    playwright.expect(page.get_by_role("button", name="link copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    address = page.url
    assert address.endswith(f"#five=7-{5 * loss:.2f}")
    asks, *rows, turn = copied.splitlines()
    assert asks.startswith(TITLE)
    assert asks.endswith("lowest surprise wins:")
    assert rows[0] == f"me {number(5 * loss, 2)} ▂▂▂▂▂"
    assert rows[2] == f"a blind guess {number(-5 * np.log(0.2), 2)} ▄▄▄▄▄"
    assert turn == f"Your turn: {address}"
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.goto(address)
    ask = page.locator(".x-ask")
    playwright.expect(ask).to_contain_text(f"A friend paid {5 * loss:.2f} nats")
    assert LINES[35].left in sentence(page)
    more = 5 * (play(page, 7, 10) - loss)
    won = page.locator(".x-live .x-sentence").inner_text()
    assert won == f"You lose to your friend by {more:.2f} nats"
    assert f"Your friend paid {5 * loss:.2f}." in page.locator(".x-stairs").inner_text()


def test_a_friend_who_paid_infinity_sends_that_too(start):
    page = start(8, **COPIES)
    for one in LINES[40:45]:
        bet(page, {(one.came + 1) % 5: 100})
        go(page)
        go(page)
    page.get_by_role("button", name="Copy for a friend").click()
    playwright.expect(page.get_by_role("button", name="link copied")).to_be_visible()
    address = page.url
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.goto(address)
    ask = page.locator(".x-ask")
    playwright.expect(ask).to_contain_text("A friend paid ∞ nats")
    assert LINES[40].left in sentence(page)
    play(page, 8)
    won = page.locator(".x-live .x-sentence").inner_text()
    assert won == "You beat your friend by ∞ nats"
    assert "Your friend paid ∞." in page.locator(".x-stairs").inner_text()


@pytest.mark.parametrize("wrong", ["120", "-1", "x", "1e9-2", "3-", "%F0"])
def test_a_link_with_another_number_opens_the_five_of_the_day(visit, wrong):
    page = visit(BENCH, part=PARTS["opening"])
    page.locator(".x-well").first.wait_for()
    first = sentence(page)
    page.evaluate(f"location.hash = '#five={wrong}'")
    page.reload()
    page.locator(".x-well").first.wait_for()
    assert sentence(page) == first


def test_another_five_come_at_a_press_and_the_sums_stay(start):
    page = start(118)
    play(page, 118)
    stairs = page.locator(".x-stairs")
    assert "before" not in stairs.inner_text()
    you = paid(page)["you"]
    for five in (119, 0):
        page.get_by_role("button", name="Another five").click()
        playwright.expect(page.locator(".x-live .x-sentence")).to_contain_text(
            LINES[5 * five].left
        )
        bet(page, {(LINES[5 * five].came + 1) % 5: 100})
        for _ in range(10):
            go(page)
    assert f"Your sums before: ∞, {you}." in stairs.inner_text()


def test_another_five_are_there_still_when_the_page_is_loaded_again(start):
    page = start(50)
    play(page, 50)
    page.get_by_role("button", name="Another five").click()
    line = page.locator(".x-live .x-sentence")
    playwright.expect(line).to_contain_text(LINES[255].left)
    page.reload()
    playwright.expect(line).to_contain_text(LINES[255].left)


def test_the_mean_leads_from_the_first_page_to_chapter_1(visit):
    page = visit("chapters/index.html", reduced_motion="reduce")
    page.locator(".x-well").first.wait_for()
    for _ in range(10):
        go(page)
    page.locator(".x-ask").get_by_role("link").click()
    playwright.expect(page.locator(".x-ask")).to_contain_text("on average 1.61 a word")
    assert page.url.endswith("01-surprise.html")
    assert page.locator(".x-ask").get_by_role("link").count() == 0


def test_each_day_has_a_five_of_its_own(visit):
    seen = []
    for day in (20_400, 20_401):
        before = f"Date.now = () => {day} * 864e5 + 4e7"
        page = visit(BENCH, part=PARTS["opening"], before=before)
        page.locator(".x-well").first.wait_for()
        seen.append(sentence(page))
    for day, text in zip((20_400, 20_401), seen, strict=True):
        assert text.startswith(LINES[5 * (day % 120)].left)


def test_without_its_packs_it_plays_the_first_five(visit, tab):
    page = visit(BENCH, part=PARTS["opening"])
    page.route("**/game-*.js", lambda route: route.fulfill(body=""))
    page.evaluate("location.hash = '#five=40'")
    page.reload()
    playwright.expect(page.locator(".x-live .x-sentence")).to_contain_text(
        LINES[0].left
    )


@pytest.mark.parametrize("storage", ["there", "refused"])
def test_a_game_goes_on_where_it_was_left(start, storage):
    refuse = """for (const does of ["getItem", "setItem"]) {
        const asked = Storage.prototype[does];
        Storage.prototype[does] = function (key, ...rest) {
            if (key === "xent-game") throw Error("refused");
            return asked.call(this, key, ...rest);
        };
    }"""
    page = start(3, before=refuse if storage == "refused" else "")
    go(page)
    go(page)
    bet(page, {0: 20})
    go(page)
    said = asked(page)
    if storage == "there":
        page.evaluate("history.replaceState(null, '', location.pathname)")
        page.reload()
        playwright.expect(page.locator(".x-ask")).to_have_text(said)
    assert LINES[16].word in sentence(page)


def test_ten_chips_are_taken_back_from_a_word(opening):
    bet(opening, {2: 20, 1: 10})
    back = opening.get_by_role("button", name="take ten back from")
    assert back.count() == 2, "none where there is none"
    back.last.click()
    assert chips(opening) == [0, 10, 10, 0, 0]
    back.last.press("Enter")
    assert chips(opening) == [0, 10, 0, 0, 0]
    focused = "document.activeElement.ariaLabel"
    assert opening.evaluate(focused) == f"{LINES[0].words[2]}: 0 chips"


def test_a_bet_by_keyboard(opening):
    opening.locator(".x-well").nth(2).focus()
    opening.keyboard.press("Enter")
    opening.keyboard.press("Space")
    assert chips(opening) == [0, 0, 20, 0, 0]
    opening.get_by_role("button", name="Show the word").focus()
    opening.keyboard.press("Enter")
    opening.keyboard.press("Enter")
    focused = opening.evaluate("document.activeElement.ariaLabel")
    assert focused == f"{LINES[1].words[0]}: 0 chips", "the next sentence's first word"


def test_the_surprise_counts_up_and_is_said_once_it_rests(start):
    page = start(reduced_motion="no-preference")
    bet(page, {LINES[0].came: 20})
    page.evaluate("""() => {
        const [big, status] = [".x-big", ".x-ask"]
            .map((x) => document.querySelector(`.x-live ${x}`));
        window.seen = [];
        new MutationObserver(() => seen.push([big.textContent, status.textContent]))
            .observe(big, { childList: true });
    }""")
    go(page)
    final = number(-np.log(0.36), 2)
    playwright.expect(page.locator(".x-ask")).to_contain_text(final)
    *rising, (last, _) = page.evaluate("seen")
    losses = [float(loss) for loss, _ in rising]
    assert losses == sorted(losses)
    assert losses[0] < float(final) == float(last)
    assert {said for _, said in rising} == {f"It was {LINES[0].word}."}


def test_a_swipe_that_starts_on_a_box_scrolls_and_bets_nothing(start):
    page = start(width=390, has_touch=True, is_mobile=True)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    x, y = middle(page.locator(".x-well").nth(2))
    swipe(page, (x, y), (x + 4, y - 250))
    assert page.evaluate("scrollY") > 100
    assert chips(page) == [0] * 5


@pytest.mark.parametrize(("width", "height"), [(1366, 900), (390, 844)])
def test_the_book_opens_with_the_sentence_and_all_of_the_bet(visit, width, height):
    page = visit("chapters/index.html", width, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    opening = page.locator("xent-game")
    page.locator(".x-well").first.wait_for()
    box = opening.bounding_box()
    assert box["y"] + box["height"] <= height
    go(opening)
    assert opening.bounding_box() == near(box), "the page moves when the word is shown"


@SMALL_AND_LARGE
def test_the_longest_sentences_and_the_shortest_have_the_same_place(start, width):
    by_length = sorted(range(0, 600, 5), key=lambda i: len(LINES[i].text))
    boxes = []
    for i in (by_length[0], by_length[len(by_length) // 2], by_length[-1]):
        page = start(i // 5, width)
        box = page.locator(".x-live .x-sentence").bounding_box()
        text = page.locator(".x-live .x-sentence > span").bounding_box()
        assert text["height"] <= box["height"] + 4, LINES[i]
        boxes.append(page.locator(".x-curve").bounding_box())
        go(page)
        assert page.locator(".x-curve").bounding_box() == near(boxes[-1])
    assert boxes[1:] == [near(boxes[0])] * 2


@pytest.mark.parametrize("width", [390, 1366])
def test_the_opening_keeps_its_place_until_its_script_runs(visit, width):
    page = visit("chapters/index.html", width)
    page.locator(".x-well").first.wait_for()
    live = page.locator("xent-game").bounding_box()
    page.route("**/game.js*", lambda route: route.fulfill(body=""))
    page.reload()
    assert page.locator("xent-game").bounding_box() == near(live)
    assert page.locator("xent-game > .x-sentence").is_visible()


def test_what_has_come_of_the_opening_does_not_move_for_the_rest(visit, made):
    html, where = (BOOK / "chapters/index.html").read_text("utf8"), []
    made["chapters/head.html"] = html.partition('<div class="cell')[0]
    for path in ("chapters/index.html", "chapters/head.html"):
        page = visit(path, 390, java_script_enabled=False)
        where.append(page.locator("h1 + p").bounding_box())
    assert where[0] == near(where[1])


@SMALL_AND_LARGE
def test_each_chip_falls_on_its_place(start, width):
    page = start(width=width)
    bet(page, {0: 10})
    sizes = page.locator(".x-dots").first.evaluate(
        """(well) => {
            const { width, height } = well.firstChild.getBoundingClientRect();
            const { backgroundSize, paddingTop, paddingLeft, paddingRight } =
                getComputedStyle(well);
            const own = [paddingTop, paddingLeft, paddingRight].map(parseFloat);
            const places = [(well.clientWidth - own[1] - own[2]) / width,
                (well.clientHeight - own[0]) / height];
            return [`${width}px ${height}px`, backgroundSize, places];
        }"""
    )
    assert sizes[0] == sizes[1]
    assert sizes[2] == [near(10, 0.1)] * 2, "no place is cut at the edge"


@pytest.mark.parametrize("width", [360, 640, 820, 1366])
def test_each_word_fits_its_well(start, width):
    words = max(LINES, key=lambda one: max(map(len, one.words)))
    page = start(LINES.index(words) // 5, width)
    for _ in range(LINES.index(words) % 5):
        go(page)
        go(page)
    beyond = "all => all.filter((x) => x.scrollWidth > x.clientWidth).length"
    names = page.locator(".x-wells .x-name")
    assert names.count() == 5
    assert names.evaluate_all(beyond) == 0


def test_chapter_1_goes_on_with_the_game_of_the_first_page(visit):
    page = visit("chapters/index.html", reduced_motion="reduce")
    page.locator(".x-well").first.wait_for()
    go(page.locator("xent-game"))
    kept = json.loads(page.evaluate("localStorage.getItem('xent-game')"))
    page.goto(page.url.replace("index.html", "01-surprise.html"))
    part = page.locator("xent-game")
    playwright.expect(part.locator(".x-acts small")).to_contain_text("1 of 5")
    assert LINES[5 * kept["five"]].word in sentence(page)
    assert part.get_by_role("button", name="Four more").is_visible()


@pytest.mark.parametrize(
    "kept", ["7", '{"bets": 1}', '{"five": 0, "bets": [[1, 2]]}', "x"]
)
def test_what_is_kept_in_another_form_is_forgotten(start, kept):
    before = f"localStorage.setItem('xent-game', {json.dumps(kept)})"
    page = start(before=before)
    assert "Tap a word to bet ten" in asked(page)


def test_bets_on_another_five_count_for_none_of_the_first(visit):
    kept = {"day": 0, "five": 40, "bets": [[20] * 5]}
    before = f"localStorage.setItem('xent-game', {json.dumps(json.dumps(kept))})"
    page = visit(BENCH, part=PARTS["opening"], before=before)
    playwright.expect(page.locator(".x-live .x-sentence")).to_contain_text(
        LINES[200].word
    )
    page.route("**/game-*.js", lambda route: route.fulfill(body=""))
    page.reload()
    playwright.expect(page.locator(".x-live .x-sentence")).to_contain_text(
        LINES[0].left
    )
    assert "Tap a word to bet ten" in asked(page)
