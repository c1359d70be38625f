"""The plan of the museum: what is typed, pulled and tapped."""

import re

import numpy as np
import pytest
from playwright import sync_api as playwright

from browsing import middle, near, swipe
from shelf import BENCH, PARTS
from xent_book.parts import Plan
from xent_book.parts.plan import figure

RIGHT = [figure(x) for x in Plan().entries[0][3:5]]


@pytest.fixture
def plan(visit):
    page = visit(BENCH, part=PARTS["plan"])
    page.locator(".x-plan").scroll_into_view_if_needed()
    return page


@pytest.fixture
def phone(visit):
    page = visit(BENCH, 390, PARTS["plan"], has_touch=True, is_mobile=True)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    return page


def typed(page):
    return [field.input_value() for field in page.get_by_role("textbox").all()]


def short(x):
    """In words that compare, too, with four digits."""
    return str(float(f"{x:.4g}"))


def read(text):
    return short(float(text.replace("−", "-").replace("∞", "inf")))


def told(page):
    return page.locator(".x-verdict").inner_text()


def lit(page):
    """The rooms of the pins that have the numbers."""
    return page.locator(".x-lit text").all_text_contents()


def dots(page):
    """How many of the dots, which are of Room 13, have the numbers."""
    return page.locator(".x-lit:not(.x-door) > circle").count()


def test_a_number_that_is_typed_is_found(plan):
    first, second = plan.get_by_role("textbox").all()
    room = plan.get_by_role("link", name="Room 7: softmax, twice")
    assert room.get_attribute("href") == "#room-7-softmax-twice"
    assert "a softmax taken twice" in told(plan)
    assert lit(plan) == ["7"]
    first.fill("tensor(0.4899)")
    assert re.match(r"Right so far: \d+ known faults print it, too\.", told(plan))
    assert sorted(lit(plan)) == ["11", "11", "8, 11"]
    assert dots(plan) == 1
    plan.get_by_role("button", name="20.72 Room").click()
    assert typed(plan) == ["tensor(0.4899)", "20.72"]
    assert second.evaluate("x => x === document.activeElement")
    playwright.expect(plan.get_by_role("status")).to_contain_text("above 1e-09")
    assert lit(plan) == ["11"]
    second.fill("10.414")
    assert "p has a floor of 3.0e-5" in told(plan)
    second.fill("999.3")
    assert told(plan) == "✓ Right, as far as these rows show."
    second.fill("a lot")
    assert second.get_attribute("aria-invalid") == "true"
    assert told(plan) == "A loss is a number, or NaN, or ∞."
    plan.get_by_role("button", name="Reset").press("Enter")
    assert typed(plan) == ["", ""]
    assert first.evaluate("x => x === document.activeElement")
    assert lit(plan) == []


def test_a_loss_of_ones_own_data_is_sent_to_the_ruler(plan):
    first, second = plan.get_by_role("textbox").all()
    first.fill("2.3")
    assert "For a loss on your own data, use the ruler (Chapter 7)" in told(plan)
    ruler = "./07-is-my-loss-good.html#one-number-several-readings"
    for link in plan.get_by_role("link", name="the ruler").all():
        assert link.get_attribute("href") == ruler
    assert plan.locator(".x-may-be").text_content() == "?"
    factors = plan.locator(".x-factor").bounding_box()
    x, y = middle(plan.locator(".x-may-be"))
    along = (x - factors["x"]) / factors["width"]
    up = (factors["y"] + factors["height"] - y) / factors["height"]
    assert along == pytest.approx(up, abs=0.01)
    assert "if that prints 4692, a divisor is wrong (Room 2)" in told(plan)
    second.fill("4692")
    assert "Both are 4.695 times what they should be." in told(plan)
    assert plan.locator(".x-lit .x-mid").all_text_contents() == ["2"]
    assert plan.locator(".x-name").all_text_contents() == ["right"]
    assert plan.get_by_role("link", name="Room 2: another divisor").is_visible()
    second.fill("-4692")
    assert "No known fault prints both" in told(plan)
    first.fill("-2.3")
    says = "Both are 4.695 times what they should be, and their sign is flipped."
    assert says in told(plan)
    second.fill("7")
    assert plan.get_by_role("link", name="the doctor", exact=True).is_visible()


def test_a_far_number_alone_is_called_no_cap(plan):
    first, second = plan.get_by_role("textbox").all()
    first.fill("")
    second.fill("10.414")
    assert "Try the near row next" in told(plan)
    second.fill("inf")
    assert "Rooms 8, 11" in told(plan)


def test_by_keys_each_number_of_somebody_is_met(plan):
    first, second = plan.get_by_role("slider").all()
    for slider, row in ((first, "near"), (second, "far")):
        slider.press("Home")
        seen = []
        for _ in range(int(slider.get_attribute("max")) + 1):
            seen.append(typed(plan)[row == "far"])
            assert slider.get_attribute("aria-valuetext") == seen[-1]
            assert "No known fault" not in told(plan)
            slider.press("ArrowRight")
        known = {getattr(one, row) for one in Plan().entries}
        assert {read(text) for text in seen} == {short(x) for x in known}
        plan.get_by_role("button", name="Reset").click()
    # With a near number, the far row has those of its faults.
    plan.get_by_role("textbox").first.fill("1.632")
    assert second.get_attribute("max") == "0"


LACK = """pins => pins.flatMap((a, i) => pins.slice(0, i).map((b) =>
    Math.hypot(a.x - b.x, a.y - b.y) - a.r - b.r))"""


@pytest.mark.parametrize("width", [390, 1366])
def test_no_mark_covers_another_and_each_is_named_when_it_is_asked(visit, width):
    page = visit(BENCH, width, PARTS["plan"])
    pins = page.locator("xent-plan").evaluate_handle("part => part.pins")
    assert min(pins.evaluate(LACK)) > -0.5
    marks = page.get_by_role("group", name="known faults").get_by_role("button")
    names = [mark.get_attribute("aria-label") for mark in marks.all()]
    for one in Plan().entries:
        assert one.first == any(one.what in name for name in names)
    shown = set(page.locator(".x-name").all_text_contents())
    assert {"softmax twice", "clipped", "epsilon", "max left in +3"} < shown
    assert len(shown) > (10 if width > 600 else 4), "where there is room"
    marks.first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    last = marks.nth(len(names) - 2)
    playwright.expect(last).to_be_focused()
    tip = page.locator(".x-tip").inner_text()
    assert last.get_attribute("aria-label").startswith(tip)
    page.keyboard.press("Enter")
    assert dots(page) + page.locator(".x-lit rect").count() == 1
    assert "No known fault" not in told(page)


TOUCH = """all => all.map(x => x.getBoundingClientRect()).flatMap((a, i, boxes) =>
    boxes.slice(0, i).filter(b => a.left < b.right && a.right > b.left &&
        a.top + 3 < b.bottom && a.bottom - 3 > b.top)).length"""


@pytest.mark.parametrize("width", [390, 820, 1366])
def test_no_name_touches_another_or_a_mark(visit, width):
    page = visit("chapters/bug-museum.html", width)
    halls = page.locator(".x-region").filter(has_text=re.compile("near|both|row"))
    assert halls.count() >= (6 if width > 1000 else 4)
    assert page.locator(".x-region, .x-name").evaluate_all(TOUCH) == 0
    names = page.locator(".x-name")
    assert page.locator(".x-name, .x-pin").evaluate_all(TOUCH) == 0
    door = page.locator(".x-door").bounding_box()
    for name in names.all():
        x, y = middle(name)
        about = abs(x - door["x"] - 9) < 44 and abs(y - door["y"] - 9) < 44
        assert not about or name.text_content() == "right"


def test_a_number_of_a_readers_own_fades_the_others(plan):
    faded = plan.locator(".x-faded .x-pin")
    all_ = plan.locator(".x-pin").count()
    near, far = plan.get_by_role("textbox").all()
    assert faded.count() == 0, "of what the page gives"
    near.fill("0.66")
    assert faded.count() == all_ - 2, "all but the door and the one"
    opacity = "all => all.map((one) => Number(getComputedStyle(one).fillOpacity))"
    assert min(plan.locator(".x-faded text").evaluate_all(opacity)) >= 0.7
    near.fill("2.3")
    assert lit(plan) == []
    full = "g:not(.x-faded) > "
    assert plan.locator(f"{full}.x-pin").count() == 2
    assert plan.locator(".x-name").all_text_contents() == ["right", "next id"]
    far.fill("1.8")
    assert plan.locator(".x-name").all_text_contents() == [
        "right",
        "softmax twice",
    ]
    plan.get_by_role("button", name="Reset").click()
    assert faded.count() == 0


def test_faults_that_share_both_numbers_are_listed_in_order(plan):
    first, second = plan.get_by_role("textbox").all()
    first.fill("1.632")
    second.fill("∞")
    assert told(plan).count("The loss is ") == 2
    first.fill("0.4899")
    rooms = plan.locator(".x-verdict strong").all_inner_texts()
    assert [room[:7] for room in rooms] == ["Room 8:", "Room 11"]
    assert "And 2 more: " in told(plan)


def test_a_pin_gives_both_of_its_numbers(plan):
    pairs = {(short(one.near), short(one.far)) for one in Plan().entries if one.first}
    met = set()
    pins = plan.locator(".x-pin").all()  # in another order, once some are lit
    for place in [middle(pin.locator("> *").first) for pin in pins]:
        plan.mouse.click(*place)
        met.add(tuple(map(read, typed(plan))))
        assert "No known fault" not in told(plan)
    assert met == pairs


def test_the_lines_are_pulled_and_come_to_somebodys_numbers(plan):
    box = plan.locator(".x-plan svg").bounding_box()
    held, open_ = plan.locator(".x-knob").all()
    x, y = middle(held)
    plan.mouse.move(x, y)
    plan.mouse.down()
    plan.mouse.move(x - 40, y)
    plan.mouse.move(*middle(plan.locator(".x-door path")))
    plan.mouse.up()
    assert typed(plan) == [RIGHT[0], ""]
    plan.mouse.move(*middle(open_))
    plan.mouse.down()
    plan.mouse.move(box["x"] + 30, middle(plan.locator(".x-door"))[1])
    plan.mouse.up()
    assert typed(plan) == RIGHT
    assert told(plan).startswith("✓ Right")
    # What is pressed elsewhere pulls nothing; its name is shown where the mouse rests.
    door = middle(plan.locator(".x-door path"))
    plan.mouse.move(box["x"] + 90, box["y"] - 40)
    plan.mouse.down()
    plan.mouse.move(box["x"] + 90, box["y"] + 50)
    plan.mouse.up()
    plan.mouse.move(*door)
    assert typed(plan) == RIGHT
    assert plan.locator(".x-tip").get_by_text("cross-entropy").is_visible()
    # Where nothing is, a press does nothing, and a pull has a number that nobody has.
    y = box["y"] + 80
    plan.mouse.click(box["x"] + 0.3 * box["width"], y)
    assert typed(plan) == RIGHT
    plan.get_by_role("button", name="Reset").click()
    plan.mouse.move(box["x"] + 0.3 * box["width"], y)
    plan.mouse.down()
    plan.mouse.move(
        middle(plan.locator(".x-plan").get_by_text("0.3", exact=True).first)[0], y
    )
    plan.mouse.up()
    assert "No known fault prints 0.3000." in told(plan)


def test_a_finger_pulls_sideways_taps_and_scrolls_past(phone):
    box = phone.locator(".x-plan svg").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 120
    swipe(phone, (x, y), (x + 60, y + 3))
    pulled = typed(phone)
    assert middle(phone.locator(".x-knob").first)[0] == pytest.approx(x + 60, abs=9)
    for start in [(x, y + 150), middle(phone.locator(".x-knob").first)]:
        swipe(phone, start, (start[0] + 40, start[1] - 200))
        assert phone.evaluate("scrollY") > 100
        assert typed(phone) == pulled
        phone.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    # The far row’s axis is tapped: a swipe from it scrolls, too.
    edge = box["x"] + 10
    swipe(phone, (edge, y + 150), (edge, y - 60))
    assert typed(phone) == pulled
    phone.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    phone.get_by_role("button", name="Reset").tap()
    phone.touchscreen.tap(edge + 20, middle(phone.locator(".x-door"))[1])
    assert typed(phone) == ["", RIGHT[1]]
    phone.get_by_role("textbox").first.fill("0.4899")
    for number in ("∞", "0.000"):
        phone.touchscreen.tap(*middle(phone.locator(".x-knob").last))
        assert typed(phone) == ["0.4899", number]
    phone.touchscreen.tap(*middle(phone.locator(".x-door path")))
    assert typed(phone) == RIGHT
    assert phone.locator(".x-tip").get_by_text("cross-entropy").is_visible()


@pytest.mark.parametrize("width", [360, 390, 820, 1366])
def test_the_plan_keeps_its_place_and_all_of_it_is_seen(visit, width):
    page = visit(BENCH, width, PARTS["plan"])
    part = page.locator("xent-plan")
    height = part.bounding_box()["height"]
    places = part.evaluate(
        """(part) => new Set(
            ["", "0.49", "0", "1", "2.3", "x", ...part.known(0)].flatMap((near) => {
                part.texts = [String(near), ""];
                return ["", "5", "0", "x", ...part.known(1)].map((far) => {
                    part.type([String(near), String(far)]);
                    return Math.round(part.svg.getBoundingClientRect().top);
                });
            })).size"""
    )
    assert places == 1, "whatever is found"
    page.reload()
    boxes = page.locator(".x-plan text").evaluate_all(
        "all => all.map(x => x.getBoundingClientRect()).map(b => [b.left, b.right])"
    )
    left, right = np.array(boxes).T
    assert left.min() >= 0
    assert right.max() <= part.bounding_box()["x"] + part.bounding_box()["width"]
    page.route("**/plan.js*", lambda route: route.fulfill(body=""))
    page.reload()
    assert part.bounding_box()["height"] == near(height)
    assert part.locator("> table").is_visible()


def test_a_number_of_a_rooms_own_example_leads_there(visit):
    page = visit("chapters/bug-museum.html")
    page.locator("xent-plan").get_by_role("textbox").first.fill("6.238")
    says = page.locator("xent-plan .x-verdict")
    playwright.expect(says).to_contain_text("Room 4 prints it for its own example.")
    link = says.get_by_role("link", name="Room 4", exact=True)
    assert link.get_attribute("href") == "#room-4-the-start-token"
