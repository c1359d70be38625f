"""Scores as lines of JSON: what a program prints for others, and goes on from."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .scoring import Score

KEYS = {"model", "name", "n_bytes", "ids", "losses"}
BEGIN = b'{"model": '  # of a line


def as_line(model: str, name: str, one: Score) -> str:
    """A score as a line, its losses to nine digits."""
    record = {
        "model": model,
        "name": name,
        "n_bytes": one.n_bytes,
        "ids": one.ids.tolist(),
        "losses": [float(f"{loss:.9g}") for loss in one.losses],
    }
    return json.dumps(record, ensure_ascii=False)


def read_lines(path: Path, model: str) -> dict[str, Mapping[str, object]]:
    """The records of a model by name. A last line that an interrupt tore is cut off.

    Raises
    ------
    ValueError
        A line that is no record, or another model’s.
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
        if record["model"] != model:
            raise ValueError(
                f"{path}, line {number}, is of {record['model']}, not of {model}"
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
