"""Scores as lines of JSON: what a program prints for others, and goes on from."""

import contextlib
import errno
import json
import math
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from .. import LossTotals
from .scoring import Score

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

KEYS = {"model", "window", "stride", "name", "n_bytes", "ids", "losses"}
BEGIN = b'{"model": '  # of a line
FAR = 2**40  # a place of a file that nobody reads: there Windows holds a byte of it
HELD = {errno.EAGAIN, errno.EACCES}  # by another run

Record = dict[str, Any]
Key = tuple[str, int, tuple[int, ...]] | None
NEW = None  # the key of what no file has


def as_record(how: Mapping[str, object], name: str, one: Score) -> Record:
    """A score as it is printed; `how` says by what it was computed: the model, the
    window and the stride."""
    # To 1e-5 (1 + loss): in the digits after that processors differ.
    losses = [round(x, 5 if x < 10 else 4) for x in one.losses.tolist()]
    ids = one.ids.tolist()
    return {**how, "name": name, "n_bytes": one.n_bytes, "ids": ids, "losses": losses}


def as_line(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)


def totals_of(record: Mapping[str, Any]) -> LossTotals:
    """Its sums, of the losses as they stand there: the same on every machine."""
    return LossTotals(math.fsum(record["losses"]), 1, len(record["ids"]))


def make_key(name: str, text: str, ids: Sequence[int]) -> Key:
    """What a document and the record of its score have in common."""
    return name, len(text.encode()), tuple(ids)


@contextlib.contextmanager
def saving(
    path: Path, how: Mapping[str, object], keys: Collection[Key] | None
) -> Iterator[tuple[IO[str], dict[Key, Record]]]:
    """A file, to add lines to, and the records that it has already.

    No other run adds to it meanwhile. It keeps no line that is torn, and none of a
    document that has changed.

    Parameters
    ----------
    path : Path
        Of the file, which need not be there yet.
    how : dict
        Model, window and stride.
    keys : collection of keys, or None
        Of the documents. Lines of other names are let be. None, if there may be no
        line yet.

    Raises
    ------
    ValueError
        A line that is no record, or of another model, window or stride; a file that
        another run writes, or with lines though there may be none.
    """
    with contextlib.ExitStack() as files:
        file = files.enter_context(hold(path))
        data = path.read_bytes() if path.stat().st_size else b""  # a device has none
        if data and keys is None:
            raise ValueError(f"{path} is there already: --resume goes on with it")
        records, whole = read_lines(path, data, how, set(keys or ()))
        if whole != data:
            new = path.with_name(f".{path.name}.new")  # hidden: no document
            new.write_bytes(whole)
            if sys.platform == "win32":  # which exchanges no file that is open
                file.close()
            new.replace(path)  # whole or not at all
            file = files.enter_context(hold(path))
        yield file, records


def hold(path: Path) -> IO[str]:
    """The file, to add to it; an error where another run holds it, until that ends."""
    file = path.open("a", encoding="utf8")
    try:
        if sys.platform == "win32":
            os.lseek(file.fileno(), FAR, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError as error:
        held = error.errno not in HELD  # a disk that knows no locks has none
    if held:
        return file
    file.close()
    raise ValueError(f"{path} is written by another run")


def read_lines(
    path: Path, data: bytes, how: Mapping[str, object], keys: set[Key]
) -> tuple[dict[Key, Record], bytes]:
    """The records in the data of a file, and the lines to keep."""
    *lines, torn = data.split(b"\n")  # an interrupt may tear the last
    if not torn.startswith(BEGIN[: len(torn)]):
        raise ValueError(f"{path} does not end in a score: {torn[:40]!r}")
    records: dict[Key, Record] = {}
    kept, names = [], {key[0] for key in keys if key}
    for number, line in enumerate(lines, 1):
        record = read_record(line)
        if record is None:
            raise ValueError(f"{path}, line {number}, is no score: {line[:40]!r}")
        for what, right in how.items():
            if record[what] != right:
                raise ValueError(
                    f"{path}, line {number}, has the {what} {record[what]}, not {right}"
                )
        key = record["name"], record["n_bytes"], tuple(record["ids"])
        if record["name"] not in names or key in keys:
            records[key] = record
            kept.append(line + b"\n")
    return records, b"".join(kept)


def read_record(line: bytes) -> Record | None:
    """What a line says, if it is a score."""
    try:
        record = json.loads(line)
        right = record.keys() == KEYS and is_score(record)
    except (ValueError, TypeError, AttributeError):  # no JSON, or of other types
        return None
    return record if right else None


def is_score(record: Record) -> bool:
    """Whether its values can be those of a score."""
    ids, losses = record["ids"], record["losses"]
    sizes = [record[key] for key in ("window", "stride", "n_bytes")]
    return (
        all(type(record[key]) is str for key in ("model", "name"))
        and all(type(x) is int and x >= 0 for x in [*sizes, *ids])
        and len(ids) == len(losses) > 0
        and all(type(x) in (int, float) and 0 <= x < math.inf for x in losses)
    )
