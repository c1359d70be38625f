"""What is said of another loss: of pairs, as of images and texts, or of a teacher."""

import inspect
import itertools
import re
from functools import partial
from typing import Any

from ._enter import instance
from ._report import Refused
from ._roles import OF_LOG_P, OF_P, parameters_of, required, required_by, role_of
from ._stand_in import BLANK
from ._ways import NUMPY, frameworks_of
from ._words import words_of
from ._written import called, eye_of

# What stands for each other in the names of two that are compared; and a matrix of all.
PAIRS = (
    r"^(.*)(?:image|img|vision)(.*)$ ^(.*)(?:text|txt|caption|audio)(.*)$",
    r"^(.*)(?:chosen|preferred|winner)(.*)$ ^(.*)(?:rejected|dispreferred|loser)(.*)$",
    r"^(.*)(?:pos|positive)(|_.*)$ ^(.*)(?:neg|negative)(|_.*)$",
    r"^(.*)(?:anchor)(|_.*)$ ^(.*)(?:positive)(|_.*)$",
    r"^(.*)(?:query|q)(|_.*)$ ^(.*)(?:keys?|k|passages?)(|_.*)$",
    r"^(z_?)(?:i|1|a)()$ ^(z_?)(?:j|2|b)()$",
)
MATRIX_OF_PAIRS = r"similarit|^sims?(_matrix)?$|^logits_per_(image|text)$"
# Of one matrix alone, whose targets are its diagonal.
MATRIX_ALONE, DIAGONAL = r"logit|scores?$", {"arange", "diag", "diagonal", "eye"}
COMPARES = "another loss, which compares pairs ({}): no job for the doctor"
WITHIN = (
    "The doctor knows losses of logits and the ids that came. If a cross-entropy is "
    "within, give that alone: diagnose(lambda o, t: …), with o logits (N, V) and t ids "
    "(N,)"
)


EVENLY = "0.5"
# Of who learns from a teacher, by names; and what else such a loss is given.
TEACHER, STUDENT = r"teacher|^y_?t$", r"student|^y_?s$"
GIVEN = {
    r"^T$|temp|^tau$": "1",
    r"^[ab]$|alpha|beta|lambda|weight|ratio|coef": EVENLY,
}
OF_TEACHER = "another loss, against what a teacher gives (`{}`)"
SURE = (
    "Of a teacher who is sure of the target, at temperature 1, it must be the "
    "cross-entropy: write diagnose(lambda o, t: {})"
)
HALVES = "; where it is not, {0}=0 and {0}=1 tell its halves apart"


# Each token's loss, or its ln p beside what is called a mask, by names; and the loss as
# it may be written.
THERE = r"^output_tensor$|^(\w+_)?(loss|losses|nll)(_mat|_matrix)?$"
LOSSES = {
    "NumPy": "xent_lib.cross_entropy(o, t)",
    "PyTorch": "-o.log_softmax(-1).gather(-1, t[..., None])[..., 0]",
    "JAX": "optax.softmax_cross_entropy_with_integer_labels(o, t)",
}


def another(loss: Any) -> Refused | None:
    """That it is another loss, where its parameters say so."""
    return of_pairs(loss) or of_teacher(loss) or of_losses(loss)


def of_losses(loss: Any) -> Refused | None:
    """What is given each token's loss, as Megatron's loss_func, or its ln p, as a
    policy's; with a line that is."""
    names = required_by(instance(loss))
    masks = [one for one in names if role_of(one, {}) == "mask"]
    log_p = OF_LOG_P if "mask" in "".join(masks) else r"(?!)"
    there = [one for one in names if re.search(f"{THERE}|{log_p}", one)]
    if [*names] not in ([*there, *masks], [*masks, *there]) or len(names) != 2:
        return None
    framework = next(frameworks_of(loss)).name
    losses, gives = LOSSES.get(framework, LOSSES["NumPy"]), "loss"
    if re.search(log_p, there[0]):
        losses, gives = f"-{losses}".removeprefix("--"), "ln p"
    values = {there[0]: losses, masks[0]: "mask"}
    line = called(loss, [(one, values[one]) for one in names])
    what = f"no loss of logits: it is given each token’s {gives}, as `{there[0]}`"
    mend = f"Give it those: write diagnose(lambda o, t, mask: {line})"
    return Refused(what, mend=mend, subject="It is")


def of_pairs(loss: Any) -> Refused | None:
    """That it is another loss, where its parameters say so."""
    names = ", ".join(f"`{one}`" for one in compared(instance(loss)))
    what = COMPARES.format(names)
    return Refused(what, mend=WITHIN, subject="It is") if names else None


def compared(loss: Any) -> list[str]:
    """The parameters that by their names are compared with each other, as images with
    texts; none if one is called a target."""
    every = [one.name for one in parameters_of(loss)]
    names = [*(required(loss, {}) or every)]
    if "targets" in {role_of(name, {}) for name in names}:
        return []
    for words in PAIRS:
        a, b = words.split()
        for one, other in itertools.permutations(names, 2):
            left, right = re.match(a, one), re.match(b, other)
            if left and right and left.groups() == right.groups():
                return [one, other]
    alone = {"targets"}.isdisjoint(role_of(name, {}) for name in every)
    alone &= len(required_by(loss)) == 1 and bool(DIAGONAL & words_of(loss))
    matrix = f"{MATRIX_OF_PAIRS}|{MATRIX_ALONE}" if alone else MATRIX_OF_PAIRS
    return [name for name in names[:1] if re.search(matrix, name)]


def of_teacher(loss: Any) -> Refused | None:
    """With the line in which it is none."""
    names = required_by(instance(loss))
    teachers = [one for one in names if re.search(TEACHER, one)]
    students = [one for one in names if re.search(STUDENT, one)]
    if not teachers or not (students or "teacher" in teachers[0]):
        return None
    others = [one for one in names if one not in teachers]
    logits = [one for one in others if role_of(one, {}) == "logits"]
    [student] = [*students, *logits, *others, ""][:1]
    eye = eye_of(next(frameworks_of(loss))) or eye_of(NUMPY)
    values = {teachers[0]: sure(teachers[0], eye), student: "o"}
    plain = [one.name for one in parameters_of(instance(loss))]
    values = {one: values.get(one) or given(one) for one in plain}
    call = [(one, x) for one, x in values.items() if one in names or x == "1"]
    mend = SURE.format(at_one(loss, called(loss, call)))
    mend += "".join(HALVES.format(one) for one, x in values.items() if x == EVENLY)
    return Refused(OF_TEACHER.format(teachers[0]), mend=mend, subject="It is")


def at_one(loss: Any, call: str) -> str:
    """A call of a class, made at a temperature of 1."""
    made = [one.name for one in parameters_of(partial(loss))]
    given_1 = [f"{one}=1" for one in made if given(one) == "1"]
    of_class = inspect.isclass(loss) and given_1
    return call.replace("()", f"({given_1[0]})", 1) if of_class else call


def sure(name: str, eye: str) -> str:
    """What is given as the teacher’s, by its name."""
    if re.search(OF_LOG_P, name):
        return f"50 * ({eye}[t] - 1)"
    return f"{eye}[t]" if re.search(OF_P, name) else f"50 * {eye}[t]"


def given(name: str) -> str:
    """And as another of its parameters."""
    if role_of(name, {}) == "targets":
        return "t"
    return next((x for of, x in GIVEN.items() if re.search(of, name)), BLANK)
