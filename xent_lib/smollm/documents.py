"""Read documents one at a time, from files, folders and standard input."""

import contextlib
import json
import os
import shutil
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

from .records import is_saved
from .tokenizer import END

LINES = ".jsonl"  # the suffix of files with one text per line
INPUT = "-"  # as a path: standard input
SIZE = 2**20  # bytes to read at once
MARK = "\ufeff"  # the byte-order mark, with which some programs begin a file

Note = Callable[[OSError | ValueError], None]  # reports what cannot be read


class Document(NamedTuple):
    name: str  # of a text from the command line, the text itself
    parts: Iterator[str]  # at least one; no token reaches across two
    prompt: str = ""  # read before them, but not scored


class Source(NamedTuple):
    """A file to read."""

    path: Path | None  # None: standard input
    size: int  # in bytes, 0 if unknown

    def __str__(self) -> str:
        return str(self.path or INPUT)


def sources(paths: Sequence[str], save: Path | None, note: Note) -> Iterator[Source]:
    """The files named, and those in folders; `note` gets what cannot be read."""
    for path in paths:
        if path == INPUT:
            yield Source(None, 0)
            continue
        for file in in_folder(Path(path), save, note):
            try:
                yield Source(file, file.stat().st_size)
            except OSError as error:
                note(error)


def in_folder(path: Path, save: Path | None, note: Note) -> Sequence[Path]:
    """All files below a folder in the order of their paths, except hidden ones and the
    file of --save. A path that is not a folder is returned as it is."""
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    unread: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=unread.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    files = [file for file in sorted(found) if is_document(file, save)]
    if not files and not unread:
        note(ValueError(f"{path} is a folder without files"))
    for error in unread:
        note(error)
    return files


def is_document(file: Path, save: Path | None) -> bool:
    """Whether it is neither a device nor the file of --save. What does not exist counts
    as a document, so that reading it reports the error."""
    if not os.path.exists(file):
        return True
    same = save and os.path.exists(save) and file.samefile(save)
    return file.is_file() and not same


def read_all(
    files: Sequence[Source], note: Note, lines: bool = False
) -> Iterator[Document]:
    """The documents of the files, each read when its turn comes; one per line if
    `lines` is true or the file is *.jsonl."""
    for file in files:
        try:
            with opened(file) as data:
                if lines or str(file).endswith(LINES):
                    yield from read_lines(file, data, note)
                else:
                    with again(data) as kept:
                        yield Document(str(file), read(file, kept))
        except (OSError, ValueError) as error:
            note(error)


@contextlib.contextmanager
def opened(file: Source) -> Iterator[IO[bytes]]:
    if file.path:
        with file.path.open("rb") as data:
            yield data
    elif sys.stdin is None:
        raise ValueError(f"{INPUT} is standard input, which is closed")
    else:
        yield sys.stdin.buffer


@contextlib.contextmanager
def again(data: IO[bytes]) -> Iterator[IO[bytes]]:
    """Data to read twice: a pipe is kept in memory, or if it is long in a file."""
    if data.seekable():
        yield data
    else:
        with SpooledTemporaryFile(SIZE) as kept:
            shutil.copyfileobj(data, kept)
            kept.seek(0)
            yield kept


def read(file: Source, data: IO[bytes]) -> Iterator[str]:
    """A file in parts. It is read twice: checked to its end before any is scored."""
    start = data.tell()
    check_unsaved(file, data.read(SIZE))
    data.seek(start)
    if not sum(map(len, in_parts(file, data))):
        raise ValueError(f"{file} is empty: there is nothing to score")
    data.seek(start)
    return in_parts(file, data)


def in_parts(file: Source, data: IO[bytes]) -> Iterator[str]:
    """The text of a file in parts, without a byte-order mark and the last line end."""
    decoder, text = getincrementaldecoder("utf-8-sig")(), ""
    for content in chain(iter(partial(data.read, SIZE), b""), [b""]):
        decoded = partial(decoder.decode, final=not content)
        text += decode(file, content, decoded, data.tell())
        if end := END.search(text):
            yield text[: end.end()]
            text = text[end.end() :]
    if text := text.removesuffix("\n").removesuffix("\r"):
        yield text


def read_lines(file: Source, lines: IO[bytes], note: Note) -> Iterator[Document]:
    """One text per line of JSON: a string, or an object with a "text" and perhaps a
    "prompt"."""
    for number, line in enumerate(lines, 1):
        name = f"{file}:{number}"
        if number == 1:
            check_unsaved(file, line)
        try:
            found = json.loads(decode(file, line).removeprefix(MARK))
            if not isinstance(found, dict):
                found = {"text": found}
            text, prompt = found["text"], found.get("prompt", "")
            for key, value in ("text", text), ("prompt", prompt):
                if not isinstance(value, str):
                    raise ValueError(f"its {key} is not a string")
        except (KeyError, ValueError, RecursionError) as error:
            what = f'{name} is not JSON such as {{"text": "A cat."}}: {error}'
            note(ValueError(what))
        else:
            yield Document(name, iter([text]), prompt)


def check_unsaved(file: Source, content: bytes) -> None:
    if is_saved(content):
        raise ValueError(f"{file} contains scores of --save, not a text")


def decode(
    file: Source,
    data: bytes,
    decoded: Callable[[bytes], str] = bytes.decode,
    end: int | None = None,
) -> str:
    """The text of bytes, which end at the offset `end` of their file."""
    if b"\0" in data:
        raise ValueError(f"{file} is not a text: it contains a zero byte")
    try:
        str(file).encode()  # names are printed, so they must be encodable
        return decoded(data)
    except UnicodeDecodeError as error:
        start = (end or len(data)) - len(error.object) + error.start
        what = f"{file} is not UTF-8: {error.reason} at byte {start}"
        raise ValueError(what) from None
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{str(file)!a} has a name that is not UTF-8: {error}"
        ) from None
