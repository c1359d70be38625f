"""Finding out how a function is called: the way in which it is right, else all ways.

The frameworks, layouts, orders and inputs that its signature leaves open are tried on
three rows of four logits, the likeliest first.
"""

import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .explanation import fits
from .faults import LOSS_FAULTS, Fault
from .outputs import Answer, losses_for
from .probes import PROBES
from .reference import IGNORED, Array, evaluate
from .signature import (
    EXTRAS,
    INPUTS,
    autograd_class,
    kinds_of,
    references,
    role_of,
    root,
    signatures,
)
from .subject import FRAMEWORKS, NUMPY, SHAPES, YOURS, Framework, Subject, Way, imported

MEANT = [one for one in LOSS_FAULTS if one.kind == "convention" and not one.between]
LOG_P, P = "log-probabilities", "probabilities"
# Of an object that is not called.
METHODS = ("forward", "call", "loss", "compute_loss")
# What is written with these takes arrays of those.
SPEAKS = {"optax": "jax", "flax": "jax", "jaxlib": "jax", "transformers": "torch"}
HALF, SAME, CLOSE = 0.5, 1e-6, 1e-3
SIZE = r"vocab|class(es)?$|num_labels|^(cls|V)$"  # an attribute that keeps V
Tried = list[tuple[Answer, Way]]


def callable_of(loss: Any) -> Any:
    """What is called: an autograd.Function's apply; of a class an instance, if it can
    be made without arguments; of an object that is not callable its method."""
    apply = getattr(loss, "apply", None)
    loss = apply if autograd_class(apply) else loss
    try:
        made = loss() if inspect.isclass(loss) else loss
    except Exception:
        return loss
    methods = (getattr(made, name, None) for name in METHODS)
    called = made if callable(made) else next(filter(callable, methods), loss)
    # torch.compile would compile anew for each shape.
    for name in ("_torchdynamo_orig_callable", "_orig_mod"):
        called = getattr(called, name, called)
    return getattr(made, "training_step", called)


def find_ways(
    loss: Callable[..., Any],
    declared: dict[str, Any],
    ignored: int | None,
    meant: tuple[Fault, ...],
) -> tuple[list[Subject], Tried]:
    """The function in each way that it takes, first the one in which it is right; and
    what came of each way that was tried."""
    taken: list[Subject] = []
    tried: Tried = []
    for way in ways(loss, declared):
        if taken and way.framework is not taken[0].way.framework:
            break
        kinds = way.kinds if worth_a_try(way, [one.way for one in taken]) else ()
        for kind in kinds:
            subject, answer = asked(loss, way, kind, ignored)
            tried.append((answer, way))
            if isinstance(answer, Exception) or not gives_losses(subject, answer):
                continue
            subject = in_own_arrays(subject, answer)
            if is_right(subject, meant):
                subject.way = replace(subject.way, kinds=(kind,))
                return [subject, *taken], tried
            add(subject, answer, taken)
    return sorted(taken, key=by_shape_alone), tried


def ways(loss: Callable[..., Any], declared: dict[str, Any]) -> Iterator[Way]:
    """All ways that the signature leaves open, the likeliest first."""
    to = declared.get("to")
    frameworks = [Framework(YOURS, to)] if to else frameworks_of(loss)
    roles = list(signatures(loss, declared))
    told = bool(declared.get("mask"))
    for framework, shape, one_hot, given in itertools.product(
        frameworks, SHAPES, (False, True), roles
    ):
        way = Way(framework, shape, given, one_hot, kinds=kinds_of(given), told=told)
        if way.has(["places", "pairs"]) and not shape.sequences:
            continue
        within = any(role == "logits" and "output" in name for name, role in given)
        for left_out in (False, True)[: 1 + (way.mask_role == "mask")]:
            yield replace(way, left_out=left_out)
            if within:
                yield replace(way, left_out=left_out, within=True)


def frameworks_of(loss: Callable[..., Any]) -> list[Framework]:
    """The one that its code refers to, then NumPy, then others that are imported."""
    said = {SPEAKS.get(name, name) for name in map(root, [loss, *references(loss)])}
    here = [name for name in FRAMEWORKS if name in sys.modules]
    others = {"numpy", *(here if "sklearn" in said else ())}  # it knows all of them
    meant = [name for name in reversed(here) if name in said - others]
    rest = [name for name in here if name not in meant]
    return [FRAMEWORKS[name] for name in (*meant, *rest)]


def asked(
    loss: Callable[..., Any], way: Way, kind: str, ignored: int | None
) -> tuple[Subject, Answer]:
    """The function called in this way; where that fails, with a mask of booleans."""
    subject = Subject(loss, way, ignored, kind)
    answer = subject.of_batch()
    if isinstance(subject.result, tuple) and way.framework.name == "PyTorch":
        tensor = imported("torch").tensor  # of a tuple, what has a gradient is trained
        subject.of_batch(make=lambda x: tensor(x).requires_grad_() * 1)
        subject.part = subject.picked
        answer = subject.of_batch()
    if way.mask_role and not way.booleans and isinstance(answer, Exception):
        other, again = asked(loss, replace(way, booleans=True), kind, ignored)
        if not isinstance(again, Exception):
            return other, again
    return subject, answer


def gives_losses(subject: Subject, answer: Array) -> bool:
    """Whether it gave as many numbers as there are losses."""
    _, targets = subject.rows(*PROBES["batch"])
    return answer.size in losses_for(targets.shape)


def worth_a_try(way: Way, taken: list[Way]) -> bool:
    """A function that takes rows is not asked for single ones, nor for sequences
    alone, in which a batch that is wrong may look right."""
    if way.shape.by_rows and way.has({"guess", *EXTRAS}):
        return False  # a single row makes 1 of what is guessed or counted
    rows = [one for one in taken if one.shape is SHAPES[0]]
    plain = any(one.roles == way.roles and not one.one_hot for one in rows)
    if way.shape.sequences:
        return not plain
    return not (way.shape.by_rows and rows)


def by_shape_alone(subject: Subject) -> bool:
    """Whether one-hot targets, or a single row, may fit only by their shapes: a batch
    or sequences with ids, if taken at all, are likelier meant."""
    return subject.way.one_hot or subject.way.shape not in SHAPES[:3]


def add(subject: Subject, answer: Array, taken: list[Subject]) -> None:
    """Unless it is there already; or one of its arguments was guessed, and what comes
    is far from the loss."""
    kinds = possible_kinds(subject)
    given = subject.rows(*PROBES["batch"])
    losses = (np.asarray(evaluate(*given, (), how)) for how in subject.way.reductions)
    near = not subject.way.guessed or any(fits(answer, x, CLOSE) for x in losses)
    if subject.kind in kinds and near:
        subject.way = replace(subject.way, kinds=kinds)
        if not any(one.way == subject.way for one in taken):
            taken.append(subject)


def possible_kinds(subject: Subject) -> tuple[str, ...]:
    """Not log-probabilities, if it takes a softmax of its own; and not probabilities,
    if that is all that it does with logits."""
    out = (LOG_P,) * (not change_by_one(subject) > HALF)
    out += (P,) * (change_by_one(subject, P) < SAME)
    return tuple(kind for kind in subject.way.kinds if kind not in out)


def change_by_one(subject: Subject, kind: str = LOG_P) -> float:
    """By how much ln p + 1, or p + 1, changes the loss: by nothing if it takes a
    softmax of its own; if it doesn't, ln p + 1 changes it by 1."""
    o, targets = subject.rows(*PROBES["batch"])
    low, high = (
        subject.ask(INPUTS[kind](o) + more, targets, "logits") for more in (0, 1)
    )
    if isinstance(low, Exception) or isinstance(high, Exception):
        return 1.0
    return float(abs(high.sum() - low.sum()) / max(low.size, 1))


def in_own_arrays(subject: Subject, answer: Array) -> Subject:
    """If it makes other arrays of NumPy's, it has the precision of those."""
    made = root(type(subject.result))
    framework = FRAMEWORKS.get(SPEAKS.get(made, made), NUMPY)
    if subject.way.framework is not NUMPY or framework is NUMPY:
        return subject
    other = subject.by(framework=framework)
    return other if fits(other.of_batch(), answer) else subject


def is_right(subject: Subject, meant: tuple[Fault, ...]) -> bool:
    """Whether it is the loss, or one that somebody means, of what it is given."""
    if subject.kind == LOG_P and not change_by_one(subject) > HALF:
        return False
    sequences = ("rows", "sequences") if subject.way.shape.sequences else ("rows",)
    known = [one for one in MEANT if one.shows_in in sequences]
    several = [()] if meant else [(), *((one,) for one in known)]
    given = [subject.rows(*PROBES[name]) for name in ("batch", "a vocabulary of 128")]
    answers = [subject.ask(*one) for one in given]
    return any(
        all(
            fits(answer, np.asarray(evaluate(*one, (*meant, *some), how, number)))
            for one, answer in zip(given, answers, strict=True)
        )
        for some in several
        for how in subject.way.reductions
        for number in {IGNORED, subject.ignored}
    )


def size_attribute(loss: Any) -> str:
    """The attribute of an instance that keeps the size of the vocabulary, or ""."""
    held = {} if inspect.isroutine(loss) else getattr(loss, "__dict__", {})
    sizes = (x for x, n in held.items() if type(n) is int and re.search(SIZE, x))
    return next((x for x in sizes if role_of(x) != "ignored"), "")
