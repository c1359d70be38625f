"""The one search: the fewest faults that explain what a function answered.

Faults are tried in order of cost: none, one, one with a few probes left over, two. What
more a group of probes shows is explained by one or two more. Where several explanations
fit, further probes decide.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from .explanation import Explanation
from .faults import LOSS_FAULTS, Fault, by_name
from .faults.batch_and_alignment import NOT_SHIFTED, SHIFTED
from .faults.ignored import LAST_IGNORED
from .faults.ignored import OF_PADDING as SMOOTHED_PADDING
from .faults.score import ROUNDED_LOSSES, smoothing_beside_padding
from .probes import PROBES, Asked
from .reference import FIRST, LAST, NEAR, Array, begin, finish
from .subject import Subject

OF_LOGITS = {"logits", "log_p"}  # steps that a function of probabilities doesn't have
MET = 1e-12  # how near a size is found: a small floor changes little
LITTLE = 0.02  # of the logarithm of a size

IN_ROWS = [one for one in LOSS_FAULTS if one.shows_in == "rows"]
IN_SEQUENCES = [x for x in LOSS_FAULTS if x.across_rows or x.shows_in == "sequences"]
IN_PADDING = [one for one in LOSS_FAULTS if one.shows_in == "padding"]
[BY_ALL_PLACES] = by_name("padded-length")
# Padding that is a token, and is counted.
COUNTED = [x for x in LOSS_FAULTS if x.name in ("padding-scored", "padded-length")]
SMOOTHINGS = ("smoothing", "smoothing-others")
# Chunks, remainders and blocks so small that a few rows, or tokens, show them.
ROWS, V = PROBES["a vocabulary of 128"][0].shape
FEW = [
    fault.of(size)
    for fault in LOSS_FAULTS
    for size in fault.among
    if size < {"reduce": ROWS, "log_p": V}.get(fault.step, 0)
]
# Tokens that are targets in the probes.
IDS = {*np.concatenate([t for _, t in PROBES.values()]).tolist()}
Faults = tuple[Fault, ...]
Some = Sequence[Faults]
Off = Callable[[float], float]


def explain(
    subjects: Sequence[Subject], declared: tuple[Fault, ...], more: bool = False
) -> tuple[Explanation, list[str] | None]:
    """The fewest faults that fit the probes of rows, and the probes that they leave.

    All of it by one; or, of a function that needs more, by two; or most of it by one,
    which leaves something new. None in place of a list, if nothing fits.
    """
    never = (NOT_SHIFTED,) if SHIFTED in declared else ()
    left_out = [one.size or 0 for one in declared if one.step == "ignore"]
    hypotheses = [
        known(one.way.shape.sequences, int([*left_out, one.padding][0]), never)
        for one in subjects
    ]
    singles, pairs = zip(*hypotheses, strict=True)
    nothing: list[Some] = [[()]] * len(subjects)
    # A size that was fitted, and that three probes deny, is no explanation.
    exact = [[x for x in some if not any(one.between for one in x)] for some in singles]
    rounds = [(nothing, 0, 4), (singles, 0, 4)]
    if more:
        rounds = [(pairs, 0, 1), (singles, 1, 1), (exact, 3, 1)]
    for tried, most, count in rounds:
        for subject, some in zip(subjects[:count], tried, strict=False):
            for case in candidates(subject, some, declared):
                left = case.missed(most)
                if len(left) <= most and case.rounds and (not most or tells(case)):
                    return decided(case), left
    subject = subjects[0]
    first = Explanation(subject, subject.form, subject.reductions[0], (), declared)
    return first, None


@cache
def known(sequences: bool, padding: int, never: tuple[Fault, ...]) -> tuple[Some, Some]:
    """What is tried: each fault by itself, conventions first; and every two."""
    token = padding >= 0  # in rows, padding shows where it is a token
    faults = [*never, *IN_ROWS, *ROUNDED_LOSSES]
    faults += COUNTED if token else []
    if sequences:
        faults += [fault for fault in IN_SEQUENCES if fault not in faults]
    faults.sort(key=lambda fault: (fault.kind != "convention", bool(fault.between)))
    singles: list[tuple[Fault, ...]] = [()]
    singles += [(one,) for fault in faults for one in sizes(fault)]
    singles += [(one,) for one in (*FEW, LAST_IGNORED)]
    if token:
        singles += [(x, SMOOTHED_PADDING) for x in faults if x.name in SMOOTHINGS]
        for one in smoothing_beside_padding(padding):
            singles += [(one,), (one, BY_ALL_PLACES)]
    two = itertools.combinations(faults, 2)
    pairs: list[tuple[Fault, ...]] = [pair for pair in two if go_together(*pair)]
    # Those without a size first: a size can be found for much.
    pairs.sort(key=lambda pair: sum(bool(fault.between) for fault in pair))
    return singles, pairs


def sizes(fault: Fault) -> Iterable[Fault]:
    """The fault, in each of the few sizes that it has."""
    return map(fault.of, fault.among) if fault.among else [fault]


def go_together(a: Fault, b: Fault) -> bool:
    """Not two of one step; nor rounding beside a size that makes up for it; nor two
    that leave nothing to tell; nor a size of the mean, which is rare."""
    if any(one.between and one.step == "reduce" for one in (a, b)):
        return False
    if a.across_rows and b.across_rows:
        return False
    rounded = max(a.near, b.near) > NEAR
    sized = {one.name for one in (a, b) if one.between} - {"scaled"}
    return a.step != b.step and not (rounded and sized)


def candidates(
    subject: Subject, some: Some, declared: tuple[Fault, ...]
) -> Iterator[Explanation]:
    """Each form of logits of which it makes a number, and each reduction, with each of
    these faults that goes with them."""
    signed = any(one.step == "unit" for one in declared)  # of ln p, not of a loss
    for form in filter(subject.numbers, subject.way.forms):
        for faults, how in itertools.product(some, subject.reductions):
            if signed and any(one.step == "unit" for one in faults):
                continue
            if any(how not in fault.reductions for fault in faults):
                continue
            if form != "logits" and any(x.step in OF_LOGITS or x.of_p for x in faults):
                continue
            if any(x in ROUNDED_LOSSES and not rounds_to(x, subject) for x in faults):
                continue
            if solved := solve(Explanation(subject, form, how, faults, declared)):
                yield solved


def rounds_to(rounding: Fault, subject: Subject) -> bool:
    """Whether it answers in these floats, or of one row what they hold exactly."""
    if "float16" in subject.precision:
        return (rounding.name == "bfloat16") == ("bfloat16" in subject.precision)
    one = subject.answers_to_probes(subject.form)["example"]
    if isinstance(one, Exception) or not one.any():
        return False
    return np.array_equal(one, rounding.run(one))


def tells(case: Explanation) -> bool:
    """Whether it says exactly, of three probes, what the right loss does not."""
    right = replace(case, faults=())
    asked = {name for name, _ in case.probes()}
    more = ({*right.missed()} & asked) - {*case.missed()}
    across = any(fault.across_rows for fault in case.faults)  # thrice the same row
    return case.near == NEAR and not across and (not case.faults or len(more) > 2)


# More faults, where a further group of probes asks for them.


def extended(
    case: Explanation, faults: Sequence[Fault], two: bool = True
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
    asked = [(case.seen(*one), *one) for one in deciding_probes(case.subject)]

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
    hows = {case.reduction, *(("mean", "sum") if sequences else ())}.intersection(own)
    for old, new, how in itertools.product(case.faults, others, hows):
        rest = case.without(old)
        if new.step in rest.steps or how not in new.reductions:
            continue
        other = solve(replace(rest.having(new), reduction=how))
        if other and not other.missed(0):
            yield other


def deciding_probes(subject: Subject) -> Iterator[tuple[Array, Array]]:
    """An even number of rows, rising losses, many rows, padding, and sequences."""
    if subject.ignored is not None:
        few, ids = PROBES["batch"]
        yield subject.rows(few, np.where([0, 1, 0], subject.ignored, ids))
    if subject.way.shape.sequences:
        yield from map(subject.laid, ("three sequences", "20 sequences"))
    yield from map(subject.laid, ("six rows", "rising losses", "3,001 rows"))


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
    """A search begins at the ends, whatever the function: these are kept."""
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
    """Of the mean a logarithm that takes 0 and less, too."""
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
