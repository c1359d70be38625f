"""The edges of what is on a page line up: with the text, and with the margin."""

import pytest

from browsing import near


@pytest.mark.parametrize("width", [820, 1366, 1920])
def test_a_card_has_the_frames_room_and_the_text_within_it(visit, width):
    page = visit("chapters/03-softmax.html", width)
    text = page.locator(".bd-article section > p").first.bounding_box()
    room = page.locator(".bd-content").bounding_box()
    frame = page.locator(".prev-next-footer").bounding_box()["width"]
    share = {820: 0, 1366: 1 / 3, 1920: 1 / 2}[width]  # of what the text leaves free
    notes = [note.bounding_box() for note in page.locator(".beside:visible").all()]
    cards = page.locator("[live]").all()
    assert len(cards) == 2
    for card in cards:
        box = card.bounding_box()
        assert text["x"] - box["x"] == near(share * (frame - text["width"]))
        assert box["width"] == near(frame)
        assert box["x"] + box["width"] <= room["x"] + room["width"]
        for note in notes:
            below = note["y"] >= box["y"] + box["height"]
            assert below or note["y"] + note["height"] <= box["y"]


@pytest.mark.parametrize(
    "options", [{"width": 1366}, {"width": 390, "has_touch": True}]
)
def test_share_stands_within_the_band_of_its_part(visit, options):
    page = visit("chapters/03-softmax.html", **options)
    band = page.locator(".cell_output:has([live])").first
    share = band.locator(".share > summary")
    line = share.evaluate("x => parseFloat(getComputedStyle(x).paddingBottom)")
    (box, seen) = (x.bounding_box() for x in (band, share))
    assert seen["y"] + seen["height"] - line <= box["y"] + box["height"] - 4


@pytest.mark.parametrize("width", [820, 1366])
def test_the_first_page_begins_where_the_chapters_do(visit, width):
    lefts = [
        visit(f"chapters/{name}.html", width).locator(begin).first.bounding_box()["x"]
        for name, begin in (("index", "h1:visible"), ("05-dataset-loss", ".opening"))
    ]
    assert lefts[0] == near(lefts[1])


# Exercises stand in columns.
RIGHT = """all => all
    .filter((one) => one.checkVisibility() && !one.closest("#exercises"))
    .map((one) => Math.round(one.getBoundingClientRect().right))"""
OF_THE_TEXT = ".cell_input", "table:not(:has(tr > :nth-child(4)))"
OF_THE_FRAME = ".opening", "[live]", ".beside", ".figure-svg:not(.high)"
OF_THE_FRAME += (".prev-next-footer", "table:has(tr > :nth-child(4))")


@pytest.mark.parametrize("width", [1366, 1440])
def test_a_page_in_its_middle_has_the_edge_of_its_text_and_of_its_margin(visit, width):
    page = visit("chapters/on-a-machine.html", width)
    page.locator("[aria-controls$=-beside]:not(.tick)").first.click()
    text, room, frame = (
        page.locator(x).first.bounding_box()
        for x in (".bd-article section > p", ".bd-content", ".opening.large")
    )
    left, right = text["x"], frame["x"] + frame["width"]
    assert frame["x"] - room["x"] == near(room["x"] + room["width"] - right)
    for kinds, edge in ((OF_THE_TEXT, left + 640), (OF_THE_FRAME, right)):
        for kind in kinds:
            ends = page.locator(f".bd-main {kind}").evaluate_all(RIGHT)
            assert ends
            assert ends == [near(edge)] * len(ends), kind


WIDE = ".figure-svg:not(.high)", "table:has(tr > :nth-child(4))", "[live] .x-live"
WIDE += (".opening", ".beside", ".prev-next-footer")
MIDDLE = """all => all
    .filter((one) => one.checkVisibility() && !one.closest("#exercises *, [id^=room-]"))
    .map((one) => one.getBoundingClientRect())
    .map(({ left, right }) => (left + right) / 2)"""
AROUND = ".opening.large, .cell_output > figure, [live], #exercises, .prev-next-footer"
AROUND += ", section:has(> [id^=room-]), .wide-table, #ways-in > ul"
AROUND += ", .text_html:has(tr > :nth-child(4))"


@pytest.mark.parametrize("width", [1600, 1920, 2560])
@pytest.mark.parametrize("name", ["index", "on-a-machine", "bug-museum", "notation"])
def test_on_a_wide_screen_what_is_wide_has_the_text_in_its_middle(visit, name, width):
    page = visit(f"chapters/{name}.html", width)
    room = page.locator(".bd-content").bounding_box()
    middle = room["x"] + room["width"] / 2
    assert middle - page.locator(".bd-article").bounding_box()["x"] == near(20 * 18)
    ends = page.locator(f".bd-main :is({AROUND})").evaluate_all(MIDDLE)
    assert ends
    assert ends == [near(middle)] * len(ends)


@pytest.mark.parametrize("width", [1600, 1920, 2560])
def test_on_a_wide_screen_all_but_text_ends_where_the_frame_does(visit, width):
    for name in ("on-a-machine", "at-scale"):
        page = visit(f"chapters/{name}.html", width)
        page.locator("[aria-controls$=-beside]:not(.tick)").first.click()
        frame = page.locator(".opening.large").bounding_box()
        right = frame["x"] + frame["width"]
        for kind in WIDE:
            ends = page.locator(f".bd-main {kind}").evaluate_all(RIGHT)
            assert ends == [near(right)] * len(ends), (name, kind)


@pytest.mark.parametrize("width", [1600, 1920])
def test_on_a_wide_screen_no_figure_is_higher_than_a_window(visit, width):
    page = visit("chapters/inside-the-model.html", width)
    text = page.locator("section > p").first.bounding_box()
    for figure in page.locator(".cell_output > figure:visible").all():
        drawn, caption = (
            figure.locator(x).bounding_box() for x in (".figure-svg", "figcaption p")
        )
        assert drawn["height"] < 900
        beside = caption["x"] > drawn["x"] + drawn["width"]
        assert beside or caption["x"] == near(text["x"])
    assert page.locator(".figure-svg.high").count() == 1


@pytest.mark.parametrize("width", [390, 820])
def test_a_caption_begins_where_the_text_does(visit, width):
    page = visit("chapters/07-is-my-loss-good.html", width)
    text = page.locator(".bd-article section > p").first.bounding_box()
    caption = page.locator("figcaption p").first.bounding_box()
    assert caption["x"] == near(text["x"])
