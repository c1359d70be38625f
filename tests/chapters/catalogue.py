"""The tables of chapters/doctor-reference.md that the doctor's catalogue holds.

    .venv/bin/python tests/chapters/catalogue.py

writes them anew: the names of its faults by room, and its recipes.
"""

import re
from pathlib import Path

from xent_doctor.faults import FAULTS, ROOMS, anchor, by_name
from xent_doctor.recipes import RECIPES

PAGE = Path(__file__).parents[2] / "chapters/doctor-reference.md"


def names_by_room():
    for room, title in ROOMS.items():
        names = dict.fromkeys(one.name for one in FAULTS if one.room == room)
        shown = (f"{sign(by_name(name)[0])}`{name}`" for name in names)
        link = f"[Room {room}: {title}](bug-museum.ipynb#{anchor(room)})"
        if names:
            yield f"| {link} | {', '.join(shown)} |"


def sign(fault):
    return "" if fault.kind == "fault" else "–\N{NO-BREAK SPACE}"


def recipes():
    for name, recipe in RECIPES.items():
        write = f"`{recipe['write']}`" if recipe["write"] else ""
        yield f"| {name} | {recipe['when']} | {write} |"


TABLES = {"room | names": names_by_room, "recipe | when | write": recipes}


def filled(text):
    """The page with these tables as they should be."""
    for head, rows in TABLES.items():
        old = rf"(^\| {re.escape(head)} \|\n\|[-|]+\|\n)(?:\|.*\n)+"
        new = "".join(f"{row}\n" for row in rows())
        text, n = re.subn(old, lambda m, new=new: m[1] + new, text, flags=re.M)
        assert n == 1, f"no table | {head} |"
    return text


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf8")), encoding="utf8")
