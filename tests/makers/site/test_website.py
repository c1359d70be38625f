"""Pages say what they are about, and a published site knows its addresses."""

import html
import multiprocessing
import re

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from xent_book.drawings import STATES, drawn
from xent_book.figures import INK, QUIET, TARGET
from xent_book.files.card import Card
from xent_book.recorded import game
from xent_book.site import website

PAGE = """
Softmax, Formula *17*
=====================

These scores have to become "chips" & sum to 1.
"""
FOLD = """\
---
file_format: mystnb
---
# A fold

```{code-cell}
:tags: [hide-input]
1
```
"""


@pytest.fixture(autouse=True)
def no_repository(monkeypatch):
    """As on a reader's machine, also where a workflow runs the tests."""
    for name in ("GITHUB_REPOSITORY", "BOOK_ADDRESS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_process_stays():
    """The map of the site is made by a process of its own, which would outlive the
    tests, and `make test | tail` with it: it holds what they write to."""
    yield
    for process in multiprocessing.active_children():
        process.terminate()
        process.join()


@pytest.fixture
def published(monkeypatch):
    """As in the workflow that publishes the book."""
    monkeypatch.setenv("BOOK_ADDRESS", "https://reader.github.io/book")
    monkeypatch.setenv("GITHUB_REPOSITORY", "Reader/book")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REF_NAME", "main")


def tags(page):
    found = re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"', page)
    return {name: html.unescape(content) for name, content in found}


def test_a_page_is_described_by_its_first_words(build):
    built = build(PAGE, "site.website", smartquotes=False)
    words = 'These scores have to become "chips" & sum to 1.'
    assert tags(built.page)["description"] == words


@pytest.mark.usefixtures("published")
def test_a_published_page_says_to_messengers_what_it_is(build):
    ours = "site.website", "files.card"
    built = build(PAGE, *ours, html_title="The book", smartquotes=False)
    found = tags(built.page)
    assert found["og:description"] == found["description"]
    assert found["og:title"] == "Softmax, Formula 17"
    assert found["og:site_name"] == "The book"
    assert found["og:type"] == "article"
    assert found["twitter:card"] == "summary_large_image"
    first = game()[0]
    assert found["og:image:alt"] == f"{first.left} ____{first.right}"
    size = found["og:image:width"], found["og:image:height"]
    with Image.open(built.out / "_static/social-card.png") as card:
        assert tuple(map(int, size)) == card.size == (1200, 630)


@pytest.mark.usefixtures("published")
def test_each_published_page_has_a_card_of_its_own(build):
    chapter = "2 · Logits\n==========\n\nScores.\n"
    files = {"02-logits.rst": chapter, "02-logits.de.rst": chapter}
    files |= {"look/other.rst": "A *long* title: x\n=================\n"}
    built = build(PAGE, "site.website", "files.card", files=files)

    def found(name):
        return tags((built.out / f"{name}.html").read_text(encoding="utf8"))

    cards = {
        name: built.out / found(name)["og:image"].split("/book/")[1]
        for name in ("index", "02-logits", "02-logits.de", "look/other")
    }
    for card in cards.values():
        with Image.open(card) as image:
            assert image.size == (1200, 630)
    drawn = {name: card.read_bytes() for name, card in cards.items()}
    assert drawn["02-logits"] == drawn["02-logits.de"]
    assert len({*drawn.values()}) == 3
    assert "mat 3.2" in found("02-logits")["og:image:alt"]
    assert found("look/other")["og:image:alt"] == "A long title: x"


@pytest.mark.usefixtures("published")
def test_the_sites_own_address_tells_what_the_first_page_tells_and_leads_there(build):
    files = {"first/page.rst": PAGE}
    ours, home = ("site.website", "files.card"), "first/page"
    built = build("Other\n=====\n", *ours, files=files, root_doc=home)
    first = (built.out / "first/page.html").read_text(encoding="utf8")
    told = {name: text for name, text in tags(first).items() if name != "viewport"}
    assert tags(built.page) == told
    assert "og:image" in told
    assert '<meta http-equiv="Refresh" content="0; url=first/page.html"' in built.page
    for tag in ("<title>", '<link rel="canonical"'):
        assert re.search(f"{tag}[^>]*>", first)[0] in built.page


def test_a_description_is_short(build):
    described = tags(build("word " * 100, "site.website").page)["description"]
    assert 150 < len(described) <= 160
    assert described.endswith("word …")


def test_a_chapters_time_is_not_what_it_is_about(build):
    text = "Title\n=====\n\n*Chapter 1 of 5*\n\n*The* cat sat."
    assert tags(build(text, "site.website").page)["description"] == "The cat sat."


def test_of_a_long_sentence_its_first_words_are_told():
    assert website.sentences("One two three. Four?", 20) == "One two three. Four?"
    assert website.sentences("One two three. Four?", 19) == "One two three."
    assert website.sentences("One two three. Four?", 10) == "One two …"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("By GPT-2's *x*, in Chapter 3.", ["GPT-2’s", "Chapter 3."]),
        (
            "Formula (17), and *H*(*y*, *p*) of *p*(*y*).",
            ["Formula (17),", "H(y, p", "p(y"],
        ),
        ("`GPT-2`, a GPT, and *a* (b).", []),
        ("*Chapter 1 of 11*", []),
        (
            "Now ({math}`p`), {math}`q`: a *b* {math}`r`.",
            [r"(\(p\)),", r"\(q\):", r"\(r\)."],
        ),
    ],
)
def test_no_line_ends_within_a_word(build, text, words):
    files = {"page.md": f"---\norphan: true\n---\n\n# T\n\n{text}"}
    built = build("T\n=", "site.website", others=("myst_parser",), files=files)
    page = (built.out / "page.html").read_text(encoding="utf8")
    found = BeautifulSoup(page, "html.parser").select(".word")
    assert [word.get_text() for word in found] == words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("*p* − *y* = 2 × 3, `1 + 1`", "p~−~y~= 2~×~3, 1 + 1"),
        ("ln *V*, ln 2, −log p, a log of p", "ln~V, ln~2, −log~p, a log of p"),
        ("1.93 bits per byte, 0.5 nats", "1.93~bits~per~byte, 0.5~nats"),
    ],
)
def test_no_line_ends_within_a_formula_of_words(build, text, kept):
    files = {"page.md": f"---\norphan: true\n---\n\n# T\n\n{text}"}
    built = build("T\n=", "site.website", others=("myst_parser",), files=files)
    page = (built.out / "page.html").read_text(encoding="utf8")
    said = BeautifulSoup(page, "html.parser").select_one("section > :not(h1)")
    assert said.get_text().replace("\N{NO-BREAK SPACE}", "~") == kept


def test_examples_stay_as_they_are_typed(build):
    page = build("T\n=\n\n>>> p = 1 - 0 × 2", "site.website").page
    assert BeautifulSoup(page, "html.parser").pre.get_text() == ">>> p = 1 - 0 × 2\n"


def test_nor_does_one_of_a_title(build):
    built = build("A check: ln V and Formula (17)\n" + "=" * 30, "site.website")
    title = BeautifulSoup(built.page, "html.parser").h1.get_text()
    kept = "A check: ln~V and Formula~(17)¶"
    assert title.replace("\N{NO-BREAK SPACE}", "~") == kept


def test_a_page_without_a_paragraph_is_described_by_the_books_title(build):
    built = build("Title\n=====", "site.website", html_title="The book")
    for name in ("index", "genindex", "search"):
        found = tags((built.out / f"{name}.html").read_text(encoding="utf8"))
        assert found["description"] == "The book"


def test_an_open_solution_can_be_hidden_by_name(build):
    fold = "<details><summary>Show the solution</summary></details>"
    text = f"T\n=\n\n.. raw:: html\n\n   {fold}\n"
    page = build(text, "site.website").page
    assert re.findall(r'<span class="(\w+)">(\w+) the solution', page) == [
        ("closed", "Show"),
        ("opened", "Hide"),
    ]


def test_a_fold_is_named_by_what_it_shows(build):
    files = {"fold.md": FOLD}
    options = {"others": ("myst_nb",), "nb_execution_mode": "off"}
    built = build(PAGE, "site.website", files=files, **options)
    page = (built.out / "fold.html").read_text(encoding="utf8")
    assert "<summary>" in page
    assert "<summary aria-label" not in page


def test_a_local_build_names_no_address(build):
    built = build(PAGE, "site.website", "files.card")
    assert not {"og:url", "og:image", "twitter:card"} & tags(built.page).keys()
    assert not (built.out / "sitemap.xml").exists()
    assert not (built.out / "_static/social-card.png").exists()


@pytest.mark.usefixtures("published")
def test_a_published_page_names_its_address(build):
    built = build(PAGE, "site.website", "files.card")
    found = tags(built.page)
    assert found["og:url"] == "https://reader.github.io/book/index.html"
    assert found["og:image"] == "https://reader.github.io/book/_static/social-card.png"
    listed = re.findall("<loc>(.*?)</loc>", (built.out / "sitemap.xml").read_text())
    assert listed == [found["og:url"]]


def test_a_page_with_an_address_and_no_repository_has_no_dead_button(
    build, monkeypatch
):
    monkeypatch.setenv("BOOK_ADDRESS", "https://book.example")
    page = build(PAGE, "site.website", "site.theme", html_theme="xent").page
    assert '<link rel="canonical" href="https://book.example/index.html"' in page
    assert "repository" not in page


@pytest.mark.usefixtures("published")
def test_a_published_page_links_to_its_repository(build):
    page = build(PAGE, "site.website", "site.theme", html_theme="xent").page
    repository = "https://github.com/Reader/book"
    ways = ["/edit/main/index.rst", "/issues/new/choose"]
    ways = [f'href="{repository}{way}' for way in ways]
    ways.append(
        "https://mybinder.org/v2/gh/Reader/book/main?urlpath=lab/tree/index.rst"
    )
    assert [way for way in ways if way not in page] == []


NAMED = PAGE + "\nIn a clone of the book’s repository, too.\n"


@pytest.mark.usefixtures("published")
def test_where_a_page_names_the_repository_it_leads_there(build):
    page = build(NAMED, "site.website").page
    link = '<a class="reference external" href="https://github.com/Reader/book">'
    assert f"a clone of the {link}book’s repository</a>, too." in page


def test_a_local_page_names_the_repository_and_leads_nowhere(build):
    assert "clone of the book’s repository, too." in build(NAMED, "site.website").page


def test_a_local_page_asks_nobody(build):
    options = {"html_theme_options": {"repository_url": ""}}
    page = build(PAGE, "site.website", "site.theme", html_theme="xent", **options).page
    assert 'class="ask"' not in page


COMMANDS = """
.. code-block:: sh

   make notebooks

.. code-block:: python

   print()
"""


def shown(build):
    """The code on a page, built a second time, as a reader copies it."""
    for anew in (True, False):
        page = build(COMMANDS, "site.website", anew=anew).page
    blocks = re.findall("<pre>(.*?)</pre>", page, re.DOTALL)
    return [html.unescape(re.sub("<[^>]*>", "", block)).strip() for block in blocks]


def test_commands_are_for_the_folder_that_the_reader_has(build):
    assert shown(build) == ["make notebooks", "print()"]


@pytest.mark.usefixtures("published")
def test_commands_of_a_published_page_begin_with_the_way_to_the_folder(build):
    way = "git clone https://github.com/Reader/book\ncd book\nmake notebooks"
    assert shown(build) == [way, "print()"]


def test_a_card_draws_all_kinds_of_lines_and_words_as_the_pages_do():
    card = Card()
    for state in STATES.values():
        card.draw(drawn(state, state.start)[0].shapes, 0, 0)
    assert {text.get_ha() for text in card.page.texts} == {"left", "center", "right"}
    lines = {(line.get_color(), line.get_linewidth()) for line in card.page.lines}
    assert lines >= {(INK, 3.5), (INK, 1.5), (QUIET, 1.5), (TARGET, 3.5)}
