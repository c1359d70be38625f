"""cross_entropy against mpmath, and against what must equal it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp
from numpy.testing import assert_array_equal

from reference import (
    INTEGERS,
    LAYOUTS,
    assert_close,
    batches,
    exact_grad,
    exact_log_p,
    exact_logsumexp,
    exact_loss,
)
from xent_lib import (
    cross_entropy,
    cross_entropy_grad,
    dataset_loss,
    log_softmax,
    logsumexp,
    softmax,
)
from xent_lib._arrays import as_targets

inf, nan = math.inf, math.nan

# --- Accuracy -------------------------------------------------------------------------


@given(batches())
def test_any_loss_is_the_definition_at_50_digits(batch):
    assert_close(cross_entropy(*batch), list(map(exact_loss, *batch)))


@pytest.mark.parametrize(
    "row",
    [
        [7.0],
        [0.0, 0.0, 0.0],
        [0.0, -36.8, -700.0],
        [1e4, 1e4 - 0.3, 1e4 - 7.7],
        [-1e4, -1e4 - 0.3, -1e4 - 7.7],
        [0.0, -1e4, 1e4],
        [3e38, 3e38, -3e38],
        [1e308, 1e308, 0.0],
        [-1e308, -1e308, -1.5e308],
        [0.0, 5e-324, -5e-324],
        [0, 1, 2**62],
    ],
    ids=str,
)
def test_the_loss_at_extreme_logits_is_exact_for_every_target(row):
    v = len(row)
    assert_close(
        cross_entropy([row] * v, range(v)),
        [exact_loss(row, target) for target in range(v)],
    )


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("v", [100, 131_072])
@pytest.mark.parametrize("gap", [20.0, 36.8])
def test_the_loss_of_a_confident_prediction_is_exact(gap, v, order):
    row = np.where(np.arange(v), -gap, 0.0)
    logits = np.array([row, row], order=order)
    assert_close(
        cross_entropy(logits, [0, 1]), [exact_loss(row, 0), exact_loss(row, 1)]
    )


@pytest.mark.parametrize(
    ("dtype", "relative", "absolute"), [("d", "1e-12", "1e-15"), ("f", "1e-12", "1e-6")]
)
@pytest.mark.parametrize("scale", [1, 10, 1000, 10**12])
def test_the_loss_over_a_full_vocabulary_is_exact(scale, dtype, relative, absolute):
    row = (scale * np.random.default_rng(scale).normal(size=131_072).round(2)).astype(
        dtype
    )
    row[0] = 0.3  # what is large beside it has no place for its digits
    targets = [0, 1, 2, row.argmax(), row.argmin()]
    log_sum = sum(exact_logsumexp(row))
    expected = [log_sum - mp.mpf(float(o)) for o in row[targets]]
    assert_close(
        cross_entropy(np.tile(row, (5, 1)), targets), expected, relative, absolute
    )


def test_a_float16_loss_may_exceed_float16():
    assert cross_entropy(np.array([65504, -65504], np.float16), 1) == 131_008


def test_integer_logits_do_not_wrap():
    assert cross_entropy(np.array([127, -128], np.int8), 1) == 255
    assert cross_entropy(np.array([0, 255], np.uint8), 0) == 255


WIDE = {np.int64: (-(2**63), 2**63 - 1), np.uint64: (0, 2**64 - 1)}


@st.composite
def wide_integers(draw):
    """Logits of 64 bits near some number of theirs and anywhere, and targets."""
    dtype = draw(st.sampled_from(list(WIDE)))
    least, most = WIDE[dtype]
    middle, anywhere = (
        least + 2**53 * draw(st.integers(1, 2047)),
        st.integers(least, most),
    )
    near = st.integers(-40, 40).map(lambda d: min(max(middle + d, least), most))
    n, v = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    logits = draw(arrays(dtype, (n, v), elements=near | near | anywhere))
    return logits, draw(arrays(np.int64, n, elements=st.integers(0, v - 1)))


@given(wide_integers(), st.sampled_from("CF"))
def test_integers_that_float64_would_round_are_exact(batch, order):
    logits, targets = batch
    before = logits.copy()
    losses = list(map(exact_loss, logits, targets))
    log_p = np.ravel(list(map(exact_log_p, logits)))
    grad = np.ravel(list(map(exact_grad, logits, targets)))
    logits = np.asarray(logits, order=order)
    assert_close(cross_entropy(logits, targets), losses)
    assert_close(cross_entropy_grad(logits, targets), grad)
    assert_close(log_softmax(logits), log_p)
    assert_close(softmax(logits), list(map(mp.exp, log_p)))
    assert_close(logsumexp(logits), [sum(exact_logsumexp(row)) for row in logits])
    one_hot = np.eye(logits.shape[1])[targets]
    assert_close(cross_entropy(logits, one_hot), losses)
    assert_close(cross_entropy_grad(logits, one_hot), grad)
    assert_close(dataset_loss([(logits, targets)]).total, mp.fsum(losses))
    assert_array_equal(logits, before)


@pytest.mark.parametrize("axis", [0, 1])
def test_so_are_many_of_them_and_pythons_own(axis):
    logits = np.full((2, 9000), 2**60)
    logits[:, ::2] += 3
    losses = list(map(exact_loss, logits, [0, 1]))
    turned = np.moveaxis(logits, 1, axis)
    assert_close(cross_entropy(turned, [0, 1], axis=axis), losses)
    for row in ([2**53, 2**53 + 1], [-(2**53) - 1, -(2**53)]):
        assert_close(cross_entropy(row, 0), exact_loss([0, 1], 0))


# --- What equals what -----------------------------------------------------------------


@given(batches())
def test_the_losses_are_minus_log_softmax_at_the_targets(batch):
    logits, targets = batch
    one_hot = np.eye(logits.shape[-1])[targets]
    assert_close(
        cross_entropy(logits, targets), -(one_hot * log_softmax(logits)).sum(axis=-1)
    )


on_a_grid = st.integers(-(2**24), 2**24).map(
    lambda n: n / 1024
)  # sums of two are exact


@given(batches(on_a_grid), on_a_grid)
def test_a_shift_of_every_logit_changes_no_loss(batch, shift):
    logits, targets = batch
    assert_array_equal(
        cross_entropy(logits + shift, targets), cross_entropy(logits, targets)
    )


@given(batches(), st.randoms(use_true_random=False))
def test_a_permutation_of_the_vocabulary_changes_no_loss(batch, random):
    logits, targets = batch
    order = random.sample(range(logits.shape[-1]), logits.shape[-1])
    assert_close(
        cross_entropy(logits[:, order], np.argsort(order, kind="stable")[targets]),
        cross_entropy(logits, targets),
    )


def test_every_position_of_a_batch_is_a_call_of_its_own():
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(2, 3, 5)), rng.integers(0, 5, (2, 3))
    losses = cross_entropy(logits, targets)
    assert losses.shape == (2, 3)
    for position in np.ndindex(2, 3):
        assert_close(
            losses[position], cross_entropy(logits[position], targets[position])
        )


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_a_zero_dimensional_loss_is_a_float64(reduction):
    for target in (1, np.int8(1), np.array(1)):
        loss = cross_entropy([0.0, 0.0], target, reduction=reduction)
        assert type(loss) is np.float64
        assert_close(loss, mp.log(2))


@given(batches(st.floats(-1e4, 1e4)))
def test_sum_and_mean_are_those_of_the_losses(batch):
    total = mp.fsum(map(exact_loss, *batch))
    assert_close(cross_entropy(*batch, reduction="sum"), total)
    assert_close(cross_entropy(*batch, reduction="mean"), total / len(batch[1]))


def test_the_mean_of_losses_is_representable_when_they_are():
    assert cross_entropy([[1e308, 0.0]] * 2, [1, 1], reduction="mean") == 1e308


def test_a_sum_beyond_float64_is_inf_without_a_warning():
    assert cross_entropy([[1e308, 0.0]] * 2, [1, 1], reduction="sum") == inf


def test_a_mean_below_float64_is_rounded_without_a_warning():
    with np.errstate(all="raise"):
        mean = cross_entropy([[0.0, -744.0]] * 3, [0, 0, 0], reduction="mean")
    assert 0 <= mean < 1e-322


# --- What comes in: dtypes and layouts ------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@settings(max_examples=20)
@given(batch=batches())
def test_a_layout_changes_no_loss_and_no_input(layout, batch):
    others = tuple(map(layout, batch))
    before = [np.array(x, copy=True) for x in others]
    assert_close(cross_entropy(*others), cross_entropy(*batch))
    for other, copy in zip(others, before, strict=True):
        assert_array_equal(np.asarray(other), copy)


@pytest.mark.parametrize("dtype", [*INTEGERS, *"efd", ">f4", ">f8"])
def test_a_dtype_of_the_logits_changes_no_loss(dtype):
    logits = np.random.default_rng(0).integers(0, 128, (4, 5)).astype(dtype)
    losses = cross_entropy(logits, [0, 1, 2, 3])
    assert losses.dtype == np.float64
    assert_close(losses, cross_entropy(logits.astype(np.float64), [0, 1, 2, 3]))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_a_dtype_of_the_targets_changes_no_loss(dtype):
    logits = np.random.default_rng(0).normal(size=(3, 300))
    assert_array_equal(
        cross_entropy(logits, np.array([0, 1, 127], dtype)),
        cross_entropy(logits, [0, 1, 127]),
    )


# --- Infinities, NaN and floating-point flags -----------------------------------------


def test_a_masked_token_is_a_token_that_is_not_there():
    assert cross_entropy([3.2, 1.0, -inf], 0) == cross_entropy([3.2, 1.0], 0)


@pytest.mark.parametrize("ignored", [None, 1])
def test_targets_in_fortran_order_become_views_as_the_losses_do(ignored):
    targets = np.asfortranarray(np.arange(12).reshape(3, 4) % 5)
    for x in as_targets(targets, (3, 4, 5), ignored):
        x.reshape(-1, copy=False)


def test_minus_infinity_at_the_target_is_an_infinite_loss():
    assert_array_equal(cross_entropy([[3.2, -inf], [3.2, 1.0]], [1, 1])[0], inf)


@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize(
    "bad",
    [[0.0, nan, 1.0], [0.0, inf, 1.0], [inf, inf, -inf], [nan, -inf, inf], [-inf] * 3],
)
def test_a_bad_position_is_nan_and_its_neighbours_are_not(bad, target):
    good = [3.2, 1.0, -0.5]
    loss = cross_entropy(good, target)
    assert_array_equal(
        cross_entropy([good, bad, good], [target] * 3), [loss, nan, loss]
    )


def test_a_signalling_nan_is_a_nan():
    signalling = np.array([0x7F800001, 0], np.uint32).view(np.float32)
    assert np.isnan(cross_entropy(signalling, 1))


WILD = [
    ([0.0, -800.0, -1e5], 2),
    ([0.0, -17.0, -746.0], 0),
    ([0.0, 5e-324, -5e-324], 1),
    ([0.0, -inf, 1.0], 1),
    ([0.0, -inf, nan], 1),
    ([inf, 0.0, -inf], 0),
    ([-inf] * 3, 0),
    ([3e38, -3e38, 0.0], 1),
    ([1e308, -1e308, 0.0], 1),
]


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize(
    "dtype",
    [np.float16, np.float32, np.float64],
    ids=lambda d: d.__name__,
)
def test_no_floating_point_flag_escapes(dtype, reduction):
    rows, targets = zip(*WILD, strict=True)
    with np.errstate(all="ignore"):
        logits = np.array(rows).astype(dtype)
        expected = cross_entropy(logits, targets, reduction=reduction)
    assert_array_equal(cross_entropy(logits, targets, reduction=reduction), expected)
    with np.errstate(all="raise"):
        assert_array_equal(
            cross_entropy(logits, targets, reduction=reduction), expected
        )
