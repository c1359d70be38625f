"""The arguments of cross_entropy: ignore_index, axis, and what is refused."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp
from numpy.testing import assert_array_equal

from reference import INTEGERS, assert_close, batches, exact_loss
from xent_lib import cross_entropy, cross_entropy_grad, softmax

inf, nan = math.inf, math.nan


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
