"""Padding: targets to be left out, by their number, a mask, or lengths.

What is declared, or named by a parameter, is a promise: what breaks it is a fault. A
function that promises nothing is asked the usual numbers; what it does by accident with
a number that no token has is only told.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .explanation import Explanation, fits
from .faults import BESIDE, Fault, by_name
from .faults.batch_and_alignment import ACROSS, PROMPTS, SHIFTED, UNUSED
from .faults.ignored import EXTRA_TERMS, TOKEN_IGNORED, TOO_FAR
from .faults.reduction import IN_DIVISOR, MASKED_LOGITS
from .hypotheses import IDS, IN_PADDING, IN_SEQUENCES
from .outputs import Answer, is_finite, is_overflow, refused
from .probes import PADDED, SEQUENCES, TOKENS
from .reference import IGNORED, Array
from .report import Finding, Seen, Shown, number, show
from .rows import shows, unknown
from .signature import LENGTHS, TEXTS, begins, optional, parameters_of
from .subject import OF_AXIS

USUAL = (IGNORED, -1)
OTHERS = (-1, 2)  # what a parameter is given in place of its default
VOID = 255  # what no class is, in images of bytes
WIDEST, MOST = 2**18, 2**31  # a vocabulary; an id
LARGER = 20
AT_ALL = [*IN_PADDING, *EXTRA_TERMS, *MASKED_LOGITS]
PER_SEQUENCE = {one.name for one in IN_SEQUENCES if one.shows_in == "sequences"}
[OF_MEANS] = by_name("mean-of-means")
OF_DOCUMENTS = replace(
    OF_MEANS,
    what="a mean of the documents’ means",
    right_if="each document is meant to count equally",
)
BY_ALL = "padded-length"  # which is right of weights
# Names of weights of classes; of what is 1 at the tokens to score; of what is 1 at all
# that is no padding; of what is 1 at what is left out; and of what surely is.
OF_CLASSES = r"^weight$|(class|pos)_?weight"
OF_TARGETS = r"label|target|response|assistant|completion|answer|att(entio)?n"
OF_TOKENS = r"^(attention|loss|response|completion|assistant)_masks?$"
OF_PADDING = r"pad|ignore|invalid|prompt"
OF_OTHERS = r"key_padding_mask|prompt_mask"
ALONE = "; it shows only where targets are ignored"
UNKNOWN = "leave out the targets that are padding"


def padding(case: Explanation, axis: int | None, numbers: Sequence[int]) -> Seen:
    """What padded sequences show, by the first of these numbers that it takes, or by a
    mask or lengths that need not be given."""
    way, token = case.subject.way, case.named(TOKEN_IGNORED.name)
    if way.has(LENGTHS) and axis is None:
        return Seen()
    if way.has(["documents"]) and not (way.left_out_by_argument or promised(case)):
        apart = replace(case, subject=case.subject.by(apart=True))
        seen = padded(apart, axis, IGNORED)
        if doubt(seen) < 2:
            return replace(seen, explanation=apart)
    if token and token.size is not None and not way.left_out_by_argument:
        said = numbers[:1] if promised(case) else []
        if all(doubt(padded(ignoring(case, x), axis, x)) > 1 for x in said):
            seen = of_numbers(case.without(token), axis, [int(token.size)])
            other = BESIDE["padding-scored: other number"].of(token.size)
            found = [*seen.findings, *(Finding.of(other) for _ in said)]
            return replace(seen, findings=found, explanation=None)
    return of_numbers(case, axis, numbers)


def promised(case: Explanation) -> bool:
    """Whether the caller, a parameter, or an attribute says what padding is."""
    subject = case.subject
    return subject.declared or bool(subject.own) or subject.way.promises_padding


def of_numbers(case: Explanation, axis: int | None, numbers: Sequence[int]) -> Seen:
    """The same, of a token that may be padding, or of numbers that no token has."""
    masked = of_mask(case, axis)
    if not numbers:
        return masked if masked.findings else replace(masked, explanation=None)
    # Of these, and of those that it keeps where nobody says which, one that is left
    # out; else one that is left out, and counted; else the first. Of losses for each
    # token the caller leaves it out.
    asked = list(numbers[:1] if case.reduction == "none" else numbers)
    if len(asked) > 1 and not keeps_usual(case):  # rows have shown those of IDS
        held = {VOID, *case.subject.held} - {*USUAL, *IDS}
        asked += sorted(x for x in held if abs(x) < MOST)
    every: list[tuple[int, Seen]] = []
    for one in asked:
        every.append((one, padded(ignoring(case, one), axis, one)))
        if not doubt(every[-1][1]):
            break
    one, seen = min(every, key=lambda one: min(doubt(one[1]), 2))
    as_usual, other = one == numbers[0], case.subject.ignoring(one)
    explanation = None if as_usual else replace(case, subject=other)
    if seen == Seen():
        says = f"Leaves out targets of {number(one)}, as padding"
        more = other_number(case, axis) if as_usual else Seen(notes=[says])
        masked = replace(masked, explanation=explanation)
        masked.findings += more.findings
        masked.notes += more.notes
        return masked
    if masked.explanation and not case.subject.declared:
        return masked
    seen.not_tried += masked.not_tried
    return replace(seen, explanation=explanation or seen.explanation)


def ignoring(case: Explanation, one: int) -> Explanation:
    return replace(case, subject=case.subject.ignoring(one))


def keeps_usual(case: Explanation) -> bool:
    return IGNORED in case.subject.held


def doubt(seen: Seen) -> int:
    """0 where padding is left out, 1 where it is counted all the same, 2 where it is
    not by another known fault, 3 where nothing is known, or nothing left out."""
    names = names_of(seen.findings)
    if not names or names & {"", "padding-scored"}:
        return 0 if seen == Seen() else 3
    return 1 if names <= PER_SEQUENCE | {BY_ALL} else 2


def names_of(found: Sequence[Finding]) -> set[str]:
    return {one.name for one in found}


def other_number(case: Explanation, axis: int | None) -> Seen:
    """A parameter such as ignore_index=-100 must work with another number, too: of one
    that no token has and one that some have, neither PyTorch's, one is left out."""
    name = case.subject.own
    held = {one.name: one.default for one in parameters_of(case.subject.loss)}
    way = case.subject.way
    asked = held.get(name) == case.subject.ignored and name not in dict(way.named)
    if not asked or way.left_out_by_argument:
        return Seen()
    for other in {*OTHERS} - {case.subject.ignored}:
        given = case.subject.with_argument(name, "ignored").ignoring(other)
        if padded(replace(case, subject=given), axis, other) == Seen():
            return Seen()
    return Seen([Finding.of("padding-parameter-unused", name=name)])


def of_mask(case: Explanation, axis: int | None) -> Seen:
    """What the first parameter shows that is one, which its explanation then has: with
    it padding is left out, or a known fault shows."""
    loss, found = case.subject.loss, Seen()
    if case.subject.way.left_out_by_argument:
        return found
    names = [one for one in optional(loss, "mask") if not re.search(OF_CLASSES, one)]
    given, both = case.subject.with_argument, (False, True)
    subjects = [
        given(name, "mask", left_out=left_out, booleans=booleans)
        for name, left_out, booleans in itertools.product(names, both, both)
    ]
    if axis is not None:
        lengths = itertools.product(optional(loss, "lengths"), LENGTHS)
        subjects += [given(*one, shape=OF_AXIS[axis]) for one in lengths]
    o, targets = probe(axis, "at the end", IGNORED)
    for subject in subjects:
        masked = replace(case, subject=subject)
        if not masked.fits(o, TOKENS.reshape(targets.shape), axis=axis):
            continue  # it changes what is scored, where all is
        seen = padded(masked, axis, IGNORED)
        if doubt(seen) > 2:
            continue
        by_all = names_of(seen.findings) == {BY_ALL}
        by_weights = by_all and "weight" in subject.way.mask
        if not (seen.findings and (by_weights or found.explanation)):
            found = replace(seen, explanation=seen.explanation or masked)
        if not seen.findings:
            return found
    if not found.explanation:
        tried = "its `{0}`; if it is a mask, say mask='{0}'"
        found.not_tried += [tried.format(x) for x in names if "weight" not in x]
    return found


def padded(case: Explanation, axis: int | None, ignored: int) -> Seen:
    """What padding shows by one number, or by its mask.

    As it is given, or in another way if that is understood: lengths may be shares, and
    a mask one to add; after a shift, a mask may be that of the places that predict. A
    mask that is declared, or whose name says what it is, must not be the other way
    round.
    """
    seen, subject, way = of_places(case, axis, ignored), case.subject, case.subject.way
    others = [subject.with_role("lengths", "shares")] * way.has(LENGTHS)
    if way.mask_role:
        additive = [subject.with_role(way.mask_role, "additive")]
        others = additive * ("weight" not in way.mask)
        others += [subject.by(ahead=True)] * ("align" in case.steps)
    for other in others if doubt(seen) > 2 else ():
        again = replace(case, subject=other)
        found = of_places(again, axis, ignored)
        if doubt(found) > 1:
            continue
        if other.way.ahead:
            ahead, of_target = BESIDE["mask-ahead"], re.search(OF_TARGETS, way.mask)
            if (SHIFTED in case.declared and way.told) or of_target:
                ahead = replace(ahead, kind="fault", may_be_meant=True)
            shown = [x for one in seen.findings[:1] for x in one.shown]
            found.findings.insert(0, Finding.of(ahead, *shown))
        seen = replace(found, explanation=again)
        break
    of_tokens = re.search(OF_TOKENS, way.mask) or (
        way.told and not re.search(OF_PADDING, way.mask)
    )
    wrong = of_tokens if way.left_out else re.search(OF_OTHERS, way.mask)
    if not wrong or seen.notes:
        return seen
    name = "mask-inverted" + ": 1 at padding" * (not way.left_out)
    return replace(seen, findings=[Finding.of(name, name=way.mask), *seen.findings])


def of_places(case: Explanation, axis: int | None, ignored: int) -> Seen:
    """What padding shows at the end, at the start and in between."""
    way = case.subject.way
    V, few = 0, of_few(case, axis)
    if isinstance(few, Exception) and 0 <= ignored < WIDEST:
        V = ignored + 2  # so that the padding is an id
        few = of_few(case, axis, V)
    raises = isinstance(few, Exception) and not is_overflow(few)
    void = case.reduction != "none" and not is_finite(few)
    if (raises or void) and (refused(few) or not promised(case)):
        gives = f"raises {type(few).__name__}" if raises else f"gives {show(few)}"
        return knows_none(case, ignored, gives)
    if raises:
        shown = Shown("4 tokens, one ignored", show(few), "a loss")
        return Seen([Finding.of("padding-raises", shown, name=number(ignored))])
    told = Seen()
    argument = way.mask or next((x for x, role in way.named if role in LENGTHS), "")
    for place in [*PADDED][: 1 if way.has(LENGTHS) or way.apart else None]:
        o, targets = probe(axis, place, ignored, V)
        answer = scored_alone(case.seen(o, targets, axis=axis), case, targets)
        name = f"three sequences, padding {place}"
        known = in_padding(case, axis)
        told = shows(case, name, (o, targets), known, answer, True, ALONE, argument)
        if told.notes:  # it refuses them
            return told
        if not told.findings:
            continue
        [shown] = told.findings[0].shown
        if place != "at the end":
            told = Seen([Finding.of("padding-by-place", shown)])
        elif void:
            return Seen([Finding.of("padding-not-a-number", shown)])
        elif not means_padding(case, told.findings):
            gives = f"gives {shown.seen}, not {shown.expected}"
            return knows_none(case, ignored, gives)
        break
    found = told.findings
    if ignored < 0 and not promised(case):
        mask = f"its `{way.mask}` is no mask" if way.mask else ""
        none = mask or f"{number(ignored)} is no padding"
        none = f"; if {none}, say ignore_index=None"
        found = [replace(x, fix=(x.fix or UNKNOWN) + none) for x in told.findings]
    if axis is not None and names_of(found) <= PER_SEQUENCE and not way.apart:
        found += empty_sequence(told.explanation or case, axis, ignored, V)
    return Seen(found)


def empty_sequence(case: Explanation, axis: int, ignored: int, V: int) -> list[Finding]:
    """What padding shows if a sequence has nothing else: no number, and no error that
    says so, or another number than that of the other sequences."""
    o, targets = probe(axis, "at the end", ignored, V)
    targets = np.where(np.arange(len(TOKENS))[:, np.newaxis] == 1, ignored, targets)
    seen = scored_alone(case.seen(o, targets, axis=axis), case, targets)
    if isinstance(seen, Exception) and not is_overflow(seen):
        return []
    void = not np.isfinite(case.predicted(o, targets)).all()
    if is_finite(seen) and (void or case.fits_answer(seen, o, targets)):
        return []
    shown = Shown("three sequences, one empty", show(seen), "a number")
    return [Finding.of("empty-sequence", shown)]


def in_padding(case: Explanation, axis: int | None) -> list[Fault]:
    """What padding shows, by a number or by what is given in its place; of sequences,
    what those of one length don't show, such as a mean of means."""
    way, right = case.subject.way, case.predicted(SEQUENCES, TOKENS)
    hidden = [
        x
        for x in (IN_SEQUENCES if axis is not None else ())
        if fits(case.having(x).predicted(SEQUENCES, TOKENS), right)
    ]
    if not (way.mask_role or way.has(LENGTHS)):
        return AT_ALL + hidden
    given = [UNUSED, IN_DIVISOR, *(() if way.mask_role else TOO_FAR)]
    return given + [one for one in AT_ALL if one.step != "ignore"] + hidden


def documents(case: Explanation, axis: int | None) -> Seen:
    """What prompts, or several documents in a sequence, show of a function that is told
    where they end: a shift must not pair one document with the next."""
    names = case.subject.way.names
    role = next((one for one in TEXTS if one in names), "")
    prompts, shifts = role == "prompts", "align" in case.steps
    if not role or case.reduction == "none":
        return Seen()
    if not (prompts or shifts):
        return unlike(case, None if role == "bounds" else axis)
    known = PROMPTS if prompts else (ACROSS, *AT_ALL)
    if role == "positions":  # a model needs them
        known = (replace(ACROSS, kind="convention"), *known[1:])
    given = probe(axis, "at the start" if prompts else "in between", IGNORED)
    apart = replace(case, subject=case.subject.ignoring(IGNORED).by(apart=True))
    what = f"three sequences with {'prompts' if prompts else 'documents'}"
    return shows(apart, what, given, known, argument=names[role])


def unlike(case: Explanation, axis: int | None) -> Seen:
    """What documents of 1 to 6 tokens show where nothing is shifted: all tokens count,
    or all but those with which a document begins."""
    o, marked = probe(axis, "in between", IGNORED)
    begun = begins(marked != IGNORED)
    targets = np.where(marked == IGNORED, o.shape[-1] // 2, marked)
    apart = replace(case, subject=case.subject.ignoring(IGNORED).by(apart=True))
    seen, right = apart.seen(o, marked, axis=axis), case.predicted(o, targets)
    others = np.where(begun, IGNORED, targets), marked
    known = [right, *(case.predicted(o, x) for x in others)]
    if isinstance(seen, Exception) or any(fits(seen, x) for x in known):
        return Seen()
    losses = replace(case, reduction="none").predicted(o, targets).ravel()
    some = losses.min(), losses.max() if case.reduction == "mean" else losses.sum()
    if not some[0] <= seen.sum() <= some[1]:  # of no choice of tokens: a factor
        return Seen()
    starts = np.flatnonzero(begun.ravel())
    each = np.add.reduceat(losses, starts) / np.diff([*starts, losses.size])
    name = "three sequences with documents"
    found = unknown(case, name, seen, right, "; it shows only with several documents")
    if fits(seen, each.mean()):
        found = Finding.of(OF_DOCUMENTS, *found.shown)
    return Seen([found])


def of_few(case: Explanation, axis: int | None, V: int = 0) -> Answer:
    """What it gives of four tokens and padding: with many, NumPy would read −100 from
    the end."""
    given = probe(axis, "at the end", case.subject.padding, V, few=4)
    return case.seen(*given, axis=axis)


def probe(
    axis: int | None, place: str, ignored: int, V: int = 0, few: int = 128
) -> tuple[Array, Array]:
    """Three sequences, or their tokens in a row, with padding at such a place.

    Where targets are padding, all logits are larger: no softmax knows, but a z-loss
    over padding, however small its part, shows. Tokens beside these are not likely.
    """
    there = PADDED[place] < 0
    o = (SEQUENCES + np.where(there, LARGER, 0)[..., np.newaxis])[..., :few]
    o = np.pad(o, ((0, 0), (0, 0), (0, max(V - few, 0))), constant_values=-30.0)
    targets = np.where(there, ignored, PADDED[place] % few)
    if axis is None:  # their tokens in a row
        return o.reshape(-1, o.shape[-1]), targets.ravel()
    return o, targets


def scored_alone(answer: Answer, case: Explanation, targets: Array) -> Answer:
    """Of losses for each token those that are scored: the others are the caller's."""
    if case.reduction != "none" or isinstance(answer, Exception):
        return answer
    for fault in [one for one in case.all_faults if one.step == "align"][-1:]:
        _, targets = fault.does(np.empty((*targets.shape, 0)), targets)
    if answer.size != targets.size:
        return answer
    return np.where(targets.ravel() != case.subject.ignored, answer.ravel(), 0)


def means_padding(case: Explanation, found: list[Finding]) -> bool:
    """Whether it promises to leave padding out, or by what it does knows it."""
    names, way = names_of(found), case.subject.way
    if by_accident(case) and names <= {BY_ALL, EXTRA_TERMS[0].name, ""}:
        return False
    sure = promised(case) or keeps_usual(case) or way.mask_role == "mask"
    if sure or case.subject.padding not in USUAL or names & PER_SEQUENCE:
        return True
    # PyTorch's own loss raises of −1, and leaves the zeros of −100 to the caller.
    other = case.seen(*case.subject.with_targets(0, -1, 0))
    own = way.framework.name == "PyTorch" and not isinstance(other, Exception)
    counted = set() if own or way.framework.name == "NumPy" else {BY_ALL}
    return not names & ({"padding-scored", ""} | counted)


def by_accident(case: Explanation) -> bool:
    """Whether padding is to it like any number that no token has: a one-hot row of both
    is zeros."""
    subject = case.subject
    if subject.declared or subject.own or subject.way.mask_role or keeps_usual(case):
        return False
    two = (subject.with_targets(0, one, 0) for one in (4, subject.padding))
    outside, ignored = (case.seen(*one) for one in two)
    return not isinstance(ignored, Exception) and fits(outside, ignored)


def knows_none(case: Explanation, ignored: int, gives: str) -> Seen:
    """A note, with the words in which the caller says otherwise."""
    asked = f"with targets of {number(ignored)} it {gives}"
    note = f"Knows no padding: {asked}. If it has padding, say ignore_index=…"
    none = replace(case, subject=case.subject.ignoring(None))
    return Seen(notes=[note], explanation=none)
