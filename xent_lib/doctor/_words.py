"""What the code of a function says, and whose code it is."""

import contextlib
import linecache
import re
from collections import ChainMap
from collections.abc import Iterator
from dis import get_instructions, opmap
from functools import lru_cache
from inspect import isclass
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any

# What is written with it takes its arrays.
SPEAKS = {"optax": "jax", "flax": "jax", "jaxlib": "jax", "transformers": "torch"}
# Where the code of what is called stands, and where it is nobody's own.
BODIES = ("forward", "call", "__call__", "__wrapped__", "func")
FRAMEWORKS = {"torch", "jax", "keras", "tensorflow"}
LIBRARIES = {"builtins", "numpy", "scipy", "functools", *FRAMEWORKS, *SPEAKS}
# What makes a mask that leaves nothing out.
ONES = {"ones", "ones_like", "new_ones", "full", "full_like"}
SMALL_INT = opmap.get("LOAD_SMALL_INT")


def words_of(loss: Any) -> set[str]:
    """The names and constants in a function's code, and in what of its own it calls."""
    words: set[str] = set()
    for one, codes, named in own(loss):
        words.update(
            [root(type(one)), *map(root, bodies(one)), *map(root, named.values())]
        )
        for code in codes:
            words.update(names_in(code), map(str, constants(code)))
        words.update(str(value) for value in named.values() if type(value) is int)
    return words | {SPEAKS[word] for word in words if word in SPEAKS}


Own = tuple[Any, list[CodeType], dict[str, Any]]


def own(loss: Any, depth: int = 3) -> Iterator[Own]:
    """It, and what of its own it calls: each with its code, and what that names."""
    scope: ChainMap[str, Any] = ChainMap()  # copies no module’s globals
    codes: list[CodeType] = []
    for body in bodies(loss):
        code = getattr(body, "__code__", None)
        if isinstance(code, CodeType) and root(body) not in LIBRARIES:
            codes += within(code)
            scope = ChainMap(cells(body), body.__globals__, *scope.maps)
    names = {name for code in codes for name in looked_up(code)}
    named = {name: scope[name] for name in names if name in scope}
    yield loss, codes, named
    for value in named.values():
        if depth and callable(value) and root(value) not in LIBRARIES:
            yield from own(value, depth - 1)


def bodies(loss: Any) -> list[Any]:
    """Where its code may stand."""
    held = autograd_of(loss) or loss
    return [loss, *(getattr(held, name, None) for name in BODIES)]


def autograd_of(loss: Any) -> Any:
    """The class of an autograd.Function’s apply; None of another."""
    held = getattr(loss, "__self__", None)
    applies = isclass(held) and hasattr(held, "backward")
    return held if applies and loss.__name__ == "apply" else None


def within(code: CodeType) -> Iterator[CodeType]:
    """It, and that of what it makes inside."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from within(const)


def names_in(code: CodeType) -> tuple[str, ...]:
    return (*code.co_names, *code.co_varnames, *code.co_freevars)


@lru_cache(2**12)
def looked_up(code: CodeType) -> frozenset[str]:
    """Those that it looks up around it: a local or an attribute may have the name of
    something else there."""
    steps = get_instructions(code)
    around = {
        str(one.argval) for one in steps if re.search("GLOBAL|NAME|DEREF", one.opname)
    }
    return frozenset({*around, *code.co_freevars})


@lru_cache(2**12)
def constants(code: CodeType) -> tuple[Any, ...]:
    """With those of its tuples, and small integers, which Python 3.14 has in place."""
    found: list[Any] = []
    for const in code.co_consts:
        if isinstance(const, tuple):
            found += const
        if not isinstance(const, CodeType):
            found.append(const)
    steps = zip(code.co_code[::2], code.co_code[1::2], strict=True)
    return (*found, *(given for step, given in steps if step == SMALL_INT))


def root(value: Any) -> str:
    """The package that something comes from."""
    module = value.__name__ if isinstance(value, ModuleType) else value
    name = module if isinstance(module, str) else getattr(module, "__module__", "")
    return str(name).partition(".")[0]


def cells(function: Any) -> dict[str, Any]:
    """What a function keeps of the one around it."""
    kept = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    found = {}
    for name, cell in kept:
        with contextlib.suppress(ValueError):  # an empty one
            found[name] = cell.cell_contents
    return found


def of_modules(loss: Any) -> Iterator[Any]:
    """What its code calls by the name of a module of its own, such as losses.nll."""
    for module, names in held(loss):
        if isinstance(module, ModuleType):
            yield from filter(callable, map(vars(module).get, names))


def held(loss: Any) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """What its code names that is no library’s, and all its names."""
    code = getattr(loss, "__code__", None)
    if isinstance(code, CodeType) and root(loss) not in LIBRARIES:
        scope = loss.__globals__ | cells(loss)
        names = (*code.co_names, *code.co_freevars)
        found = [scope[name] for name in names if name in scope]
        yield from ((one, names) for one in found if root(one) not in LIBRARIES)


def meant(loss: Any) -> set[str]:
    """The words of its code. A lambda that makes ones gives them as a mask to what it
    calls: it means what it says itself, and a number of padding."""
    words = words_of(loss)
    own = {*loss.__code__.co_names} if is_lambda(loss) else set()
    if not own & ONES:
        return words
    called = set().union(*(dir(one) for one, _ in held(loss)))
    own -= called | {*loss.__globals__}
    return own | {one for one in words if "ignore" in one or "-100" in one}


def is_lambda(loss: Any) -> bool:
    """Unless it is in a wrapper that shows its name alone, such as jax.jit’s."""
    return getattr(getattr(loss, "__code__", None), "co_name", "") == "<lambda>"


def mark(error: Exception) -> None:
    """Note at which line of its own it came, and whether its own code raised it on
    purpose: by a raise or an assert."""
    traces = list(traces_of(error))
    for trace in traces[-1:]:
        code = trace.tb_frame.f_code.co_code
        raised = code[trace.tb_lasti] == opmap["RAISE_VARARGS"]
        foreign = of_a_library(trace.tb_frame)
        error.by_choice = raised and not foreign  # type: ignore[attr-defined]
    for trace in [one for one in traces if owned(one.tb_frame)][-1:]:
        file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        text = linecache.getline(file, line).strip()
        error.own = line, text  # type: ignore[attr-defined]


def traces_of(error: Exception) -> Iterator[TracebackType]:
    trace = error.__traceback__
    while trace:
        yield trace
        trace = trace.tb_next


def of_a_library(frame: FrameType) -> bool:
    """Whether it is code of a framework's, or of this one's."""
    return root(frame.f_globals.get("__name__", "")) in LIBRARIES | {root(__name__)}


def owned(frame: FrameType) -> bool:
    """Whether it is code that the caller can correct: not what was installed."""
    path = frame.f_code.co_filename
    installed = "site-packages" in path or "dist-packages" in path
    return not installed and not of_a_library(frame)
