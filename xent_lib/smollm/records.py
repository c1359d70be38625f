"""Scores as lines of JSON: printed for other programs, or saved and continued."""

import contextlib
import errno
import hashlib
import json
import math
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import FileIO
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from .. import LossTotals
from .scoring import Piece, Score, windows

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

HOW = ("model", "sha256", "start", "window", "stride")  # how a score was computed
KEYS = {*HOW, "name", "first", "last", "prefix", "n_bytes", "ids", "tokens", "losses"}
BEGIN = b'{"model": '  # of each line
LEAST = 1024  # tokens per line, except the last of a document
OTHER = " (to start over, --save to another file)"
GO_ON = "the same run with --save completes it"
FAR = 2**40  # an offset that nobody reads, where Windows locks one byte of the file
HELD = {errno.EAGAIN, errno.EACCES}  # another run has the lock

Record = dict[str, Any]
Sql = Callable[..., sqlite3.Cursor]


class Part(NamedTuple):
    """The part of a document in one line: the scores of one or more windows."""

    name: str  # of the document
    first: int  # where this part begins, in tokens
    last: bool  # whether it is the document's last part
    prefix: str  # a hash of all ids up to this part's end, on which its losses depend


def cut(
    name: str, ids: Iterable[int], window: int, stride: int, given: int = 1
) -> Iterator[tuple[Part, list[Piece]]]:
    """Cut a document into parts, each with the windows to read for it. The first
    `given` ids are not scored."""
    prefix, first, end = hashlib.blake2b(digest_size=16), 0, 0
    if given > 1:  # a prompt, and where it ends
        ids = list(ids)
        prefix.update(np.array([*ids[1:given], -1], "<i4").tobytes())
    pieces: list[Piece] = []
    found = chain(windows(ids, window, stride, given), [None])
    for one, following in pairwise(found):
        assert one
        piece, begin = one
        pieces.append(one)
        prefix.update(piece[begin:].astype("<i4").tobytes())
        end += len(piece) - begin
        last = following is None
        if last or end - first >= LEAST:
            yield Part(name, first, last, prefix.hexdigest()), pieces
            pieces, first = [], end


def as_record(how: Mapping[str, object], part: Part, one: Score) -> Record:
    """The score of a part as a record to print; `how` has the values of HOW."""
    return {
        **how,
        **part._asdict(),
        "n_bytes": one.n_bytes,
        "ids": one.ids.tolist(),
        "tokens": one.tokens,
        "losses": rounded(one.losses),
    }


def rounded(losses: np.ndarray) -> list[float]:
    """Round to 1e-5 (1 + loss), since further digits differ between processors."""
    return [round(x, 5 if x < 10 else 4) for x in losses.tolist()]


def is_saved(data: bytes) -> bool:
    """Whether a file seems to contain saved scores, of any version."""
    return data.startswith(BEGIN) and b'"losses": [' in data.partition(b"\n")[0]


def as_line(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)


def totals_of(record: Mapping[str, Any]) -> LossTotals:
    """The sums of a record's rounded losses, which are the same on every machine. Only
    the first part of a document counts it."""
    return LossTotals(
        math.fsum(record["losses"]), int(record["first"] == 0), len(record["ids"])
    )


def hashed(*values: object) -> int:
    """A 64-bit hash: a million values collide with a probability below 10⁻⁷."""
    text = "\0".join(map(str, values)).encode(errors="replace")
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def key_of(part: Mapping[str, Any]) -> int:
    """The key of a part: its document's name, and all tokens up to its end."""
    return hashed(part["name"], part["prefix"], part["last"])


class Saved:
    """A file of saved scores, one line per part: finds lines, adds and drops them."""

    def __init__(
        self, path: Path, file: FileIO, how: Mapping[str, object], sql: Sql
    ) -> None:
        self.path, self.file, self.sql = path, file, sql
        lines = "place INTEGER PRIMARY KEY, name INT, key INT, asked INT"
        sql(f"CREATE TABLE lines ({lines})")  # not found yet
        sql("CREATE TABLE found (turn INTEGER PRIMARY KEY, place INT)")  # not read yet
        sql("CREATE TABLE dropped (name INTEGER PRIMARY KEY)")
        whole = 0
        for place, end, record in records_of(path, how):
            line = place, hashed(record["name"]), key_of(record)
            sql("INSERT INTO lines VALUES (?, ?, ?, 0)", line)
            whole = end
        sql("CREATE INDEX ordered ON lines (name, key)")
        if path.is_file():
            file.truncate(whole)

    def find(self, part: Part) -> bool:
        """Whether the score of a part is saved, which `read` then returns, once."""
        name = hashed(part.name)
        if part.first == 0:  # once per document
            self.sql("UPDATE lines SET asked = 1 WHERE name = ?", (name,))
        what = "SELECT place FROM lines WHERE name = ? AND key = ? ORDER BY place"
        for place in self.sql(what, (name, key_of(part._asdict()))):
            self.sql("DELETE FROM lines WHERE place = ?", place)
            self.sql("INSERT INTO found (place) VALUES (?)", place)
            return True
        return False

    def read(self) -> Record:
        """The next score in the order in which `find` found them."""
        [(first, place)] = self.sql("SELECT * FROM found ORDER BY turn LIMIT 1")
        self.sql("DELETE FROM found WHERE turn = ?", (first,))
        with self.path.open("rb") as file:
            file.seek(place)
            record: Record = json.loads(file.readline())
            return record

    def add(self, record: Record) -> None:
        line = f"{as_line(record)}\n".encode()
        try:
            while line:  # a nearly full disk may take only a part of it
                line = line[self.file.write(line) or 0 :]
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from None

    def drop(self, name: str) -> None:
        """Mark a document: `drop_old` removes all of its lines, found or added."""
        self.sql("INSERT OR IGNORE INTO dropped VALUES (?)", (hashed(name),))

    def drop_old(self) -> None:
        """Remove the lines of documents that have changed since, and of those that
        `drop` marked."""
        if self.sql("SELECT 1 FROM dropped").fetchone():
            marked = "SELECT ?, name, 0, 1 FROM dropped WHERE name = ?"
            for place, _, record in records_of(self.path, {}):
                self.sql(
                    f"INSERT OR REPLACE INTO lines {marked}",
                    (place, hashed(record["name"])),
                )
        old = self.sql("SELECT place FROM lines WHERE asked ORDER BY place")
        next_old = next(old, None)
        if next_old is None:
            return
        new = self.path.with_name(f".{self.path.name}.new")  # hidden: not a document
        try:
            with self.path.open("rb") as file, new.open("wb") as kept:
                place = 0
                for line in file:
                    if (place,) == next_old:
                        next_old = next(old, None)
                    else:
                        kept.write(line)
                    place += len(line)
        except OSError as error:  # the old lines stay, and do no harm
            new.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(new)) from None
        if sys.platform == "win32":  # Windows can't replace an open file
            self.file.close()
        new.replace(self.path)  # atomic

    def others(self) -> int:
        """How many saved documents this run did not ask for."""
        [(n,)] = self.sql("SELECT count(DISTINCT name) FROM lines WHERE NOT asked")
        return int(n)


@contextlib.contextmanager
def tables() -> Iterator[Sql]:
    """An SQLite database in a temporary file, which is gone when the run ends, however
    it ends. The file grows with what is saved; memory does not."""
    with contextlib.closing(sqlite3.connect("")) as base:
        try:
            base.execute("PRAGMA cache_size = -500")  # kB, and as much for sorting
            base.execute("PRAGMA journal_mode = OFF")  # nothing is rolled back
            yield base.execute
        except sqlite3.Error as error:  # such as a full disk
            raise OSError(f"SQLite's temporary file: {error}") from None


@contextlib.contextmanager
def saving(path: Path, how: Mapping[str, object]) -> Iterator[Saved]:
    """Open a file of scores to add to, and lock it against other runs.

    An incomplete last line is cut off. The lines of documents that have changed are
    removed at the end, unless an error comes first.

    Parameters
    ----------
    path : Path
        The file, which need not exist yet.
    how : dict
        The values of HOW.

    Raises
    ------
    ValueError
        If a line is not a score, or was computed with other settings, or if another
        run is writing the file.
    """
    path = Path(os.path.realpath(path))  # replace a link's target, not the link
    with hold(path) as file, tables() as sql:
        saved = Saved(path, file, how, sql)
        yield saved
        saved.drop_old()


def joined(paths: Sequence[Path]) -> Iterator[Record]:
    """The records of several files, all computed with the same settings, each once.

    Raises
    ------
    ValueError
        If a file has no scores, an incomplete last line, only a part of a document, or
        both the old and the new version of one; if a run is writing it; if its
        settings differ; or if an earlier file has one of its documents, too.
    """
    how: Mapping[str, object] = {}
    with tables() as sql:
        sql("CREATE TABLE lines (key INTEGER PRIMARY KEY, file INT)")
        sql("CREATE TABLE texts (name INTEGER PRIMARY KEY, key INT, file INT)")
        for number, path in enumerate(paths):
            whole, begun = 0, dict[str, int]()  # how far each unfinished document goes
            if path.is_file():
                hold(path, "rb").close()
            for _, end, record in records_of(path, how):
                how = how or {key: record[key] for key in HOW}
                name, first, key = record["name"], record["first"], key_of(record)
                before = "SELECT 1 FROM lines WHERE key = ? AND file < ?"
                if sql(before, (key, number)).fetchone():
                    raise ValueError(f"{path}: {name!r} is in an earlier file, too")
                if begun.pop(name, 0) != first:
                    raise ValueError(f"{path} {unfinished(name)}")
                text = hashed(name), key, number
                two = "SELECT 1 FROM texts WHERE name = ? AND key != ? AND file = ?"
                if first == 0 and sql(two, text).fetchone():
                    raise ValueError(f"{path} has two texts named {name!r}: {GO_ON}")
                if first == 0:
                    sql("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", text)
                if not record["last"]:
                    begun[name] = first + len(record["ids"])
                sql("INSERT OR IGNORE INTO lines VALUES (?, ?)", (key, number))
                whole = end
                yield record
            if begun:
                raise ValueError(f"{path} {unfinished(*begun)}")
            if whole != path.stat().st_size or not whole:
                raise ValueError(f"{path} has no complete last line: {GO_ON}")


def unfinished(name: str, *_: str) -> str:
    return f"has only a part of {name!r}: {GO_ON}"


def hold(path: Path, mode: Literal["ab", "rb"] = "ab") -> FileIO:
    """Open and lock the file; an error if another run has locked it."""
    file = path.open(mode, buffering=0)
    try:
        if sys.platform == "win32":
            os.lseek(file.fileno(), FAR, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError as error:
        held = error.errno not in HELD  # other errors: a disk without locks
    if held:
        return file
    file.close()
    raise ValueError(f"{path} is being written by another run")


def records_of(
    path: Path, how: Mapping[str, object]
) -> Iterator[tuple[int, int, Record]]:
    """Where each record of a file begins and ends, and the record, except for an
    incomplete last one."""
    if path.exists() and not path.is_file():  # a device has no records
        return
    place = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                end = place + len(line)
                yield place, end, read_line(f"{path}, line {number},", line[:-1], how)
                place = end
            elif not line.startswith(BEGIN[: len(line)]):  # not one we left unfinished
                raise ValueError(f"{path} does not end in a score: {line[:40]!r}")


def read_line(where: str, line: bytes, how: Mapping[str, object]) -> Record:
    """The record of a line; an error if it is not a score, or has other settings."""
    record = read_record(line)
    if record is None:
        raise ValueError(
            f"{where} is not a score of this version{OTHER}: {line[:40]!r}"
        )
    for what, right in how.items():
        if record[what] != right:
            what = f"{where} has the {what} {record[what]}, not {right}"
            raise ValueError(what + OTHER)
    return record


def read_record(line: bytes) -> Record | None:
    """The record of a line, or None if it is not a score."""
    try:
        record = json.loads(line)
        right = record.keys() == KEYS and is_score(record)
    except (ValueError, TypeError, AttributeError, RecursionError):  # not our JSON
        return None
    return record if right else None


def is_score(record: Record) -> bool:
    """Whether the values of a record have the types and ranges of a score."""
    ids, tokens, losses = record["ids"], record["tokens"], record["losses"]
    sizes = [record[key] for key in ("start", "window", "stride", "first", "n_bytes")]
    return (
        all(type(record[key]) is str for key in ("model", "sha256", "name", "prefix"))
        and type(record["last"]) is bool
        and all(type(x) is int and x >= 0 for x in sizes)
        and all(type(x) is int and 0 <= x < 2**31 for x in ids)
        and len(ids) == len(tokens) == len(losses) > 0
        and all(type(x) is str for x in tokens)
        and all(type(x) in (int, float) and 0 <= x < math.inf for x in losses)
    )
