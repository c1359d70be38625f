"""Say what a training log proves: its loss curves, and findings with their numbers.

xent-log run.log --vocabulary 50257
program | xent-log - --fail-on spike,not-finite

This is the command `xent-log`, which needs NumPy alone.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from ._read_log import decode, read_log
from ._xent import STOPPED, UNREAD, WRONG, named
from .logs import NAMES

FOUND, WAIT = 1, 2.0  # an exit code; seconds between two looks at a file


def names(value: str) -> list[str]:
    """Findings, separated by commas."""
    given = [name.strip() for name in named(value).split(",")]
    if wrong := [name for name in given if name not in NAMES]:
        expected = ", ".join(NAMES)
        raise argparse.ArgumentTypeError(f"expected {expected}, got {wrong[0]!r}")
    return given


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xent-log",
        description=__doc__.partition("\n")[0] if __doc__ else None,
        epilog=f"Exit codes: 0 success, {FOUND} a finding of --fail-on, or output "
        f"closed by its reader, {WRONG} error, {STOPPED} interrupted.",
    )
    add = parser.add_argument
    add("log", type=named, metavar="LOG", help="a file, or - for standard input")
    add("--vocabulary", type=int, metavar="N", help="number of tokens")
    add(
        "--steps-per-epoch", type=float, metavar="N",
        help="steps in an epoch, as the log counts them",
    )  # fmt: skip
    add(
        "--fail-on", type=names, default=[], metavar="NAMES",
        help=f"exit with {FOUND} if there is such a finding; of {', '.join(NAMES)}",
    )  # fmt: skip
    add(
        "--follow", action="store_true",
        help="read on as the log grows, and print each new finding; with --fail-on, "
        "end with the first of these",
    )  # fmt: skip
    add("--json", action="store_true", help="print an object with curves and findings")
    told = f"xent-log {version('xent_lib')}"
    add("--version", action="version", version=told)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit with a code and a message if anything fails."""
    parser = make_parser()
    given = parser.parse_args(arguments)
    try:
        code = work(given)
        print(end="", flush=True)
    except BrokenPipeError:  # the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNREAD)
    except KeyboardInterrupt:
        parser.exit(STOPPED, "\n")
    except (OSError, ValueError) as error:
        parser.exit(WRONG, f"{parser.prog}: {error}\n")
    sys.exit(code)


def work(given: argparse.Namespace) -> int:
    """Print the report, or with --follow what is new in each, and return a code."""
    seen: set[str] = set()
    for text in texts(given.log, given.follow):
        try:
            report = read_log(text, given.vocabulary, given.steps_per_epoch)
        except ValueError as error:
            if given.follow and "no loss" in str(error):
                continue  # not yet
            raise
        keys = {
            one.name + one.kind + str(one.numbers["loss"]): one
            for one in report.findings
        }
        new = [one for key, one in keys.items() if key not in seen]
        if given.json and new:
            print(json.dumps(report.to_dict(), ensure_ascii=False), flush=True)
        elif not seen:
            print(report, flush=True)
        else:
            print(
                *(f"{one.name}  {one.words}\n" for one in new),
                sep="",
                end="",
                flush=True,
            )
        seen |= keys.keys()
        if any(one.name in given.fail_on for one in report.findings):
            return FOUND
    return 0


def texts(log: str, follow: bool) -> Iterator[str]:
    """The text of a log; if it is followed, again as often as it has grown."""
    if log != "-":
        before = -1
        while True:
            data = Path(log).read_bytes()
            if len(data) != before:
                yield decode(data)
            if not follow:
                return
            before = len(data)
            time.sleep(WAIT)
    data, read = b"", 0
    for line in sys.stdin.buffer:
        data += line
        if follow and len(data) > 1.05 * read:  # each time costs as much as all of it
            read = len(data)
            yield decode(data)
    if len(data) != read:
        yield decode(data)
