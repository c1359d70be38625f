"""The known faults of which logits are paired with which targets."""

from functools import partial

import numpy as np

from ._steps import IGNORED, Array, by_step

by_pairing = by_step("align")
by_batch = by_step("batch")
DROPPED = ("first", slice(1, None)), ("last", slice(-1))


def of_all(kept: slice, o: Array, targets: Array) -> tuple[Array, Array]:
    """Those of all tokens in a row."""
    return o.reshape(-1, o.shape[-1])[kept], targets.ravel()[kept]


def reshaped(o: Array, targets: Array) -> tuple[Array, Array]:
    """(B, T, V) reshaped to (B, V, T), where its axes should be swapped."""
    if o.ndim < 3:
        return o, targets
    B, T, V = o.shape
    return o.reshape(B, V, T).swapaxes(1, 2), targets


def in_a_row(o: Array, targets: Array) -> tuple[Array, Array]:
    """(B, V, T) reshaped to (B·T, V), where its axes should be swapped before."""
    return np.swapaxes(o, -1, -2).reshape(o.shape) if o.ndim > 2 else o, targets


def other_order(o: Array, targets: Array) -> tuple[Array, Array]:
    return o, np.reshape(targets.T.ravel(), targets.shape)


def counted_before(o: Array, targets: Array) -> tuple[Array, Array]:
    """Shifted, with a last place that has no loss, and counts."""
    first = targets[..., :1]
    sure = np.where(np.arange(o.shape[-1]) == first[..., np.newaxis], 0, -1e9)
    o = np.concatenate([o[..., :-1, :], sure], axis=-2)
    return o, np.concatenate([targets[..., 1:], first], axis=-1)


def ended_by_0(o: Array, targets: Array) -> tuple[Array, Array]:
    return o, np.concatenate([targets[..., 1:], 0 * targets[..., :1]], axis=-1)


def behind(token: float, o: Array, targets: Array) -> tuple[Array, Array]:
    """Shifted, without the targets behind this token; one that is the token itself is
    counted from the end, lest it be taken for padding."""
    before, after = targets[..., :-1], targets[..., 1:]
    after = np.where(after == token, after - o.shape[-1], after)
    return o[..., :-1, :], np.where(before == token, IGNORED, after)


# Of any token; the table has it of token 0.
INPUT_IGNORED = by_pairing(
    "input-ignored",
    "of targets that it shifts by one, without those behind a token {:.0f}",
    "leave out where the target is padding: labels[:, 1:] != pad",
    6,
    behind,
    kind="convention",
    if_="that is the padding, and the first behind a sequence is its end",
    across=True,
)
SHIFTED = by_pairing(
    "shifted",
    "of targets that it shifts by one",
    "shift once: either in the data or in the loss",
    3,
    lambda o, targets: (o[..., :-1, :], targets[..., 1:]),
    kind="convention",
    if_="its targets are the inputs, not shifted before",
    across=True,
)
# Of who is said to shift.
NOT_SHIFTED = by_pairing(
    "not-shifted",
    "of targets that it does not shift",
    "pair the logits of place i with the token of place i + 1; if the data are, leave "
    "shifts=True out",
    3,
    lambda o, targets: (o, targets),
)
OF_PAIRS = (
    SHIFTED,
    by_pairing(
        "shifted-back",
        "of targets shifted by one to the other side",
        "pair the logits of place i with the token of place i + 1, once",
        3,
        lambda o, targets: (o[..., 1:, :], targets[..., :-1]),
        across=True,
        leaves=(SHIFTED,),
    ),
    by_pairing(
        "shifted-twice",
        "of targets that it shifts by two",
        "shift once: either in the data or in the loss",
        3,
        lambda o, targets: (o[..., :-2, :], targets[..., 2:]),
        across=True,
        may_be_meant=True,
    ),
    INPUT_IGNORED.of(0),
    by_pairing(
        "counted-before-shift",
        "of targets that it shifts by one, divided by their number before the shift",
        "count the targets that are left: (labels[:, 1:] != −100).sum()",
        2,
        counted_before,
        across=True,
        leaves=(SHIFTED,),
        only=("mean",),
    ),
    by_pairing(
        "ended-by-0",
        "of targets that it shifts by one, with a 0 behind that is read as token 0",
        "fill up with −100, which is left out, or cut the last place off",
        3,
        ended_by_0,
        across=True,
        leaves=(SHIFTED,),
    ),
    by_pairing(
        "rolled",
        "of targets that are rolled: the last place is paired with the first token",
        "cut the last place off, and pair the others",
        3,
        lambda o, targets: (o, np.roll(targets, -1, axis=-1)),
        across=True,
        leaves=(SHIFTED,),
    ),
    by_pairing(
        "rolled-back",
        "of targets that are rolled: the first place is paired with the last token",
        "pair the logits of place i with the token of place i + 1",
        3,
        lambda o, targets: (o, np.roll(targets, 1, axis=-1)),
        across=True,
        leaves=(SHIFTED,),
    ),
    *(
        by_pairing(
            f"{which}-dropped",
            f"without the {which} token of each sequence",
            f"score every place, or shift the {other}, too",
            3,
            lambda o, targets, kept=kept: (o[..., kept, :], targets[..., kept]),
            across=True,
        )
        for other, (which, kept) in zip(
            ("targets", "logits"), DROPPED[::-1], strict=True
        )
    ),
    by_pairing(
        "first-token",
        "of the first token alone",
        "score every place",
        1,
        lambda o, targets: (o[..., :1, :], targets[..., :1]),
        across=True,
    ),
    by_pairing(
        "last-token",
        "of the last token of each sequence alone",
        "score every place",
        1,
        lambda o, targets: (o[..., -1:, :], targets[..., -1:]),
        across=True,
        may_be_meant=True,
        if_="only that has a target",
    ),
    by_batch(
        "shifted-sequences",
        "of targets shifted by one sequence, not by one token",
        "shift along T: o[:, :-1], targets[:, 1:]",
        3,
        lambda o, targets: (o[:-1], targets[1:]),
        seen_in="sequences",
    ),
    by_pairing(
        "sequences-joined",
        "of targets shifted by one in all sequences, joined: the first token of one is "
        "predicted by the one before",
        "shift before you flatten: o[:, :-1], targets[:, 1:]",
        3,
        lambda o, targets: (o.reshape(-1, o.shape[-1])[:-1], targets.ravel()[1:]),
        seen_in="sequences",
        leaves=(SHIFTED,),
        only=("mean", "sum"),
    ),
    by_batch(
        "first-sequence",
        "of the first sequence alone",
        "score all sequences",
        1,
        lambda o, targets: (o[:1], targets[:1]),
        seen_in="sequences",
    ),
    *(
        by_batch(
            "sequence-dropped",
            f"without the {which} sequence of the batch",
            "score all sequences; a token of each is cut off along T: o[:, 1:]",
            1,
            lambda o, targets, kept=kept: (o[kept], targets[kept]),
            seen_in="sequences",
        )
        for which, kept in DROPPED
    ),
    *(
        by_batch(
            f"{which}-dropped",
            f"without the {which} token of all",
            "score every place",
            3,
            partial(of_all, kept),
            seen_in="sequences",
            only=("mean", "sum"),
        )
        for which, kept in DROPPED
    ),
    by_pairing(
        "reshaped",
        "of (B, T, V) reshaped to (B, V, T), which mixes tokens with the vocabulary",
        "swap the axes: transpose(0, 2, 1), or reshape to (B·T, V)",
        13,
        reshaped,
        seen_in="sequences",
    ),
    by_pairing(
        "reshaped",
        "of (B, V, T) reshaped to (B·T, V), which mixes tokens with the vocabulary",
        "bring V to the end before: transpose(0, 2, 1), or (0, 2, 3, 1) of images",
        13,
        in_a_row,
        seen_in="sequences",
    ),
    by_pairing(
        "other-order",
        "of logits laid in a row by sequences, and targets by places",
        "lay both in one order",
        13,
        other_order,
        seen_in="sequences",
    ),
)
