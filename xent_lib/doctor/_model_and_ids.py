"""What is said to who takes a model and ids: of each sequence as many as logits, or one
more."""

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from ._answers import loss_of, size, sizes
from ._enter import instance
from ._keys import FRONT
from ._probes import PROBES
from ._roles import EXTRAS, MASKS, required_by, role_of
from ._stand_in import ANY
from ._steps import Array
from ._ways import Framework
from ._written import called

LINE = "It takes a model, and its ids: write diagnose(lambda {}: {})"
# What its model may give.
GIVES: dict[str, Callable[[Any], Any]] = {
    "o": lambda o: o,
    "SimpleNamespace(logits=o)": lambda o: SimpleNamespace(logits=o),
    "(o, None)": lambda o: (o, None),
}
Given = list[tuple[str, Any]]  # as it is written, and as it is


def of_batch(loss: Any, framework: Framework) -> str:
    """The line that lets it in, which was tried; "" of others."""
    names = required_by(instance(loss))
    roles = [role_of(name, {}) for name in names]
    more = [role for role in roles if role in ("lengths", *MASKS)]
    if roles.count("model") != 1 or len(roles) != 2 + len(more):
        return ""
    # As many as no result has parts, so that none is taken apart for it.
    o, targets = (np.stack([x, x, x]) for x in PROBES["batch"])
    for given in itertools.product(
        *(as_given(role, o, targets, framework) for role in roles)
    ):
        codes, values = zip(*given, strict=True)
        if gives_a_loss(instance(loss), values, targets):
            call = called(loss, [*zip(names, codes, strict=True)])
            line = LINE.format(", ".join(["o", "t", *more]), call)
            return line + ", with SimpleNamespace of types" * ("Simple" in call)
    return ""


def as_given(role: str, o: Array, targets: Array, framework: Framework) -> Given:
    """What one of this role may be given."""
    front = FRONT.get(framework.name, "")
    ones = np.ones(targets.shape, int)
    first, others = (np.pad(x, ((0, 0), (1, 0))) for x in (targets, ones))
    if role == "model":
        logits = framework.make(o.astype(framework.dtype))
        return [(ANY.format(x), by(run(logits))) for x, run in GIVES.items()]
    found: Given = [(front.format("t"), first), ("t", targets)]
    if role == "lengths":
        found = [(role, EXTRAS[one].of(ones, ones)) for one in (role, "pairs")]
    if role in MASKS:
        found = [(role, ones), (front.format(role), others)]
    return [(code, framework.make(x)) for code, x in found if code]


def by(output: Any) -> Callable[..., Any]:
    """A model that gives this, whatever it is given."""
    return lambda *_, **__: output


def gives_a_loss(loss: Any, given: Any, targets: Array) -> bool:
    try:
        _, answer = loss_of(loss(*given), targets.shape)
    except Exception:
        return False
    return size(answer) in sizes(targets.shape)
