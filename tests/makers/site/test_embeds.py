"""A page for each live part, made of its chapter's page."""

import re

from bs4 import BeautifulSoup

FIRST = """
A book
======

.. toctree::

   four
"""
PART = '<xent-{0} config="{{}}"><svg viewBox="0 0 1 1"></svg>{1}</xent-{0}>'
FOUR = f"""
4 · The loss
============

A gap & a wall
--------------

.. raw:: html

   {PART.format("gap", "a table")}
   {PART.format("push", 1)}{PART.format("push", 2)}{PART.format("push", 3)}
   {PART.format("exhibit", "a room")}
"""


def test_each_part_of_a_chapter_gets_a_page_that_leads_there(build):
    shown = FIRST + f"\n.. raw:: html\n\n   {PART.format('game', 'five')}\n"
    built = build(
        shown,
        "site.theme",
        "site.embeds",
        strict=True,
        html_theme="xent",
        project="Book",
        html_title="Book",
        html_baseurl="https://book.example/",
        files={"four.rst": FOUR},
    )
    assert built.status == 0, built.warnings
    pages = {path.stem: path for path in (built.out / "embed").iterdir()}
    assert {*pages} == {"gap", "push", "push-2"}
    text = pages["gap"].read_text(encoding="utf8")
    assert 'viewBox="0 0 1 1"' in text
    page = BeautifulSoup(text, "html.parser")
    assert page.title.text == "The loss as a distance — Book"
    part = page.select_one("main xent-gap")
    assert (part["embed"], part["config"], part.text) == ("gap", "{}", "a table")
    about = page.select_one("main h1 + p")
    assert about.text.startswith("A language model has read “The cat sat on the” and")
    assert about.sup.text == "logit"
    link = page.select_one("main a")
    assert link["href"] == "../four.html#a-gap-a-wall"
    foot = link.find_parent("p")
    credit = "Book, by The authors of How surprised is the model?"
    assert foot.text == f"From 4 · The loss in {credit}, CC BY 4.0"
    assert foot.find("a", string=credit)["href"] == "https://book.example/"
    assert (
        page.select_one("[rel=canonical]")["href"] == "https://book.example/four.html"
    )
    loaded = re.findall(r"_static/([\w.]+)\?", text)
    assert loaded == ["book.css", "gap.css", "copy.js", "live.js", "gap.js"]
    assert "2</xent-push>" in pages["push-2"].read_text(encoding="utf8")
    assert "embed=" not in built.page
