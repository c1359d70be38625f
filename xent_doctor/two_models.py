"""Losses that compare two models: distillation, and DPO, as kinds of loss.

A function whose required parameters are named as those of such a loss is examined as
one. What nothing explains may be another loss of the same arguments, and is refused;
but if the caller says `kind=…`, it is a fault. A temperature T, or a β, that is no
argument is one of the numbers that the function keeps; and how much the two parts of a
distillation loss weigh is solved for.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from .explanation import Explanation, Own, fits, is_same
from .faults import Fault, by_name
from .faults.two_models import FOUR, OF_DISTILLATION, OF_DPO, SWAPPED, distillation, dpo
from .gradient import gradient
from .kind import Given, Kind, Try
from .loss import LOSS
from .outputs import is_finite
from .probes import LAID, waves
from .recipes import because, refused_at_once
from .reference import IGNORED, NEAR, Array
from .report import Diagnosis, Finding, Seen, Shown, number, show
from .rows import shows, unknown
from .search import explain
from .signature import (
    FORMS,
    Roles,
    forms_of,
    numbers_of,
    optional,
    parameters_of,
    required_by,
    role_in,
    role_of,
)
from .subject import NUMPY, YOURS, Framework, Subject, Way
from .ways_in import frameworks_of

# What a parameter is by its name.
OF_DISTILLATION_BY_NAME = (
    ("", r"hidden|feat|state|embed|att(ent)?n|model|net|teacher_\w*(ids?|tokens?)$"),
    ("temperature", r"^[tT]$|temp|^tau$"),
    ("weight", r"^(lambda|lam|lmbda|ratio)|alpha$|\w_(weight|ratio|coeff?|lambda)$"),
    ("teacher", r"teacher|(^|_)tea(_|$)|^(y|z|logits?|out\w*)_t$|^t_(logits?|log_?p)"),
    ("student", r"student|(^|_)stu(_|$)|^(y|z|logits?|out\w*)_s$|^s_(logits?|log_?p)"),
)
OF_DPO_BY_NAME = (
    ("beta", r"^beta$|^β$"),
    ("smoothing", r"smoothing|^eps(ilon)?$"),
    ("", r"logits?$|input|ids|mask|reward|label|token"),
    ("rejected", r"reject|disprefer|los(er|ing)|(^|_|y)l(ose)?(_|$)|worse|negative"),
    ("chosen", r"chosen|prefer|winner|winning|(^|_|y)w(in)?(_|$)|better|positive"),
)
OF_REFERENCE = r"(^|_)(ref|(sft|base|old|frozen)(_|$))"
NUMBERS = ("temperature", "weight", "beta", "smoothing")
GIVEN = {*NUMBERS, *FOUR, "student", "teacher", "targets", "mask"}
GIVEN |= {"ignored", "size", "reduction"}
# In the name of a weight, whose it is.
OF_SOFT, OF_HARD = r"soft|kd|kl|distil|teacher", r"hard|(^|_)ce(_|$)|label|student|task"
SHARE = 0.3  # of a weight that is given
OTHERS = {"temperature": 3.0, "beta": 0.1, "weight": 0.6, "smoothing": 0.1}
GAPS = 700.0, 5000.0  # nats; nobody trains where only the second is lost
IN_WORDS = {"logits": "logits", "probabilities": "p", "log-probabilities": "ln p"}


def role_in_distillation(name: str) -> str:
    role = role_in(OF_DISTILLATION_BY_NAME, name, role_of(name))
    return "student" if role == "logits" else role


def role_in_dpo(name: str) -> str:
    role = role_in(OF_DPO_BY_NAME, name)
    by = "reference" if re.search(OF_REFERENCE, name) else "policy"
    return f"{by} {role}" if role in ("chosen", "rejected") else role


# What is asked: rows and sequences of two models, and pairs of answers.


def rows(*shape: int, which: int = 0, T: float = 2.0) -> Given:
    student, teacher = waves(3, 2, *shape, 5)[which]
    targets = np.arange(np.prod(shape)).reshape(shape) ** 2 % 5
    given = {"student": student, "teacher": teacher + student / 2, "targets": targets}
    given |= {"mask": np.ones(shape, bool), "temperature": T, "weight": SHARE}
    return given | {"weights": (1.0, 0.0)}


def padded(*shape: int) -> Given:
    """The last place of all but the first is padding."""
    out = np.indices(shape).prod(axis=0) >= shape[-1] - 1
    given = rows(*shape)
    return given | {"mask": ~out, "targets": np.where(out, IGNORED, given["targets"])}


def far_apart(T: float, nats: float) -> Given:
    """The teacher is sure of a token that the student rules out."""
    o = nats * T * np.eye(5)[:2].repeat(4, axis=0).reshape(2, 4, 5)
    given = {"student": o[1], "teacher": o[0], "targets": np.zeros(4, int)}
    return rows(4, T=T) | given


def pairs(scale: float, beta: float = 0.5) -> Given:
    four = dict(zip(FOUR, scale * waves(4, 3) - 20, strict=True))
    return four | {"beta": beta, "smoothing": 0.0}


def far_behind(beta: float, nats: float) -> Given:
    given = pairs(0, beta)
    return given | {FOUR[0]: given[FOUR[0]] - nats / beta}


# What such a function is given, and what of its answers is looked at.


def arguments(subject: Subject, given: Given, form: str, axis: Any) -> Given:
    """What each role is given, in NumPy."""
    way, dtype = subject.way, subject.way.framework.dtype
    roles = {role for _, role in way.roles}
    softened = given["temperature"] if "temperature" in roles else 1
    made: Given = {"reduction": "mean", "ignored": subject.padding, "size": 5} | given
    for role, one in (("student", form), ("teacher", way.teacher)):
        if role in given:
            by = 1 if one == "logits" else softened
            made[role] = FORMS[one](given[role] / by).astype(dtype)
    if "targets" in roles:  # where a mask says what is padding, no number does
        pad = 1 if "mask" in roles else subject.padding
        made["targets"] = np.where(given["mask"], given["targets"], pad)
    made |= {x: made[x].astype(dtype) for x in (*FOUR, "mask") if x in roles}
    return {role: made[role] for role in roles}


def asked(subject: Subject, form: str) -> list[str]:
    """The second probe only if it takes T, or β."""
    kind = kind_in(subject)
    first, other, *more = kind.probes
    return [first, *[other] * subject.way.has([kind.number]), *more]


def taken(subject: Subject) -> dict[str, int]:
    """The probes that it takes: of sequences or rows alone."""
    answers = subject.first_answers
    return {x: 2 for x, one in answers.items() if not isinstance(one, Exception)}


def kind_in(subject: Subject) -> "OfTwo":
    assert isinstance(subject.kind, OfTwo)
    return subject.kind


# What is tried.


def cost(faults: Sequence[Fault]) -> int:
    return sum(one.kind == "fault" for one in faults)


def combinations(faults: Sequence[Fault]) -> list[tuple[Fault, ...]]:
    """None, one or two, of different steps; or three, one of them a fault at most."""
    every = (
        some
        for n in range(4)
        for some in itertools.combinations(faults, n)
        if len({x.step for x in some}) == n and cost(some) <= (1 if n > 2 else 2)
    )
    return sorted(every, key=cost)


def tries(
    subjects: Sequence[Subject], declared: tuple[Fault, ...], more: bool
) -> list[Try]:
    """The fewest faults first, with the weights swapped where a name says whose they
    are."""
    faults = kind_in(subjects[0]).faults
    known = combinations([one for one in faults if one.shows_in == "rows"])
    names = subjects[0].way.names
    swaps: list[tuple[Fault, ...]] = [()]
    if "targets" in names and len(parts_said(names.get("weight", ""))) == 1:
        what = SWAPPED.what.replace("{}", names["weight"])
        swaps += [(replace(SWAPPED, what=what),)]
    every = [(*some, *swap) for some, swap in itertools.product(known, swaps)]
    by_cost = itertools.groupby(sorted(every, key=cost), cost)
    n = len(subjects)
    return [([[*some]] * n, 0, n) for some in (list(group) for _, group in by_cost)]


def parts_said(weight: str) -> list[int]:
    """The parts, of two, that the name of a weight says."""
    return [i for i, x in enumerate((OF_SOFT, OF_HARD)) if re.search(x, weight)]


@lru_cache(8)
def own_numbers(subject: Subject) -> list[Own]:
    """A T or β that it may keep, if it takes none, or doesn't use it."""
    kind, answers = kind_in(subject), subject.first_answers
    if subject.way.has([kind.number]) and not is_same(*[*answers.values()][:2]):
        return [()]
    kept = {1.0, *map(float, numbers_of(subject.loss, int, float))}
    some = sorted((x for x in kept if 0.01 <= x <= 100), key=lambda x: x != 1)
    return [((kind.number, x),) for x in some]


def kept(case: Explanation) -> Iterator[Explanation]:
    """With the T or β, and the weights, that it may have."""
    names = case.subject.way.names
    weight = names.get("weight", "")
    said, w = parts_said(weight), (SHARE, 1 - SHARE)
    of_soft, of_hard = [w, (SHARE, 1.0)], [w[::-1], (1.0, SHARE)]
    some = of_soft * (said != [1]) + of_hard * (said != [0])
    if "targets" not in names:
        some = [(1.0, 0.0), *[(SHARE, 0.0)] * bool(weight)]
    for own in own_numbers(case.subject):
        one = replace(case, own=own)
        solve = "targets" in names and not weight
        yield from solved(one) if solve else (weighted(one, *x) for x in some)


def weighted(case: Explanation, soft: float, hard: float) -> Explanation:
    return replace(case, own=(*case.own, ("weights", (soft, hard))))


def solved(case: Explanation) -> Iterator[Explanation]:
    """With the weights of both parts, by least squares; if they add up to 1, or one of
    them is 1."""
    names, answers = zip(*case.probes(), strict=True)
    probes = [kind_in(case.subject).probes[x] for x in names]
    each = [weighted(case, 1.0, 0.0), weighted(case, 0.0, 1.0)]
    parts = np.array(
        [np.concatenate([one.predicted(x).ravel() for x in probes]) for one in each]
    )
    seen = np.concatenate([np.ravel(x) for x in answers])
    if seen.shape != parts[0].shape or not np.isfinite([*parts, seen]).all():
        yield each[0]
        return
    a, b = np.linalg.lstsq(parts.T, seen)[0].round(6)
    if a > 0 <= b and any(abs(x - 1) < NEAR for x in (a, b, a + b)):
        yield weighted(case, a, b)


@dataclass(frozen=True, eq=False, kw_only=True)
class OfTwo(Kind):
    """A loss of two models."""

    takes: str
    role: Callable[[str], str]  # of a parameter, by its name
    needs: tuple[str, ...]
    by_place: tuple[str, ...]  # if the caller says what it is, and the names don't
    faults: tuple[Fault, ...]
    number: str  # T, or β; between the first two probes it alone changes
    probes: dict[str, Given]
    far: Callable[[float, float], Given]
    overflows: str  # the fault that these show


def of_two(
    evaluate: Callable[..., Any], probes: dict[str, Given], **more: Any
) -> OfTwo:
    LAID.update({(id(one),): name for name, one in probes.items()})
    return OfTwo(
        gives=LOSS.gives | {"none": "each loss"},
        given=lambda given: given,
        laid=lambda name, *_: (probes[name],),
        arguments=arguments,
        evaluate=evaluate,
        asked=asked,
        telling=taken,
        unanswered=lambda *_: False,
        again=[(name, 1) for name in probes],
        between=next(iter(probes)),
        tries=tries,
        kept=kept,
        undefined=True,
        probes=probes,
        **more,
    )


KINDS_OF_TWO = {
    "distillation": of_two(
        distillation,
        {"four rows": rows(4), "four rows, T = 3": rows(4, T=3.0)}
        | {f"four rows, again {i}": rows(4, which=i) for i in (1, 2)}
        | {"two sequences": rows(2, 3)}
        | {f"two sequences, again {i}": rows(2, 3, which=i) for i in (1, 2)},
        what="KL(teacher ‖ student) · T²",
        takes="a student’s {student} and a teacher’s {teacher}",
        role=role_in_distillation,
        needs=("student", "teacher"),
        by_place=("student", "teacher", "targets"),
        trained=("student",),
        shaped_as="targets",
        faults=OF_DISTILLATION,
        number="temperature",
        far=far_apart,
        overflows="log-of-softmax",
    ),
    "dpo": of_two(
        dpo,
        {"three pairs": pairs(1), "three pairs, β = 0.1": pairs(1, 0.1)}
        | {"policy = reference": pairs(0)},
        what="DPO’s −ln σ(β · (policy’s gap − reference’s gap))",
        takes="ln p of chosen and rejected answers, by policy and reference",
        role=role_in_dpo,
        needs=FOUR,
        by_place=(*FOUR, "beta"),
        trained=FOUR[:2],
        shaped_as=FOUR[0],
        faults=OF_DPO,
        number="beta",
        far=far_behind,
        overflows="log-of-sigmoid",
    ),
}
PADDED = {
    "four rows, one of padding": padded(4),
    "two sequences, padding at the end": padded(2, 3),
}


# As a report names them, so that anybody can ask the same.
PROBES_BY_KIND = {name: kind.probes for name, kind in KINDS_OF_TWO.items()}
PROBES_BY_KIND["distillation"] = PROBES_BY_KIND["distillation"] | PADDED


def kind_of(loss: Any) -> str:
    """What it is by the names of its parameters, or ""."""
    kinds = KINDS_OF_TWO.items()
    return next((name for name, kind in kinds if roles_of(loss, kind, False)), "")


def roles_of(loss: Any, kind: "OfTwo", declared: bool) -> Roles:
    """The parameters that are given, and their roles; () if it is no such loss."""
    given = {}
    for one in parameters_of(loss):
        role = kind.role(one.name)
        number = role in NUMBERS and type(one.default) in (int, float)
        by_name = number or one.kind is one.KEYWORD_ONLY
        if one.default is one.empty or number:
            given["*" * by_name + one.name] = role
    if declared and not {*kind.needs} <= {*given.values()}:
        free = [x for x, role in given.items() if role not in NUMBERS]
        given |= dict(zip(free, kind.by_place, strict=False))
    said = [*given.values()]
    once = all(said.count(one) == 1 for one in kind.needs)
    return tuple(given.items()) if once and {*said} <= GIVEN else ()


def ways(
    loss: Any, kind: OfTwo, roles: Roles, to: Callable[[Array], Any] | None
) -> Iterator[Way]:
    """In each framework, with logits, p or ln p of both models, if it takes these."""
    names = {role: name for name, role in roles}
    models = (names.get(role, "logits") for role in ("student", "teacher"))
    forms = [forms_of(((name, "logits"),)) for name in models]
    for framework in [Framework(YOURS, to)] if to else frameworks_of(loss):
        for student, teacher in itertools.product(*forms):
            if student == "probabilities" != teacher:
                continue  # who gives q gives p
            yield Way(
                framework, roles=roles, forms=(student,), kind=kind, teacher=teacher
            )


def find(
    loss: Any,
    kind: Kind,
    declared: str | None,
    to: Callable[[Array], Any] | None,
    ignored: int | None,
) -> tuple[list[Subject], Diagnosis | None]:
    """The function in each way that it takes; or what is said if there is none."""
    assert isinstance(kind, OfTwo)
    roles = roles_of(loss, kind, bool(declared))
    if not roles:
        needs = " and ".join(kind.needs)
        what = f"does not say which of its parameters are {needs}"
        names = ", ".join(x.replace(" ", "_") for x in kind.needs)
        fix = f"Give it them by name, in a lambda, such as lambda {names}: f(…)"
        return [], because(what=what, fix=fix)
    taken: list[Subject] = []
    failed: list[Shown] = []
    for way in ways(loss, kind, roles, to):
        if taken and way.framework is not taken[0].way.framework:
            break
        subject = Subject(loss, way, IGNORED if ignored is None else ignored)
        taken += [subject] * bool(subject.telling)
        failed += [Shown(x, show(y), "") for x, y in subject.first_answers.items()]
    return taken, None if taken else because(*failed[:1])


# What is found.


def kl_instead(
    loss: Any,
    to: Callable[[Array], Any] | None,
    ignored: int | None,
    found: Diagnosis,
) -> Diagnosis:
    """What is said of a function that is no cross-entropy, if it is a right KL of its
    two arguments; else what was found."""
    if len(required_by(loss)) != 2:
        return found
    kind, name = KINDS_OF_TWO["distillation"], "distillation"
    subjects, _ = find(loss, kind, name, to, ignored)
    if subjects and all(map(is_finite, subjects[0].first_answers.values())):
        case, left = explain(subjects, ())
        if left == [] and not cost(case.faults):
            what = f"is a loss of two models; to have it examined, say kind='{name}'"
            return because(what=what)
    return found


def another(loss: Any, kind: Kind, found: Diagnosis) -> Diagnosis:
    """What is said of a function that nothing explains, if its names alone say what it
    is."""
    recipe = refused_at_once(loss)
    fix = "" if recipe is None else recipe.findings[0].fix
    name = next(x for x, one in KINDS_OF_TWO.items() if one is kind)
    what = f"is another loss than {kind.what}; if it should be that, say kind='{name}'"
    [shown] = [one.shown for one in found.findings]
    return because(*shown, what=what, fix=fix * fix.startswith("Recipe"))


def further(
    case: Explanation, found: Sequence[Finding], given: Callable[..., Any] | None
) -> list[Seen]:
    """What further probes show, and the gradient; of two models that are trained, no
    function gives it by both."""
    kind, subject = kind_in(case.subject), case.subject
    first = kind.probes[next(iter(subject.telling))]
    more = [*unused(case, first), *in_padding(case)]
    every = [*found, *(x for seen in more for x in seen.findings)]
    if subject.changed or not all(one.name for one in every):
        return more
    if not any(one.kind == "fault" for one in every):
        more.append(Seen([*overflows(case, first)]))
    return [*more, gradient(case, None if len(kind.trained) > 1 else given, [])]


def in_padding(case: Explanation) -> Iterator[Seen]:
    """What padding shows, of a function that is told of it."""
    kind, name = kind_in(case.subject), next(iter(case.subject.telling))
    # With it, all places count as before.
    fit = (one for one in optional_padding(case) if one.fits(kind.probes[name]))
    case = next(fit, case)
    subject = case.subject
    told = subject.way.has(["targets", "mask"])
    if "student" in kind.needs and not told:
        yield Seen(notes=["It is told of no padding: give it the scored tokens alone"])
    answers = subject.first_answers
    of_rows = isinstance(answers.get("two sequences"), Exception)
    known = [one for one in kind.faults if one.shows_in == "padding"]
    if of_rows and not subject.way.has(["mask"]):
        right_if = "no target of its rows is padding"
        scored = [one for one in known if one.name == "padding-scored"]
        accepted = (replace(x, kind="convention", right_if=right_if) for x in scored)
        known = [*accepted, *known]
    note = ""
    for name, given in PADDED.items() if told else ():
        if isinstance(answers.get(name.partition(",")[0]), Exception):
            continue  # it takes no such shape, padded or not
        seen = subject.ask(given)
        if isinstance(seen, Exception):
            error, n = type(seen).__name__, number(subject.padding)
            note = f"Knows no padding: with targets of {n} it raises {error}"
        else:
            yield shows(case, name, (given,), known, seen, two=True)
    yield Seen(notes=[note] if note else [])


def optional_padding(case: Explanation) -> Iterator[Explanation]:
    """Given the mask, or the targets, that it need not be given."""
    subject = case.subject
    for role in () if subject.way.has(["targets", "mask"]) else ("mask", "targets"):
        for name in optional(subject.loss, role):
            yield replace(case, subject=subject.with_argument(name, role))


def unused(case: Explanation, given: Given) -> Iterator[Seen]:
    """Numbers that it takes, and that change nothing; and what a smoothing gives."""
    subject, names = case.subject, case.subject.way.names
    for role in [x for x in OTHERS if x in names]:
        again = given | {role: OTHERS[role]}
        seen, other = subject.ask(given), subject.ask(again)
        if is_same(seen, other) and is_finite(seen):
            shown = Shown("with two values of it", show(seen), "two losses")
            yield Seen([Finding.of("parameter-unused", shown, name=names[role])])
        elif role == "smoothing":
            probe = f"{names[role]} = {OTHERS[role]}"
            yield shows(case, probe, (again,), kind_in(subject).faults, other)


def overflows(case: Explanation, first: Given) -> Iterator[Finding]:
    """What is rounded to 0, overflows or is capped where two models are far apart."""
    kind = kind_in(case.subject)
    for nats in GAPS:
        given = kind.far((first | dict(case.own))[kind.number], nats)
        seen, right = case.seen(given), case.predicted(given)
        if isinstance(seen, Exception) or fits(seen, right, NEAR):
            continue
        shown = Shown.of(probe := f"{nats:,.0f} nats apart", seen, right)
        found = Finding.of(by_name(kind.overflows)[0], shown)
        if is_finite(seen):
            soft = weighted(case, dict(case.own)["weights"][0], 0.0).predicted(given)
            least = float(np.exp(-nats * np.mean((seen - right + soft) / soft)))
            floor = Finding.of(by_name("floor")[0].of(least), shown)
            found = floor if 0 < least < 1 else unknown(case, probe, seen, right)
        yield found if nats == GAPS[0] else replace(found, kind="precision")
        return


def first_line(case: Explanation) -> str:
    """How it was called, and what it gives."""
    way, kind = case.subject.way, kind_in(case.subject)
    forms = {"student": IN_WORDS[case.form], "teacher": IN_WORDS[way.teacher]}
    roles = {x: role for x, role in way.named if role not in kind.needs}
    given = {x: f" = {SHARE}" * (role == "weight") for x, role in roles.items()}
    more = [f"`{x}`{given[x]}" + f" as {y}" * (x != y) for x, y in roles.items()]
    takes, framework = kind.takes.format(**forms), way.framework
    dtype = framework.dtype.__name__
    arrays = "" if framework is NUMPY else f" ({framework} in {dtype})"
    weights = dict(case.own).get("weights", (1.0, 0.0))
    a, b = weights[::-1] if case.named(SWAPPED.name) else weights
    gives = kind.gives[case.reduction]
    gives += f", {a:.3g} · the teacher’s part + {b:.3g} · cross-entropy" if b else ""
    number = dict(case.own).get(kind.number, 1)
    gives += f"; its own {kind.number} is {number:.4g}" if number != 1 else ""
    return f"Takes {', '.join([takes, *more])}{arrays}, and gives {gives}"
