"""The gradient: what a framework computes, or a function returns, beside that of the
loss which the function was seen to be.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from xent_lib import cross_entropy_grad, softmax

from .explanation import Explanation, fits
from .faults import BESIDE, Fault
from .faults.batch_and_alignment import SHIFTED
from .large import large
from .outputs import Answer, NoGradient, as_numbers, attempt, parts
from .padding import by_accident
from .parameters import leaves_out
from .probes import PROBES, waves
from .reference import NEAR, Array, evaluate
from .report import UNEXPLAINED, Finding, Seen, Shown, show
from .signature import FORMS, beside, bodies_of, references, required_by, role_of, root
from .split import Parts, Probe
from .subject import imported

Measure = Callable[[Explanation, Array, Any, Any], Array]
Pull = Callable[[Array], Any]
SUBJECT = "The gradient is"
OTHER = f"something other than that of the loss, {UNEXPLAINED}"
ROUGH = 3e-2  # of the largest entry of a gradient that is rounded
UPSTREAM = 3.0
BATCH, ABOVE = "batch", "batch, multiplied afterwards"
TWO, OF_TWO = "two sequences", (waves(2, 3, 4), np.array([[3, 1, 2], [2, 0, 1]]))
# What a gradient is called in a result.
NAMED = r"grad|^d_?(x|o|z|y|out|scores?|logits?|loss)$"


def gradient(
    case: Explanation, given: Callable[..., Any] | None, of_sequences: Sequence[Probe]
) -> Seen:
    """What the given gradient shows, or the framework's; else one that the function has
    of its own: the first candidate that is right, or of a known fault, or so named."""
    best, least_doubt = Seen(), 3
    if case.subject.way.framework.name == "PyTorch":
        first_gradient()
    for words, measure, named in candidates(case, given):
        by_rows = words or (given and not isinstance(case.subject.loss, Parts))
        more = () if by_rows else of_sequences  # by hand it may be made for rows
        with contextlib.suppress(NoGradient):
            probes = chain(asked(case, measure is by_framework), more)
            found = of_probes(measure, probes)
            if not words:
                return found
            doubt = max((1 if one.name else 2 for one in found.findings), default=0)
            if doubt < least_doubt and (named or doubt < 2):
                found.notes.append(f"Taken as its gradient: {words}")
                best, least_doubt = found, doubt
    return best


def asked(case: Explanation, by_framework: bool) -> Iterator[Probe]:
    """The probes whose gradient is asked for, and what the loss is multiplied by."""
    laid, exactly = case.subject.laid, {*case.all_faults} <= {SHIFTED}
    yield case, BATCH, *laid("batch"), 1.0
    if by_framework:
        shape, times = laid("batch")[1].shape, np.asarray(UPSTREAM)
        if case.right(*laid("batch")).shape == shape:
            # One for each token, and not contiguous.
            n = np.arange(1, 2 * np.prod(shape) + 1, dtype=np.float32)
            times = n.reshape(*shape, 2)[..., 0]
        yield case, ABOVE, *laid("batch"), times
    if exactly and not case.subject.way.shape.by_rows:
        many = {"a large vocabulary": large(case), "3,001 rows": laid("3,001 rows")}
        for name, given in many.items():
            if fits(case.seen(*given), case.right(*given)):  # else so is its gradient
                yield case, name, *given, 1.0
    if leaves_out(case) and not by_accident(case):
        few, ignored = PROBES["batch"][0], np.array([3, case.subject.ignored, 2])
        yield case, "batch, one ignored", *case.subject.rows(few, ignored), 1.0


def of_probes(measure: Measure, probes: Iterable[Probe]) -> Seen:
    """What the first that is wrong shows."""
    found = Seen()
    for probe in probes:
        case, name, o, targets, times = probe
        seen, exact = measured(measure, case, o, targets, times), case.exact
        if isinstance(seen, Exception):  # beside plain rows it may refuse much
            cut, fault = "does not require grad" in str(seen), "no-gradient"
            own = hasattr(seen, "of_backward") and name == BATCH
            if cut and switches_off(case.subject.loss):
                return Seen(not_tried=["its gradient, which its code switches off"])
            if cut or measure is not by_framework or own:
                fault += "" if cut else ": raises"
                came = "none" if cut else show(seen)
                return Seen([Finding.of(fault, Shown(name, came, "p − y"))])
            found.not_tried.append(f"the gradient of {name}: {show(seen)}")
            if not found.gradient:
                break
            continue
        found.gradient = True
        right = slope(exact, o, targets, times)
        if not near(seen, right, NEAR if exact == case else ROUGH).all():
            # The first row that differs.
            given, wanted = (x.reshape(-1, x.shape[-1]) for x in (seen, right))
            row = int(np.argwhere(~near(given, wanted))[0, 0])
            shown = Shown.of(f"{name}, row {row + 1:,}", given[row], wanted[row])
            known = explained(measure, probe, seen, right)
            other = Finding(OTHER, (shown,), subject=SUBJECT)
            found.findings = [Finding.of(one, shown) for one in known] or [other]
            break
    return found


def measured(
    measure: Measure, case: Explanation, o: Array, targets: Array, times: Any
) -> Answer:
    """The gradient, or the exception; NoGradient is raised."""
    shape = case.subject.way.shape

    def whole() -> Array:
        if shape.by_rows:
            every = o, map(int, targets), np.broadcast_to(times, targets.shape)
            return np.array([measure(case, *row) for row in zip(*every, strict=True)])
        x = np.moveaxis(o, -1, shape.axis)
        return np.moveaxis(measure(case, x, targets, times), shape.axis, -1)

    return attempt(whole)


def switches_off(loss: Any) -> bool:
    """Whether it says no_grad or inference_mode, inside or as a decorator."""
    names = {x for body in bodies_of(loss) for x in body.__code__.co_names}
    for one in references(loss):
        names |= {type(one).__name__, type(getattr(one, "__self__", None)).__name__}
    return not names.isdisjoint({"no_grad", "inference_mode"})


def by_hand(given: Callable[..., Any] | None = None) -> Measure:
    """By a function of the same arguments that gives it, alone or in a tuple; or by the
    step's own."""

    def measure(case: Explanation, x: Array, targets: Any, times: Any) -> Array:
        axis = case.subject.way.shape.axis if x.ndim > 1 else -1
        x = np.moveaxis(FORMS[case.form](np.moveaxis(x, axis, -1)), -1, axis)
        loss = given or case.subject.loss.gradient
        called = replace(case.subject, loss=loss)
        result = called.call(called.made(beside(called, x, targets)))
        for _, like in parts(result):
            if getattr(like, "shape", None) == x.shape:
                return as_numbers(like)
        raise ValueError(f"no array of the logits’ shape {x.shape}")

    return measure


def by_framework(case: Explanation, x: Array, targets: Any, times: Any) -> Array:
    """By the function's own framework, with `times` from above; of the logits,
    whichever it takes, as it takes them."""
    subject, form = case.subject, case.form
    made = subject.made(beside(subject, x, targets))
    axis = subject.way.shape.axis if x.ndim > 1 else -1
    framework = root(type(made["logits"])).removesuffix("lib")  # jaxlib’s arrays
    if framework not in ("torch", "jax"):
        raise NoGradient
    nn = imported("torch") if framework == "torch" else imported("jax").nn
    into = {"probabilities": nn.softmax, "log-probabilities": nn.log_softmax}

    def loss(o: Any) -> Any:
        logits = into[form](o, axis) if form in into else o * 1
        result = subject.call(made | {"logits": logits})
        return subject.loss_in(result, {"targets": targets})

    answer, pull = (of_torch if framework == "torch" else of_jax)(loss, made["logits"])
    # What comes from above, in its strides; of stride 0 as from a sum.
    above = np.float32(times) if np.ndim(times) == 0 else times.reshape(answer.shape)
    try:
        return as_numbers(pull(np.broadcast_to(above, answer.shape)))
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


def first_gradient() -> None:
    """PyTorch imports much for its first one: cut short by a limit of time, that import
    would leave every later gradient an error."""
    torch = imported("torch")
    with torch.inference_mode(False), torch.enable_grad():
        one = torch.ones(1, requires_grad=True)
        torch.autograd.grad(one * 1, one, torch.ones(1))


def of_jax(loss: Callable[[Any], Any], logits: Any) -> tuple[Any, Pull]:
    jax = imported("jax")
    answer, pull = jax.vjp(loss, logits)
    return answer, lambda above: pull(jax.numpy.asarray(above, answer.dtype))[0]


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


# What −y and −y/p are, of a function that takes this.
OWN, BY_P = BESIDE["gradient-by-p: its own"], BESIDE["gradient-by-p"]
WITHOUT = BESIDE["gradient-without-softmax"]
BY_WHAT = {
    "logits": (WITHOUT, OWN),
    "probabilities": (WITHOUT, BY_P),
    "log-probabilities": (BY_P, OWN),
}


def explained(
    measure: Measure, probe: Probe, seen: Array, right: Array
) -> Sequence[Fault]:
    """The known faults that this is, with its factor; none if it is none."""
    case, name, o, targets, _ = probe
    if not seen.any():
        return [BESIDE["no-gradient"]]
    if measure is by_framework:
        thrice = measured(measure, case, o, targets, UPSTREAM)
        kept = not isinstance(thrice, Exception) and close(thrice, seen)
        if name == ABOVE or kept:
            return [BESIDE["gradient-upstream"]]
    rest = BESIDE["gradient-of-rest"]
    others = [
        (replace(rest, what=rest.what.format(x.name)), case.without(x))
        for x in case.faults
    ]
    of_step = (
        getattr(case.subject.loss, "faults", ()) if "reduce" not in case.steps else ()
    )
    others += [(replace(x, subject=SUBJECT), case.having(x)) for x in of_step]
    known: list[tuple[Fault | None, Array]] = [(None, right)]
    known += [(fault, slope(x, o, targets, 1.0)) for fault, x in others]
    ignored = targets == case.subject.ignored
    if ignored.any():
        if close(seen[~ignored], right[~ignored]):
            return [BESIDE["gradient-of-padding"]]
    else:
        y, p = np.arange(o.shape[-1]) == targets[..., np.newaxis], softmax(o)
        times = share(right, p - y)
        known += zip(BY_WHAT[case.form], (-times * y, -times * y / p), strict=True)
        known.append((BESIDE["gradient-without-target"], times * p))
    n = targets.size
    for one, whole in known:
        size = share(seen, whole)
        if close(seen, size * whole):
            found = [one] if one else []
            found += [BESIDE["gradient-sign"]] if size < 0 else []
            size = abs(size)
            if case.reduction == "none" and abs(size * n - 1) < NEAR:
                found.append(BESIDE["gradient-of-mean"])
            elif abs(size - 1) > NEAR:
                of_sum = ": of the sum" * (abs(size / n - 1) < NEAR)
                found.append(BESIDE[f"gradient-scaled{of_sum}"].of(size))
            return found
    largest = np.where(o == o.max(axis=-1, keepdims=True), o, 0)
    size = share(seen - right, largest)
    if close(seen - right, size * largest):
        return [BESIDE["gradient-of-largest"].of(size)]
    return []


def share(seen: Array, whole: Array) -> float:
    """The size of this in that, by least squares."""
    return float((seen * whole).sum() / np.square(whole).sum())


def candidates(
    case: Explanation, given: Callable[..., Any] | None
) -> Iterator[tuple[str, Measure, bool]]:
    """What gives the gradient; else what may be one, in words, and whether its name
    says so: a backward, or the parts of its result that have the logits' shape, and are
    not these, or p."""
    subject, loss = case.subject, case.subject.loss
    if given or isinstance(loss, Parts):
        yield "", by_hand(given), True
        return
    yield "", by_framework, True
    backward = getattr(getattr(loss, "__self__", loss), "backward", None)
    if callable(backward):
        yield "its backward", by_hand(partial(after, loss, backward)), True

    def part_of(part: str, *given: Any, **named: Any) -> Any:
        return dict(parts(loss(*given, **named)))[part]

    if not (callable(backward) or subject.way.shape.by_rows):
        o, targets = subject.laid(BATCH)
        subject.ask(o, targets, form=case.form)
        inputs = [np.moveaxis(f(o), -1, subject.way.shape.axis) for f in FORMS.values()]
        names = [x for body in bodies_of(loss) for x in body.__code__.co_varnames]
        for part, one in parts(subject.result):
            alike = getattr(one, "shape", None) == inputs[0].shape
            if alike and not any(close(as_numbers(one), x) for x in inputs):
                named = any(re.search(NAMED, name) for name in (*names, part))
                yield part[3:], by_hand(partial(part_of, part)), named


def after(loss: Any, backward: Any, *given: Any, **named: Any) -> Any:
    """What its backward gives after it, at most of 1 from above."""
    needs = required_by(backward)
    takes_more = len(needs) > 1 or any(role_of(name) == "targets" for name in needs)
    loss(*given, **named)
    came = None if takes_more else backward(*(1.0 for _ in needs))
    if came is None:  # it may keep it
        raise NoGradient
    return came
