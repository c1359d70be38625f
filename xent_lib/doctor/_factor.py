"""A factor that is the same however a step is split, and what it commonly is."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ._faults import OF_LOSSES
from ._faults_of_gradient import SCALED as OF_GRADIENT
from ._faults_of_gradient import SUBJECT
from ._steps import NEAR, Array, Fault

[OF_LOSS] = [fault for fault in OF_LOSSES if fault.name == "scaled"]
# By the numbers of tokens and sequences, and the size of the vocabulary.
COMMON: tuple[tuple[str, Callable[..., float]], ...] = (
    ("the number of tokens: a sum in place of their mean", lambda n, b, V: n),
    (
        "1 by the number of tokens: their mean in place of a sum, or again",
        lambda n, b, V: 1 / n,
    ),
    ("the tokens of a sequence: a loss a sequence", lambda n, b, V: n / b),
    ("the number of sequences", lambda n, b, V: b),
    ("1 by the number of sequences: divided by it, too", lambda n, b, V: 1 / b),
    ("the size of the vocabulary", lambda n, b, V: V),
    ("1 by the size of the vocabulary: a mean over it", lambda n, b, V: 1 / V),
    ("1/ln 2: in bits", lambda n, b, V: 1 / math.log(2)),
)
OTHER = "a number of steps or machines, or AMP’s scale"


def factor(seen: Sequence[Array], right: Sequence[Array]) -> float | None:
    """By which all answers are what is right, each entry; None if no one is."""
    answers, others = (np.concatenate([x.ravel() for x in xs]) for xs in (seen, right))
    if answers.shape != others.shape or not np.isfinite(answers).all():
        return None
    times = float(answers @ others / (others @ others))
    off = np.abs(answers - times * others)
    largest = abs(times) * np.abs(others).max()
    return times if times > 0 and (off <= NEAR * largest).all() else None


def scaled(times: float, subject: str, n: int, b: int, V: int) -> Fault:
    """What is said of such a factor."""
    known = (x for x, of in COMMON if math.isclose(of(n, b, V), times, rel_tol=NEAR))
    fault = OF_GRADIENT if subject == SUBJECT else OF_LOSS
    what = f"{times:.4g} times what it should be, however it is split ({{}})"
    return replace(fault, what=what.format(next(known, OTHER)), subject=subject)
