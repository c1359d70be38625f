"""What padding shows, of one number or one mask: behind, in front and inside."""

import re
from dataclasses import replace

import numpy as np

from ._answers import Answer
from ._case import Case, fits, refused
from ._explain import IN_SEQUENCES
from ._faults import OF_LOSSES
from ._faults_of_padding import (
    AT_PADDING,
    BY_ALL_PLACES,
    BY_PLACE,
    INVERTED,
    MASK_AHEAD,
    NOT_MASKED,
    SMOOTHED,
    SMOOTHED_BY_ALL,
    TOO_FAR,
)
from ._match import Seen, first_fit, unknown, with_more
from ._padding_known import (
    knows_none,
    means_padding,
    targets_of,
    unless_none,
)
from ._probes import PADDED, SEQUENCES
from ._report import Finding, Shown, show
from ._steps import Array, Fault

IN_PADDING = [one for one in OF_LOSSES if one.seen_in == "padding"]
IN_PADDING += [SMOOTHED, SMOOTHED_BY_ALL, BY_ALL_PLACES]
NO_NUMBER = "no number where a target is left out: 0 · ∞, or 0 · NaN"
ZEROS = "To fix it, mask neither logits nor p, and take where(mask, losses, 0)"
WIDEST = 2**18  # a vocabulary
LARGER = 20
# Names of what is 1 at the tokens to score themselves.
OF_TARGETS = r"label|target|response|assistant|completion|answer|att(entio)?n"
# And of what is 1 at them, or at all that is no padding.
OF_TOKENS = r"^(attention|loss|response|completion|assistant)_masks?$"
OF_PADDING = r"key_padding_mask"  # which PyTorch has 1 at padding; others differ
ALONE = "; it shows only where targets are ignored"


def padded(case: Case, axis: int | None, ignored: int) -> Seen | None:
    """The same by one number; None if it takes none of it. A mask whose name says that
    it is 1 at tokens, or at padding, is not the other way round."""
    seen, way = of_number(case, axis, ignored), case.function.way
    one, names = (INVERTED, OF_TOKENS) if way.left_out else (AT_PADDING, OF_PADDING)
    if not seen or not re.search(names, way.mask):
        return seen
    given = probe(axis, "behind", ignored)
    other = replace(case, function=case.function.by(left_out=not way.left_out))
    came, right = other.seen(*given, axis), case.right(*given)
    shown = Shown.of("three sequences, padding behind", came, right)
    one = replace(one, what=one.what.format(way.mask))
    return replace(seen, findings=[Finding.of(one, (shown,)), *seen.findings])


def of_number(case: Case, axis: int | None, ignored: int) -> Seen | None:
    """The same, of a mask as its function takes it. Of who shifts, the mask may
    be that of the places that predict; and lengths that change nothing, shares."""
    seen = as_given(case, axis, ignored)
    if case.function.way.by_length and seen and unmoved(seen):
        shares = replace(case, function=case.function.giving("lengths", "shares"))
        other = as_given(shares, axis, ignored)
        return replace(other, case=shares) if other and not unmoved(other) else seen
    shifts = case.function.way.masked and "align" in case.steps
    if not seen or not shifts or all(one.name for one in seen.findings):
        return seen
    ahead = replace(case, function=case.function.by(ahead=True))
    other = as_given(ahead, axis, ignored) or seen
    if not all(one.name for one in other.findings):
        return seen
    one, way = MASK_AHEAD, case.function.way
    # Who says both, that it shifts, and what its mask is; or whose mask’s name does.
    if (case.declared and way.told) or re.search(OF_TARGETS, way.mask):
        one = replace(one, kind="fault", may_be_meant=True)
    moved = Finding.of(one, seen.findings[0].shown)
    return Seen([moved, *other.findings], case=ahead)


def unmoved(seen: Seen) -> bool:
    """Whether its lengths change nothing."""
    return NOT_MASKED[0].what.format("length") in {one.what for one in seen.findings}


def as_given(case: Case, axis: int | None, ignored: int) -> Seen | None:
    """What a place of the padding shows."""
    V, few = in_few(case, axis, ignored)
    if isinstance(few, Exception):
        return None
    void = case.reduction != "none" and not np.isfinite(few).all()
    if void and not (case.function.sure or case.function.way.surely_masked):
        return None
    known = in_padding(case) + (hidden(case) if axis is not None else [])
    way = case.function.way
    for place in list(PADDED)[: 1 if way.by_length or way.by_documents else None]:
        o, targets = probe(axis, place, ignored, V)
        answer = scored_alone(case.seen(o, targets, axis), case, targets)
        name = f"three sequences, padding {place}"
        if refused(answer):
            return Seen(notes=[f"Of {name}: {show(answer)}"])
        fit = first_fit(answer, with_more(case, known), o, targets, name)
        if fit == Seen():
            continue
        right = case.right(o, targets)
        shown = (Shown.of(name, answer, right),)
        if place != "behind":
            found = Finding.of(BY_PLACE, shown)
            return Seen([unless_none(case, found, ignored)])
        if void:
            return Seen([Finding(NO_NUMBER, shown, mend=ZEROS, room=11)])
        other = [unknown(case, name, answer, right, ALONE)]
        return not_left_out(case, fit.findings if fit else other, ignored)
    return Seen()


def in_padding(case: Case) -> list[Fault]:
    """What padding shows, by a number or by what is given in its place."""
    way = case.function.way
    if not (way.masked or way.by_length):
        return IN_PADDING
    given, more = ("mask", ()) if way.masked else ("length", TOO_FAR)
    others = [replace(x, what=x.what.format(given)) for x in (*NOT_MASKED, *more)]
    return others + [one for one in IN_PADDING if one.step != "ignore"]


def hidden(case: Case) -> list[Fault]:
    """What sequences of one length do not show, as a mean of means."""
    right = case.foreseen("three sequences")
    return [
        one
        for one in IN_SEQUENCES
        if fits(case.having(one).foreseen("three sequences"), right)
    ]


def in_few(case: Case, axis: int | None, ignored: int) -> tuple[int, Answer]:
    """The same; where it takes none of that, among so many that padding is an id."""
    few = of_few(case, axis)
    if isinstance(few, Exception) and 0 <= ignored < WIDEST:
        return ignored + 2, of_few(case, axis, ignored + 2)
    return 0, few


def of_few(case: Case, axis: int | None, V: int = 0) -> Answer:
    """What it gives where a target of few tokens is padding: of many NumPy reads −100
    from the end."""
    ignored = case.function.padding
    o, targets = probe(axis, "behind", ignored)
    few = np.where(targets == ignored, ignored, targets % 4)
    return case.seen(wide(o[..., :4], V), few, axis)


def probe(
    axis: int | None, place: str, ignored: int, V: int = 0
) -> tuple[Array, Array]:
    """Where targets are padding, all logits are larger: no softmax knows, but a z-loss
    over padding, however small its part, shows."""
    there = PADDED[place] < 0
    o = SEQUENCES + np.where(there, LARGER, 0)[..., np.newaxis]
    targets = np.where(there, ignored, PADDED[place])
    if axis is None:  # their tokens in a row
        return wide(o.reshape(-1, o.shape[-1]), V), targets.ravel()
    return wide(o, V), targets


def wide(o: Array, V: int) -> Array:
    """These logits among those of V tokens, which are not likely."""
    more = max(V - o.shape[-1], 0)
    return np.pad(o, ((0, 0),) * (o.ndim - 1) + ((0, more),), constant_values=-30.0)


def scored_alone(answer: Answer, case: Case, targets: Array) -> Answer:
    """Of losses for each token those that are scored; the others are the caller’s."""
    if case.reduction != "none" or isinstance(answer, Exception):
        return answer
    aligned = [one for one in (*case.declared, *case.faults) if one.step == "align"]
    for fault in aligned[-1:]:
        _, targets = fault.does(np.empty((*targets.shape, 0)), targets)
    if answer.size != targets.size:
        return answer
    return np.where(targets.ravel() != case.function.ignored, answer.ravel(), 0)


def not_left_out(case: Case, found: list[Finding], ignored: int) -> Seen:
    """It knows padding and does it wrong; or it knows none, and nobody may give it."""
    if means_padding(case, found):
        return Seen([unless_none(case, one, ignored) for one in found])
    shown = found[0].shown[0]
    what = f"it gives {shown.seen}, and without them {shown.expected}"
    how = "; ".join(one.what for one in found if one.name)
    what += f" ({how})" if how else ""
    return knows_none(case, f"of {targets_of(case, ignored)} {what}")
