"""The first line of a report: how a function was called, and what it gives."""

from inspect import ismethod

from ._case import Case
from ._enter import METHODS
from ._roles import right_if
from ._sequences import LAYOUTS

GIVES = {
    "none": "a loss for each token",
    "mean": "the mean loss",
    "sum": "the sum of the losses",
}


def first_line(case: Case, axis: int | None = None, known: bool = True) -> str:
    """What was done to call it, in one line; of an unknown loss it gives numbers."""
    way, function = case.function.way, case.function
    ids = "an id" if way.shape.by_rows else "ids"
    how = f" ({way})" if str(way) else ""
    gives = "a token’s loss" if way.shape.by_rows else GIVES[case.reduction]
    gives = gives if known else "a number"
    of = f", {function.picked}" if function.picked else ""
    of += f" in {function.precision}" if "float16" in function.precision else ""
    name = getattr(function.loss, "__name__", "")
    by = f", by its {name}," if ismethod(function.loss) and name in METHODS else ""
    sequences = "" if axis is None or way.shape.sequences else LAYOUTS[axis]
    takes = f"Takes {case.kind} {way.shape.name} and {ids}{how}{by or ','}"
    faulty = any(one.kind == "fault" and not case.tiny(one) for one in case.faults)
    right = right_if(case.kind, way.roles) if known and not faulty else ""
    return f"{takes} and gives {gives}{of}{sequences}{right}"
