"""What a function may be: its input, its reduction and its faults; and what speaks
against that.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from .faults import Fault
from .faults.log_softmax import ROUNDING
from .outputs import Answer, is_finite, is_overflow, refused
from .probes import BEYOND, LAID, PROBES, Asked
from .reference import EXACT, FINE, LARGE, NEAR, Array, evaluate
from .subject import Subject

MANY = 10_000  # tokens, over which float32 adds up roughly
BATCH = len(PROBES["batch"][1])
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


def nothing_scored(seen: Answer, right: Array) -> bool:
    """Whether no token is scored, and the function says so: by an error, or by 0."""
    none = isinstance(seen, Exception) or not np.any(seen)
    return none and bool(np.isnan(right).all())


@dataclass(frozen=True)
class Explanation:
    """A subject, its input, its reduction, and the faults that would explain it."""

    subject: Subject
    form: str
    reduction: str
    faults: tuple[Fault, ...] = ()
    declared: tuple[Fault, ...] = ()  # which the caller means: they are no finding

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        return (*self.declared, *self.faults)

    @property
    def steps(self) -> set[str]:
        return {fault.step for fault in self.all_faults}

    @property
    def near(self) -> float:
        return max((fault.near for fault in self.faults), default=NEAR)

    def near_for(self, o: Array) -> float:
        """How near an answer of these logits must be."""
        # A fault may make all p alike, and float32 adds them up one after the other.
        alike = self.faults and o.shape[-1] > MANY
        if alike or self.near != NEAR or np.abs(o).max() >= LARGE:
            return self.near
        two = sum(one.between is not None for one in self.faults) > 1
        return EXACT[self.subject.way.framework.dtype] if two else FINE

    def having(self, *faults: Fault) -> "Explanation":
        return replace(self, faults=(*self.faults, *faults))

    def without(self, fault: Fault) -> "Explanation":
        rest = tuple(one for one in self.faults if one is not fault)
        return replace(self, faults=rest)

    def named(self, name: str) -> Fault | None:
        return next((one for one in self.faults if one.name == name), None)

    # What the function gives, and what this predicts.

    def seen(self, o: Array, targets: Array, axis: int | None = None) -> Answer:
        return self.subject.ask(o, targets, self.form, axis)

    def right(self, o: Array, targets: Array) -> Array:
        """What it should give, in the dtype that it gets."""
        dtype, ignored = self.subject.way.framework.dtype, self.subject.ignored
        if asked := LAID.get((id(o), id(targets))):
            asked = asked._replace(dtype=dtype, ignored=ignored)
            return predicted(asked, self.all_faults, self.reduction)
        faults, how = self.all_faults, self.reduction
        return np.asarray(evaluate(o.astype(dtype), targets, faults, how, ignored))

    def predicted(self, name: str) -> Array:
        """What it should give of a probe."""
        return predicted(self.subject.probe(name), self.all_faults, self.reduction)

    def fits(self, o: Array, targets: Array, axis: int | None = None) -> bool:
        return self.fits_answer(self.seen(o, targets, axis), o, targets)

    def fits_answer(self, seen: Answer, o: Array, targets: Array) -> bool:
        return fits(seen, self.right(o, targets), self.near_for(o))

    def probes(self) -> Iterator[tuple[str, Answer]]:
        """Names and answers; a single row has no neighbors that could help it."""
        across = any(fault.across_rows for fault in self.all_faults)
        answers = self.subject.answers_to_probes(self.form)
        for name, rows in self.subject.scored.items():
            if name in answers and not (across and rows == 1) and name != BEYOND:
                yield name, answers[name]

    def missed(self, most: float = np.inf) -> list[str]:
        """The probes that it does not explain, or one more than `most`."""
        left = []
        unstable = any(fault.unstable for fault in self.faults)
        for name, seen in self.probes():
            right, (o, _) = self.predicted(name), self.subject.laid(name)
            passed = unstable and not is_finite(seen)
            passed = passed or fits(seen, right, self.near_for(o))
            if not (passed or self.excused(name, seen, right)):
                left.append(name)
            if len(left) > most:
                break
        return left

    def excused(self, name: str, seen: Answer, right: Array) -> bool:
        """Whether it says that it takes no such thing; also where it scores whole
        chunks alone, and has fewer rows."""
        if refused(seen) or nothing_scored(seen, right) or self.outside(seen):
            return True
        size = next((one.size for one in self.faults if one.whole), None) or 0
        if self.subject.laid(name)[1].size < size <= BATCH:
            return isinstance(seen, Exception) or not np.nan_to_num(seen).any()
        # It may fail at any vocabulary of 2.
        two = self.subject.answers_to_probes(self.form)["two tokens"]
        failed = isinstance(seen, Exception) and isinstance(two, Exception)
        return failed and self.subject.laid(name)[0].shape[-1] == 2

    def outside(self, seen: Answer) -> bool:
        """Whether it fails at ids that it makes of others, and that are none."""
        error = isinstance(seen, Exception) and re.search(OUTSIDE, str(seen))
        return bool(error) and "targets" in self.steps

    @property
    def exact(self) -> "Explanation":
        """The same without rounding, which has no slope."""
        faults = tuple(fault for fault in self.faults if fault.name not in ROUNDING)
        return replace(self, faults=faults)

    @property
    def rounds(self) -> bool:
        """Whether a number shows the rounding that it has: NaN may come of much."""
        answers, exact = self.subject.answers_to_probes(self.form), self.exact
        return exact == self or all(
            any(is_finite(answers[name]) for name in some.missed())
            for some in {replace(self, faults=()), exact}
        )


@lru_cache(2**16)
def predicted(asked: Asked, faults: tuple[Fault, ...], reduction: str) -> Array:
    """What a loss with these faults gives of a probe, which no function changes."""
    o, targets = asked.laid
    answer = evaluate(o.astype(asked.dtype), targets, faults, reduction, asked.ignored)
    return np.asarray(answer, float)
