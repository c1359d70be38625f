"""Whether padding is left out, and what counts the tokens beside a sum."""

import numpy as np

from ._answers import as_numbers, parts, size
from ._case import Case, fits
from ._faults_of_padding import ALL_COUNTED
from ._match import Seen
from ._padding_known import by_accident
from ._probes import PROBES
from ._report import Finding, Shown, show
from ._steps import Array


def leaves_out(case: Case) -> bool:
    """Whether an ignored target is left out, as the loss is."""
    if case.function.ignored is None or case.function.way.shape.by_rows:
        return False
    o, _ = PROBES["batch"]
    given = case.function.rows(o, np.array([3, case.function.ignored, 2]))
    return fits(case.seen(*given), case.right(*given), case.near)


def beside_sum(case: Case) -> Seen:
    """A number beside a sum, by which somebody divides it: that of what is scored."""
    way = case.function.way
    no_number = way.one_hot and not way.left_out_by
    if case.reduction != "sum" or no_number or not leaves_out(case):
        return Seen()
    o, targets = PROBES["batch"]
    some = np.array([3, case.function.ignored, 2])
    n = case.function.rows(o, targets)[1].size
    both = zip(*(numbers_beside(case, o, x) for x in (targets, some)), strict=False)
    if by_accident(case) or (n, n) not in both:
        return Seen()
    shown = Shown("batch, one ignored", show(n), show(n * 2 // 3))
    return Seen([Finding.of(ALL_COUNTED, (shown,))])


def numbers_beside(case: Case, o: Array, targets: Array) -> list[float]:
    """Those of its result."""
    case.seen(*case.function.rows(o, targets))
    found = (one for _, one in parts(case.function.came))
    return [as_numbers(one).item() for one in found if size(one) == 1]
