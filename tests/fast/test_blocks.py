"""What no result shows: how large blocks are, which path is taken, what is copied."""

import importlib
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reference import LAYOUTS
from xent_lib import (
    _blocks,
    _softmax,
    cross_entropy,
    cross_entropy_grad,
    log_softmax,
    logsumexp,
    softmax,
)

BLOCK, ROWS, SMALL = _blocks.BLOCK, _blocks.ROWS, _blocks.SMALL


@pytest.fixture(autouse=True)
def numpy_alone(monkeypatch):
    monkeypatch.setenv("XENT_LIB_NUMBA", "0")


def loss(logits):
    return cross_entropy(logits, np.zeros(logits.shape[:-1], int))


def grad(logits):
    return cross_entropy_grad(logits, np.zeros(logits.shape[:-1], int))


def spy(monkeypatch, name):
    """The arguments of every call of a function of `_blocks`."""
    calls, function = [], getattr(_blocks, name)

    def spied(*arguments):
        calls.append(arguments)
        return function(*arguments)

    for module in (_blocks, _softmax):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, spied)
    return calls


# --- Blocks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "dtype", "order", "block"),
    [
        ((1024, 32_000), "f", "C", (6, 32_000)),
        ((1024, 32_000), "e", "C", (6, 32_000)),
        ((1024, 32_000), "d", "C", (3, 32_000)),
        ((1024, 32_000), "b", "C", (3, 32_000)),
        ((2, 500_000), "f", "C", (1, BLOCK)),
        ((2, 500_000), "d", "C", (1, BLOCK // 2)),
        ((1024, 32_000), "f", "F", (1024, 208)),
        ((1024, 32_000), "d", "F", (1024, 104)),
        ((100_000, 300), "f", "F", (BLOCK // 16, 16)),
    ],
)
def test_a_block_fills_the_cache_and_is_long_in_the_direction_of_memory(
    shape, dtype, order, block
):
    assert _blocks.block_shape(np.empty(shape, dtype, order)) == block


def test_one_row_of_many_in_fortran_order_is_a_block_of_one_row():
    row = np.empty((3, 300_000), np.float32, "F")[:1]
    assert _blocks.block_shape(row) == (1, BLOCK)


@pytest.mark.parametrize("order", "CF")
def test_a_block_lies_in_memory_as_its_logits_do(order):
    memory = _blocks.idle_memory()
    block = _blocks.like(np.empty((3, 5), np.float16, order), np.float32, memory)
    assert block.shape == (3, 5)
    assert block.dtype == np.float32
    assert block.flags[f"{order}_CONTIGUOUS"]
    assert np.shares_memory(block, memory)


def test_the_smallest_inputs_take_the_plain_form(monkeypatch):
    blocks = spy(monkeypatch, "by_blocks")
    for dtype in "efdi":
        blocks.clear()
        loss(np.zeros((1, SMALL), dtype))
        assert not blocks
        loss(np.zeros((1, SMALL + 1), dtype))
        assert len(blocks) == 1


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize(("dtype", "working"), [
    ("e", "f"), (">f2", "f"), ("f", "f"), (">f4", "f"), ("d", "d"), (">f8", "d"),
    ("b", "d"), ("h", "d"), ("i", "d"), ("Q", "d"),
])  # fmt: skip
def test_narrow_floats_are_computed_in_float32_and_all_else_in_float64(
    monkeypatch, dtype, working, order
):
    rooms = spy(monkeypatch, "from_largest")
    loss(np.zeros((3, 5), dtype, order))
    ((_, e),) = rooms
    assert e.dtype == working
    assert e.flags[f"{order}_CONTIGUOUS"]


# --- Paths ----------------------------------------------------------------------------

EVERY = [loss, grad, logsumexp, softmax, log_softmax]


@pytest.mark.parametrize("f", EVERY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize(("dtype", "shift"), [
    ("f", 0), ("f", 100), ("f", -100), ("e", 0), ("e", 100), ("d", 0),
])  # fmt: skip
def test_exp_is_taken_of_every_logit_once(monkeypatch, f, dtype, shift, order):
    logits = np.random.default_rng(0).normal(shift, 1, (60, 20_000))
    sums, tops = spy(monkeypatch, "short_sums"), spy(monkeypatch, "largest")
    f(logits.astype(dtype, order))
    assert sum(e.size for (e,) in sums) == logits.size
    assert bool(tops) == (dtype == "d" or shift != 0)


@pytest.mark.parametrize(
    ("shape", "dtype", "order", "shift", "stay"),
    [
        ((1, SMALL), "f", "C", 0, True),
        ((1, SMALL + 1), "f", "C", 0, False),  # exp comes first
        ((60, 20_000), "f", "C", 100, True),
        ((60, 20_000), "d", "C", 0, True),
        ((60, 20_000), "b", "C", 0, True),
        ((1, BLOCK), "f", "C", 100, True),
        ((1, BLOCK + 1), "f", "C", 100, False),  # a block does not hold the row
        ((60, 20_000), "f", "F", 100, False),
        ((60, 20_000), "e", "C", 100, False),  # the result is too narrow
    ],
)
def test_log_softmax_keeps_the_differences_from_the_largest_in_its_result(
    monkeypatch, shape, dtype, order, shift, stay
):
    calls = spy(monkeypatch, "from_largest")
    result = log_softmax(np.full(shape, shift, dtype, order))
    kept = [np.shares_memory(call[2], result) for call in calls if call[2:]]
    assert kept == ([True] * len(calls) if stay else [])


@pytest.mark.parametrize("shift", [0, 100])
def test_log_softmax_takes_one_block_of_memory_and_gives_it_back(monkeypatch, shift):
    monkeypatch.setattr(_blocks, "IDLE", [])
    rooms = spy(monkeypatch, "like")
    log_softmax(np.full((60, 20_000), shift, np.float32))  # ten rows a block
    (memory,) = _blocks.IDLE
    assert [(len(o), given is memory) for o, _, given in rooms] == [(10, True)] * 6


def test_log_softmax_of_large_logits_prefers_the_compiled_loop(monkeypatch):
    asks = []
    monkeypatch.setattr(_blocks, "numba_sums", lambda: asks.append(True))
    monkeypatch.setenv("XENT_LIB_NUMBA", "1")
    tops = spy(monkeypatch, "from_largest")
    log_softmax(np.full((256, 256), 100, np.float32))
    assert asks
    assert tops
    monkeypatch.setattr(_blocks, "numba_sums", lambda: compiled)
    tops.clear()
    log_softmax(np.full((256, 256), 100, np.float32))
    assert not tops


def compiled(o, rows, far, top, total):
    """What the compiled loop gives, in NumPy."""
    top[:] = o[rows].max(axis=1) if far else 0
    total[:] = np.exp(o[rows] - top[:, None]).sum(axis=1)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shift", [0, 100])
def test_log_softmax_of_float32_is_two_differences_in_float32(shift, order):
    logits = np.random.default_rng(0).normal(shift, 3, (60, 20_000)).astype("f", order)
    top, rest = _blocks.log_sum_exp(logits)
    high = (top + np.log1p(rest)).astype(np.float32)
    if shift and order == "C":  # the differences from the largest are there already
        high = top.astype(np.float32)
    low = (top - high + np.log1p(rest)).astype(np.float32)
    assert_array_equal(log_softmax(logits), logits - high[:, None] - low[:, None])


def test_log_softmax_of_float16_is_rounded_once():
    logits = np.random.default_rng(0).normal(0, 3, (1, 20_000)).astype(np.float16)
    logits[:, ::2] = 100
    in_float32 = log_softmax(logits.astype(np.float32))
    assert_array_equal(log_softmax(logits), in_float32.astype(np.float16))


def test_softmax_looks_for_the_largest_only_where_small_sums_lose_digits(monkeypatch):
    tops = spy(monkeypatch, "largest")
    for shift, looks in [(-7, False), (40, False), (-8, True), (46, True)]:
        tops.clear()
        softmax(np.where(np.arange(9000), -30, shift).astype(np.float32))
        assert bool(tops) == looks
    tops.clear()
    logits = np.full((1, 9000), -20, np.float32)
    logits[0, 255] = -1
    softmax(logits)
    assert not tops
    logits[0, 255:257] = -20, -1
    softmax(logits)
    assert tops
    tops.clear()
    softmax(np.array([[0], [100]], np.float32).repeat(BLOCK, axis=1))  # two blocks
    assert len(tops) == 1


@pytest.mark.parametrize(
    ("logit", "far"),
    [
        (0, False),
        (44.9, False),
        (-7.9, False),
        (45, True),
        (-8, True),
        (math.nan, True),
        (math.inf, True),
        (-math.inf, True),
    ],
)
def test_the_first_logits_of_the_first_scored_row_tell_where_to_start(
    monkeypatch, logit, far
):
    starts = spy(monkeypatch, "ExpFirst")
    logits = np.full((9, 3000), -99, np.float32)
    targets = np.arange(9)
    logits[2, 255] = logit
    logits[2, 256], logits[[3, 5]] = 0 if far else 99, 0 if far else 99
    cross_entropy(logits, np.where(np.isin(targets, [2, 5]), 0, -1), ignore_index=-1)
    logsumexp(logits[2:])
    assert starts == [(far,), (far,)]
    logsumexp(np.zeros((9, 3000), np.float32))
    cross_entropy(logits, [-1] * 9, ignore_index=-1)
    assert starts[2:] == [(False,), (True,)]


def test_what_was_far_in_one_block_may_be_near_in_the_next(monkeypatch):
    logits = np.zeros((60, 20_000), np.float32)  # ten rows a block
    logits[:10] = 99
    tops, sums = spy(monkeypatch, "largest"), spy(monkeypatch, "short_sums")
    logsumexp(logits)
    assert [len(o) for (o,) in tops] == [10, 10]
    assert len(sums) == 6


def test_the_compiled_loop_is_told_once_where_to_start(monkeypatch):
    starts = []

    def sums(o, rows, far, top, total):
        starts.append((len(rows), far))
        compiled(o, rows, far, top, total)

    monkeypatch.setattr(_blocks, "numba_sums", lambda: sums)
    monkeypatch.setenv("XENT_LIB_NUMBA", "1")
    logits = np.zeros((70, 1000), np.float32)
    loss(logits)
    loss(logits + 99)
    logits[7] = 60
    loss(logits)
    assert starts == [(70, False), (70, True), (70, False), (1, True)]


@pytest.mark.parametrize(
    ("setting", "layout", "shape", "asked"),
    [
        ("1", np.ascontiguousarray, (256, 256), True),
        ("1", np.ascontiguousarray, (255, 256), False),
        ("1", np.ascontiguousarray, (300, 255), False),
        ("0", np.ascontiguousarray, (256, 256), False),
        ("1", np.asfortranarray, (256, 256), False),
        ("1", LAYOUTS["strided"], (256, 256), False),
        ("1", LAYOUTS["unaligned"], (256, 256), False),
        ("1", np.float16, (256, 256), False),
        ("1", np.float64, (256, 256), False),
    ],
)
def test_numba_is_asked_for_many_whole_long_rows_of_float32_unless_it_is_off(
    monkeypatch, setting, layout, shape, asked
):
    asks = []
    monkeypatch.setattr(_blocks, "numba_sums", lambda: asks.append(True))
    monkeypatch.setenv("XENT_LIB_NUMBA", setting)
    loss(layout(np.zeros(shape, np.float32)))
    assert bool(asks) == asked


# --- Views and memory -----------------------------------------------------------------


def cuts(o, *others):
    """How many matrices there are, after a look that each is a view."""
    parts = list(_blocks.matrices(o, *others))
    for _, *views in parts:
        for view, other in zip(views, others, strict=True):
            assert np.shares_memory(view, other)
    assert_array_equal(np.concatenate([p[0] for p in parts]).ravel(), o.ravel())
    return len(parts)


def test_a_batch_is_cut_into_as_few_matrices_as_there_can_be():
    batch, out = np.arange(24).reshape(2, 3, 4), np.zeros((2, 3))
    assert cuts(batch, out) == 1
    assert cuts(batch[:, :, 1:], out) == 1
    assert cuts(batch, out.T.copy().T) == 2


def test_a_matrix_has_so_few_rows_that_their_numbers_are_cheap():
    parts = list(_blocks.matrices(np.zeros((2, ROWS, 1)), np.zeros((2, ROWS))))
    assert [(len(o), len(out)) for o, out in parts] == [(ROWS, ROWS)] * 2
    assert cuts(np.zeros((ROWS, 2)), np.zeros(ROWS)) == 1
    assert cuts(np.zeros((ROWS + 1, 2)), np.zeros(ROWS + 1)) == 2


@pytest.mark.parametrize(("v", "cut"), [(SMALL // 4, 200), (SMALL // 4 + 1, 600)])
def test_many_small_pieces_are_copied_a_block_at_a_time(v, cut):
    turned = np.zeros((600, 4, v), np.float32)[:, ::-1]
    assert cuts(turned, np.zeros((600, 4))) == cut
    assert cuts(turned, _blocks.result_like(turned)) == cut


def test_a_result_lies_in_memory_as_its_logits_do_unless_these_are_copied():
    for v in (5, SMALL + 1):
        assert softmax(np.zeros((3, v), np.float32, "F")).flags.f_contiguous
    few, many = (np.zeros((2, 3, v)).transpose(1, 0, 2) for v in (SMALL // 2, SMALL))
    assert softmax(few).flags.c_contiguous
    assert softmax(many).strides == many.strides


def whole(shape):
    return np.zeros(shape, np.float32)


BATCHES = {
    "rows": lambda: whole((64, 32_000)),
    "large logits": lambda: whole((64, 32_000)) + 100,
    "a cut": lambda: whole((2, 32, 32_000))[..., :-1],
    "rows in another order": lambda: whole((4, 16, 32_000)).transpose(1, 0, 2),
    "Fortran order": lambda: np.zeros((512, 16_000), np.float32, "F"),
    "float64": lambda: np.zeros((32, 32_000)),
    "float16": lambda: np.zeros((128, 32_000), np.float16),
    "float16 in Fortran order": lambda: np.zeros((128, 32_000), np.float16, "F"),
    "many small pieces, turned round": lambda: whole((600, 4, 1000))[:, ::-1],
}


@pytest.mark.parametrize("numba", "01")
@pytest.mark.parametrize("f", EVERY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_memory_beyond_the_result_is_a_block_and_not_a_copy(
    monkeypatch, batch, f, numba
):
    monkeypatch.setenv("XENT_LIB_NUMBA", numba)
    logits = batch()
    copied = 2**19 if logits.shape == (600, 4, 1000) else 0  # a piece, and the next
    assert memory_beyond_the_result(monkeypatch, f, logits) < 2**20 + copied


@pytest.mark.parametrize("f", EVERY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("v", [1, 2])
def test_of_many_short_rows_a_few_are_looked_at_at_a_time(monkeypatch, f, order, v):
    logits = np.zeros((10**6, v), np.float32, order)
    targets = 8 * len(logits) if f in (loss, grad) else 0
    assert memory_beyond_the_result(monkeypatch, f, logits) < 2.5 * 2**20 + targets


def memory_beyond_the_result(monkeypatch, f, logits):
    tracemalloc = importlib.import_module("tracemalloc")
    f(logits)
    monkeypatch.setattr(_blocks, "IDLE", [])  # what it keeps, it has taken
    tracemalloc.start()
    result = f(logits)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - result.nbytes


@pytest.mark.parametrize("f", [softmax, grad], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", "fd")
def test_large_logits_become_probabilities_in_the_memory_of_the_result(
    monkeypatch, f, dtype
):
    logits = np.full((30, 20_000), 100, dtype)
    beyond = memory_beyond_the_result(monkeypatch, f, logits)
    assert beyond < 2**18, "a block takes three times as much"
