"""Finding the way in: the one in which a function is right, else all that it takes."""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ._case import fits
from ._explain import IN_SEQUENCES, MEANT
from ._function import Answer, Function, size, sizes
from ._match import GIVES, NO_LOSS
from ._probes import PROBES, waves
from ._report import Diagnosis, Finding, Shown, show
from ._roles import EXTRAS, INPUTS, PLAIN, parameters_of, roles_of
from ._steps import IGNORED, Array, Fault, evaluate
from ._ways import FRAMEWORKS, NUMPY, SHAPES, Framework, Way, sizes_held, ways
from ._words import is_lambda, root

LOG_P = "log-probabilities"
METHODS = ("forward", "call", "loss", "compute_loss")  # of what is no function itself
HALF, SAME, CLOSE = 0.5, 1e-6, 1e-3
MORE_AXES = (
    ". (B, T, 1, V) is o[:, :, None], and (B, V, T, 1) is "
    "o.swapaxes(1, 2)[..., None], with t[..., None]"
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
        if not apart(way, [one.way for one in taken]):
            continue
        for kind in way.kinds:
            function, answer = asked(loss, way, kind, ignored)
            tried.append((answer, way))
            if isinstance(answer, Exception) or not taken_by(function, answer):
                continue
            function = in_own_arrays(function, answer)
            if is_right(function, meant):
                function.way = replace(function.way, kinds=(kind,))
                return [function, *taken], tried
            add(function, answer, taken)
    return sorted(taken, key=by_accident), tried


def by_accident(function: Function) -> bool:
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
    if way.masked and not way.booleans and isinstance(answer, Exception):
        other, again = asked(loss, replace(way, booleans=True), kind, ignored)
        if not isinstance(again, Exception):
            return other, again
    return function, answer


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


def first_of(tried: Tried) -> tuple[Answer, Way]:
    """What came of the first, in arrays that have what it asks of them."""
    have = {way.framework for x, way in tried if not isinstance(x, AttributeError)}
    return min(tried, key=lambda one: one[1].framework not in have)


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
    change = by_one_more(function)
    out = (LOG_P,) * (not change > HALF) + ("probabilities",) * (change < SAME)
    return tuple(kind for kind in function.way.kinds if kind not in out)


def by_one_more(function: Function) -> float:
    """By how much ln p and 1 more changes the loss: by 1 of who takes no softmax of its
    own, by nothing of who does."""
    o, targets = function.rows(*PROBES["batch"])
    low, high = (
        function.ask(INPUTS[LOG_P](o) + more, targets, "logits") for more in (0, 1)
    )
    if isinstance(low, Exception) or isinstance(high, Exception):
        return 1.0
    return float(abs(high.sum() - low.sum()) / max(low.size, 1))


def taken_by(function: Function, answer: Any) -> bool:
    """Whether it gave as many numbers as there are losses."""
    _, targets = function.rows(*PROBES["batch"])
    return answer.size in sizes(targets.shape)


def in_own_arrays(function: Function, answer: Any) -> Function:
    """Who makes NumPy's arrays into others has the precision of those."""
    framework = FRAMEWORKS.get(root(type(function.came)), NUMPY)
    if function.way.framework is not NUMPY or framework is NUMPY:
        return function
    other = Function(
        function.loss, replace(function.way, framework=framework), function.ignored
    )
    other.kind = function.kind
    again = other.ask(*other.rows(*PROBES["batch"]))
    return other if fits(again, answer) else function


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


def instance(loss: Any) -> Any:
    """What is called: of a class an object, if it needs no more to be made; of one that
    is no function its method."""
    try:
        made = loss() if inspect.isclass(loss) else loss
    except Exception:
        return loss
    methods = (getattr(made, name, None) for name in METHODS)
    return made if callable(made) else next(filter(callable, methods), loss)


def refuses(loss: Callable[..., Any], tried: Tried) -> Diagnosis:
    """It takes the arrays in no way that is known."""
    if wants := wanted(loss):
        made = f"{loss.__name__}({', '.join(f'{one}=…' for one in wants)})"
        what = f"{loss.__name__} wants {', '.join(wants)}"
        return no_loss([], f"{what}: make an instance, such as diagnose({made})")
    first, way = first_of(tried)
    rows = [("3 rows of 4 logits", first)]
    mend = lambda_for(loss, way.framework)
    if isinstance(first, (NameError, ImportError)) and hasattr(first, "own"):
        return no_loss(rows, "To mend it, correct that line")
    for answer, one in tried:
        if one.shape.sequences and has_two(answer):  # as many as there are sequences
            mend = lambda_for(loss, one.framework, ".mean()")
            return no_loss([("two sequences of 3 rows", answer)], mend)
    plain = {replace(way, shape=one) for one in SHAPES[:2]}
    failed = {one for x, one in tried if one in plain and isinstance(x, Exception)}
    for V in sizes_held(instance(loss)):
        if any(gives_of(loss, one, V) for one in failed):
            return no_loss(rows, for_each_size(V))
    alike = [x for x, one in tried if one == replace(way, shape=SHAPES[1])][:1]
    rows += [("two sequences of them", x) for x in alike if show(x) != show(first)]
    if any(re.search(r"unpack \(expected [4-9]", str(x)) for x in alike):
        mend = mend.replace("(o, t))", "(o[:, :, None], t))") + MORE_AXES
    return no_loss(rows, mend)


def gives_of(loss: Any, way: Way, V: int) -> bool:
    """Whether it gives numbers where the vocabulary has this size."""
    function = Function(instance(loss), way)
    answer = function.ask(*function.rows(waves(3, V), np.array([V - 1, 0, 1])))
    return not isinstance(answer, Exception) and taken_by(function, answer)


def for_each_size(V: int) -> str:
    """The line that lets in who is made for one vocabulary."""
    return (
        f"Of rows of {V:,} logits it gives a number, and other vocabularies are asked "
        "for, too: write diagnose(lambda o, t: made(o.shape[-1])(o, t)), where made(V) "
        "makes it for V tokens, with its weights, if it has any, repeated and cut to V"
    )


def wanted(loss: Any) -> list[str]:
    """What a class requires to be made; of what it has for a call, nothing."""
    made = parameters_of(partial(loss)) if inspect.isclass(loss) else []
    return [one.name for one in made if one.default is one.empty]


def has_two(answer: Answer) -> bool:
    return not isinstance(answer, Exception) and answer.size == 2


def no_loss(seen: Sequence[tuple[str, Answer]], mend: str) -> Diagnosis:
    found = tuple(
        Shown(name, show(x), "the loss, or near it" if size(x) == 1 else "a number")
        for name, x in seen
    )
    return Diagnosis("", (Finding(NO_LOSS, found, mend=mend, subject=GIVES),))


def lambda_for(loss: Any, framework: Framework, then: str = "") -> str:
    """The line that would let it in; of who wrote one, what it is given."""
    arrays = "tensors of PyTorch" if framework.name == "PyTorch" else str(framework)
    given = f"o logits (N, V) or (B, T, V) and t ids (N,) or (B, T), both {arrays}"
    call = call_of(loss)
    if is_lambda(loss) and "…" not in call and not then:
        return f"It is called with {given}: of one of the two it must give a number"
    more = [f", {name}" for name in ("mask", "lengths") if f"={name}" in call]
    arguments = f"o, t{''.join(more)}"
    why = "To have one number" if then else "If it takes something else"
    return (
        f"{why}, write diagnose(lambda {arguments}: {call}{then})"
        f", with {given}, so that it gives a number: its own order, names, shapes and "
        "extra arguments go inside"
    )


def call_of(loss: Any) -> str:
    """A call with all that it requires; of a class, that of an instance."""
    if inspect.isclass(loss):
        calls = any("__call__" in vars(one) for one in loss.__mro__)
        methods = [f".{name}" for name in METHODS if hasattr(loss, name) and not calls]
        return f"{loss.__name__}(…){''.join(methods[:1])}(o, t)"
    name = getattr(loss, "__name__", "your_loss")
    letters = {"logits": "o", "targets": "t", "mask": "mask", "size": "o.shape[-1]"}
    letters |= {role: extra.code for role, extra in EXTRAS.items()}
    given: list[str] = []
    for parameter, role in next(roles_of(loss, {}, 9), PLAIN[0]):
        known = role != "mask" or "mask" in parameter  # a weight may be another’s
        value = letters.pop(role, "…") if known else "…"
        named = value not in ("o", "t") or parameter[:1] == "*" or "=" in "".join(given)
        given.append(f"{parameter.lstrip('*')}={value}" if named else value)
    return f"{'f' if name == '<lambda>' else name}({', '.join(given)})"
