"""Every page: it comes in without a move, fits, can be read, and is open to all."""

import re

import pytest

from browsing import FRAMES, SHIFTS, assert_none, violations
from cells import weigh
from pages import BOOK, PAGES

# The fonts that a page shows, that its head asks for, and that come only by its styles.
FONTS = """document.fonts.ready.then(() => ({
    shown: [...document.fonts].filter((font) => font.status === "loaded")
        .filter((font) => !/ as Charis/.test(font.family)) // what stands in
        .map((font) => font.family.match(/Ka[^"]*|Charis|Awesome/)[0].toLowerCase())
        .filter((name) => name !== "awesome"),
    asked: [...document.querySelectorAll("link[rel=preload][as=font]")]
        .map((link) => link.href.match(/Ka[^-]*|charis/)[0].toLowerCase()),
    late: performance.getEntriesByType("resource")
        .filter((one) => one.initiatorType === "css")
        .map((one) => one.name.split("/").at(-1)).filter((name) => /woff2/.test(name)),
}))"""
# The heights of a chapter, of its code, and of its prose.
HEIGHTS = """() => {
    const article = document.querySelector(".bd-article");
    const height = (selector) => [...article.querySelectorAll(selector)]
        .filter((one) => one.checkVisibility())
        .reduce((sum, one) => sum + one.getBoundingClientRect().height, 0);
    // A cell whose code shows, and of others what is set as code.
    const code = ".cell:not([class*=tag_]), .cell[class*=tag_] .highlight";
    // What is said of a cell, and asked of the reader, is neither.
    const report = ".cell:not([class*=tag_]) " +
        ":is(.xent-diagnosis, .run-says, .run-asks)";
    const prose = "section > :is(p, ul, ol, blockquote)";
    return [article.offsetHeight, height(code) - height(report), height(prose)];
}"""
CUT = """all => all.filter((one) => one.scrollWidth > one.clientWidth)
    .map((one) => one.textContent.slice(0, 80))"""


def faults_of_fonts(page):
    """Those that come when the text is there already, or that nobody needs."""
    fonts = page.evaluate(FONTS)
    right = sorted(fonts["shown"]) == sorted(fonts["asked"])
    return not (right and fonts["late"] == ["fa-solid-900.woff2"]) and fonts


def faults_of_code(page):
    """Code takes a fifth of a chapter at most, and less than the prose."""
    article, code, prose = page.evaluate(HEIGHTS)
    return not (code <= article / 5 and code < prose) and [article, code, prose]


def faults_of_place(page):
    """How far things move while a page comes in."""
    page.evaluate(FRAMES)  # what moved last is told
    shifts = page.evaluate("shifts")
    return shifts > 0.01 and shifts


def faults_of_weight(page):
    """The bytes that a first visit asks for, as a host sends them."""
    page.wait_for_load_state("networkidle")
    names = {re.sub(r".*?//[^/]*/|[?#].*", "", url) for url in page.asked}
    files = [BOOK / name for name in names if (BOOK / name).is_file()]
    assert BOOK / "_static/book.js" in files
    weight = sum(weigh(path) for path in files)
    return weight > 165_000 and weight


def faults_of_loading(page, path, theme):
    """Of a page as it comes in, and of how much of it is code."""
    seen = page.evaluate("document.documentElement.dataset.theme")
    return {
        "theme": seen != theme and seen,
        "moves": faults_of_place(page),
        "fonts": path.startswith("chapters/") and faults_of_fonts(page),
        "code": bool(re.match(r"chapters/\d", path)) and faults_of_code(page),
    }


@pytest.mark.parametrize("path", PAGES)
def test_a_page_on_a_phone_in_the_dark(visit, path):
    """It comes bit by bit and without a move, and fits into 360 pixels."""
    page = visit(f"{path}?slow", 390, theme="dark", first=True, before=SHIFTS)
    faults = faults_of_loading(page, path, "dark")
    page.set_viewport_size({"width": 360, "height": 900})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert_none(**faults, width=wide > 360 and wide)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_on_a_desk_in_the_light(visit, path):
    """It comes in without a move, shows its code whole, and is open to all."""
    page = visit(path, 1366, first=True, before=SHIFTS)
    assert_none(
        **faults_of_loading(page, path, "light"),
        weight=faults_of_weight(page),
        cut=page.locator(".bd-article pre:visible").evaluate_all(CUT),
        access=violations(page),
    )


def test_a_screen_reader_is_given_what_is_shown_and_all_of_it(visit):
    page = visit("chapters/03-softmax.html")
    page.locator(".x-live").first.wait_for()
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    names = [
        node["name"]["value"]
        for node in tree["nodes"]
        if not node["ignored"] and node.get("name", {}).get("value")
    ]
    for heading in page.locator("h2").all():
        assert heading.inner_text().removesuffix("#").strip() in " ".join(names)
    assert "temperature" in names
    assert not [name for name in names if "\\color" in name]


@pytest.mark.parametrize("path", [path for path in PAGES if "chapters/" in path])
def test_without_javascript_a_page_shows_what_is_stored(visit, path):
    html = (BOOK / path).read_text(encoding="utf8")
    parts = re.findall(r"<(xent-\w+) config=", html)
    page = visit(path, java_script_enabled=False)
    for tag in set(parts):
        for part in page.locator(tag).all():
            assert part.locator("table, figure").first.is_visible()


def test_no_page_sends_a_reader_to_another_repository():
    pages = [*BOOK.rglob("*.html"), *BOOK.rglob("*.ipynb")]
    wrong = [p.name for p in pages if "executablebooks" in p.read_text("utf8")]
    assert wrong == []
