"""A translation takes its chapter's place, and each leads to the other."""

import re
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from xent_book.run.pages import ASKS
from xent_book.site import translations
from xent_book.site.heads import STATIONS
from xent_book.site.margin import LISTS

TREE = "Book\n====\n\n.. toctree::\n\n   one\n   two\n   three\n"
FOLD = "<details>\n<summary>{} solution</summary>\n\nIt is.\n\n</details>"
ENGLISH = ["# 2 · Two", "*Chapter 2 of 3*", "Words.", "## A part", "Numbers."]
ENGLISH += [FOLD.format("Show the"), "## Exercises", "One."]
GERMAN = ["# 2 · Zwei", "*Kapitel 2 von 3*", "Wörter.", "## Ein Teil", "Zahlen."]
GERMAN += [FOLD.format("Lösung zeigen"), "## Übungen", "Eine."]
GERMAN[5] = GERMAN[5].replace(" solution", "")
OURS = ("theme", "translations", "heads", "website", "search")


def notebook(*texts, **told):
    cells = [nbformat.v4.new_markdown_cell("\n\n".join(texts), id="a")]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=told))


@pytest.fixture
def book(build):
    def build_book(*german, **options):
        told = {"ideas": ["An idea."], "minutes": [1, 2], "stations": ["mean"]}
        files = {
            "one.ipynb": notebook("# One", "First."),
            "two.ipynb": notebook(*ENGLISH, **told),
            "two.de.ipynb": notebook(
                *(german or GERMAN), **told | {"ideas": ["Idee."]}
            ),
            "three.ipynb": notebook("# Three", "Last."),
        }
        return build(
            TREE,
            *(f"site.{name}" for name in OURS),
            "files.programs",
            others=["myst_nb"],
            files=files,
            html_theme="xent",
            nb_execution_mode="off",
            exclude_patterns=["two.de.ipynb"],  # as of what no list has
            **options,
        )

    return build_book


def read(built, name):
    text = (built.out / f"{name}.html").read_text(encoding="utf8")
    return BeautifulSoup(text, "html.parser")


def links(page, which):
    return [(link.get("hreflang"), link["href"]) for link in page.select(which)]


def test_each_leads_to_the_other_and_says_its_language(book):
    built = book(strict=True)
    assert built.status == 0, built.warnings
    both = [("en", "two.html"), ("de", "two.de.html")]
    english, german = read(built, "two"), read(built, "two.de")
    for page, language, other in ((english, "en", both[1]), (german, "de", both[0])):
        assert page.html["lang"] == language
        assert links(page, ".chapter .language[rel=alternate]") == [other]
        assert not page.select("link[rel=alternate]")  # which wants whole addresses
    assert english.select_one(".language").text == "Deutsch"
    assert not read(built, "one").select(".language")


def test_a_published_one_names_whole_addresses(book):
    built = book(html_baseurl="https://a.org/")
    for name in ("two", "two.de"):
        assert links(read(built, name), "link[rel=alternate]") == [
            ("en", "https://a.org/two.html"),
            ("de", "https://a.org/two.de.html"),
        ]
    assert not read(built, "one").select("link[rel=alternate]")


def test_it_stands_where_its_chapter_does_and_keeps_its_addresses(book):
    built = book()
    english, german = read(built, "two"), read(built, "two.de")
    ids = [[x["id"] for x in page.select("section[id]")] for page in (english, german)]
    assert ids[0] == ids[1] == ["two", "a-part", "exercises"]
    for page in (english, german):
        assert page.select_one(".left-prev")["href"] == "one.html"
        assert page.select_one(".right-next")["href"] == "three.html"
    assert read(built, "three").select_one(".left-prev")["href"] == "two.html"
    [here] = german.select("nav [aria-current=page]")
    assert here.text == "2 · Zwei"
    shown = [
        (x.a["href"], x.get("lang")) for x in german.select("nav.bd-links ul > li")
    ]
    assert shown[1:] == [("one.html", "en"), ("#", None), ("three.html", "en")]
    assert [x.text for x in german.select(".contents a")] == ["Ein Teil", "Übungen"]
    assert "two.de.html" not in str(read(built, "one").nav)


def test_its_frame_is_in_its_language(book):
    built = book()
    page = read(built, "two.de")
    assert page.summary.text == "Lösung zeigenLösung ausblenden"
    assert page.select_one(".skip-link").text == "Zum Inhalt springen"
    assert page.select_one(".stations [aria-current]").text == "Mittelwert"
    assert page.select_one(".left-prev").text == "Zurück: One"
    assert page.select_one(".left-prev span")["lang"] == "en"
    assert read(built, "two").summary.text == "Show the solutionHide the solution"


def test_the_search_and_the_map_have_it(book):
    built = book()
    for name in ("passages.js", "searchindex.js"):
        text = (built.out / name).read_text(encoding="utf8").lower()
        assert "number" in text
        assert "zahl" in text
    listed = (built.out / "llms.txt").read_text(encoding="utf8")
    assert "- [2 · Zwei](two.de.html) (Deutsch): Idee." in listed


def test_one_with_another_number_of_sections_is_told(book):
    assert "translations: 2 sections, where the chapter has 3" in (
        book(*GERMAN[:5]).warnings
    )


def test_what_is_said_is_translated_around_what_changes(monkeypatch):
    says = {"Run {}": "{} los", "cell {}": "Zelle {}", "{} of {}": "von {1}: {0}"}
    monkeypatch.setattr(translations, "TABLES", {"de": {"says": says}})
    for text, own in {
        "Run cell 3": "Zelle 3 los",
        "\n Run cell\n  3 ": "\n Zelle 3 los ",
        "2 of 5": "von 5: 2",
        "Rerun cell 3": None,
        " ": None,
    }.items():
        assert translations.translate(text, "de") == own


def test_what_a_table_has_of_a_part_is_translated_and_not_marked(build, monkeypatch):
    says = {"less": "weniger", "Scores: {}": "Punkte: {}"}
    monkeypatch.setattr(translations, "TABLES", {"de": {"says": says, "frame": {}}})
    part = '<xent-gap config=""><p title="less">Scores: 1 &lt; 2</p></xent-gap>'
    text = f"T\n=\n\n.. raw:: html\n\n   {part}"
    tree = TREE.replace("   one\n", "").replace("   three\n", "")
    files = {"two.rst": text, "two.de.rst": text}
    built = build(tree, "site.translations", files=files)
    english, german = read(built, "two"), read(built, "two.de")
    assert str(english.find("xent-gap")) == part
    own = part.replace("less", "weniger", 1).replace("Scores", "Punkte")
    assert str(german.find("xent-gap")) == own
    assert german.select("script[src*='words.de.js']")
    assert not english.select("script[src*='words.de.js']")


def test_a_live_part_and_a_drawing_that_no_table_has_are_english(build):
    text = ".. raw:: html\n\n   <xent-gap config=''></xent-gap>{}"
    text = text.format('<p class="opening large"></p>')
    files = {"two.rst": f"T\n=\n\n{text}", "two.de.rst": f"T\n=\n\n{text}"}
    tree = TREE.replace("   one\n", "").replace("   three\n", "")
    built = build(tree, "site.translations", files=files)
    found = read(built, "two.de").select("[lang]")
    assert [(x.name, x["lang"]) for x in found[-2:]] == [
        ("xent-gap", "en"),
        ("p", "en"),
    ]
    assert not read(built, "two").select("xent-gap[lang]")


def test_all_that_a_frame_says_is_translated_and_nothing_else():
    folder = Path(translations.__file__).parent
    templates = "".join(x.read_text("utf8") for x in folder.glob("theme/*.html"))
    said = {*re.findall(r'say\("([^"]+)"\)', templates), *STATIONS, ASKS}
    said |= {"Show the solution", "Hide the solution"}
    said |= {name.title() for name in LISTS}
    toc = yaml.safe_load((folder.parents[1] / "_toc.yml").read_text("utf8"))
    said |= {part["caption"] for part in toc["parts"]}
    for words in translations.WORDS.values():
        assert said - {"−log p"} == words.keys()
