"""What is said to a step of training, as Lightning has it: its model stands before."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from ._enter import instance
from ._held import parts_of
from ._roles import parameters_of, required_by, role_of
from ._stand_in import BLANK

NAMED_STEP = r"(^|_)step$"
MODEL = (
    r"self\.(\w*(?:model|net|network|backbone|transformer|encoder|decoder|lm|gpt))\("
)
CALLED = r"self\.(\w+)\((\w+)\)"
NO_LAYER = r"max$|loss|crit"
TARGET = r"target|label|answer|gold|^ys?$|^y_|^t$"
LINE = (
    "It is a step, whose model stands before the loss: let that, in a copy, give the "
    "logits that it is given, by {}, and write diagnose(lambda o, t: {})"
)
OF_IDS = (
    "It takes ids and makes its own logits: give the loss alone, what it does from the "
    "logits on: write diagnose({})"
)
LOSS = r"^\s*loss = (.*\blogits\b.*)$"
PASSED_ON = (
    "It passes on what its model gives as a loss: diagnose that, as in "
    "diagnose(your_model.loss_function)"
)
ITS_OWN = "It has a compute_loss. If that is meant, write diagnose({}.compute_loss)"
NO_OBJECT = "It is a method without its object: write diagnose({}.{})"


def of_model(loss: Any) -> str:
    """The lines that let in a step, or an object that is a model; "" of others."""
    line = of_ids(loss)
    if line and BLANK not in line:
        return line
    if step := step_of(loss):
        code = source(step)
        done = without_model(getattr(step, "__self__", instance(loss)), code)
        batch, *more = [one.name for one in parameters_of(step) if one.name != "self"]
        given = ", ".join([batch_of(code, batch), *("0" for _ in more[:1])])
        return LINE.format(done, f"your_object.{step.__name__}({given})")
    return line or without_object(loss)


def without_model(own: Any, code: str) -> str:
    """What has the model of this step change nothing: it, or each of its layers. What
    its forward does after the model, such as a softmax, is a part of the step."""
    texts = (code, source(getattr(own, "forward", None)))
    model = next(filter(None, (re.search(MODEL, text) for text in texts)), None)
    if model and "(**" in code:  # labels may be among what it is given
        return f"your_object.{model[1]}.forward = lambda *_, input, **__: input"
    layers = layers_of(own, model.string if model else code)
    layers = layers or ([model[1]] if model else [])
    if not layers:
        return "your_object.forward = lambda x, *_, **__: x"
    return "".join(f"your_object.{x} = " for x in layers) + "torch.nn.Identity()"


def layers_of(own: Any, code: str) -> list[str]:
    """Those that it keeps, and calls of its inputs, or of what another gives."""
    held = {} if inspect.isclass(own) else parts_of(getattr(own, "__dict__", {}))
    names: list[str] = []
    while found := re.findall(CALLED, code):  # the innermost first
        names += [one for one, _ in found]
        code = re.sub(CALLED, r"\2", code)
    return [x for x in dict.fromkeys(names) if x in held and not re.search(NO_LAYER, x)]


def without_object(loss: Any, least: int = 1) -> str:
    """The line of a method that needs its own object and no fewer than so many in all;
    "" of others."""
    names = required_by(loss) if inspect.isroutine(loss) else []
    if names[:1] != ["self"] or len(names) < least:
        return ""
    *_, owner, name = f".{loss.__qualname__}".split(".")
    return NO_OBJECT.format(
        f"{owner}()" if owner.isidentifier() else "your_object", name
    )


def of_ids(loss: Any) -> str:
    """The line of a whole model: with its loss function, or the line in which it is."""
    model = instance(loss)
    modules = list if inspect.isclass(model) else getattr(model, "modules", list)
    if "Embedding" not in {type(one).__name__ for one in modules()}:
        return ""
    if hasattr(model, "loss_function"):
        return OF_IDS.format("your_model.loss_function")
    found = re.search(LOSS, source(getattr(model, "forward", model)), re.MULTILINE)
    line = found[1].replace("self.", "your_model.") if found else BLANK
    line = re.sub(r"\b(targets?|labels?)\b", "t", re.sub(r"\blogits\b", "o", line))
    return OF_IDS.format(f"lambda o, t: {line}")


def passed_on(loss: Any) -> str:
    """What is said of a compute_loss that takes its loss from a model."""
    models = [one for one in required_by(loss) if role_of(one, {}) == "model"]
    taken = re.search(r"""\[["']loss["']\]|\w\.loss\b(?!\()""", source(loss))
    return PASSED_ON if models and taken else ""


def its_own(loss: Any) -> str:
    """The line for who has a loss beside its forward."""
    if not hasattr(instance(loss), "compute_loss"):
        return ""
    return ITS_OWN.format(
        f"{loss.__name__}()" if inspect.isclass(loss) else "your_object"
    )


def step_of(loss: Any) -> Callable[..., Any] | None:
    """Itself, or what an object has; of a function the model is none of its own."""
    own = getattr(loss, "training_step", None)
    step: Any = loss if inspect.isroutine(loss) else own
    named = re.search(NAMED_STEP, getattr(step, "__name__", ""))
    names = [one.name for one in parameters_of(step)][:2] if named else []
    of_object = inspect.ismethod(step) or "self" in names
    return step if of_object and "batch" in "".join(names) else None


def source(step: Any) -> str:
    try:
        return inspect.getsource(step)
    except (OSError, TypeError):  # as of a console
        return ""


def batch_of(code: str, name: str) -> str:
    """What it takes from its batch, by keys or by places: o, t, and what else; of which
    the rest may be its model's."""
    taken = rf"""\b{name}(?:\[|\.pop\(|\.get\()["'](\w+)["']"""
    keys = [*dict.fromkeys(re.findall(taken, code))]
    keys += ["input"] if len(keys) == 1 and f"(**{name})" in code else []
    if len(keys) > 1:
        given = zip(keys, letters(keys), strict=True)
        return "{" + ", ".join(f'"{key}": {letter}' for key, letter in given) + "}"
    unpacked = re.search(rf"^\s*\(?([\w, ]+)\)?\s*=\s*{name}\s*$", code, re.MULTILINE)
    names = re.findall(r"\w+", unpacked[1]) if unpacked else []
    return f"({', '.join(letters(names) if len(names) > 1 else ['o', 't'])})"


def letters(names: list[str]) -> list[str]:
    """t for the first that is called a target, else for the second, o for the first of
    the others."""
    targets = [i for i, one in enumerate(names) if re.search(TARGET, one)]
    t = targets[0] if targets else 1
    o = next(i for i in range(len(names)) if i != t)
    return ["t" if i == t else "o" if i == o else "…" for i in range(len(names))]
