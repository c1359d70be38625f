"""What there is to read, one document at a time: texts, files, folders."""

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

LINES = ".jsonl"  # how the name of a file ends that has a text a line
INPUT = "-"  # standard input, where a path is expected
SIZE = 2**20  # bytes of a file that are read at once
MARK = "\ufeff"  # of byte order, with which some programs begin a file

Note = Callable[[OSError | ValueError], None]  # of what cannot be read


class Document(NamedTuple):
    name: str  # a text by itself is its own
    parts: Iterator[str]  # of a text, no token in two; one at least


class Source(NamedTuple):
    """A file that is not read yet."""

    path: Path | None  # None: standard input
    size: int  # in bytes, 0 if unknown

    def __str__(self) -> str:
        return str(self.path or INPUT)


def sources(paths: Sequence[str], save: Path | None, note: Note) -> Iterator[Source]:
    """The files that are named, and those in folders; the others are noted."""
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
    """The files of a folder and of those in it, in the order of their names, but for
    hidden ones and that of --save; or the path."""
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
    """No device, nor the file of --save; what cannot be reached says so when read."""
    if not os.path.exists(file):
        return True
    same = save and os.path.exists(save) and file.samefile(save)
    return file.is_file() and not same


def read_all(
    files: Sequence[Source], note: Note, lines: bool = False
) -> Iterator[Document]:
    """What the files hold, each read when its turn comes, all by lines or some."""
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
    """What can be read twice: a pipe is kept in a file meanwhile, if it is long."""
    if data.seekable():
        yield data
    else:
        with SpooledTemporaryFile(SIZE) as kept:
            shutil.copyfileobj(data, kept)
            kept.seek(0)
            yield kept


def read(file: Source, data: IO[bytes]) -> Iterator[str]:
    """A file in parts, read twice, so that nothing of what is no text is scored."""
    start = data.tell()
    check_unsaved(file, data.read(SIZE))
    data.seek(start)
    if not sum(map(len, in_parts(file, data))):
        raise ValueError(f"{file} is empty: there is nothing to score")
    data.seek(start)
    return in_parts(file, data)


def in_parts(file: Source, data: IO[bytes]) -> Iterator[str]:
    """A file as it is, but without a mark of byte order, and the line end that closes
    it."""
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
    """A text a line, as JSON: as a string, or as "text" of an object."""
    for number, line in enumerate(lines, 1):
        name = f"{file}:{number}"
        if number == 1:
            check_unsaved(file, line)
        try:
            found = json.loads(decode(file, line).removeprefix(MARK))
            text = found["text"] if isinstance(found, dict) else found
            if not isinstance(text, str):
                raise ValueError("its text is none")
        except (KeyError, ValueError, RecursionError) as error:
            what = f'{name} has no JSON such as {{"text": "A cat."}}: {error}'
            note(ValueError(what))
        else:
            yield Document(name, iter([text]))


def check_unsaved(file: Source, content: bytes) -> None:
    if is_saved(content):
        raise ValueError(f"{file} has the scores of --save, and no text")


def decode(
    file: Source,
    data: bytes,
    decoded: Callable[[bytes], str] = bytes.decode,
    end: int | None = None,
) -> str:
    """The text of bytes, which end at some place of their file."""
    if b"\0" in data:
        raise ValueError(f"{file} is no text: it has a byte of zero")
    try:
        str(file).encode()  # it is printed
        return decoded(data)
    except UnicodeDecodeError as error:
        start = (end or len(data)) - len(error.object) + error.start
        what = f"{file} is not UTF-8: {error.reason} at byte {start}"
        raise ValueError(what) from None
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{str(file)!a} has a name that is not UTF-8: {error}"
        ) from None
