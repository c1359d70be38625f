"""A call of a loss function as somebody may write it."""

import functools
import math
import re

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, log_softmax, softmax
from xent_lib.doctor import diagnose
from xent_lib.doctor._ways import FRAMEWORKS
from xent_lib.doctor._written import call_of, eye_of


class Forward:
    def __init__(self, size):
        self.size = size

    def forward(self, o, t):
        return 0


class Masked:
    def __call__(self, o, t, valid_len):
        return 0


@pytest.mark.parametrize(
    ("loss", "call"),
    [
        (lambda y_true, y_pred, alpha: 0, "f(t, o, alpha=…)"),
        (lambda logits, labels, a, b, c: 0, "f(o, t, a=…, b=…, c=…)"),
        (lambda hidden, weight, labels: 0, "f(o, weight=…, labels=t)"),
        (lambda *, gold, scores: 0, "f(gold=t, scores=o)"),
        (lambda o, t, loss_mask: 0, "f(o, t, loss_mask=mask)"),
        (lambda mask, o, t: 0, "f(mask=mask, o=o, t=t)"),
        (functools.partial(cross_entropy, axis=-1), "your_loss(o, t)"),
        (functools.partial, "partial(…)(o, t)"),
        (lambda model: 0, "f(o, t)"),
        (lambda x, y, target: 0, "f(o, t, target=…)"),
        (lambda step, logits, labels: 0, "f(step=0, logits=o, labels=t)"),
        (
            lambda losses, probs, targets, B, T, V: 0,
            "f(losses=…, probs=o, targets=t, B=…, T=…, V=o.shape[-1])",
        ),
        (lambda x, logits, y: 0, "f(x=…, logits=o, y=t)"),
        (Forward, "Forward(…).forward(o, t)"),
        (Masked, "Masked()(o, t, valid_len=lengths)"),
        (Forward(9), "your_object.forward(o, t)"),
        (Forward(9).forward, "your_object.forward(o, t)"),
    ],
)
def test_the_call_has_what_is_required(loss, call):
    assert call_of(loss) == call


def test_the_identity_is_that_of_the_framework():
    assert eye_of(FRAMEWORKS["jax"]) == "jnp.eye(o.shape[-1])"
    assert eye_of(FRAMEWORKS["tensorflow"]) == ""


class Tensor:
    """As people write one, with some of PyTorch's methods."""

    def __init__(self, data):
        self.data = np.asarray(data)

    def log_softmax(self):
        return Tensor(log_softmax(self.data))

    def mean(self):
        return Tensor(self.data.mean())


def of_tensors(logits, targets):
    o, t = logits.log_softmax().data, targets.data
    return Tensor(-np.take_along_axis(o, t[..., None], -1)).mean()


def test_a_class_of_its_own_is_offered():
    line = (
        "It takes arrays of a class of its own: write diagnose(of_tensors, to=Tensor)"
    )
    assert line in said(diagnose(of_tensors))
    found = diagnose(of_tensors, to=Tensor)
    assert found.healthy, found
    assert "your own arrays" in found.convention


class Value:
    """A number that knows its gradient, as micrograd has it."""

    def __init__(self, data):
        self.data = float(data)

    def __sub__(self, other):
        return Value(self.data - other)

    def __mul__(self, other):
        return Value(self.data * other)

    def exp(self):
        return Value(math.exp(self.data))


def of_one(logits, target):
    """Of a list of them."""
    top = max(one.data for one in logits)
    total = sum((one - top).exp().data for one in logits)
    return (logits[target] - top - math.log(total)) * -1


def of_lists(logits, targets):
    """Of lists of them, each a row."""
    total = sum(of_one(*one).data for one in zip(logits, targets, strict=True))
    return Value(total / len(targets))


@pytest.mark.parametrize(
    ("loss", "o", "t"),
    [
        (of_one, "[Value(x) for x in o.tolist()]", "int(t)"),
        (of_lists, "[[Value(x) for x in row] for row in o.tolist()]", "t.tolist()"),
    ],
)
def test_numbers_of_a_class_beside_it_are_made_in_its_line(loss, o, t):
    line = f"lambda o, t: {loss.__name__}({o}, {t})"
    words = f"It takes numbers of a class of its own: write diagnose({line})"
    assert words in said(diagnose(loss))
    found = diagnose(eval(line, globals()))
    assert found.healthy, found


@pytest.mark.parametrize("then", ["nowhere", "data"])
def test_one_that_does_not_take_it_is_not(then):
    scope = {"Tensor": Tensor}
    exec(f"def loss(o, t): return o.log_softmax().{then} + 1", scope)
    assert "to=Tensor" not in said(diagnose(scope["loss"]))


def test_a_loss_with_its_layer_is_given_the_identity():
    """As CS231n has it, with what its line says."""

    def softmax_loss(W, X, y, reg):
        p = softmax(X.dot(W))
        losses = -np.log(p[np.arange(len(y)), y])
        return losses.mean() + reg * (W * W).sum(), X.T.dot(p - np.eye(len(W))[y])

    line = "lambda o, t: softmax_loss(W=np.eye(o.shape[-1]), X=o, y=t, reg=0)"
    assert f"write diagnose({line})" in said(diagnose(softmax_loss))
    found = diagnose(eval(line, {"np": np, "softmax_loss": softmax_loss}))
    assert found.names == ("log-of-softmax",)


class Fused:
    """As an autograd.Function of PyTorch: it is applied, by place alone."""

    @classmethod
    def apply(cls, *given):
        return cls.forward(None, *given)

    @staticmethod
    def forward(ctx, input, weight, target, bias):
        return cross_entropy(input @ weight.T + bias, target).mean()

    def backward(ctx, grad_output):
        """Needs no matrix here."""


class SetUp(Fused):
    """As one whose context is made afterwards."""

    @classmethod
    def apply(cls, *given):
        return cls.forward(*given)

    @staticmethod
    def forward(input, weight, target, bias=None):
        return Fused.forward(None, input, weight, target, 0)

    def setup_context(ctx, inputs, output):
        """Keeps nothing here."""


@pytest.mark.parametrize(
    ("loss", "call"),
    [
        (Fused.apply, "apply(o, np.eye(o.shape[-1]), t, np.zeros(o.shape[-1]))"),
        (Fused, "apply(o, np.eye(o.shape[-1]), t, np.zeros(o.shape[-1]))"),
        (SetUp.apply, "apply(o, np.eye(o.shape[-1]), t)"),
    ],
)
def test_an_autograd_function_is_applied_by_place(loss, call):
    [line] = re.findall(r"write (diagnose\(.*?\)), with", said(diagnose(loss)))
    assert call in line
    assert eval(line, {"diagnose": diagnose, "np": np, **globals()}).healthy


def test_an_autograd_function_of_logits_is_examined():
    class OfLogits(Fused):
        @staticmethod
        def forward(ctx, logits, target, label_smoothing=0.0):
            return cross_entropy(logits, target).mean()

    found = diagnose(OfLogits)
    assert found.healthy, found
    assert found.convention.startswith("Takes logits (N, V) and ids")
