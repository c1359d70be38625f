"""Faults of the step “left_out”: it takes a function that gives the losses of ln p and
targets, then ln p, whether each target is scored, and the reduction. It returns what is
added to the answer: nothing. A smoothing or a z-loss may be added over the padding."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..reference import Array
from .fault import Fault

Losses = Callable[..., Array]


def without_target(losses: Losses, log_p: Array) -> Array:
    """What a loss takes from its row alone, as a z-loss does. The rest is a multiple of
    the target’s ln p: a row with a single −1 tells which."""
    one = -1.0 * (np.arange(log_p.shape[-1])[np.newaxis] == 0)
    times = losses(one, np.array([0])) - losses(one, np.array([1]))
    normal = log_p.max(axis=-1) - np.log(np.exp(log_p).sum(axis=-1))
    each = losses(log_p, log_p.argmax(axis=-1)) + times * normal
    return np.asarray(each)


def of_padding(losses: Losses, log_p: Array, scored: Array, how: str) -> Any:
    each = np.where(scored, 0, without_target(losses, log_p))
    if how == "none":
        return each
    return each.sum() / (scored.sum() if how == "mean" else 1)


def mean_of_all(losses: Losses, log_p: Array, scored: Array, how: str) -> Any:
    each = without_target(losses, log_p)
    return each.mean() - each[scored].sum() / scored.sum()


def divided_by_all(losses: Losses, log_p: Array, scored: Array, how: str) -> Any:
    each = without_target(losses, log_p)[scored].sum()
    return each / scored.size - each / scored.sum()


# fmt: off
OF_PADDING = Fault("smoothing-of-padding",
    "computed over padding, too, in its smoothing or z-loss",
    "leave padding out of that part, as out of the rest", 5, "left_out", of_padding)
MEAN_OF_ALL = replace(OF_PADDING, run=mean_of_all, only=("mean",),
    what=f"{OF_PADDING.what}, and that part is divided by all places")
DIVIDED_BY_ALL = replace(MEAN_OF_ALL, run=divided_by_all,
    what="divided by all places in its smoothing or z-loss",
    fix="divide that part by the scored tokens, too")
EXTRA_TERMS = (OF_PADDING, MEAN_OF_ALL, DIVIDED_BY_ALL)
