"""The loss of logits and targets, as a kind of loss.

A function that gives ln p is one, with the sign declared (`log_prob`).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .faults import Fault
from .hypotheses import deciding, tries
from .kind import Given, Kind
from .outputs import Answer, refused
from .probes import ASKED, BEYOND, OF_LOGITS_ALONE, PROBES, laid
from .reference import Array, evaluate
from .signature import FORMS, beside

if TYPE_CHECKING:
    from .explanation import Explanation
    from .subject import Subject

BATCH = len(PROBES["batch"][1])


# What a function is given.


def given(o: Array, targets: Any) -> Given:
    return {"logits": o, "targets": targets}


def arguments(subject: "Subject", given: Given, form: str, axis: int | None) -> Given:
    """What each role is given, in NumPy."""
    x = FORMS[form](given["logits"])
    x = np.moveaxis(x, -1, subject.way.shape.axis if axis is None else axis)
    return beside(subject, x, given["targets"])


def cross_entropy(
    given: Given, faults: Sequence[Fault], how: str, dtype: type, ignored: int | None
) -> Any:
    o, targets = given["logits"].astype(dtype), given["targets"]
    return evaluate(o, targets, faults, how, ignored)


# What it is asked, and what says nothing.


def asked(subject: "Subject", form: str) -> Iterator[str]:
    every = ASKED[subject.way.framework.dtype]
    return (x for x in every if form == "logits" or x not in OF_LOGITS_ALONE)


def telling(subject: "Subject") -> dict[str, int]:
    """The probes that have a token to score."""
    every = ASKED[subject.way.framework.dtype]
    rows = {name: subject.laid(name)[1] for name in every if name != BEYOND}
    some = (name for name in rows if (rows[name] != subject.ignored).any())
    return {name: rows[name].shape[-1] for name in some}


def unanswered(case: "Explanation", name: str, seen: Answer) -> bool:
    """Whether it says that it takes no such thing: by an error, or by 0 where nothing
    is scored, or where it scores whole chunks alone and has fewer rows."""
    if refused(seen) or case.outside(seen):
        return True
    none = isinstance(seen, Exception) or not seen[~np.isnan(seen)].any()
    o, targets = case.subject.laid(name)
    if none and np.isnan(case.predicted(o, targets)).all():
        return True
    size = next((one.size for one in case.faults if one.whole), None) or 0
    if targets.size < size <= BATCH:
        return none
    # It may fail at any vocabulary of 2.
    two = case.subject.answers_to_probes(case.form)["two tokens"]
    failed = isinstance(seen, Exception) and isinstance(two, Exception)
    return failed and o.shape[-1] == 2


LOSS = Kind(
    what="cross-entropy",
    gives={
        "none": "a loss for each token",
        "mean": "the mean loss",
        "sum": "the sum of the losses",
    },
    trained=("logits",),
    shaped_as="targets",
    given=given,
    laid=laid,
    arguments=arguments,
    evaluate=cross_entropy,
    asked=asked,
    telling=telling,
    unanswered=unanswered,
    again=(("batch", 2), ("3,001 rows", 1)),
    between="example",
    tries=tries,
    deciding=deciding,
)
