"""Sequences (B, T, V): whether a function takes them, in which layout, and rightly."""

from dataclasses import replace
from typing import Any

import numpy as np

from ._answers import Answer, size
from ._case import Case, fits
from ._explain import IN_SEQUENCES
from ._match import Seen, first_fit, says, unknown, with_more
from ._probes import SEQUENCES, TOKENS, waves
from ._report import Finding, Shown
from ._steps import Fault
from ._ways import OF_AXIS

LAYOUTS = {-1: "; sequences are (B, T, V)", 1: "; sequences are (B, V, T)"}
NAME = "three sequences"
LONG = waves(2, 8, 6), np.arange(16).reshape(2, 8) ** 2 % 6
ALIKE = ("batch", "align", "unit", "reduce")  # what rows may show otherwise
# What the code of who means sequences says.
WORDS = (
    "reshape",
    "view",
    "flatten",
    "ravel",
    "transpose",
    "permute",
    "swapaxes",
    "ndim",
)
OF_ROWS = {f"{one}-dropped": f"without the {one} token" for one in ("first", "last")}
TAKES_NONE = "Doesn’t take sequences (B, T, V): give it their rows"
OF_EACH = "sequences (B, T, V), of which it gives a number for each: add .mean()"
ROWS_ALONE = Fault(
    "rows-alone",
    "rows alone: sequences (B, T, V) have another loss",
    "reshape them to (B·T, V) first",
    13,
    kind="convention",
    if_="it is given rows",
    subject="Takes",
)
BY_ACCIDENT = replace(
    ROWS_ALONE,
    what="rows alone: long sequences (B, T, V) have another loss, and no error",
    kind="fault",
)
IF_ROWS: dict[str, Any] = {"may_be_meant": True, "if_": "it is given rows alone"}


def find_layout(case: Case) -> tuple[int | None, Seen]:
    """The axis of the vocabulary in sequences, or None, and what they show unpadded."""
    shape = case.function.way.shape
    axes = [shape.axis] if shape.sequences else list(LAYOUTS)
    answers = {axis: case.seen(SEQUENCES, TOKENS, axis) for axis in axes}
    found: dict[int, Seen] = {}
    for axis, seen in list(answers.items()):
        cases = with_more(case, IN_SEQUENCES, shape.sequences)
        fit = first_fit(seen, cases, SEQUENCES, TOKENS, NAME)
        if fit == Seen():
            return axis, fit
        # Who shifts rows shifts axis 0: T of rows that are one sequence, B of these.
        if axis == 1 and not shape.sequences and shifts(case):
            del answers[axis]
        elif fit:
            found[axis] = fit
        elif other := otherwise(case, seen):
            return axis, other
    return odd_sequences(case, answers, found)


def as_seen(case: Case, seen: Seen) -> Case:
    """With what sequences show, too."""
    names = {one.name for one in seen.findings}
    return case.having(*(one for one in IN_SEQUENCES if one.name in names))


def as_sequences(case: Case, axis: int | None, seen: Seen) -> Case | None:
    """The case that takes sequences where rows were asked; None if it takes none, or
    takes them wrongly."""
    wrong = seen.instead or any(one.kind == "fault" for one in seen.findings)
    if axis is None or case.function.way.shape.sequences or wrong:
        return None
    function = case.function.by(shape=OF_AXIS[axis])
    return replace(as_seen(case, seen), function=function)


def shifts(case: Case) -> bool:
    """Whether rows show a shift that may be meant, or the caller says so."""
    given = (*case.declared, *case.faults)
    return any(one.step == "align" and one.kind == "convention" for one in given)


def otherwise(case: Case, seen: Answer) -> Seen | None:
    """What looks like a shift in rows, or a perplexity, may be one of sequences."""
    for old in [x for x in (*case.faults, *case.declared) if x.step in ALIKE]:
        rest = case.less(old)
        for other in [rest.having(one) for one in IN_SEQUENCES if one.step in ALIKE]:
            right = other.right(SEQUENCES, TOKENS)
            if fits(seen, right, other.near_for(SEQUENCES)):
                one, alone = other.faults[-1], case.function.way.shape.sequences
                fixed = rest.having(*one.leaves).right(SEQUENCES, TOKENS)
                found = [Finding.of(one, (Shown.of(NAME, seen, fixed),))]
                if not alone and old.name in OF_ROWS:
                    what = f"{one.what}; of rows (N, V), {OF_ROWS[old.name]}"
                    found = [replace(found[0], what=what)]
                # What is meant by sequences says nothing of a token that is left out.
                odd = one.kind == "convention" and "ignore" in case.steps
                instead = () if odd else (old.name,)
                return Seen(found, instead=instead, case=other if alone else None)
    return None


def odd_sequences(
    case: Case, answers: dict[int, Answer], found: dict[int, Seen]
) -> tuple[int | None, Seen]:
    """Sequences that are not right: refused, by a known fault, or in a new way.

    Who is right about rows may not be made for sequences; who swaps or reshapes axes
    means them. A softmax over axis 1 that takes them, and picks from the last axis, is
    right in no layout; of rows that have a fault this is told later.
    """
    only = case.function.way.shape.sequences
    made = only or says(case, WORDS)
    given = [a for a, x in answers.items() if not isinstance(x, Exception)]
    meant = [axis for axis in found if made or axis == -1]
    if meant:
        fit = found[meant[0]]
        if not made and [one.name for one in fit.findings] == ["wrong-axis"]:
            if faulty(case):
                return None, rows_alone(case, answers[-1])
            fit.findings[0] = replace(fit.findings[0], **IF_ROWS)
        return meant[0], fit if only else replace(fit, case=None)
    if only or (made and given):
        axis = next(iter([*given, *answers]))
        if size(answers[axis]) == len(SEQUENCES):
            return None, Seen(not_tried=[OF_EACH])
        right = case.right(SEQUENCES, TOKENS)
        return axis, Seen([unknown(case, NAME, answers[axis], right)])
    if -1 in given:
        return None, rows_alone(case, answers[-1])
    return None, by_accident(case) or Seen(notes=[TAKES_NONE])


def rows_alone(case: Case, seen: Answer) -> Seen:
    """What sequences give, of who may be given rows."""
    shown = Shown.of(NAME, seen, case.right(SEQUENCES, TOKENS))
    return Seen([Finding.of(ROWS_ALONE, (shown,))])


def faulty(case: Case) -> bool:
    """Whether rows have shown a fault."""
    return any(fault.kind == "fault" for fault in case.faults)


def by_accident(case: Case) -> Seen | None:
    """What who is right of rows gives of sequences so long that every id is a place
    in them, too; but nobody gives sequences to who wants a column for each row."""
    columns = case.function.way.shape.axis == 0
    if columns or faulty(case):
        return None
    seen, right = case.seen(*LONG), case.right(*LONG)
    if isinstance(seen, Exception) or fits(seen, right):
        return None
    shown = Shown.of("two sequences of 8", seen, right)
    return Seen([Finding.of(BY_ACCIDENT, (shown,))])
