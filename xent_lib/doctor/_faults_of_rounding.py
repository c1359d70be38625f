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


def halved(x: Array) -> Array:
    """To what float16 holds."""
    return x.astype(np.float16).astype(float)


def in_bfloat16(of: Callable[[Array], Array], o: Array) -> Array:
    return rounded(of(rounded(o)))


HALF = "half-precision", "rounded as float16 rounds", 4e-3
BFLOAT = "bfloat16", "rounded as bfloat16 rounds", 1.6e-2


def by_rounding(
    kind: tuple[str, str, float], run: Callable[[Array], Array], step: str = "log_p"
) -> Fault:
    """What floats of 16 bits lose."""
    name, what, near = kind
    mend = "take the loss in float32"
    return Fault(name, what, mend, 11, step, run, near=near)


# The losses alone, which is asked of who answers in such floats: right ones are near.
AT_LAST = (
    by_rounding(BFLOAT, rounded, "unit"),
    by_rounding(HALF, halved, "unit"),
)
HALF_P = by_rounding(HALF, lambda o: np.log(halved(softmax(o))))
OF_ROUNDING = (
    by_rounding(HALF, in_half),
    *(by_rounding(BFLOAT, partial(in_bfloat16, of)) for of in IN_BFLOAT16),
)
