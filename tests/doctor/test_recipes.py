"""Each recipe, followed literally, lets a function in.

A report has the line to write. Where that says "…", the value to fill in is given here.
"""

import re
from types import SimpleNamespace  # noqa: F401 - for the lines

import numpy as np
import pytest

from xent_doctor import diagnose
from xent_doctor.recipes import RECIPES
from xent_lib import cross_entropy, log_softmax, softmax


def mean(logits, labels):
    return cross_entropy(logits, labels).mean()


def batch(batch):
    return mean(batch["inputs"], batch["labels"])


def pair(batch, batch_idx):
    x, y = batch
    return mean(x, y)


def dicts(outputs, batch):
    return mean(outputs["logits"], batch["labels"])


def dict_of_logits(result, labels):
    return mean(result["logits"], labels)


def dict_of_labels(logits, batch):
    return mean(logits, batch["labels"])


def dict_with_a_mask(logits, batch):
    losses = cross_entropy(logits, batch["input_ids"]) * batch["attention_mask"]
    return losses.sum() / batch["attention_mask"].sum()


def two_objects(output, batch):
    return mean(output.logits[:, :-1], batch.labels[:, 1:])


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


def matrix_and_bias_first(W, b, x, t):
    return mean(x @ W + b, t)


def bias_last(weight, hidden, labels, bias):
    return mean(hidden @ weight.T + bias, labels)


def bias_may_be_none(weight, hidden, labels, bias=None):
    return mean(hidden @ weight.T + (0 if bias is None else bias), labels)


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


def head_for_each_target(logits, labels):
    pairs = zip(logits, labels, strict=True)
    assert isinstance(logits, list)
    return sum(mean(o, t) for o, t in pairs) / len(logits)


def two_heads(logits, labels):
    first, second = logits
    assert first.ndim > 1
    return mean(first, labels) + mean(second, labels)


def places_first(logits, labels):
    return mean(logits, labels.transpose(1, 0))


def warmed_up(student_logits, teacher_logits, labels, T=4.0, alpha=0.5):
    p, log_q = softmax(teacher_logits / T), log_softmax(student_logits / T)
    soft = (p * (np.log(p) - log_q)).sum(-1).mean() * T * T
    return alpha * soft + (1 - alpha) * mean(student_logits, labels)


def divided_by_V(y_t, y_s):
    return -(softmax(y_t) * log_softmax(y_s)).mean()


def a_mask_and_losses(loss_mask, output_tensor):
    return of_losses(output_tensor, loss_mask)


def numbers(logits, labels):
    return np.array([mean(logits, labels)] * 5)


def of_losses(loss_matrix, mask):
    return (loss_matrix * mask).sum() / mask.sum()


class Images:
    def forward(self, logits, labels):
        assert logits.ndim == 4
        return mean(np.moveaxis(logits, 1, -1), labels)


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
    ("batch", batch, {}),
    ("batch", pair, {}),
    ("wrapped", dicts, {}),
    ("wrapped", dict_of_logits, {}),
    ("wrapped", dict_of_labels, {}),
    ("wrapped", dict_with_a_mask, {}),
    ("wrapped", output, {}),
    ("wrapped", two_objects, {}, "shifted"),
    ("wrapped", heads, {}),
    ("wrapped", head_for_each_target, {}),
    ("summed", two_heads, {}),
    ("places first", places_first, {}),
    ("images", Images, {}),
    ("model", calls_a_model, {}),
    ("hidden", hidden, {}),
    ("hidden", matrix_first, {}),
    ("bias", hidden_and_bias, {}),
    ("bias", matrix_and_bias_first, {}),
    ("bias", bias_last, {}),
    ("bias", bias_may_be_none, {}),
    ("vocabulary", of_300, {}),
    ("arguments", per_byte, {"=…": "=np.ones(o.shape[-1])"}),
    ("teacher", distilled, {}),
    ("teacher", warmed_up, {}, "masked-token"),
    ("teacher", divided_by_V, {}, "by-vocabulary", "masked-token"),
    ("numbers", numbers, {}),
    ("token losses", of_losses, {}),
    ("token losses", a_mask_and_losses, {}),
    ("step", Step, {}),
    ("class", Made, {"factor=…": "factor=1"}),
]


@pytest.mark.parametrize(
    ("name", "loss", "filled", "names"), [(*one[:3], one[3:]) for one in CASES]
)
def test_a_recipe_lets_it_in(name, loss, filled, names):
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
    assert {*found.names} == {*names}, found
    assert found.healthy == ("by-vocabulary" not in names), found


def test_each_recipe_is_followed_here_or_needs_a_framework():
    followed = {name for name, *_ in CASES}
    assert {*RECIPES} - followed == {"pairs", "around", "arrays", "gpu"}
