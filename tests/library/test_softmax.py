"""logsumexp, softmax and log_softmax against mpmath, SciPy, and one another."""

import math
import re

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from mpmath import mp, mpf
from numpy.testing import assert_array_equal

from reference import LAYOUTS, assert_close, exact_log_p, exact_logsumexp, finite
from xent_lib import log_softmax, logsumexp, softmax

inf, nan = math.inf, math.nan
ALL = (logsumexp, softmax, log_softmax)
every = pytest.mark.parametrize("f", ALL, ids=lambda f: f.__name__)

rows = st.lists(finite, min_size=1, max_size=20)


def exact(f, row, n=None):
    """The first `n` results of `f`, by its definition."""
    if f is logsumexp:
        return [sum(exact_logsumexp(row))]
    return [mp.exp(x) if f is softmax else x for x in exact_log_p(row, n)]


# --- Accuracy -------------------------------------------------------------------------


@every
@given(row=rows)
def test_any_row_is_the_definition_at_50_digits(f, row):
    assert_close(f(row), exact(f, row))


@every
@pytest.mark.parametrize(
    "row",
    [
        [7.0],
        [0.0, 0.0, 0.0],
        [1e4, 1e4 - 0.3, 1e4 + 1.7],
        [-1e4, -1e4 - 0.3, -1e4 + 1.7],
        [0.0, -1e4, 1e4],
        [3e38, 3e38, -3e38],
        [1e308, 1e308, 0.0],
        [-1e308, -1e308, -1.5e308],
        [0.0, 5e-324, -5e-324],
        [0.0, -700.0, -746.0],
        [0, 1, 2**62],
    ],
    ids=str,
)
def test_extreme_logits_are_exact(f, row):
    assert_close(f(row), exact(f, row))


FULL = {
    "random": np.random.default_rng(0).normal(0, 3, 131_072).round(1),
    "confident, loss 1e-11": np.where(np.arange(131_072), -36.8, 0),
    "confident, loss 3e-4": np.where(np.arange(131_072), -20.0, 0),
}
WAYS = {
    "as a row": lambda f, row: f(row),
    "along axis 0": lambda f, row: f(np.stack([row, row], axis=1), axis=0)[..., 0],
    "in Fortran order": lambda f, row: f(np.asfortranarray(np.stack([row, row])))[0],
}


@every
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("row", FULL.values(), ids=FULL)
def test_a_full_vocabulary_is_exact_however_it_lies_in_memory(f, row, way):
    assert_close(np.ravel(way(f, row))[:20], exact(f, row, 20))


@every
def test_float32_logits_of_a_full_vocabulary_are_within_1e_6_or_one_unit(f):
    row = FULL["random"].astype(np.float32)
    result = np.ravel(f(row))[:2000]
    one_unit = float(np.finfo(result.dtype).eps)  # in the last place of the result
    assert_close(result, exact(f, row, 2000), relative=one_unit, absolute="1e-6")


@pytest.mark.parametrize("middle", [-60, -20, 0, 20, 60])
def test_a_small_probability_keeps_its_digits_wherever_the_logits_lie(middle):
    row = np.linspace(middle, middle - 85, 5000, dtype=np.float32)
    p = [mp.exp(x) for x in exact_log_p(row)[::9]]
    assert_close(softmax(row)[::9], p, relative="1e-5", absolute=0)


# --- What equals what -----------------------------------------------------------------


@st.composite
def logits_and_axis(draw, elements=finite):
    logits = draw(
        arrays(np.float64, array_shapes(max_dims=4, max_side=5), elements=elements)
    )
    return logits, draw(st.integers(-logits.ndim, logits.ndim - 1))


@every
@given(logits_and_axis())
def test_any_shape_and_axis_is_scipy(f, case):
    logits, axis = case
    assert_close(
        f(logits, axis=axis), getattr(scipy.special, f.__name__)(logits, axis=axis)
    )


@every
@pytest.mark.parametrize("axis", range(-3, 3))
def test_every_axis_of_three_is_scipy_where_no_two_logits_are_equal(f, axis):
    logits = np.random.default_rng(0).normal(size=(2, 3, 4))
    result = f(logits, axis=axis)
    expected = getattr(scipy.special, f.__name__)(logits, axis=axis)
    assert result.shape == expected.shape
    assert_close(result, expected)


@given(logits_and_axis(st.sampled_from([nan, inf, -inf, 0.0, 1.0])))
def test_logsumexp_of_what_is_not_finite_is_scipy(case):
    logits, axis = case
    with np.errstate(all="ignore"):
        expected = scipy.special.logsumexp(logits, axis=axis)
    assert_array_equal(np.isfinite(logsumexp(logits, axis=axis)), np.isfinite(expected))
    unusual = ~np.isfinite(expected)
    assert_array_equal(logsumexp(logits, axis=axis)[unusual], expected[unusual])


@every
@given(logits_and_axis())
def test_an_axis_is_the_last_axis_after_it_moved_there(f, case):
    logits, axis = case
    moved = f(np.moveaxis(logits, axis, -1))
    assert_close(
        f(logits, axis=axis), moved if f is logsumexp else np.moveaxis(moved, -1, axis)
    )


@given(logits_and_axis(), st.sampled_from([np.float64, np.float32]))
def test_softmax_sums_to_one(case, dtype):
    logits, axis = case
    total = softmax(logits.clip(-1e38, 1e38).astype(dtype), axis=axis).sum(
        axis=axis, dtype=np.float64
    )
    assert_close(
        total, np.ones_like(total), absolute="1e-15" if dtype is np.float64 else "1e-6"
    )


on_a_grid = st.lists(st.integers(-(2**24), 2**24), min_size=1, max_size=20).map(
    lambda n: np.array(n) / 1024
)


@given(on_a_grid, st.integers(-(2**24), 2**24).map(lambda n: n / 1024))
def test_a_shift_of_every_logit_moves_logsumexp_and_nothing_else(row, shift):
    assert_close(logsumexp(row + shift), mpf(shift) + exact(logsumexp, row)[0])
    assert_array_equal(softmax(row + shift), softmax(row))
    assert_array_equal(log_softmax(row + shift), log_softmax(row))


@every
@given(
    rows.flatmap(
        lambda row: st.tuples(st.just(np.array(row)), st.permutations(range(len(row))))
    )
)
def test_a_permutation_of_the_vocabulary_permutes_the_result(f, case):
    row, order = case
    assert_close(f(row[order]), f(row) if f is logsumexp else f(row)[order])


# --- What comes in: dtypes and layouts ------------------------------------------------


@every
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@settings(max_examples=20)
@given(case=logits_and_axis())
def test_a_layout_changes_no_value_and_no_input(f, layout, case):
    logits, axis = case
    other = layout(logits)
    before = np.array(other, copy=True)
    assert_close(f(other, axis=axis), f(logits, axis=axis))
    assert_array_equal(np.asarray(other), before)


@every
@pytest.mark.parametrize("dtype", [*"bhilqBHILQefd", ">f4", ">f8", ">i2", ">u8"])
def test_a_dtype_decides_the_dtype_of_the_result_and_its_rounding(f, dtype):
    logits = np.random.default_rng(0).integers(0, 128, (3, 5)).astype(dtype)
    result = f(logits)
    expected = (
        np.float64
        if f is logsumexp or logits.dtype.kind != "f"
        else logits.dtype.newbyteorder("=")
    )
    assert result.dtype == expected
    in_float64 = f(logits.astype(np.float64)).astype(expected)
    if logits.dtype.kind == "f" and logits.dtype.itemsize < 8:
        one_unit = float(max(np.finfo(expected).eps, np.finfo(np.float32).eps))
        assert_close(result, in_float64, relative=one_unit, absolute="1e-40")
    else:
        assert_array_equal(result, in_float64)


@every
def test_integer_logits_do_not_wrap(f):
    assert_close(f(np.array([127, -128], np.int8)), exact(f, [127, -128]))
    assert_close(f(np.array([0, 255], np.uint8)), exact(f, [0, 255]))


@every
def test_one_dimensional_logits_give_a_float64_scalar_or_an_array(f):
    assert type(f([1.0, 2.0])) is (np.float64 if f is logsumexp else np.ndarray)


@every
@pytest.mark.parametrize("dtype", "efdiqQ")
def test_an_empty_batch_gives_an_empty_result(f, dtype):
    for shape in [(0, 3), (0, 2, 3), (2, 0, 3)]:
        result = f(np.empty(shape, dtype))
        assert result.shape == (shape[:-1] if f is logsumexp else shape)


def test_logsumexp_of_float16_is_wider_than_float16():
    assert logsumexp(np.full(1000, 65504, np.float16)) == 65504 + math.log(1000)


# --- Infinities, NaN and floating-point flags -----------------------------------------


@pytest.mark.parametrize("f", [softmax, log_softmax])
@pytest.mark.parametrize(
    "bad",
    [[0.0, nan, 1.0], [0.0, inf, 1.0], [inf, inf, -inf], [nan, -inf, inf], [-inf] * 3],
)
def test_a_bad_position_is_nan_and_its_neighbours_are_not(f, bad):
    good = [3.2, 1.0, -0.5]
    assert_array_equal(f([good, bad, good]), [f(good), [nan] * 3, f(good)])


@every
def test_a_signalling_nan_is_a_nan(f):
    signalling = np.array([0x7F800001, 0], np.uint32).view(np.float32)
    assert np.isnan(f(signalling)).all()


@every
def test_a_masked_token_is_a_token_that_is_not_there(f):
    zero = {logsumexp: [], softmax: [0.0], log_softmax: [-inf]}[f]
    assert_array_equal(
        f([3.2, 1.0, -inf]), np.append(f([3.2, 1.0]), zero) if zero else f([3.2, 1.0])
    )


WILD = [
    [0.0, -800.0, -1e5],
    [0.0, -inf, nan],
    [inf, 0.0, -inf],
    [-inf] * 3,
    [0.0, 5e-324, -5e-324],
    [0.0, -17.0, -100.0],
    [6e4, -6e4, 0.0],
    [3e38, -3e38, 0.0],
    [1e308, -1e308, 0.0],
]


@every
@pytest.mark.parametrize(
    "dtype",
    [np.float16, np.float32, np.float64],
    ids=lambda d: d.__name__,
)
def test_no_floating_point_flag_escapes(f, dtype):
    with np.errstate(all="ignore"):
        logits = np.array(WILD).astype(dtype)
        expected = f(logits)
    assert_array_equal(f(logits), expected)
    with np.errstate(all="raise"):
        assert_array_equal(f(logits), expected)


# --- What is refused ------------------------------------------------------------------


@every
@pytest.mark.parametrize(
    ("logits", "dtype"),
    [
        ([1j, 2], "complex128"),
        (["a", "b"], "<U1"),
        ([True, False], "bool"),
        ([None, 1.0], "object"),
        ([2**64, 1], "object"),
        (np.array([0, 1], "M8[D]"), "datetime64[D]"),
        (np.array([0, 1], "m8[s]"), "timedelta64[s]"),
    ],
)
def test_logits_that_are_not_real_numbers_name_their_dtype(f, logits, dtype):
    with pytest.raises(
        TypeError,
        match="logits .*dtype " + re.escape(dtype),
    ):
        f(logits)


@pytest.mark.skipif(np.dtype("g").itemsize == 8, reason="a long double is a double")
@every
def test_more_digits_than_those_of_float64_are_refused_rather_than_lost(f):
    with pytest.raises(TypeError, match=r"logits .*up to float64, got"):
        f(np.zeros(2, np.longdouble))


@every
@pytest.mark.parametrize(
    ("logits", "axis", "message"),
    [
        ([], -1, r"vocabulary axis is empty.*\(0,\).*-1"),
        (np.empty((2, 0)), 1, r"vocabulary axis is empty.*\(2, 0\).*1"),
        (np.empty((0, 2)), 0, r"vocabulary axis is empty.*\(0, 2\).*0"),
        (5.0, -1, r"logits .*vocabulary axis.* 5\.0"),
        ([[1.0, 2.0]], 2, r"axis is 2.*\(1, 2\)"),
        ([[1.0, 2.0]], -3, r"axis is -3.*\(1, 2\)"),
        ([[1.0, 2.0], [3.0]], -1, "logits .*rectangular"),
    ],
)
def test_logits_without_that_vocabulary_axis_are_a_value_error(
    f, logits, axis, message
):
    with pytest.raises(ValueError, match=message):
        f(logits, axis=axis)


@every
@pytest.mark.parametrize("axis", [None, 0.0, True, (0, 1), "0"])
def test_an_axis_that_is_not_an_integer_is_a_type_error(f, axis):
    with pytest.raises(TypeError, match="axis .*integer.*" + re.escape(repr(axis))):
        f([[1.0, 2.0]], axis=axis)


class PyTorchsBFloat16:
    def __array__(self, dtype=None, copy=None):
        raise TypeError("Got unsupported ScalarType BFloat16")


@every
def test_bfloat16_is_told_how_to_be_cast(f):
    with pytest.raises(TypeError, match=r"logits must not be bfloat16.*\.float\(\)"):
        f(PyTorchsBFloat16())
