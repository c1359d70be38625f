"""A call of a loss function, as somebody may write it."""

import inspect
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ._answers import Answer
from ._enter import METHODS, instance, taken_by
from ._function import Function
from ._held import own_padding
from ._keys import given_in
from ._probes import PROBES
from ._roles import EXTRAS, PLAIN, roles_of
from ._stand_in import BLANK
from ._ways import SHAPES, YOURS, Framework, Way
from ._words import autograd_of

OWN_CLASS = "It takes arrays of a class of its own: write diagnose({}, to={})"
OWN_NUMBERS = "It takes numbers of a class of its own: write diagnose(lambda o, t: {})"
# How those are laid out, and the code that does it.
IN_LISTS = (
    (SHAPES[0], "[[{}(x) for x in row] for row in o.tolist()]", "t.tolist()"),
    (SHAPES[3], "[{}(x) for x in o.tolist()]", "int(t)"),
)
EYES = {"NumPy": "np", "PyTorch": "torch", "JAX": "jnp", "Keras": "keras.ops"}


def call_of(loss: Any, extras: bool = True) -> str:
    """A call with all that it requires."""
    letters = {"logits": "o", "targets": "t"}
    if extras:
        letters |= {"mask": "mask", "size": "o.shape[-1]"}
        letters |= {role: extra.code for role, extra in EXTRAS.items()}
        for padding in own_padding(instance(loss)).values():
            letters["count"] = f"(t != {padding}).sum()"
    values: list[tuple[str, str]] = []
    made = instance(loss)
    roles = () if inspect.isclass(made) else roles_of(made, {}, 9)
    for parameter, role in next(iter(roles), PLAIN[0]):
        known = role != "mask" or "mask" in parameter  # a weight may be another’s
        values.append((parameter, letters.pop(role, BLANK) if known else BLANK))
    return called(loss, values)


def called(loss: Any, values: Sequence[tuple[str, str]]) -> str:
    """A call with these, from the first that is neither logits nor targets by name."""
    given: list[str] = []
    for parameter, value in values:
        named = value not in ("o", "t") or parameter[:1] == "*" or "=" in "".join(given)
        named &= not autograd_of(loss)
        given.append(f"{parameter.lstrip('*')}={value}" if named else value)
    return f"{name_of(loss)}({', '.join(given)})"


def name_of(loss: Any) -> str:
    """As a caller may write it: of a method with its object, of a class an instance."""
    if inspect.isclass(loss):
        calls = any("__call__" in vars(one) for one in loss.__mro__)
        methods = [f".{name}" for name in METHODS if hasattr(loss, name) and not calls]
        made = "(…)" if instance(loss) is loss else "()"
        return f"{loss.__name__}{made}{''.join(methods[:1])}"
    called = loss if callable(loss) else instance(loss)
    name = str(getattr(called, "__name__", "your_loss"))
    if inspect.ismethod(called):
        return f"{getattr(called.__self__, '__name__', 'your_object')}.{name}"
    return "f" if name == "<lambda>" else name if name.isidentifier() else "your_loss"


def eye_of(framework: Framework) -> str:
    """The identity of as many rows as there are tokens; of who has none, ""."""
    of = EYES.get(framework.name)
    return f"{of}.eye(o.shape[-1])" if of else ""


def in_own_class(loss: Any, way: Way, came: Answer) -> str:
    """The line for who takes arrays of a class beside it, which has what they lack, or
    lists of one whose objects are numbers."""
    lacks = re.search(r"'numpy\.\w+' object has no attribute '(\w+)'", str(came))
    around = getattr(loss, "__globals__", {}).items()
    classes = {name: one for name, one in around if inspect.isclass(one)}
    for name, one in classes.items():
        if hasattr(one, lacks[1] if lacks else "") and takes(loss, way, one):
            return OWN_CLASS.format(name_of(loss), name)
    failed = isinstance(came, Exception)
    numbers = (x for x, one in classes.items() if failed and hasattr(one, "__sub__"))
    for name, (shape, o, t) in itertools.product(numbers, IN_LISTS):
        laid = replace(way, shape=shape)
        if takes(loss, laid, partial(lists_of, classes[name])):
            given = call_of(loss).removeprefix(name_of(loss))
            call = name_of(loss) + given_in(given, o=o.format(name), t=t)
            return OWN_NUMBERS.format(call)
    return ""


def takes(loss: Any, way: Way, make: Callable[[Any], Any]) -> bool:
    """Whether it gives a loss of what this makes of arrays."""
    own = Function(loss, replace(way, framework=Framework(YOURS, make)))
    answer = own.ask(*own.rows(*PROBES["batch"]))
    return not isinstance(answer, Exception) and taken_by(own, answer)


def lists_of(number: Callable[[float], Any], x: Any) -> Any:
    """An array as lists of such numbers; ids as lists of integers."""
    if np.ndim(x):
        return [lists_of(number, row) for row in x]
    return number(float(x)) if isinstance(x, np.floating) else int(x)
