"""Faults of the steps “logits” and “log_p”: the first takes logits and returns them as
they are, the second returns ln p of every token."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from xent_lib import log_softmax, logsumexp, softmax

from ..reference import Array
from .fault import TRAINED_WITH, Fault

logit = partial(Fault, step="logits")
log_p = partial(Fault, step="log_p", room=11)
Run = Callable[..., Array]
Shift = Callable[[Array], Any]


def total(o: Array) -> Array:
    """The log-sum-exp of each row, beside its logits."""
    return np.asarray(logsumexp(o))[..., np.newaxis]


# In floats of 16 bits: their name, their digits, and how near answers are.


def to_float16(x: Array) -> Array:
    return x.astype(np.float16).astype(float)


def to_bfloat16(x: Array) -> Array:
    """To eight binary digits."""
    digits, power = np.frexp(x)
    return np.ldexp(np.round(digits * 256) / 256, power)


ROUNDING: dict[str, tuple[Run, str, float]] = {
    "half-precision": (to_float16, "float16, which has 3 digits", 4e-3),
    "bfloat16": (to_bfloat16, "bfloat16, which has 2 digits", 1.6e-2),
}


def in_float16(by: Callable[..., Array], shift: Run, to: Run, o: Array) -> Array:
    """Each result is rounded."""
    return by(shift, o.astype(np.float16)).astype(float)


def rounding(name: str, run: Callable[[Run, Array], Array], step: str) -> Fault:
    """A fault that `run` is, given what rounds to such floats."""
    to, what, near = ROUNDING[name]
    fix = "compute the loss in float32"
    what, run = f"rounded to {what}", partial(run, to)
    return Fault(name, what, fix, run, step, room=11, near=near)


# By exp, a sum and ln.


def nothing(o: Array) -> Any:
    return 0


def of_rows(o: Array) -> Array:
    return np.asarray(o.max(axis=-1, keepdims=True))


def by_sum(shift: Shift, o: Array) -> Array:
    """A logit minus the log-sum-exp, of what is left once `shift` is subtracted."""
    o = o - shift(o)
    return o - np.log(np.exp(o).sum(axis=-1, keepdims=True))


def by_share(shift: Shift, o: Array) -> Array:
    """The logarithm of a softmax, of the same."""
    e = np.exp(o - shift(o))
    return np.log(e / e.sum(axis=-1, keepdims=True))


def over_axis(axis: int | None, shift: Shift, o: Array) -> Array:
    """A softmax over another axis, which a shift by rows changes; over -3, of rows it
    is right."""
    o = o - shift(o)
    if axis is None:
        return log_softmax(o.ravel()).reshape(o.shape)
    return log_softmax(o, axis=axis if o.ndim >= -axis else -1)


def from_zero(o: Array) -> Array:
    """o − (max + ln Σ exp(o − max)), in the dtype of the logits."""
    top = of_rows(o)
    return o - (top + np.log(np.exp(o - top).sum(axis=-1, keepdims=True)))


def not_rescaled(size: float, o: Array) -> Array:
    """By blocks of the vocabulary, each sum from the largest logit so far."""
    block = np.arange(o.shape[-1]) // int(size)
    tops = np.maximum.reduceat(o, np.arange(0, o.shape[-1], int(size)), axis=-1)
    tops = np.maximum.accumulate(tops, axis=-1)
    total = np.exp(o - tops[..., block]).sum(axis=-1, keepdims=True)
    return o - tops[..., -1:] - np.log(total)


# Each token a yes or no of its own, by a sigmoid.


def log_sigmoid(o: Array) -> Array:
    return -np.logaddexp(0, -o)


def binary(o: Array) -> Array:
    """For each token, its own yes and the no of all others."""
    no = log_sigmoid(-o)
    return log_sigmoid(o) - no + no.sum(axis=-1, keepdims=True)


OWN = "subtract each row’s own maximum: o.max(axis=-1, keepdims=True)"
IN_BOTH = "subtract it in both, or add it back: max + ln Σ exp(o − max)"
ONE_COMES = "use log_softmax: exactly one of all tokens comes"
# fmt: off
LOGITS = (
    logit("softmax-twice", "computed from a softmax taken twice",
        "pass logits to the loss, or remove one softmax", softmax, room=7),
    logit("temperature", "computed from logits divided by a temperature of {:.3g}",
        "divide by a temperature only when sampling", lambda T, o: o / T,
        may_be_meant=True, between=(0.05, 20), none_at=1),
    *(
        logit("soft-cap", f"computed from logits bent by a soft cap, {bend}",
            "leave the cap to the model, whose last step it is", run,
            between=(2, 2000), shown_by="far target", **TRAINED_WITH)
        for bend, run in (
            ("{:.3g} · tanh(o / {:.3g})", lambda c, o: c * np.tanh(o / c)),
            ("{:.3g} · o / √(o² + {:.3g}²)", lambda c, o: c * (o / np.hypot(o, c))),
        )
    ),
    logit("clipped", "computed from logits clipped at ±{:.3g}",
        "subtract the largest logit before exp, and clip nothing",
        lambda end, o: np.clip(o, -end, end),
        room=11, between=(2, 4999), shown_by="far target"),
)
OVERFLOWS = "computed in float16, where exp overflows over 65,504"
WAYS: tuple[Callable[[Run, Array], Array], ...] = (
    partial(in_float16, by_sum, of_rows),
    lambda to, o: to(log_softmax(to(o))),
    lambda to, o: to(o) - to(total(to(o))),
    lambda to, o: np.log(to(softmax(to(o)))),
    lambda to, o: np.log(to(softmax(o))),
)
ROUNDED = (
    *(rounding(name, run, "log_p") for name in ROUNDING for run in WAYS
        if name == "half-precision" or run is not WAYS[0]),
    *(replace(rounding("half-precision", partial(in_float16, by, nothing), "log_p"),
        what=OVERFLOWS) for by in (by_sum, by_share)),
)
LOG_P = (
    log_p("no-shift",
        "not a number where exp overflows: logits over 709 in float64, 88 in float32",
        "subtract the largest logit before exp", partial(by_sum, nothing)),
    log_p("shared-maximum",
        "not a number in rows far below the maximum of all, which each row subtracts",
        OWN, partial(by_sum, np.max)),
    log_p("plain-softmax",
        "not a number where exp overflows, and infinite where p rounds to 0",
        "use log_softmax, or the log-sum-exp of the logits minus their maximum",
        partial(by_share, nothing)),
    log_p("log-of-softmax",
        "infinite where softmax rounds p to 0, at 745 nats in float64, 104 in float32",
        "use log_softmax, or the log-sum-exp, in place of log(softmax)",
        partial(by_share, of_rows),
        right_if="logits are never so far apart", may_be_meant=True),
    log_p("maximum-in-sum",
        "off by the largest logit, subtracted in the sum but not at the target",
        IN_BOTH, lambda o: log_softmax(o) + of_rows(o), unstable=True),
    log_p("maximum-at-target",
        "off by the largest logit, subtracted at the target but not in the sum",
        IN_BOTH, lambda o: log_softmax(o) - of_rows(o), unstable=True),
    log_p("not-rescaled",
        "computed in blocks of {:,.0f}, without rescaling the sum as the maximum grows",
        "multiply it by exp(old maximum − new) before adding a block", not_rescaled,
        among=(100, 1000, *(2**k for k in range(1, 17))), shows_in="many rows"),
    log_p("from-zero",
        "0 for two equal logits of 10⁸ in float32, or 10¹⁷ in float64, where "
        "log-sum-exp minus logit is rounded",
        "subtract the maximum first: (max − o[target]) + ln Σ exp(o − max)", from_zero,
        kind="precision"),
    *(
        log_p(name, f"computed with {softmax_over}, not the vocabulary",
            "take log_softmax over the vocabulary, the last axis of (B, T, V)",
            partial(over_axis, axis, shift), room=13, unstable=True,
            across_rows=axis != -3, shows_in="sequences" if axis == -3 else "rows")
        for name, softmax_over, axis in (
            ("wrong-axis", "a softmax over the tokens", -2),
            ("whole-array", "one softmax over the whole array", None),
            ("batch-axis", "a softmax over the sequences", -3),
        )
        for shift in (nothing, of_rows)
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
    log_p("sigmoid", "computed with a sigmoid in place of a softmax",
        ONE_COMES, log_sigmoid, room=13),
    log_p("binary", "binary cross-entropy: each token is a yes or no", ONE_COMES,
        binary, room=13),
    log_p("binary-mean", "binary cross-entropy, averaged over V, too", ONE_COMES,
        lambda o: binary(o) / o.shape[-1], room=13),
)
