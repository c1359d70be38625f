"""Losses that compare two models: distillation, and DPO.

The way through is that of any other loss. A function is called with what the names of
its parameters ask for; its answers to the probes are compared with a reference of steps
(`faults.two_models`) of which a few are known faults; and what was found is a
`Diagnosis`. Three things differ: the arguments are others than logits and targets; a
temperature T, or a β, that is no argument is one of the numbers that the function
keeps; and how much the two parts of a distillation loss weigh is solved for.

A function whose required parameters are named as those of such a loss is examined as
one. What nothing explains may be another loss of the same arguments, and is refused;
but if the caller says `kind=…`, it is a fault.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from . import gradient
from .explanation import fits, is_same
from .faults import BESIDE, Fault, by_name
from .faults.two_models import FOUR, OF_DISTILLATION, OF_DPO, Given, distillation, dpo
from .outputs import (
    Answer,
    NoGradient,
    as_numbers,
    attempt,
    bytes_of,
    is_finite,
    loss_of,
)
from .probes import waves
from .recipes import because, refused_at_once
from .reference import FINE, IGNORED, NEAR, Array
from .report import UNEXPLAINED, Diagnosis, Finding, Shown, number, show
from .signature import FORMS, forms_of, name_of, numbers_of, parameters_of, role_of
from .subject import NUMPY, YOURS, Framework, Subject, Way
from .ways_in import frameworks_of

Roles = dict[str, str]  # of each parameter that is given
Answers = dict[str, Answer]
# What a parameter is by its name.
OF_DISTILLATION_BY_NAME = (
    ("", r"hidden|feat|state|embed|att(ent)?n|model|net"),
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
# By place, if the caller says what it is, and the names don't.
BY_PLACE = {"distillation": ("student", "teacher", "targets"), "dpo": (*FOUR, "beta")}
# In the name of a function these are a promise; in that of a weight, whose it is.
REVERSED = r"(?i)revers|rkl|backward"
OF_SOFT, OF_HARD = r"soft|kd|kl|distil|teacher", r"hard|(^|_)ce(_|$)|label|student|task"
SHARE = 0.3  # of a weight that is given
OTHERS = {"temperature": 3.0, "beta": 0.1, "weight": 0.6, "smoothing": 0.1}
GAPS = 700.0, 5000.0  # nats; nobody trains where only the second is lost
GIVES = {"none": "each loss", "mean": "the mean loss", "sum": "the sum of the losses"}
IN_WORDS = {"logits": "logits", "probabilities": "p", "log-probabilities": "ln p"}
AS_LAMBDA = "in a lambda, such as lambda student_logits, teacher_logits: f(…)"


def role_in_distillation(name: str) -> str:
    known = (role for role, x in OF_DISTILLATION_BY_NAME if re.search(x, name))
    role = next(known, role_of(name))
    return "student" if role == "logits" else role


def role_in_dpo(name: str) -> str:
    known = (role for role, words in OF_DPO_BY_NAME if re.search(words, name))
    role = next(known, "")
    by = "reference" if re.search(OF_REFERENCE, name) else "policy"
    return f"{by} {role}" if role in ("chosen", "rejected") else role


# What is asked: rows and sequences of two models, and pairs of answers.


def rows(*shape: int, which: int = 0, T: float = 2.0) -> Given:
    student, teacher = waves(3, 2, *shape, 5)[which]
    targets = np.arange(np.prod(shape)).reshape(shape) ** 2 % 5
    given = {"student": student, "teacher": teacher + student / 2, "targets": targets}
    return given | {"mask": np.ones(shape, bool), "temperature": T, "weight": SHARE}


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


class Kind(NamedTuple):
    """A loss of two models: what it takes, and its reference."""

    what: str
    takes: str
    role: Callable[[str], str]
    needs: tuple[str, ...]
    trained: tuple[str, ...]  # with a gradient
    parts: Callable[[Given, Sequence[Fault], str], tuple[Array, Array]]
    faults: tuple[Fault, ...]
    number: str  # T, or β; between the first two probes it alone changes
    probes: dict[str, Given]
    far: Callable[[float, float], Given]
    lost: str  # the fault that loses those


KINDS = {
    "distillation": Kind(
        "KL(teacher ‖ student) · T²",
        "a student’s {student} and a teacher’s {teacher}",
        role_in_distillation,
        ("student", "teacher"),
        ("student",),
        distillation,
        OF_DISTILLATION,
        "temperature",
        {"four rows": rows(4), "four rows, T = 3": rows(4, T=3.0)}
        | {f"four rows, again {i}": rows(4, which=i) for i in (1, 2)}
        | {"two sequences": rows(2, 3)}
        | {f"two sequences, again {i}": rows(2, 3, which=i) for i in (1, 2)},
        far_apart,
        "log-of-softmax",
    ),
    "dpo": Kind(
        "DPO’s −ln σ(β · (policy’s gap − reference’s gap))",
        "ln p of chosen and rejected answers, by policy and reference",
        role_in_dpo,
        FOUR,
        FOUR[:2],
        dpo,
        OF_DPO,
        "beta",
        {"three pairs": pairs(1), "three pairs, β = 0.1": pairs(1, 0.1)}
        | {"policy = reference": pairs(0)},
        far_behind,
        "log-of-sigmoid",
    ),
}
PADDED = {
    "four rows, one of padding": padded(4),
    "two sequences, padding at the end": padded(2, 3),
}


# As a report names them, so that anybody can ask the same.
PROBES_BY_KIND = {name: kind.probes for name, kind in KINDS.items()}
PROBES_BY_KIND["distillation"] = PROBES_BY_KIND["distillation"] | PADDED


def kind_of(loss: Any) -> str:
    """What it is by the names of its parameters, or ""."""
    return next((name for name in KINDS if roles_of(loss, name, False)), "")


def roles_of(loss: Any, name: str, declared: bool) -> Roles:
    """The role of each parameter that is given; {} if it is no such loss."""
    kind, roles = KINDS[name], {}
    for one in parameters_of(loss):
        role = kind.role(one.name)
        number = role in NUMBERS and type(one.default) in (int, float)
        if one.default is one.empty or number:
            roles[one.name] = role
    if declared and not {*kind.needs} <= {*roles.values()}:
        free = [x for x, role in roles.items() if role not in NUMBERS]
        roles |= dict(zip(free, BY_PLACE[name], strict=False))
    said = [*roles.values()]
    once = all(said.count(one) == 1 for one in kind.needs)
    return roles if once and {*said} <= GIVEN else {}


@dataclass
class Compared:
    """The function, and how it is called."""

    kind: Kind
    roles: Roles
    subject: Subject
    inputs: dict[str, str]  # of student and teacher: logits, p or ln p
    ignored: int

    def ask(self, given: Given) -> Answer:
        return attempt(lambda: as_numbers(self.loss(self.made(given), given)))

    def answers(self) -> Answers:
        """Its answers to the probes; to the second only if it takes T, or β."""
        takes = self.kind.number in self.roles.values()
        probes = enumerate(self.kind.probes.items())
        return {x: self.ask(given) for i, (x, given) in probes if takes or i != 1}

    def made(self, given: Given) -> dict[str, Any]:
        """Each argument, in the function's own arrays."""
        roles, dtype = self.roles.values(), self.subject.way.framework.dtype
        softened = given["temperature"] if "temperature" in roles else 1
        made: Given = {"reduction": "mean", "ignored": self.ignored, "size": 5} | given
        for role, way in self.inputs.items():
            made[role] = FORMS[way](given[role] / (1 if way == "logits" else softened))
        if "targets" in roles:  # where a mask says what is padding, no number does
            pad = 1 if "mask" in roles else self.ignored
            made["targets"] = np.where(given["mask"], given["targets"], pad)
        for role in (*self.inputs, *FOUR, "mask"):
            if role in roles:
                made[role] = made[role].astype(dtype)
        return self.subject.made({role: made[role] for role in roles})

    def loss(self, made: dict[str, Any], given: Given) -> Any:
        before = {role: bytes_of(x) for role, x in made.items()}
        result = self.subject.call(made)
        changed = (role for role, x in made.items() if bytes_of(x) != before[role])
        self.subject.changed.update(changed)
        shape = np.shape(given["targets"] if self.inputs else given[FOUR[0]])
        return loss_of(result, shape)[1]


def ways(
    loss: Any, kind: Kind, roles: Roles, to: Callable[[Array], Any] | None, ignored: int
) -> Iterator[Compared]:
    """In each framework, with logits, p or ln p of both models."""
    params = {one.name: one for one in parameters_of(loss)}
    named = {
        x: one.kind is one.KEYWORD_ONLY or one.default is not one.empty
        for x, one in params.items()
    }
    called = tuple(("*" * named[x] + x, role) for x, role in roles.items())
    models = {role: x for x, role in roles.items() if role in ("student", "teacher")}
    inputs = [forms_of(((x, "logits"),)) for x in models.values()]
    for framework in [Framework(YOURS, to)] if to else frameworks_of(loss):
        for some in itertools.product(*inputs):
            if some[:1] == ("probabilities",) and some[1] != some[0]:
                continue  # who gives q gives p
            subject = Subject(loss, Way(framework, roles=called))
            given = dict(zip(models, some, strict=True))
            yield Compared(kind, roles, subject, given, ignored)


# What it may be, and the search for it.


def total(weights: tuple[float, float], parts: Sequence[Array]) -> Array:
    """Of the teacher's part and the targets', which may have no weight."""
    (a, b), (soft, hard) = weights, parts
    return np.asarray(a * soft + b * hard if b else a * soft)


@dataclass(frozen=True)
class Case:
    """Its faults, its reduction, and the numbers that it keeps."""

    kind: Kind
    faults: tuple[Fault, ...] = ()
    how: str = "mean"
    number: float | None = None  # T or β, if it is no argument
    weights: tuple[float, float] = (1.0, 0.0)  # of the teacher's part and the targets'
    swapped: bool = False

    def parts(self, given: Given) -> tuple[Array, Array]:
        if self.number is not None:
            given = given | {self.kind.number: self.number}
        with np.errstate(all="ignore"):
            return self.kind.parts(given, self.faults, self.how)

    def right(self, given: Given) -> Array:
        """What this gives of a probe."""
        return total(self.weights, self.parts(given))

    def without(self, fault: Fault) -> "Case":
        return replace(self, faults=tuple(x for x in self.faults if x is not fault))

    def solved(self, asked: Sequence[tuple[Given, Array]]) -> Iterator["Case"]:
        """With the weights of both parts, by least squares; if they add up to 1, or one
        of them is 1."""
        both = [self.parts(given) for given, _ in asked]
        columns = np.array([np.concatenate([x.ravel() for x in one]) for one in both])
        seen = np.concatenate([x.ravel() for _, x in asked])
        parts = np.concatenate([np.stack([*map(np.ravel, one)]).T for one in both])
        if len(seen) != len(parts) or not np.isfinite([*columns.ravel(), *seen]).all():
            yield self
            return
        a, b = np.linalg.lstsq(parts, seen)[0].round(6)
        if a > 0 <= b and any(abs(x - 1) < NEAR for x in (a, b, a + b)):
            yield replace(self, weights=(a, b))


def cost(faults: Sequence[Fault]) -> int:
    return sum(one.kind == "fault" for one in faults)


def combinations(faults: Sequence[Fault]) -> list[tuple[Fault, ...]]:
    """One, two, or one beside two conventions, of different steps; fewest first."""
    every = (
        some
        for n in range(4)
        for some in itertools.combinations(faults, n)
        if len({x.step for x in some}) == n and cost(some) <= (1 if n > 2 else 2)
    )
    return sorted(every, key=cost)


def explain(of: Compared, answers: Answers) -> Case | None:
    """The fewest faults that fit all answers."""
    kind, probes = of.kind, of.kind.probes
    asked = [
        (probes[name], seen)
        for name, seen in answers.items()
        if not isinstance(seen, Exception)
    ]
    hows = ("none",) if max(x.size for _, x in asked) > 1 else ("mean", "sum")
    numbers: list[float | None] = [None]
    if kind.number not in of.roles.values() or is_same(*[*answers.values()][:2]):
        kept = {1.0, *map(float, numbers_of(of.subject.loss, int, float))}
        numbers = sorted((x for x in kept if 0.01 <= x <= 100), key=lambda x: x != 1)
    known = combinations([one for one in kind.faults if one.shows_in == "rows"])
    tried = itertools.product(known, (False, True))
    for faults, swapped in sorted(tried, key=lambda x: cost(x[0]) + x[1]):
        for own, how in itertools.product(numbers, hows):
            case = Case(kind, faults, how, own, swapped=swapped)
            for one in weighted(case, of.roles, asked):
                if all(fits(seen, one.right(given), FINE) for given, seen in asked):
                    return one
    return None


def weighted(
    case: Case, roles: Roles, asked: Sequence[tuple[Given, Array]]
) -> Iterator[Case]:
    """With the weights that its two parts may have."""
    weight = next((x for x, role in roles.items() if role == "weight"), "")
    soft, hard = (bool(re.search(x, weight)) for x in (OF_SOFT, OF_HARD))
    of_soft = [(SHARE, 1 - SHARE), (SHARE, 1.0)]
    of_hard = [one[::-1] for one in of_soft]
    ways = {(True, False): of_soft, (False, True): of_hard}
    if "targets" not in roles.values():
        some = [(1.0, 0.0), *[(SHARE, 0.0)] * bool(weight)] * (not case.swapped)
    elif not weight:
        yield from case.solved(asked) if not case.swapped else ()
        return
    elif soft == hard:  # its name says neither
        some = [*of_soft, *of_hard] * (not case.swapped)
    else:
        some = ways[soft != case.swapped, hard != case.swapped]
    (given, seen), *_ = asked  # of which all else is asked if it fits
    parts = case.parts(given) if some else ()
    for both in some:
        if fits(seen, total(both, parts), FINE):
            yield replace(case, weights=both)


# What is found.


def compared(
    loss: Any,
    name: str,
    declared: bool,
    to: Callable[[Array], Any] | None,
    ignored: int,
) -> Diagnosis:
    """What is found of a loss of this kind."""
    kind, roles = KINDS[name], roles_of(loss, name, declared)
    if not roles:
        needs = " and ".join(kind.needs)
        what = f"does not say which of its parameters are {needs}"
        return because(what=what, fix=f"Give it them by name, {AS_LAMBDA}")
    found: list[tuple[Compared, Answers, Case | None]] = []
    failed: tuple[Shown, ...] = ()
    for of in ways(loss, kind, roles, to, ignored):
        if found and of.subject.way.framework is not found[0][0].subject.way.framework:
            break
        answers = of.answers()
        if all(isinstance(one, Exception) for one in answers.values()):
            first, error = next(iter(answers.items()))
            failed = failed or (Shown(first, show(error), ""),)
            continue
        if random := unsteady(of, answers):
            return Diagnosis("", (random,))
        found.append((of, answers, explain(of, answers)))
        if found[-1][-1] and not cost(found[-1][-1].faults):
            break
    known = [(of, answers, case) for of, answers, case in found if case]
    if known:
        return diagnosis(*min(known, key=lambda x: cost(x[-1].faults)))
    if not found:
        return because(*failed)
    shown = differences(Case(kind), found[0][1])
    if declared:
        return Diagnosis("", (unknown(kind, *shown),))
    other = refused_at_once(loss)
    fix = "" if other is None else other.findings[0].fix
    what = f"is another loss than {kind.what}; if it should be that, say kind='{name}'"
    return because(*shown, what=what, fix=fix * fix.startswith("Recipe"))


def unknown(kind: Kind, *shown: Shown) -> Finding:
    return Finding(f"something other than {kind.what}, {UNEXPLAINED}", shown)


def unsteady(of: Compared, answers: Answers) -> Finding | None:
    """Whether it gives another answer when it is asked the same again."""
    for name, seen in answers.items():
        if not is_same(seen, again := of.ask(of.kind.probes[name])):
            both = f"{show(seen)}, then {show(again)}"
            return Finding.of("random", Shown(name, both, "the same"))
    return None


def differences(case: Case, answers: Answers) -> tuple[Shown, ...]:
    """What does not fit, beside what this gives."""
    rights = {name: case.right(case.kind.probes[name]) for name in answers}
    return tuple(
        Shown.of(name, seen, rights[name])
        for name, seen in answers.items()
        if not fits(seen, rights[name], FINE)
    )


def diagnosis(of: Compared, answers: Answers, case: Case) -> Diagnosis:
    """What its faults are, and what further probes show."""
    names, findings, notes = {x: name for name, x in of.roles.items()}, [], []
    taken = (x for x, y in answers.items() if not isinstance(y, Exception))
    first = case.kind.probes[next(taken)]
    for fault in case.faults:
        found = Finding.of(fault, *differences(case.without(fault), answers)[:1])
        said = re.search(REVERSED, name_of(of.subject.loss))
        meant = fault.name == "kl-reversed" and said
        findings.append(replace(found, kind="convention") if meant else found)
    if case.swapped:
        shown = differences(replace(case, weights=case.weights[::-1]), answers)[:1]
        findings.append(Finding.of("weights-swapped", *shown, name=names["weight"]))
    for role in sorted(of.subject.changed):
        found = Finding.of("in-place", Shown(names[role], "changed", "as it was"))
        findings.append(found)
    findings += unused(of, case, first, names)
    told = {"targets", "mask"} & {*names}
    for name, given in PADDED.items() if told else ():
        seen = of.ask(given)
        if isinstance(seen, Exception):
            error, n = type(seen).__name__, number(of.ignored)
            notes = [f"Knows no padding: with targets of {n} it raises {error}"]
        else:
            findings += shows(case, name, given, seen, "padding")
    rows_alone = isinstance(answers.get("two sequences"), Exception)
    if rows_alone and "mask" not in names:
        right_if = "no target of its rows is padding"
        findings = [
            replace(x, kind="convention", right_if=right_if)
            if x.name == "padding-scored"
            else x
            for x in findings
        ]
    if of.inputs and not told:
        notes.append("It is told of no padding: give it the scored tokens alone")
    looked = False
    if not any(one.kind == "fault" for one in findings):
        findings += lost(of, case, first)
        with suppress(NoGradient):
            findings += slope(of, case, first)
            looked = True
    once = {one.name or repr(one): one for one in reversed(findings)}
    line = first_line(of, case)
    return Diagnosis(line, tuple(once.values())[::-1], (), tuple(notes), looked)


def shows(
    case: Case, name: str, given: Given, seen: Answer, step: str
) -> Iterator[Finding]:
    """What one more probe shows: nothing, faults of this step, or a difference."""
    right = case.right(given)
    if fits(seen, right, FINE):
        return
    known = [one for one in case.kind.faults if step in (one.step, one.shows_in)]
    for some in combinations(known):
        steps = {one.step for one in some}
        rest = (one for one in case.faults if one.step not in steps)
        if fits(seen, replace(case, faults=(*rest, *some)).right(given), FINE):
            yield from (Finding.of(x, Shown.of(name, seen, right)) for x in some)
            return
    yield unknown(case.kind, Shown.of(name, seen, right))


def unused(
    of: Compared, case: Case, given: Given, names: dict[str, str]
) -> Iterator[Finding]:
    """Numbers that it takes, and that change nothing; and what a smoothing gives."""
    for role, value in OTHERS.items() if names else ():
        if role not in names:
            continue
        other = given | {role: value}
        seen, again = of.ask(given), of.ask(other)
        if is_same(seen, again) and is_finite(seen):
            shown = Shown("with two values of it", show(seen), "two losses")
            yield Finding.of("parameter-unused", shown, name=names[role])
        elif role == "smoothing":
            yield from shows(case, f"{names[role]} = {value}", other, again, "smooth")


def lost(of: Compared, case: Case, first: Given) -> Iterator[Finding]:
    """What is rounded to 0, overflows or is capped where two models are far apart."""
    for nats in GAPS:
        given = case.kind.far(case.number or first[case.kind.number], nats)
        seen, right = of.ask(given), case.right(given)
        if isinstance(seen, Exception) or fits(seen, right, NEAR):
            continue
        shown = Shown.of(f"{nats:,.0f} nats apart", seen, right)
        found = Finding.of(by_name(case.kind.lost)[0], shown)
        if is_finite(seen):
            (a, b), (soft, hard) = case.weights, case.parts(given)
            least = float(np.exp(-nats * np.mean((seen - b * hard) / (a * soft))))
            floor = Finding.of(by_name("floor")[0].of(least), shown)
            found = floor if 0 < least < 1 else unknown(case.kind, shown)
        yield found if nats == GAPS[0] else replace(found, kind="precision")
        return


def slope(of: Compared, case: Case, given: Given) -> Iterator[Finding]:
    """What the gradient shows that its framework computes, beside differences of what
    it is."""
    pulls = {"PyTorch": gradient.of_torch, "JAX": gradient.of_jax}
    pull = pulls.get(of.subject.way.framework.name)
    if not pull or {*of.inputs.values()} - {"logits"}:
        raise NoGradient
    made = of.made(given)
    for role in case.kind.trained:

        def loss(x: Any, role: str = role) -> Any:
            return of.loss(made | {role: x}, given)

        def pulled(role: str = role, loss: Callable[[Any], Any] = loss) -> Array:
            answer, back = pull(loss, made[role])
            return as_numbers(back(np.ones(answer.shape, np.float32)))

        seen, right = attempt(pulled), np.zeros(given[role].shape)
        for at in np.ndindex(right.shape):
            step = np.zeros(right.shape)
            step[at] = gradient.STEP
            ends = (given | {role: given[role] + x} for x in (step, -step))
            up, down = (case.right(one).sum() for one in ends)
            right[at] = (up - down) / (2 * gradient.STEP)
        shown = Shown.of(f"by its {role}", seen, right)
        if isinstance(seen, Exception) and "does not require grad" not in str(seen):
            yield Finding.of("no-gradient: raises", shown)
        elif isinstance(seen, Exception) or not seen.any():
            yield Finding.of("no-gradient", replace(shown, seen="none"))
        elif not gradient.close(seen, right):
            size = gradient.share(seen, right)
            fault = BESIDE["gradient-scaled"].of(size)
            fault = BESIDE["gradient-sign"] if abs(size + 1) < NEAR else fault
            known = gradient.close(seen, size * right)
            other = Finding(gradient.OTHER, (shown,), subject=gradient.SUBJECT)
            yield Finding.of(fault, shown) if known else other


def first_line(of: Compared, case: Case) -> str:
    """How it was called, and what it gives."""
    inputs = {role: IN_WORDS[x] for role, x in of.inputs.items()}
    takes = case.kind.takes.format(**inputs)
    needs, way, (a, b) = case.kind.needs, of.subject.way.framework, case.weights
    roles = {x: role for x, role in of.roles.items() if role not in needs}
    more = [f"`{x}`" + f" as {role}" * (x != role) for x, role in roles.items()]
    arrays = "" if way is NUMPY else f" ({way} in {way.dtype.__name__})"
    gives = GIVES[case.how]
    gives += f", {a:.3g} · the teacher’s part + {b:.3g} · cross-entropy" if b else ""
    own = (case.number or 1) != 1
    gives += f"; its own {case.kind.number} is {case.number:.4g}" if own else ""
    return f"Takes {', '.join([takes, *more])}{arrays}, and gives {gives}"
