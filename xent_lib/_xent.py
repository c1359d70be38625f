"""The command `xent`. It is installed without what it needs, too, and then says so."""

import sys


def main() -> None:
    """Runs `xent_lib.smollm`, or ends with what is missing."""
    try:
        from .smollm.__main__ import main as run
    except ModuleNotFoundError as error:
        sys.exit(f"xent: {error}")
    except KeyboardInterrupt:  # while it loads: later ones are heard there
        sys.exit(130)
    run()
