"""The first group of probes: rows of logits. What explains them, and how it is told."""

import inspect
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .explanation import Explanation, fits, gap, is_same
from .faults import BESIDE, Fault
from .faults.batch_and_alignment import INPUT_IGNORED, SHIFTED
from .faults.ignored import TOKEN_IGNORED
from .hypotheses import BY_ALL_PLACES
from .outputs import Answer, is_finite, refused
from .probes import EVERY_TOKEN, PROBES, thrice, waves
from .reference import IGNORED, NEAR
from .report import SHOWN, UNEXPLAINED, Finding, Seen, Shown, show
from .search import explain, extended
from .signature import name_of, parameters_of, references, role_of
from .subject import Subject

ABOVE_0 = "leave out only what is below 0: targets >= 0, not > 0"
FAR = 700.0  # nats
# float32 has no smaller step below 1: a function that takes p in it means no smaller p.
LEAST_P = 2e-7
BESIDE_WEIGHTS = "large logits, sequences, padding; give it with all weights 1"
# Names of what gives ln p, without its minus; and of what gives a loss.
OF_LOG_P = r"(?<!from_)log_?(ps?(?![a-z])|prob|lik|softmax)"
OF_LOSS = r"loss|nll|neg|entropy|xent|criteri|(^|_)ce(_|$)"
SIZE = r"vocab|class(es)?$|num_labels|^(cls|V)$"  # an attribute that keeps V
MOST = len(EVERY_TOKEN[1])
LEAST_WEIGHT = 1e-5
ALIKE = 1e-7  # two predictions
# Two rows of four logits, with losses that have nothing in common.
FIRST, SECOND = np.array([[1.0, 0.2, -0.4, 0.5], [-0.3, 0.6, 1.1, 0.1]])


def understand(
    subjects: Sequence[Subject], meant: tuple[Fault, ...]
) -> tuple[Explanation, list[str] | None, Finding | None]:
    """What it is, the probes that this leaves, or None, and weights of classes."""
    case, left = of_own_size(subjects, meant)
    if left == [] and scores_all(case):
        return case, left, None
    tokens = left_out(subjects[0])
    if tokens == [one.size for one in meant if one.name == TOKEN_IGNORED.name]:
        tokens = []
    measured: list[tuple[Fault, ...]] = [()]
    if tokens:
        measured = [(of_tokens(x, tokens),) for x in (TOKEN_IGNORED, INPUT_IGNORED)]
    if left is None and SHIFTED not in meant and leaves_last_logits(case):
        measured.append((SHIFTED,))
    for more in (False, True) if left != [] or tokens else ():
        for given in measured if more or tokens else measured[1:]:
            other, rest = of_own_size(subjects, (*meant, *given), more)
            steps = {fault.step for fault in other.faults}
            if rest == [] and steps.isdisjoint(one.step for one in given):
                found = replace(other.having(*given), declared=meant)
                by_all = extended(found, [BY_ALL_PLACES], two=False)
                return next(filter(scores_all, (found, *by_all)), found), rest, None
            if rest is not None and not given:
                return other, rest, None
        if left is None and not more and (weighted := class_weights(case)):
            return weighted[0], left, weighted[1]
    return case, left, None


def leaves_last_logits(case: Explanation) -> bool:
    """Whether the last row of logits changes nothing, as after a shift."""
    o, targets = PROBES["batch"]
    turned = np.concatenate([o[:-1], -o[-1:]])
    first, last = (case.seen(*case.subject.rows(x, targets)) for x in (o, turned))
    return not isinstance(last, Exception) and is_same(first, last)


def scores_all(case: Explanation) -> bool:
    """Whether each token as a target has the loss that it should have."""
    asked = case.subject.rows(*EVERY_TOKEN)
    seen = case.seen(*asked)
    unasked = case.subject.way.shape.by_rows or isinstance(seen, Exception)
    return unasked or case.fits_answer(seen, *asked)


def left_out(subject: Subject) -> list[int]:
    """The tokens that are left out: where all targets are one, other logits change
    nothing."""
    plain, n = subject.ignoring(None), 1 if subject.way.shape.by_rows else 3
    found = []
    for token in range(MOST):
        likely, unlikely = np.split(waves(2 * n, MOST), 2)
        likely[:, token], unlikely[:, token] = 5, -5
        two = (plain.rows(o, np.full(n, token)) for o in (likely, unlikely))
        if is_same(*(plain.ask(*one) for one in two)):
            found.append(token)
    return [x for x in found if x != subject.ignored] if len(found) < MOST else []


def with_known_padding(
    subjects: Sequence[Subject], meant: tuple[Fault, ...]
) -> tuple[Sequence[Subject], tuple[Fault, ...]]:
    """A token that is said to be padding is none where it is scored like another; and
    beside an argument that leaves tokens out, it is only left out, too."""
    token, way = subjects[0].padding, subjects[0].way
    plain = [one.ignoring(IGNORED) for one in subjects]
    if not 0 <= token < MOST:
        return subjects, meant
    two = [token, (token + MOST // 2) % MOST]
    o = waves(3, MOST)
    o[:, two[1]] = o[:, token]  # alike but for their ids
    seen, other = (plain[0].ask(*plain[0].rows(o, np.full(3, x))) for x in two)
    if not isinstance(other, Exception) and fits(seen, other):
        return plain, meant
    known = (*meant, TOKEN_IGNORED.of(token))
    return (plain, known) if way.left_out_by_argument else (subjects, meant)


def of_tokens(fault: Fault, tokens: Sequence[int]) -> Fault:
    """One of a token, of all of these."""
    if len(tokens) == 1:
        return fault.of(tokens[0])
    few = ", ".join([*map(str, tokens[:SHOWN]), *["…"] * (len(tokens) > SHOWN)])
    what = fault.what.replace("{:.0f}", few)
    return replace(fault, what=what, run=partial(fault.run, tuple(tokens)))


def of_own_size(
    subjects: Sequence[Subject], meant: tuple[Fault, ...], more: bool = False
) -> tuple[Explanation, list[str] | None]:
    """What explains it; if it keeps the size of its vocabulary, perhaps with others."""
    case, left = explain(subjects, meant, more)
    loss = subjects[0].loss
    held = {} if inspect.isroutine(loss) else getattr(loss, "__dict__", {})
    sizes = (x for x, n in held.items() if type(n) is int and re.search(SIZE, x))
    name = next((x for x in sizes if role_of(x) != "ignored"), "")
    faults = sum(one.kind == "fault" for one in case.faults)
    if not name or (left == [] and not faults):
        return case, left
    other, rest = explain([one.by(resized=name) for one in subjects], meant, more)
    fewer = sum(one.kind == "fault" for one in other.faults) < faults
    return (other, rest) if rest == [] and (left != [] or fewer) else (case, left)


def finding(case: Explanation, fault: Fault) -> Finding:
    """A fault of rows, with a probe that shows it."""
    fixed = case.without(fault).having(*fault.leaves)
    asked, left = dict(case.probes()), case.missed()
    names = [one for one in fixed.missed() if one in asked]
    names.sort(key=lambda one: (one in left, not is_finite(asked[one])))
    said = fault.meant_by and re.search(fault.meant_by, name_of(case.subject.loss))
    meant = bool(said or case.named(fault.meant_beside))
    signed = fault.name == "sign" and fault.step == "unit"
    if meant or (signed and means_log_p(case.subject)):
        fault = replace(fault, kind="convention")
    if fault.name == "log-of-softmax":  # float64 has 745 nats: nobody trains there
        far = case.seen(*case.subject.rows(*thrice([0.0, -FAR, -1.0], 1)))
        fault = replace(fault, kind="precision" if is_finite(far) else fault.kind)
    if is_tiny(case, fault):
        fault = replace(fault, kind="precision")
    if fault.name == TOKEN_IGNORED.name:
        fault = token_ignored(case, fault)
    return Finding.of(fault, *shown(fixed, *names[:1]))


def shown(case: Explanation, *names: str) -> tuple[Shown, ...]:
    """These probes: what came, and what this would give."""
    seen, laid = case.subject.answers_to_probes(case.form), case.subject.laid
    return tuple(Shown.of(x, seen[x], case.predicted(*laid(x))) for x in names)


def is_tiny(case: Explanation, fault: Fault) -> bool:
    """Whether it is a floor under p that a function of p may mean."""
    of_p = fault.name == "floor" and case.form == "probabilities"
    return of_p and 0 < (fault.size or 0) < LEAST_P


def token_ignored(case: Explanation, fault: Fault) -> Fault:
    """If it leaves out token 0 and what is below, and says what its padding is, it
    surely means what is below."""
    every = (case.subject.with_targets(3, one, 2) for one in (0, -2, IGNORED))
    zero, *below = (case.seen(*one) for one in every)
    alike = [not isinstance(x, Exception) and fits(zero, x) for x in below]
    if any(alike) and fault.size == 0:
        fault = replace(fault, fix=ABOVE_0, may_be_meant=True)
        if alike[0] and (case.subject.own or case.subject.declared):
            return replace(fault, kind="fault")
    says = "" if fault.size is None else f" (then say ignore_index={fault.size:.0f})"
    too = ", too" if case.subject.own else says
    return replace(fault, right_if=f"that is its padding{too}")


def means_log_p(subject: Subject) -> bool:
    """Whether a name says that it gives ln p, without a minus."""
    loss = getattr(subject.loss, "func", subject.loss)
    # Not of a wrapper that shows the name of one, such as jax.jit's.
    code = getattr(loss, "__code__", None)
    is_lambda = getattr(code, "co_name", "") == "<lambda>"
    called = filter(callable, references(loss, 0)) if is_lambda else [loss]
    names = [str(getattr(x, "__name__", type(x).__name__)).lower() for x in called]
    if any(re.search(OF_LOSS, name) for name in names):
        return False
    options = {one.name for one in parameters_of(subject.loss)}
    names += [*options.difference(dict(subject.way.roles)), subject.picked]
    return any(re.search(OF_LOG_P, name.lower()) for name in names)


def shows(
    case: Explanation,
    probe: str,
    asked: tuple[Any, ...],
    known: Sequence[Fault] = (),
    seen: Answer | None = None,
    two: bool = False,
    where: str = "",
    argument: str = "",
) -> Seen:
    """What a probe shows beside what rows have shown: nothing, known faults, or a
    difference that none explains.

    One is likelier than two. Of many chunks all means are alike, so the fault whose
    prediction is nearest is meant; of those that predict the same, the first.
    """
    seen = case.seen(*asked) if seen is None else seen
    no_memory = r"MemoryError|(allocate|out of) memory"
    failed = isinstance(seen, Exception) and re.search(no_memory, repr(seen))
    if refused(seen) or failed:
        return Seen(notes=[f"Of {probe}: {show(seen)}"])
    right = case.predicted(*asked)
    if case.fits_answer(seen, *asked) or case.outside(seen):
        return Seen()
    fit = {
        one: gap(seen, one.predicted(*asked))
        for one in extended(case, known, two)
        if one.fits_answer(seen, *asked)
    }
    if not fit:
        return Seen([unknown(case, probe, seen, right, where)])
    fewest = min(len(one.faults) for one in fit)
    likely = {one: off for one, off in fit.items() if len(one.faults) == fewest}
    least = min(likely.values())
    best = next(one for one, off in likely.items() if off <= least + ALIKE)
    found = []
    for one in best.faults[len(case.faults) :]:
        shown = Shown.of(probe, seen, case.having(*one.leaves).predicted(*asked))
        found.append(Finding.of(one, shown, name=argument))
    return Seen(found, explanation=best)


def unknown(
    case: Explanation, probe: str, seen: Any, right: Any, where: str = ""
) -> Finding:
    """A difference that no known fault explains."""
    shown = Shown.of(probe, seen, right)
    if isinstance(seen, Exception):
        return Finding(f"no loss{where}", (shown,), subject="It gives")
    return Finding(f"{other(case)}{where}", (shown,))


def other(case: Explanation) -> str:
    """What is said of a function that nothing explains."""
    return f"something other than {case.subject.kind.what}, {UNEXPLAINED}"


def difference(case: Explanation, left: Sequence[str] | None) -> Finding:
    """What it leaves unexplained, or some of it."""
    left = case.missed() if left is None else left
    return Finding(other(case), shown(case, *left))


def class_weights(case: Explanation) -> tuple[Explanation, Finding] | None:
    """The weights that explain two rows of each class; None if none do, or one of the
    classes is padding.

    Linear equations give them. An answer is a sum of losses, each times its weight; if
    the weights are divided out, the distances of the losses from it add up to 0.
    """
    orders = ([FIRST, SECOND], [SECOND, FIRST])
    two = [(np.array(o), np.array([0, y])) for y in (1, 2, 3) for o in orders]
    asked = [case.subject.rows(*x) for x in two]
    asked.append(case.subject.laid("batch"))  # which a cap changes
    every = [case.seen(*one) for one in asked]
    seen = [x for x in every if not isinstance(x, Exception) and is_finite(x)]
    padding = 0 <= case.subject.padding < len(FIRST)
    if case.declared or padding or len(seen) < len(asked):
        return None
    for divided, how in ((False, case.reduction), (False, "sum"), (True, "mean")):
        right = replace(case, faults=(), reduction=how)
        factors, answers = [np.ones(4) * divided], [4.0 * divided]  # fix their scale
        for (o, targets), came in zip(asked, seen, strict=True):
            losses = replace(right, reduction="none").predicted(o, targets).ravel()
            off = losses - divided * came.mean()
            each = off[:, np.newaxis] * np.eye(4)[targets.ravel()]
            n = len(each) if how == "mean" else 1
            factors += [*each] if how == "none" else [each.sum(axis=0)]
            answers += [*came.ravel() * n * (not divided)]
        if len(factors) != len(answers):
            continue
        weights = np.linalg.lstsq(np.array(factors), np.array(answers))[0]
        fit = np.allclose(factors @ weights, answers, NEAR, NEAR)
        fit = fit and not (how == "sum" and np.isclose(weights.sum(), 1))
        least, most = weights.min(), weights.max()
        if fit and least > LEAST_WEIGHT * most and most - least > 1e-3 * most:
            weights /= np.median(weights) if divided else 1
            fault = BESIDE["class-weights" + "-alone" * (not divided)]
            if how != "mean":  # where nothing is divided, they may be meant
                fault = BESIDE["class-weights"]
                fault = replace(fault, what=fault.what.partition(", and")[0])
            plain = (right.predicted(*one) for one in asked)
            pair = max(zip(seen[:-1], plain, strict=False), key=lambda x: gap(*x))
            shown = Shown.of("two rows", *pair)
            return right, Finding.of(fault, shown, name=show(weights, 3))
    return None
