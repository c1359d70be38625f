"""The gradient of a loss function, held against that of the loss it was seen to be."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .._softmax import softmax
from ._answers import Answer
from ._autograd import Measure, NoGradient, by_framework, by_hand
from ._case import UNEXPLAINED, Case, fits
from ._checks import large
from ._counted import leaves_out
from ._faults_of_gradient import (
    BY_INPUT,
    BY_OWN_P,
    NO_SOFTMAX,
    NO_TARGET,
    NONE,
    OF_LARGEST,
    OF_MEAN,
    OF_PADDING,
    OF_REST,
    OF_SUM,
    RAISES,
    SCALED,
    SIGN,
    SUBJECT,
    UPSTREAM_LOST,
)
from ._faults_of_pairs import SHIFTED
from ._function import quiet
from ._match import GIVES, Seen, says
from ._padding_known import by_accident, knows_none, targets_of
from ._probes import MANY_ROWS, PROBES, waves
from ._report import SHOWN, Finding, Shown, show
from ._slope import slope
from ._steps import NEAR, Array, Fault

Probe = tuple[str, Array, Array, Any]
ROUGH = 3e-2  # of the largest of a gradient that is rounded
UPSTREAM = 3.0
OTHER_SLOPE = f"something other than that of the loss, {UNEXPLAINED}"
ADDED = (
    "If a backward of your own adds what is meant, give the loss as it is before that"
)
OF_IGNORED = "batch, one ignored"
TWO, OF_TWO = "two sequences", (waves(2, 3, 4), np.array([[3, 1, 2], [2, 0, 1]]))
OTHERS_GRADIENT = "{} have no loss, but a gradient"


def gradient(
    case: Case, given: Callable[..., Any] | None, sequences: Case | None = None
) -> Seen:
    """What the gradient of each probe shows; and of two sequences, if it takes some."""
    found = of_probes(case, given, asked(case, by_hand=given is not None))
    if given and case.kind != "logits" and found.findings:
        return by_its_input(case, given, found)
    if not sequences or found.findings or not found.gradient:
        return found
    more = of_probes(sequences, given, [(TWO, *OF_TWO, 1.0)])
    more = of_rows(more) if given else more
    return replace(
        found,
        findings=more.findings,
        not_tried=found.not_tried + more.not_tried,
        notes=found.notes + more.notes,
    )


def by_its_input(case: Case, given: Callable[..., Any], found: Seen) -> Seen:
    """The same, unless it is the gradient by the p that is taken."""
    other = of_probes(case, given, asked(case, by_hand=True), by_input=True)
    if other.findings:
        return found
    return replace(other, findings=[Finding.of(BY_INPUT, found.findings[0].shown)])


def of_rows(more: Seen) -> Seen:
    """A second function may be made for rows alone: that is told, and no fault."""
    shown = (one for found in more.findings for one in found.shown)
    told = [
        f"The gradient is of rows alone: of {one.probe} it gives {one.seen}, not "
        f"{one.expected}"
        for one in shown
    ]
    return Seen(notes=told)


def of_probes(
    case: Case,
    given: Callable[..., Any] | None,
    probes: Iterable[Probe],
    by_input: bool = False,
) -> Seen:
    """The same, of some of them."""
    measure = by_hand(given) if given else by_framework
    found, exact = Seen(), case.exact
    for name, o, targets, times in probes:
        seen = measured(measure, case, o, targets, times)
        if isinstance(seen, Exception):
            none = failed(case, seen, name, by_hand=given is not None)
            if none.findings or not found.gradient:
                return none
            found.not_tried += none.not_tried
            continue
        right = slope(exact, o, targets, times, by_input)
        found.gradient = True
        if near(seen, right, NEAR if exact == case else ROUGH).all():
            continue
        if name == OF_IGNORED and by_accident(case):
            what = OTHERS_GRADIENT.format(targets_of(case, case.function.padding))
            return replace(knows_none(case, what), gradient=True)
        above = None if given else partial(measure, case, o, targets)
        return Seen(explained(case, name, seen, right, o, targets, above))
    return found


def measured(
    measure: Measure, case: Case, o: Array, targets: Array, times: Any
) -> Answer:
    """The gradient, or the exception, unless there is none at all."""
    try:
        with quiet():
            return measure(case, o, targets, times)
    except NoGradient:
        raise
    except Exception as error:
        return error


def asked(case: Case, by_hand: bool) -> Iterator[Probe]:
    """The probes whose gradient is asked for, and what the loss is multiplied by."""
    rows = case.function.rows
    o, targets = PROBES["batch"]
    yield "batch", *rows(o, targets), 1.0
    if not by_hand:
        yield "batch, multiplied afterwards", *rows(o, targets), above(case)
    plain = {*case.faults, *case.declared} <= {SHIFTED}
    if plain and not case.function.way.shape.by_rows:
        many = {"a large vocabulary": large(case), "3,001 rows": rows(*MANY_ROWS)}
        for name, given in many.items():
            if fits(case.seen(*given), case.right(*given)):  # else so is its gradient
                yield name, *given, 1.0
    if leaves_out(case):
        ignored = np.array([3, case.function.ignored, 2])
        yield OF_IGNORED, *rows(o, ignored), 1.0


def above(case: Case) -> Any:
    """A factor; of losses for each token, one for each."""
    targets = case.function.rows(*PROBES["batch"])[1]
    losses = case.right(*case.function.rows(*PROBES["batch"]))
    if case.reduction != "none" or losses.shape != targets.shape:
        return UPSTREAM
    return 1.0 + np.arange(losses.size).reshape(losses.shape)


def failed(case: Case, error: Exception, name: str, by_hand: bool) -> Seen:
    """What is said where there is none; beside plain rows it may refuse much."""
    cut = "does not require grad" in str(error)
    if cut and says(case, ("no_grad", "inference_mode", "ctx_factory")):
        return Seen(notes=["Gives no gradient, as its code says"])
    if cut or (hasattr(error, "of_backward") and name == "batch"):
        one, came = (NONE, "none") if cut else (RAISES, show(error))
        return Seen([Finding.of(one, (Shown(name, came, "p − y"),))])
    if by_hand:
        shown = (Shown(name, show(error), "the gradient of each logit"),)
        return Seen([Finding("no gradient", shown, subject=GIVES)])
    return Seen(not_tried=[f"the gradient of {name}: {show(error)}"])


def near(seen: Array, right: Array, most: float = NEAR) -> Array:
    return np.abs(seen - right) <= most * np.abs(right).max() + 1e-6


def close(seen: Array, right: Array) -> bool:
    return bool(near(seen, right).all())


def explained(
    case: Case,
    name: str,
    seen: Array,
    right: Array,
    o: Array,
    targets: Array,
    afterwards: Callable[[float], Array] | None,
) -> list[Finding]:
    """The known faults of the gradient that these are, or that none is. One that is
    scaled may lack what the function itself multiplies by, as by 1/N in a mean: then it
    lacks what the caller does, too."""
    shown = (where_it_differs(name, seen, right),)
    if name.endswith("afterwards"):
        return [Finding.of(UPSTREAM_LOST, shown)]
    known = next(kinds(case, seen, right, o, targets), ())
    scaled = {one for one in known if one.name == SCALED.name}
    if scaled and afterwards:
        lost = close(afterwards(UPSTREAM), seen)
        known = tuple(UPSTREAM_LOST if lost & (x in scaled) else x for x in known)
    elif case.reduction == "none" and close(seen * targets.size, right):
        known = (OF_MEAN,)
    mend = ADDED if says(case, ("save_for_backward", "defvjp")) else ""
    other = [Finding(OTHER_SLOPE, shown, mend=mend, subject=SUBJECT)]
    return [Finding.of(one, shown) for one in known] or other


def where_it_differs(name: str, seen: Array, right: Array) -> Shown:
    """The first row that does; of a large vocabulary, which tokens do."""
    V = seen.shape[-1]
    seen, right = seen.reshape(-1, V), right.reshape(-1, V)
    off = ~near(seen, right)
    row = np.flatnonzero(off.any(axis=-1))[0]
    token, last = np.flatnonzero(off[row])[[0, -1]]
    here = slice(token if V > SHOWN else 0, None)
    name += f", row {row + 1}" if row or V > SHOWN else ""
    name += f", tokens {token:,} to {last:,} of {V:,}" if V > SHOWN else ""
    return Shown.of(name, seen[row, here], right[row, here])


def kinds(
    case: Case, seen: Array, right: Array, o: Array, targets: Array
) -> Iterator[tuple[Fault, ...]]:
    """Those of the known faults that fit, each with what it is multiplied by."""
    if not seen.any():
        yield (NONE,)
    some: list[tuple[tuple[Fault, ...], Array]] = [((), right)]
    for one in case.faults:
        rest = replace(OF_REST, what=OF_REST.what.format(one.name))
        some.append(((rest,), slope(case.less(one), o, targets, 1.0)))
    ignored = targets == case.function.ignored
    y, p = np.arange(o.shape[-1]) == targets[..., np.newaxis], softmax(o)
    if ignored.any():
        if close(seen[~ignored], right[~ignored]):
            yield (OF_PADDING,)
    else:
        times = (right * (p - y)).sum() / np.square(p - y).sum()
        some += [((NO_TARGET,), times * p), ((NO_SOFTMAX,), -times * y)]
        some.append(((BY_OWN_P,), -times * y / p))
    for known, whole in some:
        size = float((seen * whole).sum() / np.square(whole).sum())
        if close(seen, size * whole):
            yield (*known, *multiplied(size, targets.size))
    largest = np.where(o == o.max(axis=-1, keepdims=True), o, 0)
    size = float(((seen - right) * largest).sum() / np.square(largest).sum())
    if close(seen - right, size * largest):
        yield (OF_LARGEST.of(size),)


def multiplied(size: float, n: int) -> Iterator[Fault]:
    """By so much: the sign, and the rest."""
    if size < 0:
        yield SIGN
    if abs(abs(size) - 1) > NEAR:
        yield (OF_SUM if abs(abs(size) / n - 1) < NEAR else SCALED).of(abs(size))
