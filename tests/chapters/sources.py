"""The table of sources, chapters/sources.toml, and what is wrong with it or a sentence.

`python tests/chapters/sources.py > chapters/bibliography.md` writes the page anew.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CHAPTERS = Path(__file__).parents[2] / "chapters"
TABLE = CHAPTERS / "sources.toml"
THREADS, OTHERS = ("open", "merged", "closed"), ("paper", "page", "file")
NEEDED = {"title", "who", "at", "state", "dated", "seen"}
FIELDS = NEEDED | {"printed", "since", "bug", "words", "via", "told", "numbers"}
FIELDS |= {"defines", "note"}

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August"]
MONTHS += ["September", "October", "November", "December"]
DATE = re.compile(rf"(?:(?:(\d\d?) )?({'|'.join(MONTHS)}) )?\b((?:19|20)\d\d)\b(?!,\d)")
# What has digits, but isn’t a number: a formula, a chapter, a model by its size.
NAMES = re.compile(
    r"\(1[678]\)|GPT-\d|Gemma \d"
    r"|(?:Chapter|Exercise|Room|Assignment|[Ss]ection)s? \d[\d.]*(?: and \d+)?"
    r"|(?:Kapitel|Übung|Raum|Abschnitte?) \d[\d.]*(?: und \d+)?"
)
FIGURE = re.compile(
    r"10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|(?<![\w.])[−-]?\d+(?:[.,_\u202f]\d+)*(?:e\d+)?(?:\u202f?%)?(?!\w)"
)
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
# The words of a bug that is there today; what is told of one is past.
PRESENT = re.compile(
    r"\b(?:is|are|has|have|does|do|gives?|prints?|counts?|divides?|takes?|says?|makes?"
    r"|adds?|scores?|averages?|ends?|needs?|goes|learns?|reports?|today|now|still)\b"
)
# What xent_book/elsewhere/table.py prints.
OUR_RUN = re.compile("The versions called on ")
LINE = re.compile(r"\blines? \d|#L\d", re.IGNORECASE)


@cache
def table() -> dict[str, dict]:
    """The sources by what a link to them ends in."""
    found = tomllib.loads(TABLE.read_text(encoding="utf8"))
    return {slug(name): source | {"name": name} for name, source in found.items()}


def slug(name: str) -> str:
    """What a link to a heading ends in."""
    return re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-")


def value(figure: str) -> str:
    """A figure as float and Decimal read it: 10⁻⁴ is 1e-4."""
    figure = re.sub("[,_\u202f]", "", figure).replace("−", "-")
    return re.sub("^10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "1e" + m[1], figure).translate(
        SUPERSCRIPTS
    )


def day(text: str) -> tuple[int, ...]:
    """(2026, 8, 11) of 2026-08-11; a month or a year alone is shorter."""
    return tuple(map(int, text.split("-")))


def dates(text: str) -> Iterator[tuple[int, ...]]:
    """The days, months and years of a text."""
    for found in DATE.finditer(text):
        date, month, year = found.groups()
        parts = [year, month and MONTHS.index(month) + 1, date]
        yield tuple(int(part) for part in parts if part)


def in_words(text: str) -> str:
    """11 August 2026 for 2026-08-11."""
    year, *rest = day(text)
    words = [MONTHS[rest[0] - 1]] if rest else []
    return " ".join([*map(str, rest[1:]), *words, str(year)])


def figures(text: str) -> list[str]:
    """The numbers and versions of a text, but for its dates and names."""
    for pattern in (DATE, NAMES):
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return [figure.rstrip(",.") for figure in FIGURE.findall(text)]


def rounds_to(number: str, figure: str) -> bool:
    """Whether a source's number is the page's figure, at the figure's precision."""
    try:
        goal, exact = (value(one).rstrip("%") for one in (figure, number))
        digits = len(goal.partition(".")[2])
        return float(goal) in {float(exact), round(float(exact), digits)}
    except ValueError:  # a version
        return False


def published(source: dict) -> list[str]:
    """The numbers of a source, and those of its range that are no versions of three."""
    told = figures(f"{source.get('bug', '')} {source['who']}")
    numbers = source.get("numbers", []) + [one for one in told if one.count(".") < 2]
    return [value(number) for number in numbers]


def holds(source: dict, figure: str) -> bool:
    """Whether a figure of a sentence stands in the source that it cites."""
    return figure in figures(source.get("bug", "")) or any(
        rounds_to(number, figure) for number in published(source)
    )


def holds_day(source: dict, date: tuple[int, ...]) -> bool:
    """Whether a date of a sentence is one of the source, as exactly as it is given."""
    known = [day(source[key]) for key in ("dated", "since") if key in source]
    known += dates(source.get("bug", ""))
    return any(one[: len(date)] == date for one in known)


def faults_of(source: dict) -> list[str]:
    """What is wrong with an entry of the table."""
    words, state = source.get("words", ""), source["state"]
    given = " ".join(map(str, source.values()))
    stands = {value(figure) for figure in figures(words)}
    asked = {
        "a field is missing": source.keys() >= NEEDED,
        "a field is unknown": source.keys() <= FIELDS | {"name"},
        "its state is none": state in THREADS + OTHERS,
        "its address is none": re.match(r"https://[\w.-]+/", source["at"]),
        "a date lies after it was seen": all(
            day(source[key]) <= day(source["seen"])
            for key in ("dated", "since")
            if key in source
        ),
        "too many words": len(re.findall(r"\S*\w\S*", words)) <= 25,
        "a number is not in its words": all(
            value(number) in stands for number in source.get("numbers", [])
        ),
        "it cites a line": not LINE.search(given),
        "a file wants a commit, and what it defines": state != "file"
        or ("defines" in source and re.search("/[0-9a-f]{40}(?:/|$)", source["at"])),
        "its name and address differ": state not in THREADS
        or re.search(
            rf"/{source['who']}/(?:pull|issues)/{source['name'].split()[-1]}$",
            source["at"],
        ),
        "its bug has no range": "bug" not in source
        or figures(source["bug"])
        or [*dates(source["bug"])],
    }
    return [fault for fault, fine in asked.items() if not fine]


def faults_in(sentence: str, cited: list[str], computed=lambda figure: False) -> list:
    """What a sentence says that no source it cites has, and no cell computes."""
    found = [table()[one] for one in cited]
    faults = [
        f"{'.'.join(map(str, date))} is the date of no source"
        for date in dates(sentence)
        if not any(holds_day(source, date) for source in found)
        and not OUR_RUN.match(sentence)
    ]
    if cited:
        faults += ["it cites a line"] * bool(LINE.search(sentence))
        faults += [
            f"{figure} stands in no source"
            for figure in figures(sentence)
            if not any(holds(source, figure) for source in found)
            and not computed(figure)
        ]
        faults += misquoted(sentence, found)
    return faults + [one for source in found for one in faults_of_bug(sentence, source)]


def misquoted(sentence: str, found: list[dict]) -> list[str]:
    """What stands in quotation marks, and in no source's words."""
    words = " ".join(source.get("words", "") for source in found).lower()
    quoted = re.findall("“([^”]*)”", sentence)
    return [f"“{x}” are not its words" for x in quoted if x.lower() not in words]


def faults_of_bug(sentence: str, source: dict) -> list[str]:
    """A bug is told with its range, or a day of it, and as past."""
    if "bug" not in source:
        return []
    versions = {*figures(source["bug"])} & {*figures(sentence)}
    days = [date for date in dates(sentence) if holds_day(source, date)]
    faults = [] if versions or days else [f"the range of {source['name']} is missing"]
    if match := PRESENT.search(sentence):
        faults.append(f"“{match[0]}”, but {source['name']} is past")
    return faults


def plain(text: str) -> str:
    """A text of others, so that no Markdown is made of it."""
    return re.sub(r"([\\`*_\[\]<>$|~#])", r"\\\1", text)


def entry(source: dict) -> str:
    """A source as the bibliography has it."""
    text = f"{plain(source['who'])}, “{plain(source['title'])}”"
    text += f", {source['printed']}" if "printed" in source else ""
    text += f", {state(source)}"
    text += f": “{plain(source['words'])}”" if "words" in source else ""
    text += f", as quoted in {source['via']}" if "via" in source else ""
    text += f", as reported in {source['told']}" if "told" in source else ""
    text = text if text.endswith(".”") else text.rstrip(".") + "."
    text += f" The bug: {source['bug']}." if "bug" in source else ""
    text += f" {source['note']}" if "note" in source else ""
    shown = re.sub("([0-9a-f]{7})[0-9a-f]{33}", r"\1", source["at"].split("://")[1])
    return f"{text} [{shown}]({source['at']}), seen on {in_words(source['seen'])}."


def state(source: dict) -> str:
    """Whether it is open, or of which commit, and when the words were written."""
    when = in_words(source["dated"])
    if source["state"] == "file":
        commit = re.search("[0-9a-f]{40}", source["at"])[0][:7]
        return f"at {plain(source['defines'])}, as of {commit}, {when}"
    if source["state"] not in THREADS:
        return when
    since = f" on {in_words(source['since'])}" if "since" in source else ""
    return f"a public thread, {source['state']}{since}; {when}"


def bibliography() -> str:
    """The page of all sources."""
    order = sorted(table().values(), key=lambda source: source["name"].lower())
    entries = [f"## {source['name']}\n{entry(source)}" for source in order]
    return "\n\n".join(["# Bibliography", INTRODUCTION, *entries]) + "\n"


INTRODUCTION = (
    "Where the pages’ facts about the world come from: for each source its status, its "
    "date, a few of its words, and the day on which we last saw it, in a stored copy. "
    "If we did not open the source itself, its entry says who quotes or describes it."
)

if __name__ == "__main__":
    sys.stdout.write(bibliography())
