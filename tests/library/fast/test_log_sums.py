"""Which path the sums take, where they start, and what numba does."""

import builtins
import math
import sys
import warnings

import numpy as np
import pytest

from reference import LAYOUTS, assert_close
from xent_lib import cross_entropy, logsumexp
from xent_lib._fast import layout, log_sums

pytestmark = pytest.mark.usefixtures("without_compiled_loop")


def loss(logits):
    return cross_entropy(logits, np.zeros(logits.shape[:-1], int))


def test_the_smallest_inputs_take_the_plain_form(spy):
    blocks = spy("by_blocks")
    for dtype in "efdi":
        blocks.clear()
        loss(np.zeros((1, layout.SMALL), dtype))
        assert not blocks
        loss(np.zeros((1, layout.SMALL + 1), dtype))
        assert len(blocks) == 1


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
def test_the_first_logits_of_the_first_scored_row_tell_where_to_start(spy, logit, far):
    starts = spy("ExpFirst")
    logits = np.full((9, 3000), -99, np.float32)
    targets = np.arange(9)
    logits[2, 255] = logit
    logits[2, 256], logits[[3, 5]] = 0 if far else 99, 0 if far else 99
    cross_entropy(logits, np.where(np.isin(targets, [2, 5]), 0, -1), ignore_index=-1)
    logsumexp(logits[2:])
    assert starts == [{"max_first": far}] * 2
    logsumexp(np.zeros((9, 3000), np.float32))
    cross_entropy(logits, [-1] * 9, ignore_index=-1)
    assert starts[2:] == [{"max_first": False}, {"max_first": True}]


def test_what_was_far_in_one_block_may_be_near_in_the_next(spy):
    logits = np.zeros((54, 20_000), np.float32)  # nine rows a block
    logits[:9] = 99
    tops, sums = spy("largest_logits"), spy("short_sums")
    logsumexp(logits)
    assert [len(call["o"]) for call in tops] == [9, 9]
    assert len(sums) == 6


def test_the_compiled_loop_is_told_once_where_to_start(monkeypatch, as_compiled):
    starts = []

    def loop(o, rows, max_first, top, total):
        starts.append((len(rows), max_first))
        as_compiled(o, rows, max_first, top, total)

    monkeypatch.setattr(log_sums, "compiled_loop", lambda: loop)
    monkeypatch.setenv("XENT_LIB_NUMBA", "1")
    logits = np.zeros((70, 1000), np.float32)
    loss(logits)
    loss(logits + 99)
    logits[7] = 60
    loss(logits)
    assert starts == [(70, False), (70, True), (70, False), (1, True)]


@pytest.mark.parametrize(
    ("setting", "lay_out", "shape", "asked"),
    [
        ("1", np.ascontiguousarray, (256, 256), True),
        ("1", np.ascontiguousarray, (255, 256), False),
        ("1", np.ascontiguousarray, (300, 255), False),
        ("0", np.ascontiguousarray, (256, 256), False),
        ("False", np.ascontiguousarray, (256, 256), False),
        ("no", np.ascontiguousarray, (256, 256), False),
        ("off", np.ascontiguousarray, (256, 256), False),
        ("1", np.asfortranarray, (256, 256), False),
        ("1", LAYOUTS["strided"], (256, 256), False),
        ("1", LAYOUTS["unaligned"], (256, 256), False),
        ("1", np.float16, (256, 256), False),
        ("1", np.float64, (256, 256), False),
    ],
)
def test_numba_is_asked_for_many_whole_long_rows_of_float32_unless_it_is_off(
    monkeypatch, setting, lay_out, shape, asked
):
    asks = []
    monkeypatch.setattr(log_sums, "compiled_loop", lambda: asks.append(True))
    monkeypatch.setenv("XENT_LIB_NUMBA", setting)
    loss(lay_out(np.zeros(shape, np.float32)))
    assert bool(asks) == asked


def without(monkeypatch, module, error):
    """The compiled loop as it is found where the import of a module fails."""
    original = builtins.__import__

    def refuse(name, *arguments):
        if name == module:
            raise error
        return original(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", refuse)
    for loaded in [name for name in sys.modules if name.endswith("_fast.compiled")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setenv("XENT_LIB_NUMBA", "1")
    monkeypatch.setattr(
        log_sums, "compiled_loop", log_sums.cache(log_sums.compiled_loop.__wrapped__)
    )


def test_a_missing_numba_is_silent_and_the_blocks_do_it(monkeypatch):
    without(monkeypatch, "numba", ModuleNotFoundError(name="numba"))
    logits = np.zeros((2, 2**17), np.float32)
    assert_close(cross_entropy(logits, [0, 1]), [17 * math.log(2)] * 2, 0, "1e-6")
    assert log_sums.compiled_loop() is None


@pytest.mark.parametrize(
    "error",
    [
        ImportError("Numba needs NumPy 2.9 or less"),
        ModuleNotFoundError("No module named 'llvmlite'", name="llvmlite"),
        RuntimeError("no locator available"),
        EOFError("Ran out of input"),
        OSError("no space left"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_other_failure_is_a_warning_with_its_cause_once(monkeypatch, error):
    without(monkeypatch, "compiled", error)
    logits = np.zeros((2, 2**17), np.float32)
    with pytest.warns(RuntimeWarning, match=f"{type(error).__name__}: {error}"):
        losses = cross_entropy(logits, [0, 1])
    assert_close(losses, [17 * math.log(2)] * 2, 0, "1e-6")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cross_entropy(logits, [0, 1])
