"""cross_entropy against mpmath, log_softmax, and itself on parts of the same batch."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp
from numpy.testing import assert_array_equal

from reference import LAYOUTS, assert_close, batches, exact_loss
from xent_lib import cross_entropy, log_softmax
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
    expected = [exact_loss(row, target) for target in targets]
    assert_close(
        cross_entropy(np.tile(row, (5, 1)), targets), expected, relative, absolute
    )


def test_a_float16_loss_may_exceed_float16():
    assert cross_entropy(np.array([65504, -65504], np.float16), 1) == 131_008


def test_integer_logits_do_not_wrap():
    assert cross_entropy(np.array([127, -128], np.int8), 1) == 255
    assert cross_entropy(np.array([0, 255], np.uint8), 0) == 255


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


@pytest.mark.parametrize("reduction", ["avg", "SUM", "", None, 0, ["sum"]])
def test_an_unknown_reduction_is_told_the_three_words(reduction):
    with pytest.raises(
        ValueError, match="none.*sum.*mean.*" + re.escape(repr(reduction))
    ):
        cross_entropy([0.0, 1.0], 0, reduction=reduction)
