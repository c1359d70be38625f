"""The functions of logits and targets in other modules, in float32."""

import inspect
from types import FunctionType

import numpy as np

from corpus import batches, pairs, rows, sequences
from corpus.cases import CASES, case

# What float32 shows that float64 does not.
OTHERWISE = {
    "temperature_and_its_factor": ["✗"],
    "floor_beside_a_cap": ["✗"],
    "twice_and_no_more_than_30": ["✗"],
    "log_of_a_softmax": ["✗ log-of-softmax"],
    "sum_of_means": ["✗ sum-of-means", "✗ float32-sum"],
}


def in_float32(loss):
    return lambda o, t: loss(o.astype(np.float32), t)


def of_logits(loss):
    parameters = inspect.signature(loss).parameters
    return isinstance(loss, FunctionType) and [*parameters] == ["o", "t"]


for module in (rows, pairs, batches, sequences):
    for name, function, expected, declared in CASES[module.__name__]:
        if of_logits(function) and not declared and function.__name__ == name:
            signs = OTHERWISE.get(name, expected)
            case.of(in_float32(function), *signs, name=name)
