"""What is said to who is right, called otherwise: of some lines the first that lets it
in, each tried as it stands."""

import itertools
import re
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from ._enter import enter, instance, is_right
from ._keys import lambda_of
from ._roles import parameters_of
from ._stand_in import BLANK
from ._steps import IGNORED
from ._ways import Framework, is_integer, vars_of
from ._words import words_of
from ._written import call_of, name_of

LINE = "{}: write diagnose({})"
IN_CHUNKS = "It takes logits in a list of chunks"
PLACES_FIRST = "It takes places before sequences"
MODULES = {"np": "numpy", "torch": "torch", "jnp": "jax.numpy"}
CHUNKS = {  # by the word of its code that makes them of the targets
    "chunk": "list(o.chunk({}, dim=1))",
    "tensor_split": "list(o.tensor_split({}, dim=1))",
    "array_split": "np.array_split(o, {}, axis=1)",
}


def right_line(loss: Any, framework: Framework) -> str:
    """The first that is right, with what it says; of who takes places first and has a
    fault the one that is taken; "" if none is."""
    taken = ""
    for words, line in lines(loss, framework):
        functions, _ = enter(run(loss, line), {}, IGNORED, ())
        if functions and is_right(functions[0], ()):
            return LINE.format(words, line)
        if functions and words == PLACES_FIRST and not taken:
            taken = LINE.format(words, line)
    return taken


def run(loss: Any, line: str) -> Any:
    """What a line makes, where the names of `_written` mean this function."""
    called = loss if callable(loss) else instance(loss)
    [own] = re.findall(r"^\w+", name_of(loss))
    scope: dict[str, Any] = {x: sys.modules.get(name) for x, name in MODULES.items()}
    scope |= {"SimpleNamespace": SimpleNamespace, own: getattr(called, "__self__", loss)}
    return eval(line, scope)


def lines(loss: Any, framework: Framework) -> Iterator[tuple[str, str]]:
    """What may be said, and the line."""
    if BLANK in call_of(loss):
        return
    made = instance(loss)
    held = {one.name: one.default for one in parameters_of(made)} | vars_of(made)
    numbers = [n for name, n in held.items() if "chunk" in name and is_integer(n)]
    for how, n in itertools.product(sorted(CHUNKS.keys() & words_of(made)), numbers):
        yield IN_CHUNKS, with_given(loss, o=CHUNKS[how].format(n))
    torch = framework.name == "PyTorch"
    turn = "{}.transpose(0, 1).contiguous()" if torch else "{}.swapaxes(0, 1)"
    for which in ("o", "ot"):
        given = {one: turn.format(one) for one in which}
        yield PLACES_FIRST, with_given(loss, **given)


def with_given(loss: Any, **given: str) -> str:
    """Its call as a lambda, given these in place of o and t."""
    name, call = name_of(loss), call_of(loss)
    rest = call.removeprefix(name)
    rest = re.sub(r"\b[ot]\b(?![=.])", lambda x: given.get(x[0], x[0]), rest)
    return lambda_of(f"{name}{rest}")
