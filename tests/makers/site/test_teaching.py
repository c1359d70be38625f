"""The slides and the sheet of exercises, of a small book."""

import re

from bs4 import BeautifulSoup

from xent_book.teaching import pages

PAGE = """
<section><figure class="a"><svg viewBox="0 0 1 1"></svg></figure>
<xent-gap embed="gap" data-title="The loss as a distance" config="{}">a gap</xent-gap>
<xent-push embed="push" data-title="Pushes" config="{}">one</xent-push>
<xent-push embed="push-2" data-title="Steps" config="{}">two</xent-push>
<xent-game config="{}">five</xent-game><figure>another</figure></section>
"""
EXERCISE = """
<section id="exercises"><h2>Exercises</h2><section id="exercise-1-a-bit">
<h3>Exercise 1: a bit<a class="headerlink" href="#exercise-1-a-bit">#</a></h3>
<p>Which <a href="glossary.html#bit">bit</a>? See <a href="#above">above</a>, and
<a href="https://example.org/">there</a>.</p>
<div class="highlight">some code</div>
<details><summary>Show the solution</summary><p>The answer is 0.5.</p></details>
</section><div class="cell">0.5</div></section>
"""


def test_parts_and_the_first_figure_are_found_as_they_stand():
    found = pages.shown(PAGE)
    assert {*found} == {"figure", "gap", "push", "push-2", "game"}
    assert found["gap"] == '<xent-gap config="{}">a gap</xent-gap>'
    assert "two" in found["push-2"]
    assert 'viewBox="0 0 1 1"' in found["figure"]
    assert "another" not in found["figure"]


def test_a_question_ends_where_its_solution_begins():
    [asked] = pages.questions(EXERCISE, "chapters/four")
    page = BeautifulSoup(asked, "html.parser")
    assert page.h3.text == "Exercise 1: a bit"
    assert "some code" in page.text
    assert "0.5" not in asked
    assert [link["href"] for link in page.select("a")] == [
        "../chapters/glossary.html#bit",
        "../chapters/four.html#above",
        "https://example.org/",
    ]


def test_the_book_has_a_slide_for_each_idea_that_is_shown(build, monkeypatch):
    monkeypatch.setattr(
        pages,
        "SLIDES",
        (("first", None, "gap", None), ("four", 0, "push", "How *far* & why?")),
    )
    ideas = {"first": None, "four": ["The loss is a gap, & <small>."]}

    def about(app, name):
        return {"ideas": ideas[name.rpartition("/")[2]]}

    monkeypatch.setattr(pages, "about", about)
    toctree = ".. toctree::\n   :caption: Line\n\n   chapters/first\n   chapters/four\n"
    part = "\n\n.. raw:: html\n\n   <xent-{0} config='{{}}'>{0}</xent-{0}>\n"
    asks = "\n\nExercises\n---------\n\nExercise 1: how much\n~~~~~~~~~~~~~~~~~~~~~\n\n"
    asks += "Guess.\n\n.. raw:: html\n\n   <details>It is 7.</details>\n"
    built = build(
        f"A book\n======\n\n{toctree}",
        "site.theme",
        "teaching.pages",
        html_theme="xent",
        html_title="A book",
        files={
            "chapters/first.rst": "1 · First\n=========" + part.format("gap"),
            "chapters/four.rst": "4 · Four\n========" + part.format("push") + asks,
        },
    )
    assert built.status == 0, built.warnings
    page = (built.out / "teaching/slides.html").read_text(encoding="utf8")
    slides = BeautifulSoup(page, "html.parser").select("main > section")
    assert [one["id"] for one in slides] == ["1", "2"]
    assert slides[0].h1.text == "1 · First"
    assert slides[1].h2.decode_contents() == "How <i>far</i> &amp; why?"
    assert slides[1].find(class_="says").text == "The loss is a gap, & <small>."
    assert not slides[0].find(class_="says")
    assert slides[1].find("xent-push").text == "push"
    assert slides[1].a["href"] == "../chapters/four.html"
    loaded = {*re.findall(r"_static/([\w.]+)\?", page)}
    assert {"slides.js", "live.js", "gap.js", "push.js", "slides.css"} <= loaded
    assert "book.js" not in loaded

    sheet = (built.out / "teaching/exercises.html").read_text(encoding="utf8")
    main = BeautifulSoup(sheet, "html.parser").select_one("article")
    assert [one.text for one in main.select("h3")] == ["Exercise 1: how much"]
    assert "Guess." in main.text
    assert "It is 7." not in sheet
