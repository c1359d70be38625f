"""JAX and optax: the same numbers in float32, and no errors from compiled code."""

import importlib.metadata
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

import xent_lib


@pytest.fixture
def loss(peer):
    """optax's loss of arrays."""
    return peer("optax").losses.softmax_cross_entropy_with_integer_labels


@pytest.fixture
def jax(peer):
    jax = peer("jax")
    with jax.enable_x64(True):
        yield jax


def test_the_losses_are_the_same(jax, loss, batch, close):
    logits, targets = map(jax.numpy.asarray, batch)
    close(xent_lib.cross_entropy(*batch), jax.jit(loss)(logits, targets))


def test_softmax_is_the_same(jax, batch, close):
    close(xent_lib.softmax(batch[0]), jax.nn.softmax(batch[0]))
    close(xent_lib.log_softmax(batch[0]), jax.nn.log_softmax(batch[0]))
    close(xent_lib.logsumexp(batch[0]), jax.nn.logsumexp(batch[0], axis=-1))


def test_the_gradient_is_that_of_autodiff(jax, loss, batch, close):
    logits, targets = map(jax.numpy.asarray, batch)
    grad = jax.grad(lambda o: loss(o, targets).sum())(logits)
    close(xent_lib.cross_entropy_grad(*batch), grad)


def test_equal_large_logits_cost_nothing_there_in_the_versions_that_the_book_says(loss):
    """The bug of "On a machine". Where a release beyond the range is fixed, or is not,
    the range in chapters/sources.toml wants its end, or the page a newer one."""
    table = Path(__file__).parents[3] / "chapters/sources.toml"
    source = tomllib.loads(table.read_text(encoding="utf8"))["optax 1792"]
    version, first, last = (
        tuple(map(int, text.split(".")))
        for text in (importlib.metadata.version("optax"), *source["bug"].split(" to "))
    )
    size = np.array([1, 1e4, 1e6, 1e8], np.float32)
    logits, targets = np.stack([size, size], axis=1), np.zeros(4, int)
    np.testing.assert_allclose(xent_lib.cross_entropy(logits, targets), np.log(2))
    lost = [np.log(2), 0.693359375, 0.6875, 0.0]
    expected = lost if first <= version <= last else [np.log(2)] * 4
    np.testing.assert_allclose(loss(logits, targets), expected, rtol=1e-6)


def test_a_target_of_v_is_an_error_here_and_nan_there(jax, loss):
    logits = np.zeros((1, 2))
    assert math.isnan(loss(jax.numpy.asarray(logits), jax.numpy.asarray([2]))[0])
    with pytest.raises(IndexError, match=r"targets\[0\] is 2, but with V = 2"):
        xent_lib.cross_entropy(logits, [2])


def test_a_negative_target_is_an_error_here_and_wraps_there(jax, loss):
    logits = np.array([[3.0, 1.0]])
    theirs = loss(jax.numpy.asarray(logits), jax.numpy.asarray([-1]))
    np.testing.assert_allclose(theirs, xent_lib.cross_entropy(logits, [1]))
    with pytest.raises(IndexError, match=r"targets\[0\] is -1"):
        xent_lib.cross_entropy(logits, [-1])


def test_an_empty_vocabulary_is_an_error_here_and_less_than_nothing_there(jax, loss):
    logits, targets = np.zeros((1, 0)), np.zeros(1, int)
    assert loss(jax.numpy.asarray(logits), jax.numpy.asarray(targets))[0] == -math.inf
    with pytest.raises(ValueError, match="vocabulary axis is empty"):
        xent_lib.cross_entropy(logits, targets)


def test_targets_that_are_distributions_are_the_same(peer):
    optax = peer("optax")
    rng = np.random.default_rng(0)
    logits, y = (rng.normal(0, 3, (5, 700)).astype("f") for _ in range(2))
    y = xent_lib.softmax(y)
    theirs = optax.losses.softmax_cross_entropy(logits, y)
    ours = xent_lib.cross_entropy(logits, y)
    np.testing.assert_allclose(ours, np.asarray(theirs), rtol=2e-6)


@pytest.mark.parametrize("dtype", ["float8_e5m2", "float8_e4m3fn", "int4"])
def test_numbers_that_numpy_has_not_are_refused(peer, dtype):
    logits = np.zeros(4, peer("ml_dtypes").__dict__[dtype])
    with pytest.raises(TypeError, match=f"logits .*got dtype {dtype}"):
        xent_lib.cross_entropy(logits, 0)
    with pytest.raises(TypeError, match=f"targets .*got dtype {dtype}"):
        xent_lib.cross_entropy(np.zeros(4), logits)


def test_bfloat16_is_told_how_to_be_cast(peer):
    logits = peer("jax.numpy").zeros(4, "bfloat16")
    with pytest.raises(TypeError, match=r"bfloat16: use \.astype\(np\.float32\)"):
        xent_lib.cross_entropy(logits, 0)
    assert xent_lib.cross_entropy(logits.astype(np.float32), 0) == np.log(4)
