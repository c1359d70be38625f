"""Whether padding is left out, and what counts the tokens: beside a sum, or given."""

import re
from dataclasses import replace
from typing import Any

import numpy as np

from ._answers import Answer, as_numbers, parts, size
from ._case import Case, fits
from ._faults import OF_LOSSES
from ._faults_of_padding import ALL_COUNTED
from ._keys import lambda_of
from ._match import Seen
from ._padding_known import by_accident
from ._probes import PROBES
from ._report import Finding, Shown
from ._roles import COUNTS, EXTRAS, optional
from ._stand_in import BLANK
from ._steps import Array
from ._written import call_of

TWICE = next(one for one in OF_LOSSES if one.name == "divided-twice")


def leaves_out(case: Case) -> bool:
    """Whether an ignored target is left out, as the loss is."""
    if case.function.ignored is None or case.function.way.shape.by_rows:
        return False
    o, _ = PROBES["batch"]
    given = case.function.rows(o, np.array([3, case.function.ignored, 2]))
    return fits(case.seen(*given), case.right(*given), case.near_for(o))


def batches(case: Case, padded: bool) -> list[tuple[Array, Array]]:
    """Three rows; and these again with one of them padding, if that is asked for."""
    o, targets = PROBES["batch"]
    some = np.array([3, case.function.padding, 2])
    asked = [targets, some] if padded else [targets]
    return [case.function.rows(o, one) for one in asked]


def beside_sum(case: Case) -> Seen:
    """A number beside a sum, by which somebody divides it: that of what is scored."""
    way = case.function.way
    no_number = way.one_hot and not way.left_out_by
    if case.reduction != "sum" or no_number or not leaves_out(case):
        return Seen()
    o, targets = PROBES["batch"]
    some = np.array([3, case.function.ignored, 2])
    n = case.function.rows(o, targets)[1].size
    both = zip(*(numbers_beside(case, o, x) for x in (targets, some)), strict=False)
    if by_accident(case) or (n, n) not in both:
        return Seen()
    shown = Shown.of("batch, one ignored", n, n * 2 // 3)
    return Seen([Finding.of(ALL_COUNTED, (shown,))])


def numbers_beside(case: Case, o: Array, targets: Array) -> list[float]:
    """Those of its result."""
    case.seen(*case.function.rows(o, targets))
    found = (one for _, one in parts(case.function.came))
    return [as_numbers(one).item() for one in found if size(one) == 1]


def optional_count(case: Case) -> Seen:
    """What comes of the number of scored tokens, where it need not be given: the mean,
    or what it gave before; a mean that is divided by it is divided twice."""
    taken = {name for name, _ in case.function.way.named}
    named = optional(case.function.loss, "count")
    names = [name for name in named if name not in taken]
    if case.function.way.shape.by_rows or case.reduction == "none":
        return Seen(not_tried=[as_one_gives_it(case, name) for name in names])
    seen = Seen()
    for name in names:
        given = [with_count(case, name, role) for role in COUNTS]
        if any(fits(one, x) for one, *right in given for x in right[:2]):
            continue
        twice = [one for one in given if fits(one[0], one[3])]
        if not twice:
            seen.not_tried.append(as_one_gives_it(case, name))
        for answer, right, *_ in twice[:1]:
            shown = (Shown.of(f"batch, {name} given", answer, right),)
            other = f"its `{name}` is something else"
            found = replace(Finding.of(TWICE, shown), may_be_meant=True, if_=other)
            seen.findings.append(found)
    return seen


def with_count(case: Case, name: str, role: str) -> tuple[Answer, Array, Array, Array]:
    """What it gives then, the mean, what it should give without, and the mean by it."""
    o, targets = case.function.rows(*PROBES["batch"])
    counted = replace(case, function=case.function.given(name, role))
    mean = replace(case, reduction="mean").right(o, targets)
    n = EXTRAS[role].of(np.ones(targets.shape, int), targets)
    return counted.seen(o, targets), mean, case.right(o, targets), mean / n


def as_one_gives_it(case: Case, name: str, value: str = BLANK) -> str:
    """The line that has it tried."""
    line = line_with(case.function.loss, name, value)
    return f"its `{name}`; to have it tried, {line}"


def line_with(loss: Any, name: str, value: str) -> str:
    """That gives it, in place of what it is given so far."""
    call, given = call_of(loss), f"{name}={value}"
    call, n = re.subn(rf"\b{name}=[^,)]+", given, call)
    call = call if n else f"{call.removesuffix(')')}, {given})"
    return f"write diagnose({lambda_of(call)})"
