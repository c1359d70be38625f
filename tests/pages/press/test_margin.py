"""The frame of a page: the contents at the left, the margin at the right."""

import re

import pytest
from playwright.sync_api import expect

from browsing import FRAMES, SHIFTS, WIDTHS, near, sides, violations

LONG = "chapters/bug-museum.html"
CURRENT = ".contents [aria-current]"


IN_VIEW = """(link) => [".contents", "#sidebar"].every((name) => {
    const list = link.closest(name).getBoundingClientRect();
    const { top, bottom } = link.getBoundingClientRect();
    return list.top - 1 <= top && bottom <= list.bottom + 1;
})"""


def test_the_contents_say_where_one_reads(visit):
    page = visit(LONG)
    page.set_viewport_size({"width": 1366, "height": 700})
    assert page.locator(CURRENT).count() == 0
    read = [0.0]
    for section in (page.locator(".bd-article h2").nth(i) for i in (1, 3, -1)):
        section.evaluate("x => x.scrollIntoView()")
        name = section.inner_text().removesuffix("#")
        expect(page.locator(CURRENT)).to_have_text(name)
        expect(page.locator(".masthead")).to_have_css("opacity", "1")
        expect(page.locator(".masthead > span")).to_have_text(name)
        assert page.locator(CURRENT).evaluate(IN_VIEW)
        line = "x => getComputedStyle(x).borderImageSource"
        shown = page.locator(".contents").evaluate(line)
        read.append(float(re.search(r"([0-9.]+)%", shown)[1]) / 100)
    assert read == sorted(set(read))
    assert 0.9 < round(read[-1], 3) <= 1
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator(CURRENT)).to_have_count(0)
    expect(page.locator(".masthead")).to_have_css("opacity", "0")


def test_the_first_page_lists_all_its_sections(visit):
    page = visit("chapters/index.html")
    heads = page.locator(".bd-article section > h2").all_inner_texts()
    listed = page.locator(".contents a").all_text_contents()
    assert listed == [head.removesuffix("#") for head in heads]
    assert "Ways in" in listed


def test_the_rail_follows_down_to_the_last_section(visit):
    page = visit("chapters/doctor-reference.html")
    last = page.locator(".bd-article h2").last
    last.evaluate("x => x.scrollIntoView()")
    expect(page.locator(CURRENT)).to_have_text(last.inner_text().removesuffix("#"))
    assert page.locator(CURRENT).evaluate(IN_VIEW)


def test_on_a_phone_the_contents_are_in_the_drawer_which_a_link_closes(visit):
    page = visit(LONG, 390)
    assert not page.locator(".contents").is_visible()
    page.get_by_role("button", name="Contents", exact=True).click()
    page.locator(".contents a").nth(3).click()
    expect(page.locator(".contents")).not_to_be_visible()
    expect(page.locator(CURRENT)).to_have_count(1)
    heading = page.locator(".bd-article h2").nth(3)
    assert 0 <= heading.bounding_box()["y"] < 200


def test_on_a_phone_the_button_of_the_contents_gets_the_focus_back(visit):
    page = visit(LONG, 390)
    button = page.get_by_role("button", name="Contents", exact=True)
    button.press("Enter")
    expect(page.locator(".contents")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".contents")).not_to_be_visible()
    expect(button).to_be_focused()


PAGE = "chapters/04-token-loss.html"
CODE = ".tick + .beside"  # that of a check; a term has one, too


def opened(page, number=0):
    """A tick, pressed, and what opens."""
    tick = page.locator(".tick").nth(number)
    tick.click()
    return tick, page.locator(CODE).nth(number)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_check_opens_at_its_sentence(visit, width):
    page = visit(PAGE, width)
    beside = page.locator(CODE).first
    assert not beside.is_visible(), "a tick alone is enough until it is pressed"
    tick, beside = opened(page)
    code, said = beside.locator("pre"), page.locator(".said").first
    expect(tick).to_have_attribute("aria-expanded", "true")
    assert code.inner_text().rstrip().endswith("== 0.4899)")
    text, at, box = (x.bounding_box() for x in (said, tick, beside))
    assert box["y"] >= at["y"] + at["height"] - 4
    assert box["x"] == near(text["x"])
    assert box["x"] + box["width"] <= width
    assert violations(page, of=".said, .tick, .beside") == []
    beside.locator("> [aria-hidden]").click()
    expect(beside).not_to_be_visible()


@pytest.mark.parametrize("width", [1280, 1440, 1920])
def test_what_is_opened_stays_within_the_frame(visit, width):
    page = visit(PAGE, width)
    edge = sides(page.locator(".opening:visible"))[1]
    page.get_by_role("switch", name="Show all code").click()
    assert sides(page.locator(".beside.open"))[1] <= edge + 1


def test_a_tick_is_a_button_for_the_keyboard(visit):
    page = visit(PAGE)
    tick = page.get_by_role("button", name=re.compile("^Checked: the averages"))
    code = page.locator(CODE).nth(2).locator("pre")
    for key in ("Enter", "Space"):
        tick.press(key)
        expect(code).to_be_visible()
        tick.press("Escape")
        expect(code).not_to_be_visible()
    tick.focus()
    lit = "x => getComputedStyle(x).backgroundColor"
    assert page.locator(".said").nth(2).evaluate(lit) != "rgba(0, 0, 0, 0)"
    assert page.locator(".said").nth(1).evaluate(lit) == "rgba(0, 0, 0, 0)"


def test_one_switch_opens_all_code_of_this_page_and_the_next(visit):
    page = visit(PAGE, before=SHIFTS)
    folds = page.locator(".cell details:not(.share)")
    switch = page.get_by_role("switch", name="Show all code")
    switch.click()
    expect(switch).to_be_checked()
    assert folds.evaluate_all("all => all.every((one) => one.open)")
    assert not page.locator("section > details").first.evaluate("x => x.open")
    assert violations(page, of=".cell") == []
    page.goto("chapters/05-dataset-loss.html?slow")
    expect(switch).to_be_checked()
    assert folds.evaluate_all("all => all.every((one) => one.open)")
    page.evaluate(FRAMES)
    assert page.evaluate("shifts") < 0.01
    switch.press("Space")
    expect(switch).not_to_be_checked()
    page.reload()
    assert not folds.evaluate_all("all => all.some((one) => one.open)")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_code_of_a_table_opens_by_the_sign_at_its_corner(visit, width):
    page = visit("chapters/08-real-model.html", width)
    cell = page.locator("#cell-4")
    sign, table = cell.locator("summary"), cell.locator("table")
    box, at = sign.bounding_box(), table.bounding_box()
    assert min(box["height"], box["width"]) >= 24
    assert box["y"] + box["height"] == near(at["y"], 8)
    ends = at["x"] + at["width"]
    if width > 1280:  # the table is wider than the text, where signs end
        text = page.locator("section > p").first.bounding_box()
        ends = min(ends, text["x"] + text["width"])
    assert box["x"] + box["width"] == near(ends, 4)
    sign.click()
    assert cell.locator("pre").is_visible()
    assert cell.locator("pre").bounding_box()["width"] > 0.9 * min(width - 32, 640)


# Of what is shown in a room, or else of the text.
EDGE = """(sign) => (sign.closest("[id^=room-]")?.querySelector("xent-exhibit")
    ?? sign.closest("section").querySelector("p")).getBoundingClientRect().right"""


@pytest.mark.parametrize("path", ["05-dataset-loss", "08-real-model", "bug-museum"])
def test_a_sign_has_one_place_one_form_and_one_name(visit, path):
    page = visit(f"chapters/{path}.html")
    signs = page.locator(".cell:not(.check) > details.hide > summary")
    forms = set()
    for sign in signs.filter(visible=True).all():  # a room shows its own once open
        names = []
        for _ in range(2):
            assert sides(sign)[1] == near(sign.evaluate(EDGE))
            names.append(sign.inner_text())
            forms.add(sign.evaluate("x => getComputedStyle(x).border"))
            sign.click()
        assert len(set(names)) == 1, names
    assert len(forms) == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_a_term_and_a_source_open_where_they_are_first_linked_to(visit, width):
    page = visit(PAGE, width)
    for name, says in (("one-hot", "One-hot "), ("GPT-2", "GPT-2 vocabulary ")):
        link = page.locator("section > p").get_by_role("button", name=name).first
        beside = page.locator(f"#{link.get_attribute('aria-controls')}")
        expect(beside).not_to_be_visible()
        link.click()
        assert beside.inner_text().startswith(says)
        at, box = link.bounding_box(), beside.bounding_box()
        if width == 1366:
            assert box["x"] > 900
        else:
            assert box["y"] > at["y"]
        assert page.url.endswith(PAGE)
        link.press("Escape")
        expect(beside).not_to_be_visible()
    link.press("Enter")
    page.evaluate("scrollTo(0, 0)")  # where no bar lies on a button
    assert violations(page, of=".opens, .beside") == []
    beside.get_by_role("link", name="Bibliography").click()
    page.wait_for_url("**/bibliography.html#gpt-2-vocabulary")


@pytest.mark.parametrize("width", [390, 820, 1240])
def test_a_finger_opens_what_belongs_to_a_sentence_below_it(visit, width):
    page = visit(PAGE, width, has_touch=True, is_mobile=True)
    for name in (re.compile("^Checked: the averages"), "one-hot", "GPT-2"):
        mark = page.locator("section > p").get_by_role("button", name=name).first
        note = page.locator(f"#{mark.get_attribute('aria-controls')}")
        for is_open in (True, False):
            mark.tap()
            expect(mark).to_have_attribute("aria-expanded", str(is_open).lower())
            assert note.is_visible() == is_open
            if is_open:
                at, box = mark.bounding_box(), note.bounding_box()
                assert box["y"] >= at["y"] + at["height"] - 8
                assert box["x"] + box["width"] <= width


def test_without_javascript_the_code_of_a_check_opens(visit):
    page = visit(PAGE, java_script_enabled=False)
    assert not page.locator(".all-code").is_visible()
    page.locator("#cell-2 summary").click()
    assert page.locator("#cell-2 pre").is_visible()


def test_on_paper_there_are_no_ticks_and_no_notes(visit):
    page = visit(PAGE)
    opened(page)
    page.emulate_media(media="print")
    for kind in (".tick", ".beside", ".all-code"):
        assert not page.locator(kind).first.is_visible()
