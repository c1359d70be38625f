"""A loss function that takes NumPy's logits and targets, called in one of the ways."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ._answers import Answer, as_numbers, finite, kept, loss_of, parts, size
from ._probes import ASKED, OF_LOGITS_ALONE, Asked
from ._roles import COUNTS, EXTRAS, FIXED, INPUTS, unlike
from ._steps import IGNORED, NEAR, Array
from ._ways import Way
from ._words import mark

REDUCTIONS = ("mean", "sum")


class Output(dict[Any, Any]):
    """What a model gives, as transformers has it: .logits, ["logits"] and [0]."""

    def __init__(self, logits: Any):
        super().__init__({"logits": logits, 0: logits})
        self.logits = logits


class Function:
    """A loss function, the way into it, and what it answered."""

    def __init__(
        self, loss: Callable[..., Any], way: Way, ignored: int | None = IGNORED
    ):
        if way.surely_masked and ignored is None:
            ignored = IGNORED  # which stands for what the mask leaves out
        self.loss, self.way, self.ignored = loss, way, ignored
        self.kind = way.kinds[0]
        self.make = way.framework.make
        self.documents: Array | None = (
            None  # which tokens are in; otherwise all are in one
        )
        self.sure = False  # whether the caller says that this is its padding
        self.own = False  # or a parameter of its own does
        self.part = ""  # what of its result is trained on, of several
        self.picked = ""  # and what is the loss
        self.came: Any = None  # its last result, as it came
        self.precision = ""  # and the type of its numbers
        self.changed: set[str] = set()  # arguments that it wrote into
        self.answers: dict[str, dict[str, Answer]] = {}

    @property
    def padding(self) -> int:
        """Its number; of who has none, the custom one."""
        return IGNORED if self.ignored is None else self.ignored

    def of(self, kind: str) -> dict[str, Answer]:
        """Its answers to the probes, given this kind of input."""
        if kind not in self.answers:
            asked = ASKED[self.way.framework.dtype]
            self.answers[kind] = {
                name: self.ask(*self.laid(name), kind)
                for name in asked
                if kind == "logits" or name not in OF_LOGITS_ALONE
            }
        return self.answers[kind]

    def numbers(self, kind: str) -> int:
        """How many of its answers are finite, given this kind of input."""
        return sum(map(finite, self.of(kind).values()))

    @cached_property
    def hows(self) -> tuple[str, ...]:
        """What it may do with the losses, by how many numbers it gives, and whether a
        row thrice is thrice as much, as it is by sequences, too."""
        answers = self.of(self.kind)
        o, targets = ASKED[self.way.framework.dtype]["two tokens"]
        thrice = answers["two tokens"]
        most = max(size(answers[one]) for one in ("batch", "a vocabulary of 128"))
        if self.way.shape.by_rows or most > 1:
            return ("none",)
        once = self.ask(*self.rows(o[:1], targets[:1]))
        if isinstance(once, Exception) or isinstance(thrice, Exception):
            return REDUCTIONS
        ratio = float(thrice.sum() / (once.sum() or np.nan))
        times = zip(REDUCTIONS, (1, 3), strict=True)
        fit = tuple(how for how, n in times if abs(ratio - n) < NEAR)
        by_sequence = self.way.shape.sequences and fit != REDUCTIONS[:1]
        return REDUCTIONS if by_sequence else fit or REDUCTIONS

    @cached_property
    def scored(self) -> dict[str, int]:
        """The probes that have a token to score, and how many rows each has."""
        laid = {name: self.laid(name)[1] for name in ASKED[self.way.framework.dtype]}
        some = {name: (targets != self.ignored).any() for name, targets in laid.items()}
        return {name: laid[name].shape[-1] for name in laid if some[name]}

    def asked(self, name: str) -> Asked:
        """A probe, as it gets it."""
        way = self.way
        return Asked(name, way.framework.dtype, way.shape.sequences, self.ignored)

    def laid(self, name: str) -> tuple[Array, Array]:
        """Its logits and targets."""
        return self.asked(name).laid

    def rows(self, o: Array, targets: Array) -> tuple[Array, Array]:
        if self.way.shape.sequences:
            return np.stack([o, o]), np.stack([targets, targets])
        return o, targets

    def ask(
        self,
        o: Array,
        targets: Array,
        kind: str = "",
        axis: int | None = None,
        make: Callable[[Array], Any] | None = None,
    ) -> Answer:
        """The answer in float64, or the exception."""
        shape = self.way.shape
        self.make = make or self.way.framework.make  # of logits
        x = INPUTS[kind or self.kind](o)
        x = np.moveaxis(x, -1, shape.axis if axis is None else axis)
        try:
            with quiet():
                if shape.by_rows:
                    rows = zip(x, targets, strict=True)
                    return np.array([self.of_row(row, i) for row, i in rows])
                return self.once(x, targets)
        except Exception as error:
            mark(error)
            return error

    def of_row(self, row: Array, target: Any) -> float:
        answer = self.once(*self.alone(row, target))
        if answer.size != 1:
            raise TypeError(f"it gives {answer.size} numbers for one row")
        return float(answer.ravel()[0])

    def alone(self, row: Array, target: Any) -> tuple[Array, Any]:
        """A row as it takes one."""
        kept = self.way.shape.kept
        return (row[None], np.array([target])) if kept else (row, int(target))

    def once(self, x: Array, targets: Any) -> Array:
        given = self.arguments(x, targets)
        made = {role: self.made(role, held) for role, held in given.items()}
        arrays = {role: x for role, x in made.items() if not isinstance(x, int)}
        before = {role: kept(held) for role, held in arrays.items()}
        self.came = self.called(made)
        picked, loss = loss_of(self.came, np.shape(targets), self.part)
        self.picked = picked or getattr(self.loss, "picked", "")
        answer = as_numbers(loss)
        if self.make is self.way.framework.make:  # of logits of its own precision
            self.precision = str(getattr(loss, "dtype", "")).rpartition(".")[-1]
        self.changed |= {
            role
            for role, held in before.items()
            if not np.array_equal(kept(arrays[role]), held)
        }
        return answer

    def arguments(self, x: Array, targets: Any) -> dict[str, Any]:
        """What each role is given: logits, targets, a mask, the size."""
        V = x.shape[self.way.shape.axis if x.ndim > 1 else -1]
        given: dict[str, Any] = {"logits": x.astype(self.way.framework.dtype)}
        scored = np.asarray(targets) != self.ignored
        given["targets"] = np.array(targets) if np.ndim(targets) else targets
        if self.way.masked:
            there = np.roll(scored, -1, axis=-1) if self.way.ahead else scored
            mask = there != self.way.left_out
            kind = bool if self.way.booleans else given["logits"].dtype
            given[self.way.masked] = mask.astype(kind)
        one = np.ones(np.shape(targets), int)
        of = one if self.documents is None else self.documents
        for _, role in self.way.roles:
            if role in EXTRAS:
                given[role] = EXTRAS[role].of(scored, of)
        if self.way.left_out_by:
            given["targets"] = np.where(scored, targets, 0)
        if self.way.one_hot:
            y = np.arange(V) == np.asarray(given["targets"])[..., np.newaxis]
            axis = self.way.shape.axis if y.ndim > 1 else -1
            given["targets"] = np.moveaxis(y, -1, axis).astype(given["logits"].dtype)
        if any(role == "classes" for _, role in self.way.roles):
            given["classes"] = unlike((V,))
        return given | {"size": V, "ignored": self.padding}

    def made(self, role: str, held: Any) -> Any:
        """In the function's own arrays; a NumPy one is its own to break."""
        if role in ("size", "ignored", "inputs", *COUNTS, *FIXED):
            return held
        return (self.make if role == "logits" else self.way.framework.make)(held)

    def called(self, made: dict[str, Any]) -> Any:
        """Its answer as it is."""
        if self.way.within:
            made = made | {"logits": Output(made["logits"])}
        args = [made[role] for name, role in self.way.roles if name[:1] != "*"]
        named = {
            name[1:]: made[role] for name, role in self.way.roles if name[:1] == "*"
        }
        loss = self.loss
        if self.way.kept:
            loss = copy(loss)
            setattr(loss, self.way.kept, made["size"])
        return loss(*args, **named)

    def whole(self, o: Array, targets: Array) -> Array:
        """Of a gradient: an array like the logits, alone or in a tuple."""
        x = np.moveaxis(INPUTS[self.kind](o), -1, self.way.shape.axis)
        if self.way.shape.by_rows:
            rows = [self.alone(*one) for one in zip(x, targets, strict=True)]
            return np.reshape([self.like_logits(*one) for one in rows], x.shape)
        return np.moveaxis(self.like_logits(x, targets), self.way.shape.axis, -1)

    def like_logits(self, x: Array, targets: Any) -> Array:
        given = self.arguments(x, targets)
        made = {role: self.made(role, held) for role, held in given.items()}
        for _, one in parts(self.called(made)):
            if getattr(one, "shape", None) == x.shape:
                return as_numbers(one)
        raise ValueError(f"no array of the logits’ shape {x.shape}")

    def ignoring(self, number: int | None) -> "Function":
        """The same, where this number is padding, or none is."""
        return self if number == self.ignored else self.like(self.way, number)

    def given(self, name: str, role: str, **way: Any) -> "Function":
        """The same, given more by this name."""
        return self.by(roles=(*self.way.roles, (f"*{name}", role)), **way)

    def giving(self, role: str, other: str, only: str = "") -> "Function":
        """The same, given the other in place of this one; perhaps by one name alone."""
        roles = (
            (name, other if one == role and only in ("", name.lstrip("*")) else one)
            for name, one in self.way.roles
        )
        return self.by(roles=tuple(roles))

    def packed(self, documents: Array) -> "Function":
        """The same, of several documents in a sequence."""
        other = self.by()
        other.documents = documents
        return other

    def by(self, **way: Any) -> "Function":
        """The same, called otherwise."""
        return self.like(replace(self.way, **way), self.ignored)

    def like(self, way: Way, ignored: int | None) -> "Function":
        other = Function(self.loss, way, ignored)
        other.kind, other.changed, other.sure = self.kind, self.changed, self.sure
        other.own, other.part = self.own, self.part
        return other


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What is asked many times prints nothing, and warns of nothing."""
    with (
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
