"""What a function does besides answering: it keeps something, writes into its
arguments, is random, or takes single rows alone.
"""

from dataclasses import replace

import numpy as np

from .explanation import Explanation, fits
from .faults.behavior import AVERAGE, GROWS, IN_PLACE, RAISES, RANDOM, ROW_INDEX
from .faults.fault import Fault
from .outputs import Answer
from .probes import MANY_ROWS, PROBES
from .reference import evaluate
from .report import Finding, Shown, show
from .subject import SHAPES, Subject

SAME = 1e-9
ROUNDED = 1e-6  # a step that float32 may lose
TIMES = 8


def same_again(subject: Subject, likeliest: Subject) -> Finding | None:
    """What it does when it is asked the same again, with others between; and with many
    rows, unless it takes them so by accident."""
    shape = subject.way.shape
    alike = shape.axis == -1 and subject.way.roles == likeliest.way.roles
    long = not shape.by_rows and (subject is likeliest or alike)
    other = subject.rows(*PROBES["example"])
    # Many rows cost more, and are asked once less.
    probes = (("batch", PROBES["batch"], 2), ("3,001 rows", MANY_ROWS, 1))
    for name, rows, times in probes[: 1 + long]:
        asked = subject.rows(*rows)
        first, *others = [subject.ask(*asked) for _ in range(times)]
        subject.ask(*other)
        others.append(subject.ask(*asked))
        changed = [one for one in others if not is_same(one, first)]
        if changed:
            subject.ask(*other)
            answers = [subject.ask(*asked) for _ in range(TIMES)]
            both = f"{show(first)}, then {show(changed[0])}"
            fault = habit([first, *others], answers)
            return Finding.of(fault, Shown(name, both, "the same"))
    return None


def is_same(one: Answer, other: Answer) -> bool:
    if isinstance(one, Exception) or isinstance(other, Exception):
        return type(one) is type(other)
    return fits(one, other, SAME)


def habit(before: list[Answer], answers: list[Answer]) -> Fault:
    """Why the same question has different answers: the last come one after the other,
    once another question was between."""
    numbers = [one for one in answers if not isinstance(one, Exception)]
    if len(numbers) < TIMES or any(isinstance(one, Exception) for one in before):
        return RAISES
    means = np.array([one.mean() for one in numbers])
    steps = np.diff(means)
    steps[np.abs(steps) < ROUNDED * np.abs(means).max()] = 0
    if np.allclose(steps, steps[0], rtol=1e-3) and steps[0]:
        return GROWS
    shrink = (np.abs(steps[1:]) < np.abs(steps[:-1])) | (steps[1:] == 0)
    one_way = len({*np.sign(steps[steps != 0])}) == 1
    return AVERAGE if shrink.all() and one_way and steps[1] else RANDOM


def changes(case: Explanation) -> list[Finding]:
    """Whether it wrote into its arguments."""
    way = case.subject.way
    names = {role: name or role for name, role in way.named}
    changed = sorted(names.keys() & case.subject.changed)
    if not changed:
        return []
    shown = (Shown("batch", f"the {x} changed", "as they were") for x in changed)
    copy = "clone" if way.framework.name == "PyTorch" else "copy"
    fixes = " and ".join(f"{names[x]} = {names[x]}.{copy}()" for x in changed)
    return [Finding.of(replace(IN_PLACE, fix=f"{IN_PLACE.fix}: {fixes}"), *shown)]


def rows_alone(case: Explanation) -> list[Finding]:
    """It was asked row by row: a batch that it takes all the same is wrong."""
    way = case.subject.way
    batch = Subject(case.subject.loss, replace(way, shape=SHAPES[0]))
    o, targets = PROBES["square"]
    seen = batch.ask(o, targets, case.kind)
    if isinstance(seen, Exception) or seen.size != 1:
        return []
    shown = Shown.of("square", seen, np.asarray(evaluate(o, targets)))
    if fits(seen, np.asarray(evaluate(o, targets, (ROW_INDEX,)))):
        return [Finding.of(ROW_INDEX, shown)]
    return [Finding("something other than cross-entropy, of a batch", (shown,))]
