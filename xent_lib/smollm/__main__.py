"""The loss of sentences, files and folders, token by token, by SmolLM2-135M.

python -m xent_lib.smollm "The cat sat on the mat."
python -m xent_lib.smollm --files chapter.txt notes/
echo "The cat sat on the mat." | python -m xent_lib.smollm --files -
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from .. import LossTotals
from .cluster import score_on
from .llama import Llama
from .records import as_line, as_score, read_lines
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
        done = read_saved(model, documents, how, given)
        with saving(given.save, given.resume) as save:
            scores = score_all(model, documents, done, given)
            write(model, documents, scores, how, save, given)
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
        "--files", nargs="+", default=[], metavar="PATH",
        help="files, folders with all that is in them, or -, standard input",
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
    for path in paths:
        for file in in_folder(Path(path), save) if path != "-" else ["-"]:
            try:
                yield file, read(file)
            except (OSError, ValueError) as error:
                if not skip:
                    raise
                print(f"{prog}: skipped: {error}", file=sys.stderr)


def in_folder(path: Path, save: Path | None) -> list[str]:
    """The files of a folder and of those in it, but for hidden ones and that of --save;
    or the path."""
    if not path.is_dir():
        return [str(path)]
    files = [
        str(file)
        for file in sorted(path.rglob("*"))
        if file.is_file() and not (save and save.exists() and file.samefile(save))
        if not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
    return files or [str(path)]


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


def read_saved(
    model: Llama,
    documents: Documents,
    how: Mapping[str, object],
    given: argparse.Namespace,
) -> list[Score | None]:
    """Of each document the score that is in the file of --save, with --resume."""
    if not given.resume:
        return [None] * len(documents)
    if given.save is None:
        raise ValueError("--resume goes on with a file: name it by --save")
    names = [name or text for name, text in documents]
    ids = [model.encode(text)[1:] for _, text in documents]
    saved = read_lines(given.save, how, dict(zip(names, ids, strict=True)))
    return [
        as_score(saved[name], text)
        if name in saved and saved[name]["ids"] == own.tolist()
        else None
        for name, own, (_, text) in zip(names, ids, documents, strict=True)
    ]


@contextlib.contextmanager
def saving(path: Path | None, resume: bool) -> Iterator[IO[str] | None]:
    """The file of --save, to which is added what it does not have."""
    if path is None:
        yield None
        return
    if path.exists() and path.stat().st_size and not resume:
        raise ValueError(f"{path} is there already: --resume goes on with it")
    with path.open("a", encoding="utf8") as file:
        yield file


def score_all(
    model: Llama,
    documents: Documents,
    done: Sequence[Score | None],
    given: argparse.Namespace,
) -> Iterator[tuple[Score, bool]]:
    """The score of each document, and whether it is new: what is saved is not read."""
    todo = [text for (_, text), one in zip(documents, done, strict=True) if one is None]
    options = {"window": given.window, "stride": given.stride, "progress": True}
    if given.scheduler:
        scores = score_on(given.scheduler, todo, tiny=given.tiny, **options)
    else:
        scores = score(model, todo, **options)
    for one in done:
        yield (one, False) if one else (next(scores), True)


def write(
    model: Llama,
    documents: Documents,
    scores: Iterable[tuple[Score, bool]],
    how: Mapping[str, object],
    save: IO[str] | None,
    given: argparse.Namespace,
) -> None:
    """A table a text, or a line a file, and Formula (16) over all of them."""
    totals, n_bytes = LossTotals(), 0
    for (name, text), (one, new) in zip(documents, scores, strict=True):
        own = LossTotals(float(one.losses.sum()), 1, len(one.ids))
        totals, n_bytes = totals + own, n_bytes + one.n_bytes
        line = as_line(how, name or text, one)
        if save and new:
            print(line, file=save, flush=True)
        if given.json:
            print(line, flush=True)
            continue
        if name is None and new:
            print("\n".join(table(model, one)))
        print(f"{name or 'sum'}: {summary(own, one.n_bytes)}", flush=True)
    if totals.n_sequences > 1 and not given.json:
        print(f"Formula (16): {totals.per_sequence:.3f} nats a text")
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
        f"{totals.total:.3f} nats in {totals.n_tokens} tokens, "
        f"{totals.per_token:.3f} a token, perplexity {totals.perplexity:.2f}, "
        f"{totals.bits_per_byte(n_bytes):.3f} bits a byte"
    )


if __name__ == "__main__":
    main()
