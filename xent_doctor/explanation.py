"""What a function may be: its input, its reduction and its faults; and what speaks
against that.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from .faults import Fault
from .faults.log_softmax import ROUNDING
from .kind import Given
from .outputs import Answer, is_finite, is_overflow
from .probes import LAID, Asked
from .reference import EXACT, FINE, LARGE, NEAR, Array
from .subject import Subject

Own = tuple[tuple[str, Any], ...]
MANY = 10_000  # tokens, over which float32 adds up roughly
SAME = 1e-9
OUTSIDE = r"out of (bounds|range)"  # what NumPy and PyTorch say of an id


def fits(seen: Answer, right: Array, near: float = NEAR) -> bool:
    """Whether an answer is what was predicted; NaN, ∞ and Python's errors of arithmetic
    are alike."""
    if isinstance(seen, Exception):
        return is_overflow(seen) and not np.isfinite(right).all()
    if seen.size != right.size:
        return False
    if seen.size == 1:  # the same, without the 10 µs that arrays of one number take
        x, y = float(seen.item()), float(right.item())
        if not (math.isfinite(x) and math.isfinite(y)):
            return math.isfinite(x) == math.isfinite(y)
        return abs(x - y) <= near * (1 + abs(y))
    seen, right = seen.ravel(), right.ravel()
    finite = np.isfinite(right)
    if (np.isfinite(seen) != finite).any():
        return False
    off = np.abs(seen[finite] - right[finite])
    return bool((off <= near * (1 + np.abs(right[finite]))).all())


def is_same(one: Answer, other: Answer) -> bool:
    if isinstance(one, Exception) or isinstance(other, Exception):
        return type(one) is type(other)
    return fits(one, other, SAME)


def gap(seen: Answer, right: Array) -> float:
    """How far an answer is from what was predicted."""
    if isinstance(seen, Exception) or seen.size != right.size:
        return np.inf
    return float(np.nan_to_num(np.abs(seen.ravel() - right.ravel()).max(), nan=np.inf))


@dataclass(frozen=True)
class Explanation:
    """A subject, its input, its reduction, and the faults that would explain it."""

    subject: Subject
    form: str
    reduction: str
    faults: tuple[Fault, ...] = ()
    declared: tuple[Fault, ...] = ()  # which the caller means: they are no finding
    own: Own = ()  # numbers that it keeps, in place of those that it is not given

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        return (*self.declared, *self.faults)

    @property
    def steps(self) -> set[str]:
        return {fault.step for fault in self.all_faults}

    @property
    def dtype(self) -> type:
        return self.subject.way.framework.dtype

    @property
    def near(self) -> float:
        return max((fault.near for fault in self.faults), default=NEAR)

    def near_for(self, *probe: Any) -> float:
        """How near an answer to this probe must be."""
        o = self.subject.kind.given(*probe)[self.subject.kind.trained[0]]
        # A fault may make all p alike, and float32 adds them up one after the other.
        alike = self.faults and o.shape[-1] > MANY
        if alike or self.near != NEAR or np.abs(o).max() >= LARGE:
            return self.near
        two = sum(one.between is not None for one in self.faults) > 1
        return EXACT[self.dtype] if two else FINE

    def having(self, *faults: Fault) -> "Explanation":
        return replace(self, faults=(*self.faults, *faults))

    def without(self, fault: Fault) -> "Explanation":
        rest = tuple(one for one in self.faults if one is not fault)
        return replace(self, faults=rest)

    def named(self, name: str) -> Fault | None:
        return next((one for one in self.faults if one.name == name), None)

    # What the function gives, and what this predicts.

    def seen(self, *probe: Any, axis: int | None = None) -> Answer:
        return self.subject.ask(*probe, form=self.form, axis=axis)

    def predicted(self, *probe: Any) -> Array:
        """What it should give, in the dtype that it gets."""
        if name := LAID.get(tuple(map(id, probe))):
            asked = self.subject.probe(name)
            return predicted(asked, self.all_faults, self.reduction, self.own)
        return np.asarray(self.evaluate(self.subject.kind.given(*probe), self.dtype))

    def evaluate(self, given: Given, dtype: type) -> Any:
        """What it should give of what is given by role."""
        kind, every = self.subject.kind, given | dict(self.own)
        ignored = self.subject.ignored
        return kind.evaluate(every, self.all_faults, self.reduction, dtype, ignored)

    def fits(self, *probe: Any, axis: int | None = None) -> bool:
        return self.fits_answer(self.seen(*probe, axis=axis), *probe)

    def fits_answer(self, seen: Answer, *probe: Any) -> bool:
        return fits(seen, self.predicted(*probe), self.near_for(*probe))

    def probes(self) -> Iterator[tuple[str, Answer]]:
        """Names and answers; a single row has no neighbors that could help it."""
        across = any(fault.across_rows for fault in self.all_faults)
        answers = self.subject.answers_to_probes(self.form)
        for name, rows in self.subject.telling.items():
            if name in answers and not (across and rows == 1):
                yield name, answers[name]

    def missed(self, most: float = np.inf) -> list[str]:
        """The probes that it does not explain, or one more than `most`."""
        left = []
        unstable = any(fault.unstable for fault in self.faults)
        for name, seen in self.probes():
            passed = unstable and not is_finite(seen)
            passed = passed or self.fits_answer(seen, *self.subject.laid(name))
            if not (passed or self.subject.kind.unanswered(self, name, seen)):
                left.append(name)
            if len(left) > most:
                break
        return left

    def outside(self, seen: Answer) -> bool:
        """Whether it fails at an id that one of its faults made, and that is none."""
        error = isinstance(seen, Exception) and re.search(OUTSIDE, str(seen))
        return bool(error) and "targets" in self.steps

    @property
    def exact(self) -> "Explanation":
        """The same without rounding, which has no slope."""
        faults = tuple(fault for fault in self.faults if fault.name not in ROUNDING)
        return replace(self, faults=faults)

    @property
    def rounding_shows(self) -> bool:
        """Whether a number shows the rounding that it has: NaN may come of much."""
        answers, exact = self.subject.answers_to_probes(self.form), self.exact
        return exact == self or all(
            any(is_finite(answers[name]) for name in some.missed())
            for some in {replace(self, faults=()), exact}
        )


@lru_cache(2**16)
def predicted(
    asked: Asked, faults: tuple[Fault, ...], reduction: str, own: Own = ()
) -> Array:
    """What a loss with these faults gives of a probe, which no function changes."""
    kind, given = asked.kind, asked.kind.given(*asked.laid) | dict(own)
    answer = kind.evaluate(given, faults, reduction, asked.dtype, asked.ignored)
    return np.asarray(answer, float)
