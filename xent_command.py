"""The command `xent`. To import anything of xent_lib takes NumPy, and a moment: so this
stands beside it, where an interrupt of that moment is heard."""

import os
import signal
import sys


def main() -> None:
    """Runs `xent_lib.smollm`, or ends with what is missing."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else it is ignored, in the background
        # An exception NumPy's code in C would take for a failure of its own.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    try:
        from xent_lib._xent import make_parser

        parser = make_parser()
        given = parser.parse_args()  # --help and --version need no more
        from xent_lib.smollm.__main__ import run
    except ModuleNotFoundError as error:
        print(f"xent: {error}", file=sys.stderr)
        sys.exit(2)
    finally:
        signal.signal(signal.SIGINT, before)
    run(parser, given)
