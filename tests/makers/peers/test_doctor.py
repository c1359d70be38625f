"""The doctor beside the frameworks: their own losses, and those that people write with
them, right and broken."""

import importlib

import pytest

from xent_lib.doctor import diagnose

PRECISION = {"from-zero", "masked-token", "per-sequence"}


@pytest.fixture(params=["torch", "jax"])
def framework(request, peer, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    for name in ("torch", "jax", "optax", "keras"):
        peer(name)
    return request.param


def of(kind, framework):
    module = importlib.import_module(f"{kind}_{framework}")
    return getattr(module, kind.upper())


def test_right_ones_are_never_blamed(framework):
    for loss, names, declared in of("right", framework):
        found = diagnose(loss, **declared)
        assert found.healthy, (loss, found)
        assert {*found.names} <= {*names, *PRECISION}, (loss, found)
        assert found.convention.startswith("Takes "), found


def test_broken_ones_are_named_or_shown(framework):
    for loss, names, declared in of("broken", framework):
        found = diagnose(loss, **declared)
        named = {*found.names} - PRECISION
        assert not found.healthy, (loss, found)
        assert named <= {*names}, (loss, found)
        assert named or "yours" in repr(found), (loss, found)


@pytest.fixture
def torch(peer):
    return peer("torch")


def test_a_layout_is_that_of_pytorch(torch):
    found = diagnose(torch.nn.functional.cross_entropy)
    assert "sequences are (B, V, T)" in found.convention
    assert found.not_tried == ()
    assert diagnose(torch.nn.CrossEntropyLoss(), to=torch.tensor).healthy


def test_the_gradient_may_be_on(torch):
    def loss(o, targets):
        return torch.nn.functional.cross_entropy(o.clone().requires_grad_(), targets)

    assert diagnose(loss).healthy


def test_scikit_learn_takes_probabilities(peer):
    log_loss = peer("sklearn.metrics").log_loss

    def loss(p, t):
        return log_loss(t, p, labels=range(p.shape[-1]))

    found = diagnose(loss)
    assert found.healthy, found
    assert "Takes probabilities (N, V)" in found.convention
