"""All of each page and part, by colours and places: in the dark, in forced colours,
with late scripts, with large letters."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from browsing import (
    FRAMES,
    SHIFTS,
    SOFTMAX,
    THEMES,
    WIDTHS,
    assert_none,
    faults_of_colour,
    near,
    violations,
)
from loading import faults_of_loading
from pages import CHROMIUM, FLAGS, PAGES
from shelf import BENCH, Shelf

NOTEBOOKS = {path.stem for path in Path("chapters").glob("*.ipynb")}
CHAPTERS = [
    path for path in PAGES if Path(path).stem in NOTEBOOKS - {"index", "scratch"}
]


def test_the_bars_of_a_table_are_seen_at_once_and_begin_on_one_line(visit):
    page = visit("chapters/01-surprise.html")
    bars = page.locator("table:has(.bar)").first.locator(".bar")
    expect(bars.first).to_have_css("opacity", "1")
    assert bars.count() > 3
    assert len({bar.bounding_box()["x"] for bar in bars.all()}) == 1


# Text smaller than 11 pixels, and labels beyond the edge of their drawing; an index in
# a formula is as small as its typesetting makes it.
SMALL = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let text; (text = walk.nextNode()); ) {
        const by = text.parentElement, svg = by.ownerSVGElement;
        if (!text.data.trim() || by.closest(".katex, .visually-hidden, .x-door")
            || !by.checkVisibility({ visibilityProperty: true })) continue;
        const { a, b } = svg ? by.getScreenCTM() : { a: 1, b: 0 };
        const size = parseFloat(getComputedStyle(by).fontSize) * Math.hypot(a, b);
        if (size < 10.95) found.push(`${text.data.trim()}: ${size.toFixed(1)} px`);
        if (!svg?.closest(".figure-svg, .opening, xent-thread")) continue;
        const { left, right } = svg.getBoundingClientRect();
        const box = by.getBoundingClientRect();
        if (box.left < left - 5 || box.right > right + 5)
            found.push(`${text.data} leaves its drawing`);
    }
    return found;
}"""


@pytest.mark.parametrize("path", PAGES)
def test_all_that_is_written_can_be_read_on_a_phone(visit, path):
    page = visit(path, 390)
    page.locator("details").evaluate_all("all => all.map((one) => (one.open = true))")
    page.evaluate(FRAMES)
    assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_on_a_phone_in_the_dark(visit, path):
    """It comes bit by bit and without a move, and fits into 360 pixels; all can be
    read, and on a desk, where more of it shows, in the light, too."""
    page = visit(f"{path}?slow", 390, theme="dark", first=True, before=SHIFTS)
    faults = faults_of_loading(page, path, "dark")
    page.set_viewport_size({"width": 360, "height": 900})
    wide = page.evaluate("document.documentElement.scrollWidth")
    colours = []
    for width, theme in ((390, "dark"), (1366, "dark"), (1366, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        page.locator(f"html[data-theme={theme}]").wait_for()
        colours += faults_of_colour(page)
    assert_none(**faults, width=wide > 360 and wide, colours=colours)


def test_a_page_has_no_fault_of_access_in_the_dark(visit):
    """By all rules, where the others are tried by those of colour."""
    assert violations(visit(SOFTMAX, theme="dark")) == []


# Of buttons, signs and notes those that lie on what is written, and on what.
COVERED = """() => {
    const walk = document.createTreeWalker(
        document.querySelector(".bd-article"), NodeFilter.SHOW_TEXT);
    const over = [...document.querySelectorAll("summary, .run-bar button, .beside")]
        .filter((one) => one.checkVisibility({ opacityProperty: true }))
        .map((one) => [one, one.getBoundingClientRect()]);
    const found = [], range = document.createRange();
    const ASIDE = ".katex-mathml, .share, .x-sheet > div";  // heard, or over the page
    for (let text; (text = walk.nextNode()); ) {
        const by = text.parentElement;
        if (!text.data.trim() || !by.checkVisibility() || by.closest(ASIDE))
            continue;
        range.selectNodeContents(text);
        const { right: edge = Infinity } =  // what scrolls ends there
            by.closest("pre")?.getBoundingClientRect() ?? {};
        for (const { x, y, right, bottom } of range.getClientRects())
            for (const [one, box] of over)
                if (x < box.right - 1 && Math.min(right, edge) > box.x + 1
                    && y + 3 < box.bottom
                    && bottom - 3 > box.y && !one.contains(by))
                    found.push([one.outerHTML.slice(0, 60), text.data.slice(0, 60)]);
    }
    return found;
}"""


# Of a figure's words those that lie on others; a letter is half as high as its line.
OVERPRINTED = """all => all.flatMap((figure) => {
    const boxes = [...figure.querySelectorAll("text")].flatMap((one) => {
        const { x, y, right, bottom } = one.getBoundingClientRect();
        const turned = /rotate\\((-?\\d+)/.exec(one.getAttribute("transform"));
        const turn = turned?.[1] ?? 0;  // lines of one text share a group
        const [w, h] = [(right - x) / 4, (bottom - y) / 4], text = one.textContent;
        return +turn === 0 ? [{ text, x, right, y: y + h, bottom: bottom - h }]
            : +turn === -90 ? [{ text, x: x + w, right: right - w, y, bottom }] : [];
    });
    return boxes.flatMap((a, i) => boxes.slice(i + 1)
        .filter((b) => Math.min(a.right, b.right) - Math.max(a.x, b.x) > 1
            && Math.min(a.bottom, b.bottom) - Math.max(a.y, b.y) > 1)
        .map((b) => `${a.text} on ${b.text}`));
})"""


# Ticks that begin a line, without their sentence, or lie on its end.
ALONE = """all => all.filter((tick) => tick.checkVisibility()).filter((tick) => {
    let said = tick.previousElementSibling;
    while (!said.matches(".said")) said = said.previousElementSibling;
    const last = [...said.getClientRects()].at(-1), range = document.createRange();
    const { top, left, right } = tick.getBoundingClientRect();
    range.selectNodeContents(said);
    const end = [...range.getClientRects()].at(-1).right;
    return top > last.bottom || right > last.right + 4 || left < end - 1;
}).map((tick) => tick.ariaLabel)"""


@pytest.mark.parametrize("path", CHAPTERS)
def test_nothing_lies_on_what_is_written(visit, path):
    """No button, sign, note or label, at any width, with the code closed and open."""
    page = visit(path)
    page.add_style_tag(content=".run-bar button { opacity: 1 !important }")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(FRAMES)
        assert page.locator(".figure-svg").evaluate_all(OVERPRINTED) == [], width
        assert page.locator(".tick").evaluate_all(ALONE) == [], width
        for _ in range(2):  # the second press closes the code again
            assert page.evaluate(COVERED) == [], width
            for switch in page.locator(".all-code").all():
                switch.click()
                page.evaluate(FRAMES)


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize(
    ("path", "tags"),
    [
        ("chapters/02-logits.html", ["shift"]),
        ("chapters/03-softmax.html", ["pour"]),
        ("chapters/04-token-loss.html", ["gap"]),
        ("chapters/06-learning.html", ["push"]),
        ("chapters/on-a-machine.html", ["wall"]),
    ],
)
def test_a_figure_keeps_its_place_until_its_script_runs(visit, path, tags, width):
    page = visit(path, width)
    heights = "all => all.map(x => x.getBoundingClientRect().height)"
    figures = {tag: page.locator(f"xent-{tag}") for tag in tags}
    live = {tag: figures[tag].evaluate_all(heights) for tag in tags}
    for tag in tags:
        page.route(f"**/{tag}.js*", lambda route: route.fulfill(body=""))
    page.reload()
    for tag in tags:
        assert figures[tag].evaluate_all(heights) == near(live[tag]), tag
        assert figures[tag].locator("> :is(figure, table)").first.is_visible()


DRAWN = {
    "explorer": [".x-bar", ".x-logit", ".x-heat", ".x-chart svg"],
    "opening": [".x-hand", ".x-wells", ".x-curve svg"],
    "game": [".x-hand", ".x-curve svg"],
    "averages": [".x-tank"],
    "plan": [".x-given input", ".x-verdict", ".x-map"],
    "exhibit": [".x-choice", ".x-runs"],
    "gap": [".x-figure"],
    "pour": [".x-scene svg", ".x-lever input", ".x-wishes"],
    "heat": [".x-scene svg"],
    "wall": [".x-room svg", ".x-room [type=range]"],
    "push": [".x-slopes svg", "[type=range]"],
    "ruler": [".x-marks", ".x-hold", ".x-given input"],
    "add": [".x-figure"],
    "sentence": [".x-rows", ".x-found ul", "textarea"],
    "mask": [".x-chat [aria-pressed=true]", ".x-row strong"],
    "shards": [".x-held button", ".x-loss"],
}


def is_of_one_colour(drawn):
    picture = Image.open(io.BytesIO(drawn.screenshot())).convert("L")
    inner = picture.crop((2, 2, picture.width - 2, picture.height - 2))
    low, high = inner.getextrema()
    return high - low <= 100


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_drawn_is_seen_in_forced_colours(visit, theme):
    page = visit(BENCH, part=Shelf(), theme=theme, forced_colors="active")
    drawn = [f"#{name} {selector}" for name in DRAWN for selector in DRAWN[name]]
    assert [x for x in drawn if is_of_one_colour(page.locator(x).first)] == []


def test_a_stage_has_the_readers_own_ground_in_forced_colours(visit):
    page = visit("chapters/03-softmax.html", forced_colors="active")
    stages = page.locator("#exercises, .cell_output:has(> .output > [config])")
    grounds = "all => all.map((x) => getComputedStyle(x).borderImageSource)"
    assert {*stages.evaluate_all(grounds)} == {"none"}


def test_a_link_has_the_readers_own_colour_in_forced_colours(visit):
    page = visit("chapters/03-softmax.html", forced_colors="active")
    color = "all => all.map((x) => getComputedStyle(x).color)"
    page.evaluate("document.body.style.outlineColor = 'LinkText'")
    own = page.evaluate("getComputedStyle(document.body).outlineColor")
    for place in (".bd-links", ".stations", "main section > p"):
        assert {*page.locator(f"{place} a").evaluate_all(color)} == {own}, place


@pytest.mark.parametrize("name", ["index", "04-token-loss", "bug-museum"])
def test_with_letters_twice_as_large_the_text_has_the_page_to_itself(
    browser, site, name
):
    large = [*FLAGS, "--blink-settings=defaultFontSize=32"]
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=large)
    page = other.new_page(base_url=site, viewport={"width": 1366, "height": 900})
    page.goto(f"chapters/{name}.html")
    root = page.locator("html")
    assert root.evaluate("x => getComputedStyle(x).fontSize") == "32px"
    assert root.evaluate("x => x.scrollWidth") == 1366
    assert page.locator(".bd-article").bounding_box()["width"] > 1200
    for letters in page.locator(".x-live svg text:visible").all():
        size = "x => parseFloat(getComputedStyle(x).fontSize) * x.getScreenCTM().a"
        assert letters.evaluate(size) >= 24
    assert not page.locator(".contents").is_visible()
    page.get_by_role("button", name="Contents", exact=True).click()
    expect(page.locator(".contents")).to_be_visible()
    other.close()
