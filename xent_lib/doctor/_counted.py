"""Whether padding is left out, and what counts the tokens: beside a sum, or given; and
smoothing that may be given."""

import re
from collections.abc import Iterator
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from ._answers import Answer, as_numbers, parts, size
from ._case import Case, fits
from ._explain import SMOOTHINGS
from ._faults import OF_LOSSES
from ._faults_of_padding import ALL_COUNTED
from ._function import Function
from ._keys import lambda_of
from ._match import Seen
from ._padding_known import by_accident
from ._probes import PROBES
from ._report import Finding, Shown
from ._roles import COUNTS, EXTRAS, optional, parameters_of
from ._stand_in import BLANK
from ._steps import Array
from ._words import constants, is_lambda
from ._written import call_of

TWICE = next(one for one in OF_LOSSES if one.name == "divided-twice")
SMOOTHING = r"smoothing$|^(label_)?eps(ilon)?$|^ls$"
# What an epsilon may do: the last holds p above it.
OF_EPSILON = (*SMOOTHINGS, "floor")


def leaves_out(case: Case) -> bool:
    """Whether an ignored target is left out, as the loss is."""
    if case.function.ignored is None or case.function.way.shape.by_rows:
        return False
    o, _ = PROBES["batch"]
    given = case.function.rows(o, np.array([3, case.function.ignored, 2]))
    return fits(case.seen(*given), case.right(*given), case.near_for(o))


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
    taken = {name.lstrip("*") for name, _ in case.function.way.roles}
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


def optional_smoothing(case: Case) -> Seen:
    """What a smoothing of 0.1 makes of rows and of padding, where it need not be given,
    or a lambda gives 0.0 by its name: a known one's loss."""
    function = case.function
    names = [
        one.name
        for one in parameters_of(function.loss)
        if type(one.default) in (int, float) and one.default == 0
        if re.search(SMOOTHING, one.name) and one.kind is not one.POSITIONAL_ONLY
    ]
    not_tried = [
        as_one_gives_it(case, x, "0.1")
        for x in names
        if odd(case, function.given(x, "smoothed"))
    ]
    for name, other in given_as_0(function):
        if odd(case, other):
            not_tried.append(f"its `{name}`; to have it tried, write {name}=0.1")
    return Seen(not_tried=not_tried)


def given_as_0(function: Function) -> Iterator[tuple[str, Function]]:
    """The name by which a lambda gives a smoothing of 0.0, and the same with 0.1."""
    loss: Any = function.loss
    code = loss.__code__ if is_lambda(loss) else None
    if not code or {x for x in code.co_consts if isinstance(x, float)} != {0.0}:
        return  # of several numbers nobody knows which is which
    given = tuple(0.1 if isinstance(x, float) else x for x in code.co_consts)
    for name in filter(re.compile(SMOOTHING).search, map(str, constants(code))):
        other = function.by()
        other.loss = FunctionType(
            code.replace(co_consts=given),
            loss.__globals__,
            argdefs=loss.__defaults__,
            closure=loss.__closure__,
        )
        yield name, other


def odd(case: Case, function: Function) -> bool:
    """Whether what it gives is of no known smoothing, nor held above so much."""
    o, targets = PROBES["batch"]
    some = np.array([3, case.function.padding, 2])
    asked = [case.function.rows(o, x) for x in (targets, some)[: 1 + leaves_out(case)]]
    given = replace(case, function=function)
    seen = [given.seen(*one) for one in asked]
    known = (replace(x, size=0.1) for x in OF_LOSSES if x.name in OF_EPSILON)
    return not any(
        all(fits(x, as_one.right(*one)) for x, one in zip(seen, asked, strict=True))
        for as_one in map(case.having, known)
    )


def as_one_gives_it(case: Case, name: str, value: str = BLANK) -> str:
    """The line that gives it."""
    call = f"{call_of(case.function.loss).removesuffix(')')}, {name}={value})"
    return f"its `{name}`; to have it tried, write diagnose({lambda_of(call)})"
