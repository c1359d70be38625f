"""Sequences (B, T, V): whether a function takes them, in which layout, and rightly.

A function that is right about rows need not be made for sequences. It is, if its own
answer to sequences is a known loss; what it gives of them by accident is only told.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from .explanation import Explanation, fits
from .hypotheses import IN_SEQUENCES
from .outputs import Answer, size
from .probes import MANY_SEQUENCES, PROBES, SEQUENCES, TOKENS, waves
from .report import Finding, Seen, Shown
from .rows import shows, unknown
from .signature import LENGTHS, TEXTS

LAYOUTS = {-1: "; sequences are (B, T, V)", 1: "; sequences are (B, V, T)"}
NAME = "three sequences"
LONG = waves(2, 8, 6), np.arange(16).reshape(2, 8) ** 2 % 6
ALIKE = ("batch", "align", "unit", "reduce")  # what rows may show differently
OF_ROWS = {f"{one}-dropped": f"without the {one} token" for one in ("first", "last")}
TAKES_NONE = "Doesn’t take sequences (B, T, V): give it their rows"
OF_EACH = "sequences (B, T, V), of which it gives a number for each: add .mean()"


def sequences(case: Explanation, more: bool) -> tuple[int | None, Seen]:
    """The axis of the vocabulary in sequences, or None; and what they show; also more
    than three of them."""
    shape = case.subject.way.shape
    axes = [shape.axis] if shape.sequences else list(LAYOUTS)
    answers = {axis: case.seen(SEQUENCES, TOKENS, axis=axis) for axis in axes}
    given: dict[int, Answer] = {
        a: x for a, x in answers.items() if not isinstance(x, Exception)
    }
    shifts = any(x.step == "align" and x.kind == "convention" for x in case.all_faults)
    found: dict[int, Seen] = {}
    for axis, seen in list(given.items()):
        two = shape.sequences
        told = shows(case, NAME, (SEQUENCES, TOKENS), IN_SEQUENCES, seen, two)
        if not told.findings:
            many = case.seen(*MANY_SEQUENCES, axis=axis)
            if more and not isinstance(many, Exception):
                told = shows(case, "20 sequences", MANY_SEQUENCES, seen=many)
            few: dict[str, Any] = {"one sequence": np.s_[:1]} if two else {}
            if not ("align" in case.steps or case.subject.way.has(TEXTS)):
                few["sequences of one token"] = np.s_[:, :1]
            for name, some in few.items():
                one = SEQUENCES[some], TOKENS[some]
                if not told.findings:
                    told = shows(case, name, one, seen=case.seen(*one, axis=axis))
            return axis, told
        # If it shifts rows it shifts axis 0: T of rows in one sequence, B of these.
        if axis == 1 and not two and shifts:
            del given[axis]
        elif told.explanation:
            found[axis] = told
        elif other := in_place_of_another(case, seen):
            return axis, other
    return odd_sequences(case, answers, given, found)


def with_sequences(case: Explanation, seen: Seen) -> Explanation:
    """With what sequences show, too."""
    names = {one.name for one in seen.findings}
    return case.having(*(one for one in IN_SEQUENCES if one.name in names))


def in_place_of_another(case: Explanation, seen: Any) -> Seen | None:
    """What looks like a shift in rows, or a perplexity, may be one of sequences."""
    for old in [x for x in (*case.faults, *case.declared) if x.step in ALIKE]:
        rest = case.without(old)
        for other in [rest.having(one) for one in IN_SEQUENCES if one.step in ALIKE]:
            if not other.fits_answer(seen, SEQUENCES, TOKENS):
                continue
            one, alone = other.faults[-1], case.subject.way.shape.sequences
            fixed = rest.having(*one.leaves).predicted(SEQUENCES, TOKENS)
            found = Finding.of(one, Shown.of(NAME, seen, fixed))
            if not alone and old.name in OF_ROWS:
                of_rows = f"; of rows (N, V), {OF_ROWS[old.name]}"
                found = replace(found, what=one.what + of_rows)
            # What is meant by sequences says nothing about a token that is left out.
            odd = one.kind == "convention" and "ignore" in case.steps
            names = () if odd else (old.name,)
            return Seen([found], withdrawn=names, explanation=other if alone else None)
    return None


def odd_sequences(
    case: Explanation,
    answers: dict[int, Answer],
    given: dict[int, Answer],
    found: dict[int, Seen],
) -> tuple[int | None, Seen]:
    """Sequences that are not right: refused, by a known fault, or in a new way."""
    only = case.subject.way.shape.sequences
    if any(size(x) == len(SEQUENCES) for x in given.values()):
        return None, Seen(not_tried=[OF_EACH])
    # It means them if it is right with two of one length, that have nothing in common.
    rows, ids = PROBES["a vocabulary of 128"]
    two = np.stack([rows, -rows]), np.stack([ids, 127 - ids])
    alike = any(case.fits(*two, axis=axis) for axis in LAYOUTS)
    made = only or case.subject.way.has(LENGTHS) or alike
    names = {axis: [x.name for x in fit.findings] for axis, fit in found.items()}
    meant = [x for x in found if made or x == -1 or names[x] == ["reshaped"]]
    faulty = any(fault.kind == "fault" for fault in case.faults)
    if meant:
        fit = found[meant[0]]
        # A softmax over axis 1, of a function that picks from the last: for rows.
        if faulty and not made and names[meant[0]] == ["wrong-axis"]:
            return None, rows_alone(case, given[-1])
        return meant[0], fit if only else replace(fit, explanation=None)
    if only or (made and given):
        axis, seen = next(iter((given or answers).items()))
        right = case.predicted(SEQUENCES, TOKENS)
        return axis, Seen([unknown(case, NAME, seen, right)])
    if -1 in given:
        return None, rows_alone(case, given[-1])
    # Of sequences so long that every id is a place in them, it may give some loss by
    # accident; but nobody gives them to what wants a column for each row.
    seen = case.seen(*LONG)
    columns = case.subject.way.shape.axis == 0
    refuses = isinstance(seen, Exception) or fits(seen, case.predicted(*LONG))
    if columns or faulty or refuses:
        return None, Seen(notes=[TAKES_NONE])
    shown = Shown.of("two sequences of 8", seen, case.predicted(*LONG))
    return None, Seen([Finding.of("rows-alone: not refused", shown)])


def rows_alone(case: Explanation, seen: Answer) -> Seen:
    shown = Shown.of(NAME, seen, case.predicted(SEQUENCES, TOKENS))
    return Seen([Finding.of("rows-alone", shown)])
