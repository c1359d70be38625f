"""Scores as lines of JSON: what a program prints for others, and goes on from."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .scoring import Score

HOW = ("model", "window", "stride")  # by which a score was computed
KEYS = {*HOW, "name", "n_bytes", "ids", "losses"}
BEGIN = b'{"model": '  # of a line


def as_line(how: tuple[str, int, int], name: str, one: Score) -> str:
    """A score as a line, its losses to nine digits."""
    record = dict(zip(HOW, how, strict=True)) | {
        "name": name,
        "n_bytes": one.n_bytes,
        "ids": one.ids.tolist(),
        "losses": [float(f"{loss:.9g}") for loss in one.losses],
    }
    return json.dumps(record, ensure_ascii=False)


def read_lines(
    path: Path, how: tuple[str, int, int]
) -> dict[str, Mapping[str, object]]:
    """The records by name. A last line that an interrupt tore is cut off.

    Raises
    ------
    ValueError
        A line that is no record, or of another model, window or stride.
    """
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    records: dict[str, Mapping[str, object]] = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or set(record) != KEYS:
            raise ValueError(f"{path}, line {number}, is no score: {line[:40]!r}")
        for key, right in zip(HOW, how, strict=True):
            if record[key] != right:
                raise ValueError(
                    f"{path}, line {number}, has the {key} {record[key]}, not {right}"
                )
        records[record["name"]] = record
    if torn := data[len(whole) :]:
        if not torn.startswith(BEGIN[: len(torn)]):
            raise ValueError(f"{path} does not end in a score: {torn[:40]!r}")
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return records


def as_score(record: Mapping[str, object], text: str, ids: np.ndarray) -> Score | None:
    """The score that a record has of this text; None if it is of another."""
    if record["ids"] != ids.tolist():
        return None
    losses = np.array(record["losses"], np.float64)
    return Score(text, ids, losses, ids[:0], losses[:0])
