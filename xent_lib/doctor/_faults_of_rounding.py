"""The known faults of floats with 16 bits."""

from collections.abc import Callable
from functools import partial

import numpy as np

from .._softmax import log_softmax, logsumexp, softmax
from ._steps import Array, Fault


def in_half(o: Array) -> Array:
    """Every result rounded to float16."""
    half = o.astype(np.float16)
    below = half - half.max(axis=-1, keepdims=True)
    total = np.exp(below).sum(axis=-1, keepdims=True, dtype=np.float16)
    return (below - np.log(total)).astype(float)


def by_exp(of: Callable[[Array, Array], Array], o: Array) -> Array:
    """The same of exp without a shift, and its sum, which overflows."""
    half = o.astype(np.float16)
    e = np.exp(half)
    return of(half, e.sum(axis=-1, keepdims=True)).astype(float)


def rounded(x: Array) -> Array:
    """To eight binary digits, as bfloat16 has them."""
    digits, power = np.frexp(x)
    return np.ldexp(np.round(digits * 256) / 256, power)


# What people take in it: a log_softmax; a log-sum-exp, less the logit; log(softmax).
IN_BFLOAT16: tuple[Callable[[Array], Array], ...] = (
    log_softmax,
    lambda o: o - rounded(np.asarray(logsumexp(o)))[..., np.newaxis],
    lambda o: np.log(rounded(softmax(o))),
)


# The same in float16; and what is lost there in exp, too.
IN_HALF: tuple[Callable[[Array], Array], ...] = (
    lambda o: halved(o) - halved(np.asarray(logsumexp(halved(o))))[..., np.newaxis],
    lambda o: np.log(halved(softmax(o))),
)
OF_EXP: tuple[Callable[[Array, Array], Array], ...] = (
    lambda half, total: half - np.log(total),
    lambda half, total: np.log(np.exp(half) / total),
)


def halved(x: Array) -> Array:
    """To what float16 holds."""
    return x.astype(np.float16).astype(float)


def in_bfloat16(of: Callable[[Array], Array], o: Array) -> Array:
    return rounded(of(rounded(o)))


HALF = "half-precision", "rounded as float16 rounds", 4e-3
LOST = HALF[0], f"{HALF[1]}, and lost in exp, of which a sum ends at 65,504", HALF[2]
BFLOAT = "bfloat16", "rounded as bfloat16 rounds", 1.6e-2
ROUNDED = (HALF[0], BFLOAT[0])


def by_rounding(
    kind: tuple[str, str, float],
    run: Callable[[Array], Array],
    step: str = "log_p",
    mend: str = "compute the loss in float32",
) -> Fault:
    """What floats of 16 bits lose."""
    name, what, near = kind
    return Fault(name, what, mend, 11, step, run, near=near)


# The losses alone, which is asked of who answers in such floats: right ones are near.
AT_LAST = (
    by_rounding(BFLOAT, rounded, "unit"),
    by_rounding(HALF, halved, "unit"),
)
LESS = "compute the loss in float32, and subtract the largest logit before exp"
HALVES = (
    *(by_rounding(HALF, of) for of in IN_HALF),
    *(by_rounding(LOST, partial(by_exp, of), mend=LESS) for of in OF_EXP),
)
OF_ROUNDING = (
    by_rounding(HALF, in_half),
    *(by_rounding(BFLOAT, partial(in_bfloat16, of)) for of in IN_BFLOAT16),
)
