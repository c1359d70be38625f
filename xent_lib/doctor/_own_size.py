"""Who keeps the size of one vocabulary: it is made that of each that is asked for."""

import re
from collections.abc import Sequence
from inspect import isroutine

from ._case import Case
from ._explain import explain
from ._function import Function
from ._held import is_integer
from ._roles import role_of
from ._steps import Fault

# An argument may be ids by such a name.
SIZE = r"vocab|class(es)?$|num_labels|^(cls|V)$"


def explained(
    functions: Sequence[Function], meant: tuple[Fault, ...], more: bool = False
) -> tuple[Case, list[str] | None]:
    """What explains it, of the size that it keeps or, if that has fewer faults, of that
    of each vocabulary."""
    case, left = explain(functions, meant, more)
    name = kept_by(functions[0])
    if not name or (left == [] and not faults(case)):
        return case, left
    made = [one.by(kept=name) for one in functions]
    other, rest = explain(made, meant, more)
    fewer = rest == [] and (left != [] or faults(other) < faults(case))
    return (other, rest) if fewer else (case, left)


def kept_by(function: Function) -> str:
    """The name of an instance’s attribute that is the size; "" if it has none."""
    held = {} if isroutine(function.loss) else getattr(function.loss, "__dict__", {})
    named = [x for x, n in held.items() if is_integer(n) and re.search(SIZE, x)]
    return next((x for x in named if role_of(x, {}) != "ignored"), "")


def faults(case: Case) -> int:
    return sum(one.kind == "fault" for one in case.faults)
