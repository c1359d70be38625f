"""What is said of a function that could not be called: what came, and the recipe that
lets it in. The recipes are in recipes.toml; each that is complete is tried first.
"""

import inspect
import itertools
import re
import sys
import time
import tomllib
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from xent_lib import cross_entropy

from .calls import watch
from .outputs import Answer, Ended, is_overflow, refused
from .probes import waves
from .reference import IGNORED
from .report import Diagnosis, Finding, Shown, shortened, show
from .search import explain
from .signature import (
    bodies_of,
    identity,
    integers_of,
    literals,
    name_of,
    parameters_of,
    required_by,
    role_of,
    signatures,
)
from .subject import SHAPES, Subject, Way
from .ways_in import (
    Tried,
    asked,
    by_shape_alone,
    callable_of,
    find_ways,
    frameworks_of,
    gives_losses,
    is_right,
)

TABLE = Path(__file__).with_name("recipes.toml").read_text(encoding="utf8")
RECIPES: dict[str, dict[str, Any]] = tomllib.loads(TABLE)
CALL = "diagnose(lambda o, t: f(…))"
FOR_EACH = (
    "Since it takes a vocabulary of only one size, which not all probes have: make it "
    "for each, by o.shape[-1]"
)
MOST = 40  # lines that are tried
OF_CODE = (NameError, ImportError, Ended)  # no other way to call it helps
# Roles of parameters in recipes alone, by their names.
WORDS = {
    "batch": r"^(batch|samples?|data|inputs?|input_ids)$",
    "matrix": r"(?i)^([wuc]|theta)$|weights?$|kernel|lm_head|embedding|outside",
    "bias": r"bias|^b$",
    "teacher": r"teacher|^(target|ref|reference|other)_logits$|^y_t$",
    "losses": r"(loss|losses|nll)(_mat|_matrix)?$|per_token|log_?p|^output_tensor$",
    "unit": r"^T$",
    "share": r"^(alpha|beta|lam|lambda_?)$",
}
# Without these a recipe does not fit; others may be absent. A parameter whose name does
# not say so may be one of the first, if its own role is one of these.
NEEDED = {
    "logits": ("",),
    "batch": ("", "logits", "targets"),
    "teacher": ("targets", "logits", ""),
    "targets": ("", "logits"),
    **dict.fromkeys(("matrix", "bias", "model", "losses"), ()),
}
# What a recipe gives if it says nothing else.
PLAIN = {"logits": "o", "targets": "t"}
ALWAYS = {
    "zero": "0",
    "unit": "1",
    "size": "o.shape[-1]",
    "reduction": '"mean"',
}


def refused_at_once(loss: Any) -> Diagnosis | None:
    """What is said of another loss, or of a method that calls its model, which might
    be taken by chance."""
    text = described(loss)
    always = (x for x, one in RECIPES.items() if "always" in one and fits(one, text))
    name = next(always, "")
    return because(fix=chosen(loss, [name]) or since(name)) if name else None


def not_taken(loss: Any, tried: Tried) -> Diagnosis:
    """What came of the likeliest way, and the recipe."""
    first = likeliest(tried) if tried else TypeError("it takes nothing")
    shown = Shown("3 rows of 4 logits", show(first), "")
    if isinstance(first, OF_CODE):
        line, _ = getattr(first, "own", (0, ""))
        return because(shown, fix=f"Fix: correct your line {line}" if line else "")
    numbers = "" if isinstance(first, Exception) else f"gives {first.size} numbers"
    text = f"{described(loss)}: {numbers or show(first)}"
    names = [name for name, one in RECIPES.items() if fits(one, text)]
    return because(shown, fix=chosen(loss, names))


def with_a_teacher(loss: Any) -> Diagnosis | None:
    """What is said of a function of rows of targets if these are a teacher's logits:
    with a teacher that is sure it is the loss, or has known faults."""
    for line in written(loss, "teacher"):
        subject = let_in(loss, line)
        if subject is not None and explain([subject], ())[1] == []:
            return because(fix=since("teacher", line))
    return None


def likeliest(tried: Tried) -> Answer:
    """Numbers that came of rows or sequences; else an error in arrays that have what it
    asks of them."""
    plain = [x for x, way in tried if way.shape in SHAPES[:2]]
    numbers = [x for x in plain if not isinstance(x, Exception)]
    errors = [x for x in plain if not isinstance(x, AttributeError)]
    return [*numbers, *errors, *plain][0]


def described(loss: Any) -> str:
    """Such as "function f(batch; reduction)": after the ; is what need not be given."""
    made = callable_of(loss)
    kind = "method" if inspect.ismethod(made) else "function"
    kind = "class" if inspect.isclass(made) else kind
    names = names_of(made)
    more = [one.name for one in parameters_of(made) if one.name not in names]
    given = "; ".join(filter(None, (", ".join(names), ", ".join(more))))
    return f"{kind} {name_of(made)}({given})"


def names_of(made: Any) -> list[str]:
    """What must be given to call it; to make it, of a class."""
    return required_by(partial(made) if inspect.isclass(made) else made)


def fits(recipe: dict[str, Any], text: str) -> bool:
    """Whether it may be meant for what is described."""
    return bool(re.search(recipe.get("if", ""), text))


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


def of_one_size(subject: Subject) -> Diagnosis | None:
    """What is said of a function that takes the vocabulary of the first rows alone."""
    answers = subject.answers_to_probes(subject.kind)
    taken = [name for name, x in answers.items() if not isinstance(x, Exception)]
    if {subject.laid(name)[0].shape[-1] for name in taken} != {4}:
        return None
    other = "a vocabulary of 128"
    shown = Shown(other, show(answers[other]), "")
    return because(shown, fix=FOR_EACH)


def still_running(error: BaseException, seconds: float) -> Diagnosis:
    """What is said of a function that did not come back."""
    line, code = getattr(error, "own", (0, ""))
    where = f", at your line {line}: {shortened(code, 70)}" if line else ""
    fix = f"If it is only slow, give it more time: time_limit={10 * seconds:g}"
    return because(what=f"did not come back within {seconds:g} s{where}", fix=fix)


def because(
    *shown: Shown, what: str = "could not be examined as it is", fix: str = ""
) -> Diagnosis:
    found = Finding(what, shown, "refused", fix=fix, subject="It")
    return Diagnosis("", (found,))


def since(name: str, line: str = "") -> str:
    when = RECIPES[name]["when"]
    return f"Recipe “{name}”, since {when}: write {line}" if line else f"Since {when}"


# Which recipe, and what it says of this function.


def chosen(loss: Any, names: Sequence[str]) -> str:
    """The first of these recipes by which the function is right; else by which it is
    taken; else that is not complete."""
    taken = untried = ""
    lines = ((name, line) for name in names for line in written(loss, name))
    end = time.monotonic() + watch.seconds
    for name, line in itertools.islice(lines, MOST):
        told = since(name, line)
        if "…" in line or "; " in line or "given" not in RECIPES[name]:
            untried = untried or told
        elif (subject := let_in(loss, line)) is not None:
            if is_right(subject, ()):
                return told
            wide = subject.answers_to_probes(subject.kind)["a vocabulary of 128"]
            told = FOR_EACH if isinstance(wide, Exception) else told
            taken = taken or told
        if time.monotonic() > end:
            break
    return taken or untried


def let_in(loss: Any, line: str) -> Subject | None:
    """The function as this line calls it, or None if it takes nothing."""
    name, holder = as_called(loss)
    scope = {"np": np, "SimpleNamespace": SimpleNamespace, "diagnose": identity}
    scope |= {"cross_entropy": cross_entropy, re.split(r"\W", name)[0]: holder}
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        scope |= {"torch": torch, "F": torch.nn.functional}
    call = eval(line, scope)
    framework, few = frameworks_of(callable_of(loss))[0], SHAPES[:3]
    ways = (
        Way(framework, x, y) for y, x in itertools.product(signatures(call, {}), few)
    )
    came = (asked(call, way, "logits", IGNORED) for way in ways)
    numbers = ((one, x) for one, x in came if not isinstance(x, Exception))
    if not any(itertools.starmap(gives_losses, numbers)):  # in little time
        return None
    subjects, _ = find_ways(call, {}, IGNORED, ())
    return next((x for x in subjects[:1] if not by_chance(x)), None)


def template(name: str, torch: bool = False) -> str:
    recipe = RECIPES[name]
    line = recipe.get("write", CALL)
    return recipe.get("torch", {}).get("write", line) if torch else line


def written(loss: Any, name: str) -> Iterator[str]:
    """The lines of a recipe for this function, with its own name, parameters, keys and
    size."""
    made, recipe = callable_of(loss), RECIPES[name]
    torch = frameworks_of(made)[0].name == "PyTorch"
    line = template(name, torch)
    if "given" not in recipe:
        named = ", ".join(f"{one}=…" for one in names_of(made)) or "…"
        yield re.sub(r"\bf\b", name_of(made), line.replace("f(…)", f"f({named})"))
        return
    given = recipe["given"] | (recipe.get("torch", {}) if torch else {})
    every = ([x] if isinstance(x, str) else x for x in given.values())
    sizes = [V for V in sorted(integers_of(loss)) if 4 < V < 2**17]
    for values in itertools.product(*every):
        call, more = arguments(made, dict(zip(given, values, strict=True)))
        if not call:
            continue
        own = f"own.{made.__name__}" if "own." in line else as_called(loss)[0]
        call, masks = with_keys(made, f"{own}({call})")
        names = ", ".join(dict.fromkeys([*more, *masks]))
        one = line.replace("f(…)", call).replace("o, t:", f"{names}:")
        one = one.replace("np.", "torch.") if torch else one
        one = one.replace("own.model", f"own.{model_of(made)}")
        one = one.replace("forward = torch.nn.Identity()", "forward = lambda x: x")
        if name == "vocabulary":
            yield from (re.sub(r"\bV\b", str(V), one) for V in sizes)
        else:
            yield one


def model_of(made: Any) -> str:
    """The attribute of its object that a method calls as its model; else the object
    itself is called."""
    own = getattr(made, "__self__", None)
    names = (x for body in bodies_of(made) for x in body.__code__.co_names)
    kept = ((x, getattr(own, x)) for x in names if hasattr(own, x))
    models = (
        x for x, y in kept if not inspect.isroutine(y) and (y is None or callable(y))
    )
    return next(models, "forward")


def as_called(loss: Any) -> tuple[str, Any]:
    """How somebody writes it, and what the first word of that is."""
    made = callable_of(loss)
    holder = getattr(made, "__self__", None)
    method = f".{made.__name__}" if holder is not None else ""
    if inspect.isclass(loss) and holder is not loss:
        units = [x for x in inspect.signature(loss).parameters if role(x) == "unit"]
        return f"{loss.__name__}({', '.join(f'{x}=1' for x in units)}){method}", loss
    if inspect.isclass(holder):
        return f"{holder.__name__}{method}", holder
    if method:
        return f"own{method}", holder
    return (name_of(loss) if inspect.isfunction(loss) else "f"), loss


def role(name: str, roles: Collection[str] = WORDS) -> str:
    """What a parameter is in a recipe that has these roles."""
    own = (x for x, words in WORDS.items() if x in roles and re.search(words, name))
    return next(own, role_of(name))


def arguments(made: Any, given: dict[str, str]) -> tuple[str, list[str]]:
    """What it is given, in its own order, and the names that the lambda takes; "" if
    one of the roles has no parameter."""
    roles = with_needed({x: role(x, given) for x in names_of(made)}, given)
    whole = bool(re.search(r"\bo\b", given.get("batch", "")))  # which has both
    values: dict[str, str] = {} if whole else dict(PLAIN)
    args: list[str] = []
    used = ["o", "t"]
    values |= ALWAYS | given
    for one in parameters_of(made):
        name, its = one.name, roles.get(one.name, role(one.name, given))
        if name not in roles and (its not in given or its in ("logits", "targets")):
            continue
        value = values.pop(its, "") if its in NEEDED else values.get(its, "")
        if not value and its not in ("", *NEEDED):
            value = name  # the lambda is given it, too
            used.append(name)
        ordered = name in roles and one.kind is not one.KEYWORD_ONLY
        by_name = not (ordered and value) or bool(args and re.match(r"\w+=", args[-1]))
        args.append(f"{name}={value or '…'}" if by_name else value)
    missing = NEEDED.keys() & given.keys() & values.keys()
    all_given = ", ".join(args)
    return ("" if missing or (whole and "…" in all_given) else all_given), used


def with_needed(roles: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """With a parameter of another name for each role that is needed."""
    implied = {} if given.keys() & {"batch", "model", "losses"} else PLAIN
    for needed, others in NEEDED.items():
        wanted = others if needed in given else others[:1] if needed in implied else ()
        for other in wanted if needed not in roles.values() else ():
            if name := next((x for x, its in roles.items() if its == other), ""):
                roles = roles | {name: needed}
                break
    return roles


def with_keys(made: Any, call: str) -> tuple[str, list[str]]:
    """With its own keys and attributes in place of "logits" and "labels"; and those of
    masks, which the lambda takes."""
    codes = [body.__code__ for body in bodies_of(made)]
    words = [x for code in codes for x in literals(code) if isinstance(x, str)]
    keys = [x for x in dict.fromkeys(words) if x.isidentifier()]
    attributes = [x for code in codes for x in code.co_names]
    o, *_ = [x for x in keys if role_of(x) == "logits"] or ["logits"]
    t = [x for x in keys if role_of(x) == "targets"] or ["labels"]
    if o not in keys and t[0] not in keys:
        call = call.replace('{"logits": o, "labels": t}', "(o, t)")
    if o not in keys and len(t) > 1 and '"logits": o, ' in call:
        o, *t = t
    masks = [x for x in keys if role_of(x) == "mask"] if '"labels": t' in call else []
    more = "".join(f', "{x}": {x}' for x in masks)
    call = call.replace('"logits": o', f'"{o}": o')
    call = call.replace('"labels": t', f'"{t[0]}": t{more}')
    named, *_ = [x for x in attributes if role_of(x) == "targets"] or ["labels"]
    return call.replace("labels=t", f"{named}=t"), masks
