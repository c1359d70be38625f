"""The slides, the sheet of exercises, and what of the teacher's kit is on no page."""

import itertools
import re
import tomllib
import zipfile

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from browsing import assert_none, faults_of_colour, violations
from pages import BOOK
from prose import numbers
from test_policy import FIRST, SAID
from xent_book.site.policy import guard
from xent_book.teaching.pages import AT_THE_COMPUTER, SLIDES

ROOT = BOOK.parents[1]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
LINE = [ROOT / f"{x['file']}.ipynb" for x in TOC["parts"][0]["chapters"]]
SHEET = BOOK / "teaching/exercises.html"
SHOWN = """() => [...document.querySelectorAll("main > section")].map((one) => ({
    cut: one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth,
    says: parseFloat(getComputedStyle(one.querySelector("h1, h2")).fontSize),
    zoom: Number(one.style.getPropertyValue("--zoom")),
}))"""


@pytest.fixture
def slides(visit):
    """Opens the slides, as they are once each has its size."""

    def open_slides(width=1280, height=720, hash_="", **options):
        page = visit(f"teaching/slides.html{hash_}", width, **options)
        page.set_viewport_size({"width": width, "height": height})
        page.locator("html[data-fit]").wait_for(state="attached")
        return page

    return open_slides


def exercises_of(path):
    """The exercises of a chapter: title, question, and solution."""
    cells = nbformat.read(path, as_version=4).cells
    for cell, following in itertools.pairwise(cells):
        if found := re.search(r"^### (Exercise \d+: .*)", cell.source, re.M):
            yield found[1], cell.source[found.end() :], following.source


def words(text):
    text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", text)
    text = BeautifulSoup(re.sub(r"\$.*?\$|[*`]", "", text), "html.parser").text
    return " ".join(text.split())


@pytest.mark.parametrize("path", LINE, ids=lambda path: path.stem)
def test_the_sheet_has_each_question_and_no_solution(path):
    page = BeautifulSoup(SHEET.read_text(encoding="utf8"), "html.parser")
    [home] = page.select(f'article h2 a[href^="../chapters/{path.stem}.html"]')
    asked = {words(x.h3.text): x for x in home.find_parent("section").select("section")}
    told = list(exercises_of(path))
    assert [*asked] == [words(title) for title, *_ in told]
    for section, (_, question, solution) in zip(asked.values(), told, strict=True):
        shown = words(section.text)
        assert words(question)[:30] in shown
        for sentence in re.split(r"(?<=[.?!]) ", words(solution)):
            assert len(sentence) < 20 or sentence not in shown
        answers = {*numbers(solution)} - {*numbers(question)}
        assert {*numbers(shown)} & answers <= {*numbers(section.h3.text)}


def test_the_sheet_marks_what_paper_is_not_enough_for():
    page = BeautifulSoup(SHEET.read_text(encoding="utf8"), "html.parser")
    links = page.select("em a[href*='#exercise-']")
    assert {x["href"].partition("#")[2] for x in links} == AT_THE_COMPUTER
    assert len(links) == len(AT_THE_COMPUTER)
    calls = [x for path in LINE for x in exercises_of(path) if "above defines" in x[1]]
    assert len(calls) == 2  # of which names are used that only the page has


def test_each_slide_answers_with_an_idea_of_its_chapter_and_shows_its_part():
    text = (BOOK / "teaching/slides.html").read_text(encoding="utf8")
    shown = BeautifulSoup(text, "html.parser").select("main > section")
    for slide, (name, idea, part, asks) in zip(shown, SLIDES, strict=True):
        notebook = nbformat.read(ROOT / f"chapters/{name}.ipynb", as_version=4)
        said = [x.text.replace("\N{NO-BREAK SPACE}", " ") for x in slide.header("p")]
        assert said == ([] if idea is None else [notebook.metadata["ideas"][idea]])
        assert bool(asks) == bool(said)
        tag = re.sub(r"-\d", "", part)
        assert slide.select(tag if tag == "figure" else f"xent-{tag}")
    (said,) = SAID.findall(text)
    assert text.index(FIRST) < text.index(said) < text.index("<script")
    assert guard(text) == text


def test_the_plan_takes_forty_minutes_or_fifty_and_asks_what_the_slides_ask():
    plan = (ROOT / "chapters/teaching.md").read_text(encoding="utf8")
    row = r"^\| Slide&nbsp;(\d+),( extra,)? (\d)&nbsp;min \|[^|]+\| ([^|]+) \|"
    rows = re.findall(row, plan, re.M)
    assert [int(number) for number, *_ in rows] == [*range(1, len(SLIDES) + 1)]
    assert sum(int(minutes) for _, extra, minutes, _ in rows if not extra) == 40
    assert sum(int(minutes) for _, _, minutes, _ in rows) == 50
    assert [asks for *_, asks in rows[1:]] == [slide[-1] for slide in SLIDES[1:]]


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768), (1920, 1080)])
def test_on_a_projector_all_of_a_slide_is_seen_and_large(slides, size):
    page = slides(*size)
    shown = page.evaluate(SHOWN)
    assert len(shown) == len(SLIDES)
    least = 28 * size[0] / 1280
    assert [i for i, one in enumerate(shown, 1) if one["cut"]] == []
    assert [i for i, one in enumerate(shown, 1) if one["says"] < least] == []
    if size == (1280, 720):
        assert [i for i, one in enumerate(shown, 1) if one["zoom"] < 1.1] == []


def test_keys_buttons_and_the_address_lead_from_slide_to_slide(slides):
    page = slides(hash_="#3", reduced_motion="reduce")
    place = page.locator("output")
    expect(place).to_have_text("3 / 12")
    for key, number in (
        *(("ArrowRight", 3), ("ArrowRight", 4), (" ", 4), (" ", 5), ("PageDown", 5)),
        *(("PageDown", 6), ("ArrowLeft", 5), ("PageDown", 6), ("PageUp", 5)),
        *(("Home", 1), ("ArrowLeft", 1), ("End", 12), (" ", 12), (" ", 12)),
    ):
        page.keyboard.press(key)
        expect(place).to_have_text(f"{number} / 12")
        assert page.url.endswith(f"#{number}")
    page.get_by_role("button", name="Previous slide").click()
    expect(place).to_have_text("11 / 12")


def test_quick_presses_all_count(slides):
    page = slides()
    for _ in range(5):
        page.keyboard.press("PageDown")
    expect(page.locator("output")).to_have_text("4 / 12")


SEEN = """one => Number(getComputedStyle(one.firstElementChild).opacity) > 0"""


def test_an_answer_is_seen_once_it_is_asked_for_and_moves_nothing(slides):
    page = slides(hash_="#7", reduced_motion="reduce")
    slide = page.locator('[id="7"]')
    answer, shown = slide.locator(".says"), slide.locator(".shows")
    before = shown.bounding_box()
    assert not answer.evaluate(SEEN)
    slide.locator("h2").press("ArrowRight")
    assert answer.evaluate(SEEN)
    assert shown.bounding_box() == before
    other = page.locator('[id="8"] .says')
    page.keyboard.press("ArrowRight")
    assert not other.evaluate(SEEN)
    other.click()
    assert other.evaluate(SEEN)
    expect(page.locator("output")).to_have_text("8 / 12")


def test_who_reads_or_prints_slides_has_all_answers(slides, visit):
    page = slides()
    for slide in page.locator("section").all()[1:]:
        said = " ".join(slide.locator(".says").inner_text().split())
        assert said in slide.aria_snapshot()
    hidden = f"() => [...document.querySelectorAll('.says')].filter(x => !({SEEN})(x))"
    assert len(page.evaluate(hidden)) == len(SLIDES) - 1
    page.emulate_media(media="print")
    assert page.evaluate(hidden) == []
    page = slides(390, 844)
    assert page.evaluate(hidden) == []
    page = visit("teaching/slides.html", java_script_enabled=False)
    for answer in page.locator(".says").all():
        assert answer.evaluate(SEEN)


def test_on_a_slide_adding_begins_at_the_scores_themselves(slides):
    page = slides(hash_="#4", reduced_motion="reduce")
    scores = page.locator("xent-shift .x-live .x-score")
    expect(scores.first).to_have_text("3.2")
    page.locator("xent-shift .x-more").click()
    expect(scores.first).to_have_text("13.2")
    page.locator("xent-shift .x-yours").click()
    expect(scores.first).to_have_text("3.2")


def test_a_slide_says_which_model_reads(slides):
    page = slides(hash_="#12", reduced_motion="reduce")
    about = page.locator("xent-sentence .x-about")
    expect(about).to_be_visible()
    expect(about).to_contain_text("Read by SmolLM2")
    field = page.locator("xent-sentence textarea")
    field.fill("My dog ate the homework.")
    expect(about).to_contain_text("by a tiny model")
    tokens = page.locator("xent-sentence .x-tiles button")
    count = tokens.count()
    field.press("Enter")
    assert field.input_value() == "My dog ate the homework."
    assert tokens.count() == count
    field.press("Shift+Enter")
    assert field.input_value().count("\n") == 1


def test_a_slider_keeps_its_arrows_and_a_remote_leads_on_from_it(slides):
    page = slides(hash_="#2", reduced_motion="reduce")
    dot = page.locator("xent-explorer .x-drag")
    loss = page.locator("xent-explorer .x-loss strong")
    before = loss.inner_text()
    dot.press("ArrowRight")
    expect(loss).not_to_have_text(before)
    expect(page.locator("output")).to_have_text("2 / 12")
    dot.press("PageDown")  # first the answer, then the next slide
    expect(page.locator("section.told")).to_have_count(1)
    expect(page.locator("output")).to_have_text("2 / 12")
    dot.press("PageDown")
    expect(page.locator("output")).to_have_text("3 / 12")


def test_what_is_pulled_follows_the_mouse_though_it_is_zoomed(slides):
    page = slides(hash_="#2", reduced_motion="reduce")
    curve, loss = page.locator("xent-explorer .x-chart"), page.locator(".x-loss strong")
    grip = page.locator("xent-explorer .x-grip")

    def middle():
        box = grip.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    x, y = middle()
    page.mouse.move(x, y)
    page.mouse.down()
    goal = x - 0.2 * curve.bounding_box()["width"]
    page.mouse.move(goal, y)
    page.mouse.up()
    expect(loss).not_to_have_text("0.511")
    assert middle()[0] == pytest.approx(goal, abs=4)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_slides_are_open_to_all(slides, theme):
    page = slides(theme=theme)
    access = violations(page) if theme == "light" else []
    assert_none(access=access, colours=faults_of_colour(page))
    page.get_by_role("button", name="Light or dark").click()
    other = "light" if theme == "dark" else "dark"
    expect(page.locator(f"html[data-theme={other}]")).to_be_attached()


def test_on_a_phone_nothing_is_wider_than_the_screen(slides):
    page = slides(360, 800, theme="dark")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert_none(wide=wide > 360 and wide, colours=faults_of_colour(page))
    page = slides(360, 800)
    assert [one["zoom"] for one in page.evaluate(SHOWN)] == [1] * len(SLIDES)


def test_each_slide_is_a_page_on_paper(slides):
    page = slides()
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == len(SLIDES)


def test_without_javascript_slides_show_what_is_stored(visit):
    page = visit("teaching/slides.html", java_script_enabled=False)
    for part in page.locator(".shows > *").all():
        assert part.locator("table, svg").first.is_visible()


def test_the_sheet_of_exercises_is_open_to_all(visit):
    page = visit("teaching/exercises.html", 390)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert_none(access=violations(page), wide=wide > 390 and wide)


def test_the_exercises_to_mark_and_their_key_are_not_on_the_site():
    """Nor is what makes them: in no page, no file of Python's, and no wheel."""
    file = (ROOT / "xent_book/teaching/exercises.toml").read_text(encoding="utf8")
    told = [
        x[part]
        for x in tomllib.loads(file)["exercise"]
        for part in ("question", "answer")
    ]
    longest = [max(re.split(r"{.*?}|[*`]", " ".join(x.split())), key=len) for x in told]
    longest = [one.strip() for one in longest if len(one) > 20]
    for path in BOOK.rglob("*"):
        if path.suffix in {".html", ".js", ".json", ".txt", ".md", ".ipynb", ".py"}:
            text = " ".join(path.read_text(encoding="utf8", errors="replace").split())
            assert [one for one in longest if one in text] == [], path
    packed = [*BOOK.glob("download/*.whl"), *BOOK.glob("download/*.zip")]
    assert packed
    for path in packed:
        with zipfile.ZipFile(path) as names:
            assert [x for x in names.namelist() if "teaching/" in x] == [], path
