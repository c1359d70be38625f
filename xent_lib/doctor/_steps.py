"""A loss step by step, and what a fault is: one of its steps done otherwise.

So several faults of different steps go together.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

IGNORED = -100
NEAR = 1e-4  # what float32 may lose of large logits; known faults change more
FINE = 2e-5  # and of those up to LARGE
LARGE = 100
# The same where two sizes are fitted.
EXACT: dict[type, float] = {np.float32: 2e-6, np.float64: 1e-8}
Array = np.ndarray
Kind = Literal["fault", "convention", "precision"]
Where = Literal["rows", "sequences", "padding", "many rows"]
Steps = dict[str, Callable[..., Any]]


@dataclass(frozen=True, eq=False)
class Fault:
    """A step of a loss that is done otherwise.

    `run` takes what the right step of the same name takes. One with a size takes it
    first: it lies in `between`, and the probe `shown_by` tells it, or it is `among` a
    few. What may be meant, a convention, is right `if_` something.
    """

    name: str
    what: str  # in words
    mend: str
    room: int
    step: str = ""
    run: Callable[..., Any] = lambda *x: x
    kind: Kind = "fault"
    if_: str = ""  # what makes it right, or meant
    # Where it shows: in any rows, in sequences, in padding, or in many rows alone.
    seen_in: Where = "rows"
    across: bool = False  # a row is scored with its neighbours’ help
    leaves: tuple["Fault", ...] = ()  # what is there once it is fixed
    blind: bool = False  # it reads no target
    of_p: bool = False  # of p as it is; given logits, it is another loss altogether
    between: tuple[float, float] | None = None
    none_at: float | None = None  # the size with which it does nothing
    among: tuple[float, ...] = ()
    whole: bool = False  # of fewer rows than its size it scores none, or all
    shown_by: str = "two tokens"
    near: float = NEAR  # how near, relatively, its results are foreseen
    size: float | None = None
    only: tuple[str, ...] = ()  # with these reductions
    may_be_meant: bool = False  # by who trains, though it is no loss to report
    subject: str = "The loss is"  # the subject of a sentence about it

    @property
    def hows(self) -> tuple[str, ...]:
        """The reductions that it goes with."""
        every = ("mean",) if self.step == "reduce" else ("none", "mean", "sum")
        return self.only or every

    @property
    def does(self) -> Callable[..., Any]:
        """What it runs, of its size."""
        return self.run if self.size is None else partial(self.run, self.size)

    def __str__(self) -> str:
        if self.size is None:  # as in the list of all
            return re.sub(r"{[^}]*}", "…", self.what)
        return self.what.format(self.size, self.size)

    def of(self, size: float) -> "Fault":
        other = object.__new__(Fault)  # a thousand times in a search
        other.__dict__.update(self.__dict__, size=size)
        return other


def by_step(step: str) -> Callable[..., Fault]:
    """Makes the faults of one step."""
    return lambda name, what, mend, room, run, **more: Fault(
        name, what, mend, room, step, run, **more
    )


def evaluate(
    o: Array,
    targets: Array,
    faults: Iterable[Fault] = (),
    reduction: str = "mean",
    ignored: int | None = IGNORED,
) -> Any:
    """The loss of logits (…, V) and targets (…), where some steps are faults."""
    faults = tuple(faults)
    with np.errstate(all="ignore"):
        return finish(begin(o, targets, faults, ignored), faults, reduction)


def begin(
    o: Array, targets: Array, faults: Iterable[Fault], ignored: int | None
) -> tuple[Array, Array, Array]:
    """The ln p, the targets, and whether they are scored: all steps but the LAST.

    The caller silences NumPy’s warnings: a search calls this thousands of times.
    """
    steps = STEPS | {fault.step: fault.does for fault in faults}
    o, targets, scored = align(o, targets, steps, ignored)
    targets = steps["targets"](targets, o)
    return steps["log_p"](steps["logits"](o)), targets, scored


def align(
    o: Array, targets: Array, steps: Steps, ignored: int | None
) -> tuple[Array, Array, Array]:
    """The logits, their targets, and whether they are scored."""
    o, targets = steps["align"](*steps["batch"](o, targets))
    return o, *steps["ignore"](targets, ignored, o.shape[-1])


def scores_any(
    o: Array, targets: Array, faults: Iterable[Fault], ignored: int | None
) -> bool:
    """Whether any token is left to score."""
    steps = STEPS | {fault.step: fault.does for fault in faults}
    return bool(align(o, targets, steps, ignored)[-1].any())


def finish(
    begun: tuple[Array, Array, Array], faults: Iterable[Fault], reduction: str
) -> Any:
    """The loss of these, by the LAST steps."""
    steps = STEPS | {fault.step: fault.does for fault in faults}
    log_p, targets, scored = begun

    def losses(log_p: Array, targets: Array) -> Any:
        return steps["unit"](steps["score"](log_p, targets))

    each = losses(log_p, targets)
    answer = steps["reduce"](each, scored, log_p.shape[-1], reduction)
    return answer + steps["left_out"](losses, log_p, scored, reduction)


def at_targets(x: Array, targets: Array) -> Array:
    """Of each row the entry of its target."""
    rows = x.reshape(-1, x.shape[-1])
    return rows[np.arange(len(rows)), targets.ravel()].reshape(targets.shape)


def log_softmax(o: Array) -> Array:
    """From the largest logit, without the library’s checks."""
    below = o - o.max(axis=-1, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=-1, keepdims=True))


def ignore(targets: Array, ignored: int | None, V: int) -> tuple[Array, Array]:
    scored = (targets != ignored) & (targets != IGNORED)
    return np.where(scored, targets, 0), scored


def reduce(losses: Array, scored: Array, V: int, reduction: str) -> Any:
    losses = np.where(scored, losses, 0)
    if reduction == "none":
        return losses
    return losses.sum() / (scored.sum() if reduction == "mean" else 1)


LAST = ("score", "unit", "reduce")
STEPS: Steps = {
    "batch": lambda o, targets: (o, targets),  # which sequences
    "align": lambda o, targets: (o, targets),
    "ignore": ignore,
    "targets": lambda targets, o: targets,
    "logits": lambda o: o,
    "log_p": log_softmax,
    "score": lambda log_p, targets: -at_targets(log_p, targets),
    "unit": lambda losses: losses,
    "reduce": reduce,
    "left_out": lambda losses, log_p, scored, reduction: 0,  # what it adds
}
