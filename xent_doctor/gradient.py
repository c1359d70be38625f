"""The gradient: what a framework computes, or a function returns, beside that of the
loss which the function was seen to be.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from xent_lib import cross_entropy_grad, softmax

from .calls import quiet, watch
from .explanation import Explanation, fits
from .faults import Fault
from .faults import gradient as wrong
from .faults.batch_and_alignment import SHIFTED
from .large import large
from .outputs import Answer, as_numbers, mark, parts
from .padding import by_accident
from .parameters import leaves_out
from .probes import MANY_ROWS, PROBES, waves
from .reference import NEAR, Array, evaluate
from .report import SHOWN, UNEXPLAINED, Finding, Seen, Shown, show
from .signature import INPUTS, bodies_of, references, required_by, role_of, root
from .subject import Subject, imported

# What is seen as which loss; a probe’s name and rows; and what comes from above.
Probe = tuple[Explanation, str, Array, Array, Any]
Measure = Callable[[Explanation, Array, Array, Any], Array]
Pull = Callable[[Array], Any]
SUBJECT = "The gradient is"
OTHER = f"something other than that of the loss, {UNEXPLAINED}"
ROUGH = 3e-2  # of the largest entry of a gradient that is rounded
UPSTREAM = 3.0
BATCH, ABOVE = "batch", "batch, multiplied afterwards"
TWO, OF_TWO = "two sequences", (waves(2, 3, 4), np.array([[3, 1, 2], [2, 0, 1]]))
# What a gradient is called in a result.
NAMED = r"grad|^d_?(x|o|z|y|out|scores?|logits?|loss)$"


class NoGradient(Exception):
    """The function gives a plain number."""


def is_other_slope(found: Finding) -> bool:
    return found.what == OTHER


def gradient(
    case: Explanation,
    given: Callable[..., Any] | None,
    sequences: Explanation | None = None,
) -> Seen:
    """What the given gradient shows, or the framework's; else one that the function has
    of its own."""
    measure = by_hand(given) if given else by_framework
    try:
        return of_probes(measure, asked(case, measure, sequences))
    except NoGradient:
        return of_its_own(case)


def asked(
    case: Explanation, measure: Measure, sequences: Explanation | None = None
) -> Iterator[Probe]:
    """The probes whose gradient is asked for, and what the loss is multiplied by."""
    rows = case.subject.rows
    o, targets = PROBES["batch"]
    yield case, BATCH, *rows(o, targets), 1.0
    if measure is by_framework:
        yield case, ABOVE, *rows(o, targets), from_above(case)
    if {*case.all_faults} <= {SHIFTED} and not case.subject.way.shape.by_rows:
        many = {"a large vocabulary": large(case), "3,001 rows": rows(*MANY_ROWS)}
        for name, given in many.items():
            if fits(case.seen(*given), case.right(*given)):  # else so is its gradient
                yield case, name, *given, 1.0
    if leaves_out(case) and not by_accident(case):
        ignored = np.array([3, case.subject.ignored, 2])
        yield case, "batch, one ignored", *rows(o, ignored), 1.0
    if sequences and measure is by_framework:
        yield sequences, TWO, *OF_TWO, 1.0


def from_above(case: Explanation) -> Any:
    """A factor; of losses for each token, one for each, and not contiguous."""
    o, targets = case.subject.rows(*PROBES["batch"])
    if case.right(o, targets).shape != targets.shape:
        return UPSTREAM
    n, dtype = 2 * targets.size, case.subject.way.framework.dtype
    return np.arange(1, n + 1, dtype=dtype).reshape(*targets.shape, 2)[..., 0]


def of_probes(measure: Measure, probes: Iterable[Probe]) -> Seen:
    """What the first that is wrong shows."""
    found = Seen()
    for probe in probes:
        case, name, o, targets, times = probe
        seen, exact = measured(measure, case, o, targets, times), case.exact
        if isinstance(seen, Exception):
            why = failed(case, seen, name, measure)
            if isinstance(why, Finding):
                return Seen([why])
            found.not_tried.append(why)
            if not found.gradient:
                break
            continue
        found.gradient = True
        right = slope(exact, o, targets, times)
        if not near(seen, right, NEAR if exact == case else ROUGH).all():
            shown = where_it_differs(name, seen, right)
            known = explained(measure, probe, seen, right)
            other = Finding(OTHER, (shown,), subject=SUBJECT)
            found.findings = [Finding.of(one, shown) for one in known] or [other]
            break
    return found


def measured(
    measure: Measure, case: Explanation, o: Array, targets: Array, times: Any
) -> Answer:
    """The gradient, or the exception; NoGradient is raised."""
    try:
        with quiet(), watch.call():
            return measure(case, o, targets, times)
    except NoGradient:
        raise
    except (Exception, SystemExit) as error:
        return mark(error)


def failed(
    case: Explanation, error: Exception, name: str, measure: Measure
) -> Finding | str:
    """What is said where there is none; beside plain rows it may refuse much."""
    cut = "does not require grad" in str(error)
    if cut and switches_off(case.subject.loss):
        return "its gradient, which its code switches off"
    if cut:
        return Finding.of(wrong.NONE, Shown(name, "none", "p − y"))
    if measure is not by_framework or (hasattr(error, "of_backward") and name == BATCH):
        return Finding.of(wrong.RAISES, Shown(name, show(error), "p − y"))
    return f"the gradient of {name}: {show(error)}"


def switches_off(loss: Any) -> bool:
    """Whether it says no_grad or inference_mode, inside or as a decorator."""
    names = {x for body in bodies_of(loss) for x in body.__code__.co_names}
    for one in references(loss):
        names |= {type(one).__name__, type(getattr(one, "__self__", None)).__name__}
    return not names.isdisjoint({"no_grad", "inference_mode"})


# How it is measured.


def by_hand(given: Callable[..., Any]) -> Measure:
    """By a function of the same arguments that gives it, alone or in a tuple."""

    def measure(case: Explanation, o: Array, targets: Array, times: Any) -> Array:
        subject = Subject(given, case.subject.way, case.subject.ignored)
        subject.kind = case.kind
        return subject.gradient_in_result(o, targets)

    return measure


def by_framework(case: Explanation, o: Array, targets: Array, times: Any) -> Array:
    """By the function's own framework, with `times` from above."""
    subject, shape = case.subject, case.subject.way.shape
    if shape.by_rows:
        rows = zip(o, targets, np.broadcast_to(times, targets.shape), strict=True)
        return np.array([of_one(subject, *row, case.kind) for row in rows])
    x = np.moveaxis(o, -1, shape.axis)
    return np.moveaxis(of_one(subject, x, targets, times, case.kind), shape.axis, -1)


def of_one(subject: Subject, x: Array, targets: Any, times: Any, kind: str) -> Array:
    """Of the logits, whichever it takes, as it takes them."""
    made = subject.made(subject.arguments(x, targets))
    axis = subject.way.shape.axis if x.ndim > 1 else -1
    framework = root(type(made["logits"])).removesuffix("lib")  # jaxlib’s arrays
    if framework not in ("torch", "jax"):
        raise NoGradient
    nn = imported("torch") if framework == "torch" else imported("jax").nn
    into = {"probabilities": nn.softmax, "log-probabilities": nn.log_softmax}

    def loss(o: Any) -> Any:
        logits = into[kind](o, axis) if kind in into else o * 1
        return subject.loss_in(subject.call(made | {"logits": logits}), targets)

    answer, pull = (of_torch if framework == "torch" else of_jax)(loss, made["logits"])
    above = upstream(times, answer)
    try:
        return as_numbers(pull(above))
    except Exception as error:  # the function itself has been run
        error.of_backward = True  # type: ignore[attr-defined]
        raise


def of_torch(loss: Callable[[Any], Any], logits: Any) -> tuple[Any, Pull]:
    """By the logits alone: nothing is left in a parameter's .grad."""
    torch = imported("torch")
    with torch.inference_mode(False), torch.enable_grad():
        o = logits.clone().requires_grad_()
        answer = loss(o)
    if not isinstance(answer, torch.Tensor):
        raise NoGradient

    def pull(above: Array) -> Any:
        given = torch.as_tensor(above, dtype=answer.dtype)
        [found] = torch.autograd.grad(answer, o, given, allow_unused=True)
        return np.zeros(o.shape) if found is None else found

    return answer, pull


def of_jax(loss: Callable[[Any], Any], logits: Any) -> tuple[Any, Pull]:
    jax = imported("jax")
    answer, pull = jax.vjp(loss, logits)
    return answer, lambda above: pull(jax.numpy.asarray(above, answer.dtype))[0]


def upstream(times: Any, answer: Any) -> Array:
    """What comes from above, in its strides; of stride 0 as from a sum."""
    if np.ndim(times):
        return np.reshape(times, answer.shape)
    return np.broadcast_to(np.float32(times), answer.shape)


# What is right: by the library's formula of many logits, of few by differences.

STEP = 1e-5  # of a central difference in float64
MANY = 1000  # entries, for which differences take long


def slope(case: Explanation, o: Array, targets: Array, times: Any) -> Array:
    """The gradient by the logits, whichever it takes."""
    found, how, ignored = np.zeros(o.shape), case.reduction, case.subject.ignored
    if o.size > MANY:  # of a plain loss
        at = np.arange(o.size).reshape(o.shape)
        for shift in case.all_faults:
            at, targets = shift.does(at, targets)
        how = how.replace("none", "sum")
        o = o.ravel()[at]
        right = cross_entropy_grad(o, targets, reduction=how, ignore_index=ignored)
        np.put(found, at, right)
        return found

    def loss(o: Array) -> float:
        answer = evaluate(o, targets, case.all_faults, how, ignored)
        return float((answer * times).sum())

    for entry in np.ndindex(o.shape):
        step = np.zeros(o.shape)
        step[entry] = STEP
        found[entry] = (loss(o + step) - loss(o - step)) / (2 * STEP)
    return found


def near(seen: Array, right: Array, most: float = NEAR) -> Array:
    return np.abs(seen - right) <= most * np.abs(right).max() + 1e-6


def close(seen: Array, right: Array) -> bool:
    return bool(near(seen, right).all())


# What explains a gradient that is another.


def where_it_differs(name: str, seen: Array, right: Array) -> Shown:
    """The first row that does; of many tokens, from the first that does."""
    V = seen.shape[-1]
    seen, right = seen.reshape(-1, V), right.reshape(-1, V)
    row, token = (int(at) for at in np.argwhere(~near(seen, right))[0])
    token *= V > SHOWN
    name += f", row {row + 1:,}" if row or token else ""
    name += f", from token {token:,} on" if token else ""
    return Shown.of(name, seen[row, token:], right[row, token:])


def explained(
    measure: Measure, probe: Probe, seen: Array, right: Array
) -> tuple[Fault, ...]:
    """The known faults that this is; () if it is none."""
    case, name, o, targets, _ = probe
    if measure is by_framework and seen.any():
        thrice = measured(measure, case, o, targets, UPSTREAM)
        kept = not isinstance(thrice, Exception) and close(thrice, seen)
        if name == ABOVE or kept:
            return (wrong.UPSTREAM_LOST,)
    return next(kinds(case, o, targets, seen, right), ())


# What −y and −y/p are, of a function that takes this.
BY_WHAT = {
    "logits": (wrong.NO_SOFTMAX, wrong.BY_OWN_P),
    "probabilities": (wrong.NO_SOFTMAX, wrong.BY_INPUT),
    "log-probabilities": (wrong.BY_INPUT, wrong.BY_OWN_P),
}


def kinds(
    case: Explanation, o: Array, targets: Array, seen: Array, right: Array
) -> Iterator[tuple[Fault, ...]]:
    """Those of the known faults that fit, each with what it is multiplied by."""
    if not seen.any():
        yield (wrong.NONE,)
    some: list[tuple[tuple[Fault, ...], Array]] = [((), right)]
    for one in case.faults:
        rest = replace(wrong.OF_REST, what=wrong.OF_REST.what.format(one.name))
        some.append(((rest,), slope(case.without(one), o, targets, 1.0)))
    ignored = targets == case.subject.ignored
    y, p = np.arange(o.shape[-1]) == targets[..., np.newaxis], softmax(o)
    if ignored.any():
        if close(seen[~ignored], right[~ignored]):
            yield (wrong.OF_PADDING,)
    else:
        times = (right * (p - y)).sum() / np.square(p - y).sum()
        by_log_p, by_p = BY_WHAT[case.kind]
        some += [((by_log_p,), -times * y), ((by_p,), -times * y / p)]
        some.append(((wrong.NO_TARGET,), times * p))
    for known, whole in some:
        size = share(seen, whole)
        if close(seen, size * whole):
            yield (*known, *multiplied(size, targets.size, case.reduction))
    largest = np.where(o == o.max(axis=-1, keepdims=True), o, 0)
    size = share(seen - right, largest)
    if close(seen - right, size * largest):
        yield (wrong.OF_LARGEST.of(size),)


def share(seen: Array, whole: Array) -> float:
    """How much of one gradient is in the other."""
    return float((seen * whole).sum() / np.square(whole).sum())


def multiplied(size: float, n: int, reduction: str) -> Iterator[Fault]:
    """By so much: the sign, and the rest."""
    if size < 0:
        yield wrong.SIGN
    size = abs(size)
    if reduction == "none" and abs(size * n - 1) < NEAR:
        yield wrong.OF_MEAN
    elif abs(size - 1) > NEAR:
        yield (wrong.OF_SUM if abs(size / n - 1) < NEAR else wrong.SCALED).of(size)


# A gradient of NumPy's that a function has of its own.


def of_its_own(case: Explanation) -> Seen:
    """What may be its gradient, if it is that, or has a known fault, or such a name."""
    best, least_doubt = Seen(), 3
    for words, run, named in candidates(case):
        measure = by_hand(run)
        with contextlib.suppress(NoGradient):
            found = of_probes(measure, asked(case, measure))
            doubt = max((1 if one.name else 2 for one in found.findings), default=0)
            if doubt < least_doubt and (named or doubt < 2):
                found.notes.append(f"Taken as its gradient: {words}")
                best, least_doubt = found, doubt
    return best


def candidates(case: Explanation) -> Iterator[tuple[str, Callable[..., Any], bool]]:
    """Its backward, if it has one; else the parts of its result that have the logits'
    shape, and are not these, or p: in words, a function, and whether the name says so.
    """
    subject, loss = case.subject, case.subject.loss
    backward = getattr(getattr(loss, "__self__", loss), "backward", None)
    if callable(backward):
        yield "its backward", partial(after, loss, backward), True
    elif not subject.way.shape.by_rows:
        o, targets = subject.rows(*PROBES[BATCH])
        subject.ask(o, targets, case.kind)
        inputs = [
            np.moveaxis(f(o), -1, subject.way.shape.axis) for f in INPUTS.values()
        ]
        names = [x for body in bodies_of(loss) for x in body.__code__.co_varnames]
        for part, one in parts(subject.result):
            alike = getattr(one, "shape", None) == inputs[0].shape
            if alike and not any(close(as_numbers(one), x) for x in inputs):
                named = any(re.search(NAMED, name) for name in (*names, part))
                yield part[3:], partial(part_of, loss, part), named


def after(loss: Any, backward: Any, *given: Any, **named: Any) -> Any:
    """What its backward gives after it, at most of 1 from above."""
    needs = required_by(backward)
    takes_more = len(needs) > 1 or any(role_of(name) == "targets" for name in needs)
    loss(*given, **named)
    came = None if takes_more else backward(*(1.0 for _ in needs))
    if came is None:  # it may keep it
        raise NoGradient
    return came


def part_of(loss: Any, part: str, *given: Any, **named: Any) -> Any:
    return dict(parts(loss(*given, **named)))[part]
