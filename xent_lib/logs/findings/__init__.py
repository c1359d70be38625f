"""What can be found in a log, the most urgent first."""

from collections.abc import Callable, Iterator, Sequence

from ..sentences import Finding, Log
from .columns import auxiliary, factor, rounding, unit
from .held_out import overfitting, validation_below
from .levels import first_loss, floor, not_finite, other_loss, zero
from .moves import end, rise
from .order import overlap, repeats, stairs

FINDERS: Sequence[Callable[[Log], Iterator[Finding]]] = (
    not_finite, zero, rise, factor, floor, overfitting, overlap, repeats,
    rounding, other_loss, unit, first_loss, auxiliary, stairs, validation_below, end,
)  # fmt: skip


def findings(log: Log) -> list[Finding]:
    return [found for finder in FINDERS for found in finder(log)]
