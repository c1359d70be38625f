"""The loss function that is examined: how it is called, and what it answers.

A `Subject` is made once, by `ways_in`. It knows the framework, the layout, which
parameter is what, what marks padding, and whether it is given logits or probabilities.
Everything else asks it in NumPy's arrays, such as logits (N, V) or (B, T, V) and
targets, and gets NumPy's numbers back.
"""

import sys
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from .kind import Given, Kind
from .loss import LOSS
from .outputs import Answer, as_numbers, attempt, bytes_of, is_finite, loss_of, size
from .probes import PROBES, Asked
from .reference import IGNORED, Array
from .signature import FORMS, LENGTHS, MASKS, UNSAID, Roles, role_of

YOURS = "your own"
REDUCTIONS = ("mean", "sum")
MEAN_OF_EACH = "the mean of a number for each sequence"


@dataclass(frozen=True)
class Framework:
    """Whose arrays a function takes."""

    name: str
    make: Callable[[Array], Any]
    dtype: type = np.float32

    def __str__(self) -> str:
        return f"arrays of {self.name}"


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


SHAPES = (
    Shape("(N, V)"),
    Shape("(B, T, V)", sequences=True),
    Shape("(B, V, T)", sequences=True, axis=1),
    Shape("(V,)", by_rows=True),
    Shape("(V, N)", axis=0),
)
OF_AXIS = {one.axis: one for one in SHAPES if one.sequences}


@dataclass(frozen=True)
class Way:
    """How a function is called."""

    framework: Framework = NUMPY
    shape: Shape = SHAPES[0]
    roles: Roles = (("", "logits"), ("", "targets"))
    one_hot: bool = False
    left_out: bool = False  # the mask is 1 where nothing is scored
    forms: tuple[str, ...] = tuple(FORMS)
    kind: Kind = LOSS
    teacher: str = "logits"  # the form of the other model's
    booleans: bool = False  # the mask has them
    ahead: bool = False  # the mask is that of the place that predicts
    apart: bool = False  # it is told of several documents, or of prompts
    within: bool = False  # the logits are within what a model returns
    told: bool = False  # the caller says which is its mask
    resized: str = ""  # its attribute that is made the size of the vocabulary

    @property
    def named(self) -> list[tuple[str, str]]:
        """The names of its arguments and their roles."""
        return [(name.lstrip("*"), role) for name, role in self.roles]

    @property
    def names(self) -> dict[str, str]:
        """The name of the argument of each role."""
        return {role: name for name, role in self.named}

    def has(self, roles: Iterable[str]) -> bool:
        return not {*roles}.isdisjoint(role for _, role in self.roles)

    @property
    def mask_role(self) -> str:
        """ "mask" by its name, or "guess" by its place, or ""."""
        return next((role for _, role in self.roles if role in MASKS), "")

    @property
    def mask(self) -> str:
        """The name of its mask, or ""."""
        return self.names.get(self.mask_role, "")

    @property
    def left_out_by_argument(self) -> bool:
        """Whether an argument leaves tokens out, and not the target's number."""
        return self.apart or self.has([*MASKS, *LENGTHS])

    @property
    def promises_padding(self) -> bool:
        """Whether a name or the caller says so; a weight may be for something else."""
        masked = self.mask_role == "mask" and (self.told or "weight" not in self.mask)
        return masked or self.has(LENGTHS)

    @property
    def guessed(self) -> bool:
        """Whether an argument is given what its name does not say."""
        return any(
            role in UNSAID and role_of(name) != role for name, role in self.roles
        )

    def __str__(self) -> str:
        order = [role for _, role in self.roles if role in ("logits", "targets")]
        dtype = self.framework.dtype.__name__
        says = [] if self.framework is NUMPY else [f"{self.framework} in {dtype}"]
        says += ["the targets first"] * (order[0] == "targets")
        says += ["one-hot targets"] * self.one_hot
        for name, role in self.named:
            if role not in ("logits", "targets"):
                out = ", 1 where nothing is scored" * (self.left_out and role in MASKS)
                says.append(f"`{name}` as {role}{out}")
        return ", ".join(says)


class ModelOutput(dict[Any, Any]):
    """What a model returns, as transformers has it: .logits, ["logits"] and [0]."""

    def __init__(self, logits: Any):
        super().__init__({"logits": logits, 0: logits})
        self.logits = logits


@dataclass(eq=False)
class Subject:
    """A loss function, the way in which it is called, and what it answered."""

    loss: Any
    way: Way
    ignored: int | None = IGNORED
    form: str = ""  # of the logits that it is given
    declared: bool = False  # whether the caller says what is padding
    own: str = ""  # or a parameter or attribute of its own, of this name
    held: frozenset[int] = frozenset()  # the integers that its code keeps
    part: str = ""  # which part of a result is trained on
    changed: set[str] = field(default_factory=set)  # arguments that it wrote into
    picked: str = field(default="", init=False)  # which part is the loss, in words
    result: Any = field(default=None, init=False)  # its last, as it came
    precision: str = field(default="", init=False)  # and the type of its numbers
    answers: dict[str, dict[str, Answer]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.form = self.form or self.way.forms[0]
        if self.way.promises_padding and self.ignored is None:
            self.ignored = IGNORED  # stands for what the mask leaves out

    # The same function, called otherwise.

    def by(self, **way: Any) -> "Subject":
        return replace(self, way=replace(self.way, **way))

    def ignoring(self, number: int | None) -> "Subject":
        return self if number == self.ignored else replace(self, ignored=number)

    def with_argument(self, name: str, role: str, **way: Any) -> "Subject":
        return self.by(roles=(*self.way.roles, (f"*{name}", role)), **way)

    def with_role(self, role: str, other: str, only: str = "") -> "Subject":
        """With another role in place of this one; perhaps of one name alone."""
        roles = (
            (name, other if one == role and only in ("", name.lstrip("*")) else one)
            for name, one in self.way.roles
        )
        return self.by(roles=tuple(roles))

    # What it answers.

    @property
    def padding(self) -> int:
        """The number that marks padding; −100, if it has none."""
        return IGNORED if self.ignored is None else self.ignored

    @property
    def kind(self) -> Kind:
        return self.way.kind

    def probe(self, name: str) -> Asked:
        """A probe as it gets it."""
        way, dtype = self.way, self.way.framework.dtype
        return Asked(way.kind, name, dtype, way.shape.sequences, self.ignored)

    def laid(self, name: str) -> tuple[Any, ...]:
        """The probe of this name, as it gets it."""
        return self.probe(name).laid

    def rows(self, o: Array, targets: Array) -> tuple[Array, Array]:
        """Rows as it takes them: twice, if it takes sequences alone."""
        if self.way.shape.sequences:
            return np.stack([o, o]), np.stack([targets, targets])
        return o, targets

    def with_targets(self, *ids: int) -> tuple[Array, Array]:
        """The rows of the batch, with these as their targets."""
        return self.rows(PROBES["batch"][0], np.array(ids))

    def answers_to_probes(self, form: str) -> dict[str, Answer]:
        """Its answers, given logits in this form."""
        if form not in self.answers:
            self.answers[form] = {
                name: self.ask(*self.laid(name), form=form)
                for name in self.kind.asked(self, form)
            }
        return self.answers[form]

    @property
    def first_answers(self) -> dict[str, Answer]:
        """Those given logits in the first form that it takes."""
        return self.answers_to_probes(self.form)

    def numbers(self, form: str) -> int:
        """How many of its answers are finite, given logits in this form."""
        return sum(map(is_finite, self.answers_to_probes(form).values()))

    @cached_property
    def reductions(self) -> tuple[str, ...]:
        """What it may do with the losses, by how many numbers it gives."""
        most = max(map(size, self.first_answers.values()))
        return ("none",) if self.way.shape.by_rows or most > 1 else REDUCTIONS

    @cached_property
    def telling(self) -> dict[str, int]:
        """The probes that tell what it is, and how many rows each has."""
        return self.kind.telling(self)

    def ask(
        self,
        *probe: Any,
        form: str = "",
        axis: int | None = None,
        make: Callable[[Array], Any] | None = None,
    ) -> Answer:
        """Its answer to a probe in float64, or the exception that it raised."""
        given = self.kind.given(*probe)

        def once(given: Given) -> Array:
            made = self.kind.arguments(self, given, form or self.form, axis)
            return self._once(self.made(made, make), given)

        def answer() -> Array:
            if not self.way.shape.by_rows:
                return once(given)
            rows = zip(*given.values(), strict=True)
            each = [once(dict(zip(given, row, strict=True))).ravel() for row in rows]
            if {one.shape for one in each} != {(1,)}:
                raise TypeError("it gives several numbers for one row")
            return np.array(each).ravel()

        return attempt(answer)

    def of_batch(self, **given: Any) -> Answer:
        return self.ask(*self.laid("batch"), **given)

    def _once(self, made: Given, given: Given) -> Array:
        before = {role: bytes_of(x) for role, x in made.items()}
        self.result = self.call(made)
        loss = self.loss_in(self.result, given)
        answer = as_numbers(loss)
        self.precision = str(getattr(loss, "dtype", "")).rpartition(".")[-1]
        self.changed |= {x for x, held in before.items() if bytes_of(made[x]) != held}
        return answer

    def loss_in(self, result: Any, given: Given) -> Any:
        """The part of a result that is the loss; the mean, if there is a number for
        each sequence."""
        shape = np.shape(given[self.kind.shaped_as])
        self.picked, loss = loss_of(result, shape, self.part)
        in_sequences = self.way.shape.sequences and hasattr(loss, "mean")
        if in_sequences and np.shape(loss) == shape[:1] != (1,):
            self.picked, loss = MEAN_OF_EACH, loss.mean()
        return loss

    def made(self, given: Given, make: Any = None) -> Given:
        """The same in its own arrays, which it may break."""
        own = self.way.framework.make
        return {
            role: ((make or own) if role == "logits" else own)(x)
            if isinstance(x, np.ndarray) or role in ("logits", "targets")
            else x
            for role, x in given.items()
        }

    def call(self, made: Given) -> Any:
        """What it returns, as it is."""
        if self.way.within:
            made = made | {"logits": ModelOutput(made["logits"])}
        args = [made[role] for name, role in self.way.roles if name[:1] != "*"]
        named = {x[1:]: made[role] for x, role in self.way.roles if x[:1] == "*"}
        loss = self.loss
        if self.way.resized:
            loss = copy(loss)
            setattr(loss, self.way.resized, made["size"])
        return loss(*args, **named)
