"""The fewest faults and conventions that explain what a function answered."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from ._apart import BY_ALL, FEW, IDS, TOKENS_IGNORED, counted_or_not, told_apart
from ._case import Case
from ._faults import OF_LOSSES
from ._faults_of_batches import TOKEN_IGNORED
from ._faults_of_padding import SMOOTHED, beside_padding
from ._faults_of_pairs import NOT_SHIFTED, SHIFTED
from ._faults_of_rounding import AT_LAST, HALVES
from ._function import Function
from ._held import numbers_of
from ._probes import Asked
from ._steps import LAST, NEAR, Array, Fault, begin, finish, scores_any

OF_LOGITS = {"logits", "log_p"}  # steps that who takes probabilities does not have
MET = 1e-12  # to what was seen: a small floor changes little
LITTLE = 0.02  # of the logarithm of a size

IN_ROWS = [fault for fault in OF_LOSSES if fault.seen_in == "rows"]
MEANT = [fault for fault in IN_ROWS if fault.kind == "convention"]
IN_SEQUENCES = [
    fault for fault in OF_LOSSES if fault.across or fault.seen_in == "sequences"
]

# Padding that is a token, and is counted; of targets that are shifted, too.
COUNTED = [one for one in OF_LOSSES if one.name in ("padding-scored", "padded-length")]
OFTEN = (0, 1)  # what padding is in most vocabularies
SMOOTHINGS = ("smoothing", "smoothing-others")
WITH_PADDING = [
    *((TOKEN_IGNORED.of(token), BY_ALL) for token in IDS),
    (SHIFTED, BY_ALL),
    (SHIFTED, TOKEN_IGNORED.of(0), BY_ALL),
]

Some = Sequence[tuple[Fault, ...]]
Off = Callable[[float], float]
Begun = tuple[Array, Array, Array]


def explain(
    functions: Sequence[Function], declared: tuple[Fault, ...], more: bool = False
) -> tuple[Case, list[str] | None]:
    """The fewest faults that fit the probes, and what they leave; None, if none do.

    All of it by one. Or of who needs more, by two; or most of it by one, beside which
    there is a new fault.
    """
    held = tuple(tokens_held(functions[0])) if more else ()
    given = ((one.way.shape.sequences, one.padding, held) for one in functions)
    never = (NOT_SHIFTED,) if declared else ()
    singles, pairs = zip(*(known(*one, never) for one in given), strict=True)
    nothing: list[Some] = [[()]] * len(functions)
    by_one = (nothing, 0, 4), (singles, 0, 4)
    # Of one whose size was fitted three that deny it are too many.
    exact = [
        [one for one in some if not any(x.between for x in one)] for some in singles
    ]
    by_more = (pairs, 0, 1), (singles, 1, 1), (exact, 3, 1)
    for tried, most, count in by_more if more else by_one:
        for function, some in zip(functions[:count], tried, strict=False):
            for case in candidates(function, some, declared):
                left = case.missed(most)
                if len(left) <= most and case.rounds and (not most or tells(case)):
                    return told_apart(case), left
    function = functions[0]
    return Case(function, function.kind, function.hows[0], (), declared), None


def tokens_held(function: Function) -> list[int]:
    """The tokens of the probes, but 0, that may be its padding: it holds their id."""
    return sorted(numbers_of(function.loss).intersection(IDS[1:]))


@cache
def known(
    sequences: bool, padding: int, held: tuple[int, ...], never: tuple[Fault, ...]
) -> tuple[Some, Some]:
    """What is tried: each fault by itself, conventions first, and every two, of which
    one may be a token that is held. In rows padding shows where it is a token."""
    token = padding >= 0
    faults = [*never, *IN_ROWS, *HALVES, *AT_LAST, *(COUNTED if token else ())]
    if sequences:
        faults += [fault for fault in IN_SEQUENCES if fault not in faults]
    faults.sort(key=lambda fault: (fault.kind != "convention", bool(fault.between)))
    singles = [(), *((one,) for fault in faults for one in sizes(fault))]
    singles += [(one,) for one in (*FEW, *TOKENS_IGNORED)]
    singles += WITH_PADDING
    singles += [(one, SMOOTHED) for one in faults if token and one.name in SMOOTHINGS]
    singles += counted_or_not(beside_padding(padding)) if token else []
    tokens = map(TOKEN_IGNORED.of, held)
    two = [*itertools.combinations(faults, 2), *itertools.product(tokens, faults)]
    pairs: list[tuple[Fault, ...]] = [pair for pair in two if go_together(*pair)]
    for id in {*OFTEN, *held}:
        pairs += counted_or_not(beside_padding(id), TOKEN_IGNORED.of(id))
    # Those without a size first: one can be found for much.
    pairs.sort(key=lambda pair: sum(bool(fault.between) for fault in pair))
    return singles, pairs


def go_together(a: Fault, b: Fault) -> bool:
    """Not two of one step; nor what is rounded, beside a size that makes up for it;
    nor two that leave nothing to tell; nor a size of the mean, which is rare."""
    if any(one.between and one.step == "reduce" for one in (a, b)):
        return False
    if (a.blind and b.of_p) or (a.of_p and b.blind) or (a.across and b.across):
        return False
    rounded = max(a.near, b.near) > NEAR
    sized = {one.name for one in (a, b) if one.between} - {"scaled"}
    return a.step != b.step and not (rounded and sized)


def sizes(fault: Fault) -> Iterable[Fault]:
    """The fault, in each of the few sizes that it has."""
    return map(fault.of, fault.among) if fault.among else [fault]


def tells(case: Case) -> bool:
    """Whether it says exactly, of three probes, what the right loss does not."""
    right = replace(case, faults=())
    asked = {name for name, _ in case.probes()}
    more = ({*right.missed()} & asked) - {*case.missed()}
    across = any(fault.across for fault in case.faults)  # many rows are all alike
    return case.near == NEAR and not across and (not case.faults or len(more) > 2)


def candidates(
    function: Function, some: Some, declared: tuple[Fault, ...]
) -> Iterator[Case]:
    """Each input of which it makes a number, and reduction, with each of these faults
    that goes with them; one of a declared step takes its place, as a shift does."""
    for kind in filter(function.numbers, function.way.kinds):
        for faults, how in itertools.product(some, function.hows):
            if any(how not in fault.hows for fault in faults):
                continue
            if kind != "logits" and any(x.step in OF_LOGITS or x.of_p for x in faults):
                continue
            if any(one in AT_LAST and not keeps_in(one, function) for one in faults):
                continue
            if solved := solve(Case(function, kind, how, faults, declared)):
                yield solved


def keeps_in(rounding: Fault, function: Function) -> bool:
    """Whether it answers in these floats, or of one row what they hold exactly."""
    if "float16" in function.precision:
        return (rounding.name == "bfloat16") == ("bfloat16" in function.precision)
    one = function.of(function.kind)["example"]
    if isinstance(one, Exception) or not one.any():
        return False
    return np.array_equal(one, rounding.run(one))


def solve(case: Case) -> Case | None:
    """The same with the sizes that some faults have, each from the probe that shows it;
    None if a probe shows no such size. Of two, that of the narrower range is found
    where the other, for each of its sizes, is as its own probe has it."""
    sized = sorted((one for one in case.faults if one.between), key=breadth)
    if not sized:
        return case
    *first, last = sized
    for one in first:
        log = root(of_two(case, one, last), *ends(one))
        if log is None or little(one, log):
            return None
        case = having_size(case, one, log)
    log = root(by_probe(case, last, last.shown_by), *ends(last))
    if log is None or (first and little(last, log)):
        return None
    return having_size(case, last, log)


def little(fault: Fault, log: float) -> bool:
    """Whether it does next to nothing: of two, one such makes up for much else."""
    none = fault.none_at and math.log(fault.none_at)
    return none is not None and abs(log - none) < LITTLE


def ends(fault: Fault) -> tuple[float, float]:
    """The logarithms of its least and its largest size."""
    least, most = fault.between or (1, 1)
    return math.log(least), math.log(most)


def breadth(fault: Fault) -> float:
    low, high = ends(fault)
    return high - low


def having_size(case: Case, fault: Fault, log: float) -> Case:
    """With this size of one of its faults."""
    sized = fault.of(math.exp(log))
    faults = (sized if one is fault else one for one in case.faults)
    return replace(case, faults=tuple(faults))


def by_probe(case: Case, fault: Fault, name: str) -> Off:
    """By how much a probe is off, by the logarithm of the size; by NaN where the
    function gives no number."""
    function = case.function
    answers = function.of(case.kind)
    others = (*case.declared, *(one for one in case.faults if one.name != fault.name))
    asked = function.asked(name if name in answers else "rare target")
    aligned = tuple(one for one in others if one.step in ("batch", "align", "ignore"))
    if not any_scored(asked, aligned):
        asked = function.asked("batch")
    seen = answers[asked.name]
    if isinstance(seen, Exception) or not seen.size or not np.isfinite(seen).all():
        return lambda log: math.nan
    goal = level(seen)
    # At its ends a search begins, for any function; but a size that was found is new.
    known = () if any(one.size for one in others) else ends(fault)
    begun: list[Begun] = []  # the other steps once, where the size is of a last one

    def off(log: float) -> float:
        if log in known:
            return at_end(asked, others, fault, log, case.reduction) - goal
        sized = fault.of(math.exp(log))
        if not begun or fault.step not in LAST:
            begun[:] = [begun_with(asked, (*others, sized))]
        return level(finish(begun[0], (*others, sized), case.reduction)) - goal

    return off


@lru_cache(2**14)
def any_scored(asked: Asked, faults: tuple[Fault, ...]) -> bool:
    return scores_any(*asked.laid, faults, asked.ignored)


@lru_cache(2**16)
def at_end(
    asked: Asked, others: tuple[Fault, ...], fault: Fault, log: float, reduction: str
) -> float:
    faults = (*others, fault.of(math.exp(log)))
    return level(finish(begun_with(asked, faults), faults, reduction))


def begun_with(asked: Asked, faults: tuple[Fault, ...]) -> Begun:
    """A probe as a function gets it, but in float64: at the ends a loss is lost in
    float32."""
    o, targets = asked.laid
    return begin(o.astype(asked.dtype).astype(float), targets, faults, asked.ignored)


def level(answer: Any) -> float:
    """A logarithm that takes 0 and less, too, of the mean."""
    if not isinstance(answer, float):  # np.sum of one number takes 5 µs
        answer = np.sum(answer) / np.size(answer)
    return math.asinh(answer)


def of_two(case: Case, one: Fault, other: Fault) -> Off:
    """By how much the probe of one is off, where the other has the size with which its
    own probe is met, or missed by least."""
    name = one.shown_by if one.shown_by != other.shown_by else "batch"

    def off(log: float) -> float:
        as_one = having_size(case, one, log)
        least = by_probe(as_one, other, other.shown_by)
        by = by_probe(having_size(as_one, other, met(least, *ends(other))), one, name)
        return by(log)

    return off


def met(off: Off, low: float, high: float) -> float:
    """Where it is 0, or the end that is nearer to it."""
    found = root(off, low, high)
    return min((low, high), key=lambda at: abs(off(at))) if found is None else found


def root(off: Off, low: float, high: float) -> float | None:
    """Where it is 0, by a regula falsi; None if its ends have one sign."""
    below, above = off(low), off(high)
    while not math.isfinite(above) and high - low > 1:  # e to it is too much
        high = (low + 3 * high) / 4
        above = off(high)
    if not below * above < 0:
        return None
    for _ in range(60):  # a rounded loss may have steps, and none at the goal
        log = high - above * (high - low) / (above - below)
        at = off(log)
        if abs(at) < MET:
            break
        if at * above < 0:
            low, below = high, above
        else:
            below /= 2  # else this end might stay for ever
        high, above = log, at
    return log
