"""PyTorch: other defaults, another class axis, and a float32 answer."""

import itertools
import math

import numpy as np
import pytest

import xent_lib


@pytest.fixture
def torch(peer):
    return peer("torch")


@pytest.fixture
def loss(torch):
    """torch.nn.functional.cross_entropy of arrays."""

    def f(logits, targets, **options):
        logits, targets = torch.tensor(logits), torch.tensor(targets)
        return torch.nn.functional.cross_entropy(logits, targets, **options).numpy()

    return f


def test_the_losses_are_the_same(loss, batch, close):
    for reduction in ("none", "sum", "mean"):
        theirs = loss(*batch, reduction=reduction)
        close(xent_lib.cross_entropy(*batch, reduction=reduction), theirs)


def test_softmax_is_the_same(torch, batch, close):
    logits = torch.tensor(batch[0])
    close(xent_lib.logsumexp(batch[0]), torch.logsumexp(logits, -1))
    close(xent_lib.softmax(batch[0]), torch.softmax(logits, -1))
    close(xent_lib.log_softmax(batch[0]), torch.log_softmax(logits, -1))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("distributions", [False, True])
def test_the_options_are_the_same(torch, reduction, smoothing, distributions):
    rng = np.random.default_rng(0)
    logits, weight = rng.normal(0, 3, (6, 5)), rng.random(5)
    targets = rng.dirichlet(np.ones(5), 6) if distributions else np.arange(6) - 1
    given = {"label_smoothing": smoothing, "reduction": reduction}
    given |= {} if distributions else {"ignore_index": -1}
    o, w = torch.tensor(logits, requires_grad=True), torch.tensor(weight)
    loss = torch.nn.functional.cross_entropy(o, torch.tensor(targets), w, **given)
    ours = xent_lib.cross_entropy(logits, targets, weight=weight, **given)
    np.testing.assert_allclose(ours, loss.detach(), rtol=1e-12)
    if reduction != "none":
        loss.backward()
        grad = xent_lib.cross_entropy_grad(logits, targets, weight=weight, **given)
        np.testing.assert_allclose(grad, o.grad, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_gradient_is_that_of_autograd(torch, batch, close, reduction):
    logits = torch.tensor(batch[0], requires_grad=True)
    targets = torch.tensor(batch[1])
    torch.nn.functional.cross_entropy(logits, targets, reduction=reduction).backward()
    close(xent_lib.cross_entropy_grad(*batch, reduction=reduction), logits.grad)


def test_the_gradients_of_a_layer_are_those_of_autograd(torch):
    rng = np.random.default_rng(0)
    hidden, weight = rng.normal(size=(6, 4)), rng.normal(size=(11, 4))
    targets = rng.integers(0, 11, 6)
    h, w = (torch.tensor(x, requires_grad=True) for x in (hidden, weight))
    loss = torch.nn.functional.cross_entropy(h @ w.T, torch.tensor(targets))
    loss.backward()
    ours = xent_lib.linear_cross_entropy(hidden, weight, targets, reduction="mean")
    np.testing.assert_allclose(ours, loss.item(), rtol=1e-12)
    grads = xent_lib.linear_cross_entropy_grad(
        hidden, weight, targets, reduction="mean", block_size=4
    )
    for ours, theirs in zip(grads, (h.grad, w.grad), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14)


def test_the_default_is_every_loss_here_and_their_mean_there(loss):
    logits, targets = [[3.0, 1.0], [0.0, 0.0]], [0, 1]
    losses = xent_lib.cross_entropy(logits, targets)
    assert losses.shape == (2,)
    np.testing.assert_allclose(loss(logits, targets), losses.mean(), rtol=1e-6)


def test_minus_100_is_an_error_here_and_ignored_there(loss):
    logits, targets = [[3.0, 1.0], [0.0, 0.0]], [0, -100]
    ours = xent_lib.cross_entropy(logits[0], 0)
    np.testing.assert_allclose(loss(logits, targets), ours, rtol=1e-6)
    with pytest.raises(IndexError, match=r"targets\[1\] is -100"):
        xent_lib.cross_entropy(logits, targets)


def test_the_vocabulary_is_the_last_axis_here_and_axis_1_there(loss):
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(2, 3, 5)), rng.integers(0, 5, (2, 3))
    theirs = loss(np.moveaxis(logits, -1, 1), targets, reduction="none")
    np.testing.assert_allclose(xent_lib.cross_entropy(logits, targets), theirs)


def test_the_mean_of_nothing_is_an_error_here_and_nan_there(loss):
    logits, targets = [[3.0, 1.0]], [-100]
    assert np.isnan(loss(logits, targets))
    with pytest.raises(ValueError, match="mean of no losses"):
        xent_lib.cross_entropy(logits, targets, reduction="mean", ignore_index=-100)


def test_a_mean_of_nothing_leaves_the_gradient_at_0_unless_a_mask_was_multiplied(torch):
    """As "At scale" and Room 6 of the bug museum say."""
    loss, nothing = torch.nn.functional.cross_entropy, torch.tensor([-100])
    o = torch.zeros(1, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(o, nothing), o)
    assert not gradient.any()
    scored = nothing >= 0
    losses = loss(o, nothing.clamp(min=0), reduction="none")
    (gradient,) = torch.autograd.grad((losses * scored).sum() / scored.sum(), o)
    assert gradient.isnan().all()


def test_equal_large_logits_cost_ln_2_here_and_there(torch):
    """Both count from the largest, as "On a machine" says."""
    logits, targets = torch.full((1, 2), 1e8), torch.tensor([0])
    theirs = torch.nn.functional.cross_entropy(logits, targets)
    np.testing.assert_allclose(theirs, np.log(2), rtol=1e-6)
    np.testing.assert_allclose(xent_lib.cross_entropy(logits, targets), np.log(2))


def test_near_1_a_cpu_rounds_a_loss_in_bfloat16_to_0(torch):
    """The sum of the exponentials, 1.001, becomes 1, as "On a machine" says."""
    o = torch.tensor([[6.9, 0.0]], dtype=torch.bfloat16)  # p = 0.999
    found = []
    for logits in (o, o.float()):
        logits.requires_grad_()
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor([0]))
        loss.backward()
        found.append((loss.item(), logits.grad[0, 0].item()))
    assert found[0] == (0, 0)
    np.testing.assert_allclose(found[1], (0.001, -0.001), atol=1e-5)


def test_int32_targets_are_fine_here_and_an_error_there(loss):
    logits, targets = np.zeros((1, 2)), np.zeros(1, np.int32)
    assert xent_lib.cross_entropy(logits, targets) == math.log(2)
    with pytest.raises(RuntimeError, match=r"Int|Long"):
        loss(logits, targets)


def test_a_float16_loss_is_a_number_here_and_inf_there(loss):
    logits, targets = np.array([[65504, -65504]], np.float16), [1]
    assert xent_lib.cross_entropy(logits, targets) == 131_008
    assert loss(logits, targets) == math.inf


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_targets_that_are_distributions_are_the_same(torch, reduction, axis):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (2, 5, 3))
    y = xent_lib.softmax(rng.normal(0, 3, (2, 5, 3)), axis=axis)
    y = np.where(y < 0.1, 0, y)
    y /= y.sum(axis=axis, keepdims=True)
    o = torch.tensor(np.moveaxis(logits, axis, 1), requires_grad=True)
    theirs = torch.nn.functional.cross_entropy(
        o, torch.tensor(np.moveaxis(y, axis, 1)), reduction=reduction
    )
    ours = xent_lib.cross_entropy(logits, y, axis=axis, reduction=reduction)
    np.testing.assert_allclose(ours, theirs.detach(), rtol=1e-12)
    if reduction != "none":
        theirs.backward()
        grad = xent_lib.cross_entropy_grad(logits, y, axis=axis, reduction=reduction)
        np.testing.assert_allclose(
            np.moveaxis(grad, axis, 1), o.grad, rtol=1e-10, atol=1e-15
        )


def test_full_vocabularies_of_distributions_are_the_same(torch):
    rng = np.random.default_rng(0)
    logits, y = (rng.normal(0, 3, (5, 32_001)).astype("f") for _ in range(2))
    y = xent_lib.softmax(y)
    o = torch.tensor(logits.astype("d"), requires_grad=True)
    theirs = torch.nn.functional.cross_entropy(
        o, torch.tensor(y.astype("d")), reduction="none"
    )
    ours = xent_lib.cross_entropy(logits, y)
    np.testing.assert_allclose(ours, theirs.detach(), rtol=1e-6)
    theirs.sum().backward()
    grad = xent_lib.cross_entropy_grad(logits, y)
    np.testing.assert_allclose(grad, o.grad, rtol=1e-5, atol=1e-9)


def test_its_own_linear_cross_entropy_is_the_same(torch):
    theirs = getattr(torch.nn.functional, "linear_cross_entropy", None)
    if theirs is None:
        pytest.skip(f"PyTorch {torch.__version__} has no linear_cross_entropy")
    rng = np.random.default_rng(0)
    hidden, weight = rng.normal(size=(60, 16)), rng.normal(size=(1100, 16))
    targets = rng.integers(0, 1100, 60)
    targets[::7] = -100
    h, w = (torch.tensor(x, requires_grad=True) for x in (hidden, weight))
    in_blocks = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=16)
    for options, reduction in itertools.product(
        (None, in_blocks), ("none", "sum", "mean")
    ):
        loss = theirs(h, w, torch.tensor(targets), reduction=reduction, options=options)
        ours = xent_lib.linear_cross_entropy(
            hidden, weight, targets, reduction=reduction, ignore_index=-100
        )
        np.testing.assert_allclose(ours, loss.detach(), rtol=1e-12, atol=1e-14)
        if reduction == "mean":
            h.grad = w.grad = None
            loss.backward()
            grads = xent_lib.linear_cross_entropy_grad(
                hidden, weight, targets, reduction="mean", ignore_index=-100
            )
            for ours, grad in zip(grads, (h.grad, w.grad), strict=True):
                np.testing.assert_allclose(ours, grad, rtol=1e-10, atol=1e-14)


def test_bfloat16_is_told_how_to_be_cast(torch):
    logits = torch.zeros(4, dtype=torch.bfloat16)
    with pytest.raises(TypeError, match=r"logits .*bfloat16.*\.float\(\)"):
        xent_lib.cross_entropy(logits, 0)
    assert xent_lib.cross_entropy(logits.float(), 0) == math.log(4)
