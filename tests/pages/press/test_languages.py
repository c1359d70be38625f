"""A translated page answers in its own language, and is found in it."""

import re

import pytest
from playwright.sync_api import expect

from browsing import assert_none, faults_of_colour, violations
from cells import done
from pages import BOOK

ENGLISH, GERMAN = "chapters/02-logits.html", "chapters/02-logits.de.html"
FIRST = 2  # the first cell whose code is seen
# What is said beside cells and at live parts, to eyes and to screen readers.
SAID = """() => {
    const said = new Set();
    const cells = ".run-says, .run-bar, .run-asks, .run-code, .copybtn";
    const places = `${cells}, .share, .x-live, .opening, .take`;
    for (const place of document.querySelectorAll(places)) {
        for (const one of [place, ...place.querySelectorAll("*")]) {
            if (one.closest("pre")) continue;
            for (const name of ["aria-label", "aria-description", "placeholder"])
                said.add(one.getAttribute(name));
            for (const node of one.childNodes)
                if (node.nodeType === Node.TEXT_NODE) said.add(node.data.trim());
        }
    }
    return [...said].filter((text) => /\\p{L}{2}/u.test(text ?? ""));
}"""
# The same in both languages: the words that the model can say, and names.
SAME = re.compile(
    r"(mat|hat|sat|rug|chapters\.zip|EPUB|PDF|The same number .*|\S+: Chips)"
)

pytestmark = pytest.mark.skipif(
    not (BOOK / "_static/python").exists(), reason="the book was built without Python"
)


def answer(page, exercise, code):
    """What is said of an answer to an exercise."""
    turn = page.locator(".run-turn").nth(exercise - 1)
    turn.get_by_role("textbox").fill(code)
    turn.locator(".run-go").click()
    assert done(turn) in {"yours", "error", "above"}
    return turn.locator(".run-says")


def use(page):
    """Do what a reader does, and give all that was said on the way."""
    said = {*page.evaluate(SAID)}
    for exercise, code in (
        *((1, "0.35"), (1, "0.7"), (1, "0,35"), (1, "a = 2"), (1, "(1, 2, 3)")),
        *((2, "(1, 1)"), (2, "(1, -2)"), (1, "print('x')"), (3, "100")),
    ):
        said.add(answer(page, exercise, code).inner_text())
        said |= {*page.evaluate(SAID)}
    cell = page.locator(f"#cell-{FIRST}")
    cell.locator(".run-go").click()
    done(cell)
    cell.locator(".run-change").click()
    cell.get_by_role("textbox").fill("1 / 0")
    said.add(answer(page, 1, "0.7").inner_text())  # below an error
    said |= {*page.evaluate(SAID)}
    cell.locator(".run-undo").click()
    page.locator(".share summary").first.click()
    page.locator("xent-shift .x-more").click()
    return said | {*page.evaluate(SAID)}


def test_what_a_translated_page_says_is_in_its_language(visit):
    english, page = use(visit(ENGLISH)), visit(GERMAN)
    german = use(page)
    assert len(german) > 40
    assert {one for one in german & english if not SAME.fullmatch(one)} == set()
    for exercise, code, told in (
        (1, "0.35", "✓ Richtig."),
        (1, "0.7", "Noch nicht: 0.7 ist zu hoch."),
        (1, "0,35", "Noch nicht: Python schreibt 0.35 mit Punkt, nicht mit Komma."),
        (2, "(1, 1)", "Noch nicht: Das ergibt 3, also zu viel."),
    ):
        says = answer(page, exercise, code)
        expect(says).to_have_text(told)
        expect(says).to_have_attribute("lang", "de")


def test_english_on_a_translated_page_is_marked_again(visit):
    page = visit(GERMAN)
    says = page.locator("#cell-2 .run-says")
    for text, lang in (("Running …", "de"), ("Words of another.", "en")):
        says.evaluate("(one, text) => one.replaceChildren(text)", text)
        expect(says).to_have_attribute("lang", lang)
    shown = page.locator(".run-code pre").first
    shown.evaluate("one => one.replaceChildren('Run')")
    expect(shown).to_have_text("Run")  # that is code


def test_entries_and_the_next_page_are_told_in_its_language(visit):
    page = visit(GERMAN)
    page.locator("#glossary-logit").click()
    entry = page.locator("#glossary-logit-beside")
    expect(entry).to_contain_text("Punktzahl")
    expect(entry).to_have_attribute("lang", "de")
    numbers = re.compile(r"[−\d.]+\d")
    line = page.locator(".prev-next-line").inner_text()
    english = visit(ENGLISH).locator(".prev-next-line").inner_text()
    assert numbers.findall(line) == numbers.findall(english)
    assert line != english


@pytest.mark.parametrize("width", [390, 1366])
def test_what_is_in_its_language_fits_and_is_open_to_all(visit, width):
    page = visit(GERMAN, width)
    page.locator(".share summary").first.click()
    answer(page, 1, "0,35")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert_none(
        access=violations(page),
        wide=wide > width and wide,
        colours=faults_of_colour(page),
    )


def seek(page, words):
    page.locator(".search-button:visible").first.click()
    page.locator("dialog [name=q]").fill(words)
    found = page.locator("dialog li")
    expect(found.first).to_be_visible()
    return found


@pytest.mark.parametrize("word", ["Skalarprodukt", "Punktzahl"])
def test_a_german_word_finds_the_german_page(visit, word):
    page = visit(GERMAN)
    found = seek(page, word)
    expect(found.first).to_have_attribute("lang", "de")
    expect(found.first.locator(".context")).to_contain_text(word)
    expect(page.locator("dialog [role=status]")).to_contain_text("gefunden")
    assert "02-logits.de.html" in found.first.locator("a").get_attribute("href")


def test_what_is_in_the_language_of_the_page_is_found_first(visit):
    for name, first, last in ((ENGLISH, "en", "de"), (GERMAN, "de", "en")):
        found = seek(visit(name), "embedding")
        languages = found.evaluate_all("all => all.map(one => one.lang)")
        assert (languages[0], languages[-1]) == (first, last)
        assert languages == sorted(languages, key=[first, last].index)


def test_a_word_that_begins_is_one_of_the_language_of_the_page(visit):
    english = seek(visit(ENGLISH), "wah")  # no English word begins so, but a German one
    expect(english.first).to_have_attribute("lang", "de")
    english = seek(visit(ENGLISH), "mod")  # „Modell“ does, too
    expect(english.first.locator("mark").first).to_contain_text("model")
