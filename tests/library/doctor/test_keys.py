"""Who takes dicts, tuples or objects, and the line that lets it in."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, log_softmax
from xent_lib.doctor import diagnose


def training_step(batch, batch_idx):
    return cross_entropy(batch["logits"], batch["y"]).mean()


def of_two(model_out, batch):
    return cross_entropy(model_out["logits"], batch.pop("labels")).mean()


def logits_alone_as_they_are(logits, batch):
    assert batch.get("mask") is None
    return cross_entropy(logits, batch.get("target")).mean()


def sequences(batch):
    assert batch["logits"].ndim == 3
    return cross_entropy(batch["logits"], batch["labels"]).mean()


def two_labels(output, labels):
    labels, loss_mask = labels[0], labels[1]
    assert labels.ndim == 2
    return (cross_entropy(output, labels) * loss_mask).sum() / loss_mask.sum()


def shape_first(logits, data):
    V = logits.shape[-1]
    losses = cross_entropy(logits.reshape(-1, V), data["targets"].ravel())
    kept = data["targets_segmentation"].ravel() != 0
    return (losses * kept).sum() / kept.sum()


def of_a_model(outputs, batch):
    labels = batch["labels"]
    return cross_entropy(outputs.logits, labels).mean()


def of_a_function(model, batch, batch_idx):
    return cross_entropy(model(batch["x"]), batch["y"]).mean()


def of_a_pair(batch, batch_idx):
    x, y = batch
    assert y.ndim == 1
    return cross_entropy(x, y).mean()


def of_one(outputs, labels):
    (outputs,) = outputs
    assert outputs.ndim == 2
    return cross_entropy(outputs, labels[0]).mean()


def any_keyword(**batch):
    return cross_entropy(batch["logits"], batch["labels"]).mean()


def alone(*, outputs, batch, reduction="mean"):
    return of_two(outputs, batch)


class Model:
    def __call__(self, **batch):
        return any_keyword(**batch)


@pytest.mark.parametrize(
    ("loss", "call"),
    [
        (training_step, 'training_step({"logits": o, "y": t}, batch_idx=0)'),
        (of_two, 'of_two({"logits": o}, {"labels": t})'),
        (alone, 'alone(outputs={"logits": o}, batch={"labels": t})'),
        (logits_alone_as_they_are, 'logits_alone_as_they_are(o, {"target": t})'),
        (sequences, 'sequences({"logits": o, "labels": t})'),
        (
            of_a_function,
            'of_a_function(model=lambda x: x, batch={"x": o, "y": t}, batch_idx=0)',
        ),
        (of_a_model, 'of_a_model(SimpleNamespace(logits=o), {"labels": t})'),
        (of_a_pair, "of_a_pair((o, t), batch_idx=0)"),
        (of_one, "of_one((o,), (t,))"),
        (any_keyword, "any_keyword(logits=o, labels=t)"),
        (Model(), "your_loss(logits=o, labels=t)"),
    ],
)
def test_the_line_has_the_keys(loss, call):
    report = said(diagnose(loss))
    assert f"write diagnose(lambda o, t: {call})" in report
    scope = {getattr(loss, "__name__", "your_loss"): loss}
    scope["SimpleNamespace"] = SimpleNamespace
    printed = re.search(r"diagnose\((lambda .*?)\), with", report)[1]
    assert diagnose(eval(printed.replace("…", "None"), scope)).healthy


def of_haiku(forward_fn, vocab_size, params, rng, data):
    """Its words are its mask, too: 0 is padding."""
    logits = forward_fn(params, rng, data, True)
    y = np.eye(vocab_size)[data["target"]]
    assert logits.shape == y.shape
    mask = data["obs"] > 0
    return -((y * log_softmax(logits)).sum(-1) * mask).sum() / mask.sum()


@pytest.mark.parametrize(
    ("loss", "line", "way"),
    [
        (
            of_haiku,
            "lambda o, t, mask: of_haiku(forward_fn=lambda *_, **__: o, "
            "vocab_size=o.shape[-1], params=None, rng=None, "
            'data={"target": t, "obs": mask})',
            "a mask",
        ),
        (two_labels, "lambda o, t, mask: two_labels(o, (t, mask))", "a mask"),
        (
            shape_first,
            "lambda o, t, targets_segmentation: shape_first(o, "
            '{"targets": t, "targets_segmentation": targets_segmentation})',
            "a mask",
        ),
    ],
)
def test_a_mask_among_them_is_a_parameter_of_the_line(loss, line, way):
    report = said(diagnose(loss))
    assert f"write diagnose({line}), with" in report
    found = diagnose(eval(line, {loss.__name__: loss}))
    assert found.healthy, found
    assert way in found.convention


def test_keys_that_say_nothing_are_left_open():
    def loss(logits, batch):
        return cross_entropy(logits, batch["labels"]).mean() / batch["a b"]

    assert 'loss(o, {"labels": t, "a b": …})' in said(diagnose(loss))


@pytest.mark.parametrize(
    "loss",
    [
        lambda batch: batch["nowhere"],
        lambda batch: batch["labels"] + batch[-1] + batch[7],
        lambda batch: batch["labels"].nowhere,
        lambda **batch: batch["nowhere"],
        lambda **batch: batch["logits"].nowhere,
    ],
)
def test_other_keys_are_not_guessed(loss):
    assert '"labels": t' not in said(diagnose(loss))
    assert "logits=o" not in said(diagnose(loss))
