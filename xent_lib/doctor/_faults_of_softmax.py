"""The known faults between logits and their ln p."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .._softmax import log_softmax, logsumexp, softmax
from ._steps import Array, Fault, by_step

by_softmax = by_step("log_p")
Top = Callable[[Array], Any]


def from_zero(o: Array) -> Array:
    """o − (max + ln Σ exp(o − max)), in the dtype of the logits."""
    top = o.max(axis=-1, keepdims=True)
    return o - (top + np.log(np.exp(o - top).sum(axis=-1, keepdims=True)))


# What holds logits below a number.
CAPS: tuple[tuple[str, Callable[[float, Array], Array]], ...] = (
    ("{:.3g} · tanh(o / {:.3g})", lambda cap, o: cap * np.tanh(o / cap)),
    ("{:.3g} · o / √(o² + {:.3g}²)", lambda cap, o: cap * (o / np.hypot(o, cap))),
)
# What people take away before exp: nothing, or a maximum of all, of rows, of columns.
TOPS: tuple[Top, ...] = (
    lambda o: 0,
    lambda o: o.max(),
    lambda o: o.max(axis=-1, keepdims=True),
    lambda o: o.max(axis=-2, keepdims=True),
)
NOTHING, OF_ALL, OF_ROWS, _ = TOPS


def by_sum(off: Top, in_sum: Top, o: Array) -> Array:
    """A logit less the log-sum-exp, and what people take away in each."""
    e = np.exp(o - in_sum(o))
    return o - off(o) - np.log(e.sum(axis=-1, keepdims=True))


def by_share(off: Top, in_sum: Top, o: Array) -> Array:
    """The same by the logarithm of a share."""
    e = np.exp(o - in_sum(o))
    return np.log(np.exp(o - off(o)) / e.sum(axis=-1, keepdims=True))


# The largest logit taken away in one place.
SUMS_ALONE = partial(by_sum, NOTHING, OF_ROWS), partial(by_share, NOTHING, OF_ROWS)
TARGETS_ALONE: tuple[Callable[[Array], Array], ...] = (
    lambda o: log_softmax(o) - OF_ROWS(o),
    partial(by_sum, OF_ROWS, NOTHING),
    partial(by_share, OF_ROWS, NOTHING),
)


def not_rescaled(size: float, o: Array) -> Array:
    """By blocks of the vocabulary, each sum from the largest logit so far."""
    block = np.arange(o.shape[-1]) // int(size)
    tops = np.maximum.reduceat(o, np.arange(0, o.shape[-1], int(size)), axis=-1)
    tops = np.maximum.accumulate(tops, axis=-1)
    total = np.exp(o - tops[..., block]).sum(axis=-1, keepdims=True)
    return o - tops[..., -1:] - np.log(total)


def by_column(top: Top, o: Array, axis: int | None = -2) -> Array:
    """The logarithm of a softmax over the tokens, or another axis, or the array."""
    e = np.exp(o - top(o))
    return np.log(e / e.sum(axis=axis, keepdims=True))


def by_column_sum(o: Array, axis: int | None = -2) -> Array:
    """The same by a log-sum-exp without a shift."""
    return o - np.log(np.exp(o).sum(axis=axis, keepdims=True))


def by_batch(top: Top, o: Array) -> Array:
    """Of sequences that of a softmax over them; of rows the right one."""
    return by_column(top, o, axis=-3) if o.ndim > 2 else log_softmax(o)


def by_array(o: Array) -> Array:
    """A softmax over all rows at once."""
    return log_softmax(o.reshape(-1)).reshape(o.shape)


def with_z(share: float, o: Array) -> Array:
    return log_softmax(o) - share * np.square(logsumexp(o))[..., np.newaxis]


LOGITS = (
    Fault(
        "softmax-twice",
        "of a softmax taken twice",
        "give the function logits, or remove one softmax",
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
        may_be_meant=True,
        between=(0.05, 20),
        none_at=1,
    ),
    *(
        Fault(
            "soft-cap",
            f"of logits bent by {bend}",
            "leave the cap to the model, whose last step it is",
            13,
            "logits",
            run,
            if_="its model has that cap, and gives its logits before it",
            between=(2, 2000),
            shown_by="far target",
        )
        for bend, run in CAPS
    ),
    Fault(
        "clipped",
        "of logits clipped at ±{:.3g}",
        "subtract the largest logit before exp, and clip nothing",
        11,
        "logits",
        lambda end, o: np.clip(o, -end, end),
        between=(2, 4999),
        shown_by="far target",
    ),
)
LOG_P = (
    by_softmax(
        "no-shift",
        "lost in exp: the largest logit is not subtracted first",
        "subtract the largest logit before exp",
        11,
        partial(by_sum, NOTHING, NOTHING),
    ),
    by_softmax(
        "shared-maximum",
        "lost in exp: all rows are shifted by one maximum, not each by its own",
        "subtract each row’s own largest logit: o.max(axis=-1, keepdims=True)",
        11,
        partial(by_sum, OF_ALL, OF_ALL),
    ),
    by_softmax(
        "shared-maximum",
        "lost in exp and ln: all rows are shifted by one maximum",
        "subtract each row’s own largest logit, and use the log-sum-exp",
        11,
        partial(by_share, OF_ALL, OF_ALL),
    ),
    by_softmax(
        "plain-softmax",
        "lost in exp and ln: the logarithm of a softmax without a shift",
        "use the log-sum-exp of the logits minus the largest",
        11,
        partial(by_share, NOTHING, NOTHING),
    ),
    by_softmax(
        "log-of-softmax",
        "infinite where p is too small to represent, as in the logarithm of a softmax",
        "use the log-sum-exp of the logits",
        11,
        partial(by_share, OF_ROWS, OF_ROWS),
        if_="logits are never so far apart",
        may_be_meant=True,
    ),
    *(
        by_softmax(
            name,
            f"off by the largest logit, which is subtracted {place}",
            "subtract it in both, or add it back: max + ln Σ exp(o − max)",
            11,
            run,
        )
        for name, place, several in (
            ("maximum-in-sum", "in the sum but not at the target", SUMS_ALONE),
            ("maximum-at-target", "at the target but not in the sum", TARGETS_ALONE),
        )
        for run in several
    ),
    by_softmax(
        "not-rescaled",
        "of a running sum that is not rescaled where the maximum grows, in blocks of "
        "{:,.0f}",
        "multiply it by exp(old maximum − new) before a block is added",
        11,
        not_rescaled,
        among=(100, 1000, *(2**k for k in range(1, 17))),
        seen_in="many rows",
    ),
    by_softmax(
        "from-zero",
        "a log-sum-exp minus the logit, rounded away where logits are huge",
        "count from the largest logit: (max − o[target]) + ln Σ exp(o − max)",
        11,
        from_zero,
        kind="precision",
    ),
    by_softmax(
        "wrong-axis",
        "of a softmax over the wrong axis: over the tokens, not the vocabulary",
        "let softmax sum over the vocabulary",
        13,
        lambda o: log_softmax(o, axis=-2),
        across=True,
    ),
    by_softmax(
        "whole-array",
        "of one softmax over the whole array",
        "let softmax sum over the last axis, each row by itself",
        13,
        by_array,
        across=True,
    ),
    *(
        by_softmax(
            name,
            f"of {over}, and lost in {lost}",
            "let log_softmax sum over the vocabulary",
            13,
            partial(run, axis=axis),
            across=True,
        )
        for name, over, axis in (
            ("wrong-axis", "a softmax over the wrong axis, over the tokens", -2),
            ("whole-array", "one softmax over the whole array", None),
        )
        for lost, run in (
            *(("exp and ln", partial(by_column, top)) for top in TOPS),
            ("exp", partial(by_column_sum)),
        )
    ),
    *(
        by_softmax(
            "batch-axis",
            "of a softmax over the batch: over the sequences, not the vocabulary",
            "let softmax sum over the vocabulary, the last axis of (B, T, V)",
            13,
            partial(by_batch, top),
            seen_in="sequences",
        )
        for top in (*TOPS[:3], lambda o: o.max(axis=-3, keepdims=True))
    ),
    by_softmax(
        "not-normalised",
        "the logit alone, without what softmax divides by",
        "add the log-sum-exp, or give it a log_softmax",
        13,
        lambda o: o,
    ),
    by_softmax(
        "scores-as-probabilities",
        "of logits divided by their sum, as if they were probabilities (Keras)",
        "say that these are logits: from_logits=True",
        7,
        lambda o: np.log(np.clip(o / o.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)),
    ),
    by_softmax(
        "z-loss",
        "with {:.3g} times the square of the log-sum-exp added (z-loss)",
        "report the loss without it",
        13,
        with_z,
        if_="a model is trained by it",
        between=(1e-7, 1),
        shown_by="logits + 1,000",
    ),
)
OF_SOFTMAX = (*LOGITS, *LOG_P)
