"""What a function may be: its input, its reduction and its faults; and what speaks
against it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ._answers import Answer, finite
from ._faults_of_rounding import ROUNDED
from ._function import Function
from ._log_p import means_log_p
from ._probes import BEYOND, MORE_PROBES, PROBES, Asked, thrice
from ._report import Finding, Shown
from ._steps import EXACT, FINE, LARGE, NEAR, Array, Fault, Kind, evaluate

UNEXPLAINED = "and none of the known faults explains it"
UNKNOWN = f"something other than cross-entropy, {UNEXPLAINED}"
IF_0 = "If 0 is its padding, say ignore_index=0"
# float32 has no smaller step below 1: who takes p in it means no smaller p.
LEAST_P = 2e-7
MANY = 10_000  # tokens
FAR = 700  # nats, as float64 has them: of such a loss nobody trains
BATCH = len(PROBES["batch"][1])


def fits(seen: Answer, right: Array, near: float = NEAR) -> bool:
    """Whether an answer is what was foreseen; no number is as good as another, and as
    an error of arithmetic, which Python’s own floats raise."""
    if isinstance(seen, Exception):
        return overflows(seen) and not np.isfinite(right).all()
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


def overflows(error: Exception) -> bool:
    """Whether it is what exp, a division or ln of floats raise."""
    words = ("math domain error", "expected a positive input")  # since Python 3.14
    return isinstance(error, ArithmeticError) or str(error).startswith(words)


def gap(seen: Answer, right: Array) -> float:
    """How far an answer is from what was foreseen."""
    if isinstance(seen, Exception) or seen.size != right.size:
        return np.inf
    return float(np.nan_to_num(np.abs(seen.ravel() - right.ravel()).max(), nan=np.inf))


@dataclass(frozen=True)
class Case:
    """What a function may be: its input, its reduction, and its faults."""

    function: Function
    kind: str
    reduction: str
    faults: tuple[Fault, ...] = ()
    declared: tuple[Fault, ...] = ()  # which the caller means: they are no finding

    @property
    def near(self) -> float:
        return max((fault.near for fault in self.faults), default=NEAR)

    def near_for(self, o: Array) -> float:
        """How near an answer of these logits must be."""
        # A fault may make all p alike, and float32 add them up one after the other.
        alike = self.faults and o.shape[-1] > MANY
        if alike or self.near != NEAR or np.abs(o).max() >= LARGE:
            return self.near
        two = sum(one.between is not None for one in self.faults) > 1
        return EXACT[self.function.way.framework.dtype] if two else FINE

    @property
    def steps(self) -> set[str]:
        return {fault.step for fault in (*self.faults, *self.declared)}

    @property
    def chunked(self) -> bool:
        """Whether few rows show its chunks already, or what is left over."""
        return any(
            fault.seen_in == "many rows" and fault.step == "reduce"
            for fault in self.faults
        )

    def having(self, *faults: Fault) -> "Case":
        """The same with these faults, too."""
        return replace(self, faults=(*self.faults, *faults))

    def less(self, fault: Fault) -> "Case":
        """The same without this one."""
        rest = tuple(one for one in self.faults if one is not fault)
        return replace(self, faults=rest)

    def seen(self, o: Array, targets: Array, axis: int | None = None) -> Answer:
        """What the function gives of these logits, in its kind of input."""
        return self.function.ask(o, targets, self.kind, axis)

    def right(self, o: Array, targets: Array) -> Array:
        """What it should give, in the dtype that it gets."""
        o = o.astype(self.function.way.framework.dtype)
        faults = (*self.declared, *self.faults)
        answer = evaluate(o, targets, faults, self.reduction, self.function.ignored)
        return np.asarray(answer, float)

    def foreseen(self, name: str) -> Array:
        """What it should give of a probe."""
        faults = (*self.declared, *self.faults)
        if any(fault.size and fault.between for fault in faults):  # no two alike
            return self.right(*self.function.laid(name))
        return foreseen(self.function.asked(name), faults, self.reduction)

    def expected(self, name: str, o: Array, targets: Array) -> Array:
        """What it should give of these; of a probe by this name, computed once."""
        return self.foreseen(name) if name in MORE_PROBES else self.right(o, targets)

    def probes(self) -> Iterator[tuple[str, Answer]]:
        """Name and answer; a row by itself has no neighbours."""
        across = any(fault.across for fault in (*self.faults, *self.declared))
        answers = self.function.of(self.kind)
        for name, rows in self.function.scored.items():
            if name in answers and not (across and rows == 1) and name != BEYOND:
                yield name, answers[name]

    def missed(self, most: float = np.inf) -> list[str]:
        """The probes that it does not explain, or one more than `most`."""
        left: list[str] = []
        for name, seen in self.probes():
            right = self.foreseen(name)
            passed = refused(seen) or self.fit(name, seen, right)
            passed = passed or empty(seen, right) or self.too_few(name)
            if not (passed or self.no_chunk(name)):
                left.append(name)
            if len(left) > most:
                break
        return left

    @property
    def exact(self) -> "Case":
        """The same without what rounds, which has no slope."""
        faults = tuple(fault for fault in self.faults if fault.name not in ROUNDED)
        return replace(self, faults=faults)

    @property
    def rounds(self) -> bool:
        """Whether a number shows the rounding that it has: NaN may come of much."""
        answers, exact = self.function.of(self.kind), self.exact
        return exact == self or all(
            any(finite(answers[name]) for name in some.missed())
            for some in {replace(self, faults=()), exact}
        )

    def fit(self, name: str, seen: Answer, right: Array) -> bool:
        """Whether it is foreseen as near as this probe wants it; first by what all do,
        as most is far off."""
        o, _ = self.function.laid(name)
        return fits(seen, right, self.near) and fits(seen, right, self.near_for(o))

    def too_few(self, name: str) -> bool:
        """Whether it fails at this probe, as at any that has a vocabulary of 2."""
        answers = self.function.of(self.kind)
        failed = [isinstance(answers[one], Exception) for one in ("two tokens", name)]
        return all(failed) and self.function.laid(name)[0].shape[-1] == 2

    def no_chunk(self, name: str) -> bool:
        """Whether one row is all that is left over, of chunks that the batch has."""
        size = next((one.size for one in self.faults if one.whole), None) or 0
        seen = self.function.of(self.kind)[name]
        few = self.function.laid(name)[1].size < size <= BATCH
        return few and (isinstance(seen, Exception) or not np.nan_to_num(seen).any())

    def shown(self, *names: str) -> tuple[Shown, ...]:
        """These probes: what came, and what this would give."""
        return tuple(
            Shown.of(name, seen, self.foreseen(name))
            for name, seen in self.function.of(self.kind).items()
            if name in names
        )

    def finding(self, fault: Fault) -> Finding:
        """A fault with a probe that shows it, beside what would come without it."""
        size = fault.size or 0
        leaves = (one.of(size) if one.between else one for one in fault.leaves)
        without = self.less(fault).having(*leaves)
        asked = dict(self.probes())
        names = [name for name in without.missed() if name in asked]
        # NaN would say nothing of it.
        if fault.kind == "convention" or fault.whole:
            names.sort(key=lambda name: not finite(asked[name]))
        left = self.missed()  # of which it is not the reason
        names.sort(key=left.__contains__)
        if fault.name == "sign" and means_log_p(self.function):
            fault = replace(fault, kind="convention")
        if fault.name == "log-of-softmax":
            nats = self.infinite_from()
            what = f"{fault.what}: from {nats:,.0f} nats on"
            kind: Kind = "precision" if nats > FAR else fault.kind
            fault = replace(fault, what=what, kind=kind)
        found = Finding.of(fault, without.shown(*names[:1]))
        return replace(found, kind="precision") if self.tiny(fault) else found

    def tiny(self, fault: Fault) -> bool:
        """Whether it is a floor under p that who takes p may mean."""
        of_p = fault.name == "floor" and self.kind == "probabilities"
        return of_p and 0 < (fault.size or 0) < LEAST_P

    def infinite_from(self) -> float:
        """How many nats are a loss that is no number, of the far target, or nearer."""
        finite_at, not_at = 0.0, -PROBES["far target"][0].min()
        while not_at - finite_at > 0.1:
            middle = (finite_at + not_at) / 2
            seen = self.seen(*self.function.rows(*thrice([0.0, -middle, -1.0], 1)))
            if finite(seen):
                finite_at = middle
            else:
                not_at = middle
        return float(not_at + np.log1p(np.exp(-1)))

    def differs(self, left: Sequence[str] | None = None) -> Finding:
        """What it leaves unexplained, or some of it."""
        left = self.missed() if left is None else left
        found = self.unknown(self.shown(*left))
        none = all(one.seen == "NaN" for one in found.shown)
        of_0 = not any(self.function.laid(name)[1].any() for name in left)
        return replace(found, mend=IF_0) if none and of_0 else found

    def unknown(self, shown: tuple[Shown, ...], where: str = "") -> Finding:
        """A difference that none of the known faults explains, beside those that it
        has: with them something else was expected."""
        beside = [one.kind == "fault" for one in self.faults]
        if any(beside):
            s = "s" if sum(beside) > 1 else ""
            where = f", beside the other fault{s}{where}"
            shown = tuple(
                replace(one, expected=f"{one.expected} with the fault{s} above")
                for one in shown
            )
        elif beside:
            where = f", beside what is told of it{where}"
        return Finding(UNKNOWN + where, shown)


def empty(seen: Answer, right: Array) -> bool:
    """Whether no token is scored, and the function says so: by an error, or by 0."""
    none = isinstance(seen, Exception) or not np.any(seen)
    return none and bool(np.isnan(right).all())


def refused(seen: Answer) -> bool:
    """Whether the function itself says that it does not take this."""
    return isinstance(seen, Exception) and getattr(seen, "by_choice", False)


@lru_cache(2**16)
def foreseen(asked: Asked, faults: tuple[Fault, ...], reduction: str) -> Array:
    """What a loss with these faults gives of a probe, which no function changes."""
    o, targets = asked.laid
    answer = evaluate(o.astype(asked.dtype), targets, faults, reduction, asked.ignored)
    return np.asarray(answer, float)
