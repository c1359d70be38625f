"""cross_entropy and its gradient against mpmath, and against what must equal them."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp
from numpy.testing import assert_allclose, assert_array_equal

from reference import (
    LAYOUTS,
    assert_close,
    batches,
    exact_log_p,
    exact_logsumexp,
    exact_loss,
    finite,
)
from xent_lib import (
    cross_entropy,
    cross_entropy_grad,
    dataset_loss,
    entropy,
    kl_divergence,
    linear_cross_entropy,
    log_softmax,
    logsumexp,
    softmax,
)
from xent_lib._arrays import as_targets

inf, nan = math.inf, math.nan
INTEGERS = [*"bhilqBHILQ", ">i2", ">u8"]


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
    ("dtype", "relative", "absolute"), [("d", "1e-12", "1e-15"), ("f", 0, "1e-6")]
)
@pytest.mark.parametrize("scale", [1, 10, 1000])
def test_the_loss_over_a_full_vocabulary_is_exact(scale, dtype, relative, absolute):
    row = (scale * np.random.default_rng(scale).normal(size=131_072).round(2)).astype(
        dtype
    )
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
        cross_entropy(logits[:, order], np.argsort(order)[targets]),
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


# --- ignore_index ---------------------------------------------------------------------


@given(
    batches().flatmap(lambda b: st.tuples(st.just(b), arrays(bool, len(b[1])))),
    st.sampled_from([-100, -1, 99]),
)
def test_a_mask_is_a_slice(case, ignored):
    (logits, targets), keep = case
    masked = np.where(keep, targets, ignored)
    losses = cross_entropy(logits, masked, ignore_index=ignored)
    assert_close(losses[keep], cross_entropy(logits[keep], targets[keep]))
    assert_array_equal(losses[~keep], 0)


@given(batches(st.floats(-1e4, 1e4)), st.integers(0, 7))
def test_the_mean_is_over_the_scored_positions(batch, ignored):
    logits, targets = batch
    keep = targets != ignored  # an id of the vocabulary may be ignored as well
    if keep.any():
        total = mp.fsum(map(exact_loss, logits[keep], targets[keep]))
        assert_close(
            cross_entropy(logits, targets, reduction="sum", ignore_index=ignored), total
        )
        mean = cross_entropy(logits, targets, reduction="mean", ignore_index=ignored)
        assert_close(mean, total / int(keep.sum()))


@pytest.mark.parametrize("bad", [[nan] * 3, [inf, 0, -inf], [-inf] * 3])
def test_the_logits_of_an_ignored_position_are_not_looked_at(bad):
    good = [3.2, 1.0, -0.5]
    with_bad = cross_entropy([good, bad, good], [0, -100, 2], ignore_index=-100)
    assert_array_equal(
        with_bad, cross_entropy([good, good, good], [0, -100, 2], ignore_index=-100)
    )
    mean = cross_entropy(
        [good, bad, good], [0, -100, 2], ignore_index=-100, reduction="mean"
    )
    assert_close(mean, (exact_loss(good, 0) + exact_loss(good, 2)) / 2)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize(
    "ignored", [1, -100, 300, 2**70, np.int64(-1), np.uint64(2**63)], ids=repr
)
def test_an_ignore_index_is_compared_by_its_value(ignored, dtype):
    losses = cross_entropy(
        np.zeros((3, 2)), np.array([0, 1, 0], dtype), ignore_index=ignored
    )
    assert_array_equal(losses == 0, [False, ignored == 1, False])


@pytest.mark.parametrize("ignored", [True, 1.0, "1", [1]])
def test_an_ignore_index_that_is_not_an_integer_is_a_type_error(ignored):
    with pytest.raises(
        TypeError,
        match="ignore_index .*integer or None, got " + re.escape(repr(ignored)),
    ):
        cross_entropy([0.0, 1.0], 0, ignore_index=ignored)


NOTHING = {
    "an ignored target": ([0.0, 1.0], -100),
    "every target ignored": (np.zeros((2, 3, 4)), np.full((2, 3), -100)),
    "an empty batch": (np.empty((0, 4)), np.empty(0, int)),
    "an empty list of targets": (np.empty((0, 4)), []),
    "no sequences": (np.empty((0, 2, 4)), np.empty((0, 2), int)),
    "empty sequences": (np.empty((2, 0, 4)), np.empty((2, 0), int)),
}


@pytest.mark.parametrize(("logits", "targets"), NOTHING.values(), ids=NOTHING)
def test_nothing_scored_is_zeros_or_zero_but_has_no_mean(logits, targets):
    losses = cross_entropy(logits, targets, ignore_index=-100)
    assert_array_equal(losses, np.zeros(np.shape(targets)), strict=True)
    total = cross_entropy(logits, targets, ignore_index=-100, reduction="sum")
    assert (total, type(total)) == (0.0, np.float64)
    with pytest.raises(
        ValueError,
        match=rf"mean .*\b{np.size(targets)} targets.*ignore_index.*-100",
    ):
        cross_entropy(logits, targets, ignore_index=-100, reduction="mean")


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


# --- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("logits", "targets"),
    [
        ((2, 3, 4), (3,)),
        ((2, 3, 4), (2, 1)),
        ((2, 3, 4), ()),
        ((2, 4), (2, 1)),
        ((4,), (1,)),
        ((0, 4), (1,)),
    ],
    ids=str,
)
def test_shapes_that_do_not_fit_are_both_named(logits, targets):
    with pytest.raises(
        ValueError,
        match=re.escape(f"logits {logits} need targets {logits[:-1]}, got {targets}"),
    ):
        cross_entropy(np.zeros(logits), np.zeros(targets, int))


@pytest.mark.parametrize(
    "ignored", [{}, {"ignore_index": None}, {"ignore_index": -7}], ids=str
)
@pytest.mark.parametrize(("i", "j"), [(0, 0), (1, 2)])
@pytest.mark.parametrize("value", [-1, -4, -100, 4, 2**40])
def test_a_target_outside_the_vocabulary_is_named_with_its_position(
    value, i, j, ignored
):
    targets = np.zeros((2, 3), int)
    targets[i, j] = value
    with pytest.raises(
        IndexError, match=rf"targets\[{i}, {j}\] is {value}, .*V = 4 .* 0 to 3 "
    ):
        cross_entropy(np.zeros((2, 3, 4)), targets, **ignored)


@pytest.mark.parametrize(
    "target", [-1, 2, np.uint8(255), np.int8(-128), np.uint64(2**63)], ids=repr
)
def test_a_single_target_outside_the_vocabulary_is_named(target):
    with pytest.raises(IndexError, match=rf"targets is {target}, .*V = 2"):
        cross_entropy([0.0, 1.0], target)


@pytest.mark.parametrize(
    ("targets", "dtype"),
    [
        ([True], "bool"),
        ([1.0], "float64"),
        (np.array([], np.float32), "float32"),
        ([1j], "complex128"),
        (["1"], "<U1"),
        ([None], "object"),
        (np.array([1], "m8[s]"), "timedelta64[s]"),
    ],
)
def test_targets_that_are_not_integers_name_their_dtype(targets, dtype):
    with pytest.raises(TypeError, match="targets .*dtype " + re.escape(dtype)):
        cross_entropy(np.zeros((len(targets), 2)), targets)


@pytest.mark.parametrize(
    ("logits", "dtype"),
    [
        ([1j, 2], "complex128"),
        (["a", "b"], "<U1"),
        ([True, False], "bool"),
        ([None, 1.0], "object"),
    ],
)
def test_logits_that_are_not_real_numbers_name_their_dtype(logits, dtype):
    with pytest.raises(TypeError, match=f"logits .*dtype {dtype}"):
        cross_entropy(logits, 0)


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        ([], 0, r"vocabulary axis is empty.*\(0,\)"),
        (np.empty((2, 0)), [0, 0], r"vocabulary axis is empty.*\(2, 0\)"),
        (np.empty((0, 0)), [], r"vocabulary axis is empty.*\(0, 0\)"),
        (5.0, 0, r"logits .*vocabulary axis.* 5\.0"),
        ([[1.0, 2.0], [3.0]], [0, 0], "logits .*rectangular"),
        (np.zeros((2, 2, 2)), [[0, 1], [0]], "targets .*rectangular"),
    ],
)
def test_what_is_no_batch_is_a_value_error(logits, targets, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(logits, targets)


@pytest.mark.parametrize(
    "reduction", ["avg", "SUM", "", None, 0, ["sum"], np.array(["sum", "sum"])]
)
def test_an_unknown_reduction_is_told_the_three_words(reduction):
    with pytest.raises(
        ValueError, match="none.*sum.*mean.*" + re.escape(repr(reduction))
    ):
        cross_entropy([0.0, 1.0], 0, reduction=reduction)


# --- The gradient: p − y, the slope of the loss along any direction -------------------


def exact_grad(row, target):
    """softmax − one-hot at 50 digits."""
    return [mp.exp(x) - (i == target) for i, x in enumerate(exact_log_p(row))]


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
        ValueError, match=r"mean of no losses: of 1 .*ignore_index is 7"
    ):
        cross_entropy_grad([0.0, 1.0], 7, reduction="mean", ignore_index=7)


@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: [m], lambda m: ([0.0, 1.0], m),
                                  lambda m: [[[0.0, 1.0]], [m]]])  # fmt: skip
def test_a_masked_array_is_refused_rather_than_unmasked(wrap):
    logits = wrap(np.ma.masked_array([0.0, 1.0], [True, False]))
    with pytest.raises(TypeError, match="logits must not be a masked array"):
        cross_entropy_grad(logits, 0)


# --- Targets that are distributions ---------------------------------------------------


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
        with pytest.raises(ValueError, match="mean of no losses: of 0 targets"):
            f(np.empty((0, 4)), np.empty((0, 4)), reduction="mean")


@pytest.mark.parametrize("f", [cross_entropy, cross_entropy_grad])
def test_what_is_no_distribution_is_named_with_its_position(f):
    logits, y = np.zeros((2, 3, 2)), np.full((2, 3, 2), 0.5)
    for wrong, message in [
        ((0.5, 0.4), r"targets\[1, 2\] sums to 0\.9, not to 1"),
        ((1.5, -0.5), r"targets\[1, 2, 1\] is -0\.5, below 0"),
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
        ValueError, match=r"targets\[0\] sums to 0\.9.*few bits, divide by the sum"
    ):
        cross_entropy(np.zeros((2, 900)), y)
    cross_entropy(np.zeros((2, 900)), y / y.sum(axis=1, keepdims=True))


def test_integers_and_bools_of_the_logits_shape_are_no_distributions():
    hint = r"need targets \(2,\), got \(2, 2\): distributions, one-hot too, are floats"
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


# --- The axis of the vocabulary -------------------------------------------------------


@pytest.mark.parametrize("axis", range(-3, 3))
def test_an_axis_is_the_last_axis_after_it_moved_there(axis):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 4))
    moved = np.moveaxis(logits, axis, -1)
    targets = rng.integers(0, moved.shape[-1], moved.shape[:-1])
    targets[0, 0] = -7
    options = {"ignore_index": -7}
    assert_array_equal(
        cross_entropy(logits, targets, axis=axis, **options),
        cross_entropy(moved, targets, **options),
    )
    assert_array_equal(
        cross_entropy_grad(logits, targets, axis=axis, **options),
        np.moveaxis(cross_entropy_grad(moved, targets, **options), -1, axis),
    )
    y = softmax(logits, axis=axis)
    y_moved = np.moveaxis(y, axis, -1)
    assert_array_equal(
        cross_entropy(logits, y, axis=axis), cross_entropy(moved, y_moved)
    )
    assert_close(cross_entropy_grad(logits, y, axis=axis), np.zeros((2, 3, 4)))


@pytest.mark.parametrize("f", [cross_entropy, cross_entropy_grad])
def test_a_wrong_axis_is_named_and_shapes_are_told_as_they_came(f):
    with pytest.raises(ValueError, match=r"axis is 3, but logits of shape \(2, 3, 4\)"):
        f(np.zeros((2, 3, 4)), np.zeros((2, 4), int), axis=3)
    with pytest.raises(TypeError, match=r"axis must be an integer, got 1\.0"):
        f(np.zeros((2, 3, 4)), np.zeros((2, 4), int), axis=1.0)
    for axis in (1, -2):
        with pytest.raises(
            ValueError, match=r"logits \(2, 3, 4\) need targets \(2, 4\), got \(2, 3\)"
        ):
            f(np.zeros((2, 3, 4)), np.zeros((2, 3), int), axis=axis)
    with pytest.raises(IndexError, match=r"targets\[1, 3\] is 3, .*V = 3"):
        f(np.zeros((2, 3, 4)), [[0] * 4, [0, 0, 0, 3]], axis=1)
