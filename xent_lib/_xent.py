"""Show the loss of sentences, files and folders under a language model.

xent "The cat sat on the mat."
xent --files chapter.txt notes/ texts.jsonl --save scores.jsonl
xent --files notes/ --against smaller.gguf
program | xent --files - --lines  # input: {"text": "The cat sat on the mat."}

This module has the options. It imports none of the packages that a model needs.
"""

import argparse
from importlib.metadata import version
from pathlib import Path

UNREAD, WRONG, SKIPPED, STOPPED = 1, 2, 3, 130  # exit codes
CODES = (
    f"Exit codes: 0 success, {UNREAD} output closed by its reader, {WRONG} error, "
    f"{SKIPPED} something was skipped, {STOPPED} interrupted."
)


def named(value: str) -> str:
    """Reject an empty value, which is usually an unset shell variable."""
    if not value:
        raise argparse.ArgumentTypeError("expected a value, got ''")
    return value


def path(value: str) -> Path:
    return Path(named(value))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xent",
        description=__doc__.partition("\n")[0] if __doc__ else None,
        epilog="A text longer than the window is read in several windows. Each begins "
        "with the start token, and scores only tokens that no earlier window scored. "
        f"Put -- before texts that begin with a dash. {CODES}",
    )
    add = parser.add_argument
    add("texts", nargs="*", help="texts to score", metavar="TEXT")
    add(
        "--files", type=named, nargs="+", action="extend", default=[], metavar="PATH",
        help="files to score; folders, with all files below them except hidden ones "
        "and linked folders; *.jsonl, one text per line; - for standard input",
    )  # fmt: skip
    add(
        "--lines", action="store_true",
        help="read every file as *.jsonl: each line is a JSON string, or an object "
        'with a "text", and perhaps a "prompt" that is read before it but not scored',
    )  # fmt: skip
    add(
        "--skip", action="store_true",
        help="report what can't be read or has a loss that is not finite, and go on",
    )  # fmt: skip
    add(
        "--top", type=int, metavar="N",
        help="show the N tokens with the largest losses of each text or file (default: "
        "all tokens of a TEXT, none of a file)",
    )  # fmt: skip
    add(
        "--json", action="store_true",
        help="print JSON: for each text, or part of a long one, a line with the "
        "settings, ids, tokens and losses; in the last line, the sums",
    )  # fmt: skip
    add(
        "--save", type=path, metavar="PATH",
        help="save these lines to a file as they are computed; continue from what it "
        "contains",
    )  # fmt: skip
    add(
        "--join", type=path, nargs="+", metavar="PATH",
        help="add up several saved files, and score nothing",
    )  # fmt: skip
    add(
        "--scheduler", type=named, metavar="ADDRESS",
        help="score on the workers of this Dask scheduler",
    )  # fmt: skip
    add(
        "--model", type=named, metavar="PATH",
        help="a GGUF file of the Llama family with byte-level BPE (default: "
        "SmolLM2-135M), or tiny, a small model that is always installed",
    )  # fmt: skip
    add(
        "--against", type=named, metavar="PATH",
        help="compare the model with this one, named as in --model: the difference of "
        "their losses per token and in bits per byte, and the KL divergence of their "
        "distributions, each with its standard error; per token and KL only if their "
        "tokenizers agree",
    )  # fmt: skip
    add(
        "--start", type=named, metavar="TOKEN",
        help="token put before each text (default: <|endoftext|> if the model has it, "
        "otherwise what its file names)",
    )  # fmt: skip
    add("--window", type=int, help="tokens read at once (default: 2048, tiny 128)")
    add(
        "--stride", type=int,
        help="tokens from one window to the next (default: half a window)",
    )  # fmt: skip
    add("--quiet", action="store_true", help="don't show progress")
    add("--version", action="version", version=f"xent {version('xent_lib')}")
    return parser
