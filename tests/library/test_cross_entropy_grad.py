"""The gradient, p − y: the slope of the loss along any direction."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from numpy.testing import assert_allclose, assert_array_equal

from reference import LAYOUTS, assert_close, batches, exact_grad, exact_loss
from xent_lib import cross_entropy, cross_entropy_grad, softmax

inf, nan = math.inf, math.nan


@given(batches())
def test_any_gradient_is_the_definition_at_50_digits(batch):
    expected = [exact_grad(*pair) for pair in zip(*batch, strict=True)]
    assert_close(cross_entropy_grad(*batch), np.ravel(expected))


@pytest.mark.parametrize(
    ("dtype", "relative"), [("d", "1e-12"), ("f", "1e-6"), ("e", "1e-3")]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_sure_models_gradient_keeps_the_digits_of_what_it_lacks(
    dtype, relative, order
):
    logits = np.full((2, 9000), -17, dtype, order)
    logits[:, 3] = [0, 2]
    exact = [mp.expm1(-exact_loss(row, 3)) for row in logits]
    assert_close(cross_entropy_grad(logits, [3, 3])[:, 3], exact, relative, absolute=0)


@given(batches(st.floats(-5, 5)), st.integers(0, 2**32), st.sampled_from([0, -100]))
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_gradient_is_the_slope_along_a_random_direction(
    reduction, batch, seed, ignored
):
    logits, targets = batch
    if reduction == "mean" and (targets == ignored).all():
        return
    options = {"reduction": reduction, "ignore_index": ignored}
    step = 1e-5 * np.random.default_rng(seed).standard_normal(logits.shape)
    rise = cross_entropy(logits + step, targets, **options) - cross_entropy(
        logits - step, targets, **options
    )
    slope = (cross_entropy_grad(logits, targets, **options) * 2 * step).sum()
    assert abs(rise - slope) < 1e-12


@given(batches(st.floats(-1e4, 1e4)))
def test_a_mean_gradient_is_the_sum_over_how_many_are_scored(batch):
    logits, targets = batch
    total = cross_entropy_grad(logits, targets)
    mean = cross_entropy_grad(logits, targets, reduction="mean")
    assert_close(mean, total / len(targets))


@given(batches(), st.integers(0, 7))
def test_an_ignored_position_has_a_row_of_zeros(batch, ignored):
    logits, targets = batch
    keep = targets != ignored
    grad = cross_entropy_grad(logits, targets, ignore_index=ignored)
    assert_array_equal(grad[~keep], 0)
    assert_close(grad[keep], cross_entropy_grad(logits[keep], targets[keep]))


@pytest.mark.parametrize("bad", [[nan] * 3, [inf, 0, -inf], [-inf] * 3])
def test_a_bad_position_is_nan_unless_it_is_ignored(bad):
    good = [3.2, 1.0, -0.5]
    grad = cross_entropy_grad([good, bad, good], [0, 1, 2])
    assert_array_equal(np.isnan(grad), [[False] * 3, [True] * 3, [False] * 3])
    grad = cross_entropy_grad([good, bad], [0, -1], ignore_index=-1, reduction="mean")
    assert_array_equal(grad, [cross_entropy_grad(good, 0), [0, 0, 0]])


def test_a_vocabulary_of_one_bad_token_has_a_bad_gradient():
    assert np.isnan(cross_entropy_grad([nan], 0)).all()


def test_a_masked_token_has_no_gradient():
    grad = cross_entropy_grad([3.2, -inf, 1.0], 0)
    assert_array_equal(grad, np.insert(cross_entropy_grad([3.2, 1.0], 0), 1, 0))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_changes_no_gradient_and_no_input(layout):
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(2, 3, 5)), rng.integers(0, 5, (2, 3))
    others = layout(logits), layout(targets)
    assert_close(cross_entropy_grad(*others), cross_entropy_grad(logits, targets))
    assert_array_equal(np.asarray(others[0]), logits)
    assert_array_equal(np.asarray(others[1]), targets)


@pytest.mark.parametrize("dtype", [*"bhilqBHILQefd", ">f4"])
def test_a_gradient_has_the_float_dtype_of_the_logits(dtype):
    logits = np.array([[3, 1, 0]], dtype)
    grad = cross_entropy_grad(logits, [2])
    expected = logits.dtype.newbyteorder("=") if logits.dtype.kind == "f" else "d"
    assert grad.dtype == expected
    exact = softmax([[3, 1, 0]]) - [[0, 0, 1]]
    assert_allclose(grad, exact, rtol=np.finfo(expected).eps)


@pytest.mark.parametrize("dtype", "efdi")
def test_shapes_are_those_of_the_logits(dtype):
    for shape in [(4,), (2, 4), (2, 3, 4), (0, 4), (2, 0, 4), (0, 2, 4)]:
        targets = np.zeros(shape[:-1], int)
        assert cross_entropy_grad(np.zeros(shape, dtype), targets).shape == shape


def test_no_flag_escapes():
    with np.errstate(all="raise"):
        cross_entropy_grad([[0.0, -800.0, inf], [nan, 0.0, -inf]], [0, 1])


@pytest.mark.parametrize("reduction", ["none", "avg", None])
def test_an_unknown_reduction_is_told_the_two_words(reduction):
    with pytest.raises(
        ValueError, match='"sum" or "mean".*' + re.escape(repr(reduction))
    ):
        cross_entropy_grad([0.0, 1.0], 0, reduction=reduction)


def test_the_contract_is_that_of_the_loss():
    with pytest.raises(IndexError, match=r"targets\[1\] is 2, .*V = 2"):
        cross_entropy_grad(np.zeros((2, 2)), [0, 2])
    with pytest.raises(TypeError, match=r"targets .*float64"):
        cross_entropy_grad(np.zeros((2, 2)), [0.0, 1.0])
    with pytest.raises(
        ValueError, match=r"mean of no losses: none of the 1 .*ignore_index is 7"
    ):
        cross_entropy_grad([0.0, 1.0], 7, reduction="mean", ignore_index=7)


@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: [m], lambda m: ([0.0, 1.0], m),
                                  lambda m: [[[0.0, 1.0]], [m]]])  # fmt: skip
def test_a_masked_array_is_refused_rather_than_unmasked(wrap):
    logits = wrap(np.ma.masked_array([0.0, 1.0], [True, False]))
    with pytest.raises(TypeError, match="logits must not be a masked array"):
        cross_entropy_grad(logits, 0)
