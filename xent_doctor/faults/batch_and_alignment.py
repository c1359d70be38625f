"""Faults of the steps “batch” and “align”: each takes logits and targets, and returns
both. “batch” says which sequences count, “align” which logits meet which target."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..reference import IGNORED, Array
from .fault import Fault

align = partial(Fault, step="align", room=3, across_rows=True)
align_sequences = partial(Fault, step="align", shows_in="sequences")
batch = partial(Fault, step="batch", room=1, shows_in="sequences")
argument = partial(Fault, step="batch", room=5, shows_in="padding", may_be_meant=True)
Pairs = tuple[Array, Array]


def counted_before(o: Array, targets: Array) -> Pairs:
    """Shifted, with a last place that counts and costs nothing."""
    first = targets[..., :1]
    sure = np.where(np.arange(o.shape[-1]) == first[..., np.newaxis], 0, -1e9)
    o = np.concatenate([o[..., :-1, :], sure], axis=-2)
    return o, np.concatenate([targets[..., 1:], first], axis=-1)


def without_those_after(
    tokens: float | tuple[int, ...], o: Array, targets: Array
) -> Pairs:
    """Shifted. A target that is such a token itself is counted from the end of the
    vocabulary, so that it is not taken for padding."""
    before, after = targets[..., :-1], targets[..., 1:]
    after = np.where(np.isin(after, tokens), after - o.shape[-1], after)
    return o[..., :-1, :], np.where(np.isin(before, tokens), IGNORED, after)


def reshaped(o: Array, targets: Array) -> Pairs:
    """(B, T, V) reshaped to (B, V, T)."""
    if o.ndim > 2:
        o = np.swapaxes(o.reshape(o.shape[0], o.shape[2], o.shape[1]), 1, 2)
    return o, targets


def scored_from(place: Callable[[Array], Array], o: Array, targets: Array) -> Pairs:
    """From another place on than an argument says; no number marks what it leaves out,
    so there the function is given another token."""
    out = targets == IGNORED
    scored = np.arange(targets.shape[-1]) >= place(out.sum(axis=-1, keepdims=True))
    return o, np.where(scored, np.where(out, o.shape[-1] // 2, targets), IGNORED)


# fmt: off
PAIRED = "the logits of place i are paired with the target of place i"
PAIR = "pair the logits of place i with the token of place i + 1"
ALONG_T = "shift along T: o[:, :-1], targets[:, 1:]"
SCORE_ALL = "score every place"
SHIFTED = align("shifted", f"shifted: {PAIRED} + 1",
    "shift once, in the data or in the loss", lambda o, t: (o[..., :-1, :], t[..., 1:]),
    kind="convention", right_if="its targets are the inputs, not shifted before")
AFTER_FIX: dict[str, Any] = {"leaves": (SHIFTED,)}
# Of a loss that is said to shift.
NOT_SHIFTED = align("not-shifted", f"not shifted: {PAIRED}",
    f"{PAIR}; if the data are shifted already, leave out shifts=True",
    lambda o, t: (o, t), across_rows=False)
# Of any token; the table has token 0.
INPUT_IGNORED = align("input-ignored", "shifted, without targets that follow a {:.0f}",
    "leave out places whose target is padding: labels[:, 1:] != pad",
    without_those_after, room=6, kind="convention",
    right_if="that is the padding, and the first one ends the sequence")
DROPPED = ("first", slice(1, None)), ("last", slice(-1))
ALIGNMENT = (
    SHIFTED,
    align("shifted-back", f"shifted the wrong way: {PAIRED} − 1", f"{PAIR}, once",
        lambda o, t: (o[..., 1:, :], t[..., :-1]), **AFTER_FIX),
    align("shifted-twice", f"shifted by two: {PAIRED} + 2", SHIFTED.fix,
        lambda o, t: (o[..., :-2, :], t[..., 2:]), may_be_meant=True),
    INPUT_IGNORED.of(0),
    align("counted-before-shift",
        "shifted, but divided by the number of targets before the shift",
        "count the targets that are left: (labels[:, 1:] != −100).sum()",
        counted_before, room=2, only=("mean",), **AFTER_FIX),
    align("rolled", "rolled: the last logits are paired with the first target",
        "cut off the last place, and pair the others",
        lambda o, t: (o, np.roll(t, -1, axis=-1)), **AFTER_FIX),
    *(
        align(f"{which}-dropped",
            f"computed without the {which} token of each sequence",
            f"{SCORE_ALL}, or shift the logits or the targets, too",
            lambda o, t, kept=kept: (o[..., kept, :], t[..., kept]))
        for which, kept in DROPPED[::-1]
    ),
    align("first-token", "that of the first token alone",
        SCORE_ALL, lambda o, t: (o[..., :1, :], t[..., :1]), room=1),
    align("last-token", "that of the last token of each sequence alone",
        SCORE_ALL, lambda o, t: (o[..., -1:, :], t[..., -1:]),
        room=1, may_be_meant=True, right_if="only that one has a target"),
    batch("shifted-sequences", "shifted by one sequence, not by one token",
        ALONG_T, lambda o, t: (o[:-1], t[1:]), room=3),
    align_sequences("sequences-joined",
        "shifted across sequences: the last of one predicts the first of the next",
        f"before you flatten, {ALONG_T}",
        lambda o, t: (o.reshape(-1, o.shape[-1])[:-1], t.ravel()[1:]),
        room=3, only=("mean", "sum"), **AFTER_FIX),
    batch("first-sequence", "that of the first sequence alone",
        "score all sequences", lambda o, t: (o[:1], t[:1])),
    *(
        batch("sequence-dropped",
            f"computed without the {which} sequence of the batch",
            "score all sequences; to cut off a token of each, cut along T: o[:, 1:]",
            lambda o, t, kept=kept: (o[kept], t[kept]))
        for which, kept in DROPPED
    ),
    *(
        align_sequences("reshaped",
            f"computed from {shape}, which mixes tokens with the vocabulary", fix, run)
        for shape, fix, run in (
            ("(B, T, V) reshaped to (B, V, T)",
                "swap the axes: transpose(0, 2, 1), or reshape to (B·T, V)", reshaped),
            ("(B, V, T) reshaped to (B·T, V)",
                "move V to the end first: transpose(0, 2, 1)", lambda o, t:
                (np.swapaxes(o, -1, -2).reshape(o.shape) if o.ndim > 2 else o, t)),
        )
    ),
    align_sequences("other-order",
        "that of logits flattened row by row, and targets column by column",
        "flatten both in the same order",
        lambda o, t: (o, np.reshape(t.T.ravel(), t.shape))),
)
# Of what an argument leaves out, a mask, lengths, documents or prompts: {} is its name.
UNUSED = argument("padding-scored",
    "computed over padding, too: its `{}` changes nothing",
    "multiply the loss of each token by its own 0 or 1, in the same shape",
    partial(scored_from, np.zeros_like), may_be_meant=False)
ACROSS = argument("across-documents",
    "computed across documents, too: one predicts the first token of the next",
    "leave out each target whose document is not that of the token before it",
    UNUSED.run, room=3, right_if="that argument is for the model alone")
PROMPTS = tuple(
    argument(name, f"computed {what}, by its `{{}}`",
        "before a shift, set the targets to −100 where arange(T) < prompt_len",
        partial(scored_from, place), room=15)
    for name, what, place in (
        ("prompt-scored", "over the prompts, too", np.zeros_like),
        ("prompt-off-by-one", "over the last token of each prompt, too",
            lambda length: length - 1),
        ("prompt-off-by-one", "without the first token after each prompt",
            lambda length: length + 1),
    )
)
