"""Flags that a function may be given, and is not: each is turned once."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ._case import Case, fits
from ._counted import as_one_gives_it, batches, leaves_out
from ._function import Function
from ._match import Seen
from ._roles import parameters_of

HOWS = ("none", "mean", "sum")


def optional_flags(case: Case) -> Seen:
    """Those with which it is another loss, or writes into what it is given."""
    if not (found := [*flags(case)]):
        return Seen()
    (name, value), *more = found
    names = " and ".join(f"`{one}={turned}`" for one, turned in found)
    line = as_one_gives_it(case, name, str(value)).replace(f"`{name}`", names, 1)
    return Seen(not_tried=[line.replace("have it", "have the first", bool(more))])


def flags(case: Case) -> Iterator[tuple[str, bool]]:
    """Their names, and what they are not by default."""
    for one in parameters_of(case.function.loss):
        if type(one.default) is bool and one.kind is not one.POSITIONAL_ONLY:
            other = case.function.by()
            other.changed = set()  # of its own: what it does is not found of the other
            other.loss = partial(case.function.loss, **{one.name: not one.default})
            if does_else(case, other):
                yield one.name, not one.default


def does_else(case: Case, other: Function) -> bool:
    """Whether it gives another loss of rows, or of padding where that is left out; the
    mean, the sum and each token's are one loss."""
    for given in batches(case, padded=leaves_out(case)):
        seen = other.ask(*given, case.kind)
        alike = (replace(case, reduction=how).right(*given) for how in HOWS)
        if not any(fits(seen, one) for one in alike):
            return True
    return bool(other.changed - case.function.changed)
