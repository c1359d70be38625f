"""What further parameters promise: weights, counts, documents, flags, smoothing.

Each is given something that tells: weights that are not all alike, more than one
document, a flag turned, a smoothing of 0.1.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from .explanation import Explanation, fits
from .faults import LOSS_FAULTS, Fault, by_name, promises, room_in_words
from .outputs import Answer, as_numbers, parts, size
from .padding import by_accident, is_counted, padded, padding
from .probes import DOCUMENTS, PROBES, SEQUENCES, TOKENS
from .reference import IGNORED, Array
from .report import Diagnosis, Finding, Seen, Shown, show
from .rows import shows
from .search import IN_PADDING
from .signature import (
    COUNTS,
    EVEN,
    EXTRAS,
    KERAS,
    PACKED,
    PLACES,
    halving,
    optional,
    parameters_of,
)
from .subject import REDUCTIONS, Subject


def leaves_out(case: Explanation) -> bool:
    """Whether an ignored target is left out, as from the loss."""
    if case.subject.ignored is None or case.subject.way.shape.by_rows:
        return False
    o, _ = PROBES["batch"]
    return case.fits(*case.subject.rows(o, np.array([3, case.subject.ignored, 2])))


def batches(case: Explanation, padded: bool) -> list[tuple[Array, Array]]:
    """Three rows; and these again with one of them padding, if that is asked for."""
    o, targets = PROBES["batch"]
    some = np.array([3, case.subject.padding, 2])
    return [case.subject.rows(o, x) for x in ([targets, some] if padded else [targets])]


def as_one_gives_it(name: str, value: str = "…") -> str:
    """That it is not tried, and how to have it tried."""
    return (
        f"its `{name}`; to have it tried, give it: lambda o, t: f(o, t, {name}={value})"
    )


# Weights that are not all alike, of tokens or of classes: the loss is their weighted
# mean, or sum.

GIVEN = {"weights": "unequal weights", "classes": "unequal weights of classes"}
KINDS = {"mask": ["weights"], EVEN: ["classes"], "inputs": [*GIVEN]}
# After a shift the weight is that of the target, or of what predicts it.
AT = {False: (np.s_[...,],), True: (np.s_[..., 1:], np.s_[..., :-1])}
Results = Callable[[Array, Array], list[Array]]  # of losses and their weights


def weights(case: Explanation) -> Seen:
    """What unequal weights show, of each parameter by such a name."""
    seen = Seen()
    for name, given in with_weights(case.subject):
        answers = {role: asked(case, one) for role, one in given.items()}
        understood = can_be_told(case)
        taken = [x for x in answers if understood and are_numbers(answers[x])]
        if not taken:
            as_mask = "weights" in given and len(given) == 1
            line = f"its `{name}`, but as a mask: weights that are not all alike"
            seen.not_tried.append(line if as_mask else as_one_gives_it(name))
        elif any(explain(case, x, answers[x], right) for x in taken):
            seen.withdrawn += (f"its `{name}`",)
        elif not over_all(case, given[taken[0]]):
            seen.withdrawn += (f"its `{name}`",)
            found = misused(case, name, taken, answers)
            # Keras hands them over, and the caller may say that it is a mask.
            keras = {*KERAS} <= {one.name for one in parameters_of(case.subject.loss)}
            if (
                not (keras or case.subject.way.told)
                or found.name != promises.WEIGHTS_UNUSED.name
            ):
                seen.findings.append(found)
    return seen


def with_weights(subject: Subject) -> Iterator[tuple[str, dict[str, Subject]]]:
    """The subject given them by each such name: where it takes them as a mask, those of
    tokens; where it is given none, of either."""
    roles = dict(subject.way.named)
    for name, role in roles.items():
        if "weight" in name and role in KINDS:
            kinds = KINDS[role]
            yield name, {kind: subject.with_role(role, kind, name) for kind in kinds}
    for name in (*optional(subject.loss, "mask"), *optional(subject.loss, EVEN)):
        if name not in roles and "weight" in name:
            yield name, {kind: subject.with_argument(name, kind) for kind in GIVEN}


def asked(case: Explanation, given: Subject) -> list[Answer]:
    return [replace(case, subject=given).seen(*one) for one in weighted_batches(case)]


def weighted_batches(case: Explanation) -> list[tuple[Array, Array]]:
    """Three rows; and one of them padding, where that is left out by its number."""
    by_number = leaves_out(case) and not case.subject.way.left_out_by_argument
    return batches(case, padded=by_number)


def are_numbers(answers: Sequence[Answer]) -> bool:
    return not any(isinstance(one, Exception) for one in answers)


def can_be_told(case: Explanation) -> bool:
    """Whether what weights do to it can be said: without them it is understood."""
    way = case.subject.way
    of_padding = way.left_out and "pad" in way.mask
    if way.shape.by_rows or way.booleans or of_padding:
        return False
    unweighted = [case.right(*one) for one in weighted_batches(case)]
    return explain(case, "weights", unweighted, plain)


def explain(
    case: Explanation, role: str, answers: Sequence[Answer], results: Results
) -> bool:
    """Whether one of these results is all that it gives."""
    return any(
        all(map(fits, answers, one))
        for at in AT["align" in case.steps]
        for one in zip(*expected(case, role, at, results), strict=True)
    )


def expected(
    case: Explanation, role: str, at: tuple[object, ...], results: Results
) -> Iterator[list[Array]]:
    """Of each batch what comes of its losses and weights, 0 where nothing is scored."""
    for o, targets in weighted_batches(case):
        losses = replace(case, reduction="none").right(o, targets).ravel()
        scored = targets != case.subject.padding
        of_classes = halving((o.shape[-1],))[np.where(scored, targets, 0)]
        w = of_classes if role == "classes" else halving(targets.shape)
        w = (w * scored)[at].ravel()
        if losses.size != w.size:  # some are left out
            yield [np.asarray(np.nan)]
        elif case.reduction == "none":
            yield results(losses, w)[-1:]
        else:
            yield [np.asarray(one.sum()) for one in results(losses, w)]


def by(factor: Callable[[Array], Array], losses: Array, w: Array) -> list[Array]:
    """The losses times a factor of their weights, divided by whatever, or not."""
    times = np.where(w > 0, factor(np.where(w > 0, w, 1)), 0)
    each = losses * times
    return [each / times.sum(), each / w.sum(), each / (w > 0).sum(), each]


def right(losses: Array, w: Array) -> list[Array]:
    return [losses * w / w.sum(), losses * w]


def plain(losses: Array, w: Array) -> list[Array]:
    return [losses / (w > 0).sum(), losses]


def by_count(losses: Array, w: Array) -> list[Array]:
    return [losses * w / (w > 0).sum()]


MISUSES: tuple[tuple[Fault, Results], ...] = (
    (promises.DIVIDED_BY_WEIGHTS, partial(by, lambda w: 1 / w)),
    (promises.ONE_MINUS_WEIGHTS, partial(by, lambda w: 1 - w)),
    (promises.WEIGHTS_SQUARED, partial(by, np.square)),
    (promises.WEIGHTS_BY_COUNT, by_count),
    (promises.WEIGHTS_UNUSED, plain),
)


def misused(
    case: Explanation, name: str, taken: list[str], answers: dict[str, list[Answer]]
) -> Finding:
    """The known misuse of weights that this is, or that it is one."""
    for fault, results in MISUSES:
        for role in taken:
            if explain(case, role, answers[role], results):
                return told(case, fault, name, role, answers)
    return told(case, promises.WEIGHTS_MISUSED, name, taken[0], answers)


def told(
    case: Explanation,
    fault: Fault,
    name: str,
    role: str,
    answers: dict[str, list[Answer]],
) -> Finding:
    at = AT["align" in case.steps][0]
    mean = next(expected(case, role, at, right))[0]
    shown = Shown.of(GIVEN[role], answers[role][0], mean)
    return Finding.of(fault, shown, name=name)


def over_all(case: Explanation, given: Subject) -> bool:
    """Whether it is the mean over all places, those of weight 0 among them, which
    padding shows, too, where weights are taken as a mask."""
    if case.subject.way.mask_role != "mask":
        return False
    o, targets = case.subject.rows(*PROBES["batch"])
    zeroed = given.with_role("weights", "zeroed")
    seen = replace(case, subject=zeroed).seen(o, targets)
    losses = replace(case, reduction="none").right(o, targets)
    w = halving(targets.shape, zeros=1)
    return w.shape == losses.shape and fits(seen, np.asarray((losses * w).mean()))


# The number of scored tokens: beside a sum, or given.


def count_beside_sum(case: Explanation) -> Seen:
    """A number beside a sum, by which somebody divides it: that of what is scored."""
    way = case.subject.way
    no_number = way.one_hot and not way.left_out_by_argument
    if case.reduction != "sum" or no_number or not leaves_out(case):
        return Seen()
    o, targets = PROBES["batch"]
    some = np.array([3, case.subject.ignored, 2])
    n = case.subject.rows(o, targets)[1].size
    both = zip(*(numbers_beside(case, o, x) for x in (targets, some)), strict=False)
    if by_accident(case) or (n, n) not in both:
        return Seen()
    return Seen(
        [
            Finding.of(
                promises.ALL_COUNTED, Shown.of("batch, one ignored", n, n * 2 // 3)
            )
        ]
    )


def numbers_beside(case: Explanation, o: Array, targets: Array) -> list[float]:
    """Those of its result."""
    case.seen(*case.subject.rows(o, targets))
    found = (one for _, one in parts(case.subject.result))
    return [as_numbers(one).item() for one in found if size(one) == 1]


def count_given(case: Explanation) -> Seen:
    """What comes of the number of scored tokens, where it need not be given: the mean,
    or what it gave before. A mean that is divided by it is divided twice."""
    taken = {name for name, _ in case.subject.way.named}
    named = optional(case.subject.loss, "count")
    names = [name for name in named if name not in taken]
    if case.subject.way.shape.by_rows or case.reduction == "none":
        return Seen(not_tried=[as_one_gives_it(name) for name in names])
    seen = Seen()
    [twice, *_] = by_name("divided-twice")
    for name in names:
        given = [with_count(case, name, role) for role in COUNTS]
        if any(fits(one, x) for one, *right in given for x in right[:2]):
            continue
        wrong = [one for one in given if fits(one[0], one[3])]
        if not wrong:
            seen.not_tried.append(as_one_gives_it(name))
        for answer, right, *_ in wrong[:1]:
            shown = Shown.of(f"batch, {name} given", answer, right)
            meant = f"its `{name}` is something else"
            fault = replace(twice, may_be_meant=True, right_if=meant)
            seen.findings.append(Finding.of(fault, shown))
    return seen


def with_count(
    case: Explanation, name: str, role: str
) -> tuple[Answer, Array, Array, Array]:
    """What it gives then, the mean, what it should give without, and the mean by it."""
    o, targets = case.subject.rows(*PROBES["batch"])
    counted = replace(case, subject=case.subject.with_argument(name, role))
    mean = replace(case, reduction="mean").right(o, targets)
    n = EXTRAS[role](np.ones(targets.shape, int), targets, 0)
    return counted.seen(o, targets), mean, case.right(o, targets), mean / n


# Flags: each is turned once.


def flags(case: Explanation) -> Seen:
    """Those with which it is another loss, or writes into its arguments."""
    if not (found := [*turned(case)]):
        return Seen()
    names = " and ".join(f"`{name}={value}`" for name, value in found)
    [(name, value), *_] = found
    line = as_one_gives_it(name, str(value)).replace(f"`{name}`", names, 1)
    return Seen(not_tried=[line])


def turned(case: Explanation) -> Iterator[tuple[str, bool]]:
    for one in parameters_of(case.subject.loss):
        if type(one.default) is bool and one.kind is not one.POSITIONAL_ONLY:
            given = partial(case.subject.loss, **{one.name: not one.default})
            if is_another(case, case.subject.with_loss(given)):
                yield one.name, not one.default


def is_another(case: Explanation, other: Subject) -> bool:
    """Whether it gives another loss of rows, or of padding where that is left out; the
    mean, the sum and each token's are one loss."""
    for given in batches(case, padded=leaves_out(case)):
        seen = other.ask(*given, case.kind)
        alike = (
            replace(case, reduction=x).right(*given) for x in ("none", *REDUCTIONS)
        )
        if not any(fits(seen, one) for one in alike):
            return True
    return bool(other.changed - case.subject.changed)


# Smoothing, or a z-loss, that is 0 unless somebody gives more: what 0.1 shows.

SMOOTHING = re.compile(
    r"smoothing$|^(label_)?eps(ilon)?$|^ls$|z_?(loss|reg|weight|coeff?)(_|$)"
)
OF_0_1 = ("smoothing", "smoothing-others", "z-loss", "floor")
SMOOTHS = {"z-loss", *(x.name for x in LOSS_FAULTS if x.name.startswith("smoothing"))}


def with_smoothing(
    case: Explanation, found: Diagnosis, again: Callable[[Subject], Diagnosis]
) -> Diagnosis:
    """With the faults that it has where its smoothing is 0.1; an epsilon that smooths
    nothing is not tried."""
    for name, other in given_0_1(case.subject):
        if not is_odd(case, other):
            continue
        seen = again(other)
        new = [
            replace(one, what=f"{one.what}, where its `{name}` is 0.1")
            for one in seen.findings
            if one.kind == "fault" and one.name not in ("", *found.names, *OF_0_1)
        ]
        new *= bool(SMOOTHS & {*seen.names})
        line = as_one_gives_it(name, "0.1")
        found = replace(
            found,
            findings=(*found.findings, *new),
            not_tried=(*found.not_tried, *(() if new else (line,))),
        )
    return found


def given_0_1(subject: Subject) -> Iterator[tuple[str, Subject]]:
    """Where it need not be given, or was given 0."""
    roles = dict(subject.way.named)
    if "smoothed" in roles.values():
        return  # it is being examined with 0.1
    for one in parameters_of(subject.loss):
        if not SMOOTHING.search(one.name) or one.kind is one.POSITIONAL_ONLY:
            continue
        if roles.get(one.name) == "zero":
            yield one.name, subject.with_role("zero", "smoothed", one.name)
        elif type(one.default) in (int, float) and one.default == 0:
            yield one.name, subject.with_argument(one.name, "smoothed")


def is_odd(case: Explanation, subject: Subject) -> bool:
    """Whether what it gives is of no known smoothing, nor held above so much."""
    asked = batches(case, padded=leaves_out(case))
    given = replace(case, subject=subject)
    seen = [given.seen(*one) for one in asked]
    known = (one.of(0.1) for one in LOSS_FAULTS if one.name in OF_0_1)
    return not any(
        all(fits(x, as_one.right(*one)) for x, one in zip(seen, asked, strict=True))
        for as_one in map(case.having, known)
        if len({one.step for one in as_one.faults}) == len(as_one.faults)
    )


# Documents in a sequence: the first target of one is not predicted by another.

IN_DOCUMENTS = "three sequences of documents"
ONE = {"prompts": "prompts", **dict.fromkeys(PLACES, "fewer places")}
NOTHING = (
    "Several documents, by {}, change nothing: of " + IN_DOCUMENTS + " it gives {}, "
    f"not {{}}; the first token of one is scored, predicted by another "
    f"({room_in_words(3)})"
)


def documents(case: Explanation, axis: int | None) -> Seen:
    """What several documents show, of a function that is told where each token is."""
    told = case.subject.way.named
    named = {role: name for name, role in told if role in PACKED}
    if not named:
        prompts_of = [name for name, role in told if role == "prompts"]
        if prompts_of and axis is not None:
            return prompts(case, axis, prompts_of[0])
        ones = (f"{ONE[role]}, by its `{name}`" for name, role in told if role in ONE)
        return Seen(not_tried=[*ones])
    o, t, given = packed(axis)
    seen = replace(case, subject=case.subject.in_documents(given)).seen(o, t, axis)
    first = np.diff(given, prepend=given[..., :1]) != 0
    each, apart, before = (
        case.right(o, np.where(left_out, IGNORED, t))
        for left_out in (False, first, np.roll(first, -1, axis=-1))
    )
    shifts = "align" in case.steps and case.reduction != "none"
    if fits(seen, apart) or (not shifts and (fits(seen, each) or fits(seen, before))):
        return Seen()
    names = " and ".join(f"its `{name}`" for name in named.values())
    if shifts and fits(seen, each):  # what a model needs may be no word to its loss
        if "positions" not in named:
            shown = Shown.of(IN_DOCUMENTS, seen, apart)
            return Seen([Finding.of(promises.ACROSS_DOCUMENTS, shown)])
        return Seen(notes=[NOTHING.format(names, show(seen), show(apart))])
    if shifts and not isinstance(seen, Exception) and "bounds" not in named:
        where = "; it shows only where documents are several"
        targets = np.where(first, IGNORED, t)
        return shows(case, IN_DOCUMENTS, seen, o, targets, IN_PADDING, False, where)
    return Seen(not_tried=[f"more than one document, by {names}"])


def prompts(case: Explanation, axis: int, name: str) -> Seen:
    """What prompts of unequal lengths show: their tokens are not to be scored."""
    at, lengths = np.arange(TOKENS.shape[1]), np.array([[1], [0], [3]])
    given = case.subject.in_documents(1 * (at >= lengths))
    seen = replace(case, subject=given).seen(SEQUENCES, TOKENS, axis)
    each, apart, before, after = (
        case.right(SEQUENCES, np.where(at < n, IGNORED, TOKENS))
        for n in (0, lengths, lengths - 1, lengths + 1)
    )
    if fits(seen, apart):
        return Seen()
    shown = Shown.of("three sequences with prompts", seen, apart)
    for fault, wrong in (
        (promises.PROMPT_SCORED, each),
        (promises.PROMPT_TOO_SHORT, before),
        (promises.PROMPT_TOO_LONG, after),
    ):
        if fits(seen, wrong):
            return Seen([Finding.of(fault, shown, name=name)])
    return Seen(not_tried=[f"prompts, by its `{name}`"])


def packed(axis: int | None) -> tuple[Array, Array, Array]:
    """Logits, targets and documents; for a function of rows, all in a row."""
    if axis is not None:
        return SEQUENCES, TOKENS, DOCUMENTS
    begins = np.diff(DOCUMENTS, prepend=0) != 0
    rows = SEQUENCES.reshape(-1, SEQUENCES.shape[-1])
    return rows, TOKENS.ravel(), np.cumsum(begins.ravel())


def padding_of_documents(
    case: Explanation, axis: int | None, ignored: Sequence[int]
) -> Seen:
    """What padded sequences show: document 0 is padding; or all are in one, and a
    number is."""
    seen = padded(case, axis, IGNORED)
    if seen and (seen == Seen() or is_counted(seen)):
        return seen
    one = replace(case, subject=case.subject.with_role("documents", "document"))
    seen = padding(one, axis, ignored)
    return replace(seen, explanation=seen.explanation or one)
