"""The command `xent`. It is not in xent_lib, whose import loads NumPy and takes a
moment: from here, an interrupt in that moment can be handled."""

import os
import signal
import sys


def main() -> None:
    """Run `xent_lib.smollm`, or exit and name the missing package."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # a background job ignores it
        # Exit at once: NumPy's C code would report an exception as a failed import.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    try:
        from xent_lib._xent import make_parser

        parser = make_parser()
        given = parser.parse_args()  # --help and --version end here
        from xent_lib.smollm.__main__ import run
    except ModuleNotFoundError as error:
        print(f"xent: {error}", file=sys.stderr)
        sys.exit(2)
    finally:
        signal.signal(signal.SIGINT, before)
    run(parser, given)
