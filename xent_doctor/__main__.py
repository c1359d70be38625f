"""python -m xent_doctor package.module:function"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

UNHEALTHY, MISUSED = 1, 2
EPILOG = f"Exit code: 0 healthy, {UNHEALTHY} not, {MISUSED} no such function."
KINDS = ("loss", "log_prob", "distillation", "dpo")
FLAGS = {"true": True, "false": False}
OF_STEPS = ("allow", "ignore_index", "time_limit")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if it is healthy, 1 if not, 2 if there is no such function."""
    parser = argparse.ArgumentParser(
        prog="python -m xent_doctor",
        description="Name the bug of a loss function.",
        epilog=EPILOG,
        argument_default=argparse.SUPPRESS,
    )
    add = parser.add_argument
    add("function", nargs="?", help="package.module:function")
    add("--step", action="store_true", help="it takes a list of parts")
    add("--kind", choices=KINDS, help="what it is, if its parameters don't say so")
    add("--gradient", metavar="FUNCTION", help="package.module:function, for NumPy")
    add("--ignore-index", type=number, metavar="ID", help="or none")
    add("--shifts", choices=FLAGS, help="whether it must shift its targets")
    for role in ("mask", "lengths", "logits", "targets"):
        add(f"--{role}", metavar="NAME", help=f"the parameter that takes {role}")
    add("--allow", nargs="+", metavar="NAME", help="what is intended")
    add("--strict", action="store_true", help="count conventions as faults, too")
    add("--time-limit", type=float, metavar="S", help="of one call")
    add("--json", action="store_true", help="print the report as JSON")
    add("--faults", action="store_true", help="print the names of all known faults")
    given = vars(parser.parse_args(arguments))
    if given.pop("faults", False):
        from .report import table

        print(table())
        return 0
    if "function" not in given:
        parser.error("name a function, as package.module:function")
    from .diagnose import diagnose, diagnose_step

    as_json, step = given.pop("json", False), given.pop("step", False)
    if step and (others := {*given} - {"function", *OF_STEPS}):
        parser.error(f"--step does not take --{', --'.join(sorted(others))}")
    examine: Any = diagnose_step if step else diagnose
    try:
        function = find(given.pop("function"))
        if "gradient" in given:
            given["gradient"] = find(given["gradient"])
        if "shifts" in given:
            given["shifts"] = FLAGS[given["shifts"]]
        found = examine(function, **given)
    except (ImportError, AttributeError, ValueError) as error:
        parser.error(str(error))
    print(json.dumps(found.as_dict(), ensure_ascii=False) if as_json else found)
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
