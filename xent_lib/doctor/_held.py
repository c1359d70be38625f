"""What a loss function holds: its own padding, numbers, and sizes of a vocabulary."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from ._roles import parameters_of, role_of
from ._words import LIBRARIES, constants, own, root

LARGEST = 2**19  # vocabulary
MANY = 100  # things kept, among which no number is looked for


def own_padding(loss: Callable[..., Any]) -> dict[str, int]:
    """The parameter of its own that says its padding, such as ignore_index=-1, or what
    an instance keeps by such a name, or its criterion does."""
    kept = vars_of(loss)
    parts = parts_of(kept).items()
    criteria = (x for name, x in parts if re.search("crit|^loss", name))
    held = {one.name: one.default for one in parameters_of(loss)} | kept
    said = [
        (name, value)
        for some in (held, *map(vars_of, criteria))
        for name, value in some.items()
        if type(value) is int and role_of(name, {}) == "ignored"
    ]
    return dict(said) if len({value for _, value in said}) == 1 else {}


def vars_of(loss: Any) -> dict[str, Any]:
    """What an instance keeps, its class’s own, too, unless that is a library’s; of a
    method, its own instance."""
    held = loss.__self__ if inspect.ismethod(loss) else loss
    of_class = {} if root(type(held)) in LIBRARIES else vars(type(held))
    return {**of_class, **getattr(held, "__dict__", {})}


def parts_of(kept: dict[str, Any]) -> dict[str, Any]:
    """With the layers, which PyTorch keeps apart."""
    layers = kept.get("_modules")
    return kept | layers if isinstance(layers, dict) else kept


def numbers_of(loss: Any) -> set[int]:
    """The integers that it holds."""
    return set(filter(is_integer, all_held(loss)))


def sizes_held(loss: Any) -> list[int]:
    """Those that may be the size of a vocabulary, and how many entries its lists have,
    or the last axis of its arrays."""
    sizes = numbers_of(loss).union(*(axes[-1:] for axes in shapes_held(loss)))
    return sorted(one for one in sizes if is_integer(one) and 1 < one < LARGEST)


def shapes_held(loss: Any) -> Iterator[tuple[Any, ...]]:
    """Of its lists and arrays, and of a layer's."""
    for held in all_held(loss):
        one = getattr(held, "weight", held)
        flat = isinstance(one, list | tuple)
        axes = [len(one)] if flat else getattr(one, "shape", None)
        if isinstance(axes, list | tuple):
            yield tuple(axes)


def all_held(loss: Any) -> Iterator[Any]:
    """What it holds: in its code and what of its own that calls, around it, as
    defaults, in an instance, or in what those keep."""
    kept: list[Any] = []
    for one, codes, named in own(loss):
        for code in codes:
            yield from constants(code)
        defaults = [parameter.default for parameter in parameters_of(one)]
        kept += [one, *defaults, *named.values()]
    yield from inside(kept)


def is_integer(value: Any) -> bool:
    return type(value) is int


def inside(values: Iterable[Any], depth: int = 3) -> Iterator[Any]:
    """These and what they keep, each once, what is nearest first."""
    seen: dict[int, Any] = {}
    for _ in range(depth + 1):
        new = {id(one): one for one in values if id(one) not in seen}
        yield from new.values()
        seen |= new
        values = [kept for one in new.values() for kept in keeps(one)]


def keeps(value: Any) -> Iterable[Any]:
    """What it keeps, unless that is much, or a module's."""
    if isinstance(value, ModuleType):
        return ()
    kept = value if isinstance(value, dict) else vars_of(value)
    return kept.values() if len(kept) < MANY else ()
