"""python -m xent_doctor package.module:function"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

UNHEALTHY, MISUSED = 1, 2
EPILOG = f"Exit code: 0 healthy, {UNHEALTHY} not, {MISUSED} no such function."
FLAGS = {"true": True, "false": False}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if it is healthy, 1 if not, 2 if there is no such function."""
    parser = argparse.ArgumentParser(
        prog="python -m xent_doctor",
        description="Name the bug of a loss function.",
        epilog=EPILOG,
    )
    add = parser.add_argument
    add("function", nargs="?", help="package.module:function")
    add("--step", action="store_true", help="it takes a list of parts")
    add("--gradient", metavar="FUNCTION", help="package.module:function, for NumPy")
    add("--ignore-index", default="auto", type=number, metavar="ID", help="or none")
    add("--shifts", choices=FLAGS, help="whether it must shift its targets")
    add("--mask", metavar="NAME", help="the parameter that is its mask")
    add("--logits", metavar="NAME", help="the parameter that takes logits")
    add("--targets", metavar="NAME", help="the parameter that takes targets")
    add("--allow", nargs="+", default=[], metavar="NAME", help="what is intended")
    add("--strict", action="store_true", help="count conventions as faults, too")
    add("--time-limit", type=float, default=30.0, metavar="S", help="of one call")
    add("--json", action="store_true", help="print the report as JSON")
    add("--faults", action="store_true", help="print the names of all known faults")
    given = parser.parse_args(arguments)
    if given.faults:
        from .report import table

        print(table())
        return 0
    if not given.function:
        parser.error("name a function, as package.module:function")
    from .diagnose import diagnose
    from .faults import check_names
    from .split import diagnose_step

    try:
        function = find(given.function)
        gradient = find(given.gradient) if given.gradient else None
        check_names(given.allow)
    except (ImportError, AttributeError, ValueError) as error:
        parser.error(str(error))
    common = {"allow": given.allow, "time_limit": given.time_limit}
    declared = {
        "gradient": gradient,
        "shifts": FLAGS[given.shifts] if given.shifts else None,
        "mask": given.mask,
        "logits": given.logits,
        "targets": given.targets,
        "strict": given.strict or None,
    }
    declared = {name: value for name, value in declared.items() if value is not None}
    ignored = (
        {} if given.ignore_index == "auto" else {"ignore_index": given.ignore_index}
    )
    if given.step and declared:
        named = ", ".join(f"--{name}" for name in declared)
        parser.error(
            f"--step takes --allow, --ignore-index and --time-limit, not {named}"
        )
    examine: Any = diagnose_step if given.step else diagnose
    found = examine(function, **common, **declared, **ignored)
    print(json.dumps(found.as_dict(), ensure_ascii=False) if given.json else found)
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
