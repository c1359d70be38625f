"""Each recipe, followed literally, lets a function in.

A report has the line to write. Where that says "…", the value to fill in is given here.
"""

import re
from types import SimpleNamespace  # noqa: F401 - for the lines

import numpy as np
import pytest

from xent_doctor import diagnose
from xent_doctor.recipes import RECIPES
from xent_lib import cross_entropy, softmax


def mean(logits, labels):
    return cross_entropy(logits, labels).mean()


def batch(batch):
    return mean(batch["inputs"], batch["labels"])


def pair(batch, batch_idx):
    x, y = batch
    return mean(x, y)


def dicts(outputs, batch):
    return mean(outputs["logits"], batch["labels"])


def output(predicted, labels):
    return mean(predicted.logits, labels)


def calls_a_model(model, inputs):
    return mean(model(inputs).logits, inputs["labels"])


def hidden(hidden, weight, targets):
    return mean(hidden @ weight.T, targets)


def hidden_and_bias(hidden, weight, targets, bias):
    return mean(hidden @ weight.T + bias, targets)


def matrix_first(W, X, y, reg):
    return mean(X @ W, y) + reg * (W * W).sum()


def of_300(logits, labels):
    return mean(logits.reshape(-1, 300), labels)


def per_byte(logits, labels, token_bytes):
    return cross_entropy(logits, labels).sum() / token_bytes[labels].sum()


def distilled(student_logits, teacher_logits):
    p = softmax(teacher_logits)
    return mean(student_logits, p.argmax(-1))


def heads(logits_list, labels):
    assert isinstance(logits_list, list)
    return sum(mean(one, labels) for one in logits_list) / len(logits_list)


def numbers(logits, labels):
    return np.array([mean(logits, labels)] * 5)


def of_losses(loss_matrix, mask):
    return (loss_matrix * mask).sum() / mask.sum()


class Step:
    model = None

    def training_step(self, batch, batch_idx):
        x, y = batch
        return mean(self.model(x), y)


class Made:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, logits, labels):
        return mean(logits * self.factor, labels)


CASES = [
    ("batch", batch, {'"logits"': '"inputs"'}),
    ("indexed batch", pair, {'{"logits": o, "labels": t}': "(o, t)"}),
    ("dicts", dicts, {}),
    ("output", output, {}),
    ("model", calls_a_model, {'{"logits": o}': "SimpleNamespace(logits=o)"}),
    ("hidden", hidden, {}),
    ("bias", hidden_and_bias, {}),
    ("matrix first", matrix_first, {}),
    ("vocabulary", of_300, {"V": "300"}),
    ("arguments", per_byte, {"=…": "=np.ones(o.shape[-1])"}),
    ("teacher", distilled, {}),
    ("heads", heads, {}),
    ("numbers", numbers, {}),
    ("token losses", of_losses, {}),
    ("step", Step, {'{"logits": o, "labels": t}': "(o, t)"}),
    ("class", Made, {"factor=…": "factor=1"}),
]


@pytest.mark.parametrize(("name", "loss", "filled"), CASES)
def test_a_recipe_lets_it_in(name, loss, filled):
    [refused] = diagnose(loss).findings
    told, line = re.fullmatch(
        r"Recipe “(.*)”, since .*: write (.*)", refused.fix
    ).groups()
    assert told == name, refused
    for old, new in filled.items():
        assert old in line, line
        line = line.replace(old, new)
    scope = globals() | {"own": Step()}
    *first, last = line.split("; ")
    for one in first:
        exec(one, scope)
    found = eval(last, scope)
    assert found.healthy, found
    assert not found.names, found


def test_each_recipe_is_followed_here_or_needs_a_framework():
    followed = {name for name, *_ in CASES}
    assert {*RECIPES} - followed == {"pairs", "around", "arrays", "unpacked", "gpu"}
