"""The one search: the fewest faults that explain what a function answered.

Faults are tried in order of cost. For a loss: none, one, two, then one that leaves a
probe, or a few, over. What more a group of probes shows is explained by one or two
more. Where several explanations fit, further probes decide.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from .explanation import Explanation
from .faults import LOSS_FAULTS, Fault
from .faults.score import ROUNDED_LOSSES
from .hypotheses import sizes
from .kind import Some
from .probes import Asked
from .reference import FIRST, LAST, NEAR, Array, begin, finish
from .subject import Subject

OF_LOGITS = {"logits", "log_p"}  # steps that a function of probabilities doesn't have
MET = 1e-12  # how near a size is found: a small floor changes little
LITTLE = 0.02  # of the logarithm of a size

Faults = tuple[Fault, ...]
Off = Callable[[float], float]


def explain(
    subjects: Sequence[Subject], declared: tuple[Fault, ...], more: bool = False
) -> tuple[Explanation, list[str] | None]:
    """The fewest faults that fit the first probes, and the probes that they leave. None
    in place of a list, if nothing fits.
    """
    for tried, most, count in subjects[0].kind.tries(subjects, declared, more):
        for subject, some in zip(subjects[:count], tried, strict=False):
            for case in candidates(subject, some, declared):
                left = case.missed(most)
                fit = len(left) <= most and case.rounding_shows
                if fit and (not most or tells(case)):
                    return decided(case), left
    subject = subjects[0]
    first = Explanation(subject, subject.form, subject.reductions[0], (), declared)
    return first, None


def candidates(
    subject: Subject, some: Some, declared: tuple[Fault, ...]
) -> Iterator[Explanation]:
    """Each form of logits of which it makes a number, and each reduction, with each of
    these faults that goes with them."""
    signed = any(one.step == "unit" for one in declared)  # of ln p, not of a loss
    undefined = subject.kind.undefined
    for form in subject.way.forms:
        if not (undefined or subject.numbers(form)):
            continue
        for faults, how in itertools.product(some, subject.reductions):
            if signed and any(one.step == "unit" for one in faults):
                continue
            if any(how not in fault.reductions for fault in faults):
                continue
            if form != "logits" and any(x.step in OF_LOGITS or x.of_p for x in faults):
                continue
            if any(x in ROUNDED_LOSSES and not rounds_to(x, subject) for x in faults):
                continue
            case = Explanation(subject, form, how, faults, declared)
            for one in subject.kind.kept(case):
                if solved := solve(one):
                    yield solved


def rounds_to(rounding: Fault, subject: Subject) -> bool:
    """Whether it answers in these floats, or of one row what they hold exactly."""
    if "float16" in subject.precision:
        return (rounding.name == "bfloat16") == ("bfloat16" in subject.precision)
    one = subject.first_answers["example"]
    if isinstance(one, Exception) or not one.any():
        return False
    return np.array_equal(one, rounding.run(one))


def tells(case: Explanation) -> bool:
    """Whether it says exactly, of three probes, what the right loss does not."""
    more = {*replace(case, faults=()).missed()} - {*case.missed()}
    across = any(fault.across_rows for fault in case.faults)  # thrice the same row
    return case.near == NEAR and not across and (not case.faults or len(more) > 2)


# More faults, where a further group of probes asks for them.


def extended(
    case: Explanation, faults: Sequence[Fault], two: bool
) -> Iterator[Explanation]:
    """The case with one, or with two, of these faults."""
    fit = [
        fault
        for fault in faults
        if fault.step not in case.steps and case.reduction in fault.reductions
    ]
    yield from map(case.having, fit)
    for fault, other in itertools.combinations(fit if two else (), 2):
        if other.step != fault.step:
            yield case.having(fault, other)


# Which of several explanations that fit the rows: further probes decide.


def decided(case: Explanation) -> Explanation:
    """This; or, where a further probe denies it, another that explains the rows."""
    if not case.faults:
        return case
    deciding = case.subject.kind.deciding(case.subject)
    asked = [(case.seen(*one), *one) for one in deciding]

    def fitted(x: Explanation) -> list[bool]:
        return [x.fits_answer(*one) for one in asked]

    if all(fitted(case)):
        return case
    return max([case, *alternatives(case)], key=fitted)  # the first probe counts most


def alternatives(case: Explanation) -> Iterator[Explanation]:
    """The same with another fault in place of one, if that explains the rows, too."""
    sequences, own = case.subject.way.shape.sequences, case.subject.reductions
    pool = [x for x in LOSS_FAULTS if x.shows_in != "sequences" or sequences]
    others = [one for fault in pool for one in sizes(fault)]
    hows = [x for x in own if x == case.reduction or sequences]
    for old, new, how in itertools.product(case.faults, others, hows):
        rest = case.without(old)
        if new.step in rest.steps or how not in new.reductions:
            continue
        other = solve(replace(rest.having(new), reduction=how))
        if other and not other.missed(0):
            yield other


# The size of a fault, such as a temperature, from the probe that shows it.


def solve(case: Explanation) -> Explanation | None:
    """The same with the sizes that some faults have, each from the probe that shows it;
    None if a probe shows no such size.

    Of two sizes, that with the narrower range is found where the other, for each of its
    sizes, is as its own probe has it.
    """
    unsized = [one for one in case.faults if one.between and not one.size]
    unsized.sort(key=lambda one: -np.subtract(*ends(one)))
    faults = case.faults
    for i, one in enumerate(unsized):
        log = root(off_by(case, faults, one, unsized[i + 1 :]), *ends(one))
        # Of two, one that does next to nothing makes up for much else.
        none_at = math.log(one.none_at or math.inf)
        if log is None or (len(unsized) > 1 and abs(log - none_at) < LITTLE):
            return None
        faults = with_size(faults, one, log)
    return replace(case, faults=faults) if unsized else case


def ends(fault: Fault) -> tuple[float, float]:
    """The logarithms of its least and its largest size."""
    least, most = fault.between or (1, 1)
    return math.log(least), math.log(most)


@lru_cache(2**10)
def sized(fault: Fault, log: float) -> Fault:
    """The fault with this size; kept, since every search begins at the ends."""
    return fault.of(math.exp(log))


def with_size(faults: Faults, fault: Fault, log: float) -> Faults:
    return tuple(sized(fault, log) if one is fault else one for one in faults)


def off_by(
    case: Explanation, faults: Faults, fault: Fault, more: Sequence[Fault]
) -> Off:
    """By how much the probe that shows a fault is off, as a function of the logarithm
    of its size; with one more to be sized, where that one’s own probe is met, or missed
    by least. NaN where the function doesn’t give a number."""
    both_shown = any(one.shown_by == fault.shown_by for one in more)
    name = "batch" if both_shown else fault.shown_by
    answers = case.subject.answers_to_probes(case.form)
    asked = case.subject.probe(name if name in answers else "rare target")
    others = (*case.declared, *faults)
    if not begun(asked, tuple(x for x in others if x.step in FIRST))[-1].any():
        asked = case.subject.probe("batch")  # nothing is scored there
    seen = answers[asked.name]
    if isinstance(seen, Exception) or not seen.size or not np.isfinite(seen).all():
        return lambda log: math.nan
    goal = level(seen)

    def off(log: float) -> float:
        every = with_size(faults, fault, log)
        for one in more:
            least = off_by(case, every, one, ())
            found = root(least, *ends(one))
            if found is None:
                found = min(ends(one), key=lambda at: abs(least(at)))
            every = with_size(every, one, found)
        every = (*case.declared, *every)
        early = tuple(one for one in every if one.step not in LAST)
        return level(finish(begun(asked, early), every, case.reduction)) - goal

    return off


@lru_cache(2**14)
def begun(asked: Asked, faults: tuple[Fault, ...]) -> tuple[Array, Array, Array]:
    """A probe as a function gets it, but in float64: at the ends a loss is lost in
    float32."""
    o, targets = asked.laid
    return begin(o.astype(asked.dtype).astype(float), targets, faults, asked.ignored)


def level(answer: Any) -> float:
    """The mean on a scale like that of a logarithm, but defined at 0 and below."""
    if not isinstance(answer, float):  # np.sum of one number takes 5 µs
        answer = np.sum(answer) / np.size(answer)
    return math.asinh(answer)


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
