"""Faults that are alike in the probes, and told apart by one in which they are not."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ._case import Case, fits, gap
from ._faults import OF_LOSSES
from ._faults_of_batches import TOKEN_IGNORED
from ._faults_of_pairs import INPUT_IGNORED
from ._held import numbers_of
from ._probes import MANY_ROWS, MORE_PROBES, PROBES, thrice
from ._steps import NEAR, Array, Fault


def of(name: str) -> list[Fault]:
    return [fault for fault in OF_LOSSES if fault.name == name]


_, ADDED = of("floor")
[SCALED], [PER_SEQUENCE], AGAIN = of("scaled"), of("per-sequence"), of("divided-twice")
BY_SEQUENCES, [BY_ALL] = AGAIN[-1], of("padded-length")
# Chunks, remainders and blocks so small that a few rows, or tokens, show them.
ROWS, V = PROBES["a vocabulary of 128"][0].shape
FEW = [
    fault.of(size)
    for step, most in {"reduce": ROWS, "log_p": V}.items()
    for fault in OF_LOSSES
    if fault.seen_in == "many rows" and fault.step == step
    for size in fault.among
    if size < most
]
REMAINDERS = [fault for fault in FEW if fault.whole]
# Tokens that may be left out as padding: those that the probes have.
IDS = sorted({*np.concatenate([t for _, t in PROBES.values()]).tolist()})
TOKENS_IGNORED = [
    fault.of(token) for fault in (TOKEN_IGNORED, INPUT_IGNORED) for token in IDS[1:]
]


def counted_or_not(
    smoothings: Iterable[Fault], *more: Fault
) -> list[tuple[Fault, ...]]:
    """Each of these with more; of a mean over all places, too (batchmean)."""
    return [(*more, one, *by) for one in smoothings for by in ((), (BY_ALL,))]


def told_apart(case: Case) -> Case:
    """What is alike in these probes, by one in which it is not."""
    if case.chunked:
        return by_many_rows(case)
    case = by_padding(by_its_floor(by_even_rows(case)))
    return by_held_token(by_three_sequences(case))


def by_held_token(case: Case) -> Case:
    """An integer that it holds may be a token that is padding: of one that no other
    probe has, unlike where it is a target."""
    o, targets = PROBES["a vocabulary of 128"]
    if "ignore" in case.steps or case.function.own:
        return case
    for id in sorted(numbers_of(case.function.loss) - {*IDS}):
        if 0 <= id < o.shape[-1]:
            given = case.function.rows(o, np.where(targets == targets[1], id, targets))
            left_out = case.having(TOKEN_IGNORED.of(id))
            counted = [] if "reduce" in case.steps else [left_out.having(BY_ALL)]
            found = by_answer(case, [left_out, *counted], *given)
            if found is not case:
                return found
    return case


def by_even_rows(case: Case) -> Case:
    """The last token, or what is left over: unlike where their number is even."""
    if not named(case, "last-dropped"):
        return case
    o, targets = (x[:-1] for x in PROBES["a vocabulary of 128"])
    given = case.function.rows(o, targets)
    alike = map(without(case, "last-dropped").having, REMAINDERS)
    seen = case.seen(*given)
    fit = (one for one in alike if fits(seen, one.right(*given)) and not one.missed(0))
    return case if fits(seen, case.right(*given)) else next(fit, case)


def by_many_rows(case: Case) -> Case:
    """So many chunks, or chunks of so many rows, or the token of a row that is left
    out: unlike where there are more."""
    given = case.function.rows(*MANY_ROWS)
    seen = case.seen(*given)
    rest = replace(case, faults=())
    alike = [
        one for one in map(rest.having, (*FEW, *TOKENS_IGNORED)) if not one.missed(0)
    ]
    return min(alike, key=lambda one: gap(seen, one.right(*given)), default=case)


def by_its_floor(case: Case) -> Case:
    """A floor under p, or what is added to p: unlike where p is as small."""
    for fault in case.faults:
        if fault.name == "floor" and fault.size:
            o, targets = case.function.rows(*thrice([0.0, math.log(fault.size)], 1))
            added = case.less(fault).having(ADDED.of(fault.size))
            seen = case.seen(o, targets)
            as_is, other = (one.right(o, targets) for one in (case, added))
            if fits(seen, other, case.near) and not fits(seen, as_is, case.near):
                return added
    return case


def by_padding(case: Case) -> Case:
    """What a mean is divided by again: unlike where one of three is padding."""
    ignored = case.function.ignored
    if ignored is None or not named(case, "divided-twice"):
        return case
    o, targets = PROBES["batch"]
    given = case.function.rows(o, np.where([0, 1, 0], ignored, targets))
    return by_answer(case, map(without(case, "divided-twice").having, AGAIN), *given)


def by_three_sequences(case: Case) -> Case:
    """A factor, or the number of sequences: where rows are asked there are two."""
    times = named(case, "scaled")
    if not case.function.way.shape.sequences or case.reduction == "none":
        return case
    if BY_SEQUENCES in case.faults:
        others = [without(case, "divided-twice").having(SCALED.of(1 / 2))]
    elif times and times.size:
        by = PER_SEQUENCE if case.reduction == "sum" else BY_SEQUENCES
        factor = () if abs(2 * times.size - 1) < NEAR else (SCALED.of(2 * times.size),)
        rest = replace(without(case, "scaled"), reduction="mean")
        others = [rest.having(*factor, by)] if by.step not in rest.steps else []
    else:
        return case
    return by_answer(case, others, *MORE_PROBES["three sequences"])


def named(case: Case, name: str) -> Fault | None:
    return next((one for one in case.faults if one.name == name), None)


def without(case: Case, name: str) -> Case:
    faults = tuple(one for one in case.faults if one.name != name)
    return replace(case, faults=faults)


def by_answer(case: Case, others: Iterable[Case], o: Array, targets: Array) -> Case:
    """The first of these that gives what the function gives."""
    seen = case.seen(o, targets)
    alike = (case, *others)
    fit = (one for one in alike if fits(seen, one.right(o, targets), one.near_for(o)))
    return next(fit, case)
