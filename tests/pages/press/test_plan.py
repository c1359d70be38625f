"""The finder of the museum, its plan, and the rooms that one walks through."""

import re

import pytest
from playwright.sync_api import expect

from browsing import FRAMES, REST, SHIFTS, near, violations
from shelf import BENCH, PARTS
from xent_book.parts import Plan
from xent_book.parts.plan import ROOMS, figure

MUSEUM = "chapters/bug-museum.html"
STILL = {"reduced_motion": "reduce"}


@pytest.fixture
def plan(visit):
    return visit(BENCH, part=PARTS["plan"])


@pytest.fixture
def museum(visit):
    return visit(MUSEUM, **STILL)


def typed(page):
    return [field.input_value() for field in page.locator(".x-given [name]").all()]


def told(page):
    return page.locator(".x-verdict").inner_text()


def lit(page):
    """The rooms that the plan shows the way to."""
    return sorted(int(x.split()[-1]) for x in page.locator("[lit] i").all_inner_texts())


def named(page):
    """What the strip calls the one room that is lit."""
    return page.locator(".x-lit:not(:empty)")


def room(page, number):
    return page.locator(f"[id^=room-{number}-]")


def go(page, number):
    room(page, number).evaluate("one => one.scrollIntoView()")
    page.evaluate(REST)


def test_a_number_that_is_typed_is_found(plan):
    first, second = plan.locator(".x-given [name]").all()
    link = plan.locator(".x-verdict").get_by_role("link", name="Room 7: softmax, twice")
    assert link.get_attribute("href") == "#room-7-softmax-twice"
    assert "a softmax taken twice" in told(plan)
    assert lit(plan) == [7]
    first.fill("tensor(0.4899)")
    assert re.match(r"Right so far: \d+ known faults print it, too\.", told(plan))
    plan.get_by_role("button", name="20.72 Room").click()
    assert typed(plan) == ["tensor(0.4899)", "20.72"]
    expect(second).to_be_focused()
    expect(plan.get_by_role("status")).to_contain_text("above 1e-09")
    second.fill("10.414")
    assert "p has a floor of 3.0e-5" in told(plan)
    second.fill("999.3")
    assert told(plan) == "✓ Right, as far as these rows show."
    assert plan.locator("[lit]").count() == 0
    second.fill("a lot")
    assert second.get_attribute("aria-invalid") == "true"
    assert told(plan) == "A loss is a number, or NaN, or ∞."
    plan.get_by_role("button", name="Reset").press("Enter")
    assert typed(plan) == ["", ""]
    expect(first).to_be_focused()


def test_a_loss_of_ones_own_data_is_sent_to_the_ruler(plan):
    first, second = plan.locator(".x-given [name]").all()
    first.fill("2.3")
    assert "For a loss on your own data, use the ruler (Chapter 7)" in told(plan)
    ruler = "./07-is-my-loss-good.html#one-number-several-readings"
    for link in plan.get_by_role("link", name="the ruler").all():
        assert link.get_attribute("href") == ruler
    assert "if that prints 4692, a divisor is wrong (Room 2)" in told(plan)
    second.fill("4692")
    assert "Both are 4.695 times what they should be." in told(plan)
    link = plan.locator(".x-verdict").get_by_role(
        "link", name="Room 2: another divisor"
    )
    assert link.is_visible()
    second.fill("-4692")
    assert "No known fault prints both" in told(plan)
    first.fill("-2.3")
    says = "Both are 4.695 times what they should be, and their sign is flipped."
    assert says in told(plan)
    second.fill("7")
    assert plan.get_by_role("link", name="the doctor", exact=True).is_visible()


def test_a_far_number_alone_is_called_no_cap(plan):
    first, second = plan.locator(".x-given [name]").all()
    first.fill("")
    second.fill("10.414")
    assert "Try the near row next" in told(plan)
    second.fill("inf")
    assert "In Room 6, Room 8, Room 11." in told(plan)


OFFERED = """all => all.map((one) => [...one.list.options].map((x) => x.value))"""


def test_the_fields_offer_the_numbers_of_all_faults(plan):
    fields = plan.locator(".x-given [name]")
    plan.get_by_role("button", name="Reset").click()
    for row, offered in zip(("near", "far"), fields.evaluate_all(OFFERED), strict=True):
        known = {figure(getattr(one, row)) for one in Plan().entries if one.first}
        assert len(offered) == len(known)
        for number in offered:
            fields.nth(int(row == "far")).fill(number)
            assert "No known fault" not in told(plan)
            fields.nth(int(row == "far")).fill("")
    # With a near number, the far row has those of its faults.
    fields.first.fill("1.632")
    assert fields.evaluate_all(OFFERED)[1] == ["∞"]


def test_where_two_rooms_explain_a_number_both_are_named_at_once(museum):
    first, second = museum.locator(".x-given [name]").all()
    first.fill("")
    second.fill("26.8")
    rooms = museum.locator(".x-verdict strong").get_by_role("link").all_inner_texts()
    assert [name[:7] for name in rooms] == ["Room 11", "Room 13"]
    assert lit(museum) == [11, 13]
    assert museum.locator(".x-way").get_attribute("d").count("M") == 2
    first.fill("0.4899")
    second.fill("∞")
    rooms = museum.locator(".x-verdict strong").all_inner_texts()
    assert [name[:7] for name in rooms] == ["Room 11"]
    # What only the example of a room prints leads there, too.
    first.fill("6.238")
    second.fill("")
    assert "an example of its own" in told(museum)
    assert lit(museum) == [4]
    first.press("Enter")
    museum.wait_for_url("**#room-4-the-start-token")


def test_a_factor_leads_to_its_room_too(museum):
    museum.locator(".x-given [name]").first.fill("1.443")
    assert "a loss that is 1.443 times the right one" in told(museum)
    assert lit(museum) == [10]
    assert museum.locator(".x-times").inner_text().startswith("× 1.44")
    pin, you = (
        museum.locator(".x-map [lit]").bounding_box(),
        middle(museum.locator(".x-you")),
    )
    assert pin["y"] < you["y"] < pin["y"] + pin["height"]


@pytest.mark.parametrize("width", [390, 1366])
def test_a_number_of_no_room_stands_in_the_corridor(visit, width):
    page = visit(MUSEUM, width, **STILL)
    door, you = page.locator(".x-door"), page.locator(".x-you")
    beside = page.locator(".x-map a").filter(has_text=re.compile("^(Room )?11"))
    page.locator(".x-given [name]").first.fill("2.3")
    assert page.locator(".x-times").inner_text().startswith("× 4.7")
    axis, size = ("y", "height") if width > 1000 else ("x", "width")
    away = [
        abs(middle(one)[axis] - middle(door)[axis]) / beside.bounding_box()[size]
        for one in (you, beside)
    ]
    assert away == [near(4.5, 0.2), near(5, 0.2)], "before Room 11, whose number is ∞"


def middle(drawn):
    box = drawn.bounding_box()
    return {
        "x": box["x"] + box["width"] / 2,
        "y": box["y"] + box["height"] / 2,
    }


WAYS = {
    "scrolls": lambda page: go(page, 10),
    "takes its pin": lambda page: page.locator(".x-map a[href*=room-10]").click(),
    "comes by keys": lambda page: page.locator(".x-map a[href*=room-10]").press(
        "Enter"
    ),
    "follows a link": lambda page: page.evaluate(
        "location.hash = '#room-10-the-base-of-the-logarithm'"
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("width", [390, 820, 1280, 1366])
def test_whoever_enters_a_room_sees_the_way_and_the_factor(visit, width, way):
    page = visit(MUSEUM, width, **STILL)
    if way == "scrolls":
        assert lit(page) == [7], "of the number that the page gives"
    WAYS[way](page)
    expect(page.locator(".x-map [aria-current]")).to_have_attribute(
        "href", "#room-10-the-base-of-the-logarithm"
    )
    assert lit(page) == [10]
    assert page.locator(".x-times").inner_text().startswith("× 1.44")
    pin, you = page.locator(".x-map [lit]"), page.locator(".x-you")
    box, at = pin.bounding_box(), middle(you)
    assert box["x"] - 1 <= at["x"] <= box["x"] + box["width"] + 1
    assert box["y"] - 1 <= at["y"] <= box["y"] + box["height"] + 1
    # Room and plan are in sight, one beside or below the other.
    plan, head = page.locator(".x-map").bounding_box(), room(page, 10).bounding_box()
    if width > 1008:
        assert plan["x"] + plan["width"] < head["x"]
        assert not named(page).is_visible()
    else:
        assert plan["y"] + plan["height"] <= head["y"]
        assert plan["height"] == near(112)
        assert named(page).inner_text() == "10 the base of the logarithm"
    assert 48 <= plan["y"] < 120


BELOW = """(room) => {
    const { bottom } = room.getBoundingClientRect();
    scrollBy(0, bottom + 8 - 0.3 * innerHeight);
}"""


@pytest.mark.parametrize("width", [390, 1366])
def test_between_two_rooms_the_way_to_the_one_above_stays(visit, width):
    page = visit(MUSEUM, width, **STILL)
    for number in (1, 6, 18):
        page.locator(f"[id^=room-{number}-]").evaluate(BELOW)
        page.evaluate(FRAMES)
        assert lit(page) == [number]


def test_where_two_faults_are_meant_enter_leaves_the_choice_to_the_reader(visit):
    page = visit(MUSEUM, **STILL)
    field, other = page.locator(".x-given [name]").all()
    other.fill("")
    field.fill("0.6")
    field.press("Enter")
    page.evaluate(FRAMES)
    assert "one of these" in told(page)
    assert told(page).count("Room 13: other losses") == 1, "both are in one room"
    assert page.evaluate("location.hash") == ""
    assert page.locator("[data-row]:focus").count() == 1


COVERED = """(name) => {
    const words = document.createRange();
    words.selectNodeContents(name);
    const all = [...document.querySelectorAll(
        ".x-map :is(a, .x-door, .x-times, .x-you, small)")];
    return [...words.getClientRects()].flatMap((line) => all.filter((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return one.checkVisibility({ visibilityProperty: true }) &&
            one.innerHTML !== "" && left < line.right - 1 && line.left < right - 1 &&
            top < line.bottom - 3 && line.top < bottom - 3;
    })).map((one) => one.textContent);
}"""


@pytest.mark.parametrize("width", [360, 390, 820])
def test_on_a_strip_the_name_of_the_lit_room_has_a_place_of_its_own(visit, width):
    page = visit(MUSEUM, width, **STILL)
    name = named(page)
    for number, title in ROOMS.items():
        go(page, number)
        assert name.inner_text() == f"{number} {title}"
        assert name.evaluate(COVERED) == []
    page.locator(".x-given [name]").first.fill("0.4899")
    assert name.count() == 0
    assert page.locator(".x-low").is_visible()
    assert page.locator(".x-high").is_visible()


@pytest.mark.parametrize("width", [390, 820, 1100, 1366, 1920])
def test_plan_and_rooms_end_where_the_bar_does(visit, width):
    page = visit(MUSEUM, width, **STILL)
    bar, last = (
        page.locator(x).bounding_box() for x in (".bd-header-article", "[id^=room-2-]")
    )
    plan = page.locator(".x-map").bounding_box()
    assert bar["x"] == near(plan["x"], 9)
    assert bar["x"] + bar["width"] == near(last["x"] + last["width"], 9)


CROSSED = """(way) => {
    const { x, y } = way.ownerSVGElement.getBoundingClientRect();
    const along = [...Array(200).keys()].map((k) => k * way.getTotalLength() / 199);
    const points = along.map((far) => way.getPointAtLength(far));
    return [...document.querySelectorAll(".x-map a:not([lit])")].filter((pin) => {
        const { left, right, top, bottom } = pin.getBoundingClientRect();
        return points.some((at) => left + 2 < x + at.x && x + at.x < right - 2 &&
            top + 2 < y + at.y && y + at.y < bottom - 2);
    }).map((pin) => pin.innerText);
}"""


@pytest.mark.parametrize("width", [390, 820, 1366])
@pytest.mark.parametrize(("number", "factor"), [(15, "× 2.16"), (18, "× 0.0625")])
def test_the_way_into_the_second_wing_crosses_no_room(visit, width, number, factor):
    page = visit(MUSEUM, width, **STILL)
    go(page, number)
    assert lit(page) == [number]
    assert page.locator(".x-times").inner_text().startswith(factor)
    assert page.locator(".x-way").evaluate(CROSSED) == []


def test_each_room_has_its_exhibit_and_its_pin(museum):
    for number, title in ROOMS.items():
        pin = museum.locator(".x-map").get_by_role(
            "link", name=f"Room {number} {title}"
        )
        assert pin.count() == 1, title
        href = pin.get_attribute("href")
        assert museum.locator(f"{href} xent-exhibit").count() == 1


def test_a_room_is_broken_and_fixed_by_keys(museum):
    go(museum, 7)
    seven = room(museum, 7)
    shown, status = seven.locator(".x-gives strong"), seven.get_by_role("status")
    lines = seven.locator(".x-runs > *")
    wrong, right = seven.get_by_role("radio").all()
    expect(wrong).to_be_checked()
    assert [shown.inner_text(), lines.nth(1).is_visible()] == ["1.052", False]
    wrong.focus()
    museum.keyboard.press("ArrowRight")
    expect(right).to_be_checked()
    assert shown.inner_text() == "0.4899"
    assert [line.is_visible() for line in lines.all()] == [False, True]
    expect(status).to_have_text("Right: cross_entropy(o, y) gives 0.4899.")
    assert museum.locator(".x-times").inner_text() == "right"
    at, door = (middle(museum.locator(x)) for x in (".x-you", ".x-door"))
    assert at == {axis: near(door[axis]) for axis in at}, "home"
    museum.keyboard.press("ArrowLeft")
    assert shown.inner_text() == "1.052"
    expect(status).to_contain_text("Wrong: cross_entropy(softmax(o), y) gives 1.052")
    assert museum.locator(".x-times").inner_text().startswith("× 2.15")


def test_each_wrong_line_of_a_room_says_its_own_factor(museum):
    go(museum, 11)
    said = []
    for name in ("✗ epsilon", "✓ right", "✗ overflow"):
        room(museum, 11).get_by_role("radio", name=name, exact=True).check(force=True)
        said.append(museum.locator(".x-times").inner_text().split("\n")[0])
    assert said == ["× 0.0207", "right", "∞"]


def test_each_of_several_wrong_lines_has_a_word(museum):
    for one in museum.locator("[id^=room-] xent-exhibit").all():
        *wrong, right = one.locator("label").all_inner_texts()
        assert right == "✓ right"
        assert len({*wrong}) == len(wrong)
        assert all(re.fullmatch(r"✗ \D.*|✗ 1 − p", name) for name in wrong), wrong
        assert "#" not in one.locator(".x-runs").inner_text()


@pytest.mark.parametrize("width", [360, 390, 820, 1366, 1920])
def test_what_an_exhibit_shows_fits_its_rows(visit, width):
    page = visit(MUSEUM, width, **STILL)
    for part in page.locator("[id^=room-] .x-live").all():
        lows = []
        for name in (".x-choice", ".x-gives", ".x-runs"):
            box = part.locator(name).bounding_box()
            names = part.locator(f"{name} :is(label, strong, code), {name} > svg").all()
            inside = [one.bounding_box() for one in names]
            assert all(x["y"] + x["height"] <= box["y"] + box["height"] for x in inside)
            assert all(x["x"] + x["width"] <= box["x"] + box["width"] for x in inside)
            lows.append([box["y"], box["y"] + box["height"]])
        choice, gives, runs = lows
        assert choice[1] <= runs[0]
        assert (gives == choice) == (width >= 820), "names and number in one row"


def words(exhibit):
    return exhibit.locator(".x-gives text").all_text_contents()


def test_the_rule_says_what_its_marks_are(museum):
    seven = room(museum, 7).locator("xent-exhibit")
    assert words(seven) == ["0", "right", "0.4899"]
    assert seven.locator(".x-home").count() == 1
    seven.get_by_role("radio", name="✓ right").check(force=True)
    assert words(seven) == ["0", "right", "0.4899"]
    assert seven.locator(".x-home").count() == 0, "the dot is there"
    last = room(museum, 22).locator("xent-exhibit")
    assert words(last)[1] == "nearly right"
    assert last.locator(".x-gives circle").count() == 1
    far = room(museum, 13).locator("xent-exhibit")  # its scale begins at −3.2
    far.get_by_role("radio", name="✗ 1 − p").check(force=True)
    assert words(far)[1] == "right"
    assert far.locator(".x-home").count() == 1
    refused = room(museum, 6).locator("xent-exhibit")
    assert words(refused) == []


TOUCH = """(svg) => {
    const boxes = [...svg.querySelectorAll("text")]
        .map((one) => one.getBoundingClientRect());
    const page = svg.parentElement.getBoundingClientRect();
    return boxes.some((a, i) => a.left < page.left || a.right > page.right ||
        boxes.some((b, k) => i < k && a.left < b.right + 2 && b.left < a.right + 2 &&
            a.top < b.bottom - 4 && b.top < a.bottom - 4));
}"""


@pytest.mark.parametrize("width", [360, 390, 820, 1366])
def test_five_rooms_are_drawn_and_no_words_of_a_drawing_touch(visit, width):
    page = visit(MUSEUM, width, **STILL)
    drawings = page.locator("[id^=room-] .output svg[role=img]:has(+ p + xent-exhibit)")
    assert drawings.count() == 5
    for drawn in drawings.all():
        assert drawn.is_visible()
        assert drawn.bounding_box()["height"] == near(108)
        assert not drawn.evaluate(TOUCH)


@pytest.mark.parametrize("width", [360, 390, 820, 1366])
def test_no_words_of_a_rule_touch(visit, width):
    page = visit(MUSEUM, width, **STILL)
    for number in ROOMS:
        for name in room(page, number).locator("label").all():
            name.click()
            drawn = room(page, number).locator(".x-gives > svg")
            assert not drawn.evaluate(TOUCH), number


ORANGE = """async () => {
    const named = getComputedStyle(document.querySelector("xent-plan"))
        .getPropertyValue("--xent-target");
    const probe = document.createElement("i");
    probe.style.color = named;
    document.body.append(probe);
    const orange = getComputedStyle(probe).color, found = new Set();
    for (const one of document.querySelectorAll("#the-museum, #the-museum *")) {
        if (!one.checkVisibility({ visibilityProperty: true })) continue;
        const style = getComputedStyle(one);
        for (const kind of ["color", "backgroundColor", "fill", "stroke"])
            if (style[kind] === orange) found.add(one.getAttribute("class"));
    }
    return [...found];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_orange_are_the_door_and_the_dot_that_is_the_number(visit, theme):
    page = visit(MUSEUM, theme=theme, **STILL)
    go(page, 7)
    room(page, 7).get_by_role("radio", name="✓ right").check(force=True)
    assert {*page.evaluate(ORANGE)} == {"x-door", "x-you x-dot x-hit", "x-dot x-hit"}


ROLLED = """(room) => {
    const shown = room.querySelector(".x-gives strong"), seen = new Set();
    room.querySelector("[value$=right]").click();
    return new Promise((done) => {
        const look = () => {
            seen.add(shown.textContent);
            if (shown.textContent === "0.4899") done([...seen]);
            else requestAnimationFrame(look);
        };
        look();
    });
}"""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_number_rolls_unless_nothing_may_move(visit, motion):
    page = visit(MUSEUM, reduced_motion=motion)
    seen = room(page, 7).evaluate(ROLLED)
    assert (len(seen) == 1) == (motion == "reduce")
    assert all(re.fullmatch(r"[01]\.\d{3,4}", number) for number in seen)


@pytest.mark.parametrize("width", [390, 820])
def test_a_strip_names_the_one_room_of_two_faults(visit, width):
    page = visit(MUSEUM, width, **STILL)
    page.locator(".x-given [name]").first.fill("0.6")
    assert "13 " in "".join(page.locator(".x-lit").all_inner_texts())


@pytest.mark.parametrize("width", [390, 820, 1366, 1920])
def test_what_is_asked_next_and_share_are_in_full_sight(visit, width):
    page = visit(MUSEUM, width, **STILL)
    page.locator(".x-given [name]").first.fill("0.6")
    finder = page.locator(".x-finder").bounding_box()
    end = finder["y"] + finder["height"]
    said = page.locator(".x-verdict ol > li").all_inner_texts()
    assert len(said) == 2
    assert all(x.startswith("The loss is smoothed") for x in said)
    for name in ("986.9 Room 13", "982.7 Room 13", "Reset"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box["y"] + box["height"] <= end + 1
    verdict = page.locator(".x-verdict")
    assert verdict.evaluate("one => one.scrollHeight <= one.clientHeight")
    reset, share = (
        page.locator(f".x-finder {x}").bounding_box()
        for x in (".x-yours", ".share > summary")
    )
    assert reset["x"] + reset["width"] < share["x"]
    assert share["y"] + share["height"] / 2 == near(reset["y"] + reset["height"] / 2, 3)


@pytest.mark.parametrize(("number", "name"), [(18, ".x-low"), (11, ".x-high")])
def test_the_way_passes_behind_what_names_the_ends(visit, number, name):
    page = visit(MUSEUM, 390, **STILL)
    go(page, number)
    label = page.locator(name)
    above = "(x) => Number(getComputedStyle(x).zIndex)"
    assert label.evaluate(above) > page.locator(".x-map > svg").evaluate(above)
    ground = label.evaluate("x => getComputedStyle(x).backgroundColor")
    assert ground == page.evaluate("getComputedStyle(document.body).backgroundColor")


PLACES = "all => all.map((one) => one.getBoundingClientRect().top + scrollY)"
TOPS = "[id^=room-], #your-own-data"
WIDTH = """one => {
    const words = document.createRange();
    words.selectNodeContents(one);
    return words.getBoundingClientRect().width;
}"""


@pytest.mark.parametrize("width", [360, 390, 820, 1366, 1920])
def test_nothing_moves_when_scripts_come_or_a_line_is_swapped(visit, width):
    page = visit(MUSEUM, width, **STILL)
    places = page.locator(TOPS).evaluate_all(PLACES)
    for switch in page.locator("[id^=room-] [value$=right]").all():
        switch.check(force=True)
    page.locator(".x-given [name]").first.fill("0.4899")
    assert page.locator(TOPS).evaluate_all(PLACES) == near(places)
    for name in ("plan", "exhibit"):
        page.route(f"**/{name}.js*", lambda route: route.fulfill(body=""))
    heading = page.locator(".bd-article h2").first
    wide = heading.evaluate(WIDTH)
    for _ in range(20):  # a font that comes late is not used
        page.reload()
        if heading.evaluate(WIDTH) == wide:
            break
    assert page.locator(TOPS).evaluate_all(PLACES) == near(places)


def test_a_walk_through_all_rooms_shifts_nothing(visit):
    page = visit(f"{MUSEUM}?slow", 390)
    page.evaluate(SHIFTS)
    for number in ROOMS:
        go(page, number)
    page.evaluate(FRAMES)
    assert page.evaluate("shifts") < 0.01


BOXES = """all => all.map((one) => one.getBoundingClientRect())
    .map(({ x, y, width, height }) => [x + width / 2, y + height / 2, width, height])"""


@pytest.mark.parametrize("width", [360, 390, 820, 1366])
def test_each_pin_is_wide_enough_for_a_finger(visit, width):
    page = visit(MUSEUM, width, **STILL)
    go(page, 3)
    boxes = page.locator(".x-map a").evaluate_all(BOXES)
    for k, (x, y, wide, high) in enumerate(boxes):
        assert min(wide, high) >= 24
        assert all(max(abs(x - a), abs(y - b)) >= 24 for a, b, *_ in boxes[:k])


def test_on_a_phone_numbers_and_line_stay_and_prose_folds(visit):
    page = visit(MUSEUM, 390, **STILL)
    seven = room(page, 7)
    why, check = (seven.locator("> p").filter(has_text=x) for x in ("Why?", "Check:"))
    assert seven.locator("label").all_inner_texts() == ["✗ wrong", "✓ right"]
    expect(seven.locator(".x-gives strong")).to_have_text("1.052")
    broken = seven.locator(".x-runs code").first
    assert broken.inner_text() == "cross_entropy(softmax(o), y)"
    assert not why.is_visible()
    code = seven.locator(".cell:has(xent-exhibit) > .hide > summary")
    assert not code.is_visible()
    more = seven.get_by_role("button", name="How to check")
    mark = "x => getComputedStyle(x, '::before').content"
    assert "disclosure-closed" in more.evaluate(mark), "as the page's own folds"
    more.press("Enter")
    assert why.is_visible()
    assert check.is_visible()
    expect(more).to_have_attribute("aria-expanded", "true")
    assert code.is_visible()
    more.press("Enter")
    assert not check.is_visible()
    page.set_viewport_size({"width": 1366, "height": 900})
    assert why.is_visible(), "where there is room"
    assert not check.is_visible()


@pytest.mark.parametrize("width", [390, 1366])
def test_a_room_takes_about_a_third_of_a_screen(visit, width):
    page = visit(MUSEUM, width, **STILL)
    undrawn = page.locator("[id^=room-]:not(:has([role=img]))")
    heights = [box[3] for box in undrawn.evaluate_all(BOXES)]
    assert len(heights) == len(ROOMS) - 5
    assert sum(heights) / len(heights) < 360


def test_without_scripts_all_lines_and_all_words_are_there(visit):
    page = visit(MUSEUM, java_script_enabled=False)
    for line in ("cross_entropy(softmax(o), y)", "cross_entropy(o, y)"):
        cell = room(page, 7).get_by_role("rowheader").filter(has_text=line)
        assert cell.is_visible()
    for words in ("Why?", "Check:", "Found in"):
        assert room(page, 7).get_by_text(words).is_visible()
    assert page.locator("xent-plan table").is_visible()


def test_on_paper_each_room_has_its_table(visit):
    page = visit(MUSEUM, **STILL)
    page.emulate_media(media="print")
    for number in ROOMS:
        assert room(page, number).locator("table").first.is_visible()
        assert room(page, number).get_by_text("Check:").is_visible()
    assert not page.locator(".x-map").is_visible()


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1366, "light")])
def test_the_rooms_are_accessible(visit, width, theme):
    page = visit(MUSEUM, width, theme=theme, **STILL)
    go(page, 10)
    assert violations(page, of="#the-museum") == []
