"""Every way to one result: the plain form, blocks and numba, around their edges."""

import importlib.util
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from mpmath import mp
from numpy.testing import assert_array_equal

from reference import LAYOUTS, assert_close, exact_log_p, exact_logsumexp, exact_loss
from xent_lib import (
    _compute,
    cross_entropy,
    cross_entropy_grad,
    formulas,
    linear_cross_entropy,
    log_softmax,
    logsumexp,
    softmax,
)
from xent_lib._fast import layout, log_sums

inf, nan = math.inf, math.nan
without_numba = importlib.util.find_spec("numba") is None

PATHS = [
    pytest.param("formulas"),
    pytest.param("plain"),
    pytest.param("blocks"),
    pytest.param(
        "numba", marks=pytest.mark.skipif(without_numba, reason="numba not installed")
    ),
]


@pytest.fixture(params=PATHS)
def path(request, monkeypatch):
    """One way for inputs of every size, with blocks so small that a row has several."""
    monkeypatch.setattr(_compute, "FEW", 2**62 if request.param == "formulas" else -1)
    monkeypatch.setattr(layout, "SMALL", 2**62 if request.param == "plain" else 0)
    monkeypatch.setattr(layout, "BLOCK", 48)
    monkeypatch.setattr(layout, "BLOCK_BYTES", 4 * 48)
    monkeypatch.setattr(layout, "PIECE", 6)
    monkeypatch.setattr(log_sums, "NUMBA_SIZE", 0)
    monkeypatch.setattr(log_sums, "NUMBA_V", 0)
    monkeypatch.setattr(layout, "SPARE", [])
    monkeypatch.setenv("XENT_LIB_NUMBA", "01"[request.param == "numba"])
    return request.param


# What float32 logits promise, and float64 logits.
CLOSE = {"f": {"relative": 0, "absolute": "1e-6"}, "d": {}}


@cache
def exactly(f, values, dtype, n, *others):
    """`f` of each of n rows, from their bytes: every path asks for the same."""
    return list(map(f, np.frombuffer(values, dtype).reshape(n, -1), *others))


def exact_p(row):
    return [mp.exp(x) for x in exact_log_p(row)]


def check(logits, targets, dtype):
    """Every function against mpmath, for logits (n, V); distributions, the formulas."""
    close, values = CLOSE[dtype], (logits.tobytes(), dtype, len(logits))
    losses = exactly(exact_loss, *values, tuple(targets))
    assert_close(cross_entropy(logits, targets), losses, **close)
    pairs = exactly(exact_logsumexp, *values)
    relative = {"f": "1e-6", "d": "1e-12"}[dtype]
    assert_close(logsumexp(logits), [a + b for a, b in pairs], relative=relative)
    log_p = np.ravel(exactly(exact_log_p, *values))
    # The result itself has the digits of its dtype, and no more.
    rounding = {"relative": 2**-23, "absolute": "1e-6"} if dtype == "f" else {}
    assert_close(log_softmax(logits), log_p, **rounding)
    p = np.ravel(exactly(exact_p, *values))
    assert_close(softmax(logits), p, **close)
    y = np.arange(logits.shape[1]) == np.reshape(targets, (-1, 1))
    assert_close(cross_entropy_grad(logits, targets), p - y.ravel(), **close)
    o = logits.astype(np.float64)
    y = formulas.softmax(np.cos(3 * np.arange(o.size)).reshape(o.shape))
    losses = formulas.expected_losses(o, y)
    assert_close(cross_entropy(logits, y), losses, **{"relative": "1e-6", **close})
    assert_close(cross_entropy_grad(logits, y), formulas.softmax(o) - y, **close)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("scale", [1, 300])
@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("v", [1, 7, 12, 13, 17, 48, 49, 123, 256, 300, 2400])
def test_every_path_is_exact_around_the_edges_of_its_blocks(
    path, v, dtype, scale, order
):
    rng = np.random.default_rng(v)
    n = 5 if v < 2400 else 2
    logits = np.asarray(rng.normal(0, scale, (n, v)), dtype, order)
    check(logits, rng.integers(0, v, n), dtype)


WIDE = [252, 507, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049]
WIDE += [32_000, 65_536, 65_537, 128_256, 131_073]


@pytest.mark.parametrize(("order", "numba"), ["C0", "C1", "F0"])
@pytest.mark.parametrize("v", WIDE)
def test_the_loss_of_odd_vocabularies_is_exact_at_full_size(
    monkeypatch, v, order, numba
):
    monkeypatch.setenv("XENT_LIB_NUMBA", numba)
    rng = np.random.default_rng(v)
    n = -(-(2**17 + 1) // v)
    for scale, dtype in [(3, "f"), (300, "f"), (3, "d")]:
        logits = np.asarray(rng.normal(0, scale, (n, v)).round(1), dtype, order)
        targets = rng.integers(0, v, n)
        some = slice(0, n, max(1, n // 3))
        values = np.ascontiguousarray(logits[some]).tobytes()
        few = targets[some]
        exact = exactly(exact_loss, values, dtype, len(few), tuple(few))
        assert_close(cross_entropy(logits, targets)[some], exact, **CLOSE[dtype])


# One token has nearly everything, and equal small terms add up their rounding.
SURE = {
    "few lanes": lambda row: np.stack([row, row]),
    "Fortran order": lambda row: np.asfortranarray(np.stack([row, row])),
    "every third": lambda row: np.repeat(np.stack([row, row]), 3, axis=1)[:, ::3],
}


@pytest.mark.parametrize("numba", ["0", "1"])
@pytest.mark.parametrize("others", [1e-4, 0.011, 0.3, 0.6])
@pytest.mark.parametrize("v", [512, 4096, 32_768])
@pytest.mark.parametrize(("dtype", "top"), [("d", 0), ("f", 0), ("f", 100)])
def test_a_sure_model_does_not_add_up_rounding(
    monkeypatch, dtype, top, v, others, numba
):
    monkeypatch.setenv("XENT_LIB_NUMBA", numba)
    row = np.full(v, top + math.log(others / v), dtype)
    row[3] = top
    close, loss = CLOSE[dtype], exact_loss(row, 3)
    p = [mp.exp(x) for x in exact_log_p(row, 4)]
    slope = [*p[:3], -(v - 1) * p[0]]
    for lay_out in SURE.values():
        logits = lay_out(row)
        assert_close(cross_entropy(logits, [3, 3])[0], loss, **close)
        assert_close(softmax(logits)[0, :4], p, **close)
        assert_close(cross_entropy_grad(logits, [3, 3])[0, :4], slope, **close)


# Rows that lose the most there is to lose: the first term of each short sum is just
# above a power of two, and all others are just below half its last place.


def short_sums_at_their_worst():
    row = np.full(64, -16.635532, np.float32)
    row[::16] = 0.0010417328
    return np.asfortranarray([row] * 257)


def short_sums_at_their_worst_far_from_zero():
    row = np.full(layout.BLOCK // 2, -15.517004, np.float32)
    for k in range(4):
        row[k::16] = -0.2665429
    row[15] = 8.05  # and the differences are rounded to a coarser grid
    return np.asfortranarray([np.full(len(row), 100, np.float32), row])


def lanes_at_their_worst_far_from_zero():
    largest, first = np.float32(8.05), np.float32(-0.24028444)
    half = float(np.spacing(np.exp(first - largest))) / 2 * 0.9999
    rows = np.empty((2048, 8, 8, 32), np.float32)
    rows[:, 1:] = np.log(half / 8) + largest
    rows[:, 0, 0] = first
    rows[:, 0, 1] = np.log(half) + largest
    rows[:, 0, 2:4] = np.log(half / 2) + largest
    rows[:, 0, 4:] = np.log(half / 4) + largest
    row = rows.ravel()
    row[-1] = largest
    return np.array([np.full(len(row), 100, np.float32), row])


@pytest.mark.parametrize("numba", ["0", "1"])
@pytest.mark.parametrize("worst", [
    short_sums_at_their_worst,
    short_sums_at_their_worst_far_from_zero,
    lanes_at_their_worst_far_from_zero,
], ids=lambda f: f.__name__)  # fmt: skip
def test_what_short_sums_lose_is_less_than_the_accuracy(monkeypatch, worst, numba):
    monkeypatch.setenv("XENT_LIB_NUMBA", numba)
    logits = worst()
    above, largest = exact_logsumexp(logits[-1])
    assert_close(logsumexp(logits)[-1], above + largest, **CLOSE["f"])


def test_a_call_in_the_midst_of_another_changes_nothing(path):
    """As a signal handler may make, between any two lines."""
    logits = np.random.default_rng(0).normal(size=(3, 70)).astype(np.float32)
    other = np.full((3, 70), 50.0)
    before = sys.gettrace()

    def interrupt(frame, event, _):
        if event == "line" and frame.f_code.co_filename in (
            layout.__file__,
            log_sums.__file__,
        ):
            sys.settrace(None)
            logsumexp(other.astype(logits.dtype))
            sys.settrace(interrupt)
        return interrupt

    for _ in range(2):
        expected = logsumexp(logits), softmax(logits)
        try:
            sys.settrace(interrupt)
            found = logsumexp(logits), softmax(logits)
        finally:
            sys.settrace(before)
        assert_array_equal(found[0], expected[0])
        assert_array_equal(found[1], expected[1])
        logits = logits.astype(np.float64)


@pytest.mark.parametrize("numba", ["0", "1"])
@pytest.mark.parametrize("value", [0.0, -8.3, 11.7, -60.0, 99.9, 0.5384616])
def test_equal_logits_do_not_add_up_their_rounding(monkeypatch, value, numba):
    monkeypatch.setenv("XENT_LIB_NUMBA", numba)
    for order in "CF":
        for v in (
            131_072,
            layout.BLOCK // 2 - 1,
        ):  # one that is a sum of short sums, one that is not
            logits = np.full((2, v), value, np.float32, order)
            assert abs(cross_entropy(logits, [0, 1]) - math.log(v)).max() < 1e-6


BAD = {
    "nan": [0.0, nan, 1.0],
    "inf": [0.0, inf, 1.0],
    "infs": [inf, inf, -inf],
    "nan and inf": [nan, inf, -inf],
    "nothing": [-inf, -inf, -inf],
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("dtype", "efd")
def test_a_bad_row_is_nan_and_its_neighbours_are_not(path, dtype, bad):
    for place, order in product([0, 20, 37], "CF"):
        check_bad_row(dtype, bad, place, order)


def check_bad_row(dtype, bad, place, order):
    logits = np.zeros((7, 40), dtype, order)
    good = cross_entropy(logits, np.zeros(7, int))
    targets = np.array([0, 1, 2, place, place + 1, place + 2, 39])
    row = [-inf] * 40 if bad[0] == bad[1] == -inf else [0.0] * 40
    logits[3:6] = row
    logits[3:6, place : place + 3] = bad
    expected = np.where(np.isin(np.arange(7), [3, 4, 5]), nan, good)
    assert_close(cross_entropy(logits, targets)[:3], good[:3], **CLOSE["f"])
    assert_array_equal(np.isnan(cross_entropy(logits, targets)), np.isnan(expected))
    for f in (softmax, log_softmax):
        assert_array_equal(np.isnan(f(logits)).any(axis=1), np.isnan(expected))
        assert_array_equal(np.isnan(f(logits)).all(axis=1), np.isnan(expected))
    want = nan if np.isnan(bad).any() else inf if inf in bad else -inf
    assert_array_equal(logsumexp(logits)[3:6], [want] * 3)
    masked = np.where(np.isnan(expected), -100, targets)
    losses = cross_entropy(logits, masked, ignore_index=-100)
    assert_close(losses, np.where(np.isnan(expected), 0, good), **CLOSE["f"])
    grad = cross_entropy_grad(logits, masked, ignore_index=-100)
    assert_array_equal(grad[3:6], 0)
    assert np.isfinite(grad).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", "efd")
def test_a_masked_token_is_exact_even_where_a_whole_block_is_masked(path, dtype, order):
    logits = np.full((4, 130), -inf, dtype, order)
    logits[0, 129], logits[1, 0], logits[2, 60], logits[3, [5, 125]] = 3, -2, 1e4, 7
    losses = cross_entropy(logits, [129, 0, 60, 5])
    assert_close(losses, [0, 0, 0, math.log(2)], **CLOSE["f"])
    assert_array_equal(cross_entropy(logits, [0, 129, 0, 0]), [inf] * 4)


@pytest.mark.parametrize("dtype", "fd")
def test_rows_of_every_size_of_logits_stand_side_by_side(path, dtype):
    sizes = [0.0, 1e4, -1e4, 3e37, -3e37, 80, -80, 30, -30, -44, 87.5, 0.0]
    logits = np.add.outer(np.array(sizes), [0.0, -1.0, -2.5, -100.0]).astype(dtype)
    check(logits, [1] * len(sizes), dtype)


def test_float16_is_computed_in_something_wider(path):
    logits = np.zeros((3, 60), np.float16)
    logits[1], logits[2, 0] = 65504, -65504
    losses = cross_entropy(logits, [0, 1, 0])
    assert_close(losses, [math.log(60)] * 2 + [65504 + math.log(59)], relative="1e-6")


# The path is the same for every example.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=4, max_side=7),
           elements=st.floats(-50, 50)),
    st.data(),
)  # fmt: skip
def test_every_view_of_a_batch_is_its_copy(path, logits, data):
    axes = data.draw(st.permutations(range(logits.ndim)))
    cut = tuple(slice(None, None, data.draw(st.sampled_from([1, -1, 2]))) for _ in axes)
    for dtype in "fd":
        view = logits.astype(dtype).transpose(axes)[cut]
        targets = np.zeros(view.shape[:-1], int)
        keep = np.arange(targets.size).reshape(targets.shape) % 3 > 0
        targets[~keep] = -1
        before = view.copy()
        for f in (
            lambda o, t: cross_entropy(o, t, ignore_index=-1),
            lambda o, t: cross_entropy_grad(o, t, ignore_index=-1),
            lambda o, t: logsumexp(o),
            lambda o, t: softmax(o, axis=0),
            lambda o, t: log_softmax(o),
        ):
            assert_close(
                f(view, targets), f(view.copy(), targets),
                **(CLOSE["d"] if dtype == "d" else {"absolute": "1e-5"}),
            )  # fmt: skip
        assert_array_equal(view, before)


@pytest.mark.parametrize("lay_out", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("dtype", ["f", "d"])
def test_a_layout_changes_nothing(path, dtype, lay_out):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4, 6, 50)).astype(dtype)
    targets = rng.integers(0, 50, (4, 6))
    assert_close(
        cross_entropy(lay_out(logits), targets), cross_entropy(logits, targets),
        **CLOSE[dtype],
    )  # fmt: skip
    assert_close(softmax(lay_out(logits)), softmax(logits), **CLOSE[dtype])


def test_no_flag_escapes(path):
    logits = np.array([[0.0, -800, inf, 3e38], [nan, 0, -inf, -1e30]] * 9, np.float32)
    with np.errstate(all="raise"):
        for f in (logsumexp, softmax, log_softmax):
            f(logits)
        cross_entropy(logits, [0] * 18)
        cross_entropy_grad(logits, [0] * 18)


def test_numpys_settings_are_left_as_they_were(path):
    logits = np.zeros((3, 90), np.float32)
    before = np.geterr(), np.getbufsize()
    for f in (logsumexp, softmax, log_softmax):
        f(logits)
    cross_entropy(logits, [0, 1, 2])
    linear_cross_entropy(logits, logits, [0, 1, 2])
    with pytest.raises(ValueError, match="mean of no losses"):
        cross_entropy(logits, [9, 9, 9], ignore_index=9, reduction="mean")
    assert (np.geterr(), np.getbufsize()) == before


def test_threads_compute_side_by_side_what_one_computes_alone(path):
    logits = np.random.default_rng(0).normal(size=(40, 30, 70)).astype(np.float32)
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(logsumexp, logits))
    assert_close(results, logsumexp(logits), **CLOSE["f"])
