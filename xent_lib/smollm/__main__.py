"""The command `xent`: the loss of sentences, files and folders."""

import argparse
import contextlib
import math
import os
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from functools import partial
from itertools import chain, islice

import numpy as np
from tqdm import tqdm

from .._xent import SKIPPED, STOPPED, UNREAD, WRONG, make_parser
from . import cluster, scoring
from .against import SIDES, Comparison, in_table, record_of, score_both
from .documents import Document, Note, Source, read_all, sources
from .llama import Llama
from .records import HOW, Part, Saved, as_line, as_record, cut, joined, saving
from .report import Scored, in_json, in_words, label, shown, visible
from .scoring import Bar, Compute, Piece, Score, check_sizes, check_text
from .weights import TINY, load


def main(arguments: Sequence[str] | None = None) -> None:
    parser = make_parser()
    run(parser, parser.parse_args(arguments))


def run(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Run the command; exit with a code and a message if anything fails."""
    for name in ("stdout", "stderr"):  # None if it is closed
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf8"))  # noqa: SIM115
    with contextlib.suppress(AttributeError):  # some replaced streams can't do this
        sys.stdout.reconfigure(encoding="utf8")  # type: ignore[union-attr]
    try:
        skipped = work(given, parser.prog)
        print(end="", flush=True)
    except BrokenPipeError:  # the reader has closed the pipe
        close_output()
        sys.exit(UNREAD)
    except KeyboardInterrupt:
        told = f"stopped: the same command continues from {given.save}\n"
        parser.exit(STOPPED, f"\n{told if given.save else ''}")
    except (OSError, ValueError, ModuleNotFoundError, MemoryError) as error:
        close_output()
        parser.exit(WRONG, f"{parser.prog}: {visible(str(error))}\n")
    if skipped:
        parser.exit(SKIPPED, f"{parser.prog}: {skipped} skipped\n")


def close_output() -> None:
    """Discard output that cannot be written, or Python would try again on exit."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def work(given: argparse.Namespace, prog: str) -> int:
    """Do what the options say, and return how many documents were skipped."""
    skipped = []

    def note(error: OSError | ValueError) -> None:
        if not given.skip:
            raise error
        skipped.append(error)
        print(f"{prog}: skipped: {visible(str(error))}", file=sys.stderr)

    if given.top is not None and given.top < 0:
        raise ValueError(f"--top must not be negative, got {given.top}")
    if given.join:
        check_alone("--join", given, "TEXT", "--files", "--save", "--against")
        write(((record, None) for record in joined(given.join)), given)
        return 0
    if given.against:
        check_alone("--against", given, "--save", "--scheduler", "--top")
    files = list(sources(given.files, given.save, note))
    if not given.texts and not given.files:
        raise ValueError("nothing to score: give a TEXT, or --files PATH")
    quiet = True if given.quiet else None  # None: show progress on terminals only
    with tqdm(bar_format="loading the model …", disable=quiet, leave=False):
        paths = [given.model, given.against] if given.against else [given.model]
        models = [load(TINY if x == "tiny" else x, given.start) for x in paths]
    model, documents = models[0], read(given, files, note)
    if given.against:
        with make_bar(given.texts, files, quiet) as bar:
            compare(given, models, documents, note, bar)
        return len(skipped)
    window, stride = check_sizes(model, given.window, given.stride)
    how = how_of(model, window, stride)
    compute: Compute = partial(scoring.compute, model)
    if given.scheduler:
        compute = partial(cluster.compute, given.scheduler, model, True)
    save: AbstractContextManager[Saved | None]
    save = saving(given.save, how) if given.save else contextlib.nullcontext()
    parts = cut_all(model, documents, window, stride, note)
    with (
        save as saved,
        make_bar(given.texts, files, quiet) as bar,
        closing(score_all(compute, model, parts, saved, how)) as scored,
    ):
        write(kept(scored, saved, len(given.texts), bar, note), given)
        if saved and (n := saved.others()):
            told = f"{given.save} also has documents of other runs, and --join adds "
            told += f"up all of them: {n}"
            print(f"{prog}: {visible(told)}", file=sys.stderr)
    if not given.json and (start := model.other_start) is not None:
        other = replace(model, start=start)
        print(about_start(model, other, given.texts, window, stride))
    return len(skipped)


def check_alone(option: str, given: argparse.Namespace, *others: str) -> None:
    """Raise an error for other options that have no meaning beside this one."""
    values = vars(given) | {"TEXT": given.texts}
    if names := [x for x in others if values[x.removeprefix("--")] not in (None, [])]:
        raise ValueError(f"{option} cannot be combined with {', '.join(names)}")


def how_of(model: Llama, window: int, stride: int) -> dict[str, object]:
    how = model.name, model.sha256, model.start, window, stride
    return dict(zip(HOW, how, strict=True))


def compare(
    given: argparse.Namespace,
    models: Sequence[Llama],
    documents: Iterable[Document],
    note: Note,
    bar: Bar,
) -> None:
    """Print what differs between two models."""
    model, other = models
    if other.sha256 == model.sha256:
        other = model
    limits = scoring.WINDOW, model.context, other.context
    window = min(limits) if given.window is None else given.window
    for reader in other, model:
        window, stride = check_sizes(reader, window, given.stride)
    whole = (x._replace(parts=iter(["".join(x.parts)])) for x in documents)
    encoded = checked((model, other), whole, note)
    texts = ([(x.name, *found) for found in both] for x, both in encoded)
    found, n_read = Comparison(), 0
    for pair in score_both(model, other, texts, window, stride, bar):
        is_text, n_read = n_read < len(given.texts), n_read + 1
        for side, one in zip(("--model", "--against"), pair, strict=True):
            if wrong := not_finite(one):
                name = label(one.text) if is_text else one.text
                error = ValueError(f"{name}: under {side}, {wrong}")
                if is_text:  # --skip is about files
                    raise error
                note(error)
                break
        else:
            found.add(pair)
            if given.json:
                print(as_line(record_of(pair)), flush=True)
    if found.n_texts and given.json:
        hows = [how_of(x, window, stride) for x in (model, other)]
        means = {name: mean._asdict() for name, mean in found.means().items()}
        print(as_line({**dict(zip(SIDES, hows, strict=True)), **means}))
    elif found.n_texts:
        print(*in_table(found), sep="\n")


def about_start(
    model: Llama, other: Llama, texts: Sequence[str], window: int, stride: int
) -> str:
    """Name the start token, and the loss that another start token would give."""
    name, its = (visible(one.tokenizer.decode([one.start])) for one in (model, other))
    if not texts:
        return f"Each text begins with {name}, not with {its} (--start)."
    scores = list(scoring.score(other, texts, window=window, stride=stride))
    for one in scores:
        if wrong := not_finite(one):
            raise ValueError(f"{label(one.text)} after {its}: {wrong}")
    nats = shown(math.fsum(x for one in scores for x in one.losses))
    return f"Each text begins with {name}; with {its}, {nats} nats in all (--start)."


def read(
    given: argparse.Namespace, files: Sequence[Source], note: Note
) -> Iterator[Document]:
    for text in given.texts:
        yield Document(text, iter([text]))
    yield from read_all(files, note, given.lines)


def make_bar(
    texts: Sequence[str], files: Sequence[Source], quiet: bool | None
) -> "tqdm[None]":
    """A progress bar over bytes, without a total if a size is unknown."""
    known = sum(len(text.encode(errors="replace")) for text in texts)
    known += sum(file.size for file in files)
    total = known if all(file.size for file in files) else None
    return tqdm(total=total, unit="B", unit_scale=True, disable=quiet, leave=False)


def cut_all(
    model: Llama, documents: Iterable[Document], window: int, stride: int, note: Note
) -> Iterator[tuple[Part, list[Piece]]]:
    """The parts of all documents that have a token."""
    for one, [(ids, given)] in checked([model], documents, note):
        more = (i for part in one.parts for i in model.tokenizer.encode(part))
        yield from cut(one.name, chain(ids, more), window, stride, given)


def checked(
    models: Sequence[Llama], documents: Iterable[Document], note: Note
) -> Iterator[tuple[Document, list[tuple[np.ndarray, int]]]]:
    """Documents that have a token, and what `check_text` gives for their first part
    with each model."""
    for one in documents:
        text = next(one.parts)
        try:
            found = [check_text(x, text, repr(one.name), one.prompt) for x in models]
        except ValueError as error:
            if one.name == text:  # a text: --skip is about files
                raise
            note(error)
        else:
            yield one, found


def score_all(
    compute: Compute,
    model: Llama,
    parts: Iterable[tuple[Part, Sequence[Piece]]],
    saved: Saved | None,
    how: Mapping[str, object],
) -> Generator[Scored, None, None]:
    """The record of each part, saved or newly scored."""
    rest = iter(parts)
    if saved:  # yield saved scores directly, up to the first new part
        for part, pieces in rest:
            if not saved.find(part):
                rest = chain([(part, pieces)], rest)
                break
            yield saved.read(), None
    waiting: deque[tuple[Part, list[np.ndarray]]] = deque()  # new parts being scored
    n_old = deque([0])  # how many saved parts come before each of them, and at the end

    def new_ones() -> Iterator[Piece]:
        for part, pieces in rest:
            if saved and saved.find(part):
                n_old[-1] += 1
                continue
            waiting.append((part, [ids[begin:] for ids, begin in pieces]))
            n_old.append(0)
            yield from pieces

    def old_ones() -> Iterator[Scored]:
        for _ in range(n_old.popleft()):
            assert saved
            yield saved.read(), None

    found = iter(compute(new_ones()))
    for first in found:
        yield from old_ones()
        part, ids = waiting.popleft()
        losses, best, p = np.concatenate([first, *islice(found, len(ids) - 1)], axis=1)
        own, words = np.concatenate(ids), model.tokenizer
        one = Score(words.decode(own), own, losses, best.astype(int), p, words)
        yield as_record(how, part, one), one
    yield from old_ones()


def kept(
    scored: Iterable[Scored], saved: Saved | None, n_texts: int, bar: Bar, note: Note
) -> Iterator[Scored]:
    """The parts whose losses are finite, each saved if it is new. If one is not finite,
    no later part of its file is used, and none stays saved."""
    n_read, left_out = 0, False
    for record, one in scored:
        bar.update(record["n_bytes"])
        bar.clear()  # so that the score can be printed on its line
        name, is_text = record["name"], n_read < n_texts
        n_read += record["last"]
        left_out = left_out and record["first"] > 0
        if not left_out and one and (wrong := not_finite(one, record["first"])):
            error = ValueError(f"{label(name) if is_text else name}: {wrong}")
            if is_text:  # --skip is about files
                raise error
            note(error)
            left_out = True
            if saved:
                saved.drop(name)
        if not left_out:
            if one and saved:
                saved.add(record)
            yield record, one


def not_finite(one: Score, first: int = 0) -> str | None:
    """The first token whose loss is NaN or infinite, if any, in words. Tokens are
    numbered from `first`."""
    for i, (token, loss) in enumerate(zip(one.tokens, one.losses, strict=True), first):
        if not math.isfinite(loss):
            return f"token {i}, {token!r}, has the loss {loss}: not a finite number"
    return None


def write(scored: Iterable[Scored], given: argparse.Namespace) -> None:
    if given.json:
        lines = in_json(scored)
    else:
        lines = in_words(scored, len(given.texts), given.top)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
