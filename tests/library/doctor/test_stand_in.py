"""Who calls a model of its own, and the line that has something in its place."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from by_hand import rows, said
from xent_lib import cross_entropy, log_softmax
from xent_lib.doctor import diagnose


class Logits(np.ndarray):
    """NumPy's, with the method that PyTorch's have."""

    def log_softmax(self, axis):
        return log_softmax(self, axis=axis)


class Trainer:
    """As transformers has it."""

    def compute_loss(self, model, inputs, return_outputs=False):
        labels = inputs.pop("labels") if "labels" in inputs else None
        outputs = model(**inputs)
        loss = cross_entropy(outputs.get("logits"), labels).mean()
        return (loss, outputs) if return_outputs else loss


class OfItems(Trainer):
    def compute_loss(self, model, inputs, num_items_in_batch=None):
        loss = super().compute_loss(model, inputs)
        return loss if num_items_in_batch is None else loss / num_items_in_batch


class OfItsMask:
    """The model is given a mask that the loss has not."""

    def compute_loss(self, model, inputs):
        mask = inputs["attention_mask"]
        outputs = model(input_ids=inputs["input_ids"], attention_mask=mask)
        return cross_entropy(outputs.logits, inputs["labels"]).mean()


class Masked:
    def compute_loss(self, model, inputs):
        outputs = model(inputs["input_ids"], inputs["attention_mask"])
        losses, mask = rows(outputs.logits, inputs["labels"]), inputs["attention_mask"]
        return (losses * mask).sum() / mask.sum()


class Criterion:
    """As fairseq has it."""

    def __call__(self, model, sample):
        output = model(**sample["net_input"])
        return self.compute_loss(model, output, sample)

    def compute_loss(self, model, net_output, sample, reduce=True):
        log_p = model.get_normalized_probs(net_output, log_probs=True)
        target = model.get_targets(sample, net_output)
        return -np.take_along_axis(log_p, target[..., None], -1).mean()


def of_parameters(model, config, data, params):
    """As MaxText has it."""
    logits = model.apply(params, data["inputs"], data["inputs_position"])
    y = np.arange(config.vocab_size) == data["targets"][..., None]
    losses = -(y * log_softmax(logits)).sum(-1)
    kept = data["targets_segmentation"] != 0
    return (losses * kept).sum() / kept.sum()


def by_apply(params, batch, apply_fn):
    logits = apply_fn({"params": params}, batch["image"])
    return cross_entropy(logits, batch["label"]).mean()


ANY = "lambda *_, **__: "


@pytest.mark.parametrize(
    ("loss", "call"),
    [
        (Trainer(), f'(model={ANY}{{"logits": o}}, inputs={{"labels": t}})'),
        (Trainer().compute_loss, f'(model={ANY}{{"logits": o}}, inputs='),
        (
            OfItsMask(),
            f"(model={ANY}SimpleNamespace(logits=o), inputs="
            '{"attention_mask": 0 * t + 1, "input_ids": t, "labels": t})',
        ),
        (
            Criterion(),
            f"(model=SimpleNamespace(get_normalized_probs={ANY}o.log_softmax(-1), "
            f"get_targets={ANY}t), net_output=o, sample=None)",
        ),
        (
            of_parameters,
            f"(model=SimpleNamespace(apply={ANY}o), "
            "config=SimpleNamespace(vocab_size=o.shape[-1]), "
            'data={"inputs": o, "inputs_position": 0 * t + 1, "targets": t, '
            '"targets_segmentation": targets_segmentation}, params=None)',
        ),
        (
            by_apply,
            f'(params=None, batch={{"image": 0 * t + 1, "label": t}}, apply_fn={ANY}o)',
        ),
    ],
)
def test_the_line_has_a_model(loss, call):
    def to(x):
        return np.asarray(x).view(Logits)

    report = said(diagnose(loss, to=to))
    assert call in report
    assert ("SimpleNamespace of types" in report) == ("SimpleNamespace(" in call)
    line = re.search(r"diagnose\((lambda .*?)\), with", report)[1]
    scope = {getattr(loss, "__name__", ""): loss, "SimpleNamespace": SimpleNamespace}
    scope["your_object"] = getattr(loss, "__self__", loss)
    found = diagnose(eval(line, scope), to=to)
    assert found.healthy, found


def of_its_ids(model, batch):
    """The targets are what the model reads, and nothing is shifted."""
    return cross_entropy(model(batch["input_ids"]).logits, batch["input_ids"]).mean()


def test_who_scores_what_its_model_reads_is_asked_for_a_shift():
    report = said(diagnose(of_its_ids))
    assert 'batch={"input_ids": t}), shifts=True)' in report
    line = re.search(r"diagnose\(lambda .*?shifts=True\)", report).group()
    scope = {"of_its_ids": of_its_ids, "SimpleNamespace": SimpleNamespace}
    found = eval(line, scope | {"diagnose": diagnose})
    assert not found.healthy, found
    assert "of targets that it does not shift" in said(found)


def test_a_mask_of_the_loss_stays_one():
    assert '"attention_mask": attention_mask' in said(diagnose(Masked()))


def test_of_a_class_an_instance_is_asked():
    assert "o, t: Trainer().compute_loss(model=" in said(diagnose(Trainer))


def test_what_a_model_is_asked_for_in_vain_is_not_guessed():
    class OfBoth:
        def compute_loss(self, model, sample):
            output = model(sample["x"])
            return model.get_loss(output, sample["y"])

    assert "compute_loss(…)" in said(diagnose(OfBoth()))


def test_who_calls_it_and_its_methods_is_left_open():
    def loss(model, sample):
        output = model(sample["x"], 1)
        log_p = model.get_normalized_probs(output)
        return -np.take_along_axis(log_p, sample["y"][..., None], -1).mean()

    assert 'loss(model=…, sample={"x": o, "y": t})' in said(diagnose(loss))


def test_a_count_that_need_not_be_given_stays_one():
    report = said(diagnose(OfItems().compute_loss))
    line = re.search(r"diagnose\((lambda .*?)\), with", report)[1]
    assert line.startswith("lambda o, t, num_items_in_batch=None: your_object.compute_")
    found = diagnose(eval(line, {"your_object": OfItems()}))
    assert found.names == ("divided-twice",)
