"""Scores as lines of JSON: what a program prints for others, and goes on from."""

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

from .. import LossTotals
from .scoring import Piece, Score, windows

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

HOW = ("model", "sha256", "start", "window", "stride")  # a score was computed
KEYS = {*HOW, "name", "first", "last", "prefix", "n_bytes", "ids", "tokens", "losses"}
BEGIN = b'{"model": '  # of a line
LEAST = 1024  # tokens of a line, but for the last of a document
OTHER = " (--save with another file begins anew)"
GO_ON = "the same run with --save goes on with it"
FAR = 2**40  # a place of a file that nobody reads: there Windows holds a byte of it
HELD = {errno.EAGAIN, errno.EACCES}  # by another run

Record = dict[str, Any]
Sql = Callable[..., sqlite3.Cursor]


class Part(NamedTuple):
    """What a line has of a document: what one window scores, or several short ones."""

    name: str  # of the document
    first: int  # where in it this begins, in tokens
    last: bool  # whether it ends with this
    prefix: str  # a hash of all its ids up to the end of this, on which losses depend


def cut(
    name: str, ids: Iterable[int], window: int, stride: int
) -> Iterator[tuple[Part, list[Piece]]]:
    """A document in parts, each with what is read for it."""
    prefix, first, end = hashlib.blake2b(digest_size=16), 0, 0
    pieces: list[Piece] = []
    found = chain(windows(ids, window, stride), [None])
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
    """The score of a part as it is printed; `how` has the values of HOW."""
    # To 1e-5 (1 + loss): in the digits after that processors differ.
    losses = [round(x, 5 if x < 10 else 4) for x in one.losses.tolist()]
    return {
        **how,
        **part._asdict(),
        "n_bytes": one.n_bytes,
        "ids": one.ids.tolist(),
        "tokens": one.tokens,
        "losses": losses,
    }


def is_saved(data: bytes) -> bool:
    """Whether a file seems to hold scores, of any version."""
    return data.startswith(BEGIN) and b'"losses": [' in data.partition(b"\n")[0]


def as_line(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)


def totals_of(record: Mapping[str, Any]) -> LossTotals:
    """Its sums, of the losses as they stand there: the same on every machine. A
    document counts where it begins."""
    return LossTotals(
        math.fsum(record["losses"]), int(record["first"] == 0), len(record["ids"])
    )


def hashed(*values: object) -> int:
    """In 64 bits: two of a million differ but for one case in 10⁷."""
    text = "\0".join(map(str, values)).encode(errors="replace")
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def key_of(part: Mapping[str, Any]) -> int:
    """By what a part is known: its document, if that is as it was until there."""
    return hashed(part["name"], part["prefix"], part["last"])


class Saved:
    """A file of scores, a line a part: where in it they are, and who adds to it."""

    def __init__(
        self, path: Path, file: FileIO, how: Mapping[str, object], sql: Sql
    ) -> None:
        self.path, self.file, self.sql = path, file, sql
        lines = "place INTEGER PRIMARY KEY, name INT, key INT, asked INT"
        sql(f"CREATE TABLE lines ({lines})")  # that were not found yet
        sql("CREATE TABLE found (turn INTEGER PRIMARY KEY, place INT)")  # and not read
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
        """Whether the score of a part is there, for `read`; each is found once."""
        name = hashed(part.name)
        if part.first == 0:  # once a document
            self.sql("UPDATE lines SET asked = 1 WHERE name = ?", (name,))
        what = "SELECT place FROM lines WHERE name = ? AND key = ? ORDER BY place"
        for place in self.sql(what, (name, key_of(part._asdict()))):
            self.sql("DELETE FROM lines WHERE place = ?", place)
            self.sql("INSERT INTO found (place) VALUES (?)", place)
            return True
        return False

    def read(self) -> Record:
        """The score that was found first, of those that were not read."""
        [(first, place)] = self.sql("SELECT * FROM found ORDER BY turn LIMIT 1")
        self.sql("DELETE FROM found WHERE turn = ?", (first,))
        with self.path.open("rb") as file:
            file.seek(place)
            record: Record = json.loads(file.readline())
            return record

    def add(self, record: Record) -> None:
        line = f"{as_line(record)}\n".encode()
        try:
            while line:  # of which a disk that is nearly full takes a part
                line = line[self.file.write(line) or 0 :]
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from None

    def drop(self, name: str) -> None:
        """Marks a document: none of its lines, found or added, stays at the end."""
        self.sql("INSERT OR IGNORE INTO dropped VALUES (?)", (hashed(name),))

    def drop_old(self) -> None:
        """Removes the lines of the documents that were asked for and have changed, and
        of those that `drop` marked."""
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
        new = self.path.with_name(f".{self.path.name}.new")  # hidden: no document
        try:
            with self.path.open("rb") as file, new.open("wb") as kept:
                place = 0
                for line in file:
                    if (place,) == next_old:
                        next_old = next(old, None)
                    else:
                        kept.write(line)
                    place += len(line)
        except OSError as error:  # the old lines stay, which do no harm
            new.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(new)) from None
        if sys.platform == "win32":  # which exchanges no file that is open
            self.file.close()
        new.replace(self.path)  # whole or not at all

    def others(self) -> int:
        """How many documents are there that were not asked for."""
        [(n,)] = self.sql("SELECT count(DISTINCT name) FROM lines WHERE NOT asked")
        return int(n)


@contextlib.contextmanager
def tables() -> Iterator[Sql]:
    """Those of SQLite, in a file without a name, which goes with the run, however that
    ends: it grows with what is saved, and what of it is in memory does not."""
    with contextlib.closing(sqlite3.connect("")) as base:
        try:
            base.execute("PRAGMA cache_size = -500")  # kB: as many again where it sorts
            base.execute("PRAGMA journal_mode = OFF")  # nothing is taken back
            yield base.execute
        except sqlite3.Error as error:  # such as a full disk
            raise OSError(f"a temporary file of SQLite's: {error}") from None


@contextlib.contextmanager
def saving(path: Path, how: Mapping[str, object]) -> Iterator[Saved]:
    """A file of scores, to add to. No other run adds to it meanwhile.

    A line that is torn at its end is cut off; those of documents that have changed
    leave it at the end, if it comes to that.

    Parameters
    ----------
    path : Path
        Of the file, which need not be there yet.
    how : dict
        The values of HOW.

    Raises
    ------
    ValueError
        A line that is no score, or one that was computed otherwise; a file that another
        run writes.
    """
    path = Path(os.path.realpath(path))  # where a link leads
    with hold(path) as file, tables() as sql:
        saved = Saved(path, file, how, sql)
        yield saved
        saved.drop_old()


def joined(paths: Sequence[Path]) -> Iterator[Record]:
    """The records of several files, which were computed alike, each once.

    Raises
    ------
    ValueError
        A file without scores, or with a torn one, or with a part of a document alone,
        or a document that has changed beside what it was; one that a run writes; one
        that was computed otherwise, or is in a file before.
    """
    how: Mapping[str, object] = {}
    with tables() as sql:
        sql("CREATE TABLE lines (key INTEGER PRIMARY KEY, file INT)")
        sql("CREATE TABLE texts (name INTEGER PRIMARY KEY, key INT, file INT)")
        for number, path in enumerate(paths):
            whole, begun = 0, dict[str, int]()  # documents, and how far they go
            if path.is_file():
                hold(path, "rb").close()
            for _, end, record in records_of(path, how):
                how = how or {key: record[key] for key in HOW}
                name, first, key = record["name"], record["first"], key_of(record)
                before = "SELECT 1 FROM lines WHERE key = ? AND file < ?"
                if sql(before, (key, number)).fetchone():
                    raise ValueError(f"{path}: {name!r} is in a file before, too")
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
                raise ValueError(f"{path} has no last line: --save goes on with it")


def unfinished(name: str, *_: str) -> str:
    return f"has a part of {name!r}: {GO_ON}"


def hold(path: Path, mode: Literal["ab", "rb"] = "ab") -> FileIO:
    """The file, to add to it; an error where another run holds it, until that ends."""
    file = path.open(mode, buffering=0)
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


def records_of(
    path: Path, how: Mapping[str, object]
) -> Iterator[tuple[int, int, Record]]:
    """The records of a file, and where each begins and ends; but for a torn one."""
    if path.exists() and not path.is_file():  # a device has none
        return
    place = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                end = place + len(line)
                yield place, end, read_line(f"{path}, line {number},", line[:-1], how)
                place = end
            elif not line.startswith(BEGIN[: len(line)]):  # an interrupt tears no other
                raise ValueError(f"{path} does not end in a score: {line[:40]!r}")


def read_line(where: str, line: bytes, how: Mapping[str, object]) -> Record:
    """What a line says, or an error if it is no score, or one of other kind."""
    record = read_record(line)
    if record is None:
        raise ValueError(f"{where} is no score of this version{OTHER}: {line[:40]!r}")
    for what, right in how.items():
        if record[what] != right:
            what = f"{where} has the {what} {record[what]}, not {right}"
            raise ValueError(what + OTHER)
    return record


def read_record(line: bytes) -> Record | None:
    """What a line says, if it is a score."""
    try:
        record = json.loads(line)
        right = record.keys() == KEYS and is_score(record)
    except (ValueError, TypeError, AttributeError, RecursionError):  # no JSON of ours
        return None
    return record if right else None


def is_score(record: Record) -> bool:
    """Whether its values can be those of a score."""
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
