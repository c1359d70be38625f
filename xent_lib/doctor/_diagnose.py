"""Which bug does this loss function have? It is asked small questions, and its answers
are held against those of the right loss and of all known faults."""

import html
import itertools
import sys
import textwrap
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._faults import (
    FAULTS,
    IGNORED,
    OF_LOGITS_ALONE,
    PADDED,
    PADDED_TARGETS,
    PROBES,
    Array,
    Fault,
    evaluate,
    softmax,
    thrice,
)

NEAR = 1e-4  # what float32 may lose; known faults change more
REDUCTIONS = ("none", "mean", "sum")
INPUTS: dict[str, Callable[[Array], Array]] = {
    "logits": lambda o: o,
    "probabilities": softmax,
}
# Who takes probabilities has no such steps; who takes logits seems to have one more.
OF_LOGITS = ("logits", "log_p")
# Of p as it is; given logits, these are other losses altogether.
OF_P = ("one-minus-p", "brier", "no-logarithm")
LAYOUTS = {-1: "; sequences are (B, T, V)", 1: "; sequences are (B, V, T)"}
# Faults that only sequences or their padding show.
IN_SEQUENCES = ("shifted", "shifted-back", "wrong-axis")  # and there alone, in some
OF_SEQUENCES = ("per-sequence", "mean-of-means", "padded-length", "padding-scored")
IN_A_ROW = OF_SEQUENCES[2:]  # these show without sequences, too
LONG = 2**17  # tokens, whose losses a running float32 sum gets wrong in the third digit
SLOW = 0.002  # seconds for 512 tokens: who takes so long is not asked for so many

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
        without = "without it" if self.fault else "expected"
        lines = [f"✗ The loss is {self.what}"]
        lines += [
            f"{one.probe}: yours {one.seen}, {without} {one.expected}"
            for one in self.shown
        ]
        if self.fault:
            chapter = int(self.fault.chapter[:2])
            lines.append(f"{self.fault.mend} (Chapter\N{NO-BREAK SPACE}{chapter})")
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
        lines = [self.convention] if self.convention else []
        lines += map(str, self.findings)
        if self.healthy:
            lines.append("✓ Nothing wrong was found")
        lines += [f"– Not tried: {what}" for what in self.not_tried]
        lines += [f"– {note}" for note in self.notes]
        fill = textwrap.TextWrapper(79, subsequent_indent="    ")
        return "\n".join(
            fill.fill(line if i == 0 else f"    {line}")
            for part in lines
            for i, line in enumerate(part.split("\n"))
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self), quote=False)}</pre>"


def diagnose(
    loss: Callable[..., Any], *, to: Callable[[Array], Any] | None = None
) -> Diagnosis:
    """Name the faults of a loss function, by a few small calls.

    The function is called with the running example, a batch, rows that overflow exp,
    a target of hardly any probability, large equal logits, sequences, and padding that
    is marked by −100. What it gives is compared with the right loss, with each known
    fault, and with two of them at once. It may return one number or one a token, take
    logits or probabilities, and have the vocabulary on the last axis or on axis 1; what
    it does of this is said in the report.

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
    found = explain(function)
    if found is None:
        return unexplained(function)
    kind, reduction, faults, left = found
    kinds = {"none": "a loss for each token", "mean": "their mean", "sum": "their sum"}
    convention = f"Takes {kind} (N, V), and gives {kinds[reduction]}"
    findings = [finding(one, function, kind, reduction, faults) for one in faults]
    if left:
        findings.append(differs(function, kind, reduction, faults, left))
    not_tried: list[str] = []
    if function.by_rows:
        convention = f"Takes {kind} (V,) and an id, and gives the loss of one token"
        not_tried.append("sequences and padding, since it takes one token")
    else:
        more = faults_of_sequences(reduction, faults)
        axis, whole = find_layout(function, kind, reduction, faults, more)
        convention += LAYOUTS[axis] if axis else ""
        padded, not_tried = padding(function, kind, reduction, faults, more, axis)
        findings += padded or whole
    findings += long_sum(function, kind, reduction, faults)
    return Diagnosis(
        convention, tuple(findings), tuple(not_tried), notes(function, kind)
    )


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
                for name, (o, targets) in self.probes(kind).items()
            }
        return self.answers[kind]

    def probes(self, kind: str) -> dict[str, tuple[Array, Array]]:
        large = 1e17 if self.dtype == np.float64 else 1e8  # of which ln 2 is no digit
        probes = PROBES | {"large and equal": thrice([large, large], 1)}
        return {
            name: probe
            for name, probe in probes.items()
            if kind == "logits" or name not in OF_LOGITS_ALONE
        }

    def right(self, o: Array, targets: Array, *arguments: Any) -> Array:
        """What `evaluate` foresees for such a function, in the dtype that it gets."""
        with np.errstate(all="ignore"):
            return np.asarray(
                evaluate(o.astype(self.dtype), targets, *arguments), float
            )


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


def explain(
    function: Function,
) -> tuple[str, str, tuple[Fault, ...], list[str]] | None:
    """Input, reduction, faults that fit the probes, the fewest, and what they leave."""
    known = [
        fault for fault in FAULTS if fault.name not in (*OF_SEQUENCES, "float32-sum")
    ]
    single: list[tuple[Fault, ...]] = [(), *((fault,) for fault in known)]
    pairs = [
        pair
        for pair in itertools.combinations(known, 2)
        if pair[0].step != pair[1].step
    ]
    # Those without a parameter first: one can be found for much.
    pairs.sort(key=lambda pair: sum(bool(fault.between) for fault in pair))
    # All of it by one, by two; or most of it by one, beside which there is a new fault.
    for some, most in ((single, 0), (pairs, 0), (single, 1), (single, 3)):
        for kind, reduction, faults in candidates(function, some):
            left = missed(function, kind, reduction, faults, most)
            if len(left) > most or (
                most and not tells(function, kind, reduction, faults)
            ):
                continue
            return kind, reduction, faults, left
    return None


def tells(
    function: Function, kind: str, reduction: str, faults: tuple[Fault, ...]
) -> bool:
    """Whether these say of two probes what the right loss does not, and nearly."""
    if any(fault.near > NEAR for fault in faults):
        return False
    every = len(PROBES) + 1
    right = missed(function, kind, reduction, (), every)
    return (
        not faults
        or len({*right} - {*missed(function, kind, reduction, faults, every)}) > 1
    )


def candidates(
    function: Function, some: Sequence[tuple[Fault, ...]]
) -> Iterator[tuple[str, str, tuple[Fault, ...]]]:
    """Each input and reduction with each of these faults that goes with them."""
    reductions = REDUCTIONS[:1] if function.by_rows else REDUCTIONS
    for chosen in some:
        steps = {fault.step for fault in chosen}
        for kind, reduction in itertools.product(INPUTS, reductions):
            if reduction != "mean" and "reduce" in steps:
                continue
            if kind == "probabilities" and (
                steps & {*OF_LOGITS} or {one.name for one in chosen} & {*OF_P}
            ):
                continue
            for solved in solve(function, kind, reduction, chosen):
                yield kind, reduction, solved


def missed(
    function: Function,
    kind: str,
    reduction: str,
    faults: tuple[Fault, ...],
    most: int,
) -> list[str]:
    """The probes that these faults do not explain, or one more than `most`."""
    near = max((fault.near for fault in faults), default=NEAR)
    answers, left = function.of(kind), []
    for name, (o, targets) in function.probes(kind).items():
        if applies(o, faults):
            right = function.right(o, targets, faults, reduction)
            left += [] if fits(answers[name], right, near) else [name]
        if len(left) > most:
            break
    return left


def applies(o: Array, faults: Iterable[Fault]) -> bool:
    """A row by itself has no neighbours."""
    across = any(
        fault.step == "align" or fault.name == "wrong-axis" for fault in faults
    )
    return not (across and len(o) == 1)


def solve(
    function: Function, kind: str, reduction: str, faults: tuple[Fault, ...]
) -> list[tuple[Fault, ...]]:
    """The same faults with the parameters that some of them have, each from the probe
    that shows it; none if a probe shows no such parameter."""
    open_ones = [fault for fault in faults if fault.between]
    given = {fault.name: fault for fault in faults}
    for fault in open_ones:  # of two, the second is small at first
        given[fault.name] = fault.of(fault.between[0] if fault.between else 1)
    for fault in open_ones * len(open_ones):
        found = bisect(function, kind, reduction, fault, given)
        if found is None:
            return []
        given[fault.name] = fault.of(found)
    return [tuple(given.values())]


def bisect(
    function: Function, kind: str, reduction: str, fault: Fault, given: dict[str, Fault]
) -> float | None:
    """The parameter of a fault with which its probe gives what was seen."""
    probes = function.probes(kind)
    name = fault.shown_by if fault.shown_by in probes else "rare target"
    (o, targets), seen = probes[name], function.of(kind)[name]
    if isinstance(seen, Exception) or not seen.size or not np.isfinite(seen).all():
        return None

    def off(parameter: float) -> float:
        faults = (given | {fault.name: fault.of(parameter)}).values()
        return float(function.right(o, targets, faults, reduction).mean() - seen.mean())

    low, high = fault.between or (1, 1)
    begin = off(low)
    if not begin * off(high) < 0:
        return None
    for _ in range(60):
        middle = float(np.sqrt(low) * np.sqrt(high))
        low, high = (middle, high) if off(middle) * begin > 0 else (low, middle)
    return low


def finding(
    fault: Fault,
    function: Function,
    kind: str,
    reduction: str,
    faults: Sequence[Fault],
) -> Finding:
    """A fault with a probe that shows it, beside what would come without it."""
    others = tuple(one for one in faults if one is not fault)
    near = max((one.near for one in others), default=NEAR)
    shown = []
    for name, (o, targets) in function.probes(kind).items():
        seen, right = (
            function.of(kind)[name],
            function.right(o, targets, others, reduction),
        )
        if applies(o, faults) and not fits(seen, right, near):
            shown.append(Shown(name, show(seen), show(right)))
    return Finding(str(fault), tuple(shown[:1]), fault)


def find_layout(
    function: Function,
    kind: str,
    reduction: str,
    faults: tuple[Fault, ...],
    more: Sequence[tuple[Fault, ...]],
) -> tuple[int | None, list[Finding]]:
    """The axis of the vocabulary in sequences, or None, and what they show unpadded."""
    targets = np.where(PADDED_TARGETS == IGNORED, 9, PADDED_TARGETS)
    near = max((fault.near for fault in faults), default=NEAR)
    for axis in LAYOUTS:
        seen = function(np.moveaxis(INPUTS[kind](PADDED), -1, axis), targets)
        for others in more:
            right = function.right(PADDED, targets, (*faults, *others), reduction)
            if fits(seen, right, near):
                plain = function.right(PADDED, targets, faults, reduction)
                assert isinstance(seen, np.ndarray)
                shown = (Shown("two sequences", show(seen), show(plain)),)
                return axis, [Finding(str(fault), shown, fault) for fault in others]
    return None, []


def padding(
    function: Function,
    kind: str,
    reduction: str,
    faults: tuple[Fault, ...],
    more: Sequence[tuple[Fault, ...]],
    axis: int | None,
) -> tuple[list[Finding], list[str]]:
    """What two sequences show, of which one is padded; and what could not be tried."""
    o, targets, left = PADDED, PADDED_TARGETS, []
    if axis is None:  # their tokens in a row
        o, targets = o.reshape(-1, o.shape[-1]), targets.ravel()
        more = [others for others in more if not others or others[0].name in IN_A_ROW]
        left, axis = [no_sequences(function, kind, reduction, faults)], -1
    if any(fault.name == "likeliest" for fault in faults):
        return [], ["padding, since it reads no target"]
    # A small vocabulary first: of a larger one NumPy reads −100 from the end.
    few = np.where(targets == IGNORED, IGNORED, targets % 4)
    takes = function(np.moveaxis(INPUTS[kind](o[..., :4]), -1, axis), few)
    seen = function(np.moveaxis(INPUTS[kind](o), -1, axis), targets)
    if isinstance(takes, Exception) or isinstance(seen, Exception):
        return [], [*left, "padding, since it takes no target of −100"]
    lost = reduction != "none" and not np.isfinite(takes).all()
    if lost or not np.isfinite(seen).all():
        return [], [*left, "padding, since it gives no number for a target of −100"]
    if reduction == "none" and seen.size == targets.size:  # the rest is the caller's
        seen = np.where(targets.ravel() != IGNORED, seen.ravel(), 0)
    near = max((fault.near for fault in faults), default=NEAR)
    plain = function.right(o, targets, faults, reduction)
    shown = (Shown("two sequences, one padded", show(seen), show(plain)),)
    for others in more:
        right = function.right(o, targets, (*faults, *others), reduction)
        if fits(seen, right, near):
            return [Finding(str(fault), shown, fault) for fault in others], left
    return [Finding(UNKNOWN, shown)], left


def no_sequences(
    function: Function, kind: str, reduction: str, faults: tuple[Fault, ...]
) -> str:
    """Why sequences were not tried: they are refused, or mean something else to it."""
    targets = np.where(PADDED_TARGETS == IGNORED, 9, PADDED_TARGETS)
    seen = function(INPUTS[kind](PADDED), targets)
    if isinstance(seen, Exception):
        return "sequences, since it takes no (B, T, V)"
    right = function.right(PADDED, targets, faults, reduction)
    return f"sequences: of two (B, T, V) it gives {show(seen)}, and not {show(right)}"


def faults_of_sequences(
    reduction: str, faults: tuple[Fault, ...]
) -> list[tuple[Fault, ...]]:
    """None, one or two of the faults that only sequences show."""
    steps = {fault.step for fault in faults}
    known = [
        fault
        for fault in FAULTS
        if fault.name in (*OF_SEQUENCES, *IN_SEQUENCES) and fault.step not in steps
    ]
    if reduction != "mean":
        known = [fault for fault in known if fault.step != "reduce"]
    pairs = itertools.combinations(known, 2)
    return [
        (),
        *((fault,) for fault in known),
        *(pair for pair in pairs if pair[0].step != pair[1].step),
    ]


def long_sum(
    function: Function, kind: str, reduction: str, faults: tuple[Fault, ...]
) -> list[Finding]:
    """A running float32 sum shows in many tokens alone."""
    steps = {fault.step for fault in faults}
    if function.by_rows or reduction == "none" or steps & {"reduce", "align"}:
        return []
    o = np.tile(np.array([[0.0, 1.7]]), (LONG, 1))
    targets = np.zeros(LONG, int)
    few, many = (
        min(seconds(function, INPUTS[kind](o[:n]), targets[:n]) for _ in range(5))
        for n in (512, 4096)
    )  # the least, since others may use the processor
    if few > SLOW or many > 16 * few + SLOW:  # such as a square of all tokens
        return []
    seen = function(INPUTS[kind](o), targets)
    right = function.right(o, targets, faults, reduction)
    [fault] = [fault for fault in FAULTS if fault.name == "float32-sum"]
    wrong = function.right(o, targets, (*faults, fault), reduction)
    if fits(seen, right, 5e-5) or not fits(seen, wrong, fault.near):
        return []
    shown = Shown(f"{LONG:,} tokens", show(seen), show(right))
    return [Finding(str(fault), (shown,), fault)]


def seconds(function: Function, o: Array, targets: Array) -> float:
    begun = time.perf_counter()
    function(o, targets)
    return time.perf_counter() - begun


def raised(function: Function) -> Diagnosis:
    """It takes no logits (N, V) with targets (N,), nor a row with its target."""
    error = function.first
    shown = Shown("3 rows of 4 logits", f"{type(error).__name__}: {error}", "a number")
    return Diagnosis("", (Finding(RAISED, (shown,)),), (), ())


def unexplained(function: Function) -> Diagnosis:
    """It differs, and none of the known faults says why."""
    batch = function.of("logits")["batch"]
    many = not isinstance(batch, Exception) and batch.size > 1
    reduction = "none" if many else "mean"
    probes = function.probes("logits")
    left = missed(function, "logits", reduction, (), len(probes))
    one = differs(function, "logits", reduction, (), left)
    return Diagnosis("", (one,), ("sequences and padding",), ())


def differs(
    function: Function,
    kind: str,
    reduction: str,
    faults: tuple[Fault, ...],
    left: Sequence[str],
) -> Finding:
    """What these faults leave unexplained."""
    shown = []
    for name in left[:4]:
        right = function.right(*function.probes(kind)[name], faults, reduction)
        shown.append(Shown(name, show(function.of(kind)[name]), show(right)))
    return Finding(UNKNOWN, tuple(shown))


def notes(function: Function, kind: str) -> tuple[str, ...]:
    """What it does with a target that is no token: not a fault, but good to know."""
    o, _ = PROBES["batch"]
    seen = function(INPUTS[kind](o), np.array([0, 4, 0]))
    if isinstance(seen, Exception):
        return ()
    return (f"A target outside the vocabulary is no error to it: {show(seen)}",)


def show(answer: Answer) -> str:
    if isinstance(answer, Exception):
        return f"{type(answer).__name__}: {answer}"
    values = [
        f"{x:.5g}".replace("-", "−").replace("inf", "∞") for x in answer.ravel()[:4]
    ]
    return ", ".join(values) + (", …" if answer.size > 4 else "")
