"""What a function does beside answering: keeps something, writes into its arguments,
is random, or takes one row alone."""

from dataclasses import replace
from typing import Any

import numpy as np

from ._answers import Answer
from ._axes import in_a_list
from ._case import Case, fits
from ._function import Function
from ._match import GIVES
from ._probes import MANY_ROWS, PROBES
from ._report import Finding, Shown, show
from ._steps import Fault, evaluate
from ._ways import SHAPES

SAME = 1e-9
TIMES = 5


def of(name: str, what: str, mend: str, room: int = 13) -> Fault:
    return Fault(name, what, mend, room)


RANDOM = of(
    "random",
    "not the same twice: it is random",
    "leave dropout, noise and samples out of the loss",
)
AVERAGE = of(
    "running-average",
    "not the same twice: a running average of its calls",
    "return the loss of this call, and average where it is shown",
)
GROWS = of(
    "accumulated",
    "not the same twice: it adds up over its calls",
    "begin each call at 0",
    2,
)
CHANGED = Fault(
    "in-place",
    "not the same afterwards",
    "work on a copy",
    13,
    subject="Its arguments are",
    may_be_meant=True,
)
ROW_INDEX = of(
    "row-index",
    "of whole rows: log_p[targets], without the index of the row",
    "pick one of each row: log_p[np.arange(N), targets]",
)


def same_again(function: Function, likeliest: Function) -> Finding | None:
    """What it does when it is asked the same again, and others between; and of many
    rows, unless it is by accident that it takes them so."""
    asked = function.rows(*PROBES["batch"])
    many = function.rows(*MANY_ROWS)
    shape = function.way.shape
    alike = shape.axis == -1 and function.way.roles == likeliest.way.roles
    long = not shape.by_rows and (function is likeliest or alike)
    for one in (asked, many)[: 1 + long]:
        # Many rows cost more, and are asked once less.
        answers = [function.ask(*one) for _ in range(2 if one is asked else 1)]
        function.ask(*function.rows(*PROBES["example"]))
        answers.append(function.ask(*one))
        first = answers[0]
        if isinstance(first, Exception) or all(fits(x, first, SAME) for x in answers):
            continue
        answers = [function.ask(*one) for _ in range(TIMES)]
        name = "batch" if one is asked else "3,001 rows"
        shown = tuple(Shown.of(name, x, first) for x in answers[:2])
        return Finding.of(habit(answers), shown)
    return None


def habit(answers: list[Answer]) -> Fault:
    """What makes the same question have other answers."""
    means = [np.mean(x) for x in answers if not isinstance(x, Exception)]
    steps = np.diff(means)
    if len(means) < TIMES:
        return RANDOM
    if np.allclose(steps, steps[0], rtol=1e-3) and steps[0]:
        return GROWS
    if (np.abs(steps[1:]) < np.abs(steps[:-1])).all() and len(set(np.sign(steps))) == 1:
        return AVERAGE
    return RANDOM


def changes(case: Case) -> list[Finding]:
    """Whether it wrote into what it was given, and not into what it need not be."""
    way = case.function.way
    names = {role: name or role for name, role in way.named}
    changed = sorted(names.keys() & case.function.changed)
    if not changed:
        return []
    shown = tuple(
        Shown("batch", f"the {role} changed", "as they were") for role in changed
    )
    copy = "clone" if way.framework.name == "PyTorch" else "copy"
    mends = " and ".join(f"{names[one]} = {names[one]}.{copy}()" for one in changed)
    fault = replace(CHANGED, mend=f"{CHANGED.mend}: {mends}")
    return [Finding.of(fault, shown)]


def spares_last(case: Case) -> bool:
    """Whether the logits of the last place change nothing, as where targets are
    shifted."""
    o, targets = PROBES["batch"]
    turned = np.concatenate([o[:-1], -o[-1:]])
    seen, other = (case.seen(*case.function.rows(x, targets)) for x in (o, turned))
    return not isinstance(other, Exception) and fits(seen, other, SAME)


def alone(case: Case) -> list[Finding]:
    """It was asked row by row: a batch that it takes all the same is wrong."""
    way = case.function.way
    batch = Function(case.function.loss, replace(way, shape=SHAPES[0]))
    if way.shape.kept:
        seen = batch.ask(*PROBES["batch"], case.kind)
        shown, mend = (shown_of(seen, "a number"),), in_a_list(batch.loss, way)
        return [Finding("no loss of a batch", shown, mend=mend, subject=GIVES)]
    o, targets = PROBES["square"]
    seen = batch.ask(o, targets, case.kind)
    if isinstance(seen, Exception) or seen.size != 1:
        return []
    right = np.asarray(evaluate(o, targets))
    rows = np.asarray(evaluate(o, targets, (BY_ROWS,)))
    if fits(seen, rows):
        return [Finding.of(ROW_INDEX, (Shown.of("square", seen, right),))]
    what = "something other than cross-entropy, of a batch"
    return [Finding(what, (Shown.of("square", seen, right),))]


def shown_of(seen: Any, expected: str) -> Shown:
    return Shown("3 rows of 4 logits", show(seen), expected)


BY_ROWS = Fault(
    "row-index",
    "",
    "",
    13,
    "score",
    lambda log_p, targets: -log_p[targets].mean(axis=-1),
)
OF_CALLS = (RANDOM, AVERAGE, GROWS, CHANGED, ROW_INDEX)
