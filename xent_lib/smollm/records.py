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
    path: Path, how: tuple[str, int, int], ids: Mapping[str, np.ndarray]
) -> dict[str, Mapping[str, object]]:
    """The records by name; the file keeps no line that is torn, or of other ids.

    Parameters
    ----------
    path : Path
        Of the file, which need not be there yet.
    how : tuple
        Model, window and stride.
    ids : dict
        Of the documents by name. Lines of others are let be.

    Raises
    ------
    ValueError
        A line that is no record, or of another model, window or stride.
    """
    data = path.read_bytes() if path.exists() else b""
    records: dict[str, Mapping[str, object]] = {}
    kept = []
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        if not line.endswith(b"\n"):  # torn by an interrupt
            if not line.startswith(BEGIN[: len(line)]):
                raise ValueError(f"{path} does not end in a score: {line[:40]!r}")
            continue
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
        name = record["name"]
        if name not in ids or record["ids"] == ids[name].tolist():
            records[name] = record
            kept.append(line)
    if (whole := b"".join(kept)) != data:
        new = path.with_name(f".{path.name}")  # hidden: no document
        new.write_bytes(whole)
        new.replace(path)  # whole or not at all
    return records


def as_score(record: Mapping[str, object], text: str) -> Score:
    """The score that a record has of its text, but for the best guesses."""
    ids, losses = np.array(record["ids"]), np.array(record["losses"], np.float64)
    return Score(text, ids, losses, ids[:0], losses[:0])
