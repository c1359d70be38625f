"""How logits are cut into blocks, what is a view and what is copied."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from xent_lib import softmax
from xent_lib._fast import layout

BLOCK, MOST_ROWS, SMALL = layout.BLOCK, layout.MOST_ROWS, layout.SMALL


@pytest.mark.parametrize(
    ("shape", "dtype", "order", "block"),
    [
        ((1024, 32_000), "f", "C", (6, 32_000)),
        ((1024, 32_000), "e", "C", (6, 32_000)),
        ((1024, 32_000), "d", "C", (3, 32_000)),
        ((1024, 32_000), "b", "C", (3, 32_000)),
        ((2, 500_000), "f", "C", (1, BLOCK)),
        ((2, 500_000), "d", "C", (1, BLOCK // 2)),
        ((1024, 32_000), "f", "F", (1024, 192)),
        ((1024, 32_000), "d", "F", (1024, 96)),
        ((100_000, 300), "f", "F", (14_043, 14)),
    ],
)
def test_a_block_fills_the_cache_and_is_long_in_the_direction_of_memory(
    shape, dtype, order, block
):
    assert layout.block_shape(np.empty(shape, dtype, order)) == block


def test_one_row_of_many_in_fortran_order_is_a_block_of_one_row():
    row = np.empty((3, 300_000), np.float32, "F")[:1]
    assert layout.block_shape(row) == (1, BLOCK)


@pytest.mark.parametrize("order", "CF")
def test_a_block_lies_in_memory_as_its_logits_do(order):
    memory = layout.take_memory()
    block = layout.scratch(np.empty((3, 5), np.float16, order), memory)
    assert block.shape == (3, 5)
    assert block.dtype == np.float32
    assert block.flags[f"{order}_CONTIGUOUS"]
    assert np.shares_memory(block, memory)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize(("dtype", "working"), [
    ("e", "f"), (">f2", "f"), ("f", "f"), (">f4", "f"), ("d", "d"), (">f8", "d"),
    ("b", "d"), ("h", "d"), ("i", "d"), ("Q", "d"),
])  # fmt: skip
def test_narrow_floats_are_computed_in_float32_and_all_else_in_float64(
    dtype, working, order
):
    o = np.zeros((3, 5), dtype, order)
    e = layout.scratch(o, layout.take_memory())
    assert e.dtype == working
    assert e.flags[f"{order}_CONTIGUOUS"]
    assert layout.as_working(o, e) is (o if o.dtype == working else e)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", "efdi")
@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("v", [1, 3, MOST_ROWS // 3, MOST_ROWS - 1, MOST_ROWS + 1])
def test_chosen_rows_are_copied_without_a_copy_beside_them(
    memory_beyond_the_result, v, dtype, order, step
):
    o = (np.arange(18 * v) % 1000).reshape(9, 2 * v).astype(dtype, order)
    o = o[:, ::step] if step == 2 else o[:, :v].copy(order)
    rows = np.array([0, 1, 2, 5, 8])
    e = layout.scratch(o, layout.take_memory(), rows)
    memory = memory_beyond_the_result(layout.as_working, o, e, rows) + e.nbytes
    got = layout.as_working(o, e, rows)
    assert_array_equal(got, o[rows].astype(e.dtype))
    assert got.flags[f"{order}_CONTIGUOUS"]
    assert memory < 8 * layout.PIECE + 2**15


def test_a_narrow_number_is_rounded_as_numpy_does():
    near = np.arange(-(2**12), 2**12, dtype=np.float32) * 2**-25  # ties, too
    larger = (np.arange(2**10, 2**11, dtype=np.float32) + 0.5) * 2**-14
    ties = np.concatenate([near, larger, -larger])
    others = [0.3, 1e-30, 65504, 65520, 1e30, 2**-14, np.nan, np.inf, -np.inf]
    numbers = [ties, np.nextafter(ties, 1), np.nextafter(ties, -1), others]
    e = np.concatenate(numbers).astype(np.float32).reshape(1, -1)
    out = np.empty(e.shape, np.float16)
    with np.errstate(all="ignore"):
        layout.write_narrow(e, out)
        assert_array_equal(out, e.astype(np.float16))


def cuts(o, *others):
    """How many matrices there are, after a look that each is a view."""
    parts = list(layout.matrices(o, *others))
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
    parts = list(layout.matrices(np.zeros((2, MOST_ROWS, 1)), np.zeros((2, MOST_ROWS))))
    assert [(len(o), len(out)) for o, out in parts] == [(MOST_ROWS, MOST_ROWS)] * 2
    assert cuts(np.zeros((MOST_ROWS, 2)), np.zeros(MOST_ROWS)) == 1
    assert cuts(np.zeros((MOST_ROWS + 1, 2)), np.zeros(MOST_ROWS + 1)) == 2


@pytest.mark.parametrize(("v", "cut"), [(SMALL // 4, 20), (SMALL // 4 + 1, 60)])
def test_many_small_pieces_are_copied_a_block_at_a_time(v, cut):
    turned = np.zeros((60, 4, v), np.float32)[:, ::-1]
    assert cuts(turned, np.zeros((60, 4))) == cut
    assert cuts(turned, layout.result_like(turned)) == cut


def test_a_result_lies_in_memory_as_many_logits_do_unless_these_are_copied():
    assert softmax(np.zeros((3, SMALL + 1), np.float32, "F")).flags.f_contiguous
    few, many = (np.zeros((2, 3, v)).transpose(1, 0, 2) for v in (SMALL // 2, SMALL))
    assert softmax(few).flags.c_contiguous
    assert softmax(many).strides == many.strides


def test_the_result_of_a_matrix_lies_in_memory_as_the_matrix_does():
    assert layout.result_like(np.zeros((300, 5), order="F")).flags.f_contiguous
