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

from .explanation import Explanation, fits
from .faults import Fault, promises
from .faults.ignored import EXTRA_TERMS, PADDING_BY_PLACE, TOKEN_IGNORED
from .outputs import Answer, is_finite, is_overflow, refused
from .probes import PADDED, PROBES, SEQUENCES, TOKENS
from .reference import IGNORED, Array
from .report import Finding, Seen, Shown, number, show
from .rows import shows
from .search import IDS, IN_PADDING, IN_SEQUENCES
from .signature import LENGTHS, integers_of, optional, parameters_of, role_of
from .subject import OF_AXIS, Subject

USUAL = (IGNORED, -1)
OTHERS = (-1, 2)  # what a parameter is given in place of its default
VOID = 255  # what no class is, in images of bytes
WIDEST, MOST = 2**18, 2**31  # a vocabulary; an id
LARGER = 20
AT_ALL = [*IN_PADDING, *EXTRA_TERMS]
PER_SEQUENCE = {one.name for one in IN_SEQUENCES if one.shows_in == "sequences"}
BY_ALL = "padded-length"  # which is right of weights
OF_CLASSES = r"^weight$|(class|pos)_?weight"
# Names of what is 1 at the tokens to score; of what is 1 at all that is no padding; and
# of what PyTorch has 1 at padding.
OF_TARGETS = r"label|target|response|assistant|completion|answer|att(entio)?n"
OF_TOKENS = r"^(attention|loss|response|completion|assistant)_masks?$"
OF_PADDING = r"key_padding_mask"
ALONE = "; it shows only where targets are ignored"
EMPTY = "three sequences, one of them empty"


def padding(case: Explanation, axis: int | None, numbers: Sequence[int]) -> Seen:
    """What padded sequences show, by the first of these numbers that it takes."""
    way = case.subject.way
    if any(fault.blind for fault in case.faults):
        return Seen(not_tried=["padding, since it reads no target"])
    if way.by_length and axis is None:
        return Seen(not_tried=["padding by its lengths, since it takes no sequences"])
    ignored = case.named(TOKEN_IGNORED.name)
    if ignored and ignored.size is not None and ignored.size >= 0:
        seen = of_numbers(case.without(ignored), axis, (int(ignored.size),))
        return replace(seen, explanation=None)  # which has that fault, too
    return of_numbers(case, axis, numbers)


def promised(case: Explanation) -> bool:
    """Whether the caller, a parameter, or an attribute says what padding is."""
    subject = case.subject
    return subject.declared or bool(subject.own) or subject.way.promises_padding


def of_numbers(case: Explanation, axis: int | None, numbers: Sequence[int]) -> Seen:
    """The same, of a token that may be padding, or of numbers that no token has."""
    # Of losses for each token the caller leaves it out.
    few = numbers[:1] if case.reduction == "none" else numbers
    one, seen = by_number(case, axis, few)
    if seen == Seen() and one == numbers[0]:
        return merged(other_number(case), beside_number(case, axis))
    if not seen or one == numbers[0]:
        return by_mask(case, axis, numbers, seen)
    case = replace(case, subject=case.subject.ignoring(one))
    if seen == Seen():
        more = beside_number(case, axis)
        notes = [its_own(case, axis, one, numbers[0]), *more.notes]
        return replace(more, notes=notes, explanation=more.explanation or case)
    return replace(seen, explanation=case)


def by_number(
    case: Explanation, axis: int | None, numbers: Sequence[int]
) -> tuple[int, Seen | None]:
    """Of these, and of those that it keeps where nobody says which, one that is left
    out; else one that is left out, and counted; else what the first shows."""
    held: list[int] = []
    if len(numbers) > 1 and not keeps_usual(case):
        # Rows have shown what it does with their tokens.
        held = sorted({VOID, *integers_of(case.subject.loss)} - {*USUAL, *IDS})
    shown: dict[int, Seen | None] = {}
    for one in (*numbers, *(x for x in held if abs(x) < MOST)):
        ignoring = replace(case, subject=case.subject.ignoring(one))
        shown[one] = padded(ignoring, axis, one)
        if shown[one] == Seen():
            return one, Seen()
    one = next((one for one in shown if is_counted(shown[one])), numbers[0])
    return one, shown[one]


def keeps_usual(case: Explanation) -> bool:
    """Whether −100 is among the integers that it keeps."""
    return IGNORED in integers_of(case.subject.loss)


def is_counted(seen: Seen | None) -> bool:
    """Whether it is left out, and divided by all the same."""
    names = {one.name for one in seen.findings} if seen else set()
    return bool(names) and names <= PER_SEQUENCE | {BY_ALL}


def merged(one: Seen, other: Seen) -> Seen:
    return replace(
        other,
        findings=[*one.findings, *other.findings],
        notes=[*one.notes, *other.notes],
        not_tried=[*one.not_tried, *other.not_tried],
    )


# A parameter such as ignore_index=-100 must work with another number, too.


def other_number(case: Explanation) -> Seen:
    """What comes of numbers that are not its default, nor PyTorch's: no number that
    tokens have, and one that some have. One at least must be left out."""
    name = case.subject.own
    held = {one.name for one in parameters_of(case.subject.loss)}
    if name not in held or name in dict(case.subject.way.named):
        return Seen()
    shown = []
    for other in [x for x in OTHERS if x != case.subject.ignored]:
        subject = case.subject.with_argument(name, "ignored").ignoring(other)
        given = replace(case, subject=subject)
        o, targets = PROBES["batch"]
        asked = subject.rows(o, np.where([0, 1, 0], other, targets))
        seen, right = given.seen(*asked), given.right(*asked)
        seen = scored_alone(seen, given, asked[1])
        if fits(seen, right, given.near_for(o)):
            return Seen()
        if refused(seen):
            return Seen(notes=[f"With {name}={number(other)}: {show(seen)}"])
        shown.append(Shown.of(f"batch, {name}={number(other)}", seen, right))
    return Seen([Finding.of(promises.PARAMETER_UNUSED, *shown, name=name)])


# By a mask or lengths that need not be given.


def beside_number(case: Explanation, axis: int | None) -> Seen:
    """What an optional mask shows, of a function that leaves out a number, or has
    none: nothing, unless it is wrong."""
    names = [one for one in masks(case) if not re.search(OF_CLASSES, one)]
    seen = of_mask(case, axis, [*names, *masks(case, "lengths")])
    if not seen:
        return Seen(not_tried=not_tried(names))
    return replace(seen, explanation=seen.explanation if seen.findings else None)


def by_mask(
    case: Explanation, axis: int | None, numbers: Sequence[int], seen: Seen | None
) -> Seen:
    """What an optional mask shows; of a function that has none, what was seen."""
    names = [] if case.subject.declared else masks(case)
    found = of_mask(case, axis, [*names, *masks(case, "lengths")])
    if found and (found.explanation or (seen and seen.findings)):
        return found
    if not seen:
        none = replace(case, subject=case.subject.ignoring(None))
        seen = Seen(notes=[takes_none(case, axis, numbers)], explanation=none)
    if found:
        return replace(seen, not_tried=[], notes=[*found.notes, *seen.notes])
    return replace(seen, not_tried=not_tried(names))


def masks(case: Explanation, role: str = "mask") -> list[str]:
    """The parameters that may be a mask, or lengths, and need not be given."""
    if case.subject.way.left_out_by_argument:
        return []
    return optional(case.subject.loss, role)


def not_tried(names: Sequence[str]) -> list[str]:
    return [f"its `{name}`; if it is a mask, say mask='{name}'" for name in names]


def of_mask(case: Explanation, axis: int | None, names: Sequence[str]) -> Seen | None:
    """What one of these shows that is a mask; None if none is."""
    for masked, name in with_mask(case, axis, names):
        seen = padded(masked, axis, IGNORED) or Seen()
        if "weight" in name and [one.name for one in seen.findings] == [BY_ALL]:
            return as_a_mask(name, seen)
        return replace(seen, explanation=seen.explanation or masked)
    return None


def as_a_mask(name: str, seen: Seen) -> Seen:
    """What is shown by weights, which may be no mask: told, and no fault."""
    line = "Given a mask as its `{0}`, it gives {1.seen}, not {1.expected}"
    shown = [shown for one in seen.findings for shown in one.shown]
    say = f": if that is a mask, say mask='{name}'"
    return Seen(notes=[line.format(name, one) + say for one in shown])


def with_mask(
    case: Explanation, axis: int | None, names: Sequence[str]
) -> Iterator[tuple[Explanation, str]]:
    """The case with one of these that is a mask, and its name: it changes nothing where
    all is scored, and what it leaves out doesn't matter, but perhaps one too many."""
    o, targets = probe(axis, "at the end", IGNORED)
    scored = TOKENS.reshape(targets.shape)
    out = targets == IGNORED
    others = np.where((out & np.roll(out, 1, axis=-1))[..., np.newaxis], -o, o)
    for name, subject in given_more(case.subject, axis, names):
        masked = replace(case, subject=subject)
        seen, other = (masked.seen(x, targets, axis) for x in (o, others))
        if isinstance(other, Exception) or not fits(seen, other):
            continue
        if fits(masked.seen(o, scored, axis), case.right(o, scored), case.near):
            yield masked, name


def given_more(
    subject: Subject, axis: int | None, names: Sequence[str]
) -> Iterator[tuple[str, Subject]]:
    """The subject with one of these: each kind of mask, or of lengths."""
    for name in names:
        if role_of(name) == "mask":
            for left_out, booleans in itertools.product((False, True), repeat=2):
                way = {"left_out": left_out, "booleans": booleans}
                yield name, subject.with_argument(name, "mask", **way)
        elif axis is not None:
            for role in LENGTHS:
                yield name, subject.with_argument(name, role, shape=OF_AXIS[axis])


# What a place of the padding shows.


def padded(case: Explanation, axis: int | None, ignored: int) -> Seen | None:
    """What padding shows by one number, or by its mask; None if it takes none of it.

    A mask whose name says that it is 1 at tokens, or at padding, must not be the other
    way round.
    """
    seen, way = as_it_takes_it(case, axis, ignored), case.subject.way
    one, names = (
        (promises.INVERTED, OF_TOKENS)
        if way.left_out
        else (promises.AT_PADDING, OF_PADDING)
    )
    if not seen or not re.search(names, way.mask):
        return seen
    given = probe(axis, "at the end", ignored)
    other = replace(case, subject=case.subject.by(left_out=not way.left_out))
    name = "three sequences, padding at the end"
    shown = Shown.of(name, other.seen(*given, axis), case.right(*given))
    inverted = Finding.of(one, shown, name=way.mask)
    return replace(seen, findings=[inverted, *seen.findings])


def as_it_takes_it(case: Explanation, axis: int | None, ignored: int) -> Seen | None:
    """After a shift, a mask may be that of the places that predict; lengths that change
    nothing may be shares; and a mask that does, one to add."""
    seen, way = of_places(case, axis, ignored), case.subject.way
    if seen and changes_nothing(seen) and way.by_length:
        shares = replace(case, subject=case.subject.with_role("lengths", "shares"))
        other = of_places(shares, axis, ignored)
        if other and not changes_nothing(other):
            return replace(other, explanation=shares)
    if seen and changes_nothing(seen) and way.mask_role and adds_it(case, axis):
        line = f"its `{way.mask}`, which it adds to the logits: 0 and −∞"
        return Seen(not_tried=[line])
    shifts = way.mask_role and "align" in case.steps
    if not seen or not shifts or all(one.name for one in seen.findings):
        return seen
    ahead = replace(case, subject=case.subject.by(ahead=True))
    other = of_places(ahead, axis, ignored) or seen
    if not all(one.name for one in other.findings):
        return seen
    one = promises.MASK_AHEAD
    # The caller says that it shifts, and what its mask is; or the mask's name does.
    if (case.declared and way.told) or re.search(OF_TARGETS, way.mask):
        one = replace(one, kind="fault", may_be_meant=True)
    moved = Finding.of(one, *seen.findings[0].shown)
    return Seen([moved, *other.findings], explanation=ahead)


def changes_nothing(seen: Seen) -> bool:
    """Whether what it is given to leave padding out has no part in it."""
    return any(one.what.endswith("changes nothing") for one in seen.findings)


def adds_it(case: Explanation, axis: int | None) -> bool:
    """Whether it is right with 0 and −∞ in place of 1 and 0."""
    subject = case.subject.with_role(case.subject.way.mask_role, "additive")
    o, targets = probe(axis, "at the end", IGNORED)
    seen = replace(case, subject=subject).seen(o, targets, axis)
    return fits(seen, case.right(o, targets), case.near_for(o))


def of_places(case: Explanation, axis: int | None, ignored: int) -> Seen | None:
    """What padding shows at the end, at the start and in between; and an empty
    sequence."""
    subject, way = case.subject, case.subject.way
    V, few = in_few(case, axis, ignored)
    if isinstance(few, Exception) and not is_overflow(few):
        return raises(case, ignored, few)
    void = case.reduction != "none" and not is_finite(few)
    if void and not promised(case):
        return None
    known = in_padding(case) + (hidden(case) if axis is not None else [])
    one_place = way.by_length or way.by_documents
    argument = "mask" if way.mask_role else "length"
    for place in list(PADDED)[: 1 if one_place else None]:
        o, targets = probe(axis, place, ignored, V)
        answer = scored_alone(case.seen(o, targets, axis), case, targets)
        name = f"three sequences, padding {place}"
        if refused(answer):
            return Seen(notes=[f"Of {name}: {show(answer)}"])
        told = shows(case, name, answer, o, targets, known, True, ALONE, argument)
        if not told.findings:
            continue
        shown = Shown.of(name, answer, case.right(o, targets))
        if place != "at the end":
            found = Finding.of(PADDING_BY_PLACE, shown)
            return Seen([unless_none(case, found, ignored)])
        if void:
            return Seen([Finding.of(promises.PADDING_NOT_A_NUMBER, shown)])
        seen = not_left_out(case, told.findings, ignored)
        if axis is not None and {one.name for one in told.findings} <= PER_SEQUENCE:
            more = empty_sequence(told.explanation, axis, ignored, V)
            seen.findings += more.findings
        return seen
    if axis is not None and not subject.way.by_documents:
        return empty_sequence(case, axis, ignored, V)
    return Seen()


def raises(case: Explanation, ignored: int, error: Exception) -> Seen | None:
    """None, unless it promises to take what marks padding."""
    if not promised(case) or refused(error):
        return None
    shown = Shown("4 tokens, one ignored", show(error), "a loss")
    found = Finding.of(promises.PADDING_RAISES, shown, name=number(ignored))
    return Seen([unless_none(case, found, ignored)])


def empty_sequence(case: Explanation, axis: int, ignored: int, V: int) -> Seen:
    """A sequence without a target, beside others."""
    o, targets = probe(axis, "at the end", ignored, V)
    targets = np.where([[False], [True], [False]], ignored, targets)
    seen = scored_alone(case.seen(o, targets, axis), case, targets)
    right = case.right(o, targets)
    finite = np.isfinite(right).all()
    if refused(seen):
        return Seen(notes=[f"Of {EMPTY}: {show(seen)}"])
    if is_finite(seen) and (not finite or fits(seen, right, case.near_for(o))):
        return Seen()
    return Seen(
        [Finding.of(promises.EMPTY_SEQUENCE, Shown(EMPTY, show(seen), "a number"))]
    )


def in_padding(case: Explanation) -> list[Fault]:
    """What padding shows, by a number or by what is given in its place."""
    way = case.subject.way
    if not (way.mask_role or way.by_length):
        return AT_ALL
    given = [*promises.NOT_MASKED, *(() if way.mask_role else promises.TOO_FAR)]
    return given + [one for one in AT_ALL if one.step != "ignore"]


def hidden(case: Explanation) -> list[Fault]:
    """What sequences of one length do not show, such as a mean of means."""
    right = case.right(SEQUENCES, TOKENS)
    return [
        x for x in IN_SEQUENCES if fits(case.having(x).right(SEQUENCES, TOKENS), right)
    ]


def in_few(case: Explanation, axis: int | None, ignored: int) -> tuple[int, Answer]:
    """What it gives with padding in a vocabulary of 4; where it takes none of that, in
    one so large that the padding is an id."""
    few = of_few(case, axis)
    if isinstance(few, Exception) and 0 <= ignored < WIDEST:
        return ignored + 2, of_few(case, axis, ignored + 2)
    return 0, few


def of_few(case: Explanation, axis: int | None, V: int = 0) -> Answer:
    """With many tokens, NumPy would read −100 from the end."""
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


def not_left_out(case: Explanation, found: list[Finding], ignored: int) -> Seen:
    if means_padding(case, found):
        return Seen([unless_none(case, one, ignored) for one in found])
    shown = found[0].shown[0]
    what = f"it gives {shown.seen}, not {shown.expected}"
    return knows_none(case, f"of {targets_of(case, ignored)} {what}")


def means_padding(case: Explanation, found: list[Finding]) -> bool:
    """Whether it promises to leave padding out, or by what it does knows it."""
    names = {one.name for one in found}
    way = case.subject.way
    if by_accident(case) and names <= {BY_ALL, EXTRA_TERMS[0].name, ""}:
        return False
    sure = promised(case) or keeps_usual(case) or way.mask_role == "mask"
    if sure or case.subject.padding not in USUAL or names & PER_SEQUENCE:
        return True
    # PyTorch's own loss leaves −100 out; what is done with its zeros is the caller's.
    scored = {"padding-scored", ""} | (
        {BY_ALL} if way.framework.name != "NumPy" else set()
    )
    return not names & scored


def by_accident(case: Explanation) -> bool:
    """Whether padding is to it like any number that no token has: a one-hot row of both
    is zeros."""
    subject = case.subject
    if subject.declared or subject.own or subject.way.mask_role or keeps_usual(case):
        return False
    o, _ = PROBES["batch"]
    outside, ignored = (
        case.seen(*case.subject.rows(o, np.array([0, one, 0])))
        for one in (4, case.subject.padding)
    )
    return not isinstance(ignored, Exception) and fits(outside, ignored)


def unless_none(case: Explanation, found: Finding, ignored: int) -> Finding:
    """With what makes it healthy, unless it leaves out a token, has a mask, or the
    caller says what padding is."""
    way = case.subject.way
    own = case.subject.own and ignored != IGNORED
    surely = way.promises_padding or (case.subject.declared and not own)
    if ignored >= 0 or surely or found.kind != "fault":
        return found
    say = f"if {number(ignored)} is not its padding, say ignore_index=None"
    say += "" if own else " or the number that is"
    say = f"if its `{way.mask}` is no mask, say ignore_index=None" if way.mask else say
    return replace(found, fix=f"{found.fix}; {say}" if found.fix else say)


def targets_of(case: Explanation, ignored: int) -> str:
    """In words: with one-hot targets no number is given."""
    one_hot = case.subject.way.one_hot
    return "rows of zeros" if one_hot else f"targets of {number(ignored)}"


def knows_none(case: Explanation, what: str) -> Seen:
    """A note, with the words in which the caller says otherwise."""
    note = f"Knows no padding: {what}. If it should, say ignore_index=…"
    none = replace(case, subject=case.subject.ignoring(None))
    return Seen([], not_tried(masks(case)), [note], explanation=none)


def its_own(case: Explanation, axis: int | None, one: int, usual: int) -> str:
    """That it leaves this number out, and what comes of the usual one instead."""
    left_out = f"Leaves out targets of {number(one)}, as padding"
    other = replace(case, subject=case.subject.ignoring(usual))
    o, targets = probe(axis, "at the end", usual)
    seen, right = other.seen(o, targets, axis), other.right(o, targets)
    if isinstance(of_few(other, axis), Exception) or isinstance(seen, Exception):
        return left_out
    gives = f"of {number(usual)} it gives {show(seen)}, not {show(right)}"
    return f"{left_out}; {gives}: say which is meant, by ignore_index="


def takes_none(case: Explanation, axis: int | None, numbers: Sequence[int]) -> str:
    """What comes of a target of each of these numbers, in one line."""
    comes: dict[str, list[str]] = {}
    for one in numbers:
        seen = of_few(replace(case, subject=case.subject.ignoring(one)), axis)
        error = isinstance(seen, Exception)
        what = f"raises {type(seen).__name__}" if error else f"gives {show(seen)}"
        comes.setdefault(what, []).append(number(one))
    way = case.subject.way
    if way.mask_role or way.by_length:  # of which no number comes
        given = "mask" if way.mask_role else "length"
        return f"Takes no {given} that leaves a target out: it {what}"
    if way.one_hot:
        return f"Takes no row of zeros as padding: it {what}"
    told = (f"a target of {' or '.join(of)} {what}" for what, of in comes.items())
    return f"Takes no padding: {', '.join(told)}"
