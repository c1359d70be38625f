"""The loss of sentences and files, token by token, by SmolLM2-135M.

python -m xent_lib.smollm "The cat sat on the mat."
python -m xent_lib.smollm --files chapter.txt notes.txt
echo "The cat sat on the mat." | python -m xent_lib.smollm --files -
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from .. import LossTotals
from .llama import Llama
from .scoring import Score, score
from .weights import TINY, load


def main(arguments: Sequence[str] | None = None) -> None:
    parser = make_parser()
    given = parser.parse_args(arguments)
    with contextlib.suppress(AttributeError):  # a stream that has no encoding
        sys.stdout.reconfigure(encoding="utf8")  # type: ignore[union-attr]
    try:
        texts = [*given.texts, *map(read, given.files)]
        if not texts:
            raise ValueError('there is nothing to read: "a sentence", or --files')
        model = load(TINY if given.tiny else None)
        scores = score(
            model, texts, window=given.window, stride=given.stride, progress=True
        )
        if given.json:
            print(json.dumps(list(map(as_data, scores)), ensure_ascii=False))
        else:
            write(model, [None] * len(given.texts) + given.files, scores)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has enough: nothing more is flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        parser.exit(130, "\n")
    except (OSError, ValueError) as error:
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
    add("--files", nargs="+", default=[], metavar="PATH", help="or -, standard input")
    add("--json", action="store_true", help="a list of {text, ids, losses}")
    add("--tiny", action="store_true", help="by the tiny model, which is always here")
    add("--window", type=int, help="tokens read at once (default: 2048, tiny 128)")
    add("--stride", type=int, help="from one window to the next (default: half of one)")
    return parser


def read(path: str) -> str:
    """A file as it is, but without the line end that closes it."""
    if path == "-" and sys.stdin is None:
        raise ValueError("- is standard input, which is closed")
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        text = data.decode("utf8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ValueError(f"{path} is empty: there is nothing to score")
    return text


def as_data(one: Score) -> dict[str, object]:
    losses = [float(f"{loss:.6g}") for loss in one.losses]
    return {"text": one.text, "ids": one.ids.tolist(), "losses": losses}


def write(model: Llama, names: Sequence[str | None], scores: Iterable[Score]) -> None:
    """A table a text, or a line a file, and Formula (16) over all of them."""
    totals, n_bytes = LossTotals(), 0
    for name, one in zip(names, scores, strict=True):
        own = LossTotals(float(one.losses.sum()), 1, len(one.ids))
        if name is None:
            print("\n".join(table(model, one)))
        print(f"{name or 'sum'}: {summary(own, one.n_bytes)}", flush=True)
        totals, n_bytes = totals + own, n_bytes + one.n_bytes
    if totals.n_sequences > 1:
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
