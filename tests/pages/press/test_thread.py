"""The last scene: the reader's own bet, scrolling, and where nothing may move."""

import json
import math

import numpy as np
import pytest
from playwright.sync_api import expect

from browsing import FRAMES, SHIFTS, assert_none, near, violations
from xent_book.drawings.scene import EARLY, LATE
from xent_book.recorded import game

CHAPTER = "chapters/08-real-model.html"
SCENE = f"{CHAPTER}#one-number"
ITEMS = "xent-thread li:not(.dots)"
# Whether it has come to this picture, which a busy machine draws some frames later.
HERE = f"""(n) => [...document.querySelectorAll("{ITEMS}")]
    .findIndex((one) => one.matches(".here")) === n"""
SHOWN = f"{ITEMS} figcaption"
LINES = game()


def kept(value):
    """Before the page's scripts run: what the game has stored."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"localStorage.setItem('xent-game', {json.dumps(text)})"


def sentence(page, n=0):
    return page.locator(SHOWN).nth(n).inner_text()


def key(page):
    return page.locator("xent-thread .key").inner_text()


def scroll(page, share):
    """To this share of the way through the scene."""
    page.evaluate(
        """(share) => {
            const scene = document.querySelector("xent-thread");
            const { top, height } = scene.getBoundingClientRect();
            const stage = scene.firstElementChild, style = getComputedStyle(stage);
            const room = height - stage.offsetHeight;
            scrollTo(0, scrollY + top - parseFloat(style.top) + share * room);
        }""",
        share,
    )
    page.wait_for_function(HERE, arg=int(9 * share))
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")


def middle(dot):
    box = dot.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_without_a_bet_it_is_a_blind_guess(visit):
    page = visit(SCENE)
    assert "a blind guess, with 25, pays 1.39" in key(page)
    told = "At 1.6 mat would get 25 chips, as many as from a blind guess"
    assert told in sentence(page, 1)


@pytest.mark.parametrize(
    ("chips", "nats", "score"),
    [(30, "1.20", "1.9"), (0, "∞", "−∞"), (100, "0.00", "∞")],
)
def test_a_stored_bet_is_the_hollow_dot(visit, chips, nats, score):
    last = math.log(100 / chips) if chips else None
    page = visit(SCENE, first=True, before=kept({"last": last, "word": "species"}))
    assert f"you, with {chips} on species, pay {nats}" in key(page)
    told = f"At {score} mat would get {chips} chips, as many as species got from you"
    assert told in sentence(page, 1)
    dots = page.locator(f"{ITEMS} .you")
    x = dots.evaluate_all("all => all.map((one) => Number(one.getAttribute('cx')))")
    y = dots.evaluate_all("all => all.map((one) => Number(one.getAttribute('cy')))")
    assert x[0] == pytest.approx(464 * chips / 100)
    assert all(0 <= one <= 480 for one in x)
    assert all(0 <= one <= 224 for one in y)
    line = page.locator(f"{ITEMS} path.x-ink").evaluate_all(
        "all => all.map((one) => one.getAttribute('d').match(/[\\d.]+/g).map(Number))"
    )[-1]
    assert np.interp(y[6], line[1::2], line[::2]) == pytest.approx(x[6], abs=0.1)
    word = page.locator(f"{ITEMS} :is(.early, .late)").all_text_contents()
    assert word == {30: ["", ""], 0: [EARLY, ""], 100: ["", LATE]}[chips]


def test_what_is_infinite_has_an_arrow_to_where_it_is(visit):
    page = visit(SCENE, first=True, before=kept({"last": None, "word": "species"}))
    arrows = page.locator(f"{ITEMS} .you + text").all_text_contents()
    assert arrows == ["↑", "←", "←", "↑", "↑"]
    for n in (1, 3):
        scroll(page, (n + 0.5) / 9)
        names = page.locator("xent-thread .key").bounding_box()
        arrow = page.locator(ITEMS).nth(n).locator(".you + text").bounding_box()
        assert arrow["y"] >= names["y"] + names["height"]


def test_where_smollm2_bets_the_key_names_it(visit):
    page = visit(SCENE)
    scroll(page, 6.5 / 9)
    assert "the model, with 61 chips on mat, pays 0.49" in key(page)
    assert "SmolLM2" not in key(page)
    scroll(page, 7.5 / 9)
    assert "SmolLM2, with 32, pays 1.12" in key(page)
    assert "0.49" not in key(page)
    scroll(page, 8.5 / 9)  # where the next word has not come, nobody has bet on it
    assert "mat" not in key(page)


@pytest.mark.parametrize("bets", [1, 5])
def test_the_last_link_leads_to_a_bet(visit, bets):
    stored = {"day": 0, "five": 119, "bets": [[20] * 5] * bets, "last": 1.61}
    page = visit(SCENE, first=True, before=kept(stored))
    page.get_by_role("link", name="place your chips").evaluate("one => one.click()")
    at = page.locator(".x-live .x-sentence")
    expect(at).to_contain_text(LINES[595 if bets == 1 else 0].left)
    done = page.locator(".x-live").evaluate("one => one.matches('.x-won')")
    assert not done


@pytest.mark.parametrize("value", ["{", "null", {"last": -1}, {"last": "a"}, {}])
def test_what_is_no_bet_is_a_blind_guess(visit, value):
    page = visit(SCENE, first=True, before=kept(value))
    assert "a blind guess, with 25," in key(page)


def test_the_bet_of_the_first_page_returns_at_the_end(visit):
    page = visit("chapters/index.html")
    page.locator(".x-well").first.click()
    page.locator(".x-go").click()
    right = page.locator(".x-hit .x-well").get_attribute("aria-label")
    chips = right.partition(": ")[2].partition(" ")[0]
    word = page.locator(".x-ask b").inner_text()
    page.goto(SCENE)
    assert f"you, with {chips} on {word}, pay" in key(page)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (1366, 900)])
def test_scrolling_leads_from_picture_to_picture_and_nothing_shifts(
    visit, width, height
):
    page = visit(CHAPTER, width, first=True, before=SHIFTS)
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(FRAMES)
    page.evaluate("shifts = 0")
    hollow, places = page.locator(".dots .you"), []
    for n in range(9):
        scroll(page, (n + 0.3) / 9)
        assert page.locator(f"{ITEMS}.here").count() == 1
        expect(page.locator(ITEMS).nth(n)).to_have_class("here")
        for seen in (f"{ITEMS}.here figcaption", "xent-thread .key"):
            expect(page.locator(seen)).to_be_in_viewport(ratio=1)
        drawn = page.locator(f"{ITEMS}.here svg").bounding_box()
        assert drawn["y"] >= 48  # below the bar
        own = page.locator(ITEMS).nth(n).locator(".you").bounding_box()
        assert hollow.bounding_box()["x"] == near(own["x"], 4)
        places.append(hollow.bounding_box()["x"])
    assert len(set(places)) > 6
    expect(page.locator(".dots .hit")).to_have_class("hit ring gone")
    assert page.evaluate("shifts") == 0


@pytest.mark.parametrize("share", [0.08, 0.3, 0.55, 0.76, 0.99])
def test_wherever_scrolling_stops_both_dots_are_in_their_picture(visit, share):
    page = visit(SCENE)
    scroll(page, share)
    for name in ("hit", "you"):
        own = page.locator(f"{ITEMS}.here circle.{name}")
        if own.count():
            moved = page.locator(f".dots .{name}")
            assert middle(moved) == pytest.approx(middle(own), abs=2)


def test_by_keys_the_link_is_shown_that_has_the_focus(visit):
    page = visit(SCENE)
    link = page.get_by_role("link", name="place your chips")
    link.focus()
    expect(link).to_be_in_viewport()
    expect(page.locator(f"{ITEMS}.here")).to_contain_text("place your chips")
    page.keyboard.press("Enter")
    expect(page.locator(".x-live .x-sentence")).to_be_visible()


ROWS = {
    "still": {"reduced_motion": "reduce"},
    "no script": {"java_script_enabled": False},
    "phone": {"reduced_motion": "reduce", "width": 390, "theme": "dark"},
}


@pytest.mark.parametrize("options", ROWS.values(), ids=ROWS)
def test_where_nothing_moves_it_is_a_row_of_pictures(visit, options):
    page = visit(SCENE, **options)
    seen = """all => all.every((one) => getComputedStyle(one).opacity === "1")"""
    items = page.locator(ITEMS)
    boxes = [one.bounding_box() for one in items.all()]
    assert len({(box["x"], box["y"]) for box in boxes}) == 9
    assert items.evaluate_all(seen)
    assert page.locator(f"{ITEMS} .you:visible").count() == 9
    assert page.locator("xent-thread .dots:visible").count() == 0
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert_none(
        wide=wide > options.get("width", 1366) and wide,
        access=options.get("java_script_enabled", True)
        and violations(page, of="xent-thread"),
    )


def test_so_it_is_in_print(visit):
    page = visit(SCENE)
    page.emulate_media(media="print")
    boxes = [one.bounding_box() for one in page.locator(ITEMS).all()]
    assert len({(box["x"], box["y"]) for box in boxes}) == 9
    assert page.locator(f"{ITEMS} .you:visible").count() == 9
