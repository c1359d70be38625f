"""What is tried of a loss of logits and targets: each fault by itself, and every two;
and the probes that decide where several fit.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from .faults import LOSS_FAULTS, Fault, by_name
from .faults.batch_and_alignment import NOT_SHIFTED, SHIFTED
from .faults.ignored import EXTRA_TERMS, LAST_IGNORED
from .faults.score import ROUNDED_LOSSES, smoothing_beside_padding
from .kind import Some, Try
from .probes import PROBES
from .reference import NEAR, Array

if TYPE_CHECKING:
    from .subject import Subject

IN_ROWS = [one for one in LOSS_FAULTS if one.shows_in == "rows"]
IN_SEQUENCES = [x for x in LOSS_FAULTS if x.across_rows or x.shows_in == "sequences"]
IN_PADDING = [one for one in LOSS_FAULTS if one.shows_in == "padding"]
[BY_ALL_PLACES] = by_name("padded-length")
# Padding that is a token, and is counted.
COUNTED = [x for x in LOSS_FAULTS if x.name in ("padding-scored", "padded-length")]
SMOOTHINGS = ("smoothing", "smoothing-others")
# Chunks, remainders and blocks so small that a few rows, or tokens, show them.
ROWS, V = PROBES["a vocabulary of 128"][0].shape
FEW = [
    fault.of(size)
    for fault in LOSS_FAULTS
    for size in fault.among
    if size < {"reduce": ROWS, "log_p": V}.get(fault.step, 0)
]
# Tokens that are targets in the probes.
IDS = {*np.concatenate([t for _, t in PROBES.values()]).tolist()}


def tries(
    subjects: Sequence["Subject"], declared: tuple[Fault, ...], more: bool
) -> list[Try]:
    """All by one fault; or, of a function that needs more, by two; or most of it by
    one, which leaves something new."""
    never = (NOT_SHIFTED,) if SHIFTED in declared else ()
    left_out = [one.size for one in declared if one.step == "ignore"]
    hypotheses = [
        known(one.way.shape.sequences, [*left_out, one.padding][0], never)
        for one in subjects
    ]
    singles, pairs = zip(*hypotheses, strict=True)
    nothing: list[Some] = [[()]] * len(subjects)
    # A size that was fitted, and that three probes deny, is no explanation.
    exact = [[x for x in some if not any(one.between for one in x)] for some in singles]
    if more:
        return [(pairs, 0, 1), (singles, 1, 1), (exact, 3, 1)]
    return [(nothing, 0, 4), (singles, 0, 4)]


@cache
def known(
    sequences: bool, padding: float | None, never: tuple[Fault, ...]
) -> tuple[Some, Some]:
    """What is tried: each fault by itself, conventions first; and every two. Padding
    that is several tokens is None."""
    token = padding is None or padding >= 0  # where it is, rows show it
    faults = [*never, *IN_ROWS, *ROUNDED_LOSSES]
    faults += COUNTED if token else []
    if sequences:
        faults += [fault for fault in IN_SEQUENCES if fault not in faults]
    faults.sort(key=lambda fault: (fault.kind != "convention", bool(fault.between)))
    singles: list[tuple[Fault, ...]] = [()]
    singles += [(one,) for fault in faults for one in sizes(fault)]
    singles += [(one,) for one in (*FEW, LAST_IGNORED)]
    if token:
        smoothings = [one for one in faults if one.name in SMOOTHINGS]
        singles += itertools.product(smoothings, EXTRA_TERMS)
        for one in () if padding is None else smoothing_beside_padding(int(padding)):
            singles += [(one,), (one, BY_ALL_PLACES)]
    two = itertools.combinations(faults, 2)
    pairs: list[tuple[Fault, ...]] = [pair for pair in two if go_together(*pair)]
    # Those without a size first: a size can be found for much.
    pairs.sort(key=lambda pair: sum(bool(fault.between) for fault in pair))
    return singles, pairs


def sizes(fault: Fault) -> Iterable[Fault]:
    """The fault, in each of the few sizes that it has."""
    return map(fault.of, fault.among) if fault.among else [fault]


def go_together(a: Fault, b: Fault) -> bool:
    """Not two of one step; nor rounding beside a size that makes up for it; nor two
    that leave nothing to tell; nor a size of the mean, which is rare."""
    if any(one.between and one.step == "reduce" for one in (a, b)):
        return False
    if a.across_rows and b.across_rows:
        return False
    rounded = max(a.near, b.near) > NEAR
    sized = {one.name for one in (a, b) if one.between} - {"scaled"}
    return a.step != b.step and not (rounded and sized)


def deciding(subject: "Subject") -> Iterator[tuple[Array, Array]]:
    """Padding, sequences, an even number of rows, rising losses, and many rows."""
    if subject.ignored is not None:
        yield subject.with_targets(3, subject.ignored, 2)
    if subject.way.shape.sequences:
        yield from map(subject.laid, ("three sequences", "20 sequences"))
    yield from map(subject.laid, ("six rows", "rising losses", "3,001 rows"))
