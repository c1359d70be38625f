"""What a function does besides answering: it keeps something, writes into its
arguments, is random, or takes single rows alone.
"""

from dataclasses import replace

import numpy as np

from .explanation import Explanation, fits
from .faults.score import ROW_INDEX
from .outputs import Answer
from .probes import MANY_ROWS, PROBES
from .reference import evaluate
from .report import Finding, Shown, show
from .subject import SHAPES, Subject

SAME = 1e-9


def same_again(subject: Subject, likeliest: Subject) -> Finding | None:
    """What it does when it is asked the same again, with others between; and with many
    rows, unless it takes them so by accident."""
    shape = subject.way.shape
    alike = shape.axis == -1 and subject.way.roles == likeliest.way.roles
    long = not shape.by_rows and (subject is likeliest or alike)
    other = subject.laid("example")
    # Many rows cost more, and are asked once less.
    probes = (("batch", PROBES["batch"], 2), ("3,001 rows", MANY_ROWS, 1))
    for name, rows, times in probes[: 1 + long]:
        asked = subject.rows(*rows)
        first, *others = [subject.ask(*asked) for _ in range(times)]
        subject.ask(*other)
        others.append(subject.ask(*asked))
        changed = [one for one in others if not is_same(one, first)]
        if changed:
            both = f"{show(first)}, then {show(changed[0])}"
            return Finding.of("random", Shown(name, both, "the same"))
    return None


def is_same(one: Answer, other: Answer) -> bool:
    if isinstance(one, Exception) or isinstance(other, Exception):
        return type(one) is type(other)
    return fits(one, other, SAME)


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
    found = Finding.of("in-place", *shown)
    return [replace(found, fix=f"{found.fix}: {fixes}")]


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
