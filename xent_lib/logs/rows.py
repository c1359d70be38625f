"""A text's numbers in columns: by words before or above them, or paths in JSON."""

import csv
import json
import re
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from .keys import HELD_OUT, LOSSES, PLACES, WORDS, meaning, plays

Array = np.ndarray[Any, np.dtype[Any]]
DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?"
NUMBER = re.compile(rf"[-+]?(?:{DIGITS}|(?:nan|inf(?:inity)?)(?![a-z]))", re.I)
# A date, a time or a version is taken as a whole; a number within a name is none, as in
# loss@2, loss[0] and the mean of the last 50 steps.
TOKEN = re.compile(
    r"(?i)(?=[-+.\dni])(?<![\w.$@-])(?<!loss[\[/])(?<!last )"
    rf"(\d+(?:[-/:.]\d+){{2,}}(?:T\d[\d:.]*)?|\d+:\d\d(?![\d.])|{NUMBER.pattern})"
)
UNIT = re.compile(r"^(?:[A-Za-z%/]+(?=[\s,;|.)\]])|epoch:)")
OBJECT = re.compile(r"""\{['"].*\}""")
BAR = re.compile(r"^.*\|.*(?:it/s|s/it)\](?=.*\d)|\x1b\[[\d;]*[A-Za-z]")  # or a colour
PRINTED = ("'", '"'), ("None", "null"), ("nan", "NaN"), ("inf", "Infinity")  # by Python
DECODE = json.JSONDecoder(parse_int=float).decode
Column = tuple["array[int]", "array[float]"]  # rows that have a number, and these
LONGEST, SHOWN = 20_000, 50  # characters of a line; keys that an error may name


class Table:
    def __init__(self) -> None:
        self.columns: dict[str, Column] = defaultdict(lambda: (array("q"), array("d")))
        self.count = 0
        self.seen: dict[str, None] = {}  # keys of rows without a loss
        self.place: dict[str, float] = {}  # the epoch of the rows below it
        self.announced = False  # the line before was about held-out text
        self.epoch: list[float] = []  # that of the loss above, if no number is between
        self.end = 0.0  # to which the first bar counts

    def add_object(self, node: Any) -> None:
        rows: dict[int, dict[str, float]] = {}
        for i, key, x in flat(node):
            rows.setdefault(i, {})[key] = x
        for row in rows.values():
            self.add(row)

    def add(self, row: dict[str, float], split: str = "") -> None:
        if loss := plays(row, *LOSSES, "split"):
            epoch = [row[key] for key in row if plays([key], "epoch")]
            counts = plays(row, "step", "batch")
            for key, x in () if epoch else self.place.items():
                if not counts or plays([key], "epoch"):
                    row.setdefault(key, x)
            if self.announced and not counts and epoch in ([], self.epoch):
                split = "validation"
            self.epoch = epoch or self.epoch
            end = row.get("/", self.end)
            self.end = self.end or end
            split = split if end == self.end else split or f"of {end:g}"
            for key, name in plan((*row,), split).items():
                rows, y = self.columns[name]
                rows.append(self.count)
                y.append(row[key])
            self.count += 1
        else:
            self.seen |= dict.fromkeys(row) if len(self.seen) < SHOWN else {}
            self.epoch = [] if row else self.epoch
            self.place = {k: row[k] for k in row if plays([k], *PLACES)} or self.place
        self.announced = split == "validation" and not loss


@lru_cache(1000)
def plan(keys: tuple[str, ...], split: str) -> dict[str, str]:
    """The columns of a row's keys: the losses of a line about a split are that's."""
    losses = [key for key in keys if plays([key], *LOSSES, "split")]
    named = any(meaning(key).split for key in losses)
    more = dict.fromkeys(losses, f" ({split})") if split and not named else {}
    games = {key.replace("win", "loss") for key in keys if "win" in key}  # lost ones
    some = (key for key in keys if key not in games and not plays([key], "other"))
    return {key: key + more.get(key, "") for key in some}


def read_text(text: str) -> Table:
    table, header = Table(), None
    text = text.lstrip("\ufeff \n")
    for word, same in () if text.isascii() else WORDS:
        text = text.replace(word, same)
    if text[:1] in ("[", "{") and (document := parse(text)) is not None:
        table.add_object(document)
        return table
    for line in (BAR.sub("", x) for x in text.splitlines() if len(x) <= LONGEST):
        if header and (row := read_row(line, *header)):
            table.add_object(row)
        elif (some := OBJECT.search(line)) and (node := parse(some[0])) is not None:
            found, split = read_words(line[: some.start()])
            if plays(found, *PLACES):
                table.add(found, split)
            table.add_object(node)
        else:
            found, split = read_words(line)
            header = None if found else find_header(line) or header
            table.add(found, split)
    return table


def read_words(line: str) -> tuple[dict[str, float], str]:
    parts = TOKEN.split(line)
    keys, split = layout((*parts[::2],))
    return named(keys, parts[1::2]), split


def named(keys: Mapping[str, int], numbers: Sequence[Any]) -> dict[str, float]:
    return {k: x for k, i in keys.items() if (x := number(numbers[i])) is not None}


def number(value: Any) -> float | None:
    """The number of a cell or of a value of JSON; None if it is something else."""
    with suppress(TypeError, ValueError):
        return float(value)
    some = NUMBER.fullmatch(re.sub(r"\s*/\s*\d+$", "", str(value).strip()))
    return float(some[0].replace(",", "")) if some else None


@lru_cache(1000)
def layout(texts: tuple[str, ...]) -> tuple[dict[str, int], str]:
    """Which number of a line has which key, by the texts around its numbers."""
    if not re.search(r"[^\W\d_]|/", "".join(texts)):
        names = [f"column {i} (loss)" for i in range(1, len(texts))]
        names[:1] = ["step"] if len(names) > 1 else names[:1]
        return {key: i for i, key in enumerate(names) if len(names) < 4}, ""
    keys: dict[str, int] = {}
    key = ""
    for i, (before, after) in enumerate(pairwise(texts)):
        if unit := re.match(r"-?[A-Za-z%]+| (?:batches|steps|iterations)$", after):
            if unit[0] == "epoch":
                keys.setdefault("epoch", i)
        else:
            total = "batch" if i and after.strip() == "/" else ""  # as in [1/20]
            if before == "/" and after == " [":  # 1/20 [00:03<00:54
                total = "/"
            held = key.partition(" at ")[0] if before.strip() in (":", "is") else ""
            held = re.sub("^score$", "score (loss)", held)  # DL4J's, at an iteration
            key = label(before, i == 0) or total or held  # as in "loss at step 1: 2.5"
            keys.setdefault(key, i)
    starts = keys.pop("", None) == 0 and plays(keys, *LOSSES, "split")
    if starts and not plays(keys, "step") and texts[1][:1] != "\t":
        keys["step"] = 0
    return keys, meaning(" ".join(texts)).split


def label(before: str, first: bool) -> str:
    """The words before a number, after the unit of the number before it."""
    said = before if first else UNIT.sub("", before)
    said = re.sub(rf"\[({HELD_OUT})\]|(?<=loss)\[\d+\]", r"\1", said[-200:])
    said = re.sub(r"[\s:=(\[|,\"'-]+$", "", said)
    said = re.split(r"[,;|\[\]{}，\t]|\s-\s|\s>\s|\s{3,}", said)[-1]
    said = re.sub(r"\s*\b(?:is|was|of|at)$|^[^A-Za-z]+|[\"‘’“”]|'(?!s\b)", "", said)
    said = " ".join(said.split()[-4:])
    return said.lower() if said == said.capitalize() else said  # it begins the line


def cells(line: str, mark: str) -> list[str]:
    line = re.sub(r"\s{2,}", "\t", line.strip()) if mark == "\t" else line.strip(" |\\")
    line = line.replace(",", ".") if mark == ";" else line  # decimals
    return [cell.strip() for cell in next(csv.reader([line], delimiter=mark))]


def find_header(line: str) -> tuple[str, list[str]] | None:
    mark = next((mark for mark in "|,;&" if mark in line), "\t")
    names = cells(line, mark)
    rule = not "".join(names[1:]).strip(":=+-")  # perhaps after a time
    return None if rule or {*map(number, names)} != {None} else (mark, names)


def read_row(line: str, mark: str, names: list[str]) -> dict[str, str]:
    some = cells(line, mark)
    if mark == "\t" and len(some) > len(names):
        some = some[1:]  # an index
    elif len(some) == len(names) + 1 and plays(names, "split"):
        of, *some = some
        names = [" ".join(re.split(" - +", x)[-1] for x in (n, of)) for n in names]
    fits = len(some) == len(names) and {*map(number, some)} != {None}
    return dict(zip(names, some, strict=True)) if fits else {}


def parse(text: str) -> Any:
    """The value of a text of JSON, or of what Python prints; None if it is neither."""
    for word, other in ("", ""), *PRINTED:
        text = text.replace(word, other)
        with suppress(ValueError, RecursionError):
            return DECODE(text)
    return None


def flat(node: Any, key: str = "", row: int = 0) -> Iterator[tuple[int, str, float]]:
    """The numbers of a document, by their index in its lists and their paths."""
    if isinstance(node, dict):
        # A step's value is that of the metric named beside it, or in the file's name.
        metric = (node[k] for k in ("metric", "tag", "key") if k in node)
        value = next(metric, "value (loss)") if {"step", "Step"} & {*node} else "value"
        for name, one in node.items():
            if name.isdigit():  # a list by step
                yield int(name), "step", float(name)
                yield from flat(one, key, int(name))
            else:
                path = value if name in ("value", "Value") else name
                yield from flat(one, f"{key}/{path}".strip("/"), row)
    elif isinstance(node, list):
        for i, one in enumerate(node):
            if isinstance(one, list):
                one = {} if key else named(layout(("",) * (len(one) + 1))[0], one)
            kept = meaning(key).split or not isinstance(one, dict)
            yield from flat(one, key if kept else "", i)
    elif (x := number(node)) is not None:
        yield row, key or "loss", x
