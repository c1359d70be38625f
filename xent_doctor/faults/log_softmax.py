"""Faults of the step “log_p”: it takes logits, and returns ln p of every token."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from xent_lib import log_softmax, logsumexp, softmax

from ..reference import Array
from .fault import TRAINED_WITH, Fault, at_step

log_p = at_step("log_p", room=11)
across_rows = at_step("log_p", across_rows=True)
Run = Callable[[Array], Array]
Shift = Callable[[Array], Any]

# Floats of 16 bits: the name of the fault, what happens, and how near answers are.
FLOAT16 = "half-precision", "rounded to float16, which has 3 digits", 4e-3
OVERFLOW = (
    "half-precision",
    "computed in float16, where exp overflows over 65,504",
    4e-3,
)
BFLOAT16 = "bfloat16", "rounded to bfloat16, which has 2 digits", 1.6e-2
ROUNDING = ("half-precision", "bfloat16")


def rounding(
    kind: tuple[str, str, float],
    run: Run,
    step: str = "log_p",
    fix: str = "compute the loss in float32",
) -> Fault:
    name, what, near = kind
    return Fault(name, what, fix, 11, step, run, near=near)


def to_float16(x: Array) -> Array:
    return x.astype(np.float16).astype(float)


def to_bfloat16(x: Array) -> Array:
    """To eight binary digits."""
    digits, power = np.frexp(x)
    return np.ldexp(np.round(digits * 256) / 256, power)


def in_bfloat16(run: Run, o: Array) -> Array:
    return to_bfloat16(run(to_bfloat16(o)))


def all_in_float16(o: Array) -> Array:
    """A log_softmax, each result of which is rounded."""
    half = o.astype(np.float16)
    below = half - half.max(axis=-1, keepdims=True)
    total = np.exp(below).sum(axis=-1, keepdims=True, dtype=np.float16)
    return (below - np.log(total)).astype(float)


def unshifted_in_float16(run: Callable[[Array, Array], Array], o: Array) -> Array:
    half = o.astype(np.float16)
    return run(half, np.exp(half).sum(axis=-1, keepdims=True)).astype(float)


def total(o: Array) -> Array:
    """The log-sum-exp of each row, beside its logits."""
    return np.asarray(logsumexp(o))[..., np.newaxis]


# What people subtract before exp: nothing, or a maximum of all, of rows, of columns.
SHIFTS: tuple[Shift, ...] = (
    lambda o: 0,
    lambda o: o.max(),
    lambda o: o.max(axis=-1, keepdims=True),
    lambda o: o.max(axis=-2, keepdims=True),
)
NOTHING, OF_ALL, OF_ROWS, _ = SHIFTS


def by_sum(at_target: Shift, in_sum: Shift, o: Array) -> Array:
    """A logit minus the log-sum-exp, with what is subtracted in each."""
    e = np.exp(o - in_sum(o))
    return o - at_target(o) - np.log(e.sum(axis=-1, keepdims=True))


def by_share(at_target: Shift, in_sum: Shift, o: Array) -> Array:
    """The logarithm of a softmax, with what is subtracted above and below."""
    e = np.exp(o - in_sum(o))
    return np.log(np.exp(o - at_target(o)) / e.sum(axis=-1, keepdims=True))


def from_zero(o: Array) -> Array:
    """o − (max + ln Σ exp(o − max)), in the dtype of the logits."""
    top = OF_ROWS(o)
    return o - (top + np.log(np.exp(o - top).sum(axis=-1, keepdims=True)))


def not_rescaled(size: float, o: Array) -> Array:
    """By blocks of the vocabulary, each sum from the largest logit so far."""
    block = np.arange(o.shape[-1]) // int(size)
    tops = np.maximum.reduceat(o, np.arange(0, o.shape[-1], int(size)), axis=-1)
    tops = np.maximum.accumulate(tops, axis=-1)
    total = np.exp(o - tops[..., block]).sum(axis=-1, keepdims=True)
    return o - tops[..., -1:] - np.log(total)


def over_axis(shift: Shift, axis: int | None, o: Array) -> Array:
    """The logarithm of a softmax over another axis, or over all."""
    e = np.exp(o - shift(o))
    return np.log(e / e.sum(axis=axis, keepdims=True))


def sum_over_axis(axis: int | None, o: Array) -> Array:
    """A logit minus the log-sum-exp over another axis, or over all, without a shift."""
    return o - np.log(np.exp(o).sum(axis=axis, keepdims=True))


def over_batch(shift: Shift, o: Array) -> Array:
    """Right for rows, which have no such axis."""
    return over_axis(shift, -3, o) if o.ndim > 2 else log_softmax(o)


# Each token a yes or no of its own, by a sigmoid; “score” does the same to p.
FLOORS = (0, np.exp(-100), 1e-7)  # under p and 1 − p, in NumPy, PyTorch and Keras


def sigmoid(o: Array) -> Array:
    return 1 / (1 + np.exp(-o))


def log_sigmoid(o: Array) -> Array:
    return -np.logaddexp(0, -o)


def yes_or_no(yes: Array, no: Array) -> Array:
    """For each token, its own yes and the no of all others."""
    return yes - no + no.sum(axis=-1, keepdims=True)


def of_logits(o: Array) -> Array:
    return yes_or_no(log_sigmoid(o), log_sigmoid(-o))


def of_p(floor: float, p: Array) -> Array:
    return yes_or_no(*(np.log(np.maximum(x, floor)) for x in (p, 1 - p)))


def averaged(run: Callable[..., Array], x: Array, *targets: Array) -> Array:
    """Over the vocabulary, too."""
    return run(x, *targets) / x.shape[-1]


def binary(step: str, of: str, fix: str, run: Callable[..., Array]) -> list[Fault]:
    what = f"binary cross-entropy{of}"
    each, mean = f"{what}: each token is a yes or no", f"{what}, averaged over V, too"
    return [
        Fault("binary", each, fix, 13, step, run),
        Fault("binary-mean", mean, fix, 13, step, partial(averaged, run)),
    ]


OWN = "subtract each row’s own maximum: o.max(axis=-1, keepdims=True)"
LAST_AXIS = "take log_softmax over the vocabulary, axis=-1"
ONE_COMES = "use log_softmax: exactly one of all tokens comes"
# fmt: off
AXES = (
    ("wrong-axis", "a softmax over the wrong axis: the tokens, not the vocabulary", -2),
    ("whole-array", "one softmax over the whole array", None),
)
ROUNDED = (
    rounding(FLOAT16, all_in_float16),
    *(rounding(BFLOAT16, partial(in_bfloat16, run)) for run in (
        log_softmax,
        lambda o: o - to_bfloat16(total(o)),
        lambda o: np.log(to_bfloat16(softmax(o))),
    )),
)
# Other ways to lose digits in float16, which the table of all faults leaves out.
IN_FLOAT16 = (
    rounding(FLOAT16, lambda o: to_float16(o) - to_float16(total(to_float16(o)))),
    rounding(FLOAT16, lambda o: np.log(to_float16(softmax(o)))),
    *(rounding(OVERFLOW, partial(unshifted_in_float16, run),
        fix="compute the loss in float32, and subtract the largest logit before exp")
        for run in (
            lambda half, total: half - np.log(total),
            lambda half, total: np.log(np.exp(half) / total),
        )),
)
LOG_P = (
    log_p("no-shift",
        "not a number where exp overflows: logits over 709 in float64, 88 in float32",
        "subtract the largest logit before exp", partial(by_sum, NOTHING, NOTHING)),
    log_p("shared-maximum",
        "not a number in rows far below the maximum of all, which each row subtracts",
        OWN, partial(by_sum, OF_ALL, OF_ALL)),
    log_p("shared-maximum",
        "not a number in rows far below the maximum of all, and ∞ where p rounds to 0",
        f"{OWN}, and use the log-sum-exp", partial(by_share, OF_ALL, OF_ALL)),
    log_p("plain-softmax",
        "not a number where exp overflows, and infinite where p rounds to 0",
        "use log_softmax, or the log-sum-exp of the logits minus their maximum",
        partial(by_share, NOTHING, NOTHING)),
    log_p("log-of-softmax",
        "infinite where softmax rounds p to 0, at 745 nats in float64, 103 in float32",
        "use log_softmax, or the log-sum-exp, in place of log(softmax)",
        partial(by_share, OF_ROWS, OF_ROWS),
        right_if="logits are never so far apart", may_be_meant=True),
    *(
        log_p(f"maximum-{name}", f"off by the largest logit, subtracted {place}",
            "subtract it in both, or add it back: max + ln Σ exp(o − max)", run)
        for name, place, runs in (
            ("in-sum", "in the sum but not at the target",
                [partial(by, NOTHING, OF_ROWS) for by in (by_sum, by_share)]),
            ("at-target", "at the target but not in the sum",
                [lambda o: log_softmax(o) - OF_ROWS(o),
                *(partial(by, OF_ROWS, NOTHING) for by in (by_sum, by_share))]),
        )
        for run in runs
    ),
    log_p("not-rescaled",
        "computed in blocks of {:,.0f}, without rescaling the sum as the maximum grows",
        "multiply it by exp(old maximum − new) before adding a block", not_rescaled,
        among=(100, 1000, *(2**k for k in range(1, 17))), shows_in="many rows"),
    log_p("from-zero",
        "0 for two equal logits of 10⁸ in float32, or 10¹⁷ in float64, where "
        "log-sum-exp minus logit is rounded",
        "subtract the maximum first: (max − o[target]) + ln Σ exp(o − max)", from_zero,
        kind="precision"),
    across_rows("wrong-axis", f"computed with {AXES[0][1]}",
        LAST_AXIS, lambda o: log_softmax(o, axis=-2)),
    across_rows("whole-array", f"computed with {AXES[1][1]}",
        LAST_AXIS, lambda o: log_softmax(o.reshape(-1)).reshape(o.shape)),
    *(
        across_rows(name, f"computed with {softmax_over}, and unstable in {lost}",
            LAST_AXIS, run)
        for name, softmax_over, axis in AXES
        for lost, run in (
            *(("exp and ln", partial(over_axis, shift, axis)) for shift in SHIFTS),
            ("exp", partial(sum_over_axis, axis)),
        )
    ),
    *(
        log_p("batch-axis",
            "computed with a softmax over the batch: the sequences, not the vocabulary",
            "take log_softmax over the vocabulary, the last axis of (B, T, V)",
            partial(over_batch, shift), room=13, shows_in="sequences")
        for shift in (NOTHING, OF_ALL, OF_ROWS, lambda o: o.max(axis=-3, keepdims=True))
    ),
    log_p("not-normalised", "−logit alone: the denominator of softmax is missing",
        "add the log-sum-exp, or pass it the output of log_softmax",
        lambda o: o, room=13),
    log_p("scores-as-probabilities",
        "computed from logits divided by their sum, as Keras does with probabilities",
        "say that these are logits: from_logits=True", room=7,
        run=lambda o: np.log(np.clip(o / o.sum(-1, keepdims=True), 1e-7, 1 - 1e-7))),
    log_p("z-loss", "larger by {:.3g} times the square of the log-sum-exp, a z-loss",
        "leave the z-loss out of what is reported",
        lambda share, o: log_softmax(o) - share * np.square(total(o)),
        room=13, between=(1e-7, 1), shown_by="logits + 1,000", **TRAINED_WITH),
)
SIGMOID = log_p("sigmoid", "computed with a sigmoid in place of a softmax",
    ONE_COMES, log_sigmoid, room=13)
BINARY, BINARY_MEAN = zip(*(
    binary("log_p", of, ONE_COMES, run) for of, run in (
        ("", of_logits),
        (" of a sigmoid taken twice", lambda o: of_logits(sigmoid(o))),
        *(("", lambda o, floor=floor: of_p(floor, sigmoid(o))) for floor in FLOORS),
    )
), strict=True)
