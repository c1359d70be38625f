"""A weight of each class: seen where nothing else explains what a function gives."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ._case import Case, fits, gap
from ._report import Finding, Shown, show
from ._steps import Array, Fault

WEIGHTED = Fault(
    "class-weights",
    "weighted by its class (here {}), and divided by what the weights add up to",
    "leave the weights out of what is reported",
    13,
    kind="convention",
    if_="the weights are meant",
)
WEIGHTED_ONLY = Fault(
    "class-weights-alone",
    "weighted by its class (here {}), and not divided by what the weights add up to",
    "divide by the sum of the scored tokens’ weights",
    13,
    may_be_meant=True,
)
BESIDE_WEIGHTS = "large logits, sequences, padding; give it with all weights 1"
# Two rows of four logits, with losses that have nothing in common.
FIRST, SECOND = np.array([[1.0, 0.2, -0.4, 0.5], [-0.3, 0.6, 1.1, 0.1]])


def class_weights(case: Case) -> tuple[Case, Finding] | None:
    """The weights that explain two rows of each class, with what is done with the
    losses; None if none do, or one of the classes is padding, or targets are meant
    otherwise."""
    if case.declared or 0 <= case.function.padding < len(FIRST):
        return None
    for fault, how, find in (
        (WEIGHTED_ONLY, case.reduction, by_rows),
        (WEIGHTED_ONLY, "sum", by_rows),
        (WEIGHTED, "mean", by_pairs),
    ):
        right = replace(case, faults=(), reduction=how)
        weights = find(right)
        if weights is not None and foreseen(right, weights, fault):
            return right, told(right, weights, fault)
    return None


def pairs(case: Case, y: int) -> Iterator[tuple[Array, Array]]:
    """Both rows, the first of class 0, the second of class y; and in turn."""
    for o in ([FIRST, SECOND], [SECOND, FIRST]):
        yield case.function.rows(np.array(o), np.array([0, y]))


def losses(case: Case, o: Array, targets: Array) -> Array:
    return replace(case, reduction="none").right(o, targets)


def by_rows(case: Case) -> Array | None:
    """What the loss of a row by itself is multiplied by, for each class."""
    weights = []
    for y in range(4):
        given = case.function.rows(FIRST[np.newaxis], np.array([y]))
        seen, right = case.seen(*given), case.right(*given)
        if isinstance(seen, Exception) or seen.size != right.size:
            return None
        weights.append(seen.sum() / right.sum())
    return np.array(weights)


def by_pairs(case: Case) -> Array | None:
    """The weight of each class by its share in a mean, most of them near 1."""
    weights = [1.0]
    for y in range(1, 4):
        given, _ = pairs(case, y)
        seen, (first, second) = case.seen(*given), losses(case, *given).ravel()[:2]
        if isinstance(seen, Exception) or seen.size != 1:
            return None
        weights.append((first - seen.item()) / (seen.item() - second))
    return np.array(weights) / np.median(weights)


def foreseen(case: Case, weights: Array, fault: Fault) -> bool:
    """Whether they are weights, are not all alike, and explain other rows."""
    if not (weights > 0).all() or np.ptp(weights) < 1e-3 * weights.max():
        return False
    if case.reduction == "sum" and np.isclose(weights.sum(), 1):
        return False  # divided by all weights, whichever classes came
    asked = [given for y in range(1, 4) for given in pairs(case, y)]
    asked += [case.function.laid("batch")]  # larger, which a cap changes otherwise
    return all(
        fits(case.seen(*x), weighted(case, *x, weights, fault), case.near_for(x[0]))
        for x in asked
    )


def weighted(
    case: Case, o: Array, targets: Array, weights: Array, fault: Fault
) -> Array:
    each = weights[targets] * losses(case, o, targets)
    if case.reduction == "none":
        return each
    if case.reduction == "sum":
        return each.sum()
    return each.sum() / (
        each.size if fault is WEIGHTED_ONLY else weights[targets].sum()
    )


def told(case: Case, weights: Array, fault: Fault) -> Finding:
    """With the weights; where nothing is divided, they may be meant."""
    if case.reduction != "mean":
        fault = replace(WEIGHTED, what="weighted by its class (here {})")
    two = [(case.seen(*x), case.right(*x)) for y in range(1, 4) for x in pairs(case, y)]
    shown = Shown.of("two rows", *max(two, key=lambda one: gap(*one)))
    found = Finding.of(fault, (shown,))
    return replace(found, what=fault.what.format(show(weights, 3)))
