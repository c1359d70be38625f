"""A page's frame as it is built: its sheet, its neighbours, and the list of pages."""

import re

import pytest
from bs4 import BeautifulSoup

from xent_book.site import theme

PAGE = """
The first page
==============

.. toctree::
   :caption: In order

   second

One
---

Two: *more*
-----------

Deeper
~~~~~~
"""
SECOND = "2 · Second: b\n=============\n\nOne loss.\n\nThree\n-----\n"


@pytest.fixture
def page(build):
    """Builds pages in the book's theme, and gives one of them."""

    def build_page(text=PAGE, name="index", **options):
        built = build(text, "site.theme", strict=True, html_theme="xent", **options)
        assert built.status == 0, built.warnings
        return BeautifulSoup(
            (built.out / f"{name}.html").read_text("utf8"), "html.parser"
        )

    return build_page


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("index", {"#one": "One", "#two-more": "Two: more"}),
        ("second", {"#three": "Three"}),
    ],
)
def test_the_sections_stand_below_their_pages_name(page, name, sections):
    found = page(name=name, files={"second.rst": SECOND})
    links = found.select("#sidebar .contents a")
    assert {link["href"]: link.text for link in links} == sections
    assert found.select_one("#sidebar [role=heading]").text == "In order"
    before = found.select_one(".contents").find_previous("a")
    assert before["aria-current"] == "page"
    title = {"index": "The first page", "second": "2 · Second: b"}[name]
    assert before.text.strip() == title


def test_a_page_without_sections_has_no_contents(page):
    assert not page("Alone\n=====\n").select(".contents")


def test_a_page_of_entries_lists_none_of_them(page):
    entries = "".join(f"Term {i}\n-------\nA word.\n\n" for i in range(40))
    assert not page(f"Words\n=====\n\n{entries}").select(".contents")


def test_the_sheet_has_each_rule_in_its_layer(build):
    out = build("T\n=\n", "site.theme", html_theme="xent").out
    sheet = (out / "_static/book.css").read_text(encoding="utf8")
    first, *layers = re.findall("@layer ([a-z, ]+)(?=[{;])", sheet)
    assert first.split(", ") == layers == list(theme.LAYERS)
    for address in re.findall(r"url\((?!data:)([^)]+)\)", sheet):
        assert (out / "_static" / address).exists(), address


def test_what_names_a_colour_or_a_face_names_one_that_the_theme_has():
    named = {}
    for kind in ("css", "js", "py"):
        for path in theme.BOOK.rglob(f"*.{kind}"):
            for name in re.findall(r"var\((--xent-\w+)", path.read_text("utf8")):
                named.setdefault(name, path.name)
    sheet = (theme.HERE / "type.css").read_text("utf8")
    given = set(re.findall(r"(--xent-\w+):", sheet))
    assert {name: file for name, file in named.items() if name not in given} == {}


def test_a_page_asks_for_nothing_of_sphinx_that_it_does_not_need(page):
    found = page(files={"second.rst": SECOND})
    asked = [one.get("src") or one.get("href") for one in found.select("script, link")]
    names = {re.sub(r".*/|[?].*", "", name) for name in filter(None, asked)}
    files = {"book.css", "book.js", "copy.js", "mark.svg"}
    assert names == {*files, "search.html", "second.html"}


def test_a_title_breaks_after_its_colon(build):
    page = build("Scale: one formula\n==================", "site.theme").page
    whole = '<span class="whole">{}</span>'.format
    assert f"<h1>{whole('Scale:')} {whole('one formula')}<a " in page
    assert "<title>Scale: one formula" in page


def test_the_titles_of_its_neighbours_break_there_too(build):
    files = {"second.rst": "Two: b\n======\n"}
    text = "One: a\n======\n\n.. toctree::\n\n   second\n"
    built = build(text, "site.theme", files=files, html_theme="xent")
    second = (built.out / "second.html").read_text(encoding="utf8")
    title = r'prev-next-title">(.*?)</(?:p|span></a)>'
    whole = '<span class="whole">{}</span>'.format
    assert re.search(title, built.page)[1] == f"{whole('Two:')} {whole('b')}"
    assert re.search(title, second)[1] == f"{whole('One:')} {whole('a')}"


def test_the_next_page_is_told_by_its_number_and_what_it_begins_with(build):
    words = "One loss. " + "Another is told at length, " * 5 + "of course."
    files = {"second.rst": f"2 · Two: b\n==========\n\n*Chapter 2 of 2*\n\n{words}\n"}
    text = "One: a\n======\n\n.. toctree::\n\n   second\n"
    page = build(text, "site.theme", files=files, html_theme="xent").page
    assert 'prev-next-title"><span class="whole">2 · Two:</span>' in page
    assert '<p class="prev-next-line">One loss.</p>' in page
    assert '<link rel="next" title="2 · Two: b" href="second.html" />' in page


def test_the_last_page_of_a_part_leads_back_to_the_first_page(build):
    names = ("one", "two", "shop", "terms", "sources")
    files = {f"{name}.rst": f"{name}\n=====\n" for name in names}
    part = "\n.. toctree::\n\n   {}\n".format
    text = "Book\n====\n\nBet.\n" + part("one\n   two") + part("shop")
    text += part("terms\n   sources")
    out = build(text, "site.theme", files=files, html_theme="xent").out
    next_link = r'class="right-next" href="(.*?)"'
    pages = [(out / f"{name}.html").read_text("utf8") for name in names]
    links = [re.findall(next_link, page) for page in pages]
    home = ["index.html"]
    assert links == [["two.html"], home, home, ["sources.html"], []]
    assert f'<p class="prev-next-line">{theme.AGAIN}</p>' in pages[1]


def test_the_first_page_says_the_books_name_once(build):
    files = {"other.rst": ":orphan:\n\nOther\n====="}
    built = build(
        "Book\n====", "site.theme", files=files, html_theme="xent", html_title="Book"
    )
    other = (built.out / "other.html").read_text(encoding="utf8")
    titles = [re.search("<title>(.*?)</title>", x)[1] for x in (built.page, other)]
    assert titles == ["Book", "Other — Book"]
