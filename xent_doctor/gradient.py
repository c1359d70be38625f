"""The gradient: what a framework computes, or a function returns, beside that of the
loss which the function was seen to be.
"""

import contextlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from xent_lib import softmax

from .calls import quiet, watch
from .explanation import Explanation, fits
from .faults import gradient as wrong
from .faults.batch_and_alignment import SHIFTED
from .faults.fault import Fault
from .large import large
from .outputs import Answer, as_numbers, mark, parts
from .padding import by_accident, knows_none, targets_of
from .parameters import leaves_out
from .probes import MANY_ROWS, PROBES, waves
from .reference import NEAR, Array, evaluate, ignore
from .report import GIVES, SHOWN, UNEXPLAINED, Finding, Seen, Shown, show
from .signature import INPUTS, bodies_of, references, required_by, role_of, root
from .subject import Subject, imported

Probe = tuple[str, Array, Array, Any]  # its name, rows, and what comes from above
Measure = Callable[[Explanation, Array, Array, Any], Array]
SUBJECT = "The gradient is"
OTHER = f"something other than that of the loss, {UNEXPLAINED}"
ROUGH = 3e-2  # of the largest entry of a gradient that is rounded
UPSTREAM = 3.0
ABOVE = "batch, multiplied afterwards"
OF_IGNORED = "batch, one ignored"
TWO, OF_TWO = "two sequences", (waves(2, 3, 4), np.array([[3, 1, 2], [2, 0, 1]]))
IF_GRADIENT = "if it is the gradient, say gradient={}"
TAKEN = "{} is taken for its gradient"
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
    of its own: its backward, or what stands beside its loss."""
    try:
        return of_all(case, given, sequences)
    except NoGradient:
        return of_backward(case, sequences) or of_result(case, sequences)


def of_all(
    case: Explanation, given: Callable[..., Any] | None, sequences: Explanation | None
) -> Seen:
    """What each probe shows; and two sequences, if it takes some."""
    found = of_probes(case, given, asked(case, by_hand=given is not None))
    if given and case.kind != "logits" and found.findings:
        return by_its_input(case, given, found)
    if not sequences or found.findings or not found.gradient:
        return found
    more = of_probes(sequences, given, [(TWO, *OF_TWO, 1.0)])
    more = told_of_rows(more) if given else more
    return replace(
        found,
        findings=more.findings,
        not_tried=found.not_tried + more.not_tried,
        notes=found.notes + more.notes,
    )


def by_its_input(case: Explanation, given: Callable[..., Any], found: Seen) -> Seen:
    """The same, unless it is the gradient by the p that is taken."""
    other = of_probes(case, given, asked(case, by_hand=True), by_input=True)
    if other.findings:
        return found
    return replace(
        other, findings=[Finding.of(wrong.BY_INPUT, *found.findings[0].shown)]
    )


def told_of_rows(more: Seen) -> Seen:
    """A second function may be made for rows alone: that is told, and no fault."""
    shown = (one for found in more.findings for one in found.shown)
    return Seen(
        notes=[
            f"The gradient is of rows alone: of {one.probe} it gives {one.seen}, not "
            f"{one.expected}"
            for one in shown
        ]
    )


def of_probes(
    case: Explanation,
    given: Callable[..., Any] | None,
    probes: Iterable[Probe],
    by_input: bool = False,
) -> Seen:
    measure = by_hand(given) if given else by_framework
    found, exact = Seen(), case.exact
    for name, o, targets, times in probes:
        seen = measured(measure, case, o, targets, times)
        if isinstance(seen, Exception):
            none = failed(case, seen, name, by_hand=given is not None)
            if none.findings or not found.gradient:
                return none
            found.not_tried += none.not_tried
            continue
        right = slope(exact, o, targets, times, by_input)
        found.gradient = True
        if near(seen, right, NEAR if exact == case else ROUGH).all():
            continue
        if name == OF_IGNORED and by_accident(case):
            what = f"{targets_of(case, case.subject.padding)} have a gradient"
            return replace(knows_none(case, what), gradient=True)
        above = None
        if not given:
            above = lambda x: measure(case, o, targets, x)  # noqa: B023, E731
        return Seen(explained(case, name, seen, right, targets, o, above))
    return found


def asked(case: Explanation, by_hand: bool) -> Iterator[Probe]:
    """The probes whose gradient is asked for, and what the loss is multiplied by."""
    rows = case.subject.rows
    o, targets = PROBES["batch"]
    yield "batch", *rows(o, targets), 1.0
    if not by_hand:
        yield ABOVE, *rows(o, targets), from_above(case)
    plain = {*case.all_faults} <= {SHIFTED}
    if plain and not case.subject.way.shape.by_rows:
        many = {"a large vocabulary": large(case), "3,001 rows": rows(*MANY_ROWS)}
        for name, given in many.items():
            if fits(case.seen(*given), case.right(*given)):  # else so is its gradient
                yield name, *given, 1.0
    if leaves_out(case):
        ignored = np.array([3, case.subject.ignored, 2])
        yield OF_IGNORED, *rows(o, ignored), 1.0


def from_above(case: Explanation) -> Any:
    """A factor; of losses for each token, one for each."""
    given = case.subject.rows(*PROBES["batch"])
    losses = case.right(*given)
    if case.reduction != "none" or losses.shape != given[1].shape:
        return UPSTREAM
    return 1.0 + np.arange(losses.size).reshape(losses.shape)


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
        mark(error)
        return error if isinstance(error, Exception) else RuntimeError(str(error))


def failed(case: Explanation, error: Exception, name: str, by_hand: bool) -> Seen:
    """What is said where there is none; beside plain rows it may refuse much."""
    cut = "does not require grad" in str(error)
    if cut and switches_off(case.subject.loss):
        return Seen(notes=["Gives no gradient: its code switches it off"])
    if cut or (hasattr(error, "of_backward") and name == "batch"):
        one, came = (wrong.NONE, "none") if cut else (wrong.RAISES, show(error))
        return Seen([Finding.of(one, Shown(name, came, "p − y"))])
    if by_hand:
        shown = Shown(name, show(error), "the gradient of each logit")
        return Seen([Finding("no gradient", (shown,), subject=GIVES)])
    return Seen(not_tried=[f"the gradient of {name}: {show(error)}"])


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
    made = subject.made(subject.arguments(x, targets))
    axis = subject.way.shape.axis if x.ndim > 1 else -1
    measure = OF.get(root(type(made["logits"])))
    if measure is None:
        raise NoGradient

    def loss(logits: Any) -> Any:
        return subject.loss_in(subject.call(made | {"logits": logits}), targets)

    return measure(loss, made["logits"], times, kind, axis)


@contextlib.contextmanager
def backward() -> Iterator[None]:
    """Marks its error as that of a backward: the function itself has been run."""
    try:
        yield
    except Exception as error:
        mark(error)
        error.of_backward = True  # type: ignore[attr-defined]
        raise


def of_torch(
    loss: Callable[[Any], Any], logits: Any, times: Any, kind: str, axis: int
) -> Array:
    """By the logits alone: nothing is left in a parameter's .grad."""
    torch = imported("torch")
    into = {"probabilities": torch.softmax, "log-probabilities": torch.log_softmax}
    with torch.inference_mode(False), torch.enable_grad():
        o = logits.clone().requires_grad_()
        answer = loss(into[kind](o, axis) if kind in into else o * 1)
        if not isinstance(answer, torch.Tensor):
            raise NoGradient
        if np.ndim(times) or times != 1:
            weights = torch.as_tensor(np.asarray(times), dtype=answer.dtype)
            answer = answer.reshape(weights.shape or answer.shape) * weights
        with backward():  # a sum has an upstream gradient of stride 0
            [found] = torch.autograd.grad(answer.sum(), o, allow_unused=True)
    return np.zeros(o.shape) if found is None else as_numbers(found)


def of_jax(
    loss: Callable[[Any], Any], logits: Any, times: Any, kind: str, axis: int
) -> Array:
    jax = imported("jax")
    nn = jax.nn
    into = {"probabilities": nn.softmax, "log-probabilities": nn.log_softmax}

    def weighted(o: Any) -> Any:
        answer = loss(into[kind](o, axis) if kind in into else o)
        return (answer.ravel() * np.ravel(times)).sum()

    total, pull = jax.vjp(weighted, logits)
    with backward():
        [found] = pull(jax.numpy.ones_like(total))
    return as_numbers(found)


OF = {"torch": of_torch, "jax": of_jax, "jaxlib": of_jax}

# What is right: by a formula of many logits, of few by differences.

STEP = 1e-5  # of a central difference in float64
MANY = 1000  # entries, for which differences take long
AS_IT_IS = Fault("", "", "", 14, "log_p", lambda log_p: log_p)


def slope(
    case: Explanation, o: Array, targets: Array, times: Any, by_input: bool = False
) -> Array:
    """The gradient by the logits, or by what is taken in their place."""
    kind = case.kind if by_input else "logits"
    if o.size > MANY:
        return p_minus_y(case, o.astype(float), targets, times, kind)
    x = INPUTS[kind](o.astype(float))
    faults = (*case.all_faults, *([AS_IT_IS] if by_input else []))

    def loss(x: Array) -> float:
        o = np.log(x) if kind == "probabilities" else x
        answer = evaluate(o, targets, faults, case.reduction, case.subject.ignored)
        return float((answer * times).sum())

    found = np.empty(o.shape)
    for at, one in zip(np.ndindex(o.shape), np.eye(o.size), strict=True):
        step = STEP * one.reshape(o.shape)
        found[at] = (loss(x + step) - loss(x - step)) / (2 * STEP)
    return found


def p_minus_y(
    case: Explanation, o: Array, targets: Array, times: Any, kind: str
) -> Array:
    """Of each row; after a shift, where the row was."""
    at = np.arange(o.size).reshape(o.shape)
    for one in case.all_faults:
        at, targets = one.does(at, targets)
    targets, scored = ignore(targets, case.subject.ignored, o.shape[-1])
    times = np.broadcast_to(times, targets.shape)[scored][:, np.newaxis]
    at, targets = at[scored], targets[scored]
    x = INPUTS[kind](o.ravel()[at])
    y = 1.0 * (np.arange(o.shape[-1]) == targets[:, np.newaxis])
    n = targets.size if case.reduction == "mean" else 1
    by = {"logits": lambda: softmax(x) - y, "probabilities": lambda: -y / x}
    found = np.zeros(o.shape)
    np.put(found, at, times * by.get(kind, lambda: -y)() / n)
    return found


def near(seen: Array, right: Array, most: float = NEAR) -> Array:
    return np.abs(seen - right) <= most * np.abs(right).max() + 1e-6


def close(seen: Array, right: Array) -> bool:
    return bool(near(seen, right).all())


# What explains a gradient that is another.


def explained(
    case: Explanation,
    name: str,
    seen: Array,
    right: Array,
    targets: Array,
    o: Array,
    above: Callable[[float], Array] | None,
) -> list[Finding]:
    """The known faults that this is, or that it is none.

    A gradient that is scaled may lack what the function itself multiplies by, as by 1/N
    in a mean: then it lacks what the caller does, too.
    """
    shown = where_it_differs(name, seen, right)
    if name == ABOVE:
        return [Finding.of(wrong.UPSTREAM_LOST, shown)]
    known = next(kinds(case, seen, right, o, targets), ())
    scaled = {one for one in known if one.name == wrong.SCALED.name}
    if scaled and above:
        lost = close(above(UPSTREAM), seen)
        known = tuple(wrong.UPSTREAM_LOST if lost & (x in scaled) else x for x in known)
    elif case.reduction == "none" and close(seen * targets.size, right):
        known = (wrong.OF_MEAN,)
    other = [Finding(OTHER, (shown,), subject=SUBJECT)]
    return [Finding.of(one, shown) for one in known] or other


def where_it_differs(name: str, seen: Array, right: Array) -> Shown:
    """The first row that does; of a large vocabulary, which tokens do."""
    V = seen.shape[-1]
    seen, right = seen.reshape(-1, V), right.reshape(-1, V)
    off = ~near(seen, right)
    row = np.flatnonzero(off.any(axis=-1))[0]
    token, last = np.flatnonzero(off[row])[[0, -1]]
    here = slice(token if V > SHOWN else 0, None)
    name += f", row {row + 1}" if row or V > SHOWN else ""
    name += f", tokens {token:,} to {last:,} of {V:,}" if V > SHOWN else ""
    return Shown.of(name, seen[row, here], right[row, here])


def kinds(
    case: Explanation, seen: Array, right: Array, o: Array, targets: Array
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
        some += [((wrong.NO_TARGET,), times * p), ((wrong.NO_SOFTMAX,), -times * y)]
        some.append(((wrong.BY_OWN_P,), -times * y / p))
    for known, whole in some:
        size = float((seen * whole).sum() / np.square(whole).sum())
        if close(seen, size * whole):
            yield (*known, *multiplied(size, targets.size))
    largest = np.where(o == o.max(axis=-1, keepdims=True), o, 0)
    size = float(((seen - right) * largest).sum() / np.square(largest).sum())
    if close(seen - right, size * largest):
        yield (wrong.OF_LARGEST.of(size),)


def multiplied(size: float, n: int) -> Iterator[Fault]:
    """By so much: the sign, and the rest."""
    if size < 0:
        yield wrong.SIGN
    if abs(abs(size) - 1) > NEAR:
        yield (wrong.OF_SUM if abs(abs(size) / n - 1) < NEAR else wrong.SCALED).of(
            abs(size)
        )


# A gradient of NumPy's that a function has of its own.


def of_backward(case: Explanation, sequences: Explanation | None) -> Seen | None:
    """What the backward of its object gives, called after it; None if it has none."""
    loss = case.subject.loss
    backward = getattr(getattr(loss, "__self__", loss), "backward", None)
    if not callable(backward):
        return None
    needs = required_by(backward)
    again = any(role_of(name) == "targets" for name in needs)

    def own(*given: Any, **named: Any) -> Any:
        loss(*given, **named)
        came = backward(*(1.0 for _ in needs))
        if came is None:  # it may keep it
            raise NoGradient
        return came

    with contextlib.suppress(NoGradient):
        if len(needs) < 2 and not again:
            found = of_all(case, own, sequences)
            notes = [*found.notes, TAKEN.format("Its backward")]
            return replace(found, notes=notes, gradient=True)
    return Seen(not_tried=[f"its backward; {IF_GRADIENT.format('…')}"])


def of_result(case: Explanation, sequences: Explanation | None) -> Seen:
    """What stands beside the loss in a result: its gradient, if it is that, or has a
    known fault; otherwise it is told."""
    loss, told = case.subject.loss, []
    looked: dict[str, Seen] = {}
    name = getattr(loss, "__name__", "")
    words = [x for body in bodies_of(loss) for x in body.__code__.co_varnames]
    if not (inspect.isfunction(loss) and name.isidentifier()):
        name = "…, the same function"
    for part, gives_input in like_logits(case):
        told.append(f"{part[3:]}, of the logits’ shape; {IF_GRADIENT.format(name)}")
        sure = any(re.search(NAMED, word) for word in (*words, part))
        if not gives_input:
            found = of_all(case, picking(loss, part), sequences)
            looked |= {part[3:]: found} if doubt(found) <= 1 + sure else {}
    if not looked:
        return Seen(not_tried=told)
    part = min(looked, key=lambda one: doubt(looked[one]))
    notes = [*looked[part].notes, TAKEN.format(f"What stands beside it, {part},")]
    return replace(looked[part], notes=notes, gradient=True)


def doubt(found: Seen) -> int:
    """0 of a right gradient, 1 of a known fault, 2 of what may be none."""
    return max((1 if one.name else 2 for one in found.findings), default=0)


def picking(loss: Callable[..., Any], part: str) -> Callable[..., Any]:
    """A function of the same arguments that gives this part of its result."""
    return lambda *given, **named: dict(parts(loss(*given, **named)))[part]


def like_logits(case: Explanation) -> Iterator[tuple[str, bool]]:
    """The parts of a result that have the logits' shape, and whether they are logits or
    p, and so no gradient."""
    subject, shape = case.subject, case.subject.way.shape
    if shape.by_rows:
        return
    o, targets = subject.rows(*PROBES["batch"])
    subject.ask(o, targets, case.kind)
    inputs = [np.moveaxis(run(o), -1, shape.axis) for run in INPUTS.values()]
    for part, one in parts(subject.result):
        alike = getattr(one, "shape", None) == inputs[0].shape
        if alike and not np.array_equal(one, inputs[0]):
            yield part, any(close(as_numbers(one), x) for x in inputs)
