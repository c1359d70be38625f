"""Padding: targets to be left out, by their number, a mask, lengths, or documents.

What is declared, or named by a parameter, is a promise: what breaks it is a fault. A
function that promises nothing is asked the usual numbers; what it does by accident with
a number that no token has is only told.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from .behavior import is_same
from .explanation import Explanation, fits
from .faults import Fault, promises
from .faults.batch_and_alignment import SHIFTED
from .faults.ignored import EXTRA_TERMS, PADDING_BY_PLACE, TOKEN_IGNORED
from .outputs import Answer, is_finite, is_overflow, refused
from .probes import PADDED, PROBES, SEQUENCES, TOKENS
from .reference import IGNORED, Array
from .report import Finding, Seen, Shown, number, show
from .rows import shows
from .search import IDS, IN_PADDING, IN_SEQUENCES
from .signature import LENGTHS, MASKS, integers_of, optional, parameters_of
from .subject import OF_AXIS, Subject

FROM_THE_END = 128  # tokens, of which NumPy counts −100 from the end
USUAL = (IGNORED, -1)
OTHERS = (-1, 2)  # what a parameter is given in place of its default
VOID = 255  # what no class is, in images of bytes
WIDEST, MOST = 2**18, 2**31  # a vocabulary; an id
LARGER = 20
AT_ALL = [*IN_PADDING, *EXTRA_TERMS, *promises.MASKED_LOGITS]
PER_SEQUENCE = {one.name for one in IN_SEQUENCES if one.shows_in == "sequences"}
BY_ALL = "padded-length"  # which is right of weights
# Names of weights of classes; of what is 1 at the tokens to score; of what is 1 at all
# that is no padding; and of what is 1 at padding.
OF_CLASSES = r"^weight$|(class|pos)_?weight"
OF_TARGETS = r"label|target|response|assistant|completion|answer|att(entio)?n"
OF_TOKENS = r"^(attention|loss|response|completion|assistant)_masks?$"
OF_PADDING = r"pad|ignore|invalid"
PYTORCHS = r"key_padding_mask"
ALONE = "; it shows only where targets are ignored"
EMPTY = "three sequences, one of them empty"
UNKNOWN = "leave out the targets that are padding"


def padding(case: Explanation, axis: int | None, numbers: Sequence[int]) -> Seen:
    """What padded sequences show, by the first of these numbers that it takes, or by a
    mask or lengths that need not be given."""
    if any(fault.blind for fault in case.faults):
        return Seen()
    way, token = case.subject.way, case.named(TOKEN_IGNORED.name)
    if way.by_length and axis is None:
        return Seen()
    if token and token.size is not None and not way.left_out_by_argument:
        alone, said = int(token.size), numbers[0] if promised(case) else None
        shown = None if said is None else padded(ignoring(case, said), axis, said)
        if shown == Seen() or is_counted(shown):
            return of_numbers(case, axis, numbers)
        seen = of_numbers(case.without(token), axis, [alone])
        wrong = Finding.of(promises.OTHER_NUMBER)
        found = [] if said is None else [instead(wrong, alone, said)]
        return replace(seen, findings=[*seen.findings, *found], explanation=None)
    return of_numbers(case, axis, numbers)


def instead(found: Finding, one: int, said: int) -> Finding:
    """With the number that is left out in place of the one that should be."""
    fix = f"say ignore_index={number(one)}, or leave out {number(said)} in its place"
    what = f"{found.what}: it leaves out {number(one)}, not {number(said)}"
    return replace(found, what=what, fix=fix)


def promised(case: Explanation) -> bool:
    """Whether the caller, a parameter, or an attribute says what padding is."""
    subject = case.subject
    return subject.declared or bool(subject.own) or subject.way.promises_padding


def of_numbers(case: Explanation, axis: int | None, numbers: Sequence[int]) -> Seen:
    """The same, of a token that may be padding, or of numbers that no token has."""
    masked = of_mask(case, axis)
    if not numbers:
        return masked if masked.findings else replace(masked, explanation=None)
    # Of losses for each token the caller leaves it out.
    few = numbers[:1] if case.reduction == "none" else numbers
    one, seen = by_number(case, axis, few)
    if len(numbers) == 1 and seen and seen.findings:
        for other_one in {*USUAL, *held_by(case)} - {one}:
            if padded(ignoring(case, other_one), axis, other_one) == Seen():
                found = [instead(x, other_one, one) for x in seen.findings]
                return replace(seen, findings=found)
    as_usual, other = one == numbers[0], case.subject.ignoring(one)
    explanation = None if as_usual else replace(case, subject=other)
    if seen == Seen():
        says = f"Leaves out targets of {number(one)}, as padding"
        more = other_number(case) if as_usual else Seen(notes=[says])
        if not masked.findings:
            masked = replace(masked, explanation=explanation)
        masked.findings += more.findings
        masked.notes += more.notes
        return masked
    if masked.explanation and as_usual and not case.subject.declared:
        return masked
    if seen is None:
        asked = replace(case, subject=other)
        answer, of_many = of_few(asked, axis), of_few(asked, axis, FROM_THE_END)
        gives = f"gives {show(answer)}"
        if isinstance(answer, Exception):
            gives = f"raises {type(answer).__name__}"
            if one < 0 and not isinstance(of_many, Exception):
                gives += f" below V = {-one}, and from there on scores others"
        seen = knows_none(case, f"with {targets_of(case, one)} it {gives}")
    seen.not_tried += masked.not_tried
    return replace(seen, explanation=explanation or seen.explanation)


def by_number(
    case: Explanation, axis: int | None, numbers: Sequence[int]
) -> tuple[int, Seen | None]:
    """Of these, and of those that it keeps where nobody says which, one that is left
    out; else one that is left out, and counted; else what the first shows."""
    more = held_by(case) if len(numbers) > 1 and not keeps_usual(case) else ()
    shown: dict[int, Seen | None] = {}
    for one in (*numbers, *more):
        shown[one] = padded(ignoring(case, one), axis, one)
        if shown[one] == Seen():
            return one, Seen()
    one = next((one for one in shown if is_counted(shown[one])), numbers[0])
    return one, shown[one]


def ignoring(case: Explanation, one: int) -> Explanation:
    return replace(case, subject=case.subject.ignoring(one))


def held_by(case: Explanation) -> list[int]:
    """The numbers that it keeps; rows have shown what it does with their tokens."""
    held = {VOID, *integers_of(case.subject.loss)} - {*USUAL, *IDS}
    return sorted(x for x in held if abs(x) < MOST)


def keeps_usual(case: Explanation) -> bool:
    return IGNORED in integers_of(case.subject.loss)


def is_counted(seen: Seen | None) -> bool:
    """Whether it is left out, and divided by all the same."""
    names = names_of(seen.findings) if seen else set()
    return bool(names) and names <= PER_SEQUENCE | {BY_ALL}


def names_of(found: Sequence[Finding]) -> set[str]:
    return {one.name for one in found}


def other_number(case: Explanation) -> Seen:
    """A parameter such as ignore_index=-100 must work with another number, too: of one
    that no token has and one that some have, neither PyTorch's, one is left out."""
    name = case.subject.own
    held = {one.name: one.default for one in parameters_of(case.subject.loss)}
    way = case.subject.way
    asked = held.get(name) == case.subject.ignored and name not in dict(way.named)
    if not asked or way.left_out_by_argument:
        return Seen()
    shown = []
    for other in [x for x in OTHERS if x != case.subject.ignored]:
        subject = case.subject.with_argument(name, "ignored").ignoring(other)
        given = replace(case, subject=subject)
        o, targets = PROBES["batch"]
        rows = subject.rows(o, np.where([0, 1, 0], other, targets))
        seen = scored_alone(given.seen(*rows), given, rows[1])
        if given.fits_answer(seen, *rows) or refused(seen):
            return Seen()
        label = f"batch, {name}={number(other)}"
        shown.append(Shown.of(label, seen, given.right(*rows)))
    return Seen([Finding.of(promises.PARAMETER_UNUSED, *shown, name=name)])


# By a mask or lengths that need not be given.


def of_mask(case: Explanation, axis: int | None) -> Seen:
    """What the first parameter shows that is one, which its explanation then has: with
    it padding is left out, or a known fault shows."""
    loss, found = case.subject.loss, Seen()
    if case.subject.way.left_out_by_argument:
        return found
    names = [one for one in optional(loss, "mask") if not re.search(OF_CLASSES, one)]
    o, targets = probe(axis, "at the end", IGNORED)
    for subject in given_more(case.subject, axis, names):
        masked = replace(case, subject=subject)
        if not masked.fits(o, TOKENS.reshape(targets.shape), axis):
            continue  # it changes what is scored, where all is
        seen = padded(masked, axis, IGNORED)
        shown = names_of(seen.findings) if seen else {""}
        by_weights = "weight" in subject.way.mask and shown == {BY_ALL}
        if not seen or by_weights or shown & {"", "padding-scored"}:
            continue
        if not (shown and found.explanation):
            found = replace(seen, explanation=seen.explanation or masked)
        if not shown:
            return found
    if not found.explanation:
        tried = "its `{0}`; if it is a mask, say mask='{0}'"
        found.not_tried += [tried.format(x) for x in names if "weight" not in x]
    return found


def given_more(
    subject: Subject, axis: int | None, names: Sequence[str]
) -> Iterator[Subject]:
    """The subject with one of these, or with lengths: each kind."""
    for name in names:
        for left_out, booleans in itertools.product((False, True), repeat=2):
            way = {"left_out": left_out, "booleans": booleans}
            yield subject.with_argument(name, "mask", **way)
    for name in optional(subject.loss, "lengths") if axis is not None else ():
        for role in LENGTHS:
            yield subject.with_argument(name, role, shape=OF_AXIS[axis or -1])


# What a place of the padding shows.


def padded(case: Explanation, axis: int | None, ignored: int) -> Seen | None:
    """What padding shows by one number, or by its mask; None if it takes none of it.

    A mask that is declared, or whose name says what it is, must not be the other way
    round.
    """
    seen, way = as_it_takes_it(case, axis, ignored), case.subject.way
    of_tokens = re.search(OF_TOKENS, way.mask) or (
        way.told and not re.search(OF_PADDING, way.mask)
    )
    wrong = of_tokens if way.left_out else re.search(PYTORCHS, way.mask)
    if not seen or not wrong:
        return seen
    given = probe(axis, "at the end", ignored)
    other = replace(case, subject=case.subject.by(left_out=not way.left_out))
    name = "three sequences, padding at the end"
    shown = Shown.of(name, other.seen(*given, axis), case.right(*given))
    fault = promises.INVERTED if way.left_out else promises.AT_PADDING
    inverted = Finding.of(fault, shown, name=way.mask)
    return replace(seen, findings=[inverted, *seen.findings])


def as_it_takes_it(case: Explanation, axis: int | None, ignored: int) -> Seen | None:
    """Lengths that change nothing may be shares, and a mask that does, one to add;
    after a shift, a mask may be that of the places that predict."""
    seen = of_places(case, axis, ignored)
    if not seen or not seen.findings:
        return seen
    subject, way = case.subject, case.subject.way
    nothing = changes_nothing(seen)
    unknown = not all(one.name for one in seen.findings)
    by_mask, ahead = way.mask_role, promises.MASK_AHEAD
    if (SHIFTED in case.declared and way.told) or re.search(OF_TARGETS, way.mask):
        ahead = replace(ahead, kind="fault", may_be_meant=True)
    if nothing and by_mask:
        added = subject.with_role(by_mask, "additive")
        found = of_places(replace(case, subject=added), axis, ignored)
        return found if found == Seen() else seen
    if nothing and way.by_length:
        other, more = subject.with_role("lengths", "shares"), []
    elif unknown and by_mask and "align" in case.steps:
        moved = Finding.of(ahead, *seen.findings[0].shown)
        other, more = subject.by(ahead=True), [moved]
    elif unknown and way.by_length and (short := case.named("last-dropped")):
        given = case.without(short).having(promises.TOO_SHORT)
        one = Finding.of(promises.TOO_SHORT, *seen.findings[0].shown)
        found = of_places(given, axis, ignored)
        fits_all = found and not found.findings
        return Seen([one], withdrawn=(short.name,)) if fits_all else seen
    else:
        return seen
    given = replace(case, subject=other)
    found = of_places(given, axis, ignored)
    if not found or changes_nothing(found) or "" in names_of(found.findings):
        return seen
    return Seen([*more, *found.findings], explanation=given)


def changes_nothing(seen: Seen) -> bool:
    """Whether what it is given to leave padding out has no part in it."""
    return any(one.what.endswith("changes nothing") for one in seen.findings)


def of_places(case: Explanation, axis: int | None, ignored: int) -> Seen | None:
    """What padding shows at the end, at the start and in between; and an empty
    sequence."""
    way = case.subject.way
    V, few = 0, of_few(case, axis)
    if isinstance(few, Exception) and 0 <= ignored < WIDEST:
        V = ignored + 2  # so that the padding is an id
        few = of_few(case, axis, V)
    raises = isinstance(few, Exception) and not is_overflow(few)
    void = case.reduction != "none" and not is_finite(few)
    if (raises or void) and (refused(few) or not promised(case)):
        return None
    if raises:
        shown = Shown("4 tokens, one ignored", show(few), "a loss")
        fault = promises.PADDING_RAISES
        return Seen([Finding.of(fault, shown, name=number(ignored))])
    told, one_place = Seen(), way.by_length or way.by_documents
    names = {role: name for name, role in way.named}
    argument = next((names[x] for x in (*MASKS, *LENGTHS) if x in names), "")
    for place in [*PADDED][: 1 if one_place else None]:
        o, targets = probe(axis, place, ignored, V)
        answer = scored_alone(case.seen(o, targets, axis), case, targets)
        name = f"three sequences, padding {place}"
        known = in_padding(case, axis)
        told = shows(case, name, o, targets, known, answer, True, ALONE, argument)
        if told.notes:  # it refuses them
            return told
        if not told.findings:
            continue
        [shown] = told.findings[0].shown
        real = np.where(targets == ignored, o.shape[-1] // 2, targets)
        if argument and is_same(answer, case.seen(o, real, axis)):
            told = Seen([Finding.of(promises.UNUSED, shown, name=argument)])
        if place != "at the end":
            told = Seen([Finding.of(PADDING_BY_PLACE, shown)])
        elif void:
            return Seen([Finding.of(promises.PADDING_NOT_A_NUMBER, shown)])
        elif not means_padding(case, told.findings):
            what = f"it gives {shown.seen}, not {shown.expected}"
            return knows_none(case, f"with {targets_of(case, ignored)} {what}")
        break
    found = [unless_none(case, one, ignored) for one in told.findings]
    if axis is not None and names_of(found) <= PER_SEQUENCE and not way.by_documents:
        empty = empty_sequence(told.explanation or case, axis, ignored, V)
        return replace(empty, findings=[*found, *empty.findings])
    return Seen(found)


def empty_sequence(case: Explanation, axis: int, ignored: int, V: int) -> Seen:
    """A sequence without a target, beside others."""
    o, targets = probe(axis, "at the end", ignored, V)
    targets = np.where([[False], [True], [False]], ignored, targets)
    seen = scored_alone(case.seen(o, targets, axis), case, targets)
    if refused(seen):
        return Seen(notes=[f"Of {EMPTY}: {show(seen)}"])
    finite = np.isfinite(case.right(o, targets)).all()
    if is_finite(seen) and (not finite or case.fits_answer(seen, o, targets)):
        return Seen()
    shown = Shown(EMPTY, show(seen), "a number")
    return Seen([Finding.of(promises.EMPTY_SEQUENCE, shown)])


def in_padding(case: Explanation, axis: int | None) -> list[Fault]:
    """What padding shows, by a number or by what is given in its place; of sequences,
    what those of one length don't show, such as a mean of means."""
    way, right = case.subject.way, case.right(SEQUENCES, TOKENS)
    hidden = [
        x
        for x in (IN_SEQUENCES if axis is not None else ())
        if fits(case.having(x).right(SEQUENCES, TOKENS), right)
    ]
    if not (way.mask_role or way.by_length):
        return AT_ALL + hidden
    given = [promises.IN_DIVISOR, *(() if way.mask_role else promises.TOO_FAR)]
    return given + [one for one in AT_ALL if one.step != "ignore"] + hidden


def of_few(case: Explanation, axis: int | None, V: int = 0) -> Answer:
    """What it gives of four tokens and padding: with many, NumPy would read −100 from
    the end."""
    ignored = case.subject.padding
    o, targets = probe(axis, "at the end", ignored)
    few = np.where(targets == ignored, ignored, targets % 4)
    return case.seen(wide(o[..., :4], V), few, axis)


def probe(
    axis: int | None, place: str, ignored: int, V: int = 0
) -> tuple[Array, Array]:
    """Where targets are padding, all logits are larger: no softmax knows, but a z-loss
    over padding, however small its part, shows."""
    there = PADDED[place] < 0
    o = SEQUENCES + np.where(there, LARGER, 0)[..., np.newaxis]
    targets = np.where(there, ignored, PADDED[place])
    if axis is None:  # their tokens in a row
        return wide(o.reshape(-1, o.shape[-1]), V), targets.ravel()
    return wide(o, V), targets


def wide(o: Array, V: int) -> Array:
    """These logits among those of V tokens, which are not likely."""
    more = max(V - o.shape[-1], 0)
    return np.pad(o, ((0, 0),) * (o.ndim - 1) + ((0, more),), constant_values=-30.0)


def scored_alone(answer: Answer, case: Explanation, targets: Array) -> Answer:
    """Of losses for each token those that are scored: the others are the caller's."""
    if case.reduction != "none" or isinstance(answer, Exception):
        return answer
    for fault in [one for one in case.all_faults if one.step == "align"][-1:]:
        _, targets = fault.does(np.empty((*targets.shape, 0)), targets)
    if answer.size != targets.size:
        return answer
    return np.where(targets.ravel() != case.subject.ignored, answer.ravel(), 0)


# A fault, or a function that knows no padding and need not.


def means_padding(case: Explanation, found: list[Finding]) -> bool:
    """Whether it promises to leave padding out, or by what it does knows it."""
    names, way = names_of(found), case.subject.way
    if by_accident(case) and names <= {BY_ALL, EXTRA_TERMS[0].name, ""}:
        return False
    sure = promised(case) or keeps_usual(case) or way.mask_role == "mask"
    if sure or case.subject.padding not in USUAL or names & PER_SEQUENCE:
        return True
    # PyTorch's own loss leaves −100 out; what is done with its zeros is the caller's.
    counted = set() if way.framework.name == "NumPy" else {BY_ALL}
    return not names & ({"padding-scored", ""} | counted)


def by_accident(case: Explanation) -> bool:
    """Whether padding is to it like any number that no token has: a one-hot row of both
    is zeros."""
    subject = case.subject
    if subject.declared or subject.own or subject.way.mask_role or keeps_usual(case):
        return False
    o, _ = PROBES["batch"]
    outside, ignored = (
        case.seen(*subject.rows(o, np.array([0, one, 0])))
        for one in (4, subject.padding)
    )
    return not isinstance(ignored, Exception) and fits(outside, ignored)


def unless_none(case: Explanation, found: Finding, ignored: int) -> Finding:
    """With what makes it healthy, where it promises nothing."""
    if ignored >= 0 or promised(case) or found.kind != "fault":
        return found
    mask = case.subject.way.mask
    none = f"its `{mask}` is no mask" if mask else f"{number(ignored)} is no padding"
    return replace(
        found, fix=f"{found.fix or UNKNOWN}; if {none}, say ignore_index=None"
    )


def targets_of(case: Explanation, ignored: int) -> str:
    """In words: with one-hot targets no number is given."""
    one_hot = case.subject.way.one_hot
    return "rows of zeros" if one_hot else f"targets of {number(ignored)}"


def knows_none(case: Explanation, what: str) -> Seen:
    """A note, with the words in which the caller says otherwise."""
    note = f"Knows no padding: {what}. If it has padding, say ignore_index=…"
    none = replace(case, subject=case.subject.ignoring(None))
    return Seen(notes=[note], explanation=none)
