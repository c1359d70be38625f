"""Whether a function is meant to give ln p, without its minus: its names say so."""

import re
from collections.abc import Iterator
from typing import Any

from ._function import Function
from ._roles import parameters_of
from ._words import is_lambda, own

SAYS = r"(?<!from_)log_?(ps?(?![a-z])|prob|lik|softmax)"
LOSS = r"loss|nll|neg|entropy|xent|criteri|(^|_)ce(_|$)"


def means_log_p(function: Function) -> bool:
    """By its own name, or that of what a lambda calls; what says that it is a loss is
    one. Else by an option of its own, or by that of its result which it is; what it is
    given says nothing of it."""
    names = [name.lower() for name in names_of(function.loss)]
    if any(re.search(LOSS, name) for name in names):
        return False
    taken = {name for name, _ in function.way.roles}
    options = (one.name for one in parameters_of(function.loss))
    names += [name.lower() for name in options if name not in taken]
    return any(re.search(SAYS, name) for name in (*names, function.picked.lower()))


def names_of(loss: Any) -> Iterator[str]:
    """Its own, or that of its class; of a lambda and a partial, of what they call."""
    loss = getattr(loss, "func", loss)
    if not is_lambda(loss):
        yield str(getattr(loss, "__name__", type(loss).__name__))
        return
    for _, _, named in own(loss, 0):
        yield from (name for name, one in named.items() if callable(one))
