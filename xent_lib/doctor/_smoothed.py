"""Smoothing, or a z-loss, that is 0 unless somebody gives more: what 0.1 shows."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from dis import get_instructions
from types import CodeType, FunctionType
from typing import Any

from ._case import Case, fits
from ._counted import batches, leaves_out, line_with
from ._explain import SMOOTHINGS
from ._faults import OF_LOSSES
from ._faults_of_smoothing import OF_SMOOTHING
from ._function import Function
from ._report import Diagnosis, Finding
from ._roles import parameters_of
from ._words import constants, is_lambda

NAMES = re.compile(
    r"smoothing$|^(label_)?eps(ilon)?$|^ls$|z_?(loss|reg|weight|coeff?)(_|$)"
)
# What it may do: the last holds p above it.
OF_0_1 = (*SMOOTHINGS, "z-loss", "floor")
SMOOTHS = {"z-loss", *(one.name for one in OF_SMOOTHING)}
Given = tuple[str, str, Function]  # its name, the line that gives 0.1, and with that


def with_0_1(
    case: Case, found: Diagnosis, again: Callable[[Function], Diagnosis]
) -> Diagnosis:
    """With the faults that it has then, if it smooths; an epsilon may do something
    else, which is not tried."""
    for name, line, other in given_0_1(case.function):
        if not odd(case, other):
            continue
        faults = [told(one, name, line) for one in new(again(other), found.names)]
        not_tried = () if faults else (f"its `{name}`; to have it tried, {line}",)
        found = replace(
            found,
            findings=(*found.findings, *faults),
            not_tried=(*found.not_tried, *not_tried),
        )
    return found


def new(found: Diagnosis, names: Sequence[str]) -> Iterator[Finding]:
    """The known faults that it has then alone, unless it smooths nothing."""
    for one in found.findings if SMOOTHS & {*found.names} else ():
        if one.kind == "fault" and one.name not in ("", *names, *OF_0_1):
            yield one


def told(found: Finding, name: str, line: str) -> Finding:
    what = f"{found.what}, where its `{name}` is 0.1"
    return replace(found, what=what, mend=f"To see it, {line}. {found.mend}")


def given_0_1(function: Function) -> Iterator[Given]:
    """Where it need not be given, or is given 0: by the doctor, or by a lambda."""
    roles = dict(function.way.named)
    if "smoothed" in roles.values():
        return  # it is examined with 0.1 just now
    for one in parameters_of(function.loss):
        if not NAMES.search(one.name) or one.kind is one.POSITIONAL_ONLY:
            continue
        line = line_with(function.loss, one.name, "0.1")
        if roles.get(one.name) == "zero":
            yield one.name, line, function.giving("zero", "smoothed", one.name)
        elif type(one.default) in (int, float) and one.default == 0:
            yield one.name, line, function.given(one.name, "smoothed")
    for name, other in by_lambda(function):
        yield name, f"write {name}=0.1", other


def by_lambda(function: Function) -> Iterator[tuple[str, Function]]:
    """The name by which a lambda gives 0.0, and the same with 0.1."""
    loss: Any = function.loss
    code = loss.__code__ if is_lambda(loss) else None
    if not code or floats(code) != [0.0]:
        return  # of several numbers nobody knows which is which
    given = tuple(0.1 if isinstance(x, float) else x for x in code.co_consts)
    for name in filter(NAMES.search, map(str, constants(code))):
        other = function.by()
        other.loss = FunctionType(
            code.replace(co_consts=given),
            loss.__globals__,
            argdefs=loss.__defaults__,
            closure=loss.__closure__,
        )
        other.loss.__kwdefaults__ = loss.__kwdefaults__
        yield name, other


def floats(code: CodeType) -> list[float]:
    """Those that it names, each as often as it does."""
    return [x.argval for x in get_instructions(code) if isinstance(x.argval, float)]


def odd(case: Case, function: Function) -> bool:
    """Whether what it gives is of no known smoothing, nor held above so much."""
    asked = batches(case, padded=leaves_out(case))
    given = replace(case, function=function)
    seen = [given.seen(*one) for one in asked]
    known = (replace(x, size=0.1) for x in OF_LOSSES if x.name in OF_0_1)
    return not any(
        all(fits(x, as_one.right(*one)) for x, one in zip(seen, asked, strict=True))
        for as_one in map(case.having, known)
    )
