"""The gradient of a function: what PyTorch or JAX gives, or another function."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ._answers import as_numbers, loss_of
from ._case import Case
from ._function import Function
from ._steps import Array
from ._ways import imported
from ._words import mark, root

Measure = Callable[[Case, Array, Array, Any], Array]


class NoGradient(Exception):
    """It gives a plain number."""


@contextlib.contextmanager
def backward() -> Iterator[None]:
    """Marks its error as that of a backward: the function itself has been run."""
    try:
        yield
    except Exception as error:
        mark(error)
        error.of_backward = True  # type: ignore[attr-defined]
        raise


def by_hand(given: Callable[..., Any]) -> Measure:
    """A function of the same arguments that gives the gradient, or a tuple with it."""

    def measure(case: Case, o: Array, targets: Array, times: Any) -> Array:
        function = Function(given, case.function.way, case.function.ignored)
        function.kind = case.kind
        return function.whole(o, targets)

    return measure


def by_framework(case: Case, o: Array, targets: Array, times: Any) -> Array:
    """What the function’s own framework gives, with `times` from above."""
    function, shape = case.function, case.function.way.shape
    if shape.by_rows:
        rows = zip(o, targets, np.broadcast_to(times, targets.shape), strict=True)
        return np.array([of_one(function, *row, case.kind) for row in rows])
    x = np.moveaxis(o, -1, shape.axis)
    return np.moveaxis(of_one(function, x, targets, times, case.kind), shape.axis, -1)


def of_one(function: Function, x: Array, targets: Any, times: Any, kind: str) -> Array:
    given = function.arguments(x, targets)
    made = {role: function.made(role, held) for role, held in given.items()}
    axis = function.way.shape.axis if x.ndim > 1 else -1
    measure = OF.get(root(type(made["logits"])))
    if measure is None:
        raise NoGradient

    def loss(logits: Any) -> Any:
        answer = function.called(made | {"logits": logits})
        return loss_of(answer, np.shape(targets), function.part)[1]

    return measure(loss, made["logits"], times, kind, axis)


def of_torch(
    loss: Callable[[Any], Any], logits: Any, times: Any, kind: str, axis: int
) -> Array:
    torch = imported("torch")
    into = {"probabilities": torch.softmax, "log-probabilities": torch.log_softmax}
    o = logits.detach().clone().requires_grad_()
    answer = loss(into[kind](o, axis) if kind in into else o * 1)
    if not isinstance(answer, torch.Tensor):
        raise NoGradient
    weights = torch.as_tensor(np.asarray(times), dtype=answer.dtype)
    total = (answer.reshape(weights.shape or answer.shape) * weights).sum()
    with backward():
        total.backward()
    return np.zeros(o.shape) if o.grad is None else as_numbers(o.grad)


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
        [slope] = pull(jax.numpy.ones_like(total))
    return as_numbers(slope)


OF = {"torch": of_torch, "jax": of_jax, "jaxlib": of_jax}
