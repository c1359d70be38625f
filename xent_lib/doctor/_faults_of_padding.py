"""The known faults of what leaves padding out: a place, a mask, or lengths."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

from ._faults_of_batches import as_token_0
from ._faults_of_smoothing import LESS, by_smoothing
from ._steps import Array, Fault, at_targets, ignore


def alone(losses: Callable[..., Array], log_p: Array) -> Array:
    """What a loss has of its row alone, as a z-loss: all but so many times the target’s
    ln p, of which a row with a single −1 tells how many."""
    one = -1.0 * (np.arange(log_p.shape[-1])[np.newaxis] == 0)
    times = losses(one, np.array([0])) - losses(one, np.array([1]))
    normal = log_p.max(axis=-1) - np.log(np.exp(log_p).sum(axis=-1))
    each = losses(log_p, log_p.argmax(axis=-1)) + times * normal
    return np.asarray(each)


def of_rows(losses: Callable[..., Array], log_p: Array, scored: Array, how: str) -> Any:
    """That, where a target is left out."""
    each = np.where(scored, 0, alone(losses, log_p))
    if how == "none":
        return each
    return each.sum() / (scored.sum() if how == "mean" else 1)


def of_all(losses: Callable[..., Array], log_p: Array, scored: Array, how: str) -> Any:
    """A mean of that over all rows, in place of one over those that score."""
    each = alone(losses, log_p)
    return each.mean() - each[scored].sum() / scored.sum()


def by_all(losses: Callable[..., Array], log_p: Array, scored: Array, how: str) -> Any:
    """That of those that score, divided by all places."""
    each = alone(losses, log_p)[scored].sum()
    return each / scored.size - each / scored.sum()


def smoothed_beside(
    token: int, less: float, share: float, log_p: Array, targets: Array
) -> Array:
    """Of each other token but that of padding; less so many times its own entropy."""
    V, came = log_p.shape[-1], at_targets(log_p, targets)
    one = np.divide(share, V - 2)  # of two tokens there is no other
    others = log_p[..., np.arange(V) != token].sum(axis=-1) - came
    own = (1 - share) * np.log(1 - share) + share * np.log(one)
    return less * own - (1 - share) * came - one * others


@cache
def beside_padding(token: int) -> tuple[Fault, ...]:
    """Smoothings that give nothing to this token, which is padding."""
    of = "goes to the other tokens but that of padding (OpenNMT-py)"
    probe = "a vocabulary of 128"
    return tuple(
        by_smoothing("smoothing-others", of + more, run, probe)
        for more, run in (
            (f", {LESS}", partial(smoothed_beside, token, 1)),
            ("", partial(smoothed_beside, token, 0)),
        )
    )


def longer(scored: Array) -> Array:
    """With the first place after those of each sequence, too."""
    return scored | (np.arange(scored.shape[-1]) == scored.sum(-1, keepdims=True))


def ignore_longer(targets: Array, ignored: int | None, V: int) -> tuple[Array, Array]:
    targets, scored = ignore(targets, ignored, V)
    return targets, longer(scored)


BY_PLACE = Fault(
    "padding-by-place",
    "right where padding stands behind alone, and not in front or inside",
    "leave targets out by their number, not by a length or at the first one",
    5,
)
MASK_AHEAD = Fault(
    "mask-ahead",
    "masked where it predicts, not where the target stands",
    "shift the mask as the targets: mask[:, 1:]",
    5,
    kind="convention",
    if_="its mask is 1 where the next token is to be scored",
)
INVERTED = Fault(
    "mask-inverted",
    "of the tokens where its `{}` is 0: by that name it is 1 where a token is real",
    "score where it is 1: losses * mask, not losses * (1 - mask)",
    5,
    may_be_meant=True,
    if_="yours is 1 at padding",
)
AT_PADDING = replace(
    INVERTED,
    what="of the tokens where its `{}` is 1: in PyTorch that is 1 at padding",
    mend="score where it is 0: losses * ~mask",
    kind="convention",
    if_="yours is 1 where a token is real",
)
SMOOTHED = Fault(
    "smoothing-of-padding",
    "of the padding, too, in its smoothing or z-loss",
    "leave padding out of that part, as of the other",
    5,
    "left_out",
    of_rows,
)
SMOOTHED_BY_ALL = replace(
    SMOOTHED,
    what=f"{SMOOTHED.what}, and that part divided by all places",
    run=of_all,
    only=("mean",),
)
BY_ALL_PLACES = replace(
    SMOOTHED_BY_ALL,
    what="divided by all places in its smoothing or z-loss",
    mend="divide that part by the scored tokens, too",
    run=by_all,
)
ALL_COUNTED = Fault(
    "count-of-places",
    "that of all places, the padding among them",
    "count the scored tokens",
    5,
    subject="The number beside the sum is",
    may_be_meant=True,
)
TOO_LONG = Fault(
    "length-too-long",
    "over one place too many of each sequence that is padded",
    "use the places < length, not <= length; of shifted targets < length − 1",
    5,
    "ignore",
    ignore_longer,
)
# Counted as they are added up, or rightly.
TOO_FAR = (
    TOO_LONG,
    replace(
        TOO_LONG,
        step="reduce",
        run=lambda losses, scored, V, how: losses[longer(scored)].sum() / scored.sum(),
    ),
)
# Of a mask, or of lengths, which have no number that could be read.
NOT_MASKED = (
    Fault(
        "padding-scored",
        "over the padding, too: its {} changes nothing",
        "multiply each token’s loss by its own 0 or 1, both of one shape",
        5,
        "ignore",
        as_token_0,
    ),
    Fault(
        "padding-scored",
        "over the padding, too: its {} is in the divisor alone",
        "multiply the losses by it, too, before they are added up",
        5,
        "reduce",
        lambda losses, scored, V, how: losses.sum() / scored.sum(),
    ),
)
