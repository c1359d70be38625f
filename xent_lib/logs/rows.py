"""A text's numbers in columns, by their keys: words before or above, paths in JSON."""

import csv
import json
import re
from array import array
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
DIGITS = r"[1-9]\d{0,2}(?:,\d{3})+(?!\d)(?:\.\d+)?|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
NUMBER = re.compile(rf"[-+]?(?:{DIGITS}|(?:nan|inf(?:inity)?)(?![a-z]))", re.I)
VALUE = re.compile(rf"\s*({NUMBER.pattern})(?:\s*/\s*\d+)?\s*", re.I)  # as 3/20
# A date, a time or a version is taken as a whole; a number within a name is none, as in
# loss@2, loss[0] and the mean of the last 50 steps.
TOKEN = re.compile(
    r"(?i)(?=[-+.\dni])(?<![\w.$@-])(?<!loss[\[/])(?<!last )"
    rf"(\d+(?:[-/:.]\d+){{2,}}(?:T\d[\d:.]*)?|\d+:\d\d(?![\d.])|{NUMBER.pattern})"
)
UNIT = re.compile(r"^(?:[A-Za-z%/]+(?=[\s,;|.)\]])|epoch:)")
OBJECT = re.compile(r"""\{['"].*\}""")
# Cut: a bar before numbers, Keras' samples, what it and AllenNLP repeat, and colours.
BAR = re.compile(
    r"^.*\|.*(?:it/s|s/it)(?:\](?=.*\d)|(?=epoch| {3}))|^.*\|\|:.*|"
    r"^.*\d/(?:Unknown -|.*- ETA: 0s).*|"
    r"^\W*\d+/\d+\W+(?=(?:ETA: )?[\d:]+s?(?: \S+/step)? - )|\x1b\[[\d;]*[A-Za-z]"
)
# A place between the name of a loss and its value, and places without a name.
PLACE_WITHIN = re.compile(
    r"(?i)((?:[a-z]+[ _])?(?:loss|cost)) *(?:after|at|for|@|#|[\[(])? *"
    r"(iter(?:ation)?|step|epoch|batch)? *#?(\d+)(?: batches| steps| iter(?:ation)?s)?"
    r"(?: *[\]):=]+ *| +is +| +)(?=[-+]?(?:\d*\.\d|nan|inf))"
)
EPOCH_BATCH = re.compile(r"^\[(\d+)(?:/\d+)?(?:, *|\] ?\[)(\d+)(?:/\d+)?\]")
PRINTED = {"'": '"', "None": "null", "nan": "NaN", "inf": "Infinity"}  # by Python
DECODE = json.JSONDecoder(parse_int=float).decode
Row = dict[str, float]
At = tuple[int, ...]  # indices of a row in the lists of a document
Column = tuple["array[int]", "array[float]"]  # rows that have a number, and these
LONGEST, SHOWN = 20_000, 50  # characters of a line; keys that an error may name
# "f(x" is no name.
SOURCE = re.compile(r"""=|\.py|["`?]|'(?!s\b)|[\[({](?![\w-]+[\])}](?: |$))""")
PATH_OR_HOST = re.compile(r"(?<!\S)[~.]*/\S+|\S*\b(?:test|dev)(?:\.py|-\d)\S*")
PLACES = "step", "batch", "epoch"
LOSSES = "loss", "perplexity", "bytes"

# In each table the first match wins. "(loss)" in a made-up name makes it one.
ROLES = (
    ("other", "accum(?:ulation)?|warmup|(?:start|end) step|batch size| (?:min|max|s)$"),
    ("other", "best|improved|decreased|split index|multiplier|(?:reader|batch) cost"),
    ("step", " at (?:iteration|step|update)"),
    ("norm", "grad(?:ient)? ?norm|gnorm"),
    ("bytes", "bpb|bits per byte"),
    ("perplexity", "pplx?|perplexity|perplextity"),
    ("reward", "rewards?|chosen|rejected|advantages?"),
    ("other", "scaler?|lr|rate|time|took|num(?! updates)|count|window|weight|coef"),
    ("other", "std|var|delta|improvement|ratio|acc|accuracy|patience|interval|every"),
    ("loss", "loss(?:es)?|m?logloss|cost|xent|nll|ce|cross ?entropy|trl|tel|objective"),
    ("other", "samples|tokens|per|sec|ms|eval|norm|size|skipped|nan|speed"),
    ("step", "(?:global |current |num )?(?:steps?|iters?|iteration|updates?)|it|up|s$"),
    ("epoch", "epochs?|ep"),
    ("batch", "batch|minibatch"),
    ("split", "^(?:train|training|val|valid|validation|dev)$"),
)
HELD_OUT = "val|valid|validation|eval|evaluation|evaluating|test|dev|tel"
UNDER_WAY = re.compile(rf"(?:(?:{HELD_OUT}|on|(?:sub)?set) ?)+")  # valid [1/20]
SPLITS = (("validation", HELD_OUT), ("train", "train|training|trl"))
KINDS = (
    ("extra", "mtp|aux|auxiliary|z|moe|balance|balancing|kl|l2"),
    ("part", "nll|ce|xent|cross"),
    ("policy", "policy|grpo|ppo"),
)


class Meaning(NamedTuple):
    role: str
    split: str
    kind: str


@lru_cache(1000)
def meaning(key: str) -> Meaning:
    """What a key means: "trainLoss", "train/loss" and "train_loss" mean the same."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", key).lower()
    text = " ".join(re.findall(r"[a-z0-9]+", apart))

    def first(table: Iterable[tuple[str, str]]) -> str:
        return next((one for one, of in table if re.search(rf"\b(?:{of})\b", text)), "")

    role = "other" if SOURCE.search(key) else first(ROLES) or "other"
    return Meaning(role, first(SPLITS), first(KINDS))


def plays(keys: Iterable[str], *roles: str) -> bool:
    return any(meaning(key).role in roles for key in keys)


class Table:
    def __init__(self) -> None:
        self.columns: dict[str, Column] = defaultdict(lambda: (array("q"), array("d")))
        self.count = 0
        self.seen: dict[str, None] = {}  # keys of rows without a loss
        self.place: Row = {}  # the epoch of the rows below it
        self.announced = False  # the line before was about held-out text
        self.at: list[float] = []  # the epoch and the step of the loss above

    def add_object(self, node: Any) -> None:
        rows: dict[At, Row] = defaultdict(dict)
        flat(node, rows)
        for row in rows.values():
            self.add(row)

    def add(self, row: Row, split: str = "") -> None:
        self.count += 1
        if not plays(row, *LOSSES, "split"):
            self.seen |= dict.fromkeys(row) if len(self.seen) < SHOWN else {}
            self.place = {k: row[k] for k in row if plays([k], *PLACES)} or self.place
            self.announced = split == "validation" and all(k in self.place for k in row)
            return
        at = [row[key] for unit in PLACES[::-1] for key in row if plays([key], unit)]
        counts = plays(row, "step", "batch")
        for key, x in () if plays(row, "epoch") else self.place.items():
            if not counts or plays([key], "epoch"):
                row.setdefault(key, x)
        split = "validation" if self.announced and at <= self.at else split
        self.announced, self.at = False, at or self.at
        for key, name in plan((*row,), split).items():
            rows, y = self.columns[name]
            rows.append(self.count)
            y.append(row[key])


@lru_cache(1000)
def plan(keys: tuple[str, ...], split: str) -> dict[str, str]:
    """The columns of a row's keys: the losses of a line about a set are that set's."""
    losses = [key for key in keys if plays([key], *LOSSES, "split")]
    named = any(meaning(key).split for key in losses)
    sets = (key.partition(" loss at ") for key in keys)  # may have names
    split = next((name for name, at, _ in sets if at), split)
    more = dict.fromkeys(losses, f" ({split})") if split and not named else {}
    games = {key.replace("win", "loss") for key in keys if "win" in key}  # lost ones
    some = (key for key in keys if key not in games and not plays([key], "other"))
    return {key: key + more.get(key, "") for key in some}


def read_text(text: str) -> Table:
    table, header = Table(), None
    text = text.lstrip("\ufeff \r\n\t")
    if text[:1] in ("[", "{") and (document := parse(text)) is not None:
        table.add_object(document)
        return table
    for line in (BAR.sub("", x) for x in text.splitlines() if len(x) <= LONGEST):
        line = re.sub(r"-?1\.#(?:QNAN|IND|INF)\w*", "nan", line)  # as Windows writes it
        line = EPOCH_BATCH.sub(r"epoch \1 batch \2", line)
        line = re.sub(r"^(\d+),(\d+)$", r"\1, \2", line)  # columns, no thousands
        line = PLACE_WITHIN.sub(lambda x: f"{x[2] or 'step'} {x[3]} {x[1]}: ", line)
        if header and (row := read_row(line, *header)):
            table.add_object(row)
        elif (some := OBJECT.search(line)) and (node := parse(some[0])) is not None:
            if some.start():
                table.add(*read_words(line[: some.start()]))
            table.add_object(node)
        else:
            found, split = read_words(line)
            header = None if found else find_header(line) or header
            table.add(found, split)
    return table


def read_words(line: str) -> tuple[Row, str]:
    parts = TOKEN.split(line)
    keys, split = layout((*parts[::2],))
    values = {key: number(parts[2 * i + 1]) for key, i in keys.items()}
    return {key: x for key, x in values.items() if x is not None}, split


def number(value: Any) -> float | None:
    """The number of a cell or of a value of JSON; None if it is something else."""
    some = VALUE.fullmatch(str(value))
    return float(some[1].replace(",", "")) if some else None


@lru_cache(1000)
def layout(texts: tuple[str, ...]) -> tuple[dict[str, int], str]:
    """Which number of a line has which key, by the texts around its numbers."""
    if not re.search(r"[^\W\d_]|/", "".join(texts)):
        names = {2: ["column 1 (loss)"], 3: ["step", "column 2 (loss)"]}
        return {key: i for i, key in enumerate(names.get(len(texts), []))}, ""
    keys: dict[str, int] = {}
    held = ""  # the mark of a split, which holds until the next
    for i, (before, after) in enumerate(pairwise(texts)):
        for mark in re.findall(r"\[([A-Za-z_]+)\]", before):
            held = mark if meaning(mark).split == "validation" else ""
        if before == "," or (after == "," and i < len(texts) - 2):
            continue  # within words it may be a decimal comma, or that of a time
        if not texts[0].strip() and re.fullmatch(" [a-z ]+, ", before) and after > "":
            keys.setdefault(before.strip(" ,"), i - 1)  # as in 2.3 avg loss, 0.1 rate
        elif not re.match(r"-?[A-Za-z%]+| (?:batches|steps|iterations)$", after):
            key = label(before, i == 0)
            total = after.strip() == "/" and "?it/s" not in texts[-1]  # as in [1/20]
            if total and UNDER_WAY.fullmatch(key):
                return {"progress": i}, ""
            key = f"{held} {key}" if held and plays([key], *LOSSES) else key
            keys.setdefault(key or "batch" * bool(i and total), i)
    starts = keys.pop("", None) == 0 and plays(keys, *LOSSES, "split")
    if starts and not plays(keys, "step") and texts[1][:1] != "\t":
        keys["step"] = 0
    # What stands before the first loss, or last, says of which set a line is.
    loss = min((i for k, i in keys.items() if plays([k], *LOSSES)), default=len(texts))
    around = PATH_OR_HOST.sub("", " ".join((*texts[: loss + 1], texts[-1])))
    return keys, meaning(around).split


def label(before: str, first: bool) -> str:
    """The words before a number, after the unit of the number before it."""
    said = before if first else UNIT.sub("", before)
    said = re.sub(r"(?<=loss)\[\d+\]|[\s:=(\[|,\"'-]+$", "", said[-200:])
    said = re.split(r"[,;|\[\]{}\t]|\s-\s|\s>\s|\s{3,}", said)[-1]
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
    told = plays(names, *LOSSES, "split", *PLACES)  # unlike a sentence, or a rule
    return (mark, names) if told and {*map(number, names)} == {None} else None


def read_row(line: str, mark: str, names: list[str]) -> dict[str, str]:
    some = cells(line, mark)
    fits = len(some) == len(names) and {*map(number, some)} != {None}
    return dict(zip(names, some, strict=True)) if fits else {}


def parse(text: str) -> Any:
    """The value of a text of JSON, or of what Python prints; None if it is neither."""
    for mark in "", r"'|\b(?:None|nan|inf)\b":
        with suppress(ValueError, RecursionError):
            return DECODE(re.sub(mark, lambda x: PRINTED[x[0]], text) if mark else text)
    return None


def flat(node: Any, rows: dict[At, Row], key: str = "", at: At = ()) -> None:
    """The numbers of a document, by their indices in its lists and their paths."""
    if isinstance(node, dict):
        # A step's value is that of the metric named beside it, or in the file's name.
        metric = (node[k] for k in ("metric", "tag", "key") if k in node)
        value = next(metric, "value (loss)") if {"step", "Step"} & {*node} else "value"
        for name, one in node.items():
            if name.isdecimal():  # a list by step
                rows[*at, int(name)]["step"] = float(name)
                flat(one, rows, key, (*at, int(name)))
            else:
                path = value if name in ("value", "Value") else name
                flat(one, rows, f"{key}/{path}".strip("/"), at)
    elif isinstance(node, list):
        for j, one in enumerate(node):
            kept = meaning(key).split or not isinstance(one, dict)
            flat(one, rows, key if kept else "", (*at, j))
    elif key and (x := number(node)) is not None:
        rows[at][key] = x
