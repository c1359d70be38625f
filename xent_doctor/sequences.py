"""Sequences (B, T, V): whether a function takes them, in which layout, and rightly.

A function that is right about rows need not be made for sequences. It is, if its own
answer to sequences is a known loss; what it gives of them by accident is only told.
"""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from .explanation import Explanation, fits
from .faults.batch_and_alignment import LONG_SEQUENCES_TOO, ROWS_ALONE
from .outputs import Answer, size
from .probes import MANY_SEQUENCES, PROBES, SEQUENCES, TOKENS, waves
from .report import Finding, Seen, Shown
from .rows import shows, unknown
from .search import IN_SEQUENCES
from .subject import OF_AXIS

LAYOUTS = {-1: "; sequences are (B, T, V)", 1: "; sequences are (B, V, T)"}
NAME = "three sequences"
LONG = waves(2, 8, 6), np.arange(16).reshape(2, 8) ** 2 % 6
ALIKE = ("batch", "align", "unit", "reduce")  # what rows may show differently
OF_ROWS = {f"{one}-dropped": f"without the {one} token" for one in ("first", "last")}
TAKES_NONE = "Doesn’t take sequences (B, T, V): give it their rows"
OF_EACH = "sequences (B, T, V), of which it gives a number for each: add .mean()"
IF_ROWS: dict[str, Any] = {"may_be_meant": True, "right_if": "it is given rows alone"}


def sequences(case: Explanation, more: bool) -> tuple[int | None, Seen]:
    """The axis of the vocabulary in sequences, or None; and what they show; also more
    than three of them."""
    axis, seen = find_layout(case)
    if axis is not None and more and not seen.findings:
        many = case.seen(*MANY_SEQUENCES, axis)
        if not isinstance(many, Exception):
            more_of = shows(case, "20 sequences", *MANY_SEQUENCES, seen=many)
            seen.findings += more_of.findings
    return axis, seen


def find_layout(case: Explanation) -> tuple[int | None, Seen]:
    shape = case.subject.way.shape
    axes = [shape.axis] if shape.sequences else list(LAYOUTS)
    answers = {axis: case.seen(SEQUENCES, TOKENS, axis) for axis in axes}
    found: dict[int, Seen] = {}
    for axis, seen in list(answers.items()):
        if isinstance(seen, Exception):
            continue
        two = shape.sequences
        told = shows(case, NAME, SEQUENCES, TOKENS, IN_SEQUENCES, seen, two)
        if not told.findings:
            return axis, told
        # If it shifts rows it shifts axis 0: T of rows in one sequence, B of these.
        if axis == 1 and not shape.sequences and shifts(case):
            del answers[axis]
        elif told.explanation:
            found[axis] = told
        elif other := in_place_of_another(case, seen):
            return axis, other
    return odd_sequences(case, answers, found)


def with_sequences(case: Explanation, seen: Seen) -> Explanation:
    """With what sequences show, too."""
    names = {one.name for one in seen.findings}
    return case.having(*(one for one in IN_SEQUENCES if one.name in names))


def given_sequences(
    case: Explanation, axis: int | None, seen: Seen
) -> Explanation | None:
    """The case that is asked sequences in place of rows; None if it takes none, or
    takes them wrongly."""
    wrong = seen.withdrawn or any(one.kind == "fault" for one in seen.findings)
    if axis is None or case.subject.way.shape.sequences or wrong:
        return None
    subject = case.subject.by(shape=OF_AXIS[axis])
    return replace(with_sequences(case, seen), subject=subject)


def shifts(case: Explanation) -> bool:
    """Whether rows show a shift that may be meant, or the caller says so."""
    return any(x.step == "align" and x.kind == "convention" for x in case.all_faults)


def in_place_of_another(case: Explanation, seen: Answer) -> Seen | None:
    """What looks like a shift in rows, or a perplexity, may be one of sequences."""
    for old in [x for x in (*case.faults, *case.declared) if x.step in ALIKE]:
        rest = case.without(old)
        for other in [rest.having(one) for one in IN_SEQUENCES if one.step in ALIKE]:
            right = other.right(SEQUENCES, TOKENS)
            if fits(seen, right, other.near_for(SEQUENCES)):
                return withdrawn(case, old, other, seen)
        if old.name == "scaled" and not isinstance(seen, Exception):
            for one, how in itertools.product(IN_SEQUENCES, ("mean", "sum")):
                alone = replace(rest, reduction=how).having(one)
                factor = float(np.mean(seen) / np.mean(alone.right(SEQUENCES, TOKENS)))
                other = replace(rest, reduction=how).having(old.of(factor), one)
                if how in one.reductions and not other.missed(0):
                    found = withdrawn(case, old, other, seen)
                    shown = found.findings[0].shown
                    found.findings.append(Finding.of(old.of(factor), *shown))
                    return found
    return None


def withdrawn(case: Explanation, old: Any, other: Explanation, seen: Answer) -> Seen:
    """One fault of sequences in place of one of rows."""
    one, alone = other.faults[-1], case.subject.way.shape.sequences
    fixed = other.without(one).having(*one.leaves).right(SEQUENCES, TOKENS)
    found = Finding.of(one, Shown.of(NAME, seen, fixed))
    if not alone and old.name in OF_ROWS:
        what = f"{one.what}; of rows (N, V), {OF_ROWS[old.name]}"
        found = replace(found, what=what)
    # What is meant by sequences says nothing about a token that is left out.
    odd = one.kind == "convention" and "ignore" in case.steps
    names = () if odd else (old.name,)
    return Seen([found], withdrawn=names, explanation=other if alone else None)


def odd_sequences(
    case: Explanation, answers: dict[int, Answer], found: dict[int, Seen]
) -> tuple[int | None, Seen]:
    """Sequences that are not right: refused, by a known fault, or in a new way."""
    only = case.subject.way.shape.sequences
    given = [a for a, x in answers.items() if not isinstance(x, Exception)]
    one_each = [a for a in given if size(answers[a]) == len(SEQUENCES)]
    if one_each:
        return None, Seen(not_tried=[OF_EACH])
    made = only or case.subject.way.by_length or made_for_them(case)
    meant = [x for x in found if made or x == -1 or names_of(found[x]) == ["reshaped"]]
    if meant:
        axis = meant[0]
        fit = found[axis]
        # A softmax over axis 1, of a function that picks from the last: for rows.
        if not made and names_of(fit) == ["wrong-axis"]:
            if has_fault(case):
                return None, other_loss(case, answers[-1])
            fit.findings[0] = replace(fit.findings[0], **IF_ROWS)
        return axis, fit if only else replace(fit, explanation=None)
    if only or (made and given):
        axis = next(iter([*given, *answers]))
        right = case.right(SEQUENCES, TOKENS)
        return axis, Seen([unknown(case, NAME, answers[axis], right)])
    if -1 in given:
        return None, other_loss(case, answers[-1])
    return None, by_accident(case) or Seen(notes=[TAKES_NONE])


def names_of(seen: Seen) -> list[str]:
    return [one.name for one in seen.findings]


def made_for_them(case: Explanation) -> bool:
    """Whether it is right with two sequences of one length, so that it means them."""
    o, targets = (np.stack([x, x[::-1]]) for x in PROBES["a vocabulary of 128"])
    return any(case.fits(o, targets, axis) for axis in LAYOUTS)


def other_loss(case: Explanation, seen: Answer) -> Seen:
    """What sequences give, of a function that may be given rows."""
    shown = Shown.of(NAME, seen, case.right(SEQUENCES, TOKENS))
    return Seen([Finding.of(ROWS_ALONE, shown)])


def has_fault(case: Explanation) -> bool:
    return any(fault.kind == "fault" for fault in case.faults)


def by_accident(case: Explanation) -> Seen | None:
    """What it gives of sequences so long that every id is a place in them, too; but
    nobody gives sequences to a function that wants a column for each row."""
    if case.subject.way.shape.axis == 0 or has_fault(case):
        return None
    seen, right = case.seen(*LONG), case.right(*LONG)
    if isinstance(seen, Exception) or fits(seen, right):
        return None
    shown = Shown.of("two sequences of 8", seen, right)
    return Seen([Finding.of(LONG_SEQUENCES_TOO, shown)])
