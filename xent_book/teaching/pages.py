"""Two pages for teachers, made of the chapters' pages: slides, and all exercises.

`teaching/slides.html` asks a question on each slide, and answers it with an idea of a
chapter, as the chapter's metadata words it, beside a live part or a figure of that
chapter. So no answer is typed here that could differ from the book.
`teaching/exercises.html` has the questions of the chapters' exercises, without the
solutions.
"""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from markupsafe import Markup, escape
from sphinx.application import Sphinx

from xent_book.site import live, render
from xent_book.site.contents import about, parts
from xent_book.site.website import unbroken

FOLDER = "teaching"
# Chapter, which of its ideas, what is shown (a part, as its alone.toml names it, or the
# first figure), and what the class is asked before it sees the idea. The first slide
# has the title of the book, which is a question itself.
SLIDES = (
    ("index", None, "game", None),
    (
        "01-surprise",
        0,
        "explorer",
        "What does a forecast pay that was certain and right? "
        "What if it had no chips there?",
    ),
    ("01-surprise", 1, "figure", "Why not simply 1 − *p*?"),
    ("02-logits", 1, "shift", "All scores rise by ten. Who gets more chips?"),
    (
        "03-softmax",
        0,
        "pour",
        "*sat* has a score below zero. How many chips does it get?",
    ),
    (
        "03-softmax",
        2,
        "pour-2",
        "At a very high temperature, which word is the likeliest?",
    ),
    (
        "04-token-loss",
        0,
        "gap",
        "Can the loss of *mat* change if nobody touches *mat*?",
    ),
    (
        "05-dataset-loss",
        2,
        "averages",
        "Is the mean of three means the mean of all tokens?",
    ),
    (
        "06-learning",
        0,
        "push-2",
        "The model gets more and more wrong. How strong can the push become?",
    ),
    ("06-learning", 2, "letters", "Where does the curve level off, and why?"),
    ("07-is-my-loss-good", 0, "ruler", "A log prints a loss. Is it a good one?"),
    ("08-real-model", 1, "sentence", "Which word surprises the model most?"),
)
# The exercises for which paper is not enough, by the chapters' anchors.
AT_THE_COMPUTER = {
    "exercise-2-the-same-text-twice",
    "exercise-3-padding-with-a-word",
    "exercise-3-three-times-the-text",
    "exercise-1-the-second-time",
}
THERE = '<p><em>At the computer, in <a href="../{}.html#{}">the chapter</a>.</em></p>'
SHOWN = re.compile(
    r"<(figure|xent-(\w+))(?: embed=\"([\w-]+)\" data-title=\"[^\"]*\")?(?=[ >])"
    r"(.*?)</\1>",
    re.DOTALL,
)


def shown(page: str) -> dict[str, str]:
    """The parts of a page by their names, and its first figure."""
    found: dict[str, str] = {}
    for tag, part, name, rest in SHOWN.findall(page):
        found.setdefault(name or part or tag, f"<{tag}{rest}</{tag}>")
    return found


def chapter(app: Sphinx, name: str) -> dict:
    """A page as it was written, with its place, its title, and its ideas."""
    place = f"chapters/{name}"
    html = Path(app.outdir, f"{place}.html").read_text(encoding="utf8")
    title, ideas = app.env.titles[place].astext(), about(app, place).get("ideas")
    return {"html": html, "place": place, "title": title, "ideas": ideas}


def slides(app: Sphinx) -> Iterator[dict]:
    for name, idea, what, asks in SLIDES:
        page = chapter(app, name)
        shows = shown(page["html"])[what]
        says = unbroken(page["ideas"][idea]) if asks else ""
        heads = italic(asks or page["title"])
        yield {**page, "asks": Markup(heads), "says": says, "shows": shows}


def italic(text: str) -> str:
    """Words between asterisks in italics."""
    return re.sub(r"\*(.+?)\*", r"<i>\1</i>", str(escape(unbroken(text))))


def questions(page: str, place: str) -> Iterator[str]:
    """The exercises of a page: from each heading to the solution's fold."""
    for section in BeautifulSoup(page, "html.parser").select("section[id^=exercise-]"):
        section.select_one("a.headerlink").decompose()
        for link in section.select("a[href]"):
            led = urljoin(f"{place}.html", str(link["href"]))
            link["href"] = led if "://" in led else f"../{led}"
        whole = section.find_all(recursive=False)
        asked = [*map(str, takewhile(lambda one: one.name != "details", whole))]
        if (name := str(section["id"])) in AT_THE_COMPUTER:
            asked.insert(1, THERE.format(place, name))
        yield "".join(asked)


def sheet(app: Sphinx) -> Iterator[dict]:
    """The chapters of the line, each with its exercises."""
    for name in next(names for _, names in parts(app)):
        page = chapter(app, name.rpartition("/")[2])
        yield {**page, "asks": list(questions(page["html"], page["place"]))}


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Both pages, once those of the chapters are written."""
    told = list(slides(app))
    # Here the page's fonts and scripts are looked for.
    body = "".join(
        f"<h1>{slide['asks']}</h1>{slide['says']}{slide['shows']}" for slide in told
    )
    loads = ["live", "slides", *live.parts(body)]
    about_slides = {"title": "Slides", "slides": told, "body": body, "loads": loads}
    yield f"{FOLDER}/slides", about_slides, "slides.html"
    asked = {"title": "Exercises", "chapters": list(sheet(app))}
    asked["body"] = render("exercises.html", **asked)
    yield f"{FOLDER}/exercises", asked, "page.html"


def load_slides(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if template == "slides.html":
        app.add_js_file("slides.js", priority=950, loading_method="defer")
        app.add_css_file("slides.css", priority=950)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", load_slides)
    app.connect("html-collect-pages", pages)
