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
from .probes import waves
from .reference import NEAR, Array
from .report import UNEXPLAINED, Finding, Seen, Shown, show
from .signature import FORMS, bodies_of, references, required_by, role_of, root
from .split import Parts, Probe
from .subject import imported

Measure = Callable[[Probe], Array]
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
        # By hand it may be made for rows.
        more = () if words or given else of_sequences
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
    trained = case.subject.kind.trained
    if trained != ("logits",):  # of what is not a row, by each
        name = next(iter(case.subject.telling))
        for role in trained:
            yield Probe(case, f"{name}, by its {role}", laid(name), 1.0, role)
        return
    yield Probe(case, BATCH, laid(BATCH))
    if by_framework:
        shape, times = laid("batch")[1].shape, np.asarray(UPSTREAM)
        if case.predicted(*laid("batch")).shape == shape:
            # One for each token, and not contiguous.
            n = np.arange(1, 2 * np.prod(shape) + 1, dtype=np.float32)
            times = n.reshape(*shape, 2)[..., 0]
        yield Probe(case, ABOVE, laid("batch"), times)
    if exactly and not case.subject.way.shape.by_rows:
        many = {"a large vocabulary": large(case), "3,001 rows": laid("3,001 rows")}
        for name, given in many.items():
            # A loss that is wrong there has a wrong gradient, too.
            if fits(case.seen(*given), case.predicted(*given)):
                yield Probe(case, name, given)
    if leaves_out(case) and not by_accident(case):
        rows = case.subject.with_targets(3, case.subject.padding, 2)
        yield Probe(case, "batch, one ignored", rows)


def of_probes(measure: Measure, probes: Iterable[Probe]) -> Seen:
    """What the first that is wrong shows."""
    found = Seen()
    for probe in probes:
        case, name = probe.case, probe.name
        seen, exact = measured(measure, probe), case.exact
        if isinstance(seen, Exception):  # beside plain rows it may refuse much
            cut = "does not require grad" in str(seen)
            own = hasattr(seen, "of_backward") and name == BATCH
            if cut and switches_off(case.subject.loss):
                return Seen(not_tried=["its gradient, which its code switches off"])
            if cut or own or measure is not by_framework or probe.role != "logits":
                right = "p − y" if probe.role == "logits" else show(slope(exact, probe))
                shown = Shown(name, "none" if cut else show(seen), right)
                fault = "no-gradient" if cut else "no-gradient: raises"
                return Seen([Finding.of(fault, shown)])
            found.not_tried.append(f"the gradient of {name}: {show(seen)}")
            if not found.gradient:
                break
            continue
        found.gradient = True
        wanted = slope(exact, probe)
        finite = np.isfinite(wanted).all()  # unlike a loss that is NaN
        if finite and not near(seen, wanted, NEAR if exact == case else ROUGH).all():
            # The first row that differs.
            every, rows = (x.reshape(-1, x.shape[-1]) for x in (seen, wanted))
            row = int(np.argwhere(~near(every, rows))[0, 0])
            of_row = f", row {row + 1:,}" * (len(rows) > 1)
            shown = Shown.of(name + of_row, every[row], rows[row])
            known = explained(measure, probe, seen, wanted)
            other = Finding(OTHER, (shown,), subject=SUBJECT)
            found.findings = [Finding.of(one, shown) for one in known] or [other]
            break
    return found


def measured(measure: Measure, probe: Probe) -> Answer:
    """The gradient, or the exception; NoGradient is raised."""

    def whole() -> Array:
        if not probe.case.subject.way.shape.by_rows:
            return measure(probe)
        _, targets = probe.asked
        every = *probe.asked, np.broadcast_to(probe.times, targets.shape)
        rows = zip(*every, strict=True)
        each = (probe._replace(asked=x[:-1], times=x[-1]) for x in rows)
        return np.array([measure(one) for one in each])

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

    def measure(probe: Probe) -> Array:
        case, loss = probe.case, given or probe.case.subject.loss.gradient
        called = replace(case.subject, loss=loss)
        made = called.kind.arguments(called, probe.given, case.form, None)
        shape = made[probe.role].shape
        for _, like in parts(called.call(called.made(made))):
            if getattr(like, "shape", None) == shape:
                return np.moveaxis(as_numbers(like), probe.axis, -1)
        raise ValueError(f"no array of the logits’ shape {shape}")

    return measure


def by_framework(probe: Probe) -> Array:
    """By the function's own framework, with `times` from above; of the logits,
    whichever it takes, as it takes them."""
    case, role, axis = probe.case, probe.role, probe.axis
    subject, form = case.subject, case.form
    made = subject.made(subject.kind.arguments(subject, probe.given, "logits", None))
    framework = root(type(made[role])).removesuffix("lib")  # jaxlib’s arrays
    if framework not in ("torch", "jax") or (form != "logits" and role != "logits"):
        raise NoGradient
    nn = imported("torch") if framework == "torch" else imported("jax").nn
    into = {"probabilities": nn.softmax, "log-probabilities": nn.log_softmax}

    def loss(o: Any) -> Any:
        x = into[form](o, axis) if form in into else o * 1
        return subject.loss_in(subject.call(made | {role: x}), probe.given)

    answer, pull = (of_torch if framework == "torch" else of_jax)(loss, made[role])
    # What comes from above, in its strides; of stride 0 as from a sum.
    times = probe.times
    above = np.float32(times) if np.ndim(times) == 0 else times.reshape(answer.shape)
    try:
        found = as_numbers(pull(np.broadcast_to(above, answer.shape)))
    except Exception as error:  # the function itself has been run
        error.of_backward = True  # type: ignore[attr-defined]
        raise
    return np.moveaxis(found, axis, -1)


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


def slope(case: Explanation, probe: Probe) -> Array:
    """The gradient by the logits, whichever it takes."""
    given, how, ignored = probe.given, case.reduction, case.subject.ignored
    o = given[probe.role]
    found = np.zeros(o.shape)
    if o.size > MANY:  # of a plain loss
        at, targets = np.arange(o.size).reshape(o.shape), given["targets"]
        for shift in case.all_faults:
            at, targets = shift.does(at, targets)
        how = how.replace("none", "sum")
        o = o.ravel()[at]
        right = cross_entropy_grad(o, targets, reduction=how, ignore_index=ignored)
        np.put(found, at, right)
        return found

    def loss(x: Array) -> float:
        answer = case.evaluate(given | {probe.role: x}, float)
        return float((answer * probe.times).sum())

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
    case, once = probe.case, probe._replace(times=1.0)
    if not seen.any():
        return [BESIDE["no-gradient"]]
    if measure is by_framework:
        thrice = measured(measure, probe._replace(times=UPSTREAM))
        kept = not isinstance(thrice, Exception) and close(thrice, seen)
        if probe.name == ABOVE or kept:
            return [BESIDE["gradient-upstream"]]
    rest = BESIDE["gradient-of-rest"]
    others = [
        (replace(rest, what=rest.what.format(x.name)), case.without(x))
        for x in case.faults
    ]
    if "reduce" not in case.steps:
        of_step = getattr(case.subject.loss, "faults", ())
        others += [(replace(x, subject=SUBJECT), case.having(x)) for x in of_step]
    known: list[tuple[Fault | None, Array]] = [(None, right)]
    known += [(fault, slope(x, once)) for fault, x in others]
    o, n = probe.given[probe.role], np.size(probe.given[case.subject.kind.shaped_as])
    if plain := probe.role == "logits":
        targets = probe.given["targets"]
        ignored = targets == case.subject.ignored
        if not ignored.any():
            y, p = np.arange(o.shape[-1]) == targets[..., np.newaxis], softmax(o)
            times = share(right, p - y)
            known += zip(BY_WHAT[case.form], (-times * y, -times * y / p), strict=True)
            known.append((BESIDE["gradient-without-target"], times * p))
        elif close(seen[~ignored], right[~ignored]):
            return [BESIDE["gradient-of-padding"]]
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
    if plain and close(seen - right, size * largest):
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
    if "logits" not in subject.kind.trained:
        return
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
