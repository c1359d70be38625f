"""Lines of text as rows. The key of a number is the words before it.

Lines that differ only in their numbers have the same layout, which is found once.
"""

import csv
import json
import math
import re
from collections.abc import Container, Iterator
from itertools import chain
from typing import NamedTuple

from .keys import HELD_OUT, LOSSES, PLACES, TRAINING, meaning, plays
from .rows import NUMBER, WHOLE, Rows, as_number, flat

# A date, a time or a version is captured as a whole. The 20 of a step 1/20 is not.
TOKEN = re.compile(
    rf"(?<![\w.$-])(\d+(?:[-/:.]\d+){{2,}}(?:T\d[\d:.]*)?|\d+:\d\d(?![\d.])|{NUMBER})"
    r"(?:\s*/\s*\d+(?:,\d{3})*(?![\d.]))?",
    re.I,
)
PLAIN = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?")
BAR = re.compile(r".*\|.*(?:it/s|s/it)\](?=.*\d)")  # of progress, before a line
COLOUR = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
RULE = re.compile(r"[\s|:+=-]*--[\s|:+=-]*")
MARKS = ",", "\t", "|", ";", r"\s{2,}", r"\s+"
CHUNK, LONGEST, MOST = 1 << 16, 20_000, 10_000  # characters, of a line; layouts
Header = tuple[str, tuple[str, ...]]  # what separates cells, and what is above them


class Layout(NamedTuple):
    """Which parts of a line are numbers, under which keys, and what else it says."""

    keys: tuple[str, ...]
    parts: tuple[int, ...]
    pattern: re.Pattern[str]  # of such lines
    held_out: bool
    header: Header | None

    @property
    def alone(self) -> bool:
        """Whether such lines mean the same wherever they are."""
        placed = plays(self.keys, "step", "epoch") and plays(self.keys, *LOSSES)
        return placed or "" in self.keys or not self.parts


class Lines:
    """Reads lines in turn: some say what those below them mean."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.layouts = rows, dict[tuple[str, ...], Layout]()
        self.last: Layout | None = None
        self.header: Header | None = None
        self.held_out = False  # the line before announced an evaluation
        self.place: dict[str, float] = {}  # the epoch of the lines below it

    def read(self, text: str) -> None:
        for start, end in chunks(text):
            if (last := self.last) and last.alone and not self.held_out:
                found = last.pattern.findall(text, start, end)
                count = text.count("\n", start, end) + (text[end - 1] != "\n")
                if len(found) == count:
                    some = found if last.pattern.groups == 1 else chain(*found)
                    self.rows.add(last.keys, map(float, some), last.header is not None)
                    continue
            for line in text[start:end].splitlines():
                if len(line) < LONGEST and line.strip():
                    self.read_line(line)

    def read_line(self, line: str) -> None:
        if self.header and self.read_row(line, *self.header):
            return
        start = max(line.find("{'"), line.find('{"'))
        line = line[max(start, 0) :]
        if start >= 0 and line.count("{") > 1 and self.read_nested(line):
            return
        line = BAR.sub("", COLOUR.sub("", line))
        parts = TOKEN.split(line)
        layout = self.layouts.get(tuple(parts[::2]))
        if layout is None:
            if len(self.layouts) > MOST:  # of text that is no log
                self.layouts.clear()
            layout = self.layouts[tuple(parts[::2])] = find_layout(line, parts)
        self.last, self.header = layout, layout.header
        found = [as_number(parts[i]) for i in layout.parts]  # of a date, it is None
        self.add(layout, [math.nan if x is None else x for x in found])

    def add(self, layout: Layout, values: list[float]) -> None:
        keys = layout.keys
        placed = plays(keys, "step", "epoch")
        if plays(keys, *LOSSES) or "" in keys:
            if not placed and self.place and "" not in keys:
                keys = (*self.place, *keys)
                values = [*self.place.values(), *values]
            if self.held_out and not layout.held_out:
                keys = tuple(name_held_out(key) for key in keys)
            self.rows.add(keys, values)
            self.held_out = False
        else:
            self.held_out = layout.held_out
            if plays(keys, *PLACES):
                self.place = dict(zip(keys, values, strict=True))

    def read_nested(self, line: str) -> bool:
        try:
            pairs = dict(flat(json.loads(line)))
        except (ValueError, RecursionError):
            return False
        self.rows.add(pairs, pairs.values())
        return True

    def read_row(self, line: str, mark: str, names: tuple[str, ...]) -> bool:
        """Whether the line is a row of the table that has begun."""
        cells = split_cells(line, mark)
        numbers = dict(zip(names, map(as_number, cells), strict=False))
        pairs = {name: x for name, x in numbers.items() if x is not None}
        if len(cells) == len(names) and pairs:
            metric = next((k for k in names if k in ("metric", "tag", "key")), "")
            if metric and "value" in pairs:  # a row for each metric
                pairs[cells[names.index(metric)]] = pairs.pop("value")
            self.rows.add(pairs, pairs.values(), header=True)
            cell = rf" *\"?({PLAIN.pattern})\"? *"
            row = re.compile(f"^{mark.join([cell] * len(names))}\r?$", re.M)
            whole = "" not in names and (*pairs,) == names and mark in ",;\t"
            self.last = Layout(names, (), row, False, self.header) if whole else None
            return True
        return RULE.fullmatch(line) is not None


def chunks(text: str) -> Iterator[tuple[int, int]]:
    """The text in pieces of whole lines."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + CHUNK) + 1 or len(text)
        yield start, end
        start = end


def split_cells(line: str, mark: str) -> list[str]:
    if mark == ",":
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    if mark in "\t;|":
        return [cell.strip(' "') for cell in line.strip(" |\r\n").split(mark)]
    return re.split(mark, line.strip())


def find_header(line: str) -> Header | None:
    """What stands above a table, if the line can be that: names, and no numbers."""
    other = None
    for mark in MARKS:
        names = tuple(split_cells(line, mark))
        if len(names) > 1 and all(as_number(name) is None for name in names):
            low = tuple(name.lower() for name in names)
            if plays(names, "loss", "perplexity"):
                return mark, names
            if {"step", "value"} <= {*low} and not {"metric", "tag", "key"} & {*low}:
                # TensorBoard doesn't name what it exports.
                return mark, tuple(f"{k} (loss)" if k == "value" else k for k in low)
            if other is None and mark in ",\t|;":
                other = mark, low if "value" in low else names
    return other


def find_layout(line: str, parts: list[str]) -> Layout:
    """Which numbers of a line have which keys."""
    keys = {
        i: label(parts[i - 1], first=i == 1)
        for i in range(1, len(parts), 2)
        if WHOLE.fullmatch(parts[i]) and not re.match("[A-Za-z%]", parts[i + 1])
    }
    if keys and not re.search("[A-Za-z]", "".join(parts[::2])) and len(keys) < 4:
        return Layout(
            ("",) * len(keys), (*keys,), find_pattern(line, keys), False, None
        )
    if not plays((*keys.values(),), *LOSSES):
        split = (i for i, key in keys.items() if meaning(key).role == "split")
        keys |= {i: f"{keys[i]} loss" for i in split if "." in parts[i]}
    found = (*keys.values(),)
    if keys.get(1) == "" and plays(found, *LOSSES) and not plays(found, "step"):
        of = f"{parts[1]}/" in line.replace(" ", "")  # how many, in this epoch or all
        keys[1] = "batch" if of and not plays(found, "epoch") else "step"
    keys = {i: key for i, key in keys.items() if meaning(key).role != "other"}
    header = None if len(keys) > 1 else find_header(line)
    words = meaning(" ".join(parts[::2])).words
    named = any(meaning(k).split for k in found if plays((k,), *LOSSES))
    # A dictionary names each number by itself, and so do others, such as Keras.
    held_out = bool(words & HELD_OUT) and not (
        words & TRAINING or named or line[0] == "{"
    )
    if held_out:
        keys = {i: name_held_out(key) for i, key in keys.items()}
    pattern = find_pattern(line, keys)
    return Layout((*keys.values(),), (*keys,), pattern, held_out, header)


def label(before: str, first: bool) -> str:
    """The words before a number, after the unit of the number before it."""
    said = before if first else re.sub(r"^[A-Za-z%/]+(?=[\s,;|.)\]])", "", before)
    said = re.sub(r"[\s:=(\[|,\"'-]+$", "", said)
    said = re.split(r"[,;|\[\]{}，\t]|\s-\s|\s>\s", said)[-1]
    said = re.sub(r"\s*\b(?:is|was|of|at)$|^[^A-Za-z]+|[\"']", "", said)
    return " ".join(said.split()[-4:])


def name_held_out(key: str) -> str:
    told = meaning(key)
    return f"{key} (validation)" if told.role in LOSSES and not told.split else key


def find_pattern(line: str, wanted: Container[int]) -> re.Pattern[str]:
    """What matches such lines, with the wanted numbers in groups."""
    written, end = "^", 0
    for i, found in enumerate(TOKEN.finditer(line)):
        slot = PLAIN.pattern if PLAIN.fullmatch(found[1]) else re.escape(found[1])
        group = f"({slot})" if 2 * i + 1 in wanted else slot
        written += re.escape(line[end : found.start(1)]) + group
        end = found.end(1)
    return re.compile(f"{written}{re.escape(line[end:])}\r?$", re.M)
