"""Faults of the steps “ignore” and “left_out”. The first takes targets, the number of
padding, and V; it returns the targets, 0 where they are padding, and whether each is
scored. “left_out” takes a function that gives the losses of ln p and targets, then
ln p, whether each target is scored, and the reduction; it returns what is added to the
answer: nothing. A smoothing or a z-loss may be added over the padding."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..reference import Array
from ..reference import ignore as rightly
from .fault import Fault

ignore = partial(Fault, step="ignore", room=5)
Scored = tuple[Array, Array]
Losses = Callable[..., Array]


def known(targets: Array, V: int) -> Array:
    """The targets, with 0 for what is no token."""
    return np.where((targets >= 0) & (targets < V), targets, 0)


def without(
    tokens: float | tuple[int, ...], targets: Array, ignored: int | None, V: int
) -> Scored:
    left_out = (known(targets, V) != targets) | np.isin(targets, tokens)
    return known(targets, V), ~left_out & (targets != ignored)


def longer(scored: Array) -> Array:
    """With one more place after those of each sequence."""
    return scored | (np.arange(scored.shape[-1]) == scored.sum(-1, keepdims=True))


def ignore_longer(targets: Array, ignored: int | None, V: int) -> Scored:
    targets, scored = rightly(targets, ignored, V)
    return targets, longer(scored)


def without_target(losses: Losses, log_p: Array) -> Array:
    """What a loss takes from its row alone, as a z-loss does. The rest is a multiple of
    the target’s ln p: a row with a single −1 tells which."""
    one = -1.0 * (np.arange(log_p.shape[-1])[np.newaxis] == 0)
    times = losses(one, np.array([0])) - losses(one, np.array([1]))
    normal = log_p.max(axis=-1) - np.log(np.exp(log_p).sum(axis=-1))
    each = losses(log_p, log_p.argmax(axis=-1)) + times * normal
    return np.asarray(each)


def added(
    over_all: bool, by_all: bool, losses: Losses, log_p: Array, scored: Array, how: str
) -> Any:
    """By a part that is summed over all places, or divided by them."""
    each = without_target(losses, log_p)
    own = np.where(scored, each, 0)
    summed = each if over_all else own
    if how == "none":
        return summed - own
    n = scored.sum() if how == "mean" else 1
    return summed.sum() / (scored.size if by_all else n) - own.sum() / n


# fmt: off
# Of any token; the table has token 0.
TOKEN_IGNORED = ignore("token-ignored", "computed without the targets that are "
    "token {:.0f}, as if that were padding",
    "give padding a number that no token has, such as −100", without,
    room=6, kind="convention", right_if="that is the padding, and no real token")
LAST_IGNORED = replace(TOKEN_IGNORED,
    what="computed without the targets that are the last id, as if it were padding",
    run=lambda targets, ignored, V: without(V - 1, targets, ignored, V))
LEFT_OUT = (
    *(
        ignore(name, f"computed over padding, too: {how}{but}",
            "leave out the targets that are padding",
            lambda targets, ignored, V, ids=ids, times=times: (
                ids(targets, V), np.where(targets == ignored, times, 1)),
            shows_in="padding")
        for times, but in ((1, ""), (1e-30, ", but not counted"))
        for name, how, ids in (
            ("padding-scored", "its number is read as an id",
                lambda targets, V: np.minimum(targets, V - 1) % V),
            ("padding-as-token-0", "it is read as token 0", known),
        )
    ),
    TOKEN_IGNORED.of(0),
)
OF_PADDING = Fault("smoothing-of-padding",
    "computed over padding, too, in its smoothing or z-loss",
    "leave padding out of that part, as out of the rest",
    partial(added, True, False), step="left_out", room=5)
MEAN_OF_ALL = replace(OF_PADDING, run=partial(added, True, True), only=("mean",),
    what=f"{OF_PADDING.what}, and that part is divided by all places")
DIVIDED_BY_ALL = replace(MEAN_OF_ALL, run=partial(added, False, True),
    what="divided by all places in its smoothing or z-loss",
    fix="divide that part by the scored tokens, too")
EXTRA_TERMS = (OF_PADDING, MEAN_OF_ALL, DIVIDED_BY_ALL)
# By a length: one place more of each sequence.
TOO_LONG = ignore("length-too-long",
    "computed over one place too many of each padded sequence",
    "use the places < length, not <= length; after a shift, those < length − 1",
    ignore_longer)
TOO_FAR = (
    TOO_LONG,
    replace(TOO_LONG, step="reduce",  # divided by the right length
        run=lambda losses, scored, V, how: losses[longer(scored)].sum() / scored.sum()),
)
