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
from .reference import Array

if TYPE_CHECKING:
    from .explanation import Explanation
    from .report import Diagnosis
    from .subject import Subject

Given = dict[str, Any]  # by role
Some = Sequence[tuple[Fault, ...]]
# What is tried of each way to call it; how many probes may be left; of how many ways.
Round = tuple[Sequence[Some], int, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """A probe is what `given` takes; everything else has it by role."""

    what: str  # completes "It is …"
    trained: tuple[str, ...]  # the roles by which it has a gradient
    like: str  # the role of which there is one for each loss
    given: Callable[..., Given]
    # Of a probe's name, a dtype, and whether it takes sequences alone: the probe.
    laid: Callable[[str, type, bool], tuple[Any, ...]]
    # What each role is handed over as, in NumPy: logits in this form, on this axis.
    arguments: Callable[["Subject", Given, str, int | None], Given]
    # What is right of it: with these faults, this reduction, in this dtype, where this
    # target is ignored.
    evaluate: Callable[[Given, Sequence[Fault], str, type, int | None], Any]
    # The first probes: those that it is asked, and which tell, with their rows.
    asked: Callable[["Subject", str], Iterable[str]]
    scored: Callable[["Subject"], dict[str, int]]
    excused: Callable[["Explanation", str, Answer, Array], bool]
    # What is asked twice, and how often before other probes come in between: the first;
    # what comes last costs more.
    again: Sequence[tuple[str, int]]
    # The search: what is tried, round by round; the numbers of its own that a function
    # may keep; and the probes that decide between what fits.
    rounds: Callable[[Sequence["Subject"], tuple[Fault, ...], bool], Sequence[Round]]
    kept: Callable[["Explanation"], Iterable["Explanation"]] = lambda case: [case]
    deciding: Callable[["Subject"], Iterator[tuple[Any, ...]]] = lambda _: iter(())
    undefined: bool = False  # whether a fault may leave no number at all
    declared: tuple[Fault, ...] = ()  # what is right of it, and of no other
    shapes: tuple[Any, ...] = ()  # the layouts, in the order in which they are tried
    worded: Callable[["Explanation", "Diagnosis"], "Diagnosis"] = lambda case, x: x
