"""Weights that are not all alike, of tokens or of classes: of the losses they make the
weighted mean, or the sum."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ._answers import Answer
from ._case import Case, fits
from ._counted import as_one_gives_it, batches, leaves_out
from ._function import Function
from ._match import Seen
from ._probes import PROBES
from ._report import Finding, Shown, show
from ._roles import optional, unlike
from ._steps import Array, Fault

DIVIDED = Fault(
    "weights-inverted",
    "divided by its `{}`: what weighs more counts less",
    "multiply each loss by its weight, and divide by what the weights add up to",
    13,
    may_be_meant=True,
)
LACKING = replace(DIVIDED, what="of 1 − its `{}`: what weighs more counts less")
NEITHER = "Given weights {} as its `{}`, it gives {}, and not {}, {}"
ALIKE = "its `{}`, but as a mask: weights that are not all alike"
OF = {"weights": "unlike weights", "classes": "unlike weights of classes"}
# After a shift the weight is that of the target, or of what predicts it.
PLACES = {False: (np.s_[...,],), True: (np.s_[..., 1:], np.s_[..., :-1])}
Results = Callable[[Array, Array], list[Array]]  # of losses and their weights


def unlike_weights(case: Case) -> Seen:
    """What they show, of who has a parameter by that name: nothing if it is right."""
    seen = Seen()
    for name, given in with_weights(case.function):
        answers = {role: asked(case, one) for role, one in given.items()}
        told_of = answers if can_be_told(case) else ()
        taken = [role for role in told_of if takes(answers[role])]
        known = [x for x in taken if explains(case, x, answers[x], right)]
        inverted = [
            told(case, fault, name, x, answers[x])
            for fault, results in ((DIVIDED, divided), (LACKING, lacking))
            for x in taken
            if explains(case, x, answers[x], results)
        ]
        if known or inverted:
            seen.instead += (f"its `{name}`",)
        if inverted and not known:
            seen.findings.append(inverted[0])
        elif not taken:
            alone = "weights" in given and len(given) == 1
            line = ALIKE.format(name) if alone else as_one_gives_it(case, name)
            seen.not_tried.append(line)
        elif not (known or over_all(case, given[taken[0]])):
            seen.notes.append(neither(case, name, taken[0], answers[taken[0]]))
    return seen


def with_weights(function: Function) -> Iterator[tuple[str, dict[str, Function]]]:
    """The function given them by each such name: where it takes them as a mask, those
    of tokens; where it is given none, of either."""
    roles = dict(function.way.named)
    for name, role in roles.items():
        if "weight" in name and role in ("mask", "inputs"):
            kinds = ["weights"] if role == "mask" else [*OF]
            yield name, {kind: function.giving(role, kind, name) for kind in kinds}
    for name in optional(function.loss, "mask"):
        if name not in roles and "weight" in name:
            yield name, {kind: function.given(name, kind) for kind in OF}


def asked(case: Case, given: Function) -> list[Answer]:
    return [replace(case, function=given).seen(*one) for one in probes(case)]


def probes(case: Case) -> list[tuple[Array, Array]]:
    """Three rows; and one of them padding, where that is left out by its number."""
    by_number = leaves_out(case) and not case.function.way.left_out_by
    return batches(case, padded=by_number)


def takes(answers: list[Answer]) -> bool:
    return not any(isinstance(one, Exception) for one in answers)


def can_be_told(case: Case) -> bool:
    """Whether what weights do to it can be said: without them it is understood."""
    way = case.function.way
    of_padding = way.left_out and "pad" in way.mask
    if way.shape.by_rows or way.booleans or of_padding:
        return False
    unweighted = [case.right(*one) for one in probes(case)]
    return explains(case, "weights", unweighted, plain)


def explains(
    case: Case, role: str, answers: Sequence[Answer], results: Results
) -> bool:
    """Whether one of these results is all that it gives."""
    return any(
        all(map(fits, answers, one))
        for places in PLACES["align" in case.steps]
        for one in zip(*expected(case, role, places, results), strict=True)
    )


def expected(
    case: Case, role: str, places: tuple[object, ...], results: Results
) -> Iterator[list[Array]]:
    """Of each probe what comes of its losses and weights, 0 where nothing is scored."""
    for o, targets in probes(case):
        losses = replace(case, reduction="none").right(o, targets).ravel()
        scored = targets != case.function.padding
        of_classes = unlike((o.shape[-1],))[np.where(scored, targets, 0)]
        w = of_classes if role == "classes" else unlike(targets.shape)
        w = (w * scored)[places].ravel()
        if losses.size != w.size:  # some are left out
            yield [np.asarray(np.nan)]
        elif case.reduction == "none":
            yield results(losses, w)[-1:]
        else:
            yield [np.asarray(one.sum()) for one in results(losses, w)]


def plain(losses: Array, w: Array) -> list[Array]:
    return [losses / (w > 0).sum(), losses]


def right(losses: Array, w: Array) -> list[Array]:
    return [losses * w / w.sum(), losses * w]


def divided(losses: Array, w: Array) -> list[Array]:
    """By each of them, whatever the sum."""
    return by_others(losses, w, (w > 0) / np.where(w > 0, w, 1))


def lacking(losses: Array, w: Array) -> list[Array]:
    """By what each lacks of 1."""
    return by_others(losses, w, np.where(w > 0, 1 - w, 0))


def by_others(losses: Array, w: Array, by: Array) -> list[Array]:
    """By these in place of their weights."""
    each = losses * by
    return [each / by.sum(), each / w.sum(), each / (w > 0).sum(), each]


def over_all(case: Case, given: Function) -> bool:
    """Whether it is the mean over all places, those of weight 0 among them, as padding
    shows, too."""
    o, targets = case.function.rows(*PROBES["batch"])
    seen = replace(case, function=given.giving("weights", "zeroed")).seen(o, targets)
    losses = replace(case, reduction="none").right(o, targets)
    w = unlike(targets.shape, zeros=1)
    return w.shape == losses.shape and fits(seen, np.asarray((losses * w).mean()))


def told(
    case: Case, fault: Fault, name: str, role: str, answers: list[Answer]
) -> Finding:
    shown = Shown.of(OF[role], answers[0], weighted(case, role)[0])
    return Finding.of(replace(fault, what=fault.what.format(name)), (shown,))


def neither(case: Case, name: str, role: str, answers: list[Answer]) -> str:
    """The numbers of what is not explained."""
    [(o, targets), *_] = probes(case)
    given = unlike(o.shape[-1:] if role == "classes" else targets.shape)
    each = case.reduction == "none"
    what = "the weighted losses" if each else "their weighted mean or sum"
    others = " or ".join(map(show, weighted(case, role)))
    return NEITHER.format(show(given), name, show(answers[0]), what, others)


def weighted(case: Case, role: str) -> list[Array]:
    """What is right of the first probe: the mean and the sum; or each."""
    places = PLACES["align" in case.steps][0]
    return next(expected(case, role, places, right))
