"""What programs are given of the book: its map, its terms, and the museum's rooms."""

import json

from xent_book.files.programs import glossary, museum

MUSEUM = """<article><section id="museum"><h2>The museum</h2>
<section id="room-7-softmax-twice"><h3>Room 7: softmax, twice<a
class="headerlink">#</a></h3>
<p><strong>You see</strong> a loss.</p>
<p><span class="said"><strong>Check:</strong> add <em>1</em>.</span>\u2060</p>
<p>A <strong>term</strong>.</p>
<div class="cell"><xent-exhibit config='{"lines": [["f(o)", "1.052", 1.0525],
["g(o)", "0.4899", 0.489875]]}'></xent-exhibit></div>
</section></section></article>"""
GLOSSARY = """<article><section id="glossary"><h1>Glossary</h1>
<section id="bit"><h2>Bit</h2>
<p>A unit. →\xa0<a class="internal" href="01-surprise.html#nats">Chapter 1</a></p>
</section></section></article>"""


def test_a_room_has_its_words_its_lines_and_the_doctors_faults():
    (room,) = museum(MUSEUM, "")
    names = [fault.pop("name") for fault in room["faults"]]
    assert "softmax-twice" in names
    assert all(fault["fix"] and fault["kind"] for fault in room.pop("faults"))
    assert room == {
        "room": 7,
        "id": "room-7-softmax-twice",
        "title": "softmax, twice",
        "url": "chapters/bug-museum.html#room-7-softmax-twice",
        "you_see": "a loss.",
        "check": "add 1.",
        "wrong": [{"code": "f(o)", "gives": "1.052"}],
        "right": {"code": "g(o)", "gives": "0.4899"},
    }


def test_a_term_has_its_meaning_and_where_it_is_explained():
    assert list(glossary(GLOSSARY, "https://a.org/")) == [
        {
            "id": "bit",
            "term": "Bit",
            "meaning": "A unit.",
            "url": "https://a.org/chapters/glossary.html#bit",
            "explained": "https://a.org/chapters/01-surprise.html#nats",
        }
    ]


def test_the_map_lists_each_page_with_what_it_says(build):
    text = "A book\n======\n\nIt begins.\n\n.. toctree::\n   :caption: Part\n\n   one\n"
    files = {"one.rst": "One\n===\n\nThis page says one thing. And another."}
    built = build(text, "files.programs", files=files, html_baseurl="https://a.org/")
    told = (built.out / "llms.txt").read_text(encoding="utf8")
    assert "\n## Part\n\n- [One](https://a.org/one.html): This page says one" in told
    assert "museum.json" not in told  # this book has none
    assert not (built.out / "museum.json").exists()


def test_what_is_written_is_what_the_pages_say(build):
    layout = "{% block body %}<article>{{ body }}</article>{% endblock %}"
    term = "Words\n=====\n\nBit\n---\n\nA unit. → :ref:`there <unit>`\n"
    files = {"templates/page.html": layout, "chapters/glossary.rst": term}
    files["chapters/one.rst"] = "One\n===\n\n.. _unit:\n\nUnit\n----\n\nIt is.\n"
    text = "A\n=\n\n.. toctree::\n\n   chapters/glossary\n   chapters/one\n"
    built = build(text, "files.programs", files=files, templates_path=["templates"])
    told = json.loads((built.out / "glossary.json").read_text(encoding="utf8"))
    assert told["version"]
    (bit,) = told["terms"]
    assert (bit["id"], bit["explained"]) == ("bit", "chapters/one.html#unit")
