"""Who takes dicts, and the line that lets it in."""

import re

import pytest

from by_hand import said
from xent_lib import cross_entropy
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


def any_keyword(**batch):
    return cross_entropy(batch["logits"], batch["labels"]).mean()


class Model:
    def __call__(self, **batch):
        return any_keyword(**batch)


@pytest.mark.parametrize(
    ("loss", "call"),
    [
        (training_step, 'training_step({"logits": o, "y": t}, batch_idx=…)'),
        (of_two, 'of_two({"logits": o}, {"labels": t})'),
        (logits_alone_as_they_are, 'logits_alone_as_they_are(o, {"target": t})'),
        (sequences, 'sequences({"logits": o, "labels": t})'),
        (any_keyword, "any_keyword(logits=o, labels=t)"),
        (Model(), "your_loss(logits=o, labels=t)"),
    ],
)
def test_the_line_has_the_keys(loss, call):
    report = said(diagnose(loss))
    assert f"write diagnose(lambda o, t: {call})" in report
    scope = {getattr(loss, "__name__", "your_loss"): loss}
    printed = re.search(r"diagnose\((lambda .*?)\), with", report)[1]
    assert diagnose(eval(printed.replace("…", "None"), scope)).healthy


@pytest.mark.parametrize(
    "loss",
    [
        lambda batch: batch["nowhere"],
        lambda batch: batch["labels"].nowhere,
        lambda **batch: batch["nowhere"],
        lambda **batch: batch["logits"].nowhere,
    ],
)
def test_other_keys_are_not_guessed(loss):
    assert '"labels": t' not in said(diagnose(loss))
    assert "logits=o" not in said(diagnose(loss))
