"""The commands `xent` and `xent-log`. They are not in xent_lib, whose import loads
NumPy and takes a moment: from here, an interrupt in that moment can be handled."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def main() -> None:
    """Run `xent_lib.smollm`, or exit and name the missing package."""
    with quietly_stopped():
        try:
            from xent_lib._xent import make_parser

            parser = make_parser()
            given = parser.parse_args()  # --help and --version end here
            from xent_lib.smollm.__main__ import run
        except ModuleNotFoundError as error:
            print(f"xent: {error}", file=sys.stderr)
            sys.exit(2)
    run(parser, given)


def log() -> None:
    """Run `xent-log`."""
    with quietly_stopped():
        from xent_lib import _xent_log
    _xent_log.main()


@contextmanager
def quietly_stopped() -> Iterator[None]:
    """Let an interrupt end the process at once, and quietly."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # a background job ignores it
        # Exit at once: NumPy's C code would report an exception as a failed import.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
