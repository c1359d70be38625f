"""Finding out how a function is called: the way in which it is right, else all ways.

The frameworks, layouts, orders and inputs that its signature leaves open are tried on
three rows of four logits, the likeliest first.
"""

import inspect
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .explanation import fits, predicted
from .faults import LOSS_FAULTS, Fault, by_name
from .outputs import Answer, losses_for, losses_in, parts
from .reference import IGNORED, evaluate
from .signature import (
    COUNTS,
    EXTRAS,
    FORMS,
    autograd_class,
    forms_of,
    references,
    root,
    signatures,
)
from .subject import FRAMEWORKS, SHAPES, YOURS, Framework, Subject, Way, imported

MEANT = [one for one in LOSS_FAULTS if one.kind == "convention" and not one.between]
MEASURES = (*by_name("accuracy"), *by_name("perplexity"))
LOG_P, P = "log-probabilities", "probabilities"
# Of an object that is not called.
METHODS = ("forward", "call", "loss", "compute_loss")
# What is written with these takes arrays of those.
SPEAKS = {"optax": "jax", "flax": "jax", "jaxlib": "jax", "transformers": "torch"}
HALF, SAME, CLOSE = 0.5, 1e-6, 1e-3
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
        # What takes rows is not asked for single ones, nor for sequences alone, in
        # which a batch that is wrong may look right. A row makes 1 of what is guessed.
        rows = [one.way for one in taken if one.way.shape is SHAPES[0]]
        plain = any(one.roles == way.roles and not one.one_hot for one in rows)
        alone = way.shape.by_rows and (rows or way.has({"guess", *EXTRAS}))
        for form in () if alone or (way.shape.sequences and plain) else way.forms:
            subject, answer = asked(loss, way, form, ignored)
            tried.append((answer, way))
            o, targets = subject.laid("batch")
            sizes = losses_for(targets.shape)
            if isinstance(answer, Exception) or answer.size not in sizes:
                continue
            if is_right(subject, meant):
                subject.way = replace(subject.way, forms=(form,))
                return [subject, *taken], tried
            # Not ln p, if it takes a softmax of its own; and not p, if that is all that
            # it does with logits. A guess must come near the loss.
            out = [LOG_P] * (not change_by_one(subject) > HALF)
            out += [P] * (change_by_one(subject, P) < SAME)
            forms = tuple(one for one in way.forms if one not in out)
            new = replace(subject.way, forms=forms)
            every = (evaluate(o, targets, (), how) for how in reductions(way))
            losses = map(np.asarray, every)
            near = not way.guessed or any(fits(answer, x, CLOSE) for x in losses)
            if form in forms and near and all(one.way != new for one in taken):
                subject.way = new
                taken.append(subject)
    return sorted(taken, key=by_shape_alone), tried


def ways(loss: Callable[..., Any], declared: dict[str, Any]) -> Iterator[Way]:
    """All ways that the signature leaves open, the likeliest first."""
    to = declared["to"]
    frameworks = [Framework(YOURS, to)] if to else frameworks_of(loss)
    said = signatures(loss, declared)
    kind, told = declared["kind"], bool(declared["mask"])
    shapes = getattr(loss, "shapes", kind.shapes or SHAPES)  # a step has its own
    every = itertools.product(frameworks, shapes, (False, True), said)
    for framework, shape, one_hot, given in every:
        forms = forms_of(given)
        way = Way(framework, shape, given, one_hot, forms=forms, kind=kind, told=told)
        if way.has(["places", "pairs"]) and not shape.sequences:
            continue
        inverted = (False, True)[: 1 + (way.mask_role == "mask")]
        within = (False, True)[: 1 + ("output" in way.names["logits"])]
        for left_out, inside in itertools.product(inverted, within):
            yield replace(way, left_out=left_out, within=inside)


def frameworks_of(loss: Callable[..., Any]) -> list[Framework]:
    """The one that its code refers to, then NumPy, then others that are imported."""
    said = {SPEAKS.get(name, name) for name in map(root, [loss, *references(loss)])}
    here = [name for name in FRAMEWORKS if name in sys.modules]
    others = {"numpy", *(here if "sklearn" in said else ())}  # it knows all of them
    meant = [name for name in reversed(here) if name in said - others]
    rest = [name for name in here if name not in meant]
    return [FRAMEWORKS[name] for name in (*meant, *rest)]


def asked(
    loss: Callable[..., Any], way: Way, form: str, ignored: int | None
) -> tuple[Subject, Answer]:
    """The function called in this way; where that fails, with a mask of booleans."""
    subject = Subject(loss, way, ignored, form)
    answer = subject.of_batch()
    if isinstance(subject.result, tuple) and way.framework.name == "PyTorch":
        tensor = imported("torch").tensor  # of a tuple, what has a gradient is trained
        subject.of_batch(make=lambda x: tensor(x).requires_grad_() * 1)
        subject.part = subject.picked
        answer = subject.of_batch()
    if isinstance(subject.result, tuple | dict) and is_measured(subject):
        answer = beside_measures(subject, answer)
    if way.mask_role and not way.booleans and isinstance(answer, Exception):
        other, again = asked(loss, replace(way, booleans=True), form, ignored)
        if not isinstance(again, Exception):
            return other, again
    return subject, answer


def is_measured(subject: Subject) -> bool:
    """Whether it gives the accuracy or the perplexity, as a number to print."""
    o, targets = subject.laid("square")
    answer = subject.ask(o, targets)
    return any(fits(answer, np.asarray(evaluate(o, targets, (x,)))) for x in MEASURES)


def beside_measures(subject: Subject, answer: Answer) -> Answer:
    """What it gives in another part of its result that is no such measure, which is
    taken for the loss; the same, if there is none."""
    first, shape = subject.picked, subject.laid("batch")[1].shape
    subject.of_batch()
    for name, part in losses_in(list(parts(subject.result)), shape):
        subject.part = name
        if not (isinstance(part, int) or is_measured(subject)):
            return subject.of_batch()
    subject.part = first
    return answer


def by_shape_alone(subject: Subject) -> bool:
    """Whether one-hot targets, or a single row, may fit only by their shapes: a batch
    or sequences with ids, if taken at all, are likelier meant."""
    return subject.way.one_hot or subject.way.shape not in SHAPES[:3]


def change_by_one(subject: Subject, form: str = LOG_P) -> float:
    """By how much ln p + 1, or p + 1, changes the loss: by nothing if it takes a
    softmax of its own; if it doesn't, ln p + 1 changes it by 1."""
    o, targets = subject.laid("batch")
    low, high = (
        subject.ask(FORMS[form](o) + more, targets, form="logits") for more in (0, 1)
    )
    if isinstance(low, Exception) or isinstance(high, Exception):
        return 1.0
    return float(abs(high.sum() - low.sum()) / max(low.size, 1))


def reductions(way: Way) -> tuple[str, ...]:
    """What it may do with the losses; a count that is guessed must divide."""
    return ("mean",) if way.guessed and way.has(COUNTS) else ("none", "mean", "sum")


def is_right(subject: Subject, meant: tuple[Fault, ...]) -> bool:
    """Whether it is the loss, or one that somebody means, of what it is given."""
    if subject.form == LOG_P and not change_by_one(subject) > HALF:
        return False
    sequences = ("rows", "sequences") if subject.way.shape.sequences else ("rows",)
    known = [one for one in MEANT if one.shows_in in sequences]
    shifts = any(one.step == "align" for one in meant)
    several = [()] if shifts else [(), *((one,) for one in known)]
    probes = [subject.probe(name) for name in ("batch", "a vocabulary of 128")]
    answers = [subject.ask(*one.laid) for one in probes]
    return any(
        all(
            fits(answer, predicted(one._replace(ignored=number), (*meant, *some), how))
            for one, answer in zip(probes, answers, strict=True)
        )
        for some in several
        for how in reductions(subject.way)
        for number in {IGNORED, subject.ignored}
    )
