"""What there is to read, one document at a time: texts, files, folders."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .records import is_saved

LINES = ".jsonl"  # how the name of a file ends that has a text a line
INPUT = "-"  # standard input, where a path is expected
MARK = "\ufeff"  # of byte order, with which some programs begin a file

Note = Callable[[OSError | ValueError], None]  # of what cannot be read


class Document(NamedTuple):
    name: str  # a text by itself is its own
    text: str


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
                    yield Document(str(file), read(file, data))
        except (OSError, ValueError) as error:
            note(error)


@contextlib.contextmanager
def opened(file: Source) -> Iterator[BinaryIO]:
    if file.path:
        with file.path.open("rb") as data:
            yield data
    elif sys.stdin is None:
        raise ValueError(f"{INPUT} is standard input, which is closed")
    else:
        yield sys.stdin.buffer


def read(file: Source, data: BinaryIO) -> str:
    """A file as it is, but without a mark of byte order, and the line end that closes
    it."""
    content = data.read()
    check_unsaved(file, content)
    text = decode(file, content)
    text = text.removeprefix(MARK).removesuffix("\n").removesuffix("\r")
    if not text:
        raise ValueError(f"{file} is empty: there is nothing to score")
    return text


def read_lines(file: Source, lines: BinaryIO, note: Note) -> Iterator[Document]:
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
        except (KeyError, ValueError) as error:
            what = f'{name} has no JSON such as {{"text": "A cat."}}: {error}'
            note(ValueError(what))
        else:
            yield Document(name, text)


def check_unsaved(file: Source, content: bytes) -> None:
    if is_saved(content):
        raise ValueError(f"{file} has the scores of --save, and no text")


def decode(file: Source, data: bytes) -> str:
    if b"\0" in data:
        raise ValueError(f"{file} is no text: it has a byte of zero")
    try:
        str(file).encode()  # it is printed
        return data.decode("utf8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8: {error}") from None
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{str(file)!a} has a name that is not UTF-8: {error}"
        ) from None
