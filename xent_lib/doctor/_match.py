"""A further answer, held against what the rows have shown and the faults that may be
beside it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._answers import Answer
from ._case import Case, fits
from ._report import Finding, Shown
from ._steps import Array, Fault
from ._words import words_of

GIVES, NO_LOSS = "It gives", "no loss"


@dataclass
class Seen:
    """What a check found, and what it says beside."""

    findings: list[Finding] = field(default_factory=list)
    not_tried: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    instead: tuple[str, ...] = ()  # what was named before, and is another
    gradient: bool = False  # whether one was looked at
    case: Case | None = None  # what it was seen to be, in place of what it was


def with_more(case: Case, faults: Sequence[Fault], two: bool = True) -> Iterator[Case]:
    """The case, and with one or two of these faults."""
    fit = [
        fault
        for fault in faults
        if fault.step not in case.steps and case.reduction in fault.hows
    ]
    yield case
    for fault in fit:
        yield case.having(fault)
    for i, fault in enumerate(fit if two else ()):
        for other in fit[:i]:
            if other.step != fault.step:
                yield case.having(other, fault)


def first_fit(
    seen: Answer, cases: Iterator[Case], o: Array, targets: Array, name: str
) -> Seen | None:
    """What the first case that fits has more than the first, and that case; None if
    none does."""
    alone = next(cases)
    right = alone.right(o, targets)
    if fits(seen, right, alone.near_for(o)):
        return Seen()
    for case in cases:
        if fits(seen, case.right(o, targets), case.near_for(o)):
            found = []
            for one in case.faults[len(alone.faults) :]:
                fixed = alone.having(*one.leaves).right(o, targets)
                found.append(Finding.of(one, (Shown.of(name, seen, fixed),)))
            return Seen(found, case=case)
    return None


def unknown(
    case: Case, name: str, seen: Answer, right: Array, where: str = ""
) -> Finding:
    """A difference that none of the known faults explains."""
    shown = (Shown.of(name, seen, right),)
    if isinstance(seen, Exception):
        return Finding(NO_LOSS + where, shown, subject=GIVES)
    return case.unknown(shown, where)


def says(
    case: Case, words: Sequence[str], of: Callable[[Any], set[str]] = words_of
) -> bool:
    """Whether the function’s own code says one of these words."""
    return any(word in one for one in of(case.function.loss) for word in words)


def number(x: int) -> str:
    """With a minus, as prose has it."""
    return f"{x}".replace("-", "−")
