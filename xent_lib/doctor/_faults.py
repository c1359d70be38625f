"""The known faults of loss functions: one table, for the doctor and for Chapter 10.

A loss is computed in steps. A fault is one step done otherwise, so that several faults
of different steps go together.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from .._softmax import log_softmax, softmax

IGNORED = -100
NEAR = 1e-4  # what float32 may lose; known faults change more
Array = np.ndarray

# The rooms of Chapter 10, the bug museum, by their numbers.
ROOMS = {
    1: "a mean of means",
    2: "another divisor",
    3: "the shift, twice or never",
    4: "the start token",
    5: "padding, scored",
    6: "no target left",
    7: "softmax, twice",
    8: "perplexities, averaged",
    9: "the wrong bytes",
    10: "the base of the logarithm",
    11: "lost in exp and ln",
    12: "a running float32 sum",
    13: "other losses",
}


def anchor(room: int) -> str:
    """Of a room’s heading, "Room 7: softmax, twice": what a link to it ends in."""
    return re.sub("[^a-z0-9 ]", "", f"room {room} {ROOMS[room]}").replace(" ", "-")


@dataclass(frozen=True)
class Fault:
    """A step of a loss that is done otherwise.

    `run` takes what the right step of the same name takes. One with a parameter takes
    it first; it lies in `between`, and the probe of the name `shown_by` tells its size.
    """

    name: str
    what: str  # in words
    mend: str
    room: int
    step: str
    run: Callable[..., Any]
    # Where it shows: in any rows, only in sequences or padding, or only in a long sum.
    seen_in: Literal["rows", "sequences", "padding", "a long sum"] = "rows"
    across: bool = False  # a row is scored with its neighbours’ help
    blind: bool = False  # it reads no target
    of_p: bool = False  # of p as it is; given logits, it is another loss altogether
    between: tuple[float, float] | None = None
    shown_by: str = ""
    near: float = NEAR  # how near, relatively, its results are foreseen
    parameter: float | None = None

    def __str__(self) -> str:
        return self.what.format(self.parameter)

    def of(self, parameter: float) -> "Fault":
        return replace(self, parameter=parameter)


def evaluate(
    o: Array, targets: Array, faults: Iterable[Fault] = (), reduction: str = "mean"
) -> Any:
    """The loss of logits (…, V) and targets (…), where some steps are faults."""
    steps = dict(STEPS)
    for fault in faults:
        if fault.parameter is None:
            steps[fault.step] = fault.run
        else:
            steps[fault.step] = lambda *x, fault=fault: fault.run(fault.parameter, *x)
    with np.errstate(all="ignore"):
        o, targets = steps["align"](o, targets)
        targets, scored = steps["ignore"](targets, o.shape[-1])
        targets = steps["targets"](targets, o)
        log_p = steps["log_p"](steps["logits"](o))
        losses = steps["score"](log_p, targets)
        return steps["reduce"](losses, scored, o.shape[-1], reduction)


def at_targets(x: Array, targets: Array) -> Array:
    """Of each row the entry of its target."""
    return np.take_along_axis(x, targets[..., np.newaxis], axis=-1)[..., 0]


def ignore(targets: Array, V: int) -> tuple[Array, Array]:
    scored = targets != IGNORED
    return np.where(scored, targets, 0), scored


def reduce(losses: Array, scored: Array, V: int, reduction: str) -> Any:
    losses = np.where(scored, losses, 0)
    if reduction == "none":
        return losses
    return losses.sum() / (scored.sum() if reduction == "mean" else 1)


STEPS: dict[str, Callable[..., Any]] = {
    "align": lambda o, targets: (o, targets),
    "ignore": ignore,
    "targets": lambda targets, o: targets,
    "logits": lambda o: o,
    "log_p": log_softmax,
    "score": lambda log_p, targets: -at_targets(log_p, targets),
    "reduce": reduce,
}


def in_half(o: Array) -> Array:
    """Every result rounded to float16."""
    half = o.astype(np.float16)
    below = half - half.max(axis=-1, keepdims=True)
    total = np.exp(below).sum(axis=-1, keepdims=True, dtype=np.float16)
    return (below - np.log(total)).astype(float)


def in_bfloat16(o: Array) -> Array:
    """The logits and their logarithms rounded to eight binary digits."""

    def rounded(x: Array) -> Array:
        digits, power = np.frexp(x)
        return np.ldexp(np.round(digits * 256) / 256, power)

    return rounded(log_softmax(rounded(o)))


def from_zero(o: Array) -> Array:
    """o − (max + ln Σ exp(o − max)), in the dtype of the logits."""
    top = o.max(axis=-1, keepdims=True)
    return o - (top + np.log(np.exp(o - top).sum(axis=-1, keepdims=True)))


def smoothed(share: float, log_p: Array, targets: Array) -> Array:
    return -(1 - share) * at_targets(log_p, targets) - share * log_p.mean(axis=-1)


def brier(log_p: Array, targets: Array) -> Array:
    y = np.arange(log_p.shape[-1]) == targets[..., np.newaxis]
    return np.square(np.exp(log_p) - y).sum(axis=-1)


def per_sequence(losses: Array, scored: Array) -> Array:
    return np.where(scored, losses, 0).reshape(len(losses), -1).sum(axis=1)


def mean_of_means(losses: Array, scored: Array, V: int, reduction: str) -> Any:
    return (per_sequence(losses, scored) / per_sequence(scored, scored)).mean()


def running(losses: Array, scored: Array, V: int, reduction: str) -> Any:
    """Added up one after the other, in float32."""
    total = np.cumsum(losses[scored], dtype=np.float32)[-1:].sum()
    return total / (scored.sum() if reduction == "mean" else 1)


def thrice(o: list[float], target: int) -> tuple[Array, Array]:
    """A row and its neighbours, all alike: a shift by one changes nothing."""
    return np.tile(np.array(o), (3, 1)), np.full(3, target)


# What a function is called with: logits and targets.
PROBES: dict[str, tuple[Array, Array]] = {
    "example": (np.array([[3.2, 1.0, -0.5, 2.5]]), np.array([0])),
    "batch": (
        np.array([[3.2, 1.0, -0.5, 2.5], [0.1, -0.7, 0.4, 2.0], [1.5, 1.2, -2.0, 0.3]]),
        np.array([3, 1, 2]),
    ),
    "square": (
        np.array([[0.5, 2.0, -1.0], [1.0, 0.2, 0.9], [-0.3, 0.4, 1.7]]),
        np.array([1, 0, 1]),
    ),
    "many tokens": (
        np.sin(np.arange(2 * 128) ** 2.0).reshape(2, 128),
        np.array([7, 90]),
    ),
    "two tokens": thrice([0.0, 1.0], 1),
    "logits + 1,000": thrice([1001.0, 1003.2, 999.5, 1002.5], 1),
    "rare target": thrice([0.0, -50.0, -1.0], 1),
    "unequal rows": (
        np.array([[0.0, 1.0], [5000.0, 4998.0], [2.0, 0.0]]),
        np.array([1, 0, 1]),
    ),
    "far target": thrice([0.0, -5000.0, -1.0], 1),
}
# Of some loss functions the inputs are shares already: a p of exp(−5000) is none.
OF_LOGITS_ALONE = ("logits + 1,000", "unequal rows", "far target", "large and equal")

# Two sequences, of 5 and of 2 tokens, and what stands in the places after the second.
PADDED = 5 * np.cos(np.arange(2 * 5 * 128) ** 1.1).reshape(2, 5, 128)
PADDED_TARGETS = np.array([[3, 99, 28, 64, 5], [17, 28, *[IGNORED] * 3]])

FAULTS = (
    Fault(
        "base-2",
        "in bits: the logarithm is to the base 2",
        "take the natural logarithm, or say that these are bits",
        10,
        "score",
        lambda log_p, targets: -at_targets(log_p, targets) / np.log(2),
    ),
    Fault(
        "base-10",
        "to the base 10",
        "take the natural logarithm",
        10,
        "score",
        lambda log_p, targets: -at_targets(log_p, targets) / np.log(10),
    ),
    Fault(
        "sign",
        "negative: ln p without its minus",
        "turn the sign",
        13,
        "score",
        lambda log_p, targets: at_targets(log_p, targets),
    ),
    Fault(
        "floor",
        "capped: a floor of {:.2g} under p, by an epsilon or a clip",
        "take the loss from the logits, by the log-sum-exp, without an epsilon",
        11,
        "score",
        lambda floor, log_p, targets: (
            -np.logaddexp(at_targets(log_p, targets), np.log(floor))
        ),
        between=(1e-300, 0.1),
        shown_by="far target",
        near=2e-2,  # added or clipped, which differs where p is near it
    ),
    Fault(
        "smoothing",
        "smoothed: {:.3g} of each target is spread over all tokens",
        "leave label smoothing out of what is reported",
        13,
        "score",
        smoothed,
        between=(1e-3, 0.9),
        shown_by="two tokens",
    ),
    Fault(
        "one-minus-p",
        "1 − p, which stays below 1",
        "take −ln p",
        13,
        "score",
        lambda log_p, targets: -np.expm1(at_targets(log_p, targets)),
        of_p=True,
    ),
    Fault(
        "brier",
        "the squared distance of p from the target (Brier’s score)",
        "take −ln p",
        13,
        "score",
        brier,
        of_p=True,
    ),
    Fault(
        "softmax-twice",
        "of a softmax taken twice",
        "give the function logits, or take one softmax away",
        7,
        "logits",
        softmax,
    ),
    Fault(
        "temperature",
        "of logits divided by {:.3g}, a temperature",
        "leave the temperature to sampling",
        13,
        "logits",
        lambda T, o: o / T,
        between=(0.05, 20),
        shown_by="two tokens",
    ),
    Fault(
        "half-precision",
        "rounded as float16 rounds",
        "take the loss in float32",
        11,
        "log_p",
        in_half,
        near=4e-3,
    ),
    Fault(
        "bfloat16",
        "rounded as bfloat16 rounds",
        "take the loss in float32",
        11,
        "log_p",
        in_bfloat16,
        near=1.6e-2,
    ),
    Fault(
        "no-shift",
        "lost in exp: the log-sum-exp does not begin with the largest logit",
        "take away the largest logit before exp",
        11,
        "log_p",
        lambda o: o - np.log(np.exp(o).sum(axis=-1, keepdims=True)),
    ),
    Fault(
        "shared-maximum",
        "lost in exp: all rows are shifted by one maximum, not each by its own",
        "take each row’s own largest logit: o.max(axis=-1, keepdims=True)",
        11,
        "log_p",
        lambda o: o - o.max() - np.log(np.exp(o - o.max()).sum(axis=-1, keepdims=True)),
    ),
    Fault(
        "plain-softmax",
        "lost in exp and in ln: the logarithm of a softmax without a shift",
        "take the log-sum-exp of the logits, less the largest",
        11,
        "log_p",
        lambda o: np.log(np.exp(o) / np.exp(o).sum(axis=-1, keepdims=True)),
    ),
    Fault(
        "log-of-softmax",
        "infinite where p is too small for a number, as in the logarithm of a softmax",
        "take the log-sum-exp of the logits",
        11,
        "log_p",
        lambda o: np.log(softmax(o)),
    ),
    Fault(
        "from-zero",
        "rounded away where logits are large: a log-sum-exp, then less the logit",
        "count from the largest logit: (max − o[target]) + ln Σ exp(o − max)",
        11,
        "log_p",
        from_zero,
    ),
    Fault(
        "wrong-axis",
        "of a softmax over the wrong axis: over the tokens, not the vocabulary",
        "let softmax sum over the vocabulary",
        13,
        "log_p",
        lambda o: log_softmax(o, axis=-2),
        across=True,
    ),
    Fault(
        "not-normalised",
        "the logit alone, without what softmax divides by",
        "add the log-sum-exp, or give it a log_softmax",
        13,
        "log_p",
        lambda o: o,
    ),
    Fault(
        "no-logarithm",
        "−p: the logarithm is missing",
        "take the logarithm of the softmax: log_softmax",
        13,
        "score",
        lambda log_p, targets: -np.exp(at_targets(log_p, targets)),
        of_p=True,
    ),
    Fault(
        "likeliest",
        "of the likeliest token, whichever came",
        "pick the target’s p, not the largest",
        13,
        "targets",
        lambda targets, o: o.argmax(axis=-1),
        blind=True,
    ),
    Fault(
        "counted-from-one",
        "of the token before the target in the vocabulary, as if ids began at 1",
        "count ids from 0",
        13,
        "targets",
        lambda targets, o: (targets - 1) % o.shape[-1],
    ),
    Fault(
        "next-id",
        "of the token after the target in the vocabulary, as if something stood before",
        "give ids and logits one order, with nothing put in front of either",
        13,
        "targets",
        lambda targets, o: (targets + 1) % o.shape[-1],
    ),
    Fault(
        "shifted",
        "of targets that it shifts by one: right only if they were not shifted before",
        "shift once: either in the data or in the loss",
        3,
        "align",
        lambda o, targets: (o[..., :-1, :], targets[..., 1:]),
        across=True,
    ),
    Fault(
        "shifted-back",
        "of targets shifted by one to the other side",
        "pair the logits of place i with the token of place i + 1, once",
        3,
        "align",
        lambda o, targets: (o[..., 1:, :], targets[..., :-1]),
        across=True,
    ),
    Fault(
        "perplexity",
        "the perplexity, e to the mean",
        "return the mean, and take e to it where it is shown",
        8,
        "reduce",
        lambda losses, scored, V, reduction: np.exp(
            reduce(losses, scored, V, reduction)
        ),
    ),
    Fault(
        "mean-of-perplexities",
        "a mean of perplexities",
        "first the mean of the losses, then e to it",
        8,
        "reduce",
        lambda losses, scored, V, reduction: reduce(
            np.exp(losses), scored, V, reduction
        ),
    ),
    Fault(
        "scaled",
        "{:.3g} times what it should be, as if it had a divisor of its own",
        "divide once, by the scored tokens of all steps and machines",
        2,
        "score",
        lambda times, log_p, targets: -times * at_targets(log_p, targets),
        between=(1e-3, 1e3),
        shown_by="two tokens",
    ),
    Fault(
        "by-vocabulary",
        "divided by the vocabulary, too",
        "divide by the number of tokens",
        2,
        "reduce",
        lambda losses, scored, V, reduction: reduce(losses, scored, V, reduction) / V,
    ),
    Fault(
        "per-sequence",
        "divided by the number of sequences, not of tokens",
        "divide by the scored tokens, or say that this is a sequence’s loss",
        1,
        "reduce",
        lambda losses, scored, V, reduction: per_sequence(losses, scored).mean(),
        seen_in="sequences",
    ),
    Fault(
        "mean-of-means",
        "a mean of the sequences’ means",
        "carry sums, and divide once",
        1,
        "reduce",
        mean_of_means,
        seen_in="sequences",
    ),
    Fault(
        "padded-length",
        "divided by all places, the padding among them",
        "divide by the scored tokens",
        5,
        "reduce",
        lambda losses, scored, V, reduction: np.where(scored, losses, 0).mean(),
        seen_in="padding",
    ),
    Fault(
        "padding-scored",
        "over the padding, too: −100 is read from the end of the vocabulary",
        "leave the ignored targets out",
        5,
        "ignore",
        lambda targets, V: (targets % V, np.ones(targets.shape, bool)),
        seen_in="padding",
    ),
    Fault(
        "padding-as-token-0",
        "over the padding, too: −100 is read as token 0",
        "leave the ignored targets out",
        5,
        "ignore",
        lambda targets, V: (np.maximum(targets, 0), np.ones(targets.shape, bool)),
        seen_in="padding",
    ),
    Fault(
        "token-0-ignored",
        "without those of token 0, as if it were padding",
        "give padding a number that no token has, such as −100",
        6,
        "ignore",
        lambda targets, V: (np.maximum(targets, 0), targets > 0),
    ),
    Fault(
        "float32-sum",
        "added up in float32, one after the other",
        "add in float64, or in parts",
        12,
        "reduce",
        running,
        near=4e-6,
        seen_in="a long sum",
    ),
)
