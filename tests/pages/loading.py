"""Check what a page loads, whether it shifts, and how much code it has."""

import re

from browsing import FRAMES
from cells import weigh
from pages import BOOK

# The fonts that a page shows, that its head asks for, and that come only by its styles.
FONTS = """document.fonts.ready.then(() => ({
    shown: [...document.fonts].filter((font) => font.status === "loaded")
        .filter((font) => !/ as Charis/.test(font.family)) // what stands in
        .map((font) => font.family.match(/Ka[^"]*|Charis|Figtree/)[0].toLowerCase()),
    asked: [...document.querySelectorAll("link[rel=preload][as=font]")]
        .map((link) => link.href.match(/Ka[^-]*|charis|figtree/)[0].toLowerCase()),
    late: performance.getEntriesByType("resource")
        .filter((one) => one.initiatorType === "css")
        .map((one) => one.name.split("/").at(-1)).filter((name) => /woff2/.test(name)),
}))"""
# What a page asks for by itself, it has asked for once it has its fonts and is idle.
# (That nothing is under way any more was never told in one visit of many.)
ALL_ASKED = "document.fonts.ready.then(() => new Promise(requestIdleCallback))"
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


def faults_of_fonts(page):
    """Those that come when the text is there already, or that nobody needs."""
    fonts = page.evaluate(FONTS)
    right = sorted(fonts["shown"]) == sorted(fonts["asked"])
    return not (right and fonts["late"] == []) and fonts


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
    page.wait_for_load_state("load")
    page.evaluate(ALL_ASKED)
    names = {re.sub(r".*?//[^/]*/|[?#].*", "", url) for url in page.asked}
    files = [BOOK / name for name in names if (BOOK / name).is_file()]
    assert BOOK / "_static/book.js" in files
    weight = sum(weigh(path) for path in files)
    return weight > 130_000 and weight


def faults_of_loading(page, path, theme):
    """Of a page as it comes in, and of how much of it is code."""
    seen = page.evaluate("document.documentElement.dataset.theme")
    return {
        "theme": seen != theme and seen,
        "moves": faults_of_place(page),
        "fonts": path.startswith("chapters/") and faults_of_fonts(page),
        "code": bool(re.match(r"chapters/\d", path)) and faults_of_code(page),
    }
