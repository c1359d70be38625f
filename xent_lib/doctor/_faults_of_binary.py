"""The known faults of who asks of each token whether it came: yes or no."""

from collections.abc import Callable
from functools import partial

import numpy as np

from ._steps import Array, Fault, at_targets

LEAST = (0, np.exp(-100), 1e-7)  # p and 1 − p in NumPy, PyTorch and Keras


def log_sigmoid(o: Array) -> Array:
    return -np.logaddexp(0, -o)


def if_it_came(yes: Array, no: Array) -> Array:
    """What each token has: its own yes, and the no of all others."""
    return yes - no + no.sum(axis=-1, keepdims=True)


def of_logits(o: Array) -> Array:
    return if_it_came(log_sigmoid(o), log_sigmoid(-o))


def of_p(least: float, p: Array) -> Array:
    return if_it_came(*(np.log(np.maximum(x, least)) for x in (p, 1 - p)))


def sigmoid(o: Array) -> Array:
    return 1 / (1 + np.exp(-o))


def of_sigmoid(least: float, o: Array) -> Array:
    return of_p(least, sigmoid(o))


def of_softmax(least: float, log_p: Array, targets: Array) -> Array:
    return -at_targets(of_p(least, np.exp(log_p)), targets)


def averaged(run: Callable[..., Array], x: Array, *targets: Array) -> Array:
    return run(x, *targets) / x.shape[-1]


ONE_COMES = "use log_softmax: of all tokens one comes"
OF_TARGET = "use −ln p of the target alone: of all tokens one comes"
# In which step, of what, and how to mend it; logits first, whose loss is finite.
RUNS: tuple[tuple[str, str, str, Callable[..., Array]], ...] = (
    ("log_p", "", ONE_COMES, of_logits),
    ("log_p", " of a sigmoid taken twice", ONE_COMES, lambda o: of_logits(sigmoid(o))),
    *(("log_p", "", ONE_COMES, partial(of_sigmoid, least)) for least in LEAST),
    *(("score", " of p", OF_TARGET, partial(of_softmax, least)) for least in LEAST),
)
EACH = "each token a separate yes or no"
OF_BINARY = (
    Fault(
        "sigmoid",
        "of a sigmoid, where a softmax should be",
        ONE_COMES,
        13,
        "log_p",
        log_sigmoid,
    ),
    *(
        Fault("binary", f"binary cross-entropy{of}: {EACH}", mend, 13, step, run)
        for step, of, mend, run in RUNS
    ),
    *(
        Fault(
            "binary-mean",
            f"binary cross-entropy{of}, averaged over the vocabulary, too",
            mend,
            13,
            step,
            partial(averaged, run),
        )
        for step, of, mend, run in RUNS
    ),
)
