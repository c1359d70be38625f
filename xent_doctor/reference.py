"""The reference: the cross-entropy loss, in ten steps.

A fault is one of these steps done differently, so faults of different steps combine.

step      takes                           returns
--------  ------------------------------  --------------------------------------------
batch     logits (…, V), targets (…)      both, of the sequences that count
align     logits, targets                 both, so that each target meets its logits
ignore    targets, ignored, V             targets, and whether each is scored
targets   targets, logits                 targets
logits    logits                          logits
log_p     logits                          ln p of every token
score     ln p, targets                   the loss of each target
unit      losses                          losses, in nats
reduce    losses, scored, V, reduction    the answer: losses, their mean, or their sum
left_out  a function for losses, ln p,    what is added to the answer: nothing
          scored, reduction
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .faults.fault import Fault

IGNORED = -100
NEAR = 1e-4  # relative: float32 may lose this much of large logits; any fault is larger
FINE = 2e-5  # the same of logits up to LARGE
LARGE = 100
# The same where two sizes are fitted at once.
EXACT: dict[type, float] = {np.float32: 2e-6, np.float64: 1e-8}
Array = np.ndarray
Steps = dict[str, Callable[..., Any]]


def at_targets(x: Array, targets: Array) -> Array:
    """The entry of each row at its target."""
    rows = x.reshape(-1, x.shape[-1])
    return rows[np.arange(len(rows)), targets.ravel()].reshape(targets.shape)


def log_softmax(o: Array, axis: int = -1) -> Array:
    """As the library’s, without its checks: a search calls this thousands of times."""
    below = o - o.max(axis=axis, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=axis, keepdims=True))


def ignore(targets: Array, ignored: int | None, V: int) -> tuple[Array, Array]:
    scored = (targets != ignored) & (targets != IGNORED)
    return np.where(scored, targets, V // 2), scored


def reduce(losses: Array, scored: Array, V: int, reduction: str) -> Any:
    losses = np.where(scored, losses, 0)
    if reduction == "none":
        return losses
    return losses.sum() / (scored.sum() if reduction == "mean" else 1)


STEPS: Steps = {
    "batch": lambda o, targets: (o, targets),
    "align": lambda o, targets: (o, targets),
    "ignore": ignore,
    "targets": lambda targets, o: targets,
    "logits": lambda o: o,
    "log_p": log_softmax,
    "score": lambda log_p, targets: -at_targets(log_p, targets),
    "unit": lambda losses: losses,
    "reduce": reduce,
    "left_out": lambda losses, log_p, scored, reduction: 0,
}
FIRST = ("batch", "align", "ignore")  # they say what is scored
LAST = ("score", "unit", "reduce")  # `finish` runs them, and left_out, from ln p


def evaluate(
    o: Array,
    targets: Array,
    faults: Iterable[Fault] = (),
    reduction: str = "mean",
    ignored: int | None = IGNORED,
) -> Any:
    """The loss of logits (…, V) and targets (…), with these faults."""
    faults = tuple(faults)
    with np.errstate(all="ignore"):
        return finish(begin(o, targets, faults, ignored), faults, reduction)


def begin(
    o: Array, targets: Array, faults: Iterable[Fault], ignored: int | None
) -> tuple[Array, Array, Array]:
    """The steps up to ln p: it, the targets, and whether each is scored.

    The caller silences NumPy’s warnings, once for many calls.
    """
    steps = with_faults(faults)
    o, targets = steps["align"](*steps["batch"](o, targets))
    targets, scored = steps["ignore"](targets, ignored, o.shape[-1])
    targets = steps["targets"](targets, o)
    return steps["log_p"](steps["logits"](o)), targets, scored


def finish(
    begun: tuple[Array, Array, Array], faults: Iterable[Fault], reduction: str
) -> Any:
    """The loss of what `begin` returned."""
    steps = with_faults(faults)
    log_p, targets, scored = begun

    def losses(log_p: Array, targets: Array) -> Any:
        return steps["unit"](steps["score"](log_p, targets))

    each = losses(log_p, targets)
    answer = steps["reduce"](each, scored, log_p.shape[-1], reduction)
    return answer + steps["left_out"](losses, log_p, scored, reduction)


def with_faults(faults: Iterable[Fault], steps: Steps = STEPS) -> Steps:
    return steps | {fault.step: fault.does for fault in faults}
