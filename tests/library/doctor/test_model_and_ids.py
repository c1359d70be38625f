"""Who takes a model and a batch of ids, of which there is one more than logits."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from by_hand import rows, said
from xent_lib import log_softmax
from xent_lib.doctor import diagnose
from xent_lib.doctor._model_and_ids import of_batch
from xent_lib.doctor._ways import NUMPY, Framework


def within(lengths, targets):
    """As mlx-lm has it: from where a sequence begins to where it ends."""
    steps = np.arange(1, targets.shape[1] + 1)
    return (steps >= lengths[:, :1]) & (steps <= lengths[:, 1:])


def of_mlx(model, batch, lengths):
    logits, targets = model(batch[:, :-1]), batch[:, 1:]
    mask = within(lengths, targets)
    return (rows(logits, targets) * mask).sum() / mask.sum(), mask.sum()


def of_ids(model, input_ids):
    logits, targets = model(input_ids[:, :-1]).logits, input_ids[:, 1:]
    return rows(logits, targets).mean()


def with_cache(model, x, loss_mask):
    (logits, _), targets = model(x[:, :-1], cache=None), x[:, 1:]
    mask = loss_mask[:, 1:]
    return (rows(logits, targets) * mask).sum() / mask.sum()


def with_attention(model, input_ids, attention_mask):
    """Its model is given all ids; it shifts them itself."""
    logits = model(input_ids, attention_mask=attention_mask).logits[:, :-1]
    targets, mask = input_ids[:, 1:], attention_mask[:, 1:]
    return (rows(logits, targets) * mask).sum() / mask.sum()


def unmasked(model, batch, lengths):
    logits, targets = model(batch[:, :-1]), batch[:, 1:]
    kept = np.arange(targets.shape[1]) < lengths[:, None]
    return (rows(logits, targets) * kept).mean()


def beside_state(model, batch):
    """Of a model that gives something beside its logits, by one-hot targets."""
    logits, _ = model(batch[:, :-1])
    y = np.eye(logits.shape[-1])[batch[:, 1:]]
    return -(y * log_softmax(logits)).sum(-1).mean()


@pytest.mark.parametrize(
    ("loss", "given", "names"),
    [
        (of_mlx, "lengths=lengths", ()),
        (of_ids, "lambda *_, **__: SimpleNamespace(logits=o), ", ()),
        (beside_state, "lambda *_, **__: (o, None), ", ()),
        (with_cache, "loss_mask=np.pad(mask, ((0, 0), (1, 0)))", ()),
        (with_attention, "input_ids=t, attention_mask=mask)", ("shifted",)),
        (unmasked, "batch=np.pad(t, ((0, 0), (1, 0)))", ("padded-length",)),
    ],
)
def test_the_line_of_who_takes_one_id_more_works_when_copied(loss, given, names):
    mend = " ".join(diagnose(loss).findings[0].mend.split())
    line = re.search(r"write (diagnose\(.*\))", mend)[1]
    assert given in line
    known = {"diagnose": diagnose, "np": np, "SimpleNamespace": SimpleNamespace}
    found = eval(line, {loss.__name__: loss, **known})
    assert found.healthy == ("padded-length" not in names), found
    assert {*names} <= {*found.names}
    assert ("of types" in mend) == ("Simple" in line)


@pytest.mark.parametrize(
    "loss",
    [
        lambda model, x: model(x[:, :-1]).sum(-1).sum(-1),
        lambda model, x: x.missing,
        lambda model, x, y, z: 0,
        lambda x, y: 0,
    ],
)
def test_others_have_no_such_line(loss):
    assert of_batch(loss, NUMPY) == ""


def test_who_has_arrays_of_his_own_has_no_line():
    assert of_batch(of_mlx, Framework("yours", np.asarray)) == ""


@pytest.mark.parametrize("required", [True, False])
def test_lengths_may_be_pairs_of_an_offset_and_a_length(required):
    def loss(logits, targets, lengths):
        mask = np.ones(targets.shape) if lengths is None else within(lengths, targets)
        return (rows(logits, targets) * mask).sum() / mask.sum()

    def optional(logits, targets, lengths=None):
        return loss(logits, targets, lengths)

    found = diagnose(loss if required else optional)
    assert found.healthy, found
    assert not required or "ids (offsets and lengths)" in said(found)
