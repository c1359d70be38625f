"""The sums of a data set, what divides them, and perplexity."""

import math
import pickle
import re
import sys
from dataclasses import FrozenInstanceError
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from numpy.testing import assert_array_equal

from reference import assert_close, printed
from xent_lib import LossTotals, cross_entropy, perplexity

inf, nan = math.inf, math.nan

# Two doubles hold the sum of thirty of these exactly.
losses = st.just(0.0) | st.floats(1e-3, 1e6)
totals = st.builds(
    LossTotals,
    losses | st.sampled_from([0.0, inf, nan]),
    st.integers(0, 9),
    st.integers(0, 9),
)


def total_of(numbers):
    return float(sum(map(LossTotals, numbers), LossTotals()).total)


# --- LossTotals: files ---------------------------------------------------------------


@pytest.mark.parametrize("total", [0.0, 1 / 3, 2.0**80 + 0.1, 5e-324, inf])
def test_what_is_saved_comes_back_to_the_last_bit(tmp_path, total):
    totals = LossTotals(total, 3, 5) + LossTotals(1e-9, 1, 1)
    LossTotals(7.0, 1, 1).save(tmp_path / "sums")
    totals.save(str(tmp_path / "sums"))
    assert printed(LossTotals.load(tmp_path / "sums")) == printed(totals)
    # Of an infinite sum the rest is nan.
    assert repr(LossTotals.load(str(tmp_path / "sums"))._rest) == repr(totals._rest)
    assert list(tmp_path.iterdir()) == [tmp_path / "sums"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Expecting"),
        ("[1]", "list indices"),
        ("{}", "'_rest'"),
        ('{"total": -1, "_rest": 0}', "total must not be negative, got -1"),
        ('{"total": 1, "_rest": "0"}', "_rest must be a number, got '0'"),
        ('{"total": "1", "_rest": 0}', "total must be a number, got '1'"),
        ('{"mean": 1, "_rest": 0}', "'mean'"),
        ("é", "'ascii' codec"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_a_file_without_totals_is_named(tmp_path, text, said):
    path = tmp_path / "sums"
    path.write_text(text, encoding="utf8")
    with pytest.raises(ValueError, match=f"sums is not a saved LossTotals: .*{said}"):
        LossTotals.load(path)


def test_where_no_file_is_nothing_is_loaded(tmp_path):
    with pytest.raises(FileNotFoundError):
        LossTotals.load(tmp_path / "none")


# --- LossTotals: the sum --------------------------------------------------------------


@given(totals, totals)
def test_addition_is_commutative(a, b):
    assert printed(a + b) == printed(b + a)


@given(totals, totals, totals)
def test_addition_is_associative(a, b, c):
    assert printed((a + b) + c) == printed(a + (b + c))


@given(totals)
def test_the_empty_totals_are_the_zero(a):
    assert printed(a + LossTotals()) == printed(LossTotals() + a) == printed(a)


@given(st.lists(totals, max_size=5))
def test_pythons_own_sum_adds_totals(parts):
    assert printed(sum(parts, LossTotals())) == printed(sum(parts) or LossTotals())


def test_a_subclass_stays_a_subclass():
    class Named(LossTotals):
        name = "the training set"

    parts = [Named(1.0, 1, 2), Named(2.0, 1, 3)]
    for both in (parts[0] + parts[1], sum(parts)):
        assert type(both) is Named
        assert printed(both) == ("3.0", 2, 5)


@given(st.lists(losses, max_size=30))
def test_a_sum_is_fsum(numbers):
    assert total_of(numbers) == math.fsum(numbers)


def test_a_long_sum_is_fsum_in_any_order_and_grouping():
    numbers = np.random.default_rng(0).exponential(3, 9900).tolist()
    chunks = [
        sum(map(LossTotals, numbers[i : i + 99]), LossTotals())
        for i in range(0, 9900, 99)
    ]
    ways = [numbers, reversed(numbers), sorted(numbers), sorted(numbers, reverse=True)]
    assert {*map(total_of, ways), reduce(add, chunks).total} == {math.fsum(numbers)}


def test_a_small_loss_is_not_lost_beside_a_large_total():
    small, large = LossTotals(1.0), LossTotals(1e16)
    assert ((large + small) + small).total == 1e16 + 2
    assert (large + (small + small)).total == 1e16 + 2
    assert (small + (large + small)).total == 1e16 + 2


@pytest.mark.parametrize("number", [float, np.float64])
@pytest.mark.parametrize(
    ("numbers", "total"),
    [
        ([inf, 1.0], inf),
        ([1.0, inf, inf, 1.0], inf),
        ([1.0, nan], nan),
        ([inf, nan, 1.0], nan),
        ([1e308] * 2, inf),
    ],
    ids=str,
)
def test_infinity_makes_a_total_infinite_and_nan_makes_it_nan_without_a_flag(
    numbers, total, number
):
    numbers = list(map(number, numbers))
    assert_array_equal(total_of(numbers), total)
    with np.errstate(all="raise"):
        assert_array_equal(total_of(numbers), total)


def test_totals_of_narrow_numpy_numbers_neither_round_nor_wrap():
    tenth = np.float32(0.1)
    assert total_of([tenth] * 1000) == math.fsum([tenth] * 1000)
    t = LossTotals(tenth, np.uint8(200), np.int8(100))
    assert ((t + t).n_sequences, (t + t).n_tokens) == (400, 200)


@given(totals, totals)
def test_totals_travel_between_processes_and_lose_nothing(a, b):
    there = pickle.loads(pickle.dumps(a + b))
    assert printed(there + b) == printed(a + b + b)


def test_totals_are_frozen():
    with pytest.raises(FrozenInstanceError):
        LossTotals().total = 1.0


@pytest.mark.parametrize("other", [1, 0.0, None, (1.0, 1, 1)])
def test_totals_add_to_totals_alone(other):
    with pytest.raises(TypeError, match="LossTotals"):
        LossTotals() + other
    with pytest.raises(TypeError, match="LossTotals"):
        other + LossTotals()


@pytest.mark.parametrize("name", ["total", "n_sequences", "n_tokens"])
def test_a_negative_total_or_count_is_named(name):
    with pytest.raises(ValueError, match=f"{name} .*negative.* -3"):
        LossTotals(**{name: -3})


@pytest.mark.parametrize("name", ["n_sequences", "n_tokens"])
@pytest.mark.parametrize("count", [1.0, True, "1"])
def test_a_count_that_is_not_an_integer_is_named(name, count):
    with pytest.raises(TypeError, match=f"{name} .*integer.*{count!r}"):
        LossTotals(**{name: count})


def test_a_total_beyond_all_floats_is_named():
    with pytest.raises(ValueError, match="total must be below"):
        LossTotals(10**400)


def test_the_largest_of_all_floats_is_a_total():
    assert LossTotals(int(sys.float_info.max)).total == sys.float_info.max


@pytest.mark.parametrize("total", [None, "3", True, [1.0]])
def test_a_total_that_is_not_a_number_is_named(total):
    with pytest.raises(
        TypeError, match=re.escape(f"total must be a number, got {total!r}")
    ):
        LossTotals(total)


def test_a_number_of_bytes_that_is_none_is_named():
    with pytest.raises(TypeError, match="n_bytes must be a number, got '3'"):
        LossTotals(1.0, 1, 1).bits_per_byte("3")


# --- LossTotals: what divides it ------------------------------------------------------


def test_the_averages_and_their_units():
    t = LossTotals(10.0, 2, 5)
    assert (t.per_sequence, t.per_token) == (5.0, 2.0)
    assert_close(t.perplexity, mp.exp(2))
    assert_close(t.bits_per_token, 2 / mp.log(2))
    assert_close(t.bits_per_byte(20), mpf(10) / 20 / mp.log(2))
    assert_close(t.bits_per_byte(1), 10 / mp.log(2))


@pytest.mark.parametrize(
    "average", ["per_sequence", "per_token", "perplexity", "bits_per_token"]
)
def test_an_average_over_no_sequences_says_so(average):
    with pytest.raises(ValueError, match="no sequences"):
        getattr(LossTotals(), average)


@pytest.mark.parametrize("average", ["per_token", "perplexity", "bits_per_token"])
def test_an_average_over_no_tokens_says_so(average):
    assert LossTotals(0.0, 1, 0).per_sequence == 0.0
    with pytest.raises(ValueError, match="no scored tokens"):
        getattr(LossTotals(0.0, 1, 0), average)


@pytest.mark.parametrize("n_bytes", [0, -1, nan])
def test_a_count_of_bytes_that_is_not_positive_is_named(n_bytes):
    with pytest.raises(ValueError, match=f"n_bytes .*positive.* {n_bytes}"):
        LossTotals(1.0, 1, 1).bits_per_byte(n_bytes)


# --- perplexity: Formula (18) ---------------------------------------------------------


@given(st.floats(0, 700))
def test_perplexity_is_exp(loss):
    assert_close(perplexity(loss), mp.exp(mpf(loss)))


@pytest.mark.parametrize("v", [1, 2, 50_257])
def test_the_perplexity_of_a_uniform_guess_is_the_size_of_the_vocabulary(v):
    assert_close(perplexity(cross_entropy(np.zeros(v), 0)), v)


@pytest.mark.parametrize("dtype", [*"bhiqBHIQefd", ">f4", ">i8"])
def test_perplexity_is_float64_whatever_the_dtype_of_the_loss(dtype):
    result = perplexity(np.array([[0, 1], [2, 100]], dtype))
    assert result.dtype == np.float64
    assert_close(result, [[1, mp.e], [mp.exp(2), mp.exp(100)]])
    assert type(perplexity(np.ones((), dtype))) is np.float64


def test_perplexity_of_what_is_not_finite_raises_no_flag():
    with np.errstate(all="raise"):
        assert_array_equal(
            perplexity([1e4, inf, nan, 0.0, -0.0, 5e-324]),
            [inf, inf, nan, 1.0, 1.0, 1.0],
        )
        assert LossTotals(1e4, 1, 1).perplexity == inf
    assert perplexity([]).shape == (0,)


@pytest.mark.parametrize(
    ("loss", "value"),
    [(-1.5, "-1.5"), ([0.0, 0.5, -2.5], "-2.5"), (-inf, "-inf"), (-3, "-3")],
)
def test_a_negative_loss_is_named(loss, value):
    with pytest.raises(ValueError, match=f"loss .*negative.* {value}"):
        perplexity(loss)


@pytest.mark.parametrize(
    ("loss", "dtype"),
    [(True, "bool"), ("1.0", "<U3"), (1j, "complex128"), (None, "object")],
)
def test_a_loss_that_is_not_a_real_number_names_its_dtype(loss, dtype):
    with pytest.raises(TypeError, match=f"loss .*dtype {dtype}"):
        perplexity(loss)


def test_ragged_losses_are_a_value_error():
    with pytest.raises(ValueError, match=r"loss .*rectangular"):
        perplexity([[1.0, 2.0], [1.0]])
