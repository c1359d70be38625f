"""Targets that may be the inputs, of who does not shift them."""

from collections.abc import Callable, Iterator
from typing import Any

from ._faults import OF_LOSSES
from ._report import Diagnosis
from ._roles import roles_of
from ._words import bodies, is_lambda, own
from ._written import name_of

INPUTS = "input_ids"
SHIFTS = {one.name for one in OF_LOSSES if one.step == "align"}
LINE = (
    f"It does not shift; if its labels are the `{INPUTS}`, it must: "
    "diagnose({}, shifts=True) then tells"
)


def unshifted(loss: Callable[..., Any], found: Diagnosis) -> Iterator[str]:
    """What is said to who takes targets that are shifted before, and speaks of inputs;
    of what nothing explains nobody knows what it shifts."""
    known = all(one.name for one in found.findings) and not SHIFTS & {*found.names}
    if known and any(INPUTS in words for words in said_by(loss)):
        yield LINE.format(name_of(loss))


def said_by(loss: Callable[..., Any]) -> Iterator[str]:
    """The name of its targets, and its documentation; of a lambda, that of what it
    calls, too."""
    for one, *_ in own(loss, depth=int(is_lambda(loss))):
        roles = next(roles_of(one, {}, 9), ())
        yield from (name for name, role in roles if role == "targets")
        yield from (str(getattr(body, "__doc__", "")) for body in bodies(one))
