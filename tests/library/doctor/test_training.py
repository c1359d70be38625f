"""Steps of training, and models with a loss of their own."""

import re

import numpy as np
import pytest

from by_hand import rows, rows_of_zeros, said
from xent_lib.doctor import diagnose
from xent_lib.doctor._training import batch_of, of_model

COPIED = r"write (diagnose\(.*\))$"


class Step:
    """As Lightning has it."""

    def __init__(self):
        self.matrix = np.ones((4, 9))

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        return x @ self.matrix

    def training_step(self, batch, batch_idx):
        x, y = batch
        return {"loss": rows(self(x), y).mean(), "at": batch_idx}


class OfKeys(Step):
    def training_step(self, batch):
        return rows(self(batch["input_ids"]), batch["labels"]).mean()


class OfTheRest(Step):
    """As torchtune has it: what is left of the batch is the model's."""

    def __init__(self):
        self._model = np.exp

    def _loss_step(self, batch):
        y = batch.pop("labels")
        return rows(self._model(**batch), y).mean()


class OfTheWhole(OfTheRest):
    """Labels are among what the model is given."""

    def training_step(self, batch, batch_idx=0):
        return rows(self._model(**batch), batch["labels"]).mean()


class WithMore(Step):
    """What its forward does after the model is a part of the step."""

    def forward(self, x):
        p = np.exp(self.backbone(x))
        return p / p.sum(axis=-1, keepdims=True)


class OfLayers(Step):
    """No single one is its model; a softmax is none of its layers."""

    def __init__(self):
        self.wte, self.head = (lambda ids: np.ones((4, 4))[ids]), np.negative
        self.softmax = lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)

    def checked(self, x):
        return x

    def training_step(self, batch):
        x, y = batch
        logits = self.head(self.checked(self.wte(x)))
        return rows(self.softmax(logits), y).mean()


class WithHead(Step):
    def __init__(self):
        self.encoder, self.head = np.exp, np.negative

    def forward(self, x):
        h = self.encoder(x)
        return self.head(h)

    def training_step(self, batch):
        x, y = batch
        return rows(self(x), y).mean()


class OfItsModel(Step):
    def __init__(self):
        self.model = np.exp

    def validation_step(self, batch, batch_idx):
        mask, target, inputs = batch
        return (rows(self.model(inputs), target) * mask).sum() / batch_idx


@pytest.mark.parametrize(
    ("loss", "batch"),
    [
        (Step().training_step, "(o, t), 0"),
        (Step(), "(o, t), 0"),
        (Step, "(o, t), 0"),
        (OfKeys().training_step, '{"input_ids": o, "labels": t}'),
    ],
)
def test_the_line_of_a_step_lets_it_in(loss, batch):
    report = said(found := diagnose(loss))
    assert "by your_object.forward = lambda x, *_, **__: x, and write" in report
    line = re.search(COPIED, found.findings[0].mend)[1]
    assert line == f"diagnose(lambda o, t: your_object.training_step({batch}))"
    step = OfKeys() if "labels" in batch else Step()
    step.forward = lambda x: x
    found = eval(line, {"your_object": step, "diagnose": diagnose})
    assert found.names == (), found
    assert found.healthy


def test_the_line_of_a_step_names_its_model_and_what_nobody_knows():
    line = of_model(OfItsModel().validation_step)
    assert "by your_object.model = torch.nn.Identity()" in line
    assert "your_object.validation_step((o, t, …), 0)" in line


@pytest.mark.parametrize(
    ("step", "layers", "names"),
    [
        (OfLayers(), ("wte", "head"), ("softmax-twice",)),
        (WithHead(), ("encoder", "head"), ()),
    ],
)
def test_each_of_the_layers_that_make_the_logits_is_left_out(step, layers, names):
    one, other = layers
    mend = f"by your_object.{one} = your_object.{other} = torch.nn.Identity(), and"
    found = diagnose(step.training_step)
    assert mend in said(found)
    line = re.search(COPIED, found.findings[0].mend)[1]
    vars(step).update(dict.fromkeys(layers, lambda x: x))
    assert eval(line, {"your_object": step, "diagnose": diagnose}).names == names


def test_what_shows_no_source_takes_two():
    assert batch_of("", "batch") == "(o, t)"
    assert batch_of("x, *more = batch", "batch") == "(o, t)"
    assert batch_of("(tokens, following) = batch", "batch") == "(o, t)"
    scope = {}
    exec("def training_step(self, batch, i): return i", scope)
    assert "training_step((o, t), 0)" in of_model(scope["training_step"])


class Model:
    """As Keras has it."""

    def __call__(self, x, training=False):
        raise TypeError("of inputs")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return rows(y_pred, y).mean()


class AllGiven(Model):
    def compute_loss(self, x, y, y_pred, sample_weight, training=True):
        losses = rows_of_zeros(y_pred, y) * sample_weight
        return losses.sum() / sample_weight.sum()


class InBits(Model):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return rows(y_pred, y).mean() / np.log(2)


def test_compute_loss_is_given_predictions_as_such_and_no_inputs():
    found = diagnose(Model().compute_loss)
    assert found.healthy, found
    assert "(the targets first), by its compute_loss," in said(found)
    given = diagnose(AllGiven().compute_loss)
    assert given.healthy, given
    assert "(the targets first, None as its `x`, a mask)" in said(given)
    assert diagnose(InBits().compute_loss).names == ("base-2",)


@pytest.mark.parametrize("loss", [WithMore(), WithMore().training_step, WithMore])
def test_what_stands_behind_the_model_stays(loss):
    assert "by your_object.backbone = torch.nn.Identity()" in said(diagnose(loss))


def test_without_what_stands_behind_the_model_its_bug_is_named():
    step = WithMore()
    step.backbone = lambda x: x
    found = diagnose(lambda o, t: step.training_step((o, t), 0))
    assert found.names == ("softmax-twice",)


def test_a_model_that_has_a_compute_loss_is_asked_for_it():
    line = "It has a compute_loss. If that is meant, write diagnose("
    assert f"{line}your_object.compute_loss)" in said(diagnose(Model()))
    assert f"{line}Model().compute_loss)" in said(diagnose(Model))


def test_a_method_without_its_object_is_said_to_be_that():
    line = "It is a method without its object: write diagnose("
    assert f"{line}Model().compute_loss)" in said(diagnose(Model.compute_loss))
    assert f"{line}OfRows().loss)" in said(diagnose(OfRows.loss))
    assert "yours" not in said(diagnose(OfRows.loss))
    scope = {}
    exec("def loss(self, logits, targets): return 0", scope)
    assert f"{line}your_object.loss)" in said(diagnose(scope["loss"]))


class OfRows:
    """What is called its self could be a mask that changes nothing."""

    def loss(self, logits, targets):
        return rows(logits, targets).mean()


def test_any_step_of_an_object_is_one():
    """Of two sequences its tuple took one for logits, and one for targets."""

    class Lit:
        def shared_step(self, train_batch, batch_idx):
            x, y = train_batch
            return rows(np.atleast_2d(x), np.int64(y).ravel() % 3).mean()

    line = "diagnose(lambda o, t: your_object.shared_step((o, t), 0))"
    assert line in said(diagnose(Lit().shared_step))


class Embedding:
    """As a model of ids begins."""


class OfIds:
    """minGPT’s forward, whose loss is one line."""

    def modules(self):
        return [self, Embedding()]

    def __call__(self, idx, targets=None):
        return self.forward(idx, targets)

    def forward(self, idx, targets=None):
        _, _ = idx.shape
        logits, loss = np.eye(7)[idx], None
        if targets is not None:
            loss = rows(logits.reshape(-1, 7), targets.ravel()).mean()
        return logits, loss


class OfTransformers(OfIds):
    @property
    def loss_function(self):
        return rows


class OnManyLines(OfIds):
    def forward(self, idx, targets=None):
        _, _ = idx.shape
        loss = rows(
            np.eye(7)[idx],
            targets,
        )
        return loss


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (OfIds, "lambda o, t: rows(o.reshape(-1, 7), t.ravel()).mean()"),
        (OfIds(), "lambda o, t: rows(o.reshape(-1, 7), t.ravel()).mean()"),
        (OfTransformers(), "your_model.loss_function"),
        (OnManyLines(), "lambda o, t: …"),
    ],
)
def test_a_whole_model_is_told_to_give_its_loss_alone(model, line):
    report = said(found := diagnose(model))
    assert "It takes ids and makes its own logits: give the loss alone" in report
    assert found.findings[0].mend.endswith(f"write diagnose({line})"), report


class WithStep(OnManyLines):
    """Its loss stands in its step."""

    def training_step(self, batch, batch_idx):
        x, y = batch
        return rows(self.wte(x), y).mean()


@pytest.mark.parametrize("own", [WithStep(), WithStep])
def test_of_a_model_of_ids_whose_loss_is_no_line_its_step_is_told(own):
    assert "your_object.training_step((o, t), 0)" in of_model(own)


def test_who_passes_on_the_loss_of_a_model_is_told_so():
    class Trainer:
        def compute_loss(self, model, inputs):
            outputs = model(**inputs)
            if "loss" not in outputs:
                raise ValueError("The model did not return a loss")
            return outputs["loss"]

    report = said(diagnose(Trainer().compute_loss))
    assert "It passes on what its model gives as a loss: diagnose that" in report


@pytest.mark.parametrize("step", [OfTheRest()._loss_step, OfTheWhole().training_step])
def test_a_batch_or_what_is_left_of_it_is_given_to_its_model(step):
    report = said(diagnose(step))
    line = re.search(
        r"your_object._model.forward = (lambda .*?: input), and write (.*?\)\))", report
    )
    assert f'{step.__name__}({{"labels": t, "input": o}}' in line[2]
    own = step.__self__
    own._model = eval(line[1])  # a module's forward, as a plain function
    assert eval(line[2], {"your_object": own, "diagnose": diagnose}).healthy
