"""What is said of a function that could not be called: what came, and the recipe that
lets it in. The recipes, and when each fits, are in recipes.toml.
"""

import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .outputs import Ended, attempt, is_finite, is_overflow, refused, size
from .report import Diagnosis, Finding, Shown, shortened, show
from .signature import (
    bodies_of,
    name_of,
    parameters_of,
    required_by,
    role_in,
    role_of,
    with_names,
)
from .subject import SHAPES, Subject
from .ways_in import Tried, by_shape_alone, callable_of, frameworks_of

TABLE = Path(__file__).with_name("recipes.toml").read_text(encoding="utf8")
RECIPES: dict[str, dict[str, Any]] = tomllib.loads(TABLE)
MATRIX = ("2 * np.eye(o.shape[-1])[::-1]", "2 * torch.eye(o.shape[-1]).flip(0)")
BIAS = ("np.arange(o.shape[-1])", "torch.arange(float(o.shape[-1]))")
CLIPPED = "o.clip(-1e30)"
TURNED = ("[..., ::-1]", ".flip(-1)")
OTHER_ROLES = {
    "bias": r"(?i)^b$|bias",
    "matrix": r"(?i)^([wuc]|theta|params)$|weights?$|kernel|head$|emb|^outside|^proj",
    "zero": r"^reg$|_(idx|index)$|^step$",
    "state": r"^(train_?)?state$",  # as in Flax
    "scores": r"logits?$|^(scores?|preds?|y_pred)$",
}
OF_LOSS = r"loss|label|target|response|completion"  # a mask that a model doesn't need
CRIT = r"crit|loss"
OF_CODE = (NameError, ImportError, Ended)  # no other way to call it helps


def refused_at_once(loss: Any) -> Diagnosis | None:
    """What is said of another loss, or of a method that calls its model, which might
    be taken by chance."""
    always = {name: one for name, one in RECIPES.items() if "always" in one}
    name = fitting(described(loss), always)
    return because(fix=written(loss, name)) if name else None


def not_taken(loss: Any, tried: Tried) -> Diagnosis:
    """What came of the likeliest way, and the recipe: numbers that came of rows or
    sequences; else an error in arrays that have what it asks of them."""
    plain = [x for x, way in tried if way.shape in SHAPES[:2]]
    plain.sort(key=lambda x: isinstance(x, AttributeError))
    plain.sort(key=lambda x: isinstance(x, Exception) or size(x) == 1)  # by chance
    plain.sort(key=lambda x: not is_of_code(x))
    first = plain[0] if plain else TypeError("it takes nothing")
    made = callable_of(loss)
    if inspect.isclass(made) and not names_of(made):
        raised = attempt(callable_of(made))  # as it is made, without arguments
        first = raised if isinstance(raised, Exception) else first
    shown = Shown("3 rows of 4 logits", show(first), "")
    if is_of_code(first):
        line, _ = getattr(first, "own", (0, ""))
        return because(shown, fix=f"Fix: correct your line {line}" if line else "")
    failed = isinstance(first, Exception)
    came = show(first) if failed else f"gives {size(first)} numbers"
    name = fitting(f"{described(loss)}: {came}", RECIPES)
    return because(shown, fix=written(loss, name, came) if name else "")


def is_of_code(came: Any) -> bool:
    """Whether its code fails however it is called; JAX's axes have a NameError, too."""
    return isinstance(came, OF_CODE) and "unbound axis name" not in str(came)


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
    if not inspect.isclass(made):
        return required_by(made)
    return [one.name for one in with_names(made) if one.default is one.empty]


def fitting(text: str, recipes: dict[str, dict[str, Any]]) -> str:
    """The first of these that fits what is described, or ""."""
    fit = (name for name, one in recipes.items() if re.search(one["if"], text))
    return next(fit, "")


def by_chance(subject: Subject) -> bool:
    """Whether it was let in by its shapes alone: with as many rows as tokens it fails;
    or it unpacks what happened to have as many parts."""
    came = subject.first_answers["square"]
    alone = subject.first_answers["example"]
    if isinstance(alone, IndexError) and is_finite(came):  # it counts rows as parts
        return True
    if subject.way.shape.sequences:  # of which there were two
        o, targets = (np.stack([x[0]] * 3) for x in subject.laid("batch"))
        three = subject.ask(o, targets)
        if refused(three) or "values to unpack" in str(three):
            return True
    failed = isinstance(came, Exception) and not (refused(came) or is_overflow(came))
    return failed and by_shape_alone(subject) and of_one_size(subject) is None


def of_one_size(subject: Subject) -> Diagnosis | None:
    """What is said of a function that takes the vocabulary of the first rows alone."""
    answers = subject.first_answers
    taken = [name for name, x in answers.items() if not isinstance(x, Exception)]
    if {subject.laid(name)[0].shape[-1] for name in taken} != {4}:
        return None
    other = "a vocabulary of 128"
    shown = Shown(other, show(answers[other]), "")
    return because(shown, fix=written(subject.loss, "vocabulary"))


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


def written(loss: Any, name: str, came: str = "") -> str:
    """The recipe with the function's own name, parameters and keys."""
    recipe, made = RECIPES[name], callable_of(loss)
    torch = frameworks_of(made)[0].name == "PyTorch"
    line = recipe.get("torch" if torch else "write", recipe["write"])
    names = names_of(made)
    if name == "arguments":  # beside logits and targets
        of_roles = {role_of(one): one for one in reversed(names)}
        first = [of_roles.get("logits"), of_roles.get("targets")]
        if None not in first and names[:2] != first:  # they stand elsewhere
            line = line.replace("o, t,", f"{first[0]}=o, {first[1]}=t,")
        names = [one for one in names if one not in first][-(len(names) - 2) :]
    if name in ("arguments", "class"):
        line = line.replace("…", ", ".join(f"{one}=…" for one in names) or "…")
    if recipe.get("filled"):
        own = ", ".join(arguments(made, name, came, torch))
        line = re.sub(r"\bf\(.*\)\)$", lambda _: f"f({own}))", line)
    if name == "token losses" and re.search(r"log_?p", names[0]):
        line = line.replace(" f(", " f(-")
    if ": mask" in line:
        line = line.replace("o, t:", "o, t, mask:")
    if layer := re.search(r"self\.(\w+)\(", came):
        line = line.replace("own.layer", f"own.{layer[1]}")
    line = line.replace("own.model", f"own.{model_of(made)}")
    line = re.sub(r"(own\.forward = )torch.nn.Identity\(\)", r"\1lambda x: x", line)
    called = name_of(loss if name == "class" else made)
    if inspect.isclass(loss) and not inspect.isclass(made):
        called = f"{name_of(loss)}()" + f".{called}" * inspect.ismethod(made)
    line = re.sub(r"\bf\b", called, re.sub(r"own\.f\b", f"own.{name_of(made)}", line))
    when = recipe["when"]
    return f"Recipe “{name}”, since {when}: write {line}" if line else f"Since {when}"


def arguments(made: Any, recipe: str, came: str, torch: bool) -> Iterator[str]:
    """What it is given: each parameter by its name, the others in the usual order."""
    params = [x for x in parameters_of(made) if x.default is x.empty]
    roles = {one.name: other_role(one.name) for one in params if one.name != "self"}
    if [*roles.values()].count("matrix") > 1:  # embeddings may be hidden states
        roles |= {x: "" for x in roles if re.search("emb", x)}
    every = {*roles.values()}
    known = {"zero": "0", "bias": BIAS[torch], "matrix": MATRIX[torch]}
    pair = "to unpack" in came and "matrix" in every  # of a matrix and a bias
    o = f"({CLIPPED} - {BIAS[torch]})" if pair or "bias" in every else CLIPPED
    multiplies = recipe == "hidden" or "matrix" in every
    logits = f"{o}{TURNED[torch]} / 2" if multiplies else "o"
    if pair:
        known["matrix"] = f"({MATRIX[torch]}, {BIAS[torch]})"
    if "not callable" in came:  # it is a layer, and not its weight
        known["matrix"], logits = "lambda h: h", "o"
    if "attribute 'weight'" in came:
        known["matrix"] = f"SimpleNamespace(weight={known['matrix']})"
    if recipe == "hidden":
        known["targets"], rest = "t", [logits, known["matrix"], "t"]
    elif recipe == "unpacked":
        line = came.partition("(your line")[2]
        several = [x for x in roles if re.search(rf"\b{x}\b", line)] or roles
        each = {x: "t" if role == "targets" else "o" for x, role in roles.items()}
        n = int([*re.findall(r"expected (\d)", came), 2][0])
        several = {x: f"({', '.join([each[x]] * n)}{',' * (n == 1)})" for x in several}
        rest = [several.get(name, x) for name, x in each.items()]
        known = {}
    else:
        keys = keys_of(made)
        inputs = [x for x in keys if re.search(r"input|ids$|tokens?$", x)]
        if recipe == "step" and "logits" not in keys.values() and inputs != [*keys]:
            keys |= dict.fromkeys(inputs, "logits")  # which its model is given
        output = '{"logits": o}' if "logits" in keys else "o"
        asks = any("logits" in x.__code__.co_names for x in bodies_of(made))
        output = "SimpleNamespace(logits=o)" if asks else output
        known["model"] = f"lambda *_, **__: {output}"
        known["state"] = f"SimpleNamespace(apply_fn={known['model']}, params=None)"
        known |= {} if "logits" in keys or asks else {"scores": logits}
        count = sum(one not in known for one in roles.values())
        unpacks = "values to unpack" in came  # a batch that is a pair
        rest = ["(o, t)"] * unpacks or in_dicts(keys, logits, every & {*known}, count)
        if asks and len(rest) > 1 and rest[0] != "o":
            rest[0] = output
    rest = [x for x in rest if recipe != "hidden" or x not in map(known.get, every)]
    for one in params:
        if one.name in roles:
            value = known.get(roles[one.name]) or (rest.pop(0) if rest else "…")
            yield f"{one.name}=" * (one.kind is one.KEYWORD_ONLY) + value


def in_dicts(
    keys: dict[str, str], logits: str, roles: set[str], count: int
) -> list[str]:
    """What so many parameters are given, by these keys: logits and targets; the targets
    alone, if the logits are given beside them."""
    calls = not roles.isdisjoint({"model", "state"})
    first = [f'"{x}": {logits}' for x, role in keys.items() if role == "logits"]
    rest = [f'"{x}": {role}' for x, role in keys.items() if role != "logits"]
    if count > 1 and calls:
        return ["o", "t"]
    if count == 1 and not (first or rest or calls or "scores" in roles):
        return ["(o, t)"]
    rest = rest or ['"labels": t']
    if calls or "scores" in roles:
        first = [x for x in first if calls and x != '"logits": o']
    else:
        first = first or ['"logits": o']
    each = [first, rest] if count > 1 else [first + rest]
    return ["{" + ", ".join(one) + "}" for one in each]


def model_of(method: Any) -> str:
    """The first that its code names of what its object keeps and can call; else its
    forward, which it calls as self(x)."""
    owner = getattr(method, "__self__", None)
    held = getattr(owner, "__dict__", {})
    kept = {**held, **held.get("_modules", {})}
    layers = [x for x, one in kept.items() if callable(one) and not re.search(CRIT, x)]
    names = (x for one in bodies_of(method) for x in one.__code__.co_names)
    other = "forward" if hasattr(owner, "forward") else "model"
    return next((x for x in names if x in layers), other)


def other_role(name: str) -> str:
    """What a parameter is, by its name, that is none of a loss of logits."""
    return role_in(OTHER_ROLES.items(), name, role_of(name))


def keys_of(made: Any) -> dict[str, str]:
    """The keys that its code may look up, and what is meant by each: "logits", t, a
    mask, or what is 1 at all tokens."""
    values = {"logits": "logits", "targets": "t", "mask": "mask"}
    constants = [x for one in bodies_of(made) for x in one.__code__.co_consts]
    words = [x for x in constants if isinstance(x, str) and x.isidentifier()]
    found = {x: values[role_of(x)] for x in words if role_of(x) in values}
    unsure = {x for x, value in found.items() if value == "mask"}
    unsure -= {x for x in unsure if re.search(OF_LOSS, x)}
    return found | dict.fromkeys(unsure, "t >= 0")
