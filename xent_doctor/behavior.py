"""What a function does besides answering: it keeps something, writes into its
arguments, is random, or takes single rows alone.
"""

from dataclasses import replace

import numpy as np

from .explanation import Explanation, fits
from .faults.behavior import AVERAGE, GROWS, IN_PLACE, RANDOM, ROW_INDEX
from .faults.fault import Fault
from .outputs import Answer
from .probes import MANY_ROWS, PROBES
from .reference import evaluate
from .report import Finding, Shown, show
from .subject import SHAPES, Subject

SAME = 1e-9
TIMES = 5


def same_again(subject: Subject, likeliest: Subject) -> Finding | None:
    """What it does when it is asked the same again, with others between; and with many
    rows, unless it takes them so by accident."""
    few = subject.rows(*PROBES["batch"])
    many = subject.rows(*MANY_ROWS)
    shape = subject.way.shape
    alike = shape.axis == -1 and subject.way.roles == likeliest.way.roles
    long = not shape.by_rows and (subject is likeliest or alike)
    for asked in (few, many)[: 1 + long]:
        # Many rows cost more, and are asked once less.
        answers = [subject.ask(*asked) for _ in range(2 if asked is few else 1)]
        subject.ask(*subject.rows(*PROBES["example"]))
        answers.append(subject.ask(*asked))
        first = answers[0]
        if isinstance(first, Exception) or all(fits(x, first, SAME) for x in answers):
            continue
        answers = [subject.ask(*asked) for _ in range(TIMES)]
        name = "batch" if asked is few else "3,001 rows"
        both = f"{show(first)}, then {show(answers[-1])}"
        return Finding.of(habit(answers), Shown(name, both, "the same"))
    return None


def habit(answers: list[Answer]) -> Fault:
    """Why the same question has different answers."""
    means = [np.mean(x) for x in answers if not isinstance(x, Exception)]
    steps = np.diff(means)
    if len(means) < TIMES:
        return RANDOM
    if np.allclose(steps, steps[0], rtol=1e-3) and steps[0]:
        return GROWS
    if (np.abs(steps[1:]) < np.abs(steps[:-1])).all() and len(set(np.sign(steps))) == 1:
        return AVERAGE
    return RANDOM


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
