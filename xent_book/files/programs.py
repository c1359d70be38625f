"""The book for programs that read it: a map, its terms, and the rooms of its museum.

`llms.txt`, `glossary.json` and `museum.json` are at the root of the site. What they say
is read from the pages, and the faults of a room are the doctor's, with their fixes.
Addresses are relative to the root, unless the build knows its own.
"""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx

from xent_book.site import render
from xent_book.site.contents import about, parts
from xent_book.site.search import GLOSSARY, article, terms, words
from xent_book.site.translations import ENGLISH, LANGUAGES, split
from xent_book.site.website import begins, sentences
from xent_doctor.faults import FAULTS, by_name

ROOT = Path(__file__).parents[2]
MUSEUM = "chapters/bug-museum"
ROOM = re.compile(r"Room (\d+): (.+)")
# The bold words that begin a paragraph of a room, and what they are called here.
TOLD = {"You see": "you_see", "Why?": "why", "Check:": "check", "Found in": "found_in"}


def glossary(page: str, home: str) -> Iterator[dict]:
    """The terms of the page, each with the section that explains it."""
    read = article(page)
    sections = read.select("section section")
    for section, (term, found) in zip(sections, terms(read).items(), strict=True):
        name, anchor, meaning = found
        yield {
            "id": section["id"],
            "term": term,
            "meaning": meaning,
            "url": f"{home}{GLOSSARY}.html#{section['id']}",
            "explained": f"{home}{name}.html#{anchor}".rstrip("#"),
        }


def museum(page: str, home: str) -> Iterator[dict]:
    """The rooms of the page, each with its exhibit and the doctor's faults."""
    cells = BeautifulSoup(page, "html.parser")
    for section in article(page).select("section[id^=room-]"):
        number, title = ROOM.fullmatch(words(section.h3)).groups()
        exhibit = cells.find(id=section["id"]).select_one("xent-exhibit")
        lines = json.loads(exhibit["config"])["lines"]
        *wrong, right = [{"code": code, "gives": shown} for code, shown, _ in lines]
        yield {
            "room": int(number),
            "id": section["id"],
            "title": title,
            "url": f"{home}{MUSEUM}.html#{section['id']}",
            **dict(told(section)),
            "wrong": wrong,
            "right": right,
            "faults": list(faults(int(number))),
        }


def told(section: Tag) -> Iterator[tuple[str, str]]:
    """What the paragraphs of a room say, by the bold words at their beginning."""
    for paragraph in section.select("p:has(strong)"):
        lead, text = words(paragraph.strong), words(paragraph)
        if lead in TOLD and text.startswith(lead):
            yield TOLD[lead], text.removeprefix(lead).strip()


def faults(room: int) -> Iterator[dict]:
    """The doctor's faults of a room; of those with one name, the likeliest."""
    for name in dict.fromkeys(fault.name for fault in FAULTS if fault.room == room):
        fault = by_name(name)[0]
        yield {"name": name, "kind": fault.kind, "fix": fault.fix}


# Each file: its page, what reads that, and what its list is called.
FILES = {
    "glossary.json": (GLOSSARY, glossary, "terms"),
    "museum.json": (MUSEUM, museum, "rooms"),
}


def says(app: Sphinx, name: str) -> str:
    """What a chapter teaches first, or how another page begins."""
    ideas = about(app, name).get("ideas")
    return ideas[0] if ideas else sentences(begins(app.env.get_doctree(name)))


def bring(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    out, home = Path(app.outdir), app.config.html_baseurl
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf8")
    version = yaml.safe_load(citation)["version"]
    there = {name: one for name, one in FILES.items() if one[0] in app.env.found_docs}
    for file, (page, read, name) in there.items():
        html = (out / f"{page}.html").read_text(encoding="utf8")
        data = {"version": version, name: list(read(html, home))}
        text = json.dumps(data, ensure_ascii=False, indent=1)
        (out / file).write_text(f"{text}\n", encoding="utf8")
    book = {"title": app.config.html_title, "parts": parts(app), "home": home}
    other = [x for x in sorted(app.env.found_docs) if split(x)[1] != ENGLISH]
    told = {"titles": app.env.titles, "says": partial(says, app), "files": there}
    translated = {name: LANGUAGES[split(name)[1]] for name in other}
    plan = render("llms.txt", **book, **told, translated=translated)
    (out / "llms.txt").write_text(f"{plan}\n", encoding="utf8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", bring)
