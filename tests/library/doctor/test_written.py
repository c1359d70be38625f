"""A call of a loss function as somebody may write it."""

import functools

import pytest

from xent_lib import cross_entropy
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
