"""What programs are given of the book is whole, and leads to places that exist."""

import json
import re
from pathlib import Path

import pytest

from pages import BOOK
from test_every_page import is_dead
from xent_doctor.faults import FAULTS, ROOMS, anchor

ROOT = Path(__file__).parents[2]


def given(name):
    return json.loads((BOOK / name).read_text(encoding="utf8"))


def test_the_museum_has_its_rooms_by_their_lasting_names():
    rooms = given("museum.json")["rooms"]
    assert {room["room"]: room["id"] for room in rooms} == {x: anchor(x) for x in ROOMS}
    for room in rooms:
        assert all(room[key] for key in ("you_see", "why", "check", "wrong", "right"))


def test_the_museum_has_each_fault_of_the_doctor_in_its_room():
    told = {
        (room["room"], fault["name"])
        for room in given("museum.json")["rooms"]
        for fault in room["faults"]
    }
    assert told == {(one.room, one.name) for one in FAULTS}


def test_the_glossary_has_every_term():
    source = (ROOT / "chapters/glossary.md").read_text(encoding="utf8")
    terms = [one["term"] for one in given("glossary.json")["terms"]]
    assert terms == re.findall("^## (.+)$", source, re.M)


@pytest.mark.parametrize("name", ["llms.txt", "glossary.json", "museum.json"])
def test_each_address_leads_somewhere(name):
    text = (BOOK / name).read_text(encoding="utf8")
    links = re.findall(r"\]\(([^)]+)\)|\"(?:url|explained)\": \"([^\"]+)\"", text)
    found = ["".join(link) for link in links]
    assert len(found) > 10
    assert [link for link in found if is_dead(link, BOOK / name)] == []


def test_the_map_lists_each_chapter():
    listed = (BOOK / "llms.txt").read_text(encoding="utf8")
    for page in BOOK.glob("chapters/*.html"):
        assert page.name == "index.html" or f"(chapters/{page.name})" in listed
