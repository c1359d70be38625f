"""Padding: targets that are to be left out, behind, in front and inside."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ._apart import IDS
from ._case import Case, fits, refused
from ._explain import IN_SEQUENCES
from ._faults import OF_LOSSES
from ._faults_of_batches import TOKEN_IGNORED
from ._faults_of_padding import BY_PLACE, MASK_AHEAD, NOT_MASKED
from ._function import Answer
from ._match import Seen, first_fit, number, unknown, with_more
from ._padding_known import (
    BY_PLACES,
    CUSTOM,
    by_length,
    counts,
    means_padding,
    says_custom,
    targets_of,
    unless_none,
)
from ._probes import PADDED, SEQUENCES, TOKENS
from ._report import Finding, Shown, show
from ._roles import parameters_of, role_of
from ._steps import IGNORED, Array, Fault
from ._ways import numbers_of

IN_PADDING = [fault for fault in OF_LOSSES if fault.seen_in == "padding"]
NO_NUMBER = "no number where a target is left out: 0 · ∞, or 0 · NaN"
ZEROS = "To mend it, mask neither logits nor p, and take where(mask, losses, 0)"
VOID, MOST = 255, 2**31  # what no class is in images of bytes; and no id
ALONE = "; it shows only where targets are ignored"
OF_CLASSES = r"^weight$|(class|pos)_?weight"
WEIGHS = (
    "Its `{0}` weighs the losses, and they are divided by all places: as a mask it "
    "gives {1.seen}, not {1.expected}"
)


def padding(case: Case, axis: int | None, ignored: Sequence[int]) -> Seen:
    """What padded sequences show, by the first of these numbers that it takes."""
    if any(fault.blind for fault in case.faults):
        return Seen(not_tried=["padding, since it reads no target"])
    if case.function.way.by_length and axis is None:
        return Seen(not_tried=["padding by its lengths, since it takes no sequences"])
    for fault in case.faults:
        if fault.name == TOKEN_IGNORED.name and fault.size is not None:
            rest = tuple(one for one in case.faults if one is not fault)
            seen = of_numbers(replace(case, faults=rest), axis, (int(fault.size),))
            return replace(seen, case=None)  # which has that fault, too
    return of_numbers(case, axis, ignored)


def of_numbers(case: Case, axis: int | None, ignored: Sequence[int]) -> Seen:
    """The same, of a token that may be padding, or of numbers that no token has."""
    # Of losses for each token the caller leaves it out.
    few = ignored[:1] if case.reduction == "none" else ignored
    one, seen = by_number(case, axis, few)
    if seen == Seen() and one == ignored[0]:
        return beside_number(case, axis)
    if not seen or one == ignored[0]:
        return by_mask(case, axis, ignored, seen)
    case = replace(case, function=case.function.ignoring(one))
    if seen == Seen():
        more = beside_number(case, axis)
        notes = [its_own(case, axis, one, ignored[0]), *more.notes]
        return replace(more, notes=notes, case=more.case or case)
    return replace(seen, case=case)


def beside_number(case: Case, axis: int | None) -> Seen:
    """What a mask shows that need not be given, of who leaves out a number: nothing,
    unless it is wrong."""
    names = [one for one in masks(case) if not re.search(OF_CLASSES, one)]
    seen = of_mask(case, axis, names)
    if not seen:
        return Seen(not_tried=not_tried(names))
    return replace(seen, case=seen.case if seen.findings else None)


def by_mask(
    case: Case, axis: int | None, ignored: Sequence[int], seen: Seen | None
) -> Seen:
    """What a mask shows that need not be given; of who has none, what was seen."""
    names = [] if case.function.sure else masks(case)
    if found := of_mask(case, axis, names):
        return found
    seen = seen or Seen(notes=[takes_none(case, axis, ignored)], case=without(case))
    return replace(seen, not_tried=not_tried(names))


def of_mask(case: Case, axis: int | None, names: Sequence[str]) -> Seen | None:
    """What one of these shows that is a mask; None if none is."""
    for masked, name in with_mask(case, axis, names):
        seen = padded(masked, axis, IGNORED) or Seen()
        if "weight" in name and [one.name for one in seen.findings] == [BY_PLACES]:
            return Seen(notes=[WEIGHS.format(name, seen.findings[0].shown[0])])
        return replace(seen, case=seen.case or masked)
    return None


def by_number(
    case: Case, axis: int | None, ignored: Sequence[int]
) -> tuple[int, Seen | None]:
    """Of these, and of those that it holds where nobody says which, one that is left
    out; else one that is left out, and counted; else what the first shows."""
    held = numbers_held(case) if len(ignored) > 1 else []
    shown: dict[int, Seen | None] = {}
    for one in (*ignored, *held):
        ignoring = replace(case, function=case.function.ignoring(one))
        shown[one] = padded(ignoring, axis, one)
        if shown[one] == Seen():
            return one, Seen()
    one = next((one for one in shown if counts(shown[one])), ignored[0])
    return one, shown[one]


def numbers_held(case: Case) -> list[int]:
    """Its integers that may be padding, and that of bytes, unless its code has the
    custom one. Rows have shown what it does of their tokens."""
    if says_custom(case):
        return []
    held = {VOID, *numbers_of(case.function.loss)} - {*CUSTOM, *IDS}
    return sorted(one for one in held if abs(one) < MOST)


def its_own(case: Case, axis: int | None, one: int, custom: int) -> str:
    """That it leaves this number out, and what comes of the custom one instead."""
    left_out = f"Leaves out targets of {number(one)}, as padding"
    other = replace(case, function=case.function.ignoring(custom))
    o, targets = probe(axis, "behind", custom)
    seen, right = other.seen(o, targets, axis), other.right(o, targets)
    if isinstance(of_few(other, axis), Exception) or isinstance(seen, Exception):
        return left_out
    return (
        f"{left_out}; of {number(custom)} it gives {show(seen)}, not {show(right)}. If "
        f"{number(one)} is its padding, say ignore_index={one}; if {number(custom)} "
        f"is, say ignore_index={custom}"
    )


def takes_none(case: Case, axis: int | None, ignored: Sequence[int]) -> str:
    """What comes of a target of each of these numbers."""
    comes: dict[str, list[str]] = {}
    for one in ignored:
        seen = of_few(replace(case, function=case.function.ignoring(one)), axis)
        error = isinstance(seen, Exception)
        what = f"it raises {type(seen).__name__}" if error else f"it gives {show(seen)}"
        comes.setdefault(what, []).append(number(one))
    way = case.function.way
    if way.masked or way.by_length:  # of which no number comes
        given = "mask" if way.masked else "length"
        return f"Takes no {given} that leaves a target out: {what}"
    before = "" if masks(case) else ". Take padding out before you call it"
    if way.one_hot:
        return f"Takes no row of zeros: {what}{before}"
    if len(comes) == 1:
        told = f"{' or '.join(*comes.values())}: {what}"
    else:
        told = " or ".join(f"{' and '.join(of)} ({what})" for what, of in comes.items())
    if comes.get("it raises IndexError") == [number(IGNORED)]:
        # An index below 0 counts from the end, where there are as many.
        told += f"; from {-IGNORED} words on, {number(IGNORED)} gives a number, too"
    return f"Takes no target of {told}{before}"


def masks(case: Case) -> list[str]:
    """The parameters that may be a mask, and need not be given."""
    if case.function.way.masked:
        return []
    optional = (
        one.name
        for one in parameters_of(case.function.loss)
        if one.default is None and one.kind is not one.POSITIONAL_ONLY
    )
    return [name for name in optional if role_of(name, {}) == "mask"]


def not_tried(names: Sequence[str]) -> list[str]:
    return [f"its `{name}`; if it is a mask, say mask='{name}'" for name in names]


def with_mask(
    case: Case, axis: int | None, names: Sequence[str]
) -> Iterator[tuple[Case, str]]:
    """The case with one of these that is a mask, and its name: it changes nothing where
    all is scored, and what it leaves out does not matter."""
    o, targets = probe(axis, "behind", IGNORED)
    scored = TOKENS.reshape(targets.shape)
    others = np.where((targets == IGNORED)[..., np.newaxis], -o, o)
    for given in itertools.product(names, (False, True), (False, True)):
        masked = replace(case, function=case.function.with_mask(*given))
        seen, other = (masked.seen(x, targets, axis) for x in (o, others))
        if isinstance(other, Exception) or not fits(seen, other):
            continue
        if fits(masked.seen(o, scored, axis), case.right(o, scored), case.near):
            yield masked, given[0]


def padded(case: Case, axis: int | None, ignored: int) -> Seen | None:
    """The same by one number; None if it takes none of it. Of who shifts, the mask may
    be that of the places that predict."""
    seen = as_given(case, axis, ignored)
    shifts = case.function.way.masked and "align" in case.steps
    if not seen or not shifts or all(one.name for one in seen.findings):
        return seen
    ahead = replace(case, function=case.function.by(ahead=True))
    other = as_given(ahead, axis, ignored) or seen
    if not all(one.name for one in other.findings):
        return seen
    moved = Finding.of(MASK_AHEAD, seen.findings[0].shown)
    return Seen([moved, *other.findings], case=ahead)


def as_given(case: Case, axis: int | None, ignored: int) -> Seen | None:
    """What a place of the padding shows."""
    few = of_few(case, axis)
    if isinstance(few, Exception):
        return None
    void = case.reduction != "none" and not np.isfinite(few).all()
    if void and not (case.function.sure or case.function.way.surely_masked):
        return None
    known = in_padding(case) + (hidden(case) if axis is not None else [])
    way = case.function.way
    for place in list(PADDED)[: 1 if way.by_length or way.by_documents else None]:
        o, targets = probe(axis, place, ignored)
        answer = scored_alone(case.seen(o, targets, axis), case, targets)
        name = f"three sequences, padding {place}"
        if refused(answer):
            return Seen(notes=[f"Of {name}: {show(answer)}"])
        fit = first_fit(answer, with_more(case, known), o, targets, name)
        if fit == Seen():
            continue
        right = case.right(o, targets)
        if place == "behind":
            if void:
                shown = (Shown(name, show(answer), show(right)),)
                return Seen([Finding(NO_NUMBER, shown, mend=ZEROS, room=11)])
            other = [unknown(case, name, answer, right, ALONE)]
            return not_left_out(case, fit.findings if fit else other, ignored)
        one = Finding.of(BY_PLACE, (Shown(name, show(answer), show(right)),))
        return Seen([unless_none(case, one, ignored)])
    return Seen()


def in_padding(case: Case) -> list[Fault]:
    """What padding shows, by a number or by what is given in its place."""
    way = case.function.way
    if not (way.masked or way.by_length):
        return IN_PADDING
    given = "mask" if way.masked else "length"
    others = [replace(one, what=one.what.format(given)) for one in NOT_MASKED]
    return others + [one for one in IN_PADDING if one.step != "ignore"]


def hidden(case: Case) -> list[Fault]:
    """What sequences of one length do not show, as a mean of means."""
    right = case.right(SEQUENCES, TOKENS)
    return [
        one
        for one in IN_SEQUENCES
        if fits(case.having(one).right(SEQUENCES, TOKENS), right)
    ]


def of_few(case: Case, axis: int | None) -> Answer:
    """What it gives where a target of few tokens is padding: of many NumPy reads −100
    from the end."""
    ignored = case.function.padding
    o, targets = probe(axis, "behind", ignored)
    few = np.where(targets == ignored, ignored, targets % 4)
    return case.seen(o[..., :4], few, axis)


def probe(axis: int | None, place: str, ignored: int) -> tuple[Array, Array]:
    targets = np.where(PADDED[place] < 0, ignored, PADDED[place])
    if axis is None:  # their tokens in a row
        return SEQUENCES.reshape(-1, SEQUENCES.shape[-1]), targets.ravel()
    return SEQUENCES, targets


def scored_alone(answer: Answer, case: Case, targets: Array) -> Answer:
    """Of losses for each token those that are scored; the others are the caller’s."""
    if case.reduction != "none" or isinstance(answer, Exception):
        return answer
    aligned = [one for one in (*case.declared, *case.faults) if one.step == "align"]
    for fault in aligned[-1:]:
        _, targets = fault.does(np.empty((*targets.shape, 0)), targets)
    if answer.size != targets.size:
        return answer
    return np.where(targets.ravel() != case.function.ignored, answer.ravel(), 0)


def not_left_out(case: Case, found: list[Finding], ignored: int) -> Seen:
    """It knows padding and does it wrong; or it knows none, and nobody may give it."""
    if means_padding(case, found):
        found = [by_length(case, one) for one in found]
        return Seen([unless_none(case, one, ignored) for one in found])
    shown = found[0].shown[0]
    what = f"it silently makes {shown.seen}, not {shown.expected}"
    return knows_none(case, f"of {targets_of(case, ignored)} {what}")


def knows_none(case: Case, what: str) -> Seen:
    """A note, with the words in which the caller says otherwise."""
    note = (
        f"Knows no padding, and raises nothing: {what}. Leave them out before, or say "
        "what it has: ignore_index=None or ignore_index=…"
    )
    return Seen([], not_tried(masks(case)), [note], case=without(case))


def without(case: Case) -> Case:
    """The case as of who has no padding."""
    return replace(case, function=case.function.ignoring(None))
