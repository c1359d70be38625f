"""Finding the way in: the one in which a function is right, else all that it takes."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from importlib import import_module
from typing import Any

import numpy as np

from ._answers import Answer, sizes
from ._case import fits
from ._explain import IN_SEQUENCES, MEANT, explain
from ._function import Function
from ._probes import PROBES
from ._roles import INPUTS
from ._steps import IGNORED, Array, Fault, evaluate
from ._ways import FRAMEWORKS, NUMPY, SHAPES, Way, imported, ways
from ._words import autograd_of, root

LOG_P, P = "log-probabilities", "probabilities"
METHODS = ("forward", "call", "loss", "compute_loss")  # of what is no function itself
HALF, SAME, CLOSE = 0.5, 1e-6, 1e-3
# What NumPy’s arrays raise where a method of tensors is called.
LACKS = (
    r"'numpy\.ndarray' object has no attribute '(?:dim|numel|unsqueeze|gather|detach"
    r"|(?:masked_|index_|new_|scatter|view_|expand|type|clamp)\w*|contiguous|permute"
    r"|(?:log_?)?(?:softmax|sum_?exp)|to|float|double|half|long|int|bool|eq|ne)'"
    r"|argument '(?:keep)?dim'|'int' object is not callable"  # of .size(-1)
)
Tried = list[tuple[Answer, Way]]


def enter(
    loss: Callable[..., Any],
    declared: dict[str, Any],
    ignored: int | None,
    meant: tuple[Fault, ...],
) -> tuple[list[Function], Tried]:
    """The function in each way that it takes, at first that in which it is right; and
    what came of each that was tried."""
    taken: list[Function] = []
    tried: Tried = []
    for way in ways(loss, declared):
        if taken and way.framework is not taken[0].way.framework:
            break
        kinds = way.kinds if apart(way, [one.way for one in taken]) else ()
        for kind in kinds:
            function, answer = asked(loss, way, kind, ignored)
            tried.append((answer, way))
            if isinstance(answer, Exception) or not taken_by(function, answer):
                continue
            function = unless_masked(in_own_arrays(function, answer))
            if is_right(function, meant):
                function.way = replace(function.way, kinds=(kind,))
                return by_ids(function, taken, meant) or [function, *taken], tried
            add(function, answer, taken)
    if not (taken or declared.get("to")) and let_in_torch(tried):
        return enter(loss, declared, ignored, meant)
    if not taken and any(one_each(*one) for one in tried):
        functions, others = enter(mean_of(loss), declared, ignored, meant)
        return (functions, others) if functions else ([], tried)
    return sorted(taken, key=by_shape), tried


def asks_for_tensors(answer: Answer) -> bool:
    """Whether an array of NumPy’s lacks what tensors have."""
    failed = isinstance(answer, Exception)
    return failed and bool(re.search(LACKS, str(answer)))


def let_in_torch(tried: Tried) -> bool:
    """Whether PyTorch was not tried, is asked for, and could be imported."""
    known = any(way.framework is FRAMEWORKS["torch"] for _, way in tried)
    if known or not any(asks_for_tensors(answer) for answer, _ in tried):
        return False
    try:
        import_module("torch")
    except (ImportError, OSError):  # none is installed, or no whole one
        return False
    return True


def by_ids(
    right: Function, taken: list[Function], meant: tuple[Fault, ...]
) -> list[Function]:
    """That of ids, if it has a fault there of who is right by one-hot targets."""
    ids = right.by(one_hot=False)
    takes = any(replace(one.way, kinds=ids.way.kinds) == ids.way for one in taken)
    found = [ids] if takes and right.way.one_hot else []
    return found if found and explain(found, meant)[1] == [] else []


def one_each(answer: Answer, way: Way) -> bool:
    """Whether it gives a number for each of two sequences, which are the same."""
    if isinstance(answer, Exception) or not way.shape.sequences or answer.size != 2:
        return False
    first, second = answer.ravel()
    return bool(np.isfinite(first) and first == second)


def mean_of(loss: Callable[..., Any]) -> Callable[..., Any]:
    """The mean of what it gives for each sequence, of a tuple of its first part."""

    @wraps(loss)
    def mean(*given: Any, **named: Any) -> Any:
        came = loss(*given, **named)
        return (came[0] if isinstance(came, tuple) else came).mean()

    mean.__wrapped__ = getattr(loss, "forward", loss)  # whose names are known
    mean.picked = "the mean of a number for each sequence"  # type: ignore[attr-defined]
    return mean


def by_shape(function: Function) -> bool:
    """Whether one-hot targets, or a single row, may fit by their shapes alone: a batch
    or sequences with ids, taken at all, are likelier meant."""
    way = function.way
    return way.one_hot or way.shape not in SHAPES[:3]


def asked(
    loss: Callable[..., Any], way: Way, kind: str, ignored: int | None
) -> tuple[Function, Answer]:
    """The function called in this way; where that fails, with a mask of booleans."""
    function = Function(loss, way, ignored)
    function.kind = kind
    answer = function.ask(*function.rows(*PROBES["batch"]))
    if isinstance(function.came, tuple) and way.framework.name == "PyTorch":
        function.part = trained_on(function)
        answer = function.ask(*function.rows(*PROBES["batch"]))
    if way.masked and not way.booleans and isinstance(answer, Exception):
        other, again = asked(loss, replace(way, booleans=True), kind, ignored)
        if not isinstance(again, Exception):
            return other, again
    return function, answer


def trained_on(function: Function) -> str:
    """What of the numbers of a tuple has a gradient of PyTorch."""
    given = function.rows(*PROBES["batch"])
    function.ask(
        *given, make=lambda x: imported("torch").tensor(x).requires_grad_() * 1
    )
    return function.picked


def add(function: Function, answer: Array, taken: list[Function]) -> None:
    """Unless it is there already, or what one of its arguments is was guessed, and what
    comes is far from the loss."""
    kinds = kinds_left(function)
    given = function.rows(*PROBES["batch"])
    losses = (np.asarray(evaluate(*given, (), how)) for how in function.way.hows)
    near = not function.way.guessed or any(fits(answer, x, CLOSE) for x in losses)
    if function.kind in kinds and near:
        function.way = replace(function.way, kinds=kinds)
        if not any(one.way == function.way for one in taken):
            taken.append(function)


def apart(way: Way, taken: list[Way]) -> bool:
    """Whether it is worth a try: who takes rows is not asked for one, nor for sequences
    alone, in which a batch that is wrong may look right."""
    if way.shape.by_rows and way.hidden_in_rows:
        return False
    rows = [one for one in taken if one.shape is SHAPES[0]]
    plain = any(one.roles == way.roles and not one.one_hot for one in rows)
    if way.shape.sequences:
        return not plain
    return not (taken if way.shape.kept else rows if way.shape.by_rows else [])


def kinds_left(function: Function) -> tuple[str, ...]:
    """Without log-probabilities, if it takes a softmax of its own; and without
    probabilities, if that alone is all that it does with logits."""
    out = (LOG_P,) * (not by_one_more(function) > HALF)
    out += (P,) * (by_one_more(function, P) < SAME)
    return tuple(kind for kind in function.way.kinds if kind not in out)


def by_one_more(function: Function, kind: str = LOG_P) -> float:
    """By how much ln p, or p, and 1 more changes the loss: by nothing of who takes a
    softmax of its own; of who does not, by 1 of ln p."""
    o, targets = function.rows(*PROBES["batch"])
    low, high = (
        function.ask(INPUTS[kind](o) + more, targets, "logits") for more in (0, 1)
    )
    if isinstance(low, Exception) or isinstance(high, Exception):
        return 1.0
    return float(abs(high.sum() - low.sum()) / max(low.size, 1))


def taken_by(function: Function, answer: Any) -> bool:
    """Whether it gave as many numbers as there are losses; of a row that a shift leaves
    empty it gives none."""
    _, targets = function.rows(*PROBES["batch"])
    none = function.way.shape.kept and bool(np.isnan(answer).all())
    return answer.size in sizes(targets.shape) and not none


def in_own_arrays(function: Function, answer: Any) -> Function:
    """Who makes NumPy's arrays into others has the precision of those."""
    framework = FRAMEWORKS.get(root(type(function.came)), NUMPY)
    if function.way.framework is not NUMPY or framework is NUMPY:
        return function
    other = function.by(framework=framework)
    again = other.ask(*other.rows(*PROBES["batch"]))
    return other if fits(again, answer) else function


def unless_masked(function: Function) -> Function:
    """With ones for what was guessed to be a mask, and leaves nothing out."""
    if function.way.masked != "guess":
        return function
    o, targets = function.rows(*PROBES["batch"])
    other, first = function.giving("guess", "ones"), targets == targets[..., :1]
    all_scored = other.ask(o, np.where(first, 0, targets))
    left_out = function.ask(o, np.where(first, function.padding, targets))
    none = not isinstance(all_scored, Exception) and fits(left_out, all_scored)
    return other if none else function


def is_right(function: Function, meant: tuple[Fault, ...]) -> bool:
    """Whether it is the loss, or one that somebody means, of what it is given."""
    if function.kind == LOG_P and not by_one_more(function) > HALF:
        return False
    several = [()] if meant else [(), *((one,) for one in conventions(function))]
    asked = [function.rows(*PROBES[name]) for name in ("batch", "a vocabulary of 128")]
    answers = [function.ask(*given) for given in asked]
    return any(
        all(
            fits(answer, np.asarray(evaluate(*given, (*meant, *some), how, number)))
            for given, answer in zip(asked, answers, strict=True)
        )
        for some in several
        for how in function.way.hows
        for number in {IGNORED, function.ignored}
    )


def conventions(function: Function) -> Iterator[Fault]:
    known = MEANT
    if function.way.shape.sequences:
        known = [*MEANT, *(one for one in IN_SEQUENCES if one.kind == "convention")]
    return (one for one in known if not one.between)


def applied(loss: Any) -> Any:
    """Of an autograd.Function its apply."""
    apply = getattr(loss, "apply", None)
    return apply if autograd_of(apply) else loss


def instance(loss: Any) -> Any:
    """What is called: of a class an object, if it needs no more to be made; of one that
    is no function its method."""
    try:
        made = loss() if inspect.isclass(loss) else loss
    except Exception:
        return loss
    methods = (getattr(made, name, None) for name in METHODS)
    return made if callable(made) else next(filter(callable, methods), loss)
