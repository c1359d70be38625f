"""The loss of sentences, files and folders, token by token, by SmolLM2-135M.

python -m xent_lib.smollm "The cat sat on the mat."
python -m xent_lib.smollm --files chapter.txt notes/
echo "The cat sat on the mat." | python -m xent_lib.smollm --files -
"""

import argparse
import contextlib
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .. import LossTotals
from .cluster import score_on
from .documents import Document, Note, Source, read_all, sources
from .llama import Llama
from .records import Record, Saved, as_line, as_record, saving, totals_of
from .scoring import Bar, Score, check_sizes, check_text, score
from .weights import TINY, load

SKIPPED = 3  # the exit code, if something was


def main(arguments: Sequence[str] | None = None) -> None:
    parser = make_parser()
    given = parser.parse_args(arguments)
    with contextlib.suppress(AttributeError):  # a stream that has no encoding
        sys.stdout.reconfigure(encoding="utf8")  # type: ignore[union-attr]
    try:
        skipped = work(given, parser.prog)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has enough: nothing more is flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        told = f"stopped: --resume goes on with {given.save}\n" if given.save else ""
        parser.exit(130, f"\n{told}")
    except (OSError, ValueError, ModuleNotFoundError) as error:
        parser.exit(2, f"{parser.prog}: {visible(str(error))}\n")
    if skipped:
        parser.exit(SKIPPED, f"{parser.prog}: {skipped} skipped\n")


def work(given: argparse.Namespace, prog: str) -> int:
    """All that is asked for; how much of it was skipped."""
    skipped = []

    def note(error: OSError | ValueError) -> None:
        if not given.skip:
            raise error
        skipped.append(error)
        print(f"{prog}: skipped: {visible(str(error))}", file=sys.stderr)

    files = list(sources(given.files, given.save, note))
    if not given.texts and not given.files:
        raise ValueError('there is nothing to read: "a sentence", or --files')
    model = load(TINY if given.tiny else None)
    given.window, given.stride = check_sizes(model, given.window, given.stride)
    how = {"model": model.name, "window": given.window, "stride": given.stride}
    documents = read(given.texts, files, note)
    with opened(given, how) as saved, make_bar(given.texts, files) as bar:
        looked_up = look_up(model, documents, saved, note)
        records = score_all(model, looked_up, saved, how, given, bar)
        write(model, records, given)
    return len(skipped)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m xent_lib.smollm",
        description=__doc__.partition("\n")[0] if __doc__ else None,
        epilog="A text longer than the window is read in several, each of which begins "
        "with the start token and scores what those before it did not reach. "
        "After -- a text may begin with a dash.",
    )
    add = parser.add_argument
    add("texts", nargs="*", help="what to read", metavar="TEXT")
    add(
        "--files", nargs="+", action="extend", default=[], metavar="PATH",
        help="files, folders with all in them that is not hidden, or -, standard input",
    )  # fmt: skip
    add("--skip", action="store_true", help="name what cannot be read, and go on")
    add(
        "--json",
        action="store_true",
        help="a line a text: how it was read, ids, losses",
    )
    add(
        "--save",
        type=Path,
        metavar="PATH",
        help="write these lines there, too, as they come",
    )
    add(
        "--resume", action="store_true", help="go on with what is in the file of --save"
    )
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="share the work among the workers of Dask",
    )
    add("--tiny", action="store_true", help="by the tiny model, which is always here")
    add("--window", type=int, help="tokens read at once (default: 2048, tiny 128)")
    add("--stride", type=int, help="from one window to the next (default: half of one)")
    return parser


def read(
    texts: Sequence[str], files: Sequence[Source], note: Note
) -> Iterator[Document]:
    for text in texts:
        yield Document(text, text)
    yield from read_all(files, note)


def make_bar(texts: Sequence[str], files: Sequence[Source]) -> "tqdm[None]":
    """Of bytes, where somebody watches; without an end, if that is unknown."""
    total = sum(len(text.encode(errors="replace")) for text in texts)
    total += sum(file.size for file in files)
    known = all(file.size for file in files)
    return tqdm(
        total=total if known else None,
        unit="B",
        unit_scale=True,
        disable=None,
        leave=False,
    )


@contextlib.contextmanager
def opened(
    given: argparse.Namespace, how: Mapping[str, object]
) -> Iterator[Saved | None]:
    """The file of --save, if one is named."""
    if given.save:
        with saving(given.save, how, given.resume) as saved:
            yield saved
    elif given.resume:
        raise ValueError("--resume goes on with a file: name it by --save")
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
            note(error)
        else:
            place = saved.find(one.name, ids.tolist()) if saved else None
            yield one if place is None else Document(one.name, "", place)


def score_all(
    model: Llama,
    documents: Iterable[Document],
    saved: Saved | None,
    how: Mapping[str, object],
    given: argparse.Namespace,
    bar: Bar,
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

    options = {"window": given.window, "stride": given.stride, "bar": bar}
    if given.scheduler:
        scores = score_on(given.scheduler, model, new_ones(), **options)
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
    model: Llama,
    records: Iterable[tuple[Record, Score | None]],
    given: argparse.Namespace,
) -> None:
    """A table a text, or a line a file, and Formula (16) over all of them."""
    totals, n_bytes = LossTotals(), 0
    for number, (record, new) in enumerate(records):
        own = totals_of(record)
        totals, n_bytes = totals + own, n_bytes + record["n_bytes"]
        if given.json:
            print(as_line(record), flush=True)
            continue
        is_text = number < len(given.texts)
        if is_text and new:
            print("\n".join(table(model, new)))
        name = "sum" if is_text else visible(record["name"])
        print(f"{name}: {summary(own, record['n_bytes'])}", flush=True)
    if totals.n_sequences > 1 and not given.json:
        print(f"Formula (16): {shown(totals.per_sequence)} nats a text")
        print(f"all: {summary(totals, n_bytes)}")


def table(model: Llama, one: Score) -> Iterable[str]:
    yield f"{'token':<16} {'−ln p':>8} {'p':>9}  best guess"
    rows = zip(one.ids, one.losses, one.best, one.best_p, strict=True)
    for i, loss, best, p in rows:
        token, guess = (visible(model.tokenizer.decode([k])) for k in (i, best))
        yield f"{token:<16} {loss:8.3f} {np.exp(-loss):9.3g}  {guess} {p:.3g}"


def visible(token: str) -> str:
    """A token as one sees it: line ends and the like by their names."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in token)


def summary(totals: LossTotals, n_bytes: int) -> str:
    return (
        f"{shown(totals.total)} nats in {totals.n_tokens} tokens, "
        f"{shown(totals.per_token)} a token, "
        f"perplexity {shown(totals.perplexity, 5, 2)}, "
        f"{shown(totals.bits_per_byte(n_bytes))} bits a byte"
    )


def shown(x: float, figures: int = 6, decimals: int = 3) -> str:
    """No more digits than are the same on every processor."""
    decimals = min(decimals, figures - len(f"{x:.0f}"))
    return f"{round(x, decimals):.{max(decimals, 0)}f}"


if __name__ == "__main__":
    main()
