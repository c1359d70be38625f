"""Scores as lines of JSON: what a program prints for others, and goes on from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .scoring import Score

KEYS = {"model", "window", "stride", "name", "n_bytes", "ids", "losses"}
BEGIN = b'{"model": '  # of a line


def as_line(how: Mapping[str, object], name: str, one: Score) -> str:
    """A score as a line, its losses to nine digits; `how` says by what it was computed:
    the model, the window and the stride."""
    record = {
        **how,
        "name": name,
        "n_bytes": one.n_bytes,
        "ids": one.ids.tolist(),
        "losses": [float(f"{loss:.9g}") for loss in one.losses],
    }
    return json.dumps(record, ensure_ascii=False)


def read_lines(
    path: Path, how: Mapping[str, object], ids: Mapping[str, np.ndarray]
) -> dict[str, dict[str, Any]]:
    """The records by name; the file keeps no line that is torn, or of other ids.

    Parameters
    ----------
    path : Path
        Of the file, which need not be there yet.
    how : dict
        Model, window and stride.
    ids : dict
        Of the documents by name. Lines of others are let be.

    Raises
    ------
    ValueError
        A line that is no record, or of another model, window or stride.
    """
    data = path.read_bytes() if path.exists() else b""
    *lines, torn = data.split(b"\n")  # an interrupt may tear the last
    if not torn.startswith(BEGIN[: len(torn)]):
        raise ValueError(f"{path} does not end in a score: {torn[:40]!r}")
    records, kept = {}, []
    for number, line in enumerate(lines, 1):
        record = as_record(line)
        if record is None:
            raise ValueError(f"{path}, line {number}, is no score: {line[:40]!r}")
        for key, right in how.items():
            if record[key] != right:
                raise ValueError(
                    f"{path}, line {number}, has the {key} {record[key]}, not {right}"
                )
        name = record["name"]
        if name not in ids or record["ids"] == ids[name].tolist():
            records[name] = record
            kept.append(line + b"\n")
    if (whole := b"".join(kept)) != data:
        new = path.with_name(f".{path.name}.new")  # hidden: no document
        new.write_bytes(whole)
        new.replace(path)  # whole or not at all
    return records


def as_record(line: bytes) -> dict[str, Any] | None:
    """What a line says, if it has the keys of a score."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and set(record) == KEYS else None


def as_score(record: Mapping[str, Any], text: str) -> Score:
    """The score that a record has of its text, but for the best guesses."""
    ids, losses = np.array(record["ids"]), np.array(record["losses"])
    return Score(text, ids, losses, ids[:0], losses[:0])
