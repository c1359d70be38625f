"""The plan: the numbers of losses as people write them, and what fits them."""

import itertools
import math
import re

import nbformat
import numpy as np
import pytest

import prose
from parts import cells, config
from planted import AS_WRITTEN, PLANTED
from xent_book import example
from xent_book.parts import Plan
from xent_book.parts.plan import FAR, HALL, ROOMS, WING, fits

ENTRIES = {one.what: one for one in Plan().entries}
ROWS = [np.array([row]) for row in (example.logits, FAR)]
SHOWN = [fault for fault in PLANTED if str(fault) in ENTRIES]


@pytest.mark.parametrize("fault", SHOWN, ids=lambda fault: fault.name)
def test_a_number_is_what_such_a_loss_gives(fault):
    with np.errstate(all="ignore"):
        near, far = (float(AS_WRITTEN[fault.name](o, np.array([0]))) for o in ROWS)
    entry = ENTRIES[str(fault)]
    right = pytest.approx([near, far], rel=max(fault.near, 1e-9), nan_ok=True)
    assert [entry.near, entry.far] == right
    assert entry.room == fault.room
    assert entry.advice.endswith(fault.fix)
    assert entry.advice.startswith("Right if") == (fault.kind == "convention")


def test_what_is_left_out_is_right_in_both_rows_or_needs_more_of_them():
    names = {fault.name for fault in SHOWN}  # of each the first way
    for fault in PLANTED:
        if fault.name not in names and not fault.between:
            assert fault.shows_in != "rows" or fault.across_rows or is_right(fault)
    # Their usual sizes are not those that are planted.
    sized = {fault.name for fault in PLANTED if fault.between}
    assert sized - {fault.name for fault in SHOWN} == {"temperature"}


def is_right(fault):
    losses = [float(AS_WRITTEN[fault.name](o, np.array([0]))) for o in ROWS]
    return losses == pytest.approx([ENTRIES[RIGHT].near, ENTRIES[RIGHT].far])


RIGHT = "cross-entropy, as it should be"

N_LIKE_RIGHT = sum(fits("0.4899", one.near) for one in Plan().entries) - 1


def named(name):
    return next(one.what for one in ENTRIES.values() if one.name == name)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (("1.052",), "softmax twice"),
        (("0.4899", "999.3"), "right"),
        (("0.4899", "20.72"), "epsilon"),
        (("0.6614",), "scores as probabilities"),
        (("0,7067",), "base 2"),
        (("nan",), "token ignored"),
        (("0.4899", "nan"), "max left in"),
    ],
)
def test_what_fits_is_found_and_told(given, name):
    plan = Plan(*given)
    assert plan.found[0].name == name
    assert plan.found[0].what in repr(plan)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("0.4899",), f"0.4899: the loss is {RIGHT}, or one of {N_LIKE_RIGHT} others"),
        (("7",), "something other than all known ones"),
        ((), f"{len(Plan().entries)} losses"),
    ],
)
def test_several_or_none_are_told(given, words):
    assert words in repr(Plan(*given))


def test_the_digits_say_how_exact_a_number_is():
    assert fits("0.49", 0.4899)
    assert not fits("0.4900", 0.4899)
    assert fits("4.9e-1", 0.4899)
    assert fits("0.48987496", 0.489874966)  # as float32 prints it
    assert fits("−0.61", -0.6127)
    assert not fits("1", math.nan)
    assert not fits("∞", 1.0)
    # What is infinite in one framework is NaN in another.
    assert fits("∞", math.nan)
    assert fits("", 7.0)


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="could not convert"):
        Plan("0.49 nats")


def test_the_table_has_each_fault_once_with_its_room():
    rows = {" ".join(row[2:-1]): row for row in cells(Plan())}
    assert rows[RIGHT] == ["0.4899", "999.3", *RIGHT.split(), "–"]
    assert rows[named("softmax twice")][-1] == "7"
    assert len(rows) == len({one.what for one in ENTRIES.values() if one.first})
    assert sum("temperature" in what for what in rows) == 1
    assert '<a href="#room-7-softmax-twice">7</a>' in Plan()._repr_html_()


def test_the_script_is_given_all_numbers():
    given = config(Plan("1.05", "1.7"))
    assert given["given"] == ["1.05", "1.7"]
    assert len(given["entries"]) == len(ENTRIES)
    assert {one[2] for one in given["entries"]} <= {0, *map(int, given["rooms"])}


def test_the_wing_has_the_rooms_whose_bug_the_two_rows_do_not_show():
    hall, wing = ({room for side in both for room in side} for both in (HALL, WING))
    assert hall == {one.room for one in ENTRIES.values()} - {0}
    assert wing == ROOMS.keys() - hall
    assert config(Plan())["rooms"]["10"][2:] == [0, 1]
    assert config(Plan())["rooms"]["12"][2:] == [1, -4]


def factors():
    """How many times the right number each exhibit of the museum gives at first."""
    found, room = {}, 0
    path = prose.ROOT / "chapters/bug-museum.ipynb"
    for cell in nbformat.read(path, as_version=4).cells:
        if at := re.match(r"### Room (\d+): ", cell.source):
            room = int(at[1])
        elif "Exhibit(" in cell.source:
            rows = cell.outputs[0]["data"]["text/plain"].splitlines()
            first, right = (re.split(r"  +", rows[k])[-1] for k in (0, -1))
            numbers = [x.replace("−", "-").replace("∞", "inf") for x in (first, right)]
            numbers = [math.nan if x == "an error" else float(x) for x in numbers]
            found[room] = numbers[0] / numbers[1]
    return found


@pytest.mark.parametrize("rooms", [HALL, WING])
def test_a_room_is_as_far_from_the_door_as_its_number_is_from_the_right_one(rooms):
    known = factors()
    high, low = ([known[room] for room in side] for side in rooms)
    assert all(a < b or math.isnan(b) for a, b in itertools.pairwise([1, *high]))
    assert all(a > b for a, b in itertools.pairwise([1, *low]))
