"""What is said to who is right, called otherwise: of some lines the first that lets it
in, each tried as it stands."""

import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from copy import copy
from types import SimpleNamespace
from typing import Any

from ._enter import enter, instance, is_right
from ._held import is_integer, parts_of, vars_of
from ._keys import given_in, in_a_batch, lambda_of, turned
from ._roles import parameters_of, required_by, role_of
from ._smoothed import NAMES
from ._stand_in import BLANK, LETTERS
from ._steps import IGNORED
from ._ways import YOURS, Framework
from ._words import root, words_of
from ._written import call_of, eye_of, name_of

LINE = ": write diagnose({})"
IN_CHUNKS = f"It takes logits in a list of chunks{LINE}"
PLACES_FIRST = f"It takes places before sequences{LINE}"
IN_A_BATCH = f"It takes ids in a batch{LINE}"
WRITES = "It writes into its `{}`"
FILLED, EVERY_1 = "Right if its `{}` is {}", "1 for each token"
NOTHING, OR_OWN = [("None", "None"), ("0.0", "0")], ", or your own value in its place"
UNSET = "Its `{}` is None so far, where its matrix will be"
LAYER = "Its `{}` makes the logits: let that, in a copy, change nothing"
WITH_PART = "{0}: write\n{1}{2}.{3} = {4}\ndiagnose({5})"
RIGHT = 2
OUT = r"^(?:out|loss(?:es)?)$"
SIZES = {"B": "o.shape[0]", "N": "o.shape[0]", "T": "o.shape[1]"}  # by their letters
MODULES = {"np": "numpy", "torch": "torch", "jnp": "jax.numpy"}
CHUNKS = {  # by the word of its code that makes them of the targets
    "chunk": "list(o.chunk({}, dim=1))",
    "tensor_split": "list(o.tensor_split({}, dim=1))",
    "array_split": "np.array_split(o, {}, axis=1)",
}


def right_line(loss: Any, framework: Framework, other: str = "") -> str:
    """The first that is right, with what it says; else the other; of who takes places
    first and has a fault the one that is taken; "" if none is."""
    taken = ""
    for words, line in lines(loss, framework):
        found = 0 if BLANK in line else level(run, loss, line)
        if found == RIGHT:
            return words.format(line)
        if found and words == PLACES_FIRST and not taken:
            taken = words.format(line)
    return unset(loss) or other or taken


def run(loss: Any, line: str) -> Any:
    """What a line makes, where the names of `_written` mean this function."""
    [own] = re.findall(r"^\w+", name_of(loss))
    scope: dict[str, Any] = {x: sys.modules.get(name) for x, name in MODULES.items()}
    scope |= {"SimpleNamespace": SimpleNamespace, own: owner(loss)}
    return eval(line, scope)


def owner(loss: Any) -> Any:
    """Of a method its object, else itself."""
    called = loss if callable(loss) else instance(loss)
    return getattr(called, "__self__", loss)


def unset(loss: Any) -> str:
    """What is said to an object that keeps None where its matrix will be, or a layer
    that makes its logits: it is taken without."""
    own = owner(instance(loss))
    code = re.sub(r"^\w+\(\)", "your_loss", name_of(loss))
    [name] = re.findall(r"^\w+", code)
    plain = inspect.isroutine(own) or inspect.isclass(own)
    kept = {} if plain else getattr(own, "__dict__", {})
    for part, x in parts_of(kept).items():
        layer = len(getattr(getattr(x, "weight", 0), "shape", ())) == 2
        if not layer and (x is not None or part[0] == "_"):
            continue
        if level(with_part, own, part, code, name) >= (1 if layer else RIGHT):
            what = (LAYER if layer else UNSET).format(part)
            identity = (
                "torch.nn.Identity()" if root(type(x)) == "torch" else "lambda x: x"
            )
            made = f"{name} = {loss.__name__}()\n" if inspect.isclass(loss) else ""
            return WITH_PART.format(what, made, name, part, identity, code)
    return ""


def with_part(own: Any, part: str, code: str, name: str) -> Any:
    """What is called of a copy that has the identity there."""
    whole = copy(own)
    vars(whole)[part] = lambda x: x
    return instance(eval(code, {name: whole}))


def level(
    make: Callable[..., Any], *given: Any, framework: Framework | None = None
) -> int:
    """Whether what is made is taken, and whether it is right; 0 if it is not made."""
    own = {"to": framework.make} if framework and framework.name == YOURS else {}
    try:
        loss = make(*given)
    except Exception:
        return 0
    functions, _ = enter(loss, own, IGNORED, ())
    return bool(functions) + (bool(functions) and is_right(functions[0], ()))


def into(loss: Any, framework: Framework) -> Iterator[tuple[str, str]]:
    """The line that makes the array into which it writes."""
    if not (eye := eye_of(framework)):
        return
    zeros = eye.replace("eye(o.shape[-1])", "zeros(t.shape)")
    for out in filter(re.compile(OUT).search, required_by(instance(loss))):
        call = call_of(loss).replace(f"{out}={BLANK}", f"{out}={out}")
        for name, size in SIZES.items():
            call = call.replace(f" {name}={BLANK}", f" {name}={size}")
        yield WRITES.format(out) + LINE, f"lambda o, t: ({out} := {zeros}, {call})[0]"


def filled(loss: Any, framework: Framework) -> Iterator[tuple[str, str]]:
    """The line that gives what changes nothing as the one that nobody knows."""
    call, ones = call_of(loss), eye_of(framework).replace("eye", "ones")
    unknown = re.findall(rf"(\w+)={BLANK}", call)
    if not ones or len(unknown) != 1 or role_of(unknown[0], {}) in LETTERS:
        return
    [name] = unknown
    smooths = NAMES.search(name)  # None would hide what it does
    for value, words in (*NOTHING[:: -1 if smooths else 1], (ones, EVERY_1)):
        line = lambda_of(call.replace(BLANK, value))
        if value == ones and "weight" in name:  # as ones would
            given = call.replace(BLANK, f"{ones} if {name} is None else {name}")
            line = lambda_of(given).replace("o, t", f"o, t, {name}=None", 1)
        yield FILLED.format(name, words) + LINE + OR_OWN * (value != ones), line


def lines(loss: Any, framework: Framework) -> Iterator[tuple[str, str]]:
    """What may be said, and the line."""
    yield from into(loss, framework)
    yield from filled(loss, framework)
    for keys in filter(None, in_a_batch(instance(loss), framework)):
        yield IN_A_BATCH, lambda_of(f"{name_of(loss)}({keys})")
    made = instance(loss)
    held = {one.name: one.default for one in parameters_of(made)} | vars_of(made)
    numbers = [n for name, n in held.items() if "chunk" in name and is_integer(n)]
    for how, n in itertools.product(sorted(CHUNKS.keys() & words_of(made)), numbers):
        yield IN_CHUNKS, with_given(loss, o=CHUNKS[how].format(n))
    for which in ("o", ("o", "t")):
        given = {one: turned(one, framework) for one in which}
        yield PLACES_FIRST, with_given(loss, **given)


def with_given(loss: Any, **given: str) -> str:
    """Its call as a lambda, given these in place of o and t."""
    name, call = name_of(loss), call_of(loss)
    return lambda_of(f"{name}{given_in(call.removeprefix(name), **given)}")


def left_open(loss: Any, call: str, framework: Framework) -> str:
    """The same, where nothing comes of it as it stands, with no o and t."""
    line = lambda_of(call)
    if BLANK in call or level(run, loss, line, framework=framework):
        return call
    given = re.sub(r"\b(?:o|t)(?=[,)}])", BLANK, call.removeprefix(name_of(loss)))
    return name_of(loss) + given.replace(f"({BLANK}, {BLANK}", f"({BLANK}")
