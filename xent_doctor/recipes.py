"""What is said of a function that could not be called: what came, and the recipe that
lets it in. The documentation has the same recipes, with an example each.
"""

import inspect
import itertools
import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .outputs import Answer, Ended, is_overflow, refused
from .probes import PROBES, waves
from .report import Diagnosis, Refused, Shown, shortened, show
from .signature import (
    OF_LOG_P,
    integers_of,
    is_lambda,
    parameters_of,
    required_by,
    role_of,
)
from .subject import SHAPES, Subject, Way
from .ways_in import (
    Tried,
    by_shape_alone,
    callable_of,
    frameworks_of,
    gives_losses,
)


class Recipe(NamedTuple):
    """When it is the right one, and the line to write; f is the function."""

    when: str
    line: str


RECIPES = {
    "arguments": Recipe(
        "it wants more than logits and targets",
        "diagnose(lambda o, t: f(o, t, …))",
    ),
    "batch": Recipe(
        "it takes a batch by keys",
        'diagnose(lambda o, t: f({"logits": o, "labels": t}))',
    ),
    "output": Recipe(
        "it takes a model’s output, and asks for .logits",
        "diagnose(lambda o, t: f(SimpleNamespace(logits=o), t))",
    ),
    "model": Recipe(
        "it calls a model",
        "diagnose(lambda o, t: f(lambda *_, **__: o, t))",
    ),
    "step": Recipe(
        "it is a method that calls its model",
        "own.model = torch.nn.Identity(); diagnose(lambda o, t: own.f((o, t), 0))",
    ),
    "class": Recipe(
        "it is a class that wants arguments",
        "diagnose(f(…))",
    ),
    "hidden": Recipe(
        "it takes hidden states and a matrix: the identity makes logits of them",
        "diagnose(lambda o, t: f(o, torch.eye(o.shape[-1]), t))",
    ),
    "vocabulary": Recipe(
        "it takes a vocabulary of one size V alone",
        "diagnose(lambda o, t: f(np.pad(o, ((0, 0), (0, V - o.shape[-1])), "
        "constant_values=-1e9), t))",
    ),
    "arrays": Recipe(
        "it takes other arrays than NumPy’s",
        "diagnose(f, to=torch.tensor)",
    ),
    "numbers": Recipe(
        "it gives several numbers",
        "diagnose(lambda o, t: f(o, t).mean())",
    ),
    "heads": Recipe(
        "it takes logits in a list",
        "diagnose(lambda o, t: f([o, o], t))",
    ),
    "unpacked": Recipe(
        "it unpacks its logits or its targets, as if they were several",
        "diagnose(lambda o, t: f((o, other), (t, others)))",
    ),
    "teacher": Recipe(
        "it compares with a teacher: of one who is sure of the target it must be the "
        "cross-entropy",
        "diagnose(lambda o, t: f(o, 50 * np.eye(o.shape[-1])[t]))",
    ),
    "token losses": Recipe(
        "it is given each token’s loss, or ln p",
        "diagnose(lambda o, t, mask: f(cross_entropy(o, t), mask))",
    ),
    "around": Recipe(
        "it wants something around it, such as a process group or a named axis",
        "diagnose(lambda o, t: jax.vmap(f, axis_name=…)(o[None], t[None])[0])",
    ),
}
# The same for functions of PyTorch, where they differ.
OF_TORCH = {
    "teacher": "diagnose(lambda o, t: f(o, 50 * torch.eye(o.shape[-1])[t]))",
    "vocabulary": "diagnose(lambda o, t: f(torch.nn.functional.pad(o, "
    "(0, V - o.shape[-1]), value=-1e9), t))",
    "around": 'torch.distributed.init_process_group("gloo", '
    "store=torch.distributed.HashStore(), rank=0, world_size=1); diagnose(f)",
}
PAIRS = "another loss, which compares pairs ({}): no job for the doctor"
AS_IT_IS = "could not be examined as it is"
# What stands for each other in the names of two that are compared; and a matrix of all.
COMPARED = (
    r"^(.*)(?:image|img|vision)(.*)$ ^(.*)(?:text|txt|caption|audio)(.*)$",
    r"^(.*)(?:chosen|preferred|winner)(.*)$ ^(.*)(?:rejected|dispreferred|loser)(.*)$",
    r"^(.*)(?:pos|positive)(|_.*)$ ^(.*)(?:neg|negative)(|_.*)$",
    r"^(.*)(?:anchor)(|_.*)$ ^(.*)(?:positive)(|_.*)$",
    r"^(.*)(?:query|q)(|_.*)$ ^(.*)(?:keys?|k|passages?)(|_.*)$",
    r"^(z_?)(?:i|1|a)()$ ^(z_?)(?:j|2|b)()$",
)
MATRIX_OF_PAIRS = r"similarit|^sims?(_matrix)?$|^logits_per_(image|text)$"
TEACHER, STUDENT = r"teacher|^y_?t$", r"student|^y_?s$"
TOKEN_LOSSES = r"^output_tensor$|^(\w+_)?(loss|losses|nll)(_mat|_matrix)?$|per_token"
STATES = r"^_?(?:x|inputs?|[hXe]|states?|features?|hidden\w*|\w*[vV]ec(?:tor)?)$"
MATRIX = r"^(?:[WUc]|[tT]heta|w|weights?|\w*(?:weight|kernel|lm_head|embedding)\w*)$"
# What is asked of NumPy's arrays that tensors have.
LACKS = r"'numpy\.ndarray' object has no attribute|argument '(?:keep)?dim'"
# What an error says of what is missing.
BY_ERROR = (
    (r"unbound axis name|process group has not been initialized", "around"),
    (r"CUDA|NVIDIA", "around"),
    (r"no attribute 'logits'", "output"),
    (r"values to unpack", "unpacked"),
)


def kept_out(subjects: Sequence[Subject], loss: Any) -> bool:
    """Whether it is taken in no way, or by chance; or its names say that it is another
    loss, or a method without its object."""
    if not subjects or by_chance(subjects[0]) or another(loss):
        return True
    return is_step(loss) or (is_unbound(loss) and len(required_by(loss)) > 2)


def by_chance(subject: Subject) -> bool:
    """Whether it was let in by its shapes alone: with as many rows as tokens it fails;
    or it unpacks what happened to have as many parts."""
    came = subject.answers_to_probes(subject.kind)["square"]
    if subject.way.shape.sequences:  # of which there were two
        three = subject.ask(waves(3, 2, 4), np.zeros((3, 2), int))
        if isinstance(three, ValueError) and "values to unpack" in str(three):
            return True
    failed = isinstance(came, Exception) and not (refused(came) or is_overflow(came))
    return failed and by_shape_alone(subject) and of_one_size(subject) is None


def another(loss: Any) -> Refused | None:
    """That it is another loss, where its parameters say so."""
    names = required_by(loss)
    if pair := compared(loss):
        what = PAIRS.format(", ".join(f"`{one}`" for one in pair))
        fix = "If a cross-entropy is within, give that alone: diagnose(lambda o, t: …)"
        return Refused(what, fix=fix, subject="It is")
    teachers = [one for one in names if re.search(TEACHER, one)]
    students = any(re.search(STUDENT, one) for one in names)
    if teachers and (students or "teacher" in teachers[0]):
        what = f"another loss, against what a teacher gives (`{teachers[0]}`)"
        return Refused(what, fix=written(loss, "teacher"), subject="It is")
    masked = any("mask" in one for one in names)
    for name in names if len(names) == 2 else ():
        log_p = masked and re.search(OF_LOG_P, name)
        if re.search(TOKEN_LOSSES, name) or log_p:
            gives = "ln p" if re.search(OF_LOG_P, name) else "loss"
            what = f"no loss of logits: it is given each token’s {gives}, as `{name}`"
            return Refused(what, fix=written(loss, "token losses"), subject="It is")
    return None


def compared(loss: Any) -> list[str]:
    """The parameters that by their names are compared with each other, as images with
    texts; none if one is called a target."""
    names = required_by(loss) or [one.name for one in parameters_of(loss)]
    if "targets" in {role_of(name) for name in names}:
        return []
    for words in COMPARED:
        a, b = words.split()
        for one, other in itertools.permutations(names, 2):
            left, right = re.match(a, one), re.match(b, other)
            if left and right and left.groups() == right.groups():
                return [one, other]
    every = [one.name for one in parameters_of(loss)]
    matrix = MATRIX_OF_PAIRS
    if len(required_by(loss)) == 1 and "targets" not in map(role_of, every):
        matrix += r"|logit|scores?$"
    return [name for name in names[:1] if re.search(matrix, name)]


def is_step(loss: Any) -> bool:
    """Whether it is a method such as training_step(self, batch)."""
    own = getattr(loss, "training_step", None)
    step: Any = loss if inspect.isroutine(loss) else own
    named = re.search(r"(^|_)step$", getattr(step, "__name__", ""))
    names = [one.name for one in parameters_of(step)][:2] if named else []
    return "batch" in "".join(names) and (inspect.ismethod(step) or "self" in names)


def is_unbound(loss: Any) -> bool:
    return inspect.isroutine(loss) and required_by(loss)[:1] == ["self"]


def refuse(loss: Any, called: Any, tried: Tried) -> Diagnosis:
    """What came of the likeliest way, and the recipe."""
    if other := another(called):
        return Diagnosis("", (other,))
    first, way = likeliest(tried) if tried else (TypeError("it takes nothing"), None)
    if isinstance(first, (NameError, ImportError, Ended)):
        came = Shown("3 rows of 4 logits", show(first), "")
        line, _ = getattr(first, "own", (0, ""))
        fix = f"Fix: correct your line {line}" if line else ""
        return Diagnosis("", (Refused(AS_IT_IS, (came,), fix=fix, subject="It"),))
    name, shown = recipe_for(loss, called, tried, first, way)
    return refusal(loss, name, *shown)


def likeliest(tried: Tried) -> tuple[Answer, Way]:
    """What came of the first way in arrays that have what it asks of them."""
    have = {way.framework for x, way in tried if not isinstance(x, AttributeError)}
    return min(tried, key=lambda one: one[1].framework not in have)


def recipe_for(
    loss: Any, called: Any, tried: Tried, first: Answer, way: Way | None
) -> tuple[str, list[Shown]]:
    shown = [Shown("3 rows of 4 logits", show(first), "")]
    names, text = required_by(called), str(first)
    roles = [role_of(one) for one in names]
    if inspect.isclass(loss) and inspect.isclass(called):
        return "class", []
    if is_step(called) or is_unbound(called):
        return "step", []
    if "model" in roles:
        return "model", shown
    if any(re.search(MATRIX, x) for x in names) and any(
        re.search(STATES, x) for x in names
    ):
        return "hidden", shown
    for words, recipe in BY_ERROR:
        if re.search(words, text):
            return recipe, shown
    if isinstance(first, KeyError) or len(names) == 1:
        return "batch", shown
    if re.search(LACKS, text) and not sys.modules.get("torch"):
        return "arrays", shown
    if way and takes_a_list(called, way):
        return "heads", shown
    for answer, one in tried:
        several = not isinstance(answer, Exception) and answer.size > 1
        if several and one.shape in SHAPES[:2]:
            rows = "two sequences of 3 rows" if one.shape.sequences else shown[0].probe
            return "numbers", [Shown(rows, show(answer), "a number")]
    if way and only_size(called, tried):
        return "vocabulary", shown
    return "arguments" if len(names) > 2 else "", shown


def takes_a_list(loss: Any, way: Way) -> bool:
    """Whether it takes logits in a list, as of several heads."""
    subject = Subject(loss, way)
    make = way.framework.make
    given = subject.rows(*PROBES["batch"])
    answer = subject.ask(*given, make=lambda x: [make(x), make(x)])
    return not isinstance(answer, Exception) and gives_losses(subject, answer)


def only_size(loss: Any, tried: Tried) -> int:
    """The size that it keeps, if it gives numbers of rows of that size alone; or 0."""
    failed = {way for x, way in tried if isinstance(x, Exception)}
    plain = [way for way in failed if way.shape in SHAPES[:2]][:4]
    sizes = sorted(x for x in integers_of(loss) if 1 < x < 2**17)
    for V, way in itertools.product(sizes, plain):
        subject = Subject(loss, way)
        answers = [
            subject.ask(*subject.rows(waves(3, n), np.array([n - 1, 0, 1])))
            for n in (V, V + 1)
        ]
        taken = [
            not isinstance(x, Exception) and gives_losses(subject, x) for x in answers
        ]
        if taken == [True, False]:
            return V
    return 0


def of_one_size(subject: Subject) -> Diagnosis | None:
    """What is said of a function that takes the vocabulary of the first rows, and no
    other."""
    answers = subject.answers_to_probes(subject.kind)
    taken = [name for name, x in answers.items() if not isinstance(x, Exception)]
    sizes = {subject.laid(name)[0].shape[-1] for name in taken}
    other = "a vocabulary of 128"
    if sizes != {PROBES["batch"][0].shape[-1]}:
        return None
    came = Shown(other, show(answers[other]), "")
    return refusal(subject.loss, "vocabulary", came)


def still_running(error: BaseException, seconds: float) -> Diagnosis:
    """What is said of a function that did not come back."""
    line, code = getattr(error, "own", (0, ""))
    where = f", at your line {line}: {shortened(code, 70)}" if line else ""
    what = f"did not come back within {seconds:g} s{where}"
    fix = "If it only is slow, say time_limit="
    return Diagnosis("", (Refused(what, fix=fix, subject="It"),))


def refusal(loss: Any, name: str, *shown: Shown) -> Diagnosis:
    found = Refused(AS_IT_IS, shown, fix=written(loss, name), subject="It")
    return Diagnosis("", (found,))


def written(loss: Any, name: str) -> str:
    """The recipe with the function's own name and parameters; "" if there is none."""
    if not name:
        return ""
    recipe = RECIPES[name]
    own, line = name_of(loss), recipe.line
    if frameworks_of(loss)[0].name == "PyTorch":
        line = OF_TORCH.get(name, line)
    line = re.sub(r"\bf\b", own, line)
    names = required_by(callable_of(loss))
    if name == "arguments" and len(names) > 2:
        roles = {role_of(one): one for one in reversed(names)}
        first = [roles.get("logits"), roles.get("targets")]
        rest = [one for one in names if one not in first][-(len(names) - 2) :]
        more = ", ".join(f"{one}=…" for one in rest)
        line = line.replace("…", more)
    if name == "class":
        made = ", ".join(f"{one}=…" for one in required_by(partial(loss)))
        line = line.replace("…", made) if made else line
    return f"Recipe “{name}”, since {recipe.when}: write {line}"


def name_of(loss: Any) -> str:
    """As a caller may write it."""
    if is_lambda(loss):
        return "f"
    name = getattr(loss, "__name__", "") or type(loss).__name__
    return name if name.isidentifier() else "f"
