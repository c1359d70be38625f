"""The loss and the gradient of targets that are distributions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp
from numpy.testing import assert_allclose, assert_array_equal

from reference import LAYOUTS, assert_close, batches, exact_log_p, finite
from xent_lib import (
    cross_entropy,
    cross_entropy_grad,
    dataset_loss,
    entropy,
    kl_divergence,
    linear_cross_entropy,
    softmax,
)

inf, nan = math.inf, math.nan


def exact_expected_loss(row, y):
    """−Σ y ln p."""
    terms = zip(y, exact_log_p(row), strict=True)
    return -mp.fsum(mp.mpf(float(share)) * log_p for share, log_p in terms if share)


@st.composite
def batches_of_distributions(draw, elements=finite):
    """Logits (n, V), and a distribution for each row, with zeros in it."""
    logits, targets = draw(batches(elements))
    y = softmax(draw(arrays(np.float64, logits.shape, elements=st.floats(-40, 40))))
    keep = draw(arrays(bool, logits.shape))
    keep[np.arange(len(targets)), targets] = True
    y = np.where(keep, y, 0)
    return logits, y / y.sum(axis=1, keepdims=True)


@given(batches_of_distributions())
def test_the_loss_of_a_distribution_is_the_definition_at_50_digits(batch):
    exact = list(map(exact_expected_loss, *batch))
    assert_close(cross_entropy(*batch), exact)


@given(batches_of_distributions())
def test_its_gradient_is_the_definition_at_50_digits(batch):
    logits, y = batch
    exact = [
        mp.exp(log_p) - mp.mpf(float(share))
        for row, shares in zip(logits, y, strict=True)
        for log_p, share in zip(exact_log_p(row), shares, strict=True)
    ]
    assert_close(cross_entropy_grad(logits, y), exact)


@given(batches_of_distributions(st.floats(-5, 5)), st.integers(0, 2**32))
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_its_gradient_is_the_slope_along_a_random_direction(reduction, batch, seed):
    logits, y = batch
    step = 1e-5 * np.random.default_rng(seed).standard_normal(logits.shape)
    up, down = (
        cross_entropy(o, y, reduction=reduction) for o in (logits + step, logits - step)
    )
    slope = (cross_entropy_grad(logits, y, reduction=reduction) * 2 * step).sum()
    assert abs(up - down - slope) < 1e-12


@given(batches())
def test_a_one_hot_distribution_is_its_token(batch):
    logits, targets = batch
    y = np.eye(logits.shape[-1])[targets]
    assert_array_equal(cross_entropy(logits, y), cross_entropy(logits, targets))
    assert_close(cross_entropy_grad(logits, y), cross_entropy_grad(logits, targets))


@given(batches_of_distributions(st.floats(-30, 30)))
def test_the_loss_of_a_distribution_is_entropy_and_divergence(batch):
    logits, y = batch
    apart = entropy(y) + kl_divergence(y, softmax(logits))
    assert_close(cross_entropy(logits, y), apart, absolute="1e-13")


@pytest.mark.parametrize("n", [1, 2000])
@pytest.mark.parametrize("y", [[0.5, 0.5, 0.0], [0.0, 2**-54, 1.0]])
def test_it_is_finite_where_a_difference_of_logits_is_not(y, n):
    logits = [1.7e308, -1.7e308, 0.5e308]
    losses = cross_entropy([logits] * n, [y] * n)
    assert_close(losses, [exact_expected_loss(logits, y)] * n)


def test_it_is_finite_where_the_probability_underflows():
    assert_close(cross_entropy([0.0, -1000.0], [0.9, 0.1]), 100)
    assert np.isinf(entropy([0.9, 0.1]) + kl_divergence([0.9, 0.1], [1.0, 0.0]))


def test_a_masked_token_costs_all_where_it_may_come_and_nothing_where_it_may_not():
    logits = [[1.0, -inf, 1.0]] * 2
    losses = cross_entropy(logits, [[0.5, 0.0, 0.5], [0.5, 0.1, 0.4]])
    assert_close(losses[0], mp.log(2))
    assert losses[1] == inf
    grad = cross_entropy_grad(logits, [[0.5, 0.0, 0.5], [0.5, 0.1, 0.4]])
    assert_close(grad, [[0, 0, 0], [0, -0.1, 0.1]])


@pytest.mark.parametrize("bad", [[0.0, nan, 1.0], [0.0, inf, 1.0], [-inf] * 3])
def test_the_loss_of_a_distribution_is_nan_where_the_logits_are_bad(bad):
    good, y = [3.2, 1.0, -0.5], [0.0, 0.0, 1.0]
    loss = cross_entropy(good, y)
    assert_array_equal(cross_entropy([good, bad, good], [y] * 3), [loss, nan, loss])
    grad = cross_entropy_grad([good, bad, good], [y] * 3)
    assert_array_equal(np.isnan(grad), [[False] * 3, [True] * 3, [False] * 3])


def test_a_nan_in_a_distribution_is_a_nan_loss():
    losses = cross_entropy([[1.0, 2.0]] * 2, [[0.5, 0.5], [nan, 0.5]])
    assert_array_equal(np.isnan(losses), [False, True])


@pytest.mark.parametrize("dtype", [*"bhilqBHILQefd", ">f4", ">f8"])
@pytest.mark.parametrize("y_dtype", ["e", "f", "d", ">f4"])
def test_dtypes_of_logits_and_distributions_mix(dtype, y_dtype):
    logits = np.random.default_rng(0).integers(0, 100, (4, 4)).astype(dtype)
    y = np.array([[0.5, 0.25, 0.25, 0.0]] * 4).astype(y_dtype)
    losses = cross_entropy(logits, y)
    assert losses.dtype == np.float64
    assert_close(losses, cross_entropy(logits.astype(np.float64), y.astype(np.float64)))
    grad = cross_entropy_grad(logits, y)
    expected = logits.dtype.newbyteorder("=") if logits.dtype.kind == "f" else "d"
    assert grad.dtype == expected
    exact = softmax(logits.astype(np.float64)) - y
    least = max(1e-16, float(np.finfo(expected).smallest_subnormal))
    assert_allclose(grad, exact, rtol=np.finfo(expected).eps, atol=least)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_changes_no_loss_of_a_distribution(layout):
    rng = np.random.default_rng(0)
    logits, y = rng.normal(size=(2, 3, 5)), softmax(rng.normal(size=(2, 3, 5)))
    others = layout(logits), layout(y)
    assert_close(cross_entropy(*others), cross_entropy(logits, y))
    assert_close(cross_entropy_grad(*others), cross_entropy_grad(logits, y))
    assert_array_equal(np.asarray(others[1]), y)


def test_reductions_of_distributions_are_those_of_their_losses():
    rng = np.random.default_rng(0)
    logits, y = rng.normal(size=(2, 3, 5)), softmax(rng.normal(size=(2, 3, 5)))
    losses = cross_entropy(logits, y)
    assert losses.shape == (2, 3)
    assert_close(cross_entropy(logits, y, reduction="sum"), losses.sum())
    assert_close(cross_entropy(logits, y, reduction="mean"), losses.mean())
    grads = [cross_entropy_grad(logits, y, reduction=r) for r in ("sum", "mean")]
    assert_close(grads[0] / 6, grads[1])
    assert type(cross_entropy([0.0, 0.0], [0.5, 0.5])) is np.float64


def test_no_distributions_have_no_mean():
    assert cross_entropy(np.empty((0, 4)), np.empty((0, 4))).shape == (0,)
    for f in (cross_entropy, cross_entropy_grad):
        with pytest.raises(ValueError, match="no losses: none of the 0 targets"):
            f(np.empty((0, 4)), np.empty((0, 4)), reduction="mean")


@pytest.mark.parametrize("f", [cross_entropy, cross_entropy_grad])
def test_what_is_no_distribution_is_named_with_its_position(f):
    logits, y = np.zeros((2, 3, 2)), np.full((2, 3, 2), 0.5)
    for wrong, message in [
        ((0.5, 0.4), r"targets\[1, 2\] sums to 0\.9, not to 1"),
        ((1.5, -0.5), r"targets\[1, 2, 1\] is -0\.5, expected at least 0"),
        ((inf, 0.0), r"targets\[1, 2\] sums to inf"),
    ]:
        y[1, 2] = wrong
        with pytest.raises(ValueError, match=message):
            f(logits, y)
    with pytest.raises(ValueError, match=r"ignore_index must be None .*got -100"):
        f(logits, np.full((2, 3, 2), 0.5), ignore_index=-100)


@pytest.mark.parametrize("f", [cross_entropy, cross_entropy_grad])
def test_it_is_named_where_it_stands_whatever_the_axis(f):
    y = np.full((2, 3, 4), 1 / 3)
    y[1, 2, 3] = -0.5
    with pytest.raises(ValueError, match=r"targets\[1, 2, 3\] is -0\.5"):
        f(np.zeros((2, 3, 4)), y, axis=1)
    y[1, 2, 3] = 0.5
    with pytest.raises(ValueError, match=r"targets\[1, :, 3\] sums to 1\.16"):
        f(np.zeros((2, 3, 4)), y, axis=1)


@pytest.mark.parametrize("dtype", "ef")
def test_the_gradient_is_that_of_the_loss_where_rounding_moves_the_sum(dtype):
    y = np.array([[0.34, 0.33, 0.355 if dtype == "e" else 0.3303]], dtype)
    logits, step = np.array([[1.0, 2.0, 3.0]]), 1e-6 * np.eye(3)[:, None]
    rise = [cross_entropy(logits + s, y) - cross_entropy(logits - s, y) for s in step]
    grad = cross_entropy_grad(logits, y)
    assert_allclose(grad[0], np.ravel(rise) / 2e-6, rtol=1e-7)
    many = np.tile(logits, (3000, 1)), np.tile(y, (3000, 1))
    assert_allclose(cross_entropy_grad(*many), np.tile(grad, (3000, 1)), rtol=1e-12)


@pytest.mark.skipif(np.dtype("g").itemsize == 8, reason="a long double is a double")
@pytest.mark.parametrize("n", [1, 9000])
def test_distributions_of_more_digits_than_float64s_are_refused(n):
    with pytest.raises(TypeError, match=r"targets .*longdouble|targets .*float128"):
        cross_entropy(np.zeros((n, 2)), np.full((n, 2), 0.5, np.longdouble))


def test_a_distribution_of_few_bits_in_many_is_told_what_to_do():
    bits = np.uint32(0xFFFF0000)  # those of bfloat16
    y = softmax(np.random.default_rng(0).normal(size=(2, 900))).astype(np.float32)
    y = (y.view(np.uint32) & bits).view(np.float32)
    with pytest.raises(
        ValueError, match=r"targets\[0\] sums to 0\.9.*few bits, divide it by its sum"
    ):
        cross_entropy(np.zeros((2, 900)), y)
    cross_entropy(np.zeros((2, 900)), y / y.sum(axis=1, keepdims=True))


def test_integers_and_bools_of_the_logits_shape_are_no_distributions():
    hint = r"need targets \(2,\), got \(2, 2\): distributions, .* must be floats"
    with pytest.raises(ValueError, match=hint):
        cross_entropy(np.zeros((2, 2)), np.eye(2, dtype=int))
    with pytest.raises(ValueError, match=r"got \(2, 2\)$"):
        linear_cross_entropy(np.zeros((2, 2)), np.zeros((2, 2)), np.eye(2, dtype=int))
    with pytest.raises(TypeError, match=r"targets .*\(2, 2\), got dtype bool"):
        cross_entropy(np.zeros((2, 2)), np.eye(2, dtype=bool))


def test_data_sets_and_layers_take_integers_alone():
    y = np.full((3, 2), 0.5)
    with pytest.raises(TypeError, match=r"targets must be integers, got .*float64"):
        dataset_loss([(np.zeros((3, 2)), y)])
    with pytest.raises(TypeError, match=r"targets must be integers, got .*float64"):
        linear_cross_entropy(np.zeros((3, 2)), np.zeros((2, 2)), y)
