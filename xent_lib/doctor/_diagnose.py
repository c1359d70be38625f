"""Which bug does this loss function have? It is asked small questions, and its answers
are held against those of the right loss and of all known faults."""

import html
import itertools
import math
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from .._softmax import softmax
from ._faults import (
    FAULTS,
    IGNORED,
    NEAR,
    OF_LOGITS_ALONE,
    PADDED,
    PADDED_TARGETS,
    PROBES,
    ROOMS,
    Array,
    Fault,
    anchor,
    evaluate,
    thrice,
)

REDUCTIONS = ("none", "mean", "sum")
INPUTS: dict[str, Callable[[Array], Array]] = {
    "logits": lambda o: o,
    "probabilities": softmax,
}
OF_LOGITS = {"logits", "log_p"}  # steps that who takes probabilities does not have
LAYOUTS = {-1: "; sequences are (B, T, V)", 1: "; sequences are (B, V, T)"}
IN_ROWS = [fault for fault in FAULTS if fault.seen_in == "rows"]
IN_PADDING = [fault for fault in FAULTS if fault.seen_in == "padding"]
IN_SEQUENCES = [
    fault for fault in FAULTS if fault.across or fault.seen_in == "sequences"
]
[LONG_SUM] = [fault for fault in FAULTS if fault.seen_in == "a long sum"]
UNPADDED_TARGETS = np.where(PADDED_TARGETS == IGNORED, 9, PADDED_TARGETS)
CLOSE = 1e-12  # to what was seen: a small floor changes little
# The probes in each dtype: ln 2 is no digit of the large logits.
ASKED: dict[type, dict[str, tuple[Array, Array]]] = {
    dtype: PROBES | {"large and equal": thrice([large, large], 1)}
    for dtype, large in ((np.float64, 1e17), (np.float32, 1e8))
}
SHOWN = 4  # probes in a report
LONG = 2000  # tokens: few enough even for who makes a square of them
# How many tokens come first, and by how much the other one leads, there and after them:
# one of the two at least spoils a running sum.
ORDERS = ((500, 20, -3), (1000, 3, -5))

RAISED = (
    "not given: it must take logits (N, V) and targets (N,), in this order, and give "
    "numbers; `to` makes arrays of its own, and a lambda around it the rest"
)
UNKNOWN = "another than cross-entropy, and none of the known faults explains it"
RANDOM = "not the same twice: it is random, or keeps something between calls"

Answer = Array | Exception


@dataclass(frozen=True)
class Shown:
    """What a probe gave, and what it would give without the fault."""

    probe: str
    seen: str
    expected: str


@dataclass(frozen=True)
class Finding:
    """A fault, or a difference that none explains, with the numbers that show it."""

    what: str
    shown: tuple[Shown, ...]
    fault: Fault | None = None

    def __str__(self) -> str:
        without = "with this mended" if self.fault else "expected"
        lines = [f"✗ The loss is {self.what}"]
        lines += [
            f"{one.probe}: yours {one.seen}, {without} {one.expected}"
            for one in self.shown[:SHOWN]
        ]
        if len(self.shown) > SHOWN:
            lines.append(f"and {len(self.shown) - SHOWN} more")
        if self.fault:
            lines.append(f"To mend it, {self.fault.mend} ({where(self.fault.room)})")
        return "\n".join(lines)


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What `diagnose` found. Its `repr` is the report."""

    convention: str
    findings: tuple[Finding, ...]
    not_tried: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing wrong was found."""
        return not self.findings

    @property
    def names(self) -> tuple[str, ...]:
        """The known faults that were found, by name."""
        return tuple(one.fault.name for one in self.findings if one.fault)

    def __repr__(self) -> str:
        fill = textwrap.TextWrapper(79, subsequent_indent="    ")
        return "\n".join(
            fill.fill(line if i == 0 else f"    {line}")
            for part in self._parts()
            for i, line in enumerate(part.split("\n"))
        )

    def _repr_html_(self) -> str:
        """The report, whose rooms are links in Chapter 10."""
        parts = (html.escape(part, quote=False) for part in self._parts())
        heads = (part.partition("\n") for part in parts)
        report = "".join(
            f"<p><strong>{head}</strong><br>{more}</p>" if more else f"<p>{head}</p>"
            for head, _, more in heads
        ).replace("\n", "<br>")
        for room in ROOMS:
            link = f'<a href="#{anchor(room)}">{where(room)}</a>'
            report = report.replace(f"({where(room)})", f"({link})")
        return f'<div class="xent-diagnosis">{report}</div>'

    def _parts(self) -> list[str]:
        """What it says, each part with its lines."""
        parts = [self.convention] if self.convention else []
        parts += map(str, self.findings)
        if self.healthy:
            parts.append("✓ Nothing wrong was found")
        parts += [f"– Not tried: {what}" for what in self.not_tried]
        return parts + [f"– {note}" for note in self.notes]


def diagnose(
    loss: Callable[..., Any], *, to: Callable[[Array], Any] | None = None
) -> Diagnosis:
    """Name the faults of a loss function, by a few small calls.

    The function is called with the running example, a batch, rows that overflow exp,
    a target of hardly any probability, large equal logits, sequences, padding that is
    marked by −100, and 2,000 tokens. What it gives is compared with the right loss,
    with each known fault, and with two of them at once. It may return one number or
    one a token, take logits or probabilities, and have the vocabulary on the last axis
    or on axis 1; what it does of this is said in the report.

    Parameters
    ----------
    loss : callable
        Of logits (N, V) and integer targets (N,); if it takes (B, T, V) and (B, T), or
        (B, V, T), sequences are tried, too. One of (V,) and an id will do.
    to : callable, optional
        Makes the function's own arrays of NumPy's, such as `torch.tensor`. If none is
        given, NumPy's are tried, then those of PyTorch and of JAX, where they are
        imported.

    Returns
    -------
    Diagnosis
        `healthy`, `findings`, `names` of the faults, `convention`; its `repr` is the
        report. Where no known fault fits, it says so, with the numbers.

    Raises
    ------
    TypeError
        A loss that cannot be called.

    Examples
    --------
    >>> import numpy as np
    >>> def my_loss(logits, targets):
    ...     p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    ...     return -np.log2(p[np.arange(len(targets)), targets]).mean()
    >>> diagnose(my_loss).names
    ('base-2', 'plain-softmax')

    >>> from xent_lib import cross_entropy
    >>> diagnose(cross_entropy).healthy
    True
    """
    if not callable(loss):
        raise TypeError(f"loss must be a function of logits and targets, got {loss!r}")
    function = Function(loss, to)
    if isinstance(function.first, Exception):
        return raised(function)
    again = function(*function.first_asked)
    if not fits(again, function.first, 1e-9):
        shown = Shown("3 rows of 4 logits", show(again), show(function.first))
        return Diagnosis("", (Finding(RANDOM, (shown,)),), (), ())
    case, left = explain(function)
    if left is None:
        return Diagnosis("", (case.differs(),), ("sequences and padding",), ())
    gives = {
        "none": "a loss for each token",
        "mean": "the mean loss",
        "sum": "the sum of the losses",
    }
    convention = f"Takes {case.kind} (N, V), and gives {gives[case.reduction]}"
    findings = [case.finding(fault) for fault in case.faults]
    findings += [case.differs(left)] if left else []
    not_tried = ["sequences and padding, since it takes one token"]
    if function.by_rows:
        convention = f"Takes {case.kind} (V,) and an id, and gives a token’s loss"
    else:
        axis, whole = find_layout(case)
        convention += LAYOUTS[axis] if axis else ""
        padded, not_tried = padding(case, axis)
        findings += padded or whole
    findings += long_sum(case)
    return Diagnosis(convention, tuple(findings), tuple(not_tried), notes(case))


class Function:
    """A loss function that takes NumPy arrays and gives them, or what it raised."""

    def __init__(self, loss: Callable[..., Any], to: Callable[[Array], Any] | None):
        self.loss, self.by_rows = loss, False
        self.answers: dict[str, dict[str, Answer]] = {}
        makers = [(to, np.float32)] if to else [(None, np.float64), *frameworks()]
        errors = []
        for self.by_rows in (False, True):
            for (self.to, self.dtype), kind in itertools.product(makers, INPUTS):
                o, targets = PROBES["batch"]
                self.first_asked = INPUTS[kind](o), targets
                self.first = self(*self.first_asked)
                if not isinstance(self.first, Exception):
                    return
                if not self.by_rows and kind == "logits":
                    errors.append(self.first)
        self.by_rows, self.first = False, errors[-1]  # of the arrays tried last

    @property
    def gives_rows(self) -> bool:
        """Whether it gives a number for each token."""
        return not isinstance(self.first, Exception) and self.first.size > 1

    def __call__(self, o: Array, targets: Array) -> Answer:
        """The answer in float64, or the exception."""
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if self.by_rows:
                    rows = zip(o, targets, strict=True)
                    return np.array([self.once(row, int(i)) for row, i in rows])
                return self.once(o, targets)
        except Exception as error:
            return error

    def once(self, o: Array, targets: Any) -> Array:
        # Copies, since some change what they are given.
        o, targets = o.astype(self.dtype), np.array(targets)
        given = (o, targets) if self.to is None else (self.to(o), self.to(targets))
        answer = self.loss(*given)
        if isinstance(answer, (tuple, dict)):
            what = type(answer).__name__
            raise TypeError(f"it gives a {what}: pick the loss of it")
        if hasattr(answer, "detach"):  # a tensor of PyTorch
            answer = answer.detach().cpu().double()
        return np.asarray(answer, np.float64)

    def of(self, kind: str) -> dict[str, Answer]:
        """Its answers to the probes, given this kind of input."""
        if kind not in self.answers:
            self.answers[kind] = {
                name: self(INPUTS[kind](o), targets)
                for name, (o, targets) in ASKED[self.dtype].items()
                if kind == "logits" or name not in OF_LOGITS_ALONE
            }
        return self.answers[kind]


def frameworks() -> Iterator[tuple[Callable[[Array], Any], type]]:
    """What makes arrays of the frameworks that are imported."""
    if "torch" in sys.modules:
        yield sys.modules["torch"].tensor, np.float32
    if "jax" in sys.modules:
        yield sys.modules["jax"].numpy.asarray, np.float32


def fits(seen: Answer, right: Array, near: float = NEAR) -> bool:
    """Whether an answer is what was foreseen; no number is as good as another."""
    if isinstance(seen, Exception) or seen.size != right.size:
        return False
    seen, right = seen.ravel(), right.ravel()
    finite = np.isfinite(right)
    if (np.isfinite(seen) != finite).any():
        return False
    off = np.abs(seen[finite] - right[finite])
    return bool((off <= near * (1 + np.abs(right[finite]))).all())


@dataclass(frozen=True)
class Case:
    """What a function may be: its input, its reduction, and its faults."""

    function: Function
    kind: str
    reduction: str
    faults: tuple[Fault, ...] = ()

    @property
    def near(self) -> float:
        return max((fault.near for fault in self.faults), default=NEAR)

    @property
    def steps(self) -> set[str]:
        return {fault.step for fault in self.faults}

    def having(self, *faults: Fault) -> "Case":
        """The same with these faults, too."""
        return replace(self, faults=(*self.faults, *faults))

    def seen(self, o: Array, targets: Array, axis: int = -1) -> Answer:
        """What the function gives of these logits, in its kind of input."""
        return self.function(np.moveaxis(INPUTS[self.kind](o), -1, axis), targets)

    def right(self, o: Array, targets: Array) -> Array:
        """What it should give, in the dtype that it gets."""
        o = o.astype(self.function.dtype)
        return np.asarray(evaluate(o, targets, self.faults, self.reduction), float)

    def foreseen(self, name: str) -> Array:
        """What it should give of a probe."""
        return foreseen(name, self.function.dtype, self.faults, self.reduction)

    def probes(self) -> Iterator[tuple[str, Answer]]:
        """Name and answer; a row by itself has no neighbours."""
        across = any(fault.across for fault in self.faults)
        for name, seen in self.function.of(self.kind).items():
            _, targets = ASKED[self.function.dtype][name]
            if not (across and len(targets) == 1):
                yield name, seen

    def missed(self, most: float = np.inf) -> list[str]:
        """The probes that it does not explain, or one more than `most`."""
        left: list[str] = []
        for name, seen in self.probes():
            if not fits(seen, self.foreseen(name), self.near):
                left.append(name)
            if len(left) > most:
                break
        return left

    def shown(self, *names: str) -> tuple[Shown, ...]:
        """These probes: what came, and what this would give."""
        return tuple(
            Shown(name, show(seen), show(self.foreseen(name)))
            for name, seen in self.probes()
            if name in names
        )

    def finding(self, fault: Fault) -> Finding:
        """A fault with a probe that shows it, beside what would come without it."""
        others = tuple(one for one in self.faults if one is not fault)
        without = replace(self, faults=others)
        return Finding(str(fault), without.shown(*without.missed(0)[:1]), fault)

    def differs(self, left: Sequence[str] | None = None) -> Finding:
        """What it leaves unexplained, or some of it."""
        left = self.missed() if left is None else left
        above = ", beside what is said above" if self.faults else ""
        return Finding(UNKNOWN + above, self.shown(*left))


@lru_cache(4096)
def foreseen(
    name: str, dtype: type, faults: tuple[Fault, ...], reduction: str
) -> Array:
    """What a loss with these faults gives of a probe, which no function changes."""
    o, targets = ASKED[dtype][name]
    return np.asarray(evaluate(o.astype(dtype), targets, faults, reduction), float)


def explain(function: Function) -> tuple[Case, list[str] | None]:
    """The fewest faults that fit the probes, and what they leave; None, if none do."""
    single: list[tuple[Fault, ...]] = [(), *((fault,) for fault in IN_ROWS)]
    pairs = [(a, b) for a, b in itertools.combinations(IN_ROWS, 2) if a.step != b.step]
    # Those without a parameter first: one can be found for much.
    pairs.sort(key=lambda pair: sum(bool(fault.between) for fault in pair))
    # All of it by one, by two; or most of it by one, beside which there is a new fault.
    for some, most in ((single, 0), (pairs, 0), (single, 1), (single, 3)):
        for case in candidates(function, some):
            left = case.missed(most)
            if len(left) <= most and (not most or tells(case)):
                return case, left
    return Case(function, "logits", "none" if function.gives_rows else "mean"), None


def tells(case: Case) -> bool:
    """Whether it says exactly, of two probes, what the right loss does not."""
    right = replace(case, faults=())
    more = {*right.missed()} - {*case.missed()}
    return case.near == NEAR and (not case.faults or len(more) > 1)


def candidates(function: Function, some: Sequence[tuple[Fault, ...]]) -> Iterator[Case]:
    """Each input and reduction with each of these faults that goes with them."""
    reductions = REDUCTIONS[:1] if function.gives_rows else REDUCTIONS[1:]
    for faults, kind, reduction in itertools.product(some, INPUTS, reductions):
        case = Case(function, kind, reduction, faults)
        if reduction != "mean" and "reduce" in case.steps:
            continue
        of_p = any(fault.of_p for fault in faults)
        if kind == "probabilities" and (case.steps & OF_LOGITS or of_p):
            continue
        if solved := solve(case):
            yield solved


def solve(case: Case) -> Case | None:
    """The same with the sizes that some faults have, each from the probe that shows it;
    None if a probe shows no such size."""
    given = {fault.name: fault for fault in case.faults}
    sized = [(fault, fault.between) for fault in case.faults if fault.between]
    for fault, (least, _) in sized:  # of two, the second is small at first
        given[fault.name] = fault.of(least)
    for fault, between in sized * len(sized):  # of two, each twice
        found = find_size(replace(case, faults=tuple(given.values())), fault, between)
        if found is None:
            return None
        given[fault.name] = fault.of(found)
    return replace(case, faults=tuple(given.values()))


def find_size(case: Case, fault: Fault, between: tuple[float, float]) -> float | None:
    """The size of a fault with which its probe gives what was seen: by a regula falsi,
    between logarithms, for which most faults are straight lines."""
    answers = case.function.of(case.kind)
    name = fault.shown_by if fault.shown_by in answers else "rare target"
    seen = answers[name]
    if isinstance(seen, Exception) or not seen.size or not np.isfinite(seen).all():
        return None
    others = tuple(one for one in case.faults if one.name != fault.name)
    goal = math.asinh(seen.mean())  # a logarithm that takes 0 and less, too

    def off(log: float) -> float:
        sized = replace(case, faults=(*others, fault.of(math.exp(log))))
        return math.asinh(sized.foreseen(name).mean()) - goal

    low, high = map(math.log, between)
    below, above = off(low), off(high)
    if not below * above < 0:
        return None
    for _ in range(60):  # a rounded loss may have steps, and none at the goal
        log = high - above * (high - low) / (above - below)
        at = off(log)
        if abs(at) < CLOSE:
            break
        if at * above < 0:
            low, below = high, above
        else:
            below /= 2  # else this end might stay for ever
        high, above = log, at
    return math.exp(log)


def with_more(case: Case, faults: Sequence[Fault]) -> list[Case]:
    """The case, and with one or two of these faults."""
    known = [
        fault
        for fault in faults
        if fault.step not in case.steps
        and (fault.step != "reduce" or case.reduction == "mean")
    ]
    pairs = itertools.combinations(known, 2)
    more = [(), *((fault,) for fault in known), *pairs]
    return [
        case.having(*some) for some in more if len({f.step for f in some}) == len(some)
    ]


def first_fit(
    seen: Answer, cases: Sequence[Case], o: Array, targets: Array, name: str
) -> list[Finding] | None:
    """What the first case that fits has more than the case alone; None if none does."""
    alone = cases[0]
    for case in cases:
        if fits(seen, case.right(o, targets), case.near):
            shown = (Shown(name, show(seen), show(alone.right(o, targets))),)
            more = case.faults[len(alone.faults) :]
            return [Finding(str(fault), shown, fault) for fault in more]
    return None


def find_layout(case: Case) -> tuple[int | None, list[Finding]]:
    """The axis of the vocabulary in sequences, or None, and what they show unpadded."""
    cases = with_more(case, IN_SEQUENCES)
    for axis in LAYOUTS:
        seen = case.seen(PADDED, UNPADDED_TARGETS, axis)
        found = first_fit(seen, cases, PADDED, UNPADDED_TARGETS, "two sequences")
        if found is not None:
            return axis, found
    return None, []


def padding(case: Case, axis: int | None) -> tuple[list[Finding], list[str]]:
    """What two sequences show, of which one is padded; and what could not be tried."""
    o, targets, left = PADDED, PADDED_TARGETS, []
    known = IN_SEQUENCES + IN_PADDING
    if axis is None:  # their tokens in a row
        o, targets, axis = o.reshape(-1, o.shape[-1]), targets.ravel(), -1
        known, left = IN_PADDING, [no_sequences(case)]
    if any(fault.blind for fault in case.faults):
        return [], ["padding, since it reads no target"]
    # A small vocabulary first: of a larger one NumPy reads −100 from the end.
    few = np.where(targets == IGNORED, IGNORED, targets % 4)
    takes, seen = case.seen(o[..., :4], few, axis), case.seen(o, targets, axis)
    if isinstance(takes, Exception) or isinstance(seen, Exception):
        return [], [*left, "padding, since it takes no target of −100"]
    lost = case.reduction != "none" and not np.isfinite(takes).all()
    if lost or not np.isfinite(seen).all():
        return [], [*left, "padding, since it gives no number for a target of −100"]
    if case.reduction == "none" and seen.size == targets.size:
        seen = np.where(
            targets.ravel() != IGNORED, seen.ravel(), 0
        )  # else the caller’s
    name = "two sequences, one padded"
    found = first_fit(seen, with_more(case, known), o, targets, name)
    if found is None:
        shown = (Shown(name, show(seen), show(case.right(o, targets))),)
        found = [Finding(UNKNOWN, shown)]
    return found, left


def no_sequences(case: Case) -> str:
    """Why sequences were not tried: they are refused, or mean something else to it."""
    seen = case.seen(PADDED, UNPADDED_TARGETS)
    if isinstance(seen, Exception):
        return "sequences, since it takes no (B, T, V)"
    right = show(case.right(PADDED, UNPADDED_TARGETS))
    return f"sequences: of two (B, T, V) it gives {show(seen)}, and not {right}"


def long_sum(case: Case) -> list[Finding]:
    """Of all sums a running float32 one alone hangs on which tokens come first."""
    if case.reduction == "none" or case.steps & {"reduce", "align"}:
        return []
    running = case.having(LONG_SUM)
    rows = [
        np.repeat([[0.0, -large], [small, 0.0]], [first, LONG - first], axis=0)
        for first, large, small in ORDERS
    ]
    o = max(rows, key=lambda o: np.nan_to_num(abs(turned(running.right, o) - 1)))
    ratio = turned(case.seen, o)
    off = abs(ratio - turned(running.right, o))
    if not off < LONG_SUM.near < abs(ratio - 1):
        return []
    targets = np.ones(LONG, int)
    seen, right = case.seen(o, targets), case.right(o, targets)
    shown = Shown(f"{LONG:,} tokens", show(seen, 8), show(right, 8))
    return [Finding(str(LONG_SUM), (shown,), LONG_SUM)]


def turned(gives: Callable[[Array, Array], Answer], o: Array) -> float:
    """What it gives of these rows, by what it gives of them in reverse."""
    targets = np.ones(len(o), int)
    forth, back = gives(o, targets), gives(o[::-1], targets)
    if isinstance(forth, Exception) or isinstance(back, Exception):
        return np.nan
    with np.errstate(all="ignore"):
        return float(forth.sum() / back.sum())


def raised(function: Function) -> Diagnosis:
    """It takes no logits (N, V) with targets (N,), nor a row with its target."""
    shown = Shown("3 rows of 4 logits", show(function.first), "a number")
    return Diagnosis("", (Finding(RAISED, (shown,)),), (), ())


def notes(case: Case) -> tuple[str, ...]:
    """What it does with targets that are no tokens: not a fault, but good to know."""
    o, _ = PROBES["batch"]
    outside = case.seen(o, np.array([0, 4, 0]))
    ignored = case.seen(o, np.full(3, IGNORED))
    told = []
    if not isinstance(outside, Exception):
        told.append(
            f"A target outside the vocabulary is no error to it: {show(outside)}"
        )
    if case.reduction == "mean" and not isinstance(ignored, Exception):
        told.append(
            f"Where every target is −100, it gives {show(ignored)} ({where(6)})"
        )
    return tuple(told)


def where(room: int) -> str:
    """A room, in words that a line does not break."""
    return f"Chapter\N{NO-BREAK SPACE}10, Room\N{NO-BREAK SPACE}{room}"


def show(answer: Answer, digits: int = 5) -> str:
    if isinstance(answer, Exception):
        return f"{type(answer).__name__}: {answer}"
    values = [
        f"{x:.{digits}g}".replace("-", "−").replace("inf", "∞").replace("nan", "NaN")
        for x in answer.ravel()[:4]
    ]
    return ", ".join(values) + (", …" if answer.size > 4 else "")
