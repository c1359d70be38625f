"""Faults that are alike in the probes, and told apart by one in which they are not."""

import math
from dataclasses import replace

import numpy as np

from ._case import Case, fits, gap
from ._faults import OF_LOSSES
from ._faults_of_batches import TOKEN_IGNORED
from ._faults_of_pairs import INPUT_IGNORED
from ._probes import MANY_ROWS, PROBES, thrice

_, ADDED = [fault for fault in OF_LOSSES if fault.name == "floor"]
# Chunks and remainders so small that a few rows show them.
FEW = [
    fault.of(size)
    for fault in OF_LOSSES
    if fault.seen_in == "many rows" and fault.step == "reduce"
    for size in fault.among
    if size < len(PROBES["a vocabulary of 128"][1])
]
REMAINDERS = [fault for fault in FEW if fault.whole]
# Tokens that may be left out as padding: those that the probes have.
IDS = sorted({*np.concatenate([t for _, t in PROBES.values()]).tolist()})
TOKENS = [
    fault.of(token) for fault in (TOKEN_IGNORED, INPUT_IGNORED) for token in IDS[1:]
]


def told_apart(case: Case) -> Case:
    """What is alike in these probes, by one in which it is not."""
    if case.chunked:
        return by_many_rows(case)
    return by_its_floor(by_even_rows(case))


def by_even_rows(case: Case) -> Case:
    """The last token, or what is left over: unlike where their number is even."""
    if not any(one.name == "last-dropped" for one in case.faults):
        return case
    o, targets = (x[:-1] for x in PROBES["a vocabulary of 128"])
    given = case.function.rows(o, targets)
    others = tuple(one for one in case.faults if one.name != "last-dropped")
    alike = map(replace(case, faults=others).having, REMAINDERS)
    seen = case.seen(*given)
    fit = (one for one in alike if fits(seen, one.right(*given)) and not one.missed(0))
    return case if fits(seen, case.right(*given)) else next(fit, case)


def by_many_rows(case: Case) -> Case:
    """So many chunks, or chunks of so many rows, or the token of a row that is left
    out: unlike where there are more."""
    given = case.function.rows(*MANY_ROWS)
    seen = case.seen(*given)
    rest = replace(case, faults=())
    alike = [one for one in map(rest.having, (*FEW, *TOKENS)) if not one.missed(0)]
    return min(alike, key=lambda one: gap(seen, one.right(*given)), default=case)


def by_its_floor(case: Case) -> Case:
    """A floor under p, or what is added to p: unlike where p is as small."""
    for fault in case.faults:
        if fault.name == "floor" and fault.size:
            o, targets = case.function.rows(*thrice([0.0, math.log(fault.size)], 1))
            others = (one for one in case.faults if one is not fault)
            added = replace(case, faults=(*others, ADDED.of(fault.size)))
            seen = case.seen(o, targets)
            as_is, other = (one.right(o, targets) for one in (case, added))
            if fits(seen, other, case.near) and not fits(seen, as_is, case.near):
                return added
    return case
