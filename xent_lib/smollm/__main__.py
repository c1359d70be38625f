"""The loss of sentences, files and folders, token by token, by SmolLM2-135M.

python -m xent_lib.smollm "The cat sat on the mat."
python -m xent_lib.smollm --files chapter.txt notes/
echo "The cat sat on the mat." | python -m xent_lib.smollm --files -
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from .. import LossTotals
from .cluster import score_on
from .llama import Llama
from .records import NEW, Key, Record, as_line, as_record, make_key, saving, totals_of
from .scoring import Score, check_sizes, score
from .weights import TINY, load

Documents = list[tuple[str | None, str]]  # names, or None for a text; and what is read


def main(arguments: Sequence[str] | None = None) -> None:
    parser = make_parser()
    given = parser.parse_args(arguments)
    with contextlib.suppress(AttributeError):  # a stream that has no encoding
        sys.stdout.reconfigure(encoding="utf8")  # type: ignore[union-attr]
    try:
        documents: Documents = [(None, text) for text in given.texts]
        documents += read_all(given.files, given.skip, given.save, parser.prog)
        if not documents:
            raise ValueError('there is nothing to read: "a sentence", or --files')
        model = load(TINY if given.tiny else None)
        given.window, given.stride = check_sizes(model, given.window, given.stride)
        how = {"model": model.name, "window": given.window, "stride": given.stride}
        keys = keys_of(model, documents) if given.resume else [NEW] * len(documents)
        with opened(given, how, keys) as (save, done):
            records = score_all(model, documents, keys, done, how, given)
            write(model, documents, records, save, given)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has enough: nothing more is flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        told = f"stopped: --resume goes on with {given.save}\n" if given.save else ""
        parser.exit(130, f"\n{told}")
    except (OSError, ValueError, ModuleNotFoundError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


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


def read_all(
    paths: Sequence[str], skip: bool, save: Path | None, prog: str
) -> Iterator[tuple[str, str]]:
    """The files and what they hold; those that cannot be read are errors, or named."""

    def note(error: OSError | ValueError) -> None:
        if not skip:
            raise error
        print(f"{prog}: skipped: {error}", file=sys.stderr)

    for path in paths:
        for file in in_folder(path, save, note) if path != "-" else ["-"]:
            try:
                yield file, read(file)
            except (OSError, ValueError) as error:
                note(error)


def in_folder(
    path: str, save: Path | None, note: Callable[[OSError], None]
) -> Sequence[str]:
    """The files of a folder and of those in it, but for hidden ones and that of --save;
    or the path. Folders that cannot be read are noted."""
    if not Path(path).is_dir():
        return [str(Path(path))]
    found: list[Path] = []
    unread: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=unread.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    files = [str(file) for file in sorted(found) if is_document(file, save)]
    for error in unread:
        note(error)
    return files if files or unread else [str(Path(path))]


def is_document(file: Path, save: Path | None) -> bool:
    """No device, nor the file of --save; what cannot be reached says so when read."""
    if not os.path.exists(file):
        return True
    same = save and os.path.exists(save) and file.samefile(save)
    return file.is_file() and not same


def read(path: str) -> str:
    """A file as it is, but without the line end that closes it."""
    if path == "-" and sys.stdin is None:
        raise ValueError("- is standard input, which is closed")
    if path != "-" and Path(path).is_dir():
        raise ValueError(f"{path} is a folder without files")
    try:
        path.encode()  # it is printed
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        text = data.decode("utf8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}") from None
    except UnicodeEncodeError as error:
        raise ValueError(f"{path!a} has a name that is not UTF-8: {error}") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ValueError(f"{path} is empty: there is nothing to score")
    return text


def keys_of(model: Llama, documents: Documents) -> list[Key]:
    """By what each document is known in the file of --save."""
    return [
        make_key(name or text, text, model.encode(text)[1:].tolist())
        for name, text in documents
    ]


@contextlib.contextmanager
def opened(
    given: argparse.Namespace, how: Mapping[str, object], keys: Sequence[Key]
) -> Iterator[tuple[IO[str] | None, Mapping[Key, Record]]]:
    """The file of --save, if one is named, and what it has of these documents."""
    if given.save:
        with saving(given.save, how, keys if given.resume else None) as both:
            yield both
    elif given.resume:
        raise ValueError("--resume goes on with a file: name it by --save")
    else:
        yield None, {}


def score_all(
    model: Llama,
    documents: Documents,
    keys: Sequence[Key],
    done: Mapping[Key, Record],
    how: Mapping[str, object],
    given: argparse.Namespace,
) -> Iterator[tuple[Record, Score | None]]:
    """The record of each document, and its score if it is new."""
    pairs = list(zip(documents, keys, strict=True))
    todo = [text for (_, text), key in pairs if key not in done]
    options = {"window": given.window, "stride": given.stride, "progress": True}
    if given.scheduler:
        scores = score_on(given.scheduler, model, todo, **options)
    else:
        scores = score(model, todo, **options)
    for (name, text), key in pairs:
        if key in done:
            yield done[key], None
        else:
            one = next(scores)
            yield as_record(how, name or text, one), one


def write(
    model: Llama,
    documents: Documents,
    records: Iterable[tuple[Record, Score | None]],
    save: IO[str] | None,
    given: argparse.Namespace,
) -> None:
    """A table a text, or a line a file, and Formula (16) over all of them."""
    totals, n_bytes = LossTotals(), 0
    for (name, _), (record, new) in zip(documents, records, strict=True):
        own = totals_of(record)
        totals, n_bytes = totals + own, n_bytes + record["n_bytes"]
        if save and new:
            print(as_line(record), file=save, flush=True)
        if given.json:
            print(as_line(record), flush=True)
            continue
        if name is None and new:
            print("\n".join(table(model, new)))
        print(f"{name or 'sum'}: {summary(own, record['n_bytes'])}", flush=True)
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
