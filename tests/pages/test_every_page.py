"""Every page on a desktop: no layout shift, nothing missing, accessible.

On a phone in the dark, and slowly, it does in `press`, where colours are looked at."""

import re
from functools import cache
from html import unescape
from urllib.parse import unquote, urldefrag

import pytest

from browsing import COLOURS, SHIFTS, assert_none, violations
from loading import faults_of_loading, faults_of_weight
from pages import BOOK, PAGES

CUT = """all => all.filter((one) => one.scrollWidth > one.clientWidth)
    .map((one) => one.textContent.slice(0, 80))"""

# Prose in longer lines than the text has; the first page asks across its whole width.
LONG = """() => {
    const all = document.querySelector("main"), range = document.createRange();
    const walk = document.createTreeWalker(all, NodeFilter.SHOW_TEXT);
    const found = new Set();
    for (let text; (text = walk.nextNode()); ) {
        const by = text.parentElement;
        if (by.closest("pre, svg, .x-hero, .visually-hidden")) continue;
        range.selectNode(text);
        for (const { width } of range.getClientRects())
            if (width > 641) found.add(text.data.slice(0, 80));
    }
    return [...found];
}"""


# An inline handler, which the policy refuses; a fold whose label hides what it shows;
# and a chapter's number and time that do not stand right below its title.
LEFT = re.compile(
    r'<[^>]* on\w+="[^>]*>|href="javascript:[^>]*>|<summary[^>]*aria-label'
    "|<p><em>(?:Chapter|Workshop) "
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_nothing_that_its_build_should_have_replaced(path):
    assert not LEFT.search((BOOK / path).read_text(encoding="utf8"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_on_a_desk(visit, path):
    """It comes in without a move, shows its code whole, and is open to all."""
    page = visit(path, 1366, first=True, before=SHIFTS)
    assert_none(
        **faults_of_loading(page, path, "light"),
        weight=faults_of_weight(page),
        long=page.evaluate(LONG),
        cut=page.locator(".bd-article pre:visible").evaluate_all(CUT),
        access=violations(page, but=COLOURS),
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
    parts = re.findall(r"<(xent-\w+)[^>]* config=", html)
    page = visit(path, java_script_enabled=False)
    for tag in set(parts):
        for part in page.locator(tag).all():
            assert part.locator("table, figure").first.is_visible()


def test_no_page_sends_a_reader_to_another_repository():
    pages = [*BOOK.rglob("*.html"), *BOOK.rglob("*.ipynb")]
    wrong = [p.name for p in pages if "executablebooks" in p.read_text("utf8")]
    assert wrong == []


# Headings that were renamed, which others may have linked.
RENAMED = {
    "07-is-my-loss-good": [
        "against-a-blind-guess",
        "a-training-log-read-aloud",
        "seen-and-held-out",
        "the-floor",
    ],
    "two-models-one-token": ["forward-or-reverse", "a-sum-or-a-mean"],
}


@pytest.mark.parametrize("name", RENAMED)
def test_a_renamed_heading_keeps_its_old_address(name):
    assert ids(BOOK / f"chapters/{name}.html") >= {*RENAMED[name]}


@cache
def ids(page):
    """What a link to a page may end in."""
    return set(re.findall(r'\sid="([^"]+)"', page.read_text("utf8")))


def is_dead(link, page):
    """Whether a link within the book leads to nothing; "run=…" is code, not a place."""
    file, anchor = map(unquote, urldefrag(link))
    target = page.parent / file if file else page
    place = anchor if "=" not in anchor else ""
    return not target.exists() or (bool(place) and place not in ids(target))


@pytest.mark.parametrize("path", PAGES)
def test_each_link_within_the_book_leads_somewhere(path):
    """The build follows those in the text, but not those in the output of a cell."""
    page = BOOK / path
    links = set(re.findall(r'<a\s[^>]*?href="([^"]+)"', page.read_text("utf8")))
    within = [unescape(link) for link in links if not re.match(r"\w+:", link)]
    assert [link for link in within if is_dead(link, page)] == []
