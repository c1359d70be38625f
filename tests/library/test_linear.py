"""linear_cross_entropy equals cross_entropy of the logits that it never stores."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from reference import LAYOUTS, assert_close, exact_loss
from xent_lib import (
    cross_entropy,
    cross_entropy_grad,
    linear_cross_entropy,
    linear_cross_entropy_grad,
)

inf, nan = math.inf, math.nan


def layer(shape=(6,), d=4, v=11, dtype=np.float64, scale=1.0, seed=0):
    """Hidden states, a weight, and targets."""
    rng = np.random.default_rng(seed)
    return (
        (scale * rng.normal(size=(*shape, d))).astype(dtype),
        rng.normal(size=(v, d)).astype(dtype),
        rng.integers(0, v, shape),
    )


@pytest.mark.parametrize("scale", [1, 100, 10_000])
@pytest.mark.parametrize("block_size", [1, 2, 3, 10, 11, 12, 1024])
def test_a_block_size_changes_no_loss_and_no_gradient(block_size, scale):
    # Whole numbers: their products are exact, whatever order they are added in.
    hidden, weight, targets = layer(scale=scale)
    hidden, weight = hidden.round(), (4 * weight).round()
    logits = hidden @ weight.T
    losses = linear_cross_entropy(hidden, weight, targets, block_size=block_size)
    assert_close(losses, list(map(exact_loss, logits, targets)))
    g = cross_entropy_grad(logits, targets)
    d_hidden, d_weight = linear_cross_entropy_grad(
        hidden, weight, targets, block_size=block_size
    )
    assert_allclose(d_hidden, g @ weight, rtol=1e-12, atol=1e-12)
    assert_allclose(d_weight, g.T @ hidden, rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize(
    ("dtype", "gap", "close"),
    [
        ("f", 8, 2e-6),
        ("f", 20, 2e-6),
        ("f", 80, 2e-6),
        ("d", 30, 1e-12),
        ("d", 99, 1e-12),
    ],
)
@pytest.mark.parametrize("block_size", [1, 3, 1024])
def test_a_sure_model_keeps_the_digits_of_its_loss_and_its_gradient(
    dtype, gap, close, block_size
):
    hidden, weight = np.array([[gap, 2.0]], dtype), np.zeros((5, 2), dtype)
    weight[2] = 1, 0
    others = 4 * math.exp(-gap)
    slope = others / (1 + others)
    close = {"rtol": close, "atol": 0}
    rest = {"block_size": block_size}
    loss = linear_cross_entropy(hidden, weight, [2], **rest)
    assert_allclose(loss, [math.log1p(others)], **close)
    d_hidden, d_weight = linear_cross_entropy_grad(hidden, weight, [2], **rest)
    assert_allclose(d_hidden, [[-slope, 0]], **close)
    assert_allclose(d_weight[2], [-slope * gap, -slope * 2], **close)
    assert_allclose(d_weight[0], [slope / 4 * gap, slope / 4 * 2], **close)


@pytest.mark.parametrize("dtype", "efd")
def test_a_vocabulary_of_one_has_no_loss_and_no_gradient(dtype):
    hidden, weight, targets = layer((3000,), v=1, dtype=dtype)
    assert not linear_cross_entropy(hidden, weight, targets).any()
    for g in linear_cross_entropy_grad(hidden, weight, targets):
        assert not g.any()


@pytest.mark.parametrize("block_size", [np.int8(100), np.uint8(64), np.int16(100)])
def test_a_block_size_of_few_bits_is_the_number_that_it_is(block_size):
    hidden, weight, targets = layer(v=400)
    losses = linear_cross_entropy(hidden, weight, targets, block_size=block_size)
    assert_allclose(losses, cross_entropy(hidden @ weight.T, targets), rtol=1e-12)


@pytest.mark.parametrize("v", [1, 7, 1023, 1024, 1025, 3000])
def test_float32_is_within_its_digits_around_the_edges_of_a_block(v):
    hidden, weight, targets = layer((40,), 16, v, np.float32)
    logits = hidden.astype("d") @ weight.astype("d").T
    losses = linear_cross_entropy(hidden, weight, targets)
    assert_allclose(losses, cross_entropy(logits, targets), rtol=0, atol=5e-6)
    g = cross_entropy_grad(logits, targets)
    d_hidden, d_weight = linear_cross_entropy_grad(hidden, weight, targets)
    assert_allclose(d_hidden, g @ weight, rtol=0, atol=2e-5)
    assert_allclose(d_weight, g.T @ hidden, rtol=0, atol=2e-5)


@given(
    st.integers(0, 2**32), st.sampled_from(["sum", "mean"]), st.sampled_from([3, -1])
)
def test_the_gradient_is_the_slope_along_a_random_direction(seed, reduction, ignored):
    hidden, weight, targets = layer((2, 3), seed=seed)
    targets[0, 0] = ignored
    options = {"reduction": reduction, "ignore_index": ignored, "block_size": 4}
    steps = [1e-6 * x for x in layer((2, 3), seed=seed + 1)[:2]]
    if reduction == "mean" and (targets == ignored).all():
        return
    rise = linear_cross_entropy(
        hidden + steps[0], weight + steps[1], targets, **options
    ) - linear_cross_entropy(hidden - steps[0], weight - steps[1], targets, **options)
    grads = linear_cross_entropy_grad(hidden, weight, targets, **options)
    slope = sum((g * 2 * s).sum() for g, s in zip(grads, steps, strict=True))
    assert abs(rise - slope) < 1e-12


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_reductions_and_masks_are_those_of_cross_entropy(reduction):
    hidden, weight, targets = layer((2, 3))
    targets[1, 1] = -100
    options = {"reduction": reduction, "ignore_index": -100}
    assert_close(
        linear_cross_entropy(hidden, weight, targets, **options),
        cross_entropy(hidden @ weight.T, targets, **options),
        absolute="1e-14",
    )


def test_one_hidden_state_gives_a_scalar():
    loss = linear_cross_entropy([1.0, 1.0], np.eye(2), 0)
    assert type(loss) is np.float64
    d_hidden, d_weight = linear_cross_entropy_grad([1.0, 1.0], np.eye(2), 0)
    assert_array_equal(d_hidden, [-0.5, 0.5])
    assert_array_equal(d_weight, [[-0.5, -0.5], [0.5, 0.5]])


@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_a_bad_hidden_state_is_nan_in_its_own_row_or_ignored(bad):
    hidden, weight, targets = layer()
    good = linear_cross_entropy(hidden, weight, targets, block_size=4)
    good_grads = linear_cross_entropy_grad(
        hidden, weight, np.r_[targets[:-1], 99], ignore_index=99
    )
    hidden[-1] = bad
    losses = linear_cross_entropy(hidden, weight, targets, block_size=4)
    assert_allclose(losses, np.r_[good[:-1], nan], rtol=1e-12)
    d_hidden, d_weight = linear_cross_entropy_grad(hidden, weight, targets)
    assert_array_equal(np.isnan(d_hidden).all(axis=-1), [False] * 5 + [True])
    assert np.isnan(d_weight).all()
    targets[-1] = 99
    grads = linear_cross_entropy_grad(hidden, weight, targets, ignore_index=99)
    for grad, expected in zip(grads, good_grads, strict=True):
        assert_allclose(grad, expected, rtol=1e-12)


def test_a_token_that_is_masked_by_its_weight_is_not_there():
    weight = np.array([[3.2], [-inf], [1.0], [-inf], [-inf]])
    for block_size in (1, 2, 3, 5):
        losses = linear_cross_entropy(
            [[1.0]] * 2, weight, [0, 1], block_size=block_size
        )
        assert_close(losses[0], cross_entropy([3.2, 1.0], 0))
        assert losses[1] == inf
    assert np.isnan(linear_cross_entropy([1.0], weight[3:], 0, block_size=1))


@pytest.mark.parametrize(
    ("hidden", "weight", "results"),
    [("f", "f", "ff"), ("e", "e", "ee"), ("e", "f", "ef"), ("f", "d", "fd"),
     ("i", "f", "df"), ("b", "B", "dd"), (">f4", ">f8", "fd")],
)  # fmt: skip
def test_gradients_have_the_dtypes_of_what_they_are_of(hidden, weight, results):
    h, w = (
        np.array([[3, 100]]).astype(hidden),
        np.array([[1, 2], [3, 4]]).astype(weight),
    )
    assert_close(linear_cross_entropy(h, w, [0]), [206.0])
    grads = linear_cross_entropy_grad(h, w, [0])
    assert [grad.dtype.char for grad in grads] == list(results)
    for grad, expected in zip(grads, ([[2, 2]], [[-3, -100], [3, 100]]), strict=True):
        assert_array_equal(grad, expected)


@pytest.mark.parametrize(("hidden", "weight"), ["fd", "df"])
def test_the_wider_dtype_of_the_two_decides_the_digits(hidden, weight):
    h, w, targets = layer()
    h, w = h.astype(hidden), w.astype(weight)
    losses = list(map(exact_loss, h.astype("d") @ w.T.astype("d"), targets))
    assert_close(linear_cross_entropy(h, w, targets), losses, absolute="1e-14")


def test_a_float16_logit_may_exceed_float16():
    hidden, weight = np.array([300], np.float16), np.array([[300], [0]], np.float16)
    assert linear_cross_entropy(hidden, weight, 1) == 90_000


def test_a_narrow_dtype_of_the_targets_changes_nothing_in_a_large_vocabulary():
    hidden, weight, targets = layer(v=600)
    few = targets % 256
    assert_allclose(
        linear_cross_entropy(hidden, weight, few.astype(np.uint8), block_size=256),
        linear_cross_entropy(hidden, weight, few, block_size=256),
        rtol=1e-12,
    )


@pytest.mark.parametrize("f", [linear_cross_entropy, linear_cross_entropy_grad])
@pytest.mark.parametrize(
    ("n", "v", "block_size"), [(1000, 3000, 100), (12_000, 300, 1024)]
)
def test_memory_is_a_block_of_the_logits_in_their_dtype(f, n, v, block_size):
    arrays = layer((n,), 4, v, np.float32)
    f(*arrays, block_size=block_size)
    tracemalloc.start()
    f(*arrays, block_size=block_size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    block, logits = 4 * min(n, 1024) * min(v, block_size), 4 * n * v
    a_row = 4 * 4 + 8 * 12  # its hidden state, and some sums
    assert peak < 2 * block + a_row * n < logits / 2


@pytest.mark.parametrize("dtype", "efd")
@pytest.mark.parametrize("block_size", [100, 1024])
def test_many_rows_are_as_exact_as_few(dtype, block_size):
    hidden, weight, targets = layer((2500,), 8, 300, dtype)
    targets[::7] = -1
    options = {"ignore_index": -1, "block_size": block_size}
    losses = linear_cross_entropy(hidden, weight, targets, **options)
    grads = linear_cross_entropy_grad(hidden, weight, targets, **options)
    logits = hidden.astype("d") @ weight.astype("d").T
    exact = cross_entropy(logits, targets, ignore_index=-1)
    g = cross_entropy_grad(logits, targets, ignore_index=-1)
    # Sums of 2,000 terms, of some hundreds: relative to these, not to the sum.
    rtol, atol = {"e": (1e-3, 1e-4), "f": (1e-5, 1e-4), "d": (1e-12, 1e-12)}[dtype]
    close = {"rtol": rtol, "atol": atol}
    assert_allclose(losses, exact, **close)
    assert_allclose(grads[0], g @ weight.astype("d"), **close)
    assert_allclose(grads[1], g.T @ hidden.astype("d"), **close)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_changes_nothing_and_no_input(layout):
    arrays = layer((2, 3))
    others = tuple(map(layout, arrays))
    assert_close(
        linear_cross_entropy(*others), linear_cross_entropy(*arrays), absolute="1e-14"
    )
    grads = linear_cross_entropy_grad(*others), linear_cross_entropy_grad(*arrays)
    for got, expected in zip(*grads, strict=True):
        assert_allclose(got, expected, rtol=1e-12, atol=1e-14)
    for other, array in zip(others, arrays, strict=True):
        assert_array_equal(np.asarray(other), array)


def test_nothing_scored_is_zeros():
    _, weight, _ = layer()
    assert linear_cross_entropy(np.empty((0, 4)), weight, []).shape == (0,)
    d_hidden, d_weight = linear_cross_entropy_grad(
        np.ones((2, 4)), weight, [7, 7], ignore_index=7
    )
    assert_array_equal(d_hidden, np.zeros((2, 4)))
    assert_array_equal(d_weight, np.zeros((11, 4)))


def test_no_flag_escapes():
    signalling = np.array([0x7F800001, 0], np.uint32).view(np.float32)
    with np.errstate(all="raise"):
        for f in (linear_cross_entropy, linear_cross_entropy_grad):
            f([[1e308, 1e308], [inf, nan]], [[1.0, 1.0], [-800.0, 0.0]], [0, 1])
            assert np.isnan(f([signalling], np.eye(2), [0])[0]).all()
        d_hidden, _ = linear_cross_entropy_grad(
            np.ones((1, 1), "e"), np.array([[60_000], [-60_000]], "e"), [1]
        )
        assert d_hidden == inf
        linear_cross_entropy_grad(np.ones((1, 1), "f"), [[1e-300], [-1e-300]], [1])


@pytest.mark.parametrize("f", [linear_cross_entropy, linear_cross_entropy_grad])
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"weight": np.zeros((11, 3))}, ValueError, r"\(11, 3\) and hidden \(6, 4\)"),
        ({"weight": np.zeros(4)}, ValueError, r"weight \(4,\)"),
        ({"weight": np.zeros((0, 4))}, ValueError, r"empty: weight .*\(0, 4\)"),
        ({"weight": [["a"] * 4]}, TypeError, r"weight .*<U1"),
        ({"hidden": 1.0}, ValueError, r"hidden must have a last axis.* 1\.0"),
        ({"weight": 1.0}, ValueError, r"weight must have two axes.* 1\.0"),
        ({"hidden": np.zeros((6, 4), complex)}, TypeError, r"hidden .*complex128"),
        ({"targets": [11] * 6}, IndexError, r"targets\[0\] is 11, .*V = 11"),
        ({"targets": [0.0] * 6}, TypeError, r"targets .*float64"),
        ({"targets": [0]}, ValueError, r"\(6,\), got \(1,\)"),
        ({"block_size": 0}, ValueError, "block_size must be positive, got 0"),
        ({"block_size": 1.0}, TypeError, r"block_size .*integer, got 1\.0"),
        ({"reduction": "avg"}, ValueError, "reduction .*avg"),
        ({"targets": [-1] * 6, "ignore_index": -1, "reduction": "mean"}, ValueError,
         "mean of no losses: none of the 6 targets .*ignore_index is -1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(f, change, error, message):
    hidden, weight, targets = layer()
    arguments = {"hidden": hidden, "weight": weight, "targets": targets, **change}
    with pytest.raises(error, match=message):
        f(**arguments)


@pytest.mark.parametrize("block_size", [1, 2])
@pytest.mark.parametrize("weight", [[[1e200], [1.0]], [[1.0], [1e200]], [[1e200]] * 2])
def test_a_product_that_overflows_makes_the_gradient_nan_as_the_loss(
    weight, block_size
):
    for target in (0, 1):
        arguments = [1e200], weight, target
        assert np.isnan(linear_cross_entropy(*arguments, block_size=block_size))
        for g in linear_cross_entropy_grad(*arguments, block_size=block_size):
            assert np.isnan(g).all()
