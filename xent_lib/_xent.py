"""The loss of sentences, files and folders, token by token, by a language model.

xent "The cat sat on the mat."
xent --files chapter.txt notes/ texts.jsonl --save scores.jsonl
program | xent --files - --lines  # of {"text": "The cat sat on the mat."}

Here are its options, which need nothing of what a model needs.
"""

import argparse
from importlib.metadata import version
from pathlib import Path

UNREAD, WRONG, SKIPPED, STOPPED = 1, 2, 3, 130  # exit codes
CODES = (
    f"It ends with 0; with {UNREAD} if nobody reads what it prints, {WRONG} after an "
    f"error, {SKIPPED} if something was skipped, {STOPPED} if it was stopped."
)


def named(value: str) -> str:
    """An option's value, which is empty where a variable of the shell is not set."""
    if not value:
        raise argparse.ArgumentTypeError("expected a value, got ''")
    return value


def path(value: str) -> Path:
    return Path(named(value))


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
        "--files", type=named, nargs="+", action="extend", default=[], metavar="PATH",
        help="files; folders with all in them, but for what is hidden, and for folders "
        "that are links; *.jsonl, with a text a line; -, standard input",
    )  # fmt: skip
    add(
        "--lines", action="store_true",
        help="read each as *.jsonl: a line is a text, as JSON, or has it as \"text\"",
    )  # fmt: skip
    add(
        "--skip", action="store_true",
        help="name what cannot be read or has a loss that is not finite, and go on",
    )  # fmt: skip
    add(
        "--top", type=int, metavar="N",
        help="show the N costliest tokens of each (default: all of a TEXT)",
    )  # fmt: skip
    add(
        "--json", action="store_true",
        help="a line a text, or a part of a long one: how it was read, ids, tokens, "
        "losses; the last, of all",
    )  # fmt: skip
    add(
        "--save", type=path, metavar="PATH",
        help="keep these lines there as they come, and go on with what is there",
    )  # fmt: skip
    add(
        "--join", type=path, nargs="+", metavar="PATH",
        help="add up what several of these files have, and read nothing else",
    )  # fmt: skip
    add(
        "--scheduler", type=named, metavar="ADDRESS",
        help="share the work among the workers of Dask",
    )  # fmt: skip
    add(
        "--model", type=named, metavar="PATH",
        help="a GGUF of the Llama kind with byte-level BPE (default: SmolLM2-135M); or "
        "tiny, which is always here",
    )  # fmt: skip
    add(
        "--start", type=named, metavar="TOKEN",
        help="before each text (default: <|endoftext|>, or what the file names)",
    )  # fmt: skip
    add("--window", type=int, help="tokens read at once (default: 2048, tiny 128)")
    add("--stride", type=int, help="from one window to the next (default: half of one)")
    add("--quiet", action="store_true", help="do not show how far it is")
    add("--version", action="version", version=f"xent {version('xent_lib')}")
    return parser
