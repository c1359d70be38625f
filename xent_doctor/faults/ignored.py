"""Faults of the step “ignore”: it takes targets, the number of padding, and V. It
returns the targets, 0 where they are padding, and whether each is scored."""

import numpy as np

from ..reference import Array
from .fault import Fault, at_step

ignore = at_step("ignore", room=5)
Scored = tuple[Array, Array]


def known(targets: Array, V: int) -> Array:
    """The targets, with 0 for what is no token."""
    return np.where((targets >= 0) & (targets < V), targets, 0)


def as_token_0(targets: Array, ignored: int | None, V: int) -> Scored:
    return known(targets, V), np.ones(targets.shape, bool)


def from_the_end(targets: Array, ignored: int | None, V: int) -> Scored:
    return np.minimum(targets, V - 1) % V, np.ones(targets.shape, bool)


def without(token: float, targets: Array, ignored: int | None, V: int) -> Scored:
    return known(targets, V), (known(targets, V) == targets) & (targets != token)


# fmt: off
# Of any token; the table has token 0.
TOKEN_IGNORED = ignore("token-ignored", "computed without the targets that are token "
    "{:.0f}, as if it were padding",
    "give padding a number that no token has, such as −100", without,
    room=6, kind="convention", right_if="that is the padding, and no real token")
LAST_IGNORED = ignore("token-ignored",
    "computed without the targets that are the last id, as if it were padding",
    "give padding a number that no token has, such as −100",
    lambda targets, ignored, V: without(V - 1, targets, ignored, V), room=6,
    kind="convention", right_if="that is the padding, and no real token")
LEFT_OUT = (
    ignore("padding-scored", "computed over padding, too: its number is read as an id",
        "leave out the targets that are padding", from_the_end, shows_in="padding"),
    ignore("padding-as-token-0", "computed over padding, too: it is read as token 0",
        "leave out the targets that are padding", as_token_0, shows_in="padding"),
    TOKEN_IGNORED.of(0),
)
# No step: padding in front or inside shows it.
PADDING_BY_PLACE = Fault("padding-by-place",
    "right where padding comes last, and wrong where it comes first or between",
    "leave out targets by their number, not by a length or from the first one on", 5)
