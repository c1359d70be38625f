"""What further parameters promise: weights, counts, reductions, smoothing.

Each is given something that tells, such as weights that are not all alike, and its
answers are compared with what may come of them.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .explanation import Explanation, fits
from .faults import BESIDE, LOSS_FAULTS, Fault, by_name
from .outputs import Answer, as_numbers, parts, size
from .padding import by_accident
from .reference import Array
from .report import Diagnosis, Finding, Seen, Shown, show
from .rows import shows
from .signature import (
    COUNTS,
    EVEN,
    EXTRAS,
    KERAS,
    bodies_of,
    halving,
    optional,
    parameters_of,
    role_of,
    with_names,
)
from .subject import Subject

[DIVIDED_TWICE, *_], [TEMPERATURE] = by_name("divided-twice"), by_name("temperature")
SMOOTHS = {"z-loss", *(x.name for x in LOSS_FAULTS if x.name.startswith("smoothing"))}


def leaves_out(case: Explanation) -> bool:
    """Whether an ignored target is left out, as from the loss."""
    if case.subject.ignored is None or case.subject.way.shape.by_rows:
        return False
    return case.fits(*case.subject.with_targets(3, case.subject.ignored, 2))


def batches(case: Explanation, by_number: bool = False) -> list[tuple[Array, Array]]:
    """Three rows; and, where padding is left out, these again with one of padding."""
    subject, padded = case.subject, leaves_out(case)
    padded &= not (by_number and subject.way.left_out_by_argument)
    some = [subject.with_targets(3, subject.padding, 2)] if padded else []
    return [subject.laid("batch"), *some]


Possible = tuple[Fault | None, list[Array] | None]


class Outcome(NamedTuple):
    """What came of one value of a parameter; and what may come, in the order in which
    it is told: a fault, or None, and its answers; None in their place are any."""

    label: str
    answers: list[Answer]
    possible: list[Possible]


def told(every: dict[str, list[Outcome]]) -> Seen:
    """Of each parameter the first that it may be, by any of the values that it takes;
    or that it is not tried, and how to have it tried."""
    seen = Seen()
    for name, values in every.items():
        taken = [
            x for x in values if not any(isinstance(y, Exception) for y in x.answers)
        ]
        rows = zip(*(one.possible for one in taken), strict=True)
        fit = (
            (one, fault)
            for row in rows
            for one, (fault, answers) in zip(taken, row, strict=True)
            if answers is None or all(map(fits, one.answers, answers))
        )
        one, fault = next(fit, (None, None))
        if not one:
            give = f"lambda o, t: f(o, t, {name}=…)"
            tried = f"its `{name}`; to have it tried, give it: {give}"
            seen.not_tried.append(tried)
        elif fault:
            right: list[Any] = one.possible[0][1] or one.answers
            pairs = [*zip(one.answers, right, strict=True)]
            off = (pair for pair in pairs if not fits(*pair))
            shown = Shown.of(one.label, *next(off, pairs[0]))
            seen.findings.append(Finding.of(fault, shown, name=name))
    return seen


def with_parameter(case: Explanation, name: str, role: str) -> Explanation:
    """With this as that parameter, whether or not it must be given."""
    subject, had = case.subject, dict(case.subject.way.named).get(name)
    if had:
        return replace(case, subject=subject.with_role(had, role, name))
    return replace(case, subject=subject.with_argument(name, role))


# Parameters that say what the loss is: two values of each must give two losses.

SMOOTHING = re.compile(
    r"smoothing$|^(label_)?eps(ilon)?$|^ls$|z_?(loss|reg|weight|coeff?)(_|$)"
)
TELLING = (
    (r"^reduction$", str, ("reduction", "summed")),
    (r"smoothing$|^z_?loss", float, ("zero", "smoothed")),
)


def unused(case: Explanation) -> Seen:
    """Those that change nothing; but a smoothing may be for training alone."""
    params, found = parameters_of(case.subject.loss), []
    flags = any(type(one.default) is bool for one in params)
    asked = case.subject.laid("batch")
    required = dict(case.subject.way.named)
    telling = [
        (one.name, roles)
        for one in params
        for words, kind, roles in TELLING
        if re.search(words, one.name) and one.kind is not one.POSITIONAL_ONLY
        if one.name in required or type(one.default) is kind
        if not (flags and kind is float)
    ]
    counts = dict.fromkeys(optional(case.subject.loss, "count"), "count") | required
    telling += [(x, (role, "unit")) for x, role in counts.items() if role in COUNTS]
    for name, roles in telling:
        seen, other = (with_parameter(case, name, role).seen(*asked) for role in roles)
        by_rows = case.subject.way.shape.by_rows
        if not isinstance(seen, Exception) and fits(other, seen) and not by_rows:
            shown = Shown("batch, with two values of it", show(seen), "two losses")
            found.append(Finding.of("parameter-unused", shown, name=name))
    return Seen(found)


def temperatures(case: Explanation) -> Seen:
    """A temperature that need not be given: 2 makes it the loss of logits / 2."""
    asked, found = case.subject.laid("batch"), Seen()
    if case.form != "logits" or "logits" in case.steps:
        return found
    for one in parameters_of(case.subject.loss):
        optional_number = type(one.default) in (int, float) and one.default == 1
        if not optional_number or role_of(one.name) != "unit":
            continue
        at_2 = with_parameter(case.having(TEMPERATURE.of(2)), one.name, "two")
        seen = at_2.seen(*asked)
        if not isinstance(seen, Exception) and fits(seen, case.predicted(*asked)):
            shown = Shown("batch, with 2 for it", show(seen), "another loss")
            found.findings.append(Finding.of("parameter-unused", shown, name=one.name))
        elif not isinstance(seen, Exception):
            where = f"; it shows only where its `{one.name}` is not 1"
            found.findings += shows(
                at_2, "batch", asked, seen=seen, where=where
            ).findings
    return found


# Weights that are not all alike, of tokens or of classes: the loss is their weighted
# mean, or sum. Which of them a parameter is given, by the role that it has.

WEIGHTS = {"weights": "unequal weights", "classes": "unequal weights of classes"}
IN_PLACE_OF = {"mask": ["weights"], EVEN: ["classes"], "inputs": [*WEIGHTS]}
# After a shift the weight is that of the target, or of what predicts it.
AT = {False: (np.s_[...,],), True: (np.s_[..., 1:], np.s_[..., :-1])}


class Use(NamedTuple):
    """A use of weights: by which factor of theirs the losses are multiplied, and by
    whose sum divided: these factors, the weights, ones, both of these, or nothing."""

    fault: Fault | None
    factor: Callable[[Array], Array]
    divisors: tuple[str, ...]


ANY = ("factors", "weights", "ones", "")
PLAIN = Use(BESIDE["weights-unused"], np.ones_like, ("ones", ""))
USES = (
    Use(None, np.copy, ("weights", "")),
    Use(BESIDE["weights-inverted"], np.reciprocal, ANY),
    Use(BESIDE["weights-inverted: 1 − w"], lambda w: 1 - w, ANY),
    Use(BESIDE["weights-squared"], np.square, ANY),
    Use(BESIDE["weights-by-count"], np.copy, ("ones",)),
    Use(DIVIDED_TWICE, np.copy, ("both",)),
    PLAIN,
)


def weights(case: Explanation) -> Seen:
    """What unequal weights show, of each parameter by such a name."""
    subject, way = case.subject, case.subject.way
    roles, found = dict(way.named), {}
    # Where it takes them as a mask, those of tokens; where it is given none, of either.
    named = [x for x in roles.items() if x[1] in IN_PLACE_OF]
    given_none = [*optional(subject.loss, "mask"), *optional(subject.loss, EVEN)]
    named += [(x, "inputs") for x in given_none if x not in roles]
    named = [one for one in named if "weight" in one[0]]
    if case.named("focal"):
        named += [(x, "inputs") for x in optional(subject.loss, "") if x == "alpha"]
    # Not what a library's class takes by itself.
    bodies = [*bodies_of(subject.loss)]
    own = {x.name for one in bodies for x in with_names(one)}
    named = [one for one in named if not bodies or one[0] in own]
    if not named:
        return Seen()
    # What weights do can be said if it is understood without them.
    asked = batches(case, by_number=True)
    plain = [case.predicted(*one) for one in asked]
    keras = {*KERAS} <= {one.name for one in parameters_of(case.subject.loss)}
    alike = any(all(map(fits, plain, x)) for x in expected(case, "weights", PLAIN))
    of_padding = way.left_out and "pad" in way.mask
    understood = alike and not (way.shape.by_rows or way.booleans or of_padding)
    # Of a smoothed loss those of classes weight what is spread over them, too.
    smoothed = any(one.name in SMOOTHS for one in case.faults)
    for name, role in named:
        kinds, every = ["weights"] if smoothed else IN_PLACE_OF[role], []
        for kind in kinds if understood else ():
            answers = [with_parameter(case, name, kind).seen(*one) for one in asked]
            possible: list[Possible] = [
                (use.fault, x) for use in USES for x in expected(case, kind, use)
            ]
            # The caller may say that it is a mask; alpha is divided by the number.
            usual = [PLAIN.fault] if keras or way.told else []
            usual += [BESIDE["weights-by-count"]] if name == "alpha" else []
            possible = [(None if x in usual else x, y) for x, y in possible]
            possible.append((BESIDE["weights-misused"], None))
            every.append(Outcome(WEIGHTS[kind], answers, possible))
        found[name] = every
    return told(found)


def expected(case: Explanation, role: str, use: Use) -> Iterator[list[Array]]:
    """What may come of all batches by this use of weights, which are 0 where nothing is
    scored."""
    for at, divisor in itertools.product(AT["align" in case.steps], use.divisors):
        answers = []
        for o, targets in batches(case, by_number=True):
            losses = replace(case, reduction="none").predicted(o, targets).ravel()
            scored = targets != case.subject.padding
            of_classes = halving((o.shape[-1],))[np.where(scored, targets, 0)]
            w = of_classes if role == "classes" else halving(targets.shape)
            w = (w * scored)[at].ravel()
            if losses.size != w.size:  # some are left out
                return
            factors = np.where(w > 0, use.factor(np.where(w > 0, w, 1)), 0)
            by = {"factors": factors, "weights": w, "ones": w > 0}
            by["both"] = w.sum() * (w > 0)
            each = losses * factors
            if case.reduction != "none":
                each = np.asarray(each.sum() / (by[divisor].sum() if divisor else 1))
            answers.append(each)
        yield answers


def count_beside_sum(case: Explanation) -> Seen:
    """A number beside a sum, by which somebody divides it: that of what is scored."""
    if case.reduction != "sum" or not leaves_out(case):
        return Seen()
    beside = []
    for one in batches(case):
        case.seen(*one)
        every = [x for _, x in parts(case.subject.result)]
        beside.append([as_numbers(x).item() for x in every if size(x) == 1])
    n = case.subject.laid("batch")[1].size
    if by_accident(case) or (n, n) not in zip(*beside, strict=False):
        return Seen()
    shown = Shown.of("batch, one ignored", n, n * 2 // 3)
    return Seen([Finding.of("count-of-places", shown)])


def count_given(case: Explanation) -> Seen:
    """What comes of the number of scored tokens, where it need not be given: the mean,
    or what it gave before. A mean that is divided by it is divided twice."""
    subject, o_t = case.subject, case.subject.laid("batch")
    names = {*optional(subject.loss, "count")} - {*dict(subject.way.named)}
    unasked = subject.way.shape.by_rows or case.reduction == "none"
    mean, before = replace(case, reduction="mean").predicted(*o_t), case.predicted(*o_t)
    found: dict[str, list[Outcome]] = {}
    for name in sorted(names):
        meant = f"its `{name}` is something else"
        twice = replace(DIVIDED_TWICE, may_be_meant=True, right_if=meant)
        found[name] = []
        for role in () if unasked else COUNTS:
            n = EXTRAS[role](np.ones(o_t[1].shape, int), 0)
            answers = [with_parameter(case, name, role).seen(*o_t)]
            possible = [(None, [mean]), (None, [before]), (twice, [mean / n])]
            found[name].append(Outcome(f"batch, {name} given", answers, [*possible]))
    return told(found)


# Smoothing, or a z-loss, that is 0 unless somebody gives more: what 0.1 shows.


def with_smoothing(
    case: Explanation, found: Diagnosis, again: Callable[[Subject], Diagnosis]
) -> Diagnosis:
    """With the faults that it has where its smoothing is 0.1."""
    roles = dict(case.subject.way.named)
    if "smoothed" in roles.values():
        return found  # it is being examined with 0.1
    for one in parameters_of(case.subject.loss):
        off = type(one.default) in (int, float) and one.default == 0
        may_be = SMOOTHING.search(one.name) and one.kind is not one.POSITIONAL_ONLY
        if not may_be or not (off or roles.get(one.name) == "zero"):
            continue
        more = again(with_parameter(case, one.name, "smoothed").subject)
        if not SMOOTHS & {*more.names}:
            continue
        known = ("", "parameter-unused", *found.names)
        new = [
            replace(x, what=f"{x.what}, where its `{one.name}` is 0.1")
            for x in more.findings
            if x.kind == "fault" and x.name not in known
        ]
        found = replace(found, findings=(*found.findings, *new))
    return found
