"""What the doctor found in public code: the page is the table, and the table is whole.

`make wild` compares the table with what the doctor says of the functions.
"""

import re

import pytest

import wild
from xent_doctor import FAULTS

TABLE = wild.table()
PAGE = (wild.ROOT / "chapters/what-the-doctor-found.md").read_text(encoding="utf8")
REPORTS = sorted(wild.REPORTS.glob("*.md"))
NEEDED = {"repository", "commit", "path", "object", "line", "framework", "kind"}
FIELDS = NEEDED | {"call", "with", "given", "options", "finds", "says"}
NUMBERS = {"on", "gives", "right"}
OF_BUGS = {"report", "module", "known", "fix"}
UNNAMED = {"another-loss"}


def faults_of(one):
    """What is wrong with an entry."""
    found = [name for name in one.get("finds", ()) if not name.startswith("– ")]
    names = {name[2:] for name in one.get("finds", ())} - UNNAMED
    is_bug, fine = one["kind"] == wild.BUG, one["kind"] == wild.NOTHING
    asked = {
        "a field is missing": one.keys() >= NEEDED,
        "a field is unknown": one.keys() <= FIELDS | NUMBERS | OF_BUGS,
        "its commit is none": re.fullmatch("[0-9a-f]{40}", one["commit"]),
        "its kind is none": one["kind"] in wild.KINDS,
        "the doctor knows no such name": names <= {fault.name for fault in FAULTS},
        "its kind is not what was found": fine == (not found),
        "it could not be examined": not any(x[0] in "?!" for x in found),
        "its numbers are missing": fine or one.keys() >= NUMBERS,
        "it is not explained": fine or is_bug or "says" in one,
        "a bug has a report, and nothing else has": is_bug == ("report" in one),
        "a bug has a fix, and nothing else has": is_bug == ("fix" in one),
    }
    return [fault for fault, holds in asked.items() if not holds]


@pytest.mark.parametrize("one", TABLE, ids=lambda one: one["object"])
def test_an_entry_is_whole(one):
    assert faults_of(one) == []


WRONG = {
    "its commit is none": {"commit": "main"},
    "the doctor knows no such name": {"finds": ["✗ no-such-fault"]},
    "its kind is not what was found": {"finds": []},
    "it could not be examined": {"finds": ["? not-examined"]},
    "a bug has a report, and nothing else has": {"kind": "documented choice"},
    "a bug has a fix, and nothing else has": {"kind": "documented choice"},
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_of_an_entry_is_seen(fault):
    bug = wild.of(wild.BUG)[0]
    assert fault in faults_of(bug | WRONG[fault])


def test_the_page_is_the_table():
    assert wild.page() == PAGE, "python tests/chapters/wild.py > …"


def links(text):
    return re.findall(r"https://[^\s)]+", text)


def test_the_page_links_to_what_the_table_and_reports_have_and_nothing_else():
    told = [one.get("known", "") for one in TABLE]
    told += [path.read_text(encoding="utf8") for path in REPORTS]
    others = [link for text in told for link in links(text)]
    assert sorted(links(PAGE)) == sorted([*map(wild.address, TABLE), *others])


def test_each_commit_has_its_day():
    days = wild.whole()["committed"]
    assert days.keys() == {one["commit"] for one in TABLE}
    assert max(days.values()) <= wild.whole()["ran"]


def section(title):
    """The functions that a section links to: their files and names."""
    (text,) = re.findall(rf"## {title}\n(.*?)(?=\n## |$)", PAGE, re.S)
    return {*re.findall(r"`(\w+)`\]\((https://[^\s)#]+/blob/[^\s)#]+)", text)}


def test_a_function_with_two_findings_is_counted_once():
    bad = section("Bugs")
    chosen = set().union(*map(section, wild.CHOICES.values())) - bad
    listed = section(wild.FINE)
    fine = listed - bad - chosen
    told = PAGE.split("\n\n")[2].partition("we gave")[2]
    counts = [len(bad | chosen | fine), 34, len(fine), len(chosen), len(bad)]
    known = sum("known" in one for one in TABLE)
    counts += [len(REPORTS), known, len(REPORTS) - known]
    assert [int(x) for x in re.findall(r"\b\d+\b", told)] == counts
    assert f"so {len(listed)} are here" in PAGE.replace("\n", " ")


def test_each_name_that_a_function_has_is_explained():
    used = {name for one in wild.of(wild.NOTHING) for name in one.get("finds", ())}
    assert {f"– {name}" for name in wild.NAMES} == used


def test_there_are_many_of_them_and_each_once():
    called = {(one["path"], one["object"], one.get("call")) for one in TABLE}
    assert len(called) == len(TABLE)
    assert len({one["repository"] for one in TABLE}) >= 30


def test_each_report_is_of_a_bug():
    kept = [path.stem for path in REPORTS]
    assert kept == sorted(one["report"] for one in wild.of(wild.BUG))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_a_report_has_a_title_a_short_test_and_a_fix(path):
    text = path.read_text(encoding="utf8")
    assert re.match(r"# .+\n\n", text)
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    compile(code, path.name, "exec")
    assert len(code.partition("def test_")[2].splitlines()) <= 10
    assert "\nThe fix: " in text
