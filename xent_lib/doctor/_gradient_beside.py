"""The gradient that a function of NumPy has of its own: beside its loss, or by the
backward of its object."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from inspect import isfunction
from typing import Any

import numpy as np

from ._answers import as_numbers, parts
from ._autograd import NoGradient
from ._case import Case
from ._gradient import close
from ._gradient import gradient as gradient_of
from ._match import Seen
from ._probes import PROBES
from ._roles import INPUTS, required_by, role_of
from ._words import names_in, own

IF_GRADIENT = "if it is the gradient, say gradient={}"
TAKEN = "{} is taken for its gradient"
BESIDE = "What stands beside it, {},"
# What it is called in code that has one.
NAMED = r"grad|^d_?(x|o|z|y|out|scores?|logits?|loss)$"


def gradient(
    case: Case, given: Callable[..., Any] | None, sequences: Case | None = None
) -> Seen:
    """What that shows, or the framework’s; else what the function has of its own."""
    try:
        return gradient_of(case, given, sequences)
    except NoGradient:
        return of_backward(case, sequences) or beside(case, sequences)


def of_backward(case: Case, sequences: Case | None) -> Seen | None:
    """What the backward of its object gives, called after it; None if it has none."""
    loss = case.function.loss
    backward = getattr(getattr(loss, "__self__", loss), "backward", None)
    if not callable(backward):
        return None
    needs = required_by(backward)
    again = any(role_of(name, {}) == "targets" for name in needs)

    def slope(*given: Any, **named: Any) -> Any:
        loss(*given, **named)
        came = backward(*(1.0 for _ in needs))
        if came is None:  # it may keep it
            raise NoGradient
        return came

    with contextlib.suppress(NoGradient):
        if len(needs) < 2 and not again:
            found = gradient_of(case, slope, sequences)
            notes = [*found.notes, TAKEN.format("Its backward")]
            return replace(found, notes=notes, gradient=True)
    return Seen(not_tried=[f"its backward; {IF_GRADIENT.format('…')}"])


def beside(case: Case, sequences: Case | None) -> Seen:
    """What stands beside the loss in a result: its gradient, if it is that or has a
    known fault, or if its code names one; otherwise told."""
    loss, told = case.function.loss, []
    looked: dict[str, Seen] = {}
    _, codes, _ = next(own(loss))
    names = [word for code in codes for word in names_in(code)]
    name = getattr(loss, "__name__", "")
    if not (isfunction(loss) and name.isidentifier()):
        name = "…, the same function"
    for part, gives_input in like_logits(case):
        told.append(f"{part[3:]}, of the logits’ shape; {IF_GRADIENT.format(name)}")
        sure = any(re.search(NAMED, word) for word in (*names, part))
        if not gives_input:
            found = gradient_of(case, picking(loss, part), sequences)
            looked |= {part[3:]: found} if doubt(found) <= 1 + sure else {}
    if not looked:
        return Seen(not_tried=told)
    part = min(looked, key=lambda one: doubt(looked[one]))
    notes = [*looked[part].notes, TAKEN.format(BESIDE.format(part))]
    return replace(looked[part], notes=notes, gradient=True)


def doubt(found: Seen) -> int:
    """0 of a right gradient, 1 of a known fault, 2 of what may be none."""
    return max((1 if one.name else 2 for one in found.findings), default=0)


def picking(loss: Callable[..., Any], part: str) -> Callable[..., Any]:
    """A function of the same arguments that gives this part of its result."""
    return lambda *given, **named: dict(parts(loss(*given, **named)))[part]


def like_logits(case: Case) -> Iterator[tuple[str, bool]]:
    """The parts of a result that have the logits’ shape, and whether they are logits or
    p, and so no gradient."""
    function, shape = case.function, case.function.way.shape
    if shape.by_rows:
        return
    o, targets = function.rows(*PROBES["batch"])
    function.ask(o, targets, case.kind)
    inputs = [np.moveaxis(run(o), -1, shape.axis) for run in INPUTS.values()]
    for part, one in parts(function.came):
        alike = getattr(one, "shape", None) == inputs[0].shape
        if alike and not np.array_equal(one, inputs[0]):
            gives_input = any(close(as_numbers(one), x) for x in inputs)
            yield part, gives_input
