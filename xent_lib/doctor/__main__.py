"""python -m xent_lib.doctor package.module:function"""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ._diagnose import diagnose
from ._known import check_names
from ._splits import diagnose_step

UNHEALTHY, MISUSED = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if it is healthy, 1 if not, 2 if there is no such function."""
    parser = argparse.ArgumentParser(
        prog="python -m xent_lib.doctor",
        description="Name the faults of a loss function.",
        epilog=f"Exit code: 0 healthy, {UNHEALTHY} not, {MISUSED} no such function.",
    )
    parser.add_argument("function", help="package.module:function")
    parser.add_argument("--step", action="store_true", help="it takes a list of parts")
    parser.add_argument("--ignore-index", default="auto", type=number, metavar="ID")
    parser.add_argument("--allow", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--strict", action="store_true")
    given = parser.parse_args(arguments)
    try:
        function = find(given.function)
        check_names(given.allow)
    except (ImportError, AttributeError, ValueError) as error:
        parser.error(str(error))
    if given.step and (given.ignore_index != "auto" or given.strict):
        parser.error("--step takes --allow alone, not --ignore-index or --strict")
    if given.step:
        found = diagnose_step(function, allow=given.allow)
    else:
        declared = {"allow": given.allow, "strict": given.strict}
        found = diagnose(function, ignore_index=given.ignore_index, **declared)
    print(found)
    return 0 if found else UNHEALTHY


def number(text: str) -> int | str | None:
    """An id, none or auto."""
    return {"none": None, "auto": "auto"}.get(text) if text.isalpha() else int(text)


def find(name: str) -> Callable[..., Any]:
    """The function of package.module:function, from this folder or the installed."""
    module, _, path = name.partition(":")
    if not path:
        raise ValueError(f"name it package.module:function, got {name!r}")
    sys.path.insert(0, "")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise ValueError(f"{name} is no function")
    return found


if __name__ == "__main__":
    sys.exit(main())
