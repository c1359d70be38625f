"""The ways into a loss function: how its arrays are made, laid out and handed over.

Three tables: the frameworks, the shapes, and the names that arguments have. `ways` goes
through what of them fits the function's own signature and code.
"""

import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from .._softmax import log_softmax, softmax
from ._steps import Array
from ._words import LIBRARIES, constants, of_modules, own, root, words_of

INPUTS: dict[str, Callable[[Array], Array]] = {
    "logits": lambda o: o,
    "probabilities": softmax,
    "log-probabilities": log_softmax,
}


@dataclass(frozen=True)
class Framework:
    """Whose arrays a function takes."""

    name: str
    make: Callable[[Array], Any]
    dtype: type = np.float32

    def __str__(self) -> str:
        return "your own arrays" if self.name == YOURS else f"arrays of {self.name}"


YOURS = "yours"


def imported(name: str) -> Any:
    return sys.modules[name]


NUMPY = Framework("NumPy", lambda x: x, np.float64)
FRAMEWORKS = {
    "numpy": NUMPY,
    "torch": Framework("PyTorch", lambda x: imported("torch").tensor(x)),
    "jax": Framework("JAX", lambda x: imported("jax").numpy.asarray(x)),
    "keras": Framework("Keras", lambda x: imported("keras").ops.convert_to_tensor(x)),
    "tensorflow": Framework(
        "TensorFlow", lambda x: imported("tensorflow").convert_to_tensor(x)
    ),
}


@dataclass(frozen=True)
class Shape:
    """How N rows of V logits are laid out for a function."""

    name: str
    sequences: bool = False  # all rows twice, as two sequences
    axis: int = -1  # of the vocabulary
    by_rows: bool = False  # one row a call
    kept: bool = False  # as a batch of one


SHAPES = (
    Shape("(N, V)"),
    Shape("(B, T, V)", sequences=True),
    Shape("(B, V, T)", sequences=True, axis=1),
    Shape("(V,)", by_rows=True),
    Shape("(V, N)", axis=0),
    Shape("(1, V)", by_rows=True, kept=True),
)

# What the names of parameters say of them.
ROLES = (
    ("ignored", r"(^|_)(ignored?|pad|padding)(_token)?_(index|idx|id|label|class)$"),
    ("lengths", r"(?<!max_)len(gth)?s?$"),  # how many tokens each sequence has
    ("mask", r"mask|valid|pad|weight|segment|^where$"),
    ("logits", r"logit"),
    ("size", r"vocab|num_classes|n_classes|num_labels|^V$"),
    ("targets", r"target|label|y_true|true|gold|^t$|^ys?$|ids|answer|next|^idx"),
    ("logits", r"scores?$|output|y_pred|pred|input|logp|log_p|lprob|prob|^[opxz]$"),
)
OF_LOGITS, OF_LOG_P, OF_P = r"logit", r"log_?p|lprob|log_?soft", r"prob|^ps?$"
TRUTH = [("logits", "targets"), ("targets", "logits")]
PLAIN = [tuple(("", role) for role in order) for order in TRUTH]
LARGEST = 2**19  # vocabulary
MANY = 100  # things kept, among which no number is looked for
MASKS = ("mask", "guess")  # by its name, or as the third of three


@dataclass(frozen=True)
class Way:
    """How a function is called."""

    framework: Framework = NUMPY
    shape: Shape = SHAPES[0]
    roles: tuple[tuple[str, str], ...] = (("", "logits"), ("", "targets"))
    one_hot: bool = False
    left_out: bool = False  # the mask is 1 where nothing is scored
    kinds: tuple[str, ...] = tuple(INPUTS)
    booleans: bool = False  # the mask has them
    ahead: bool = False  # the mask is that of the place that predicts
    within: bool = False  # the logits are within what a model gives

    @property
    def masked(self) -> str:
        """The role of its mask: by its name, or guessed, or ""."""
        roles = [role for _, role in self.roles if role in MASKS]
        return roles[0] if roles else ""

    @property
    def surely_masked(self) -> bool:
        """Whether a name says so, or it has lengths; a weight may be for something
        else."""
        masks = (name for name, role in self.roles if role == "mask")
        return self.by_length or any("weight" not in name for name in masks)

    @property
    def by_length(self) -> bool:
        """Whether it is given how many tokens each sequence has."""
        return any(role == "lengths" for _, role in self.roles)

    @property
    def its_mask(self) -> str:
        """In words."""
        mask, one = ("a boolean mask", True) if self.booleans else ("a mask", 1)
        ahead = " of the places that predict" if self.ahead else ""
        out = f", {one} where nothing is scored" if self.left_out else ""
        return f"{mask}{ahead}{out}"

    def __str__(self) -> str:
        order = [role for _, role in self.roles if role in ("logits", "targets")]
        precision = self.framework.dtype.__name__
        says = [] if self.framework is NUMPY else [f"{self.framework} in {precision}"]
        says += ["the targets first"] if order[0] == "targets" else []
        says += ["within a model’s output"] if self.within else []
        says += ["one-hot targets"] if self.one_hot else []
        says += [self.its_mask] if self.masked else []
        says += ["lengths"] if self.by_length else []
        return ", ".join(says)


def ways(loss: Callable[..., Any], declared: dict[str, Any]) -> Iterator[Way]:
    """All ways that its signature and its words leave open, the likeliest first."""
    to = declared.get("to")
    frameworks = [Framework(YOURS, to)] if to else list(frameworks_of(loss))
    signatures = list(roles_of(loss, declared))
    for framework, shape, one_hot, roles, left_out in itertools.product(
        frameworks, SHAPES, (False, True), signatures or PLAIN, (False, True)
    ):
        kinds = kinds_of(roles, declared.get("logits"))
        way = Way(framework, shape, roles, one_hot, left_out, kinds)
        if way.masked == "mask" or not left_out:
            yield way
            if any(role == "logits" and "output" in name for name, role in roles):
                yield replace(way, within=True)


def frameworks_of(loss: Callable[..., Any]) -> Iterator[Framework]:
    """The one that its words name, then NumPy, then the others that are imported."""
    said = words_of(loss).union(*map(words_of, of_modules(loss)))
    here = [name for name in FRAMEWORKS if name in sys.modules]
    meant = [name for name in reversed(here) if name in said and name != "numpy"]
    rest = [name for name in here if name not in meant]
    for name in [*meant, *rest]:
        yield FRAMEWORKS[name]


def kinds_of(roles: tuple[tuple[str, str], ...], named: Any = None) -> tuple[str, ...]:
    """What may be handed over as logits, by the name of its parameter; one that the
    caller names gets logits, unless it says that it is a p."""
    [name] = [name for name, role in roles if role == "logits"]
    name = name.lower().lstrip("*")
    if re.search(OF_LOGITS, name):
        return ("logits",)
    if re.search(OF_LOG_P, name):
        return ("log-probabilities", "logits", "probabilities")
    if re.search(OF_P, name):
        return ("probabilities", "logits", "log-probabilities")
    return ("logits",) if named else tuple(INPUTS)


def roles_of(
    loss: Callable[..., Any], declared: dict[str, Any], most: int = 1
) -> Iterator[tuple[tuple[str, str], ...]]:
    """Which parameter takes what, each with its name and whether it is by name alone.

    The names say; where they do not, the order does: logits, targets, mask. No more
    than `most` may be masks, or what nobody knows.
    """
    parameters = required(loss, declared)
    if parameters is None:
        yield from PLAIN
        return
    said = [role_of(name, declared) for name in parameters]
    others = [i for i, role in enumerate(said) if role == "logits"][1:]
    others = others if "targets" in said else []
    for i in others:  # beside ids, such as a teacher's: neither targets nor a mask
        said[i] = "guess"
    free = [i for i, role in enumerate(said) if role in ("", "logits", "targets")][:2]
    orders = TRUTH[::-1] if [said[i] for i in free][:1] == ["targets"] else TRUTH
    for order in orders:
        given = list(said)
        for i, role in zip(free, order, strict=False):
            given[i] = role
        roles = tuple(
            (f"{'*' if alone else ''}{name}", role or "guess")
            for (name, alone), role in zip(parameters.items(), given, strict=True)
        )
        unlike = len(others) + sum(role in MASKS for _, role in roles)
        if len(free) == 2 and unlike <= most:
            yield roles


def required(
    loss: Callable[..., Any], declared: dict[str, Any]
) -> dict[str, bool] | None:
    """The parameters that must be given, and whether by name alone."""
    named = {declared.get(role) for role, _ in ROLES} - {None, True}
    plain = parameters_of(loss)
    wanted = {
        one.name: one.kind is one.KEYWORD_ONLY
        or bool(named and one.kind is one.POSITIONAL_OR_KEYWORD)
        for i, one in enumerate(plain)
        if one.default is one.empty
        or one.name in named
        or (i < 2 and not named)
        or (declared.get("mask") is True and role_of(one.name, declared) == "mask")
    }
    return wanted if len(wanted) > 1 else None


def parameters_of(loss: Callable[..., Any]) -> list[inspect.Parameter]:
    """Those that have names; of what shows none, none."""
    try:
        body = getattr(loss, "forward", loss)
        parameters = inspect.signature(body).parameters.values()
    except (TypeError, ValueError):
        return []
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one for one in parameters if one.kind not in starred]


def role_of(name: str, declared: dict[str, Any]) -> str:
    for role, _ in ROLES:
        if declared.get(role) == name:
            return role
    found = (role for role, words in ROLES if re.search(words, name))
    return next(found, "")


def own_padding(loss: Callable[..., Any]) -> dict[str, int]:
    """The parameter of its own that says its padding, such as ignore_index=-1, or what
    an instance keeps by such a name."""
    held = {one.name: one.default for one in parameters_of(loss)} | vars_of(loss)
    said = {
        name: value
        for name, value in held.items()
        if type(value) is int and role_of(name, {}) == "ignored"
    }
    return said if len({*said.values()}) == 1 else {}


def vars_of(loss: Any) -> dict[str, Any]:
    """What an instance keeps, its class’s own, too, unless that is a library’s; of a
    method, its own instance."""
    held = loss.__self__ if inspect.ismethod(loss) else loss
    of_class = {} if root(type(held)) in LIBRARIES else vars(type(held))
    return {**of_class, **getattr(held, "__dict__", {})}


def numbers_of(loss: Any) -> set[int]:
    """The integers that it holds."""
    return set(filter(is_integer, all_held(loss)))


def sizes_held(loss: Any) -> list[int]:
    """Those that may be the size of a vocabulary, and how many entries its lists have,
    or the last axis of its arrays."""
    sizes = numbers_of(loss)
    for one in all_held(loss):
        axes = (
            [len(one)] if isinstance(one, list | tuple) else getattr(one, "shape", None)
        )
        sizes.update(axes[-1:] if isinstance(axes, list | tuple) else ())
    return sorted(one for one in sizes if is_integer(one) and 1 < one < LARGEST)


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
