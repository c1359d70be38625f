"""A kind of loss, as data: what it is given, what is right, and what it is asked.

There is one way through the doctor: `subject` calls a function, `explanation` says what
it should answer, `search` finds the fewest faults. What differs is in a `Kind`: `loss`
has that of a loss of logits and targets, `two_models` those of distillation and DPO.
`diagnose` alone asks which kind it is: to find out how to call it, and which further
probes to ask.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .faults.fault import Fault
from .outputs import Answer

if TYPE_CHECKING:
    from .explanation import Explanation
    from .report import Diagnosis
    from .subject import Subject

Given = dict[str, Any]  # by role
Some = Sequence[tuple[Fault, ...]]
# What is tried of each way to call it; how many probes may be left; of how many ways.
Try = tuple[Sequence[Some], int, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """A probe is what `given` takes; everything else has it by role."""

    what: str  # completes "It is …"
    gives: dict[str, str]  # what it returns, by its reduction
    trained: tuple[str, ...]  # the roles by which it has a gradient
    shaped_as: str  # the role that has one entry for each loss
    given: Callable[..., Given]
    # Of a probe's name, a dtype, and whether it takes sequences alone: the probe.
    laid: Callable[[str, type, bool], tuple[Any, ...]]
    # What each role is handed over as, in NumPy: logits in this form, on this axis.
    arguments: Callable[["Subject", Given, str, int | None], Given]
    # What is right of it: with these faults, this reduction, in this dtype, where this
    # target is ignored.
    evaluate: Callable[[Given, Sequence[Fault], str, type, int | None], Any]
    # The first probes: those that it is asked; those that tell what it is, with their
    # rows; and whether an answer says nothing, since the function refuses that probe.
    asked: Callable[["Subject", str], Iterable[str]]
    telling: Callable[["Subject"], dict[str, int]]
    unanswered: Callable[["Explanation", str, Answer], bool]
    # What is asked again, and how often before another probe comes in between; what
    # comes last costs more.
    again: Sequence[tuple[str, int]]
    between: str
    # The search: what is tried, and in which order; the numbers of its own that a
    # function may keep; and the probes that decide between what fits.
    tries: Callable[[Sequence["Subject"], tuple[Fault, ...], bool], Sequence[Try]]
    kept: Callable[["Explanation"], Iterable["Explanation"]] = lambda case: [case]
    deciding: Callable[["Subject"], Iterator[tuple[Any, ...]]] = lambda _: iter(())
    undefined: bool = False  # whether a fault may leave no number at all
    declared: tuple[Fault, ...] = ()  # what is right of it, and of no other
    shapes: tuple[Any, ...] = ()  # the layouts, in the order in which they are tried
    worded: Callable[["Explanation", "Diagnosis"], "Diagnosis"] = lambda case, x: x
