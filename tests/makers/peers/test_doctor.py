"""The doctor beside the frameworks: their own losses are healthy, and it says how they
are called; what they can be told to do otherwise, it names."""

import numpy as np
import pytest

from xent_lib.doctor import diagnose


@pytest.fixture
def torch(peer):
    return peer("torch")


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_pytorch_is_healthy(torch, reduction):
    found = diagnose(
        lambda o, t: torch.nn.functional.cross_entropy(o, t, reduction=reduction)
    )
    assert found.healthy, found
    assert "sequences are (B, V, T)" in found.convention
    assert found.not_tried == ()


def test_a_module_of_pytorch_is_a_function(torch):
    assert diagnose(torch.nn.CrossEntropyLoss()).healthy
    assert diagnose(torch.nn.CrossEntropyLoss(), to=torch.tensor).healthy


def test_what_pytorch_is_told_to_do_otherwise_is_named(torch):
    smoothed = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    assert diagnose(smoothed).names == ("smoothing",)
    assert diagnose(torch.nn.functional.nll_loss).names == ("not-normalised",)

    def in_half(o, targets):
        return torch.nn.functional.cross_entropy(o.to(torch.bfloat16), targets)

    assert diagnose(in_half).names == ("bfloat16",)


def test_the_gradient_may_be_on(torch):
    def loss(o, targets):
        return torch.nn.functional.cross_entropy(o.requires_grad_(), targets)

    assert diagnose(loss).healthy


def test_jax_is_healthy(peer):
    optax, jax = peer("optax"), peer("jax")

    def loss(o, targets):
        y = jax.nn.one_hot(targets, o.shape[-1])
        return optax.softmax_cross_entropy(o, y)

    assert diagnose(loss).names == ()
    found = diagnose(jax.jit(lambda o, t: loss(o, t).sum()))
    assert found.healthy, found
    assert "the sum of the losses; sequences are" in found.convention


def test_optax_rounds_large_equal_logits_away(peer):
    """Its ln 2 is 0.6875 at 10⁶, and 0 at 10⁸. Once that is mended, this says so."""
    found = diagnose(peer("optax").softmax_cross_entropy_with_integer_labels)
    assert found.names == ("from-zero",)
    [shown] = found.findings[0].shown
    assert (shown.probe, shown.seen.split(", ")[0]) == ("large and equal", "0")


def test_keras_wants_to_be_told_that_these_are_logits(peer, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = peer("keras")

    def loss(o, targets, **options):
        function = keras.losses.sparse_categorical_crossentropy
        answer = function(np.asarray(targets), np.asarray(o, "float32"), **options)
        return keras.ops.convert_to_numpy(answer)

    assert diagnose(lambda o, t: loss(o, t, from_logits=True)).healthy
    found = diagnose(loss)  # by itself it takes probabilities, and clips them
    assert found.convention.startswith("Takes probabilities")
    assert found.names == ("floor",)


def test_scikit_learn_takes_probabilities(peer):
    log_loss = peer("sklearn.metrics").log_loss
    found = diagnose(lambda p, t: log_loss(t, p, labels=range(p.shape[-1])))
    assert found.convention.startswith(
        "Takes probabilities (N, V), and gives the mean loss"
    )
