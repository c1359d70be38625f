"""Losses that compare two models, in steps, and their faults.

Distillation: KL(teacher ‖ student) · T², a mean over tokens; beside it, where targets
are given, the cross-entropy of the student.

step        takes                            returns
----------  -------------------------------  -----------------------------------------
align       what is given                    what the teacher’s part takes of that,
                                             and what the cross-entropy takes
soften      student, teacher, T              both logits, divided by T
forecast    both                             ln q of the student, ln p of the teacher
divergence  ln p, ln q                       what each token costs
gain        T                                what that is multiplied by: T²
ignore      scored                           where the teacher's part is scored
reduce      losses, scored, V, reduction     the teacher's part: each, mean, or sum
hard        student, T                       the logits of the cross-entropy
mix         the two parts, T                 both, before they are weighted
share       the two parts                    both, each where its weight belongs

DPO: −ln σ(β · ((π_w − r_w) − (π_l − r_l))) of the ln p of two answers, the chosen w and
the rejected l, by the policy π and the reference r.

margin      β                                what multiplies π_w, π_l, r_w and r_l
                                             in their sum: β, −β, −β, β
preference  margin, β                        −ln σ(margin)
smooth      losses of margin and −margin, ε  (1 − ε) · first + ε · second
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..reference import Array, Steps, at_targets, log_softmax, reduce, with_faults
from .fault import Fault
from .log_softmax import log_sigmoid

kl = partial(Fault, step="divergence", room=17)
forecast = partial(Fault, step="forecast", room=17)
margin = partial(Fault, step="margin", room=13)
preference = partial(Fault, step="preference", room=13)
Given = dict[str, Any]


def divergence(ln_p: Array, ln_q: Array) -> Array:
    return np.asarray((np.exp(ln_p) * (ln_p - ln_q)).sum(axis=-1))


def both_log_softmax(student: Array, teacher: Array, axis: int = -1) -> Any:
    return log_softmax(student, axis), log_softmax(teacher, axis)


def jensen_shannon(ln_p: Array, ln_q: Array) -> Array:
    middle = np.logaddexp(ln_p, ln_q) - np.log(2)
    return (divergence(ln_p, middle) + divergence(ln_q, middle)) / 2


def by_sequences(losses: Array, scored: Array, *given: Any) -> Any:
    return np.where(scored, losses, 0).sum() / len(losses)


@np.errstate(all="ignore")
def distillation(given: Given, faults: Sequence[Fault], how: str, *_: Any) -> Any:
    """Both parts, each times its weight; of the cross-entropy 0 without targets."""
    steps, (a, b) = with_faults(faults, DISTILLATION), given["weights"]
    T = given["temperature"]
    of_teacher, of_targets = steps["align"](given)
    softened = steps["soften"](of_teacher["student"], of_teacher["teacher"], T)
    ln_q, ln_p = steps["forecast"](*softened)
    each = steps["divergence"](ln_p, ln_q) * steps["gain"](T)
    scored, V = steps["ignore"](of_teacher["mask"]), ln_q.shape[-1]
    soft = steps["reduce"](each, scored, V, how)
    ln_q = log_softmax(steps["hard"](of_targets["student"], T))
    ids = np.where(of_targets["mask"], of_targets["targets"], 0)
    hard = reduce(-at_targets(ln_q, ids), of_targets["mask"], V, how)
    soft, hard = steps["share"](*steps["mix"](soft, hard, T))
    return sum(w * part for w, part in ((a, soft), (b, hard)) if w)


@np.errstate(all="ignore")
def dpo(given: Given, faults: Sequence[Fault], how: str, *_: Any) -> Any:
    steps, beta = with_faults(faults, DPO), given["beta"]
    times = zip(steps["margin"](beta), FOUR, strict=True)
    ahead = sum(by * given[role] for by, role in times)
    two = (steps["preference"](one, beta) for one in (ahead, -ahead))
    each = steps["smooth"](*two, given["smoothing"])
    return reduce(each, np.ones(each.shape, bool), 1, how)


def shift(given: Given) -> Given:
    """The targets are the inputs: each is predicted by the place before it."""
    before = {role: given[role][..., :-1, :] for role in ("student", "teacher")}
    return before | {role: given[role][..., 1:] for role in ("targets", "mask")}


DISTILLATION: Steps = {
    "align": lambda given: (given, given),
    "soften": lambda student, teacher, T: (student / T, teacher / T),
    "forecast": both_log_softmax,
    "divergence": divergence,
    "gain": np.square,
    "ignore": lambda scored: scored,
    "reduce": reduce,
    "hard": lambda student, T: student,
    "mix": lambda soft, hard, T: (soft, hard),
    "share": lambda soft, hard: (soft, hard),
}
FOUR = ("policy chosen", "policy rejected", "reference chosen", "reference rejected")
DPO: Steps = {
    "margin": lambda beta: (beta, -beta, -beta, beta),
    "preference": lambda ahead, beta: -log_sigmoid(ahead),
    "smooth": lambda loss, other, share: (1 - share) * loss + share * other,
}
Run = Callable[..., Any]
# fmt: off
IN_LOGS = "F.kl_div(F.log_softmax(student, -1), F.softmax(teacher, -1))"
BATCHMEAN = "reshape to (tokens, V) first, without the padding"
OF_DISTILLATION = (
    *(
        Fault("shifted", "shifted: place i meets the target of place i + 1",
            "shift once, in the data or in the loss", run, "align", room=3,
            kind="convention", right_if="its targets are the inputs")
        for run in (
            lambda given: (shift(given),) * 2,
            lambda given: (given, shift(given)),
        )
    ),
    kl("soft-cross-entropy", "the cross-entropy with the teacher: its entropy is in it",
        "subtract the teacher’s entropy, as KL does",
        lambda ln_p, ln_q: -(np.exp(ln_p) * ln_q).sum(axis=-1),
        kind="convention",
        right_if="it is not compared with a KL; the gradient is the same"),
    kl("kl-reversed", "the reverse KL, KL(student ‖ teacher)",
        "put the teacher’s y in front; in F.kl_div the student comes first, in logs",
        lambda ln_p, ln_q: divergence(ln_q, ln_p), right_if="the reverse KL is meant",
        meant_by=r"(?i)revers|rkl|backward"),
    kl("jensen-shannon", "the Jensen–Shannon divergence, between both KLs",
        "use KL(teacher ‖ student)", jensen_shannon,
        kind="convention", right_if="that one is meant"),
    kl("sign", "negative: KL is never below 0",
        "take y · (ln y − ln p), or −y · ln p", lambda *x: -divergence(*x)),
    *(
        Fault("t-squared-forgotten", f"{what}, though its logits are divided by T",
            "multiply the KL of logits / T by T²", run, "gain",
            room=18, right_if="no other loss is added to it",
            meant_beside="jensen-shannon")
        for what, run in (
            ("not multiplied by T²", lambda T: 1),
            ("multiplied by T, not T²", lambda T: T),
        )
    ),
    *(
        Fault("temperature-on-one-side", f"computed with T for the {which} alone",
            "divide the logits of both models by the same T", run, "soften", room=20)
        for which, run in (
            ("teacher", lambda student, teacher, T: (student, teacher / T)),
            ("student", lambda student, teacher, T: (student / T, teacher)),
        )
    ),
    forecast("log-missing", "computed from the student’s p, where ln p belongs",
        f"pass F.kl_div the student in logs: {IN_LOGS}",
        lambda *x: (np.exp(log_softmax(x[0])), log_softmax(x[1]))),
    forecast("teacher-in-logs", "not a number: the teacher’s ln y is taken for y",
        f"say log_target=True, or pass y: {IN_LOGS}",
        lambda *x: (log_softmax(x[0]), np.log(log_softmax(x[1])))),
    *(
        forecast("softmax-twice", f"computed from two softmaxes of the {which}",
            "pass logits, or remove one softmax", run, room=7)
        for which, run in (
            ("teacher", lambda student, teacher:
                both_log_softmax(student, np.exp(log_softmax(teacher)))),
            ("student", lambda student, teacher:
                both_log_softmax(np.exp(log_softmax(student)), teacher)),
        )
    ),
    forecast("rows-alone",
        "rows alone: of (B, T, V) its softmax is over axis 1, the tokens",
        "take softmax over the last axis, -1",
        partial(both_log_softmax, axis=1), room=13, kind="convention",
        right_if="it is given rows", subject="It takes"),
    forecast("wrong-axis", "computed with softmax over the first axis",
        "take softmax over the vocabulary, the last axis",
        partial(both_log_softmax, axis=0), room=13),
    Fault("by-vocabulary", "divided by V, too: a mean over (tokens, V)",
        "add up over V: .sum(-1).mean(), or reduction='batchmean', not 'mean'",
        lambda *x: reduce(*x) / x[2], "reduce", room=17, may_be_meant=True,
        only=("none", "mean", "sum")),
    Fault("per-sequence", "divided by the first axis, so of (B, T, V) not by tokens",
        BATCHMEAN, by_sequences, "reduce", room=17, kind="convention",
        right_if="a loss per sequence is meant"),
    Fault("padded-length", "divided by all places, the padding among them",
        "divide by the scored tokens",
        lambda losses, scored, *x: np.where(scored, losses, 0).mean(), "reduce",
        room=5, shows_in="padding"),
    Fault("padding-scored", "computed over padding, too, in the teacher’s part",
        "leave out the places whose target is padding, as the cross-entropy does",
        np.ones_like, "ignore", room=5, shows_in="padding", may_be_meant=True),
    Fault("hard-softened", "computed with T in the cross-entropy of the targets, too",
        "take the cross-entropy of the student’s logits as they are",
        lambda student, T: student / T, "hard", room=18),
    Fault("t-squared-on-both", "multiplied by T² in both of its parts",
        "multiply the teacher’s part alone by T²",
        lambda soft, hard, T: (soft, hard * T**2), "mix", room=18),
)
# Of a weight whose name says which part it weights; {} is that name.
SWAPPED = Fault("weights-swapped",
    "mixed the wrong way round: its `{}` weights the other part",
    "multiply the part that the name says by it, and the other by 1 minus it",
    lambda soft, hard: (hard, soft), "share", room=18,
    right_if="that is the other’s weight")
OF_DPO = (
    margin("reference-missing", "computed without the reference",
        "subtract the reference’s ln p of both answers",
        lambda b: (b, -b, 0, 0), right_if="a loss without reference is meant"),
    margin("pair-swapped", "that of the other answer: chosen and rejected are swapped",
        "subtract the rejected answer’s reward from the chosen one’s",
        lambda b: (-b, b, b, -b)),
    margin("reference-added", "computed with the reference’s ln p added, or crossed",
        "subtract the reference’s ln p, of each answer its own",
        lambda b: (b, -b, b, -b)),
    *(
        margin("answer-missing", f"computed from the {which} answer alone",
            "take the difference of both answers’ rewards", run)
        for which, run in (
            ("chosen", lambda b: (b, 0, -b, 0)),
            ("rejected", lambda b: (0, -b, 0, b)),
        )
    ),
    *(
        margin("beta-on-one-side", f"computed with β for the {which} alone",
            "multiply the whole difference: beta * (policy - reference)", run)
        for which, run in (
            ("policy", lambda b: (b, -b, -1, 1)),
            ("reference", lambda b: (1, -1, -b, b)),
            ("chosen answer", lambda b: (b, -1, -b, 1)),
        )
    ),
    margin("beta-divides", "computed with its margin divided by β",
        "multiply by β", lambda b: (1 / b, -1 / b, -1 / b, 1 / b)),
    preference("beta-outside", "multiplied by β outside the sigmoid, not inside",
        "multiply the margin by β, before the sigmoid",
        lambda ahead, beta: -beta * log_sigmoid(ahead / beta)),
    *(
        preference("sigmoid-not-log", f"{what}, not −ln σ: its gradient fades",
            "take −log_sigmoid of the margin", run)
        for what, run in (
            ("−σ", lambda ahead, beta: -np.exp(log_sigmoid(ahead))),
            ("1 − σ", lambda ahead, beta: np.exp(log_sigmoid(-ahead))),
        )
    ),
    preference("sign", "negative: ln σ without a minus sign",
        "return −log_sigmoid of the margin", lambda ahead, beta: log_sigmoid(ahead)),
    preference("ipo", "IPO’s, (margin / β − 1 / 2β)², not DPO’s", "use −log_sigmoid",
        lambda ahead, beta: (ahead / beta - 1 / (2 * beta)) ** 2,
        kind="convention", right_if="IPO is meant"),
    preference("hinge", "a hinge, max(0, 1 − margin), not DPO’s", "use −log_sigmoid",
        lambda ahead, beta: np.maximum(0, 1 - ahead),
        kind="convention", right_if="SLiC’s hinge is meant"),
    Fault("robust-dpo", "divided by 1 − 2ε, with the other answer’s loss subtracted",
        "take (1 − ε) · loss + ε · loss of the other order",
        lambda x, y, share: ((1 - share) * x - share * y) / (1 - 2 * share), "smooth",
        kind="convention", right_if="robust DPO is meant"),
)
