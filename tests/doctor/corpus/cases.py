"""Functions for the doctor, each with what its report should say.

    @case("– base-2", "✗ plain-softmax")
    def textbook_in_bits(o, t): ...

"✗ name" is a known fault and "– name" a known convention or loss of precision, in any
order; "✗" and "–" have no name, and "?" is a function that could not be examined. A
function without any of them is healthy, and nothing is said of it by name. Keywords are
arguments of `diagnose`.
"""

import sys
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple


class Case(NamedTuple):
    """A function, what is expected of it, and what is declared of it."""

    name: str
    function: Callable[..., Any]
    expected: tuple[str, ...]
    declared: dict[str, Any]


CASES: defaultdict[str, list[Case]] = defaultdict(list)  # by the name of their module


def case(*expected, **declared):
    """Decorate a function, or a class whose instance is called."""
    cases = CASES[sys._getframe(1).f_globals["__name__"]]

    def keep(function):
        cases.append(Case(function.__name__, function, expected, declared))
        return function

    return keep


def of(function, *expected, name="", **declared):
    """The same for a lambda, an instance or a function of a library."""
    cases = CASES[sys._getframe(1).f_globals["__name__"]]
    name = name or getattr(function, "__name__", type(function).__name__)
    cases.append(Case(name, function, expected, declared))


case.of = of
