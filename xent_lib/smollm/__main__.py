"""The loss of sentences, files and folders, token by token, by a language model.

xent "The cat sat on the mat."
xent --files chapter.txt notes/ texts.jsonl --save scores.jsonl
echo "The cat sat on the mat." | xent --files -
"""

import argparse
import contextlib
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .cluster import score_on
from .documents import Document, Note, Source, read_all, sources
from .llama import Llama
from .records import Record, Saved, as_record, joined, saving
from .report import in_json, in_words, visible
from .scoring import Score, check_sizes, check_text, score
from .weights import TINY, load

UNREAD, WRONG, SKIPPED, STOPPED = 1, 2, 3, 130  # exit codes
CODES = (
    f"It ends with 0; with {UNREAD} if nobody reads what it prints, {WRONG} after an "
    f"error, {SKIPPED} if something was skipped, {STOPPED} if it was stopped."
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = make_parser()
    given = parser.parse_args(arguments)
    with contextlib.suppress(AttributeError):  # a stream that has no encoding
        sys.stdout.reconfigure(encoding="utf8")  # type: ignore[union-attr]
    try:
        skipped = work(given, parser.prog)
        print(end="", flush=True)
    except BrokenPipeError:  # the reader has enough
        close_output()
        sys.exit(UNREAD)
    except KeyboardInterrupt:
        told = f"stopped: the same again goes on with {given.save}\n"
        parser.exit(STOPPED, f"\n{told if given.save else ''}")
    except (OSError, ValueError, ModuleNotFoundError) as error:
        close_output()
        parser.exit(WRONG, f"{parser.prog}: {visible(str(error))}\n")
    if skipped:
        parser.exit(SKIPPED, f"{parser.prog}: {skipped} skipped\n")


def close_output() -> None:
    """What cannot be written is not tried again at the end."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def work(given: argparse.Namespace, prog: str) -> int:
    """All that is asked for; how much of it was skipped."""
    skipped = []

    def note(error: OSError | ValueError) -> None:
        if not given.skip:
            raise error
        skipped.append(error)
        print(f"{prog}: skipped: {visible(str(error))}", file=sys.stderr)

    if given.join:
        write(((record, None) for record in joined(given.join)), given)
        return 0
    files = list(sources(given.files, given.save, note))
    if not given.texts and not given.files:
        raise ValueError('there is nothing to read: "a sentence", or --files')
    quiet = True if given.quiet else None  # None: but where nobody watches
    with tqdm(bar_format="loading the model …", disable=quiet, leave=False):
        model = load(TINY if given.model == "tiny" else given.model, given.start)
    window, stride = check_sizes(model, given.window, given.stride)
    how = {
        "model": model.name,
        "sha256": model.sha256,
        "start": model.start,
        "window": window,
        "stride": stride,
    }
    documents = read(given.texts, files, note)
    with opened(given.save, how) as saved, make_bar(given.texts, files, quiet) as bar:
        looked_up = look_up(model, documents, saved, note)
        options = {"window": window, "stride": stride, "bar": bar}
        write(score_all(model, looked_up, saved, how, given.scheduler, options), given)
    return len(skipped)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xent",
        description=__doc__.partition("\n")[0] if __doc__ else None,
        epilog="A text longer than the window is read in several, each of which begins "
        "with the start token and scores what those before it did not reach. "
        f"After -- a text may begin with a dash. {CODES}",
    )
    add = parser.add_argument
    add("texts", nargs="*", help="what to read", metavar="TEXT")
    add(
        "--files", nargs="+", action="extend", default=[], metavar="PATH",
        help="files; folders with all in them, but for what is hidden, and for folders "
        "that are links; *.jsonl, with a text a line; -, standard input",
    )  # fmt: skip
    add("--skip", action="store_true", help="name what cannot be read, and go on")
    add(
        "--top", type=int, metavar="N",
        help="show the N costliest tokens of each (default: all of a TEXT)",
    )  # fmt: skip
    add(
        "--json", action="store_true",
        help="a line a text: how it was read, ids, tokens, losses; the last, of all",
    )  # fmt: skip
    add(
        "--save", type=Path, metavar="PATH",
        help="keep these lines there as they come, and go on with what is there",
    )  # fmt: skip
    add(
        "--join", type=Path, nargs="+", metavar="PATH",
        help="add up what several of these files have, and read nothing else",
    )  # fmt: skip
    add(
        "--scheduler", metavar="ADDRESS",
        help="share the work among the workers of Dask",
    )  # fmt: skip
    add(
        "--model", metavar="PATH",
        help="a GGUF of the Llama kind with byte-level BPE (default: SmolLM2-135M); or "
        "tiny, which is always here",
    )  # fmt: skip
    add(
        "--start", metavar="TOKEN",
        help="before each text (default: <|endoftext|>, or what the file names)",
    )  # fmt: skip
    add("--window", type=int, help="tokens read at once (default: 2048, tiny 128)")
    add("--stride", type=int, help="from one window to the next (default: half of one)")
    add("--quiet", action="store_true", help="do not show how far it is")
    add("--version", action="version", version=f"xent {version('xent_lib')}")
    return parser


def read(
    texts: Sequence[str], files: Sequence[Source], note: Note
) -> Iterator[Document]:
    for text in texts:
        yield Document(text, text)
    yield from read_all(files, note)


def make_bar(
    texts: Sequence[str], files: Sequence[Source], quiet: bool | None
) -> "tqdm[None]":
    """Of bytes; without an end, if that is unknown."""
    known = sum(len(text.encode(errors="replace")) for text in texts)
    known += sum(file.size for file in files)
    total = known if all(file.size for file in files) else None
    return tqdm(total=total, unit="B", unit_scale=True, disable=quiet, leave=False)


@contextlib.contextmanager
def opened(path: Path | None, how: Mapping[str, object]) -> Iterator[Saved | None]:
    """The file of --save, if one is named."""
    if path:
        with saving(path, how) as saved:
            yield saved
    else:
        yield None


def look_up(
    model: Llama, documents: Iterable[Document], saved: Saved | None, note: Note
) -> Iterator[Document]:
    """Those that have a token, with the places of their scores."""
    for one in documents:
        try:
            ids = check_text(model, one.text, repr(one.name))[1:]
        except ValueError as error:
            if one.name == one.text:  # a text, which is no file that could be skipped
                raise
            note(error)
        else:
            place = saved.find(one.name, ids.tolist()) if saved else None
            yield one if place is None else Document(one.name, "", place)


def score_all(
    model: Llama,
    documents: Iterable[Document],
    saved: Saved | None,
    how: Mapping[str, object],
    scheduler: str | None,
    options: Mapping[str, Any],
) -> Iterator[tuple[Record, Score | None]]:
    """The record of each document, and its score if it is new."""
    waiting: deque[Document] = deque()

    def new_ones() -> Iterator[str]:
        for one in documents:
            waiting.append(one)
            if one.place is None:
                yield one.text

    def old_ones() -> Iterator[tuple[Record, None]]:
        while saved and waiting and (place := waiting[0].place) is not None:
            waiting.popleft()
            yield saved.read(place), None

    if scheduler:
        scores = score_on(scheduler, model, new_ones(), **options)
    else:
        scores = score(model, new_ones(), **options)
    for one in scores:
        yield from old_ones()
        record = as_record(how, waiting.popleft().name, one)
        if saved:
            saved.add(record)
        yield record, one
    yield from old_ones()


def write(
    records: Iterable[tuple[Record, Score | None]], given: argparse.Namespace
) -> None:
    if given.json:
        lines = in_json(records)
    else:
        lines = in_words(records, len(given.texts), given.top)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
