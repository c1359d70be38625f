"""The command `xent`. It is installed without what it needs, too, and then says so."""

import runpy
import sys


def main() -> None:
    """Runs `xent_lib.smollm`, or ends with what is missing."""
    try:
        runpy.run_module("xent_lib.smollm", run_name="__main__", alter_sys=True)
    except ModuleNotFoundError as error:
        sys.exit(f"xent: {error}")
