"""Many rows: chunks and what is left over, of the usual sizes, and of those held."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ._answers import Answer, finite
from ._case import Case, fits, gap, refused
from ._explain import sizes
from ._faults import OF_LOSSES
from ._function import REDUCTIONS, Function
from ._held import numbers_of
from ._match import Seen, unknown, with_more
from ._probes import MANY_ROWS, PROBES, SEQUENCES, TOKENS
from ._report import Diagnosis, Finding, Shown, show
from ._steps import Array, Fault

N, MOST = len(MANY_ROWS[1]), 2**14
BESIDE_CHUNKS = "sequences and padding, before this is fixed"


def with_rest(fault: Fault, n: int = N) -> Fault:
    """Of a remainder that is dropped, each size that drops as much, and how much."""
    if not fault.whole or fault.size is None:
        return fault
    few, rest = len(PROBES["a vocabulary of 128"][1]), n % int(fault.size)
    alike = [f"{x:,}" for x in fault.among if n % x == rest and x >= few]
    what = fault.what.replace("{:.0f}", " or ".join(alike))
    return replace(fault, what=f"{what}: {rest:,} of {n:,}")


IN_MANY_ROWS = [
    with_rest(one)
    for fault in OF_LOSSES
    if fault.seen_in == "many rows" and fault.name != "float32-sum"
    for one in sizes(fault)
]
OF_ROWS = [one for one in IN_MANY_ROWS if one.step == "reduce"]


def many_rows(case: Case) -> Seen:
    """3,001 unlike rows; and of who holds a larger size half as many more than that."""
    if case.function.way.shape.by_rows:
        return Seen()
    held = sorted(x for x in numbers_of(case.function.loss) if 1 < x <= MOST)
    few = [x for x in held if x <= N]
    asked = [(N, [*of_held(few, N), *OF_ROWS])]
    asked += [(x + x // 2, of_held([x], x + x // 2)) for x in held[len(few) :]]
    found = [seen for one in asked if (seen := of_rows(case, *one)) != Seen()]
    return min(found, key=is_unnamed, default=Seen())


def is_unnamed(seen: Seen) -> bool:
    return not any(one.name for one in seen.findings)


def of_held(sizes: Sequence[int], n: int) -> list[Fault]:
    """The chunks and remainders of these sizes, of so many rows."""
    known = [one for one in OF_LOSSES if one.among and one.step == "reduce"]
    alone = (replace(one, among=tuple(sizes)).of(x) for one in known for x in sizes)
    return [with_rest(one, n) for one in alone]


def of_few(function: Function) -> Diagnosis | None:
    """What is said of who scores whole chunks alone, and nothing of few rows."""
    few = [*function.of(function.kind).values()]
    if any(isinstance(x, Exception) or np.nan_to_num(x).any() for x in few):
        return None
    cases = (Case(function, function.kind, how) for how in REDUCTIONS)
    seen = min(map(many_rows, cases), key=is_unnamed)
    unsure = is_unnamed(seen) and not all(map(finite, few))
    if unsure or not seen.findings:
        return None
    return Diagnosis("", tuple(seen.findings), (BESIDE_CHUNKS,))


def of_rows(case: Case, n: int, known: Sequence[Fault]) -> Seen:
    """What so many show."""
    o, targets = (np.resize(x, (n, *x.shape[1:])) for x in MANY_ROWS)
    o, targets = case.function.rows(o, targets)
    return found_by(case, case.seen(o, targets), o, targets, f"{n:,} rows", known)


def in_chunks(case: Case, many: Seen) -> Seen | None:
    """What is said where the rows of three sequences show the same, too."""
    given = case.function.rows(
        SEQUENCES.reshape(-1, SEQUENCES.shape[-1]), TOKENS.ravel()
    )
    odd = many.findings and not fits(case.seen(*given), case.right(*given))
    return Seen(not_tried=[BESIDE_CHUNKS]) if case.chunked or odd else None


def found_by(
    case: Case,
    seen: Answer,
    o: Array,
    targets: Array,
    name: str,
    known: Sequence[Fault],
) -> Seen:
    """What a large probe shows, beside what the rows have shown."""
    if refused(seen) or isinstance(seen, MemoryError):
        return Seen(notes=[f"Of {name}: {show(seen)}"])
    right = case.expected(name, o, targets)
    if fits(seen, right, case.near_for(o)):
        return Seen()
    others = [one for one in with_more(case, known, two=False) if one is not case]
    foreseen = [one.expected(name, o, targets) for one in others]
    gaps = [gap(seen, one) for one in foreseen]
    # Of many chunks all means are alike: the nearest is meant.
    at = int(np.argmin(gaps)) if gaps else 0
    if not others or not fits(seen, foreseen[at], others[at].near_for(o)):
        return Seen([unknown(case, name, seen, right)])
    shown = (Shown.of(name, seen, right),)
    return Seen([Finding.of(others[at].faults[-1], shown)], case=others[at])
