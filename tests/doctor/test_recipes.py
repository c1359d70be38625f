"""Each recipe, followed literally, lets a function in.

A report has the line to write. Where that says "…", the value to fill in is given here.
"""

import functools
import re
from types import SimpleNamespace  # noqa: F401 - for the lines

import numpy as np
import pytest

from xent_doctor import diagnose, diagnose_step  # noqa: F401 - for the lines
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


def masked_batch(logits, batch):
    losses, mask = cross_entropy(logits, batch["labels"]), batch["loss_mask"]
    return (losses * mask).sum() / mask.sum()


def batch_of_params(params, batch):
    return mean(batch["inputs"] @ params, batch["targets"])


def trainer(model, inputs):
    labels = inputs.pop("labels")
    return mean(model(**inputs)["logits"], labels)


def output(predicted, labels):
    return mean(predicted.logits, labels)


def calls_a_model(model, inputs):
    return mean(model(inputs).logits, inputs["labels"])


def hidden(hidden, weight, targets):
    return mean(hidden @ weight.T, targets)


def hidden_and_bias(hidden, weight, targets, bias):
    return mean(hidden @ weight.T + bias, targets)


def bias_before_targets(h, w, b, y):
    return mean(h @ w + b, y)


def by_keywords(*, x, weight, target):
    return mean(x @ weight.T, target)


def embedded(h, emb, y):
    assert h.ndim == 3
    return mean(h @ emb.T, y)


def of_a_pair(params, x, y):
    W, b = params
    return mean(x @ W + b, y)


def of_embeddings(embeddings, classifier_weight, labels):
    return mean(embeddings @ classifier_weight.T, labels)


def flax(state, batch, rng=None):
    return mean(state.apply_fn(state.params, batch["x"]), batch["y"])


def by_a_layer(hidden_states, lm_head, labels):
    return mean(lm_head(hidden_states), labels)


def by_its_weight(hidden_states, lm_head, labels):
    return mean(hidden_states @ lm_head.weight.T, labels)


class OwnLayer:
    def __init__(self):
        self.proj = functools.partial(np.dot, b=np.ones((16, 50)))

    def __call__(self, h, y):
        return mean(self.proj(h), y)


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


def unpacks(inputs, labels):
    logits, _ = inputs
    return mean(logits, labels)


def unpacks_one(outputs, labels):
    (logits,) = outputs
    return mean(logits, labels)


def unpacks_by_classes(inputs, labels, weight=None):
    logits, _ = inputs
    w = np.ones(logits.shape[-1]) if weight is None else weight
    return (w[labels] * cross_entropy(logits, labels)).sum() / w[labels].sum()


def unpacks_both(input, target):
    """Of two sequences it makes a number."""
    (one, other), (its_target, others_target) = input, target
    return (mean(one, its_target) + mean(other, others_target)) / 2


def images(scores, labels):
    assert scores.ndim == 4
    return mean(np.moveaxis(scores, 1, -1), labels)


def parts(micro_batches):
    each = [(cross_entropy(o, t, ignore_index=-100).sum(), (t != -100).sum())
            for o, t in micro_batches]  # fmt: skip
    total, tokens = np.sum(each, axis=0)
    return total / tokens


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
    ("batch", batch, {}),
    ("batch", pair, {}),
    ("dicts", dicts, {}),
    ("dicts", masked_batch, {}),
    ("dicts", batch_of_params, {}),
    ("output", output, {}),
    ("model", calls_a_model, {}),
    ("model", trainer, {}),
    ("hidden", hidden, {}),
    ("hidden", hidden_and_bias, {}),
    ("hidden", bias_before_targets, {}),
    ("hidden", by_keywords, {}),
    ("hidden", embedded, {}),
    ("hidden", by_a_layer, {}),
    ("hidden", of_a_pair, {}),
    ("hidden", of_embeddings, {}),
    ("model", flax, {}),
    ("hidden", by_its_weight, {}),
    ("hidden", matrix_first, {}),
    ("own layer", OwnLayer, {}),
    ("vocabulary", of_300, {"V": "300"}),
    ("arguments", per_byte, {"=…": "=np.ones(o.shape[-1])"}),
    ("teacher", distilled, {}),
    ("heads", heads, {}),
    ("unpacked", unpacks, {}),
    ("unpacked", unpacks_one, {}),
    ("unpacked", unpacks_by_classes, {}),
    ("unpacked", unpacks_both, {}),
    ("images", images, {}),
    ("parts", parts, {}),
    ("numbers", numbers, {}),
    ("token losses", of_losses, {}),
    ("step", Step, {}),
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
    scope = globals() | {"own": loss() if loss in (Step, OwnLayer) else None}
    *first, last = line.split("; ")
    for one in first:
        exec(one, scope)
    found = eval(last, scope)
    assert found.healthy, found
    assert not found.names, found


def test_each_recipe_is_followed_here_or_needs_a_framework():
    followed = {name for name, *_ in CASES}
    assert {*RECIPES} - followed == {
        "pairs",
        "around",
        "arrays",
        "chunks",
        "gpu",
        "assertion",
    }


def test_what_asserts_another_dtype_is_told_how_to_leave_that_out():
    def of_float16(logits, targets):
        assert logits.dtype == np.float16
        return mean(logits, targets)

    [refused] = diagnose(of_float16).findings
    assert "python -O" in refused.fix
