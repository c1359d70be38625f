"""The gradient that a loss has, by the logits or by what it takes in their place."""

from typing import Any

import numpy as np

from .._softmax import softmax
from ._case import Case
from ._roles import INPUTS
from ._steps import Array, Fault, evaluate, ignore

STEP = 1e-5  # of a central difference in float64
MANY = 1000  # entries, for which differences take long
AS_IT_IS = Fault("", "", "", 14, "log_p", lambda log_p: log_p)


def slope(
    case: Case, o: Array, targets: Array, times: Any, by_input: bool = False
) -> Array:
    """By a formula of many logits, of few by differences."""
    kind = case.kind if by_input else "logits"
    if o.size > MANY:
        return of_many(case, o.astype(float), targets, times, kind)
    x = INPUTS[kind](o.astype(float))
    faults = (*case.declared, *case.faults, *([AS_IT_IS] if by_input else []))

    def loss(x: Array) -> float:
        o = np.log(x) if kind == "probabilities" else x
        answer = evaluate(o, targets, faults, case.reduction, case.function.ignored)
        return float((answer * times).sum())

    found = np.empty(o.shape)
    for at, one in zip(np.ndindex(o.shape), np.eye(o.size), strict=True):
        step = STEP * one.reshape(o.shape)
        found[at] = (loss(x + step) - loss(x - step)) / (2 * STEP)
    return found


def of_many(case: Case, o: Array, targets: Array, times: Any, kind: str) -> Array:
    """p − y of each row, or that by what is taken; of who shifts, where the row was."""
    at = np.arange(o.size).reshape(o.shape)
    for one in (*case.declared, *case.faults):
        at, targets = one.does(at, targets)
    targets, scored = ignore(targets, case.function.ignored, o.shape[-1])
    times = np.broadcast_to(times, targets.shape)[scored][:, np.newaxis]
    at, targets = at[scored], targets[scored]
    x = INPUTS[kind](o.ravel()[at])
    y = 1.0 * (np.arange(o.shape[-1]) == targets[:, np.newaxis])
    n = targets.size if case.reduction == "mean" else 1
    by = {"logits": lambda: softmax(x) - y, "probabilities": lambda: -y / x}
    found = np.zeros(o.shape)
    np.put(found, at, times * by.get(kind, lambda: -y)() / n)
    return found
