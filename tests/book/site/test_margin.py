"""A page's frame as it is built: contents, ticks, terms and sources."""

import pytest
from bs4 import BeautifulSoup

PAGE = """
The first page
==============

.. toctree::

   second

One
---

Two: more
---------

Deeper
~~~~~~
"""
SECOND = "Second\n======\n\nThree\n-----\n"
THEME = {
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {"secondary_sidebar_items": [], "home_page_in_toc": True},
}


@pytest.fixture
def page(build):
    """Builds pages, and gives one of them."""

    def build_page(text=PAGE, name="index", files=(), **options):
        options = {**THEME, **options}
        built = build(text, "site.margin", files=files, strict=True, **options)
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
    links = found.select("#pst-primary-sidebar .contents a")
    assert {link["href"]: link.text for link in links} == sections
    before = found.select_one(".contents").find_previous("a")
    assert before.text.strip() == {"index": "The first page", "second": "Second"}[name]
    assert not found.select(".secondary-toggle, .page-toc, #jb-print-toc nav")


def test_a_page_without_sections_has_no_contents(page):
    assert not page("Alone\n=====\n").select(".contents")
