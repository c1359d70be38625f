"""The gap between a logit and the log-sum-exp."""

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import middle, near, swipe
from shelf import BENCH
from xent_book import example
from xent_book._html import number
from xent_book.parts import Gap
from xent_lib import cross_entropy, logsumexp, softmax


@pytest.fixture
def gap(visit):
    return visit(BENCH, part=Gap())


def dot(page, word):
    """The middle of a word's dot."""
    i = example.vocabulary.index(word)
    return middle(page.locator(".x-live .x-lane circle").nth(i))


def assert_gaps(page, logits, word=example.answer):
    """The figure shows what the library computes from these logits, and as long."""
    wall, shown = logsumexp(logits), page.locator(".x-live")
    losses = cross_entropy(np.tile(logits, (4, 1)), range(4))
    target = example.vocabulary.index(word)
    read = shown.locator(".x-read")
    assert f"= {number(wall, 2)} − " in read.inner_text()
    assert read.inner_text().endswith(f"= {number(losses[target], 2)} if {word} comes")
    for name, expected in [
        (".x-lse", [f"log-sum-exp {number(wall, 2)}"]),
        ("text.x-far", [number(x, 2) for x in losses]),
        (".x-height", [number(x, 3 if x < 0.005 else 2) for x in softmax(logits)]),
        (
            ".x-label",
            [
                f"{word} {number(o, 1)}"
                for word, o in zip(example.vocabulary, logits, strict=True)
            ],
        ),
    ]:
        assert shown.locator(name).all_text_contents() == expected
    # Of two logits, the pixels from -1 to 0 are as many as everywhere.
    zero, one = (middle(shown.get_by_text(text, exact=True))[0] for text in ("0", "1"))
    beams = shown.locator("line.x-far").evaluate_all(
        "all => all.map(x => x.getBoundingClientRect().width)"
    )
    np.testing.assert_allclose(np.array(beams) / (one - zero), losses, atol=0.02)
    places = [(dot(page, word)[0] - zero) / (one - zero) for word in example.vocabulary]
    np.testing.assert_allclose(places, logits, atol=0.02)
    bars = shown.locator(".x-lane [style*=scaleY]").evaluate_all(
        "all => all.map(x => x.getBoundingClientRect().height)"
    )
    np.testing.assert_allclose(np.array(bars) / 88, softmax(logits), atol=0.02)
    colours = shown.locator(".x-lane").evaluate_all(
        "all => all.map(x => x.style.color)"
    )
    assert [i for i, x in enumerate(colours) if "target" in x] == [target]


def test_the_gap_starts_with_the_example(gap):
    assert_gaps(gap, example.logits)
    assert gap.get_by_role("button", name="reset").count() == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_gap_is_the_librarys_wherever_the_logits_go(gap, seed):
    random = np.random.default_rng(seed)
    for word in random.choice(example.vocabulary, 4):
        logits = random.integers(-10, 47, 4) / 10
        for name, logit in zip(example.vocabulary, logits, strict=True):
            gap.get_by_role("slider", name=f"logit of {name}").fill(str(logit))
        gap.get_by_role("radio", name=word).check()
        assert_gaps(gap, logits, word)
    gap.get_by_role("button", name="Reset").click()
    assert_gaps(gap, example.logits)
    assert gap.evaluate("document.activeElement.type") == "radio"


def test_a_logit_is_dragged_by_its_dot_and_by_nothing_else(gap):
    x, y = dot(gap, "rug")
    unit = (dot(gap, "rug")[0] - dot(gap, "hat")[0]) / 1.5
    gap.mouse.click(x - 2 * unit, y)
    assert_gaps(gap, example.logits)
    gap.mouse.move(x, y)
    gap.mouse.down()
    gap.mouse.move(x + 0.5 * unit, y + 9)
    gap.mouse.move(x + unit, y + 9)
    gap.mouse.up()
    logits = example.logits + np.array([0, 0, 0, 1])
    assert_gaps(gap, logits)


def test_a_logit_moves_by_keyboard_up_to_its_ends(gap):
    knob = gap.get_by_role("slider", name="logit of hat")
    knob.focus()
    for key in ["ArrowRight", "ArrowUp", "ArrowLeft"]:
        knob.press(key)
    logits = example.logits + np.array([0, 0.1, 0, 0])
    assert_gaps(gap, logits)
    spoken = knob.evaluate("x => x.ariaValueText")
    assert spoken == f"1.1, loss if it comes {number(cross_entropy(logits, 1), 2)}"
    knob.press("End")
    assert_gaps(gap, [3.2, 4.6, -0.5, 2.5])
    knob.press("Home")
    assert_gaps(gap, [3.2, -1.0, -0.5, 2.5])


def test_a_finger_drags_a_dot_and_scrolls_past_it(visit):
    page = visit(BENCH, 390, Gap(), has_touch=True, is_mobile=True)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    unit = (dot(page, "rug")[0] - dot(page, "hat")[0]) / 1.5
    x, y = dot(page, "hat")
    swipe(page, (x, y), (x + unit, y + 3))
    logit = float(page.get_by_role("slider", name="logit of hat").input_value())
    assert abs(logit - 2) < 0.4
    logits = example.logits.copy()
    logits[1] = logit
    assert_gaps(page, logits)
    x, y = dot(page, "sat")
    swipe(page, (x, y), (x + 4, y - 250))
    assert page.evaluate("scrollY") > 100
    assert_gaps(page, logits)


def test_the_gap_is_said_once_it_rests_and_keeps_its_height(gap):
    part = gap.locator("xent-gap")
    height = part.bounding_box()["height"]
    said = gap.get_by_role("status")
    assert said.inner_text() == ""
    gap.get_by_role("radio", name="sat").check()
    playwright.expect(said).to_have_text(
        "loss = 3.69 − (−0.5) = 4.19 if sat comes, whose p is 0.015"
    )
    assert part.bounding_box()["height"] == near(height)


@pytest.mark.parametrize("ends", ["least", "most"])
def test_nothing_of_the_gap_is_cut_off_on_a_phone(visit, ends):
    page = visit(BENCH, 360, Gap())
    for knob in page.get_by_role("slider").all():
        knob.press("Home" if ends == "least" else "End")
    boxes = page.locator(".x-figure text:visible").evaluate_all(
        "all => all.map(x => x.getBoundingClientRect()).map(b => [b.left, b.right])"
    )
    left, right = np.array(boxes).T
    assert left.min() >= 0
    assert right.max() <= 360


SEEN = "all => all.map((x) => getComputedStyle(x).visibility === 'visible')"
BOXES = "all => all.map((x) => x.getBoundingClientRect()).map((b) => b.toJSON())"


@pytest.mark.parametrize("logits", [(0, 0, 0, 0), (2.5, 2.6, 2.7, 2.5), (3.2, 1, 1, 2)])
def test_labels_that_come_near_push_each_other_apart(visit, logits):
    page = visit(BENCH, 390, Gap(logits))
    boxes = page.locator(".x-live .x-height:visible").evaluate_all(BOXES)
    assert len(boxes) == len(set(logits)), "of one place one"
    seen = [
        page.locator(f".x-live .x-lane {one}").evaluate_all(SEEN)
        for one in (".x-height", "[style*=scaleY]")
    ]
    assert seen[0] == seen[1], "one bar, too"
    assert seen[0][example.target], "that of the word that came"
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            beside = max(a["left"], b["left"]) >= min(a["right"], b["right"]) - 1
            assert beside or abs(a["top"] - b["top"]) >= 13
    # Nor does the ring of a dot's focus, as wide as 11 pixels, lie over one.
    for i, dot in enumerate(page.locator(".x-live .x-lane circle").all()):
        y = middle(dot)[1]
        label = page.locator(".x-live .x-label").nth(i).bounding_box()
        assert label["y"] + 5 >= y + 11  # the box has a halo and room for accents


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("logits", [(3.2, 1, -0.5, 2.5), (0, 0, 0, 0), (3, -1, -1, -1)])
def test_the_line_of_a_blind_guess_crosses_no_label(visit, width, logits):
    page = visit(BENCH, width, Gap(logits))
    (line,) = page.locator(".x-live line[stroke-dasharray]").evaluate_all(BOXES)
    labels = page.locator(".x-live :is(.x-height, .x-label, text.x-far)")
    for label in labels.evaluate_all(BOXES):
        beside = label["left"] > line["left"] or label["right"] < line["left"]
        # A label's box has a halo of 4 pixels, and room for what hangs below a line.
        above = label["bottom"] - 8 < line["top"]
        assert beside or above or label["top"] > line["bottom"]
    name = page.locator(".x-live").get_by_text("blind guess 0.25").bounding_box()
    assert name["x"] >= page.locator(".x-live .x-figure").bounding_box()["x"]
