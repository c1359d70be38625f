"""Softmax as pouring, by mouse, touch and keys."""

from itertools import pairwise

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import middle, swipe
from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_lib import softmax

TRIES = {
    "exp": np.exp,
    "abs": np.abs,
    "square": np.square,
    "cut": lambda o: np.maximum(o, 0),
}
# What the marks say once all was poured, then lowered by 3.
KEPT = {"exp": "✓✓✓✓", "abs": "✓✓✗✗", "square": "✓✓✗✗", "cut": "✗✓✗✗"}


@pytest.fixture
def pour(visit):
    """Without motion: what a press leads to is there at once."""
    return visit(BENCH, part=PARTS["pour"], reduced_motion="reduce")


def press(page, *names):
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def boxes(page, kind):
    """What of a rectangle is drawn: from where, and how wide and high."""
    return np.array(
        page.locator(f".x-live {kind}").evaluate_all(
            """all => all.map((x) => ["x", "y", "width", "height"]
                .map((name) => Number(x.getAttribute(name))))"""
        )
    )


def moved(shift=0.0, alone=1.0):
    o = example.logits + shift
    o[1] = alone + shift
    return o


def assert_poured(page, scores, made="exp"):
    """All storeys show what these scores give, and the handles stand there."""
    e = TRIES[made](np.asarray(scores))
    p = e / e.sum()
    shown = page.locator(".x-live .x-scene")
    wide = shown.locator("svg").bounding_box()["width"]
    values = ["0" if x == 0 else f"{x:.2f}" for x in e]
    assert shown.locator(".x-tall").all_text_contents() == values
    assert f"{e.sum():.2f} in all" in shown.locator("text").all_text_contents()
    names = shown.locator(".x-who text").all_text_contents()
    counts = names[1::2][:4]
    assert sum(int(x) for x in counts if x != "<1") == 100
    for count, x in zip(counts, p, strict=True):
        assert 0 < x < 0.01 if count == "<1" else abs(int(count) - 100 * x) < 1
    assert names[::2] == [*example.vocabulary] * 2
    bars, strip = boxes(page, ".x-pillar"), boxes(page, ".x-share")
    np.testing.assert_allclose(bars[:, 3] / bars[:, 3].sum(), p, atol=1e-6)
    np.testing.assert_allclose(strip[:, 2], wide * p, atol=1e-6)
    np.testing.assert_allclose(strip[1:, 0], wide * p.cumsum()[:-1], atol=1e-6)
    places = (bars[:, 0] + bars[:, 2] / 2) / wide * 9.8 - 5.2
    np.testing.assert_allclose(places, scores, atol=1e-6)
    return strip


def marks(page, made):
    row = page.locator(f".x-wishes .x-row:has([value={made}])")
    signs = {"": " ", "x-ok": "✓", "x-no": "✗"}
    cells = row.get_by_role("cell").all()
    return "".join(signs[cell.get_attribute("class") or ""] for cell in cells)


def test_the_columns_of_the_wishes_are_equally_wide(visit):
    page = visit(BENCH, part=PARTS["pour"])
    heads = page.locator(".x-wishes .x-head > *").all()[1:-1]
    wide = [head.bounding_box()["width"] for head in heads]
    assert len(wide) == 3
    assert wide == pytest.approx([wide[0]] * 3, abs=0.1)


def test_the_button_tells_the_story_and_the_strip_stands_still(visit):
    page = visit(BENCH, part=PARTS["pour"])
    assert boxes(page, ".x-share").size == 0
    assert boxes(page, ".x-pillar")[:, 3].max() == 0
    assert page.locator(".x-told b").inner_text() == page.locator(".x-go").inner_text()
    assert marks(page, "exp") == "    "
    said = page.get_by_role("status")
    assert said.inner_text() == ""
    told = page.locator(".x-told")
    press(page, "Pour")
    playwright.expect(told).to_have_text(
        "Step 3: stretched to a hundred chips. mat gets 24.53 / 40.04 = 0.61 of the "
        "strip."
    )
    before = assert_poured(page, moved())
    assert marks(page, "exp") == "✓✓✓ "
    press(page, "Lower all by 3")
    playwright.expect(page.locator(".x-go")).to_have_text("Back to the first scores")
    playwright.expect(said).to_have_text(
        "All lowered by 3: each bar is 0.050 times what it was, and so is their sum. "
        "The strip has not moved."
    )
    np.testing.assert_allclose(assert_poured(page, moved(-3)), before, atol=1e-6)
    assert marks(page, "exp") == "✓✓✓✓"
    press(page, "Back to the first scores")
    playwright.expect(told).to_contain_text("Step 3")
    assert_poured(page, moved())
    press(page, "Reset")
    assert boxes(page, ".x-share").size == 0
    assert marks(page, "exp") == "    "
    assert page.evaluate("document.activeElement.className") == "x-go"
    assert page.get_by_role("button", name="Reset").count() == 0


def test_the_lever_scrubs_to_and_fro(pour):
    lever = pour.get_by_role("slider", name="pouring progress")
    told = pour.locator(".x-told")
    lever.fill("0.5")
    half = boxes(pour, ".x-pillar")[:, 3]
    stages = ["Step 1: e to the power of each", "Step 2: end to end they are 40.04"]
    for key, text in [
        ("ArrowRight", stages[0]),
        ("ArrowUp", stages[1]),
        ("ArrowRight", "Step 3"),
        ("ArrowRight", "Step 3"),
        ("ArrowLeft", stages[1]),
    ]:
        lever.press(key)
        playwright.expect(told).to_contain_text(text)
    np.testing.assert_allclose(boxes(pour, ".x-pillar")[:, 3], 2 * half)
    assert lever.evaluate("x => x.ariaValueText") == "end to end"
    press(pour, "in chips")
    assert_poured(pour, moved())
    box = lever.bounding_box()
    pour.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert float(lever.input_value()) == pytest.approx(1.5, abs=0.05)
    press(pour, "scores")
    playwright.expect(told).to_contain_text("Four scores on an axis")


@pytest.mark.parametrize("way", TRIES)
def test_a_mark_is_made_by_what_was_seen(pour, way):
    pour.get_by_role("radio").nth([*TRIES].index(way)).check()
    assert marks(pour, way) == "    "
    press(pour, "Pour")
    assert_poured(pour, moved(), way)
    assert marks(pour, way) == ("✗✓✓ " if way == "cut" else "✓✓✓ ")
    press(pour, "Lower all by 3")
    assert_poured(pour, moved(-3), way)
    assert marks(pour, way) == KEPT[way]
    others = [other for other in TRIES if other != way]
    assert [marks(pour, other) for other in others] == ["    "] * 3


def test_what_is_spoken_is_never_of_the_way_before(pour):
    press(pour, "Pour")
    told, said = pour.locator(".x-told"), pour.get_by_role("status")
    for way in pour.get_by_role("radio").all():
        playwright.expect(said).to_have_text(told.inner_text())
        before = said.inner_text()
        way.check()
        assert told.inner_text() == before or said.inner_text() != before


def test_a_cross_stays_and_leads_back_to_where_it_was_made(pour):
    press(pour, "Pour")
    pour.get_by_role("radio", name="the absolute value").check()
    carriage = pour.get_by_role("slider", name="added to every score")
    for _ in range(8):
        carriage.press("ArrowLeft")
    assert marks(pour, "abs") == "✓✓✗✗"
    assert "sat" in pour.locator(".x-told").inner_text()
    carriage.press("Home")
    pour.get_by_role("radio", name="e to the power").check()
    pour.locator("[data-wish=shift]").click()
    assert_poured(pour, moved(-0.1), "abs")
    told = pour.locator(".x-told").inner_text()
    assert told == "All lowered by 0.1: the strip has moved, sat from 7 to 9 chips."
    carriage.press("Escape")
    assert marks(pour, "abs") == "✓✓✗✗"


def test_where_all_are_cut_to_0_nothing_is_left_to_share(pour):
    press(pour, "Pour")
    pour.get_by_role("radio").last.check()
    pour.get_by_role("slider", name="added to every score").press("Home")
    assert pour.locator(".x-told").inner_text() == (
        "All lowered by 4: nothing is left to share: 0/0."
    )
    assert marks(pour, "cut") == "✗✗✗✗"
    assert boxes(pour, ".x-share").size == 0


def test_the_carriage_moves_all_by_mouse_and_by_keys(pour):
    press(pour, "Pour")
    carriage = pour.get_by_role("slider", name="added to every score")
    unit = pour.locator(".x-scene").bounding_box()["width"] / 9.8
    x, y = middle(carriage, 0.8)
    pour.mouse.move(x, y)
    pour.mouse.down()
    pour.mouse.move(x - unit, y + 40)
    pour.mouse.move(x - 2 * unit, y + 40)
    pour.mouse.up()
    assert_poured(pour, moved(-2))
    pour.mouse.move(x, y)
    assert_poured(pour, moved(-2))
    for key, shift in [
        ("ArrowUp", -1.9),
        ("ArrowLeft", -2),
        ("PageUp", -1),
        ("Home", -4),
        ("ArrowDown", -4),
        ("End", 0),
        ("PageDown", -1),
        ("Escape", 0),
    ]:
        carriage.press(key)
        assert_poured(pour, moved(shift))
    assert carriage.evaluate("x => x.ariaValueText") == (
        "0; chips: mat 61, hat 7, sat 2, rug 30"
    )


def test_one_moves_alone_and_a_lead_stays_a_ratio(pour):
    press(pour, "Pour")
    bars = boxes(pour, ".x-pillar")
    hat = pour.get_by_role("slider", name="score of hat alone")
    hat.press("End")
    strip = assert_poured(pour, moved(0, 4))
    p = softmax(moved(0, 4))
    assert pour.locator(".x-told").inner_text() == (
        f"hat at 4.0 moves no other bar: mat has {100 * p[0]:.1f} chips, "
        f"still {number(p[0] / p[3], 2)} times rug’s {100 * p[3]:.1f}."
    )
    assert strip[0, 2] / strip[3, 2] == pytest.approx(np.exp(0.7))
    np.testing.assert_allclose(boxes(pour, ".x-pillar")[[0, 2, 3]], bars[[0, 2, 3]])
    x, y = middle(hat)
    unit = pour.locator(".x-scene").bounding_box()["width"] / 9.8
    pour.mouse.move(x, y)
    pour.mouse.down()
    pour.mouse.move(x - 1.5 * unit, y)
    pour.mouse.up()
    assert_poured(pour, moved(0, 2.5))
    press(pour, "Lower all by 3")
    assert_poured(pour, moved(-3, 2.5))


def falls(page):
    """How far each bar has come down, in pixels."""
    return page.locator(".x-live .x-scene g > line[stroke-dasharray]").evaluate_all(
        "all => all.map(x => x.getAttribute('y2') - x.getAttribute('y1'))"
    )


def test_on_a_logarithmic_scale_all_bars_fall_alike(pour):
    press(pour, "Pour", "Lower all by 3")
    assert np.ptp(falls(pour)) > 50
    pour.get_by_role("checkbox", name="on a logarithmic scale").check()
    np.testing.assert_allclose(falls(pour), 132 * 3 / 9.05)
    assert "× 0.050" in pour.locator(".x-scene text").all_text_contents()
    pour.get_by_role("radio").nth(1).check()
    assert np.ptp(falls(pour)) > 50
    pour.get_by_role("checkbox").uncheck()
    assert_poured(pour, moved(-3), "abs")


def heated(T):
    return 3.2 + (example.logits - 3.2) / T


def test_the_temperature_spreads_the_carriage(visit):
    page = visit(BENCH, part=PARTS["heat"], reduced_motion="reduce")
    assert_poured(page, heated(0.5))
    for T in (1, 2, 10):
        press(page, f"Go to T = {T}")
        strip = assert_poured(page, heated(T))
        wide = page.locator(".x-scene").bounding_box()["width"]
        np.testing.assert_allclose(strip[:, 2] / wide, softmax(example.logits / T))
    knob = page.get_by_role("slider", name="temperature")
    for key, T in [
        ("ArrowRight", 10),
        ("ArrowLeft", 5),
        ("Home", 0.5),
        ("ArrowUp", 0.6),
        ("End", 10),
        ("Escape", 0.5),
    ]:
        knob.press(key)
        assert_poured(page, heated(T))
    x, y = middle(knob)
    unit = page.locator(".x-scene").bounding_box()["width"] / 9.8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3.7 * unit, y)
    assert_poured(page, heated(1))
    page.mouse.move(x + 5.55 * unit, y + 30)
    page.mouse.up()
    assert_poured(page, heated(2))
    assert page.locator(".x-told").inner_text() == (
        "T = 2: a less confident model. mat has 46 chips."
    )
    press(page, "Reset")
    assert_poured(page, heated(0.5))


@pytest.mark.parametrize(
    ("name", "handle", "still", "share", "by", "right"),
    [
        ("pour", "added to every score", moved(), 0.8, -2, moved(-2)),
        ("pour", "score of hat alone", moved(), 0.5, 1, moved(0, 2)),
        ("heat", "temperature", heated(0.5), 0.5, 3.7, heated(1)),
    ],
)
def test_a_finger_pulls_a_handle_and_scrolls_past_it(
    visit, name, handle, still, share, by, right
):
    page = visit(
        BENCH, 390, PARTS[name], has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    if name == "pour":
        page.get_by_role("button", name="Pour", exact=True).tap()
    unit = page.locator(".x-scene").bounding_box()["width"] / 9.8
    for at in (share, share):
        x, y = middle(page.get_by_role("slider", name=handle), at)
        top = page.evaluate("scrollY")
        swipe(page, (x, y), (x + 12, y - 250))
        assert page.evaluate("scrollY") > top + 100
        assert_poured(page, still)
        page.evaluate("scrollTo(0, 0)")
    if name == "pour":
        assert marks(page, "exp") == "✓✓✓ "
    x, y = middle(page.get_by_role("slider", name=handle), share)
    swipe(page, (x, y), (x + by * unit, y + 3))
    assert_poured(page, right)


def test_a_pull_that_is_broken_off_is_taken_back_with_its_mark(pour):
    press(pour, "Pour")
    carriage = pour.get_by_role("slider", name="added to every score")
    x, y = middle(carriage, 0.8)
    pour.mouse.move(x, y)
    pour.mouse.down()
    pour.mouse.move(x - 99, y)
    assert marks(pour, "exp") == "✓✓✓✓"
    carriage.dispatch_event("pointercancel")
    assert_poured(pour, moved())
    assert marks(pour, "exp") == "✓✓✓ "


EDGES = """all => all.filter((x) => x.textContent || x.matches(".x-hoop"))
    .map((x) => x.getBoundingClientRect()).map((b) => [b.left, b.right])"""


@pytest.mark.parametrize("width", [360, 390, 1366])
def test_the_height_is_constant_and_nothing_is_cut_off(visit, width):
    page = visit(BENCH, width, PARTS["pour"], reduced_motion="reduce")
    part, heights, edges = page.locator("xent-pour"), [], []

    def look():
        heights.append(part.bounding_box()["height"])
        drawn = page.locator(".x-scene :is(text, .x-hoop):visible")
        edges.extend(drawn.evaluate_all(EDGES))

    look()
    press(page, "Pour")
    carriage = page.get_by_role("slider", name="added to every score")
    hat = page.get_by_role("slider", name="score of hat alone")
    for made in page.get_by_role("radio").all():
        made.check()
        for one in ("End", "Home", "Escape"):
            hat.press(one)
            for key in ("End", "ArrowLeft", "PageDown", "PageDown", "Home"):
                carriage.press(key)
                look()
    assert np.ptp(heights) <= 0.5
    assert_within(part, edges)


@pytest.mark.parametrize("width", [360, 1366])
def test_at_no_temperature_is_anything_cut_off(visit, width):
    page = visit(BENCH, width, PARTS["heat"], reduced_motion="reduce")
    part, heights, edges = page.locator("xent-pour"), [], []
    knob = page.get_by_role("slider", name="temperature")
    for key in ["Home", *["ArrowRight"] * 11]:
        knob.press(key)
        heights.append(part.bounding_box()["height"])
        drawn = page.locator(".x-scene :is(text, .x-hoop):visible")
        edges.extend(drawn.evaluate_all(EDGES))
        # Numbers of one line stand apart; the box of the first has a halo.
        for line, apart in ((".x-tall", 0), (".x-who circle ~ text:last-child", 4)):
            boxes = sorted(map(sides_of, page.locator(f".x-scene {line}").all()))
            for (_, right), (left, _) in pairwise(boxes):
                assert left - right > apart
    assert np.ptp(heights) <= 0.5
    assert_within(part, edges)


def sides_of(drawn):
    box = drawn.bounding_box()
    return box["x"], box["x"] + box["width"]


def assert_within(part, edges):
    """A page clips what goes beyond the edge of a part."""
    box = part.bounding_box()
    left, right = np.array(edges).T
    assert left.min() >= box["x"] - 1
    assert right.max() <= box["x"] + box["width"] + 1
