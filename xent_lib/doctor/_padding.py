"""Padding: targets that are to be left out, by which number or mask."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ._apart import IDS
from ._case import Case, fits
from ._faults_of_batches import TOKEN_IGNORED
from ._function import Function
from ._held import numbers_of
from ._match import Seen, number
from ._padding_known import (
    BY_PLACES,
    CUSTOM,
    counts,
    masks,
    not_tried,
    says_custom,
    without,
)
from ._padding_places import of_few, padded, probe
from ._probes import TOKENS
from ._report import show
from ._roles import LENGTHS, role_of
from ._steps import IGNORED
from ._ways import OF_AXIS

VOID, MOST = 255, 2**31  # what no class is in images of bytes; and no id
OF_CLASSES = r"^weight$|(class|pos)_?weight"
WEIGHS = (
    "Given a mask as its `{0}`, it gives {1.seen}, where the loss of what is scored is "
    "{1.expected}: if that is a mask, say mask='{0}'"
)


def padding(case: Case, axis: int | None, ignored: Sequence[int]) -> Seen:
    """What padded sequences show, by the first of these numbers that it takes."""
    if any(fault.blind for fault in case.faults):
        return Seen(not_tried=["padding, since it reads no target"])
    if case.function.way.by_length and axis is None:
        return Seen(not_tried=["padding by its lengths, since it takes no sequences"])
    for fault in case.faults:
        if fault.name == TOKEN_IGNORED.name and fault.size is not None:
            seen = of_numbers(case.less(fault), axis, (int(fault.size),))
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
    """What a mask shows that need not be given, of who leaves out a number, or has
    none: nothing, unless it is wrong."""
    names = [one for one in masks(case) if not re.search(OF_CLASSES, one)]
    seen = of_mask(case, axis, [*names, *masks(case, "lengths")])
    if not seen:
        return Seen(not_tried=not_tried(names))
    return replace(seen, case=seen.case if seen.findings else None)


def by_mask(
    case: Case, axis: int | None, ignored: Sequence[int], seen: Seen | None
) -> Seen:
    """What a mask shows that need not be given; of who has none, what was seen; of what
    may be one, both."""
    names = [] if case.function.sure else masks(case)
    found = of_mask(case, axis, [*names, *masks(case, "lengths")])
    if found and (found.case or (seen and seen.findings)):
        return found
    seen = seen or Seen(notes=[takes_none(case, axis, ignored)], case=without(case))
    if found:
        return replace(seen, not_tried=[], notes=[*found.notes, *seen.notes])
    return replace(seen, not_tried=not_tried(names))


def of_mask(case: Case, axis: int | None, names: Sequence[str]) -> Seen | None:
    """What one of these shows that is a mask; None if none is."""
    for masked, name in with_mask(case, axis, names):
        seen = padded(masked, axis, IGNORED) or Seen()
        if "weight" in name and [one.name for one in seen.findings] == [BY_PLACES]:
            return as_a_mask(name, seen)
        return replace(seen, case=seen.case or masked)
    return None


def as_a_mask(name: str, seen: Seen) -> Seen:
    """What is shown by what may be no mask: told, and no fault."""
    shown = [shown for one in seen.findings for shown in one.shown]
    return Seen(notes=[WEIGHS.format(name, one) for one in shown])


def by_number(
    case: Case, axis: int | None, ignored: Sequence[int]
) -> tuple[int, Seen | None]:
    """Of these, and of those that it holds where nobody says which, one that is left
    out; otherwise one that is left out, and counted; otherwise what the first shows."""
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
        return f"Doesn’t take a {given} that leaves a target out: {what}"
    before = "" if masks(case) else ". Take padding out before you call it"
    if way.one_hot:
        return f"Doesn’t take a row of zeros: {what}{before}"
    if len(comes) == 1:
        told = f"{' or '.join(*comes.values())}: {what}"
    else:
        told = " or ".join(f"{' and '.join(of)} ({what})" for what, of in comes.items())
    if comes.get("it raises IndexError") == [number(IGNORED)]:
        end = "raises nothing: it counts from the end"
        told += f"; in a vocabulary of {-IGNORED} or more {number(IGNORED)} {end}"
    return f"Doesn’t take a target of {told}{before}"


def with_mask(
    case: Case, axis: int | None, names: Sequence[str]
) -> Iterator[tuple[Case, str]]:
    """The case with one of these that is a mask, and its name: it changes nothing where
    all is scored, and what it leaves out does not matter, but perhaps one too many."""
    o, targets = probe(axis, "behind", IGNORED)
    scored = TOKENS.reshape(targets.shape)
    out = targets == IGNORED
    others = np.where((out & np.roll(out, 1, axis=-1))[..., np.newaxis], -o, o)
    for name, function in given_more(case.function, axis, names):
        masked = replace(case, function=function)
        seen, other = (masked.seen(x, targets, axis) for x in (o, others))
        if isinstance(other, Exception) or not fits(seen, other):
            continue
        if fits(masked.seen(o, scored, axis), case.right(o, scored), case.near):
            yield masked, name


def given_more(
    function: Function, axis: int | None, names: Sequence[str]
) -> Iterator[tuple[str, Function]]:
    """The function with one of these: each kind of mask, or of sequences’ lengths."""
    for name in names:
        if role_of(name, {}) == "mask":
            for left_out, booleans in itertools.product((False, True), repeat=2):
                way = {"left_out": left_out, "booleans": booleans}
                yield name, function.given(name, "mask", **way)
        elif axis is not None:
            for role in LENGTHS:
                yield name, function.given(name, role, shape=OF_AXIS[axis])
