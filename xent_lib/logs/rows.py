"""The numbers of a log as rows under keys, and those of JSON."""

import json
import math
import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .keys import LOSSES, plays

DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?"
NUMBER = rf"[-+]?(?:{DIGITS}|(?:nan|inf(?:inity)?)(?![a-z]))"
WHOLE = re.compile(rf"\s*({NUMBER})\s*", re.I)
PRINTED = {"nan": "NaN", "inf": "Infinity", "None": "null", "'": '"'}
PYTHON = re.compile("|".join(rf"\b{word}\b" for word in PRINTED if word != "'") + "|'")


class Block(NamedTuple):
    """Rows with the same keys: their places in the log, and a column for each key."""

    keys: tuple[str, ...]
    rows: np.ndarray[Any, np.dtype[np.int64]]
    table: np.ndarray[Any, np.dtype[np.float64]]
    header: bool  # whether the keys stand above a table


class Rows:
    """Rows, collected by their keys."""

    def __init__(self) -> None:
        self.kept: dict[tuple[tuple[str, ...], bool], tuple[array[int], array[float]]]
        self.kept, self.count = {}, 0

    def add(
        self, keys: Iterable[str], values: Iterable[float], header: bool = False
    ) -> None:
        """Add a row, or several, one after the other."""
        names = tuple(keys)
        if names:
            new = array("q"), array("d")
            places, numbers = self.kept.setdefault((names, header), new)
            numbers.extend(values)
            count = len(numbers) // len(names) - len(places)
            places.extend(range(self.count, self.count + count))
            self.count += count

    def blocks(self) -> list[Block]:
        """The rows of each set of keys; those without a key, if there is no loss."""
        found = [
            Block(keys, np.frombuffer(places, np.int64), table, header)
            for (keys, header), (places, numbers) in self.kept.items()
            for table in [np.frombuffer(numbers).reshape(-1, len(keys))]
        ]
        named = [block for block in found if "" not in block.keys]
        bare = [as_bare(block) for block in found if "" in block.keys]
        if bare and not any(plays(block.keys, *LOSSES) for block in named):
            return [max(bare, key=lambda block: len(block.rows))]
        return named


def as_bare(block: Block) -> Block:
    """Columns without a name: steps, if the first one counts upwards, and losses."""
    x = block.table[:, 0]
    counts = len(block.keys) > 1 and np.all(x == np.rint(x)) and np.all(np.diff(x) > 0)
    losses = [f"column {i + 1} (loss)" for i in range(len(block.keys))]
    return block._replace(keys=("step", *losses[1:]) if counts else tuple(losses))


def as_number(cell: object) -> float | None:
    """The number of a cell or a value of JSON; None if it is something else."""
    if isinstance(cell, str):
        found = WHOLE.fullmatch(cell)
        return float(found[1].replace(",", "")) if found else None
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None
    return float(cell) if abs(cell) < 1e300 or cell != cell else math.inf


def flat(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of nested objects, by their paths."""
    for key, value in node.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{key}/")
        elif (number := as_number(value)) is not None:
            yield f"{path}{key}", number


def read_document(text: str, rows: Rows) -> bool:
    """Whether the text is one value of JSON, or of Python, with numbers in it."""
    if "\n" not in text.strip():  # as Python prints one
        text = PYTHON.sub(lambda found: PRINTED[found[0]], text)
    try:
        walk(json.loads(text), "", rows)
    except (ValueError, RecursionError):
        return False
    return rows.count > 0


def walk(node: Any, path: str, rows: Rows) -> None:
    """Find lists of objects or of pairs, and objects of lists or of numbers."""
    if isinstance(node, list):
        for one in node:
            if isinstance(one, dict):
                pairs = dict(flat(one))
                rows.add(pairs, pairs.values())
            elif is_column(one) and len(one) == 2:
                rows.add(("step", path or "loss"), map(float, one))
    elif isinstance(node, dict):
        columns = {key: value for key, value in node.items() if is_column(value)}
        numbers = dict(flat(node))
        if numbers and all(key.isdigit() for key in node):
            for key, number in numbers.items():
                rows.add(("step", path or "loss"), (float(key), number))
        elif numbers and not columns:
            rows.add(numbers, numbers.values())
        for length in dict.fromkeys(map(len, columns.values())):
            equal = {key: v for key, v in columns.items() if len(v) == length}
            for row in zip(*equal.values(), strict=True):
                rows.add((f"{path} {key}".strip() for key in equal), map(float, row))
        for key in node.keys() - columns.keys() - numbers.keys():
            inside = path if key in ("values", "data") else f"{path} {key}".strip()
            walk(node[key], inside, rows)


def is_column(node: Any) -> bool:
    return isinstance(node, list) and all(as_number(x) is not None for x in node)
