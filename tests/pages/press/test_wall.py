"""Overflow and underflow of exp, dtype by dtype."""

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import FOLLOW, middle, near, sides, swipe
from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_book.parts.wall import DTYPES, compute, edges

WORDS = "Push to the ceiling", "Subtract the maximum", "Let mat fall", "Leave p out"
STILL = {"reduced_motion": "reduce"}


@pytest.fixture
def wall(visit):
    return visit(BENCH, part=PARTS["wall"], **STILL)


def shown(page):
    return page.locator(".x-result strong").inner_text()


def loss(added, dtype="float16", method=0):
    found = compute(example.logits + added, dtype, method).loss
    return "NaN" if np.isnan(found) else number(found)


def carriage(page):
    return page.get_by_role("slider", name="added to every logit")


def press(page, word):
    page.get_by_role("button", name=word).click()


def added(page):
    return float(carriage(page).input_value())


def test_it_starts_healthy_and_the_button_tells_the_story(wall):
    note, seen = wall.locator(".x-note"), []
    assert shown(wall) == loss(0) == "0.490"
    assert note.inner_text().startswith("in float16: −ln(24.52 / 40.03)")
    assert wall.get_by_role("button", name="reset").count() == 0
    for word in [*WORDS, "Start again"]:
        seen.append((shown(wall), note.inner_text().split("\n")[1]))
        press(wall, word)
    losses, notes = zip(*seen, strict=True)
    pushed = added(wall)
    assert losses[:3] == ("0.490", "NaN", loss(pushed, method=1))
    assert losses[3] == "∞"
    assert abs(float(losses[4]) - 20.07) < 0.02
    for words, said in zip(
        ["Right, to three places", "∞/∞", "nothing overflows", "p rounds to 0", "no p"],
        notes,
        strict=True,
    ):
        assert words in said
    assert shown(wall) == "NaN"
    press(wall, "reset")
    assert (added(wall), shown(wall)) == (0, "0.490")
    focused = wall.evaluate("document.activeElement.textContent")
    assert focused == WORDS[0]


@pytest.mark.parametrize("width", [360, 1366])
def test_signs_and_the_ring_are_whole(visit, width):
    page = visit(BENCH, width, PARTS["wall"], **STILL)
    carriage(page).press("End")
    signs = page.locator("text.x-gone").evaluate_all(
        "all => all.map((x) => x.getBoundingClientRect()).map((b) => [b.left, b.right])"
    )
    edges = np.sort(signs, axis=0)
    assert len(signs) == 4
    assert (edges[1:, 0] - edges[:-1, 1]).min() > 0
    room = page.locator(".x-room svg").bounding_box()
    assert edges.max() <= room["x"] + room["width"]
    # The ring of the focus ends above the wedge.
    ring, wedge = middle(carriage(page))[1] + 15 + 2, page.locator(".x-wedge")
    assert ring <= wedge.bounding_box()["y"]


def test_what_is_beyond_passes_through_no_number(wall):
    press(wall, WORDS[0])
    edge = wall.locator(f".x-room text >> text={number(edges('float16')[0], 2)}")
    for stem in wall.locator("path.x-dash").all():
        box = stem.bounding_box()
        assert box["y"] + box["height"] < middle(edge)[1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_losses_are_pythons_wherever_the_logits_are_pushed(wall, dtype):
    wall.get_by_role("radio", name=dtype, exact=True).check()
    high, low = edges(dtype)
    slider = carriage(wall)
    for method in (0, 1):
        for push in [0, 0.3, high - 3, high - 1, high, low, low - 3.5]:
            slider.fill(f"{push:.1f}")
            assert shown(wall) == loss(added(wall), dtype, method)
        slider.fill(f"{high:.1f}")
        if not method:
            press(wall, WORDS[1])


def test_a_sum_overflows_before_its_word_does(wall):
    """Each exponential is finite at 7.6, and their sum is not."""
    carriage(wall).fill("7.6")
    assert shown(wall) == loss(7.6) == "∞"
    assert "The sum is ∞, so p is 0" in wall.locator(".x-note").inner_text()
    carriage(wall).fill("8.3")
    assert "∞/∞ is not a number" in wall.locator(".x-note").inner_text()


def test_below_the_floor_there_is_0_by_0(wall):
    carriage(wall).press("Home")
    assert shown(wall) == "NaN"
    assert "0/0 is not a number" in wall.locator(".x-note").inner_text()
    assert wall.locator("svg text.x-gone").all_text_contents() == ["0"] * 4
    press(wall, WORDS[1])
    assert shown(wall) == loss(added(wall), method=1)


def test_the_ramp_has_each_exponential_at_its_logit(wall):
    """A dot stands where its logit and the logarithm of its exponential are drawn."""
    carriage(wall).fill("8.3")
    assert wall.locator("svg text.x-gone").all_text_contents() == ["∞"]
    marks = {
        text: middle(wall.locator("svg .x-mid").get_by_text(text, exact=True))[0]
        for text in ("0", "10")
    }
    unit = (marks["10"] - marks["0"]) / 10
    dots = wall.locator("svg g > path + circle").all()
    x, y = np.array(sorted(map(middle, dots))).T
    logits = np.sort(example.logits[1:]) + 8.3
    np.testing.assert_allclose((x - marks["0"]) / unit, logits, atol=0.05)
    high, low = edges("float16")
    floor = wall.locator("xent-wall svg").bounding_box()["y"] + 198
    np.testing.assert_allclose((floor - y) / 150 * (high - low) + low, logits, atol=0.1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_number_at_the_ramp_is_the_one_that_is_divided(wall, dtype):
    wall.get_by_role("radio", name=dtype, exact=True).check()
    for pushed in ("0", "7"):
        carriage(wall).fill(pushed)
        at_the_ramp = wall.locator("svg .x-hit > .x-end.x-halo").text_content()
        assert f"ln({at_the_ramp} /" in wall.locator(".x-note").text_content()


def test_the_lens_shows_what_bfloat16_makes_of_the_logits(wall):
    wall.get_by_role("radio", name="bfloat16").check()
    carriage(wall).fill("100")
    lens = wall.locator("svg circle.x-lens")
    places = [middle(dot)[0] for dot in lens.all()]
    word = wall.locator("svg text").get_by_text("101.0", exact=True)
    hat = middle(word)[0]
    svg = wall.locator("xent-wall svg").bounding_box()
    at = (np.sort(places) - hat) / (svg["width"] / 5) + 101
    np.testing.assert_allclose(at, [99.5, 101, 102.5, 103], atol=0.02)
    assert "a number every 0.5" in wall.locator("xent-wall").inner_text()


def test_the_carriage_is_pulled_by_mouse_and_keys(wall):
    slider, rail = carriage(wall), wall.locator("rect.x-bed").first
    unit = wall.locator("xent-wall svg").bounding_box()["width"] - 28
    high, low = edges("float16")
    unit /= high - low + 2 * max(5, 0.1 * (high - low))
    x, y = middle(rail)
    wall.mouse.move(x, y)
    wall.mouse.down()
    wall.mouse.move(x + 6 * unit, y + 30)
    wall.mouse.up()
    assert abs(added(wall) - 6) < 0.2
    assert middle(rail)[0] == near(x + added(wall) * unit)
    before = added(wall)
    slider.press("ArrowRight")
    assert added(wall) == pytest.approx(before + 0.1)
    spoken = slider.evaluate("x => x.ariaValueText")
    assert spoken == f"{number(before + 0.1, 1)}, loss {shown(wall)}"


def test_a_finger_pulls_the_carriage_and_scrolls_past_it(visit):
    page = visit(BENCH, 390, PARTS["wall"], has_touch=True, is_mobile=True, **STILL)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    x, y = middle(page.locator("rect.x-bed").first)
    swipe(page, (x, y), (x + 60, y + 3))
    pulled = added(page)
    assert pulled > 4
    x, y = middle(page.locator("rect.x-bed").first)
    swipe(page, (x, y), (x - 4, y - 250))
    assert page.evaluate("scrollY") > 100
    assert (added(page), shown(page)) == (pulled, loss(pulled))


def test_what_moves_goes_through_all_between_and_a_pull_ends_it(visit):
    page = visit(BENCH, part=PARTS["wall"])
    page.evaluate(FOLLOW, 8.3)
    press(page, WORDS[0])
    page.wait_for_function("() => seen.at(-1) === 8.3")
    assert shown(page) == "NaN"
    seen = page.evaluate("seen")
    assert seen == sorted(seen)
    assert any(0 < x < 8 for x in seen)
    press(page, WORDS[1])
    carriage(page).fill("2")
    assert (added(page), shown(page)) == (2, loss(2, method=1))


def test_it_is_said_once_it_rests_and_nothing_else_moves(wall):
    part, said = wall.locator("xent-wall"), wall.get_by_role("status")
    height = part.bounding_box()["height"]
    assert said.inner_text() == ""
    for dtype in DTYPES:
        wall.get_by_role("radio", name=dtype, exact=True).check()
        for word in [*WORDS, "Start again"]:
            press(wall, word)
            assert part.bounding_box()["height"] == near(height)
        carriage(wall).fill("0")
    playwright.expect(said).to_have_text(
        "float64, 0.0 added: loss 0.490 = "
        + ("−ln(24.53 / 40.04). Right, to three places.")
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_nothing_is_cut_off_on_a_phone(visit, dtype):
    page = visit(BENCH, 360, PARTS["wall"], **STILL)
    page.get_by_role("radio", name=dtype, exact=True).check()
    height = page.locator("xent-wall").bounding_box()["height"]
    for keys in ([], ["Home"], ["End"]):
        for key in keys:
            carriage(page).press(key)
        for word in [None, *WORDS]:
            button = page.locator(".x-go")
            if word and button.inner_text() == word:
                button.click()
            left, right = sides(page.locator("xent-wall svg text"))
            assert left >= 0
            assert right <= 360
            assert page.locator("xent-wall").bounding_box()["height"] == near(height)
        page.locator(".x-yours").click()
        page.get_by_role("radio", name=dtype, exact=True).check()
    # What is pulled has the whole width to go.
    assert carriage(page).bounding_box()["width"] > 280
