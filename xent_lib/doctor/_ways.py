"""The ways into a loss function: how its arrays are made, laid out and handed over.

Two tables: the frameworks and the shapes; which argument is what, `_roles` says. `ways`
goes through what of them fits the function's own signature and code.
"""

import itertools
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._roles import (
    COUNTS,
    EXTRAS,
    FIXED,
    INPUTS,
    LENGTHS,
    MASKS,
    PLAIN,
    UNSAID,
    Roles,
    kinds_of,
    otherwise,
    role_of,
    roles_of,
)
from ._steps import Array
from ._words import of_modules, words_of


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

OF_AXIS = {one.axis: one for one in SHAPES if one.sequences}
NAMED = {*UNSAID, *EXTRAS} - {*LENGTHS}  # where its first line gives their names


@dataclass(frozen=True)
class Way:
    """How a function is called."""

    framework: Framework = NUMPY
    shape: Shape = SHAPES[0]
    roles: Roles = (("", "logits"), ("", "targets"))
    one_hot: bool = False
    left_out: bool = False  # the mask is 1 where nothing is scored
    kinds: tuple[str, ...] = tuple(INPUTS)
    booleans: bool = False  # the mask has them
    ahead: bool = False  # the mask is that of the place that predicts
    within: bool = False  # the logits are within what a model gives
    told: bool = False  # the caller says which is its mask
    kept: str = ""  # its attribute that is made the size of the vocabulary

    @property
    def named(self) -> list[tuple[str, str]]:
        """The names of its arguments, with or without a keyword, and their roles."""
        return [(name.lstrip("*"), role) for name, role in self.roles]

    @property
    def masked(self) -> str:
        """The role of its mask: by its name, or guessed, or ""."""
        roles = [role for _, role in self.roles if role in MASKS]
        return roles[0] if roles else ""

    @property
    def mask(self) -> str:
        """The name of its mask, or ""."""
        return next((name for name, role in self.named if role in MASKS), "")

    @property
    def left_out_by(self) -> bool:
        """Whether what it is given leaves out, and no number."""
        return bool(self.masked) or self.by_length or self.by_documents

    @property
    def surely_masked(self) -> bool:
        """Whether the caller or a name says so, or it has lengths or documents; a
        weight may be for something else."""
        named = self.masked == "mask" and (self.told or "weight" not in self.mask)
        return named or self.by_length or self.by_documents

    @property
    def by_length(self) -> bool:
        """Whether it is given how many tokens each sequence has."""
        return any(role in LENGTHS for _, role in self.roles)

    @property
    def by_documents(self) -> bool:
        """Whether documents may say what is padding: 0."""
        return any(role == "documents" for _, role in self.roles)

    @property
    def guessed(self) -> bool:
        """Whether one of its arguments is given what its name does not say."""
        return any(
            role in (*UNSAID, "ones") and role_of(one, {}) != role
            for one, role in self.roles
        )

    @property
    def hidden_in_rows(self) -> bool:
        """Whether a row alone makes 1 of what is guessed or counted."""
        hidden = {"guess", *EXTRAS} - {*FIXED}
        return any(role in hidden for _, role in self.roles)

    @property
    def its_mask(self) -> str:
        """In words."""
        mask, one = ("a boolean mask", True) if self.booleans else ("a mask", 1)
        ahead = " of the places that predict" if self.ahead else ""
        out = f", {one} where nothing is scored" if self.left_out else ""
        return f"{mask}{ahead}{out}"

    @property
    def hows(self) -> tuple[str, ...]:
        """What it may do with the losses; a count that is guessed must divide."""
        counts = self.guessed and any(role in COUNTS for _, role in self.roles)
        return ("mean",) if counts else ("none", "mean", "sum")

    def given(self, named: Collection[str]) -> list[str]:
        """What it is given beside logits and targets, in words; to what, of these."""
        words = {one: extra.words for one, extra in EXTRAS.items()}
        words |= dict.fromkeys(MASKS, self.its_mask)
        words["size"] = "the size of the vocabulary" if self.guessed else ""
        return [
            words[role] + (f" as its `{name}`" if name and role in named else "")
            for name, role in self.named
            if words.get(role)
        ]

    def __str__(self) -> str:
        order = [role for _, role in self.roles if role in ("logits", "targets")]
        precision = self.framework.dtype.__name__
        says = [] if self.framework is NUMPY else [f"{self.framework} in {precision}"]
        says += ["the targets first"] if order[0] == "targets" else []
        says += ["within a model’s output"] if self.within else []
        says += ["one-hot targets"] if self.one_hot else []
        kept = f"its `{self.kept}` made the size of each vocabulary"
        says += [kept] if self.kept else []
        return ", ".join([*says, *self.given(NAMED)])


def ways(loss: Callable[..., Any], declared: dict[str, Any]) -> Iterator[Way]:
    """All ways that its signature and its words leave open, the likeliest first."""
    to = declared.get("to")
    frameworks = [Framework(YOURS, to)] if to else list(frameworks_of(loss))
    orders = [otherwise(roles) for roles in roles_of(loss, declared)]
    signatures = [*itertools.chain(*zip(*orders, strict=False))]
    for framework, shape, one_hot, roles, left_out in itertools.product(
        frameworks, SHAPES, (False, True), signatures or PLAIN, (False, True)
    ):
        kinds = kinds_of(roles, declared.get("logits"))
        way = Way(framework, shape, roles, one_hot, left_out, kinds)
        way = replace(way, told=bool(declared.get("mask")))
        of_sequences = any(role == "places" for _, role in roles)
        if of_sequences and not shape.sequences:
            continue
        if way.masked == "mask" or not left_out:
            yield way
            if any(role == "logits" and "output" in name for name, role in roles):
                yield replace(way, within=True)


def frameworks_of(loss: Callable[..., Any]) -> Iterator[Framework]:
    """The one that its words name, then NumPy, then the others that are imported."""
    said = words_of(loss).union(*map(words_of, of_modules(loss)))
    here = [name for name in FRAMEWORKS if name in sys.modules]
    of_all = {"numpy", *(here if "sklearn" in said else ())}  # it names each library’s
    meant = [name for name in reversed(here) if name in said - of_all]
    rest = [name for name in here if name not in meant]
    for name in [*meant, *rest]:
        yield FRAMEWORKS[name]
