"""entropy and kl_divergence against mpmath, and against the loss that they explain."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp, mpf
from numpy.testing import assert_array_equal

from reference import LAYOUTS, assert_close
from xent_lib import cross_entropy, entropy, kl_divergence, log_softmax, softmax

nan = math.nan
TINY = 5e-324

distributions = arrays(
    np.float64, (2, 5), elements=st.floats(-800, 800, allow_subnormal=False)
).map(softmax)


def exact_entropy(p):
    return -mp.fsum(mpf(float(x)) * mp.log(mpf(float(x))) for x in p if x)


def exact_kl(p, q):
    """Σ p ln(p / q), less what rounding has made of the sums of p and q."""
    terms = [(mpf(float(x)), mpf(float(y))) for x, y in zip(p, q, strict=True)]
    if any(x and not y for x, y in terms):
        return mp.inf
    return mp.fsum((x * mp.log(x / y) if x else 0) - x + y for x, y in terms)


def assert_divergence(got, expected):
    """To the last digits, however small it is."""
    assert got == math.inf if expected == mp.inf else got >= 0
    if expected != mp.inf:
        assert_close(got, expected, absolute="1e-300")


@given(distributions)
def test_entropy_and_divergence_are_the_definition_at_50_digits(pq):
    p, q = pq
    assert_close(entropy(pq), [exact_entropy(p), exact_entropy(q)])
    assert_divergence(kl_divergence(p, q), exact_kl(p, q))
    assert kl_divergence(p, p) == 0


@given(
    distributions,
    arrays(np.float64, 5, elements=st.floats(-1, 1)),
    st.integers(0, 16),
    st.sampled_from("efd"),
)
def test_a_divergence_keeps_its_digits_where_the_two_are_close(pq, noise, k, dtype):
    p = pq[0]
    q = p * (1 + noise * 10.0**-k) + 10.0 ** (-2 * k) / 9
    p, q = p.astype(dtype), (q / q.sum()).astype(dtype)
    assert_divergence(kl_divergence(p, q), exact_kl(p, q))
    assert_divergence(kl_divergence(q, p), exact_kl(q, p))
    assert kl_divergence(q, q) == 0


@pytest.mark.parametrize("near", [1e-10, 1e-3, 0.0158, 0.0159, 0.03, 0.1, 0.29])
def test_two_that_are_close_by_hand(near):
    p, q = [0.3, 0.7], [0.3 + near, 0.7 - near]
    assert_divergence(kl_divergence(p, q), exact_kl(p, q))
    plain = mp.fsum(mpf(x) * mp.log(mpf(x) / mpf(y)) for x, y in zip(p, q, strict=True))
    sums = mp.fsum(map(mpf, p)) - mp.fsum(map(mpf, q))
    assert abs(kl_divergence(p, q) - plain) <= abs(sums) + 1e-12 * plain


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ([1.0, 0.0], [TINY, 1.0]),
        ([TINY, 1.0], [1.0, 0.0]),
        ([TINY, 1.0], [1.0, TINY]),
        ([0.5, 0.5], [0.5 + 1e-15, 0.5 - 1e-15]),
        ([1.0, 0.0], [1.0, 0.0]),
        ([1.0, 1e-200], [1.0, 1.1e-200]),
        ([1.0], [1.0]),
    ],
)
def test_extreme_probabilities_are_exact(p, q):
    assert_divergence(kl_divergence(p, q), exact_kl(p, q))
    assert_close(entropy(p), exact_entropy(p))


def test_entropy_lies_between_zero_and_that_of_the_uniform_distribution():
    assert_close(entropy(np.full(131_072, 2.0**-17)), 17 * mp.log(2))
    certain = entropy([0.0, 1.0, 0.0])
    assert (certain, math.copysign(1, certain)) == (0, 1)


@pytest.mark.parametrize("order", "CF")
def test_every_row_of_many_is_a_call_of_its_own(order):
    p, q = softmax(np.random.default_rng(0).normal(size=(2, 400, 100)))
    alone = list(map(entropy, p)), list(map(kl_divergence, p, q))
    p, q = (np.asarray(x, order=order) for x in (p, q))
    assert_close(entropy(p), alone[0])
    assert_close(kl_divergence(p, q), alone[1])


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", "fd")
def test_a_full_vocabulary_is_exact_however_it_lies_in_memory(dtype, order):
    v = 128_256
    p = np.full((2, v), 1 / v, dtype, order=order)
    q = (p * np.where(np.arange(v) % 2, 1.01, 0.99)).astype(dtype)
    assert_close(entropy(p), [v * exact_entropy(p[0, :1])] * 2)
    exact = v // 2 * exact_kl(p[0, :2], q[0, :2])
    assert_close(kl_divergence(p, q), [exact] * 2, absolute=0)


@given(distributions)
def test_cross_entropy_is_entropy_and_divergence(pq):
    p = pq[0]
    log_q = np.linspace(-3, 0, 5)
    log_q = log_softmax(log_q)
    loss = (p * cross_entropy(np.tile(log_q, (5, 1)), range(5))).sum()
    assert abs(loss - entropy(p) - kl_divergence(p, np.exp(log_q))) < 1e-14


def test_a_zero_of_the_model_costs_everything_and_a_zero_of_the_text_nothing():
    assert kl_divergence([0.5, 0.5], [1.0, 0.0]) == math.inf
    assert_close(kl_divergence([1.0, 0.0], [0.5, 0.5]), mp.log(2))


def test_nan_is_nan_in_its_own_row():
    p = np.array([[0.5, 0.5], [nan, 0.5], [0.0, 1.0]])
    assert_array_equal(np.isnan(entropy(p)), [False, True, False])
    assert_array_equal(np.isnan(kl_divergence(p, p)), [False, True, False])
    assert np.isnan(kl_divergence([0.0, 1.0], [nan, 1.0]))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_changes_nothing(layout):
    p, q = softmax(np.random.default_rng(0).normal(size=(2, 3, 4, 5)))
    others = layout(p), layout(q)
    assert_close(entropy(others[0]), entropy(p))
    assert_close(kl_divergence(*others), kl_divergence(p, q))
    assert_array_equal(np.asarray(others[0]), p)


def test_results_are_float64_and_scalars_where_there_is_one():
    p = np.array([0.5, 0.5], np.float16)
    for result in (entropy(p), kl_divergence(p, p), entropy([0, 1])):
        assert type(result) is np.float64
    assert entropy(np.empty((0, 3))).shape == (0,)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_probabilities_of_a_full_vocabulary_sum_to_one_within_their_dtype(dtype):
    logits = np.random.default_rng(0).normal(0, 3, 131_072)
    assert entropy(softmax(logits).astype(dtype)) > 0


def test_a_sum_may_be_off_by_half_of_the_digits_and_by_no_more():
    assert entropy([0.5, 0.5 + 2**-26]) > 0
    with pytest.raises(ValueError, match=r"p sums to 1\.0+298"):
        entropy([0.5, 0.5 + 2**-25])


def test_no_flag_escapes():
    signalling = np.array([0x7F800001, 0x3F800000], np.uint32).view(np.float32)
    with np.errstate(all="raise"):
        assert np.isnan(entropy(signalling))
        entropy([0.0, 1.0])
        kl_divergence([TINY, 1.0, 0.0], [1.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([[0.0, 1.0], [1.5, -0.5]], r"p\[1, 1\] is -0\.5"),
        ([[0.5, 0.5], [0.5, 0.4]], r"p\[1\] sums to 0\.9, not to 1$"),
        ([0.5, 0.4999], r"p sums to 0\.9999, not to 1"),
        (np.full(2, 0.45, np.float16), r"p sums to 0\.8999\d*, not to 1"),
        ([3, 1], r"p sums to 4\.0, not to 1"),
        ([math.inf, 0.0], r"p sums to inf"),
        ([1e308, 1e308], r"p sums to inf"),
        ([], r"vocabulary axis is empty: p has shape \(0,\)"),
        (1.0, r"p must have a vocabulary axis, got the single number 1\.0"),
    ],
)
def test_what_is_no_distribution_is_a_value_error(p, message):
    with pytest.raises(ValueError, match=message):
        entropy(p)
    with pytest.raises(ValueError, match=re.sub(r"\bp\b", "y", message)):
        kl_divergence(p, [1, 0])


@pytest.mark.parametrize("p", [[True, False], ["a"], [1j], [None]])
def test_what_is_no_number_is_a_type_error_that_names_the_dtype(p):
    with pytest.raises(TypeError, match=f"p must .*dtype {np.asarray(p).dtype}"):
        entropy(p)


def test_a_divergence_is_between_two_of_one_shape():
    with pytest.raises(ValueError, match=r"\(2,\) and \(1, 2\)"):
        kl_divergence([0.5, 0.5], [[0.5, 0.5]])
    with pytest.raises(ValueError, match=r"p sums to"):
        kl_divergence([0.5, 0.5], [0.5, 0.6])
