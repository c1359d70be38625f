"""The memory layout of logits, and how to cut them into blocks.

Logits (..., V) become matrices (n, V), which are views, and these become blocks, small
enough to stay in the processor's cache from the first step to the last.
"""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .._arrays import FloatArray, IndexArray, float_dtype

BLOCK = 12 * 2**14  # float32 logits in 768 KiB, most of a typical L2 cache
BLOCK_BYTES = 4 * BLOCK
PIECE = BLOCK // 8  # logits to copy at a time, where a copy needs a temporary array
MOST_ROWS = 13 * 2**10  # rows per matrix: one float64 per row takes 104 KiB
SMALL = 2**14  # up to this many logits, one step is faster than blocks


def working_dtype(o: NDArray[Any]) -> type[np.float32] | type[np.float64]:
    """float32 for floats up to 32 bits; else float64, in which no integer overflows."""
    narrow = o.dtype.kind == "f" and o.dtype.itemsize < 8
    return np.float32 if narrow else np.float64


def fortran_order(o: NDArray[Any]) -> bool:
    """Whether columns are contiguous in memory: row by row is then 17 times slower."""
    return abs(o.strides[0]) < abs(o.strides[1])


def block_shape(o: NDArray[Any]) -> tuple[int, int]:
    """Rows and columns of a block, longest along contiguous memory."""
    size = BLOCK if working_dtype(o) == np.float32 else BLOCK // 2
    if fortran_order(o):
        height = max(1, min(len(o), size // 14))  # at least 14 columns
        return height, size // height
    width = min(o.shape[1], size)
    return size // width, width


def small_blocks(o: NDArray[Any]) -> Iterator[tuple[slice, slice]]:
    """Row and column slices of smaller blocks, for several float64 arrays at a time."""
    height, width = block_shape(o)
    height = max(1, height // 8)
    for i in range(0, len(o), height):
        for j in range(0, o.shape[1], width):
            yield slice(i, i + height), slice(j, j + width)


# --- Scratch memory -------------------------------------------------------------------

SPARE: list[NDArray[np.uint8]] = []


def take_memory() -> NDArray[np.uint8]:
    """Memory for one block, reused if possible: first use of new memory is slow."""
    try:
        return SPARE.pop()
    except IndexError:
        return np.empty(BLOCK_BYTES, np.uint8)


def give_memory_back(memory: NDArray[np.uint8]) -> None:
    SPARE.append(memory)


def scratch(
    o: NDArray[Any], memory: NDArray[np.uint8], rows: IndexArray | None = None
) -> FloatArray:
    """An array in `memory`, with the shape and layout of `o`, or of its `rows`."""
    shape = len(o if rows is None else rows), o.shape[1]
    order: Literal["C", "F"] = "F" if fortran_order(o) else "C"
    return np.ndarray(shape, working_dtype(o), memory, order=order)


def as_working(
    o: NDArray[Any], e: FloatArray, rows: IndexArray | None = None
) -> NDArray[Any]:
    """`o`, or its `rows`, in the dtype of `e`: copied into `e` if a copy is needed.

    Rows that NumPy can't copy directly into `e` are copied in pieces.
    """
    if rows is None:
        if o.dtype == e.dtype:
            return o
        e[...] = o
        return e
    n, v = e.shape
    # Then take can write directly into e, which it only does with mode="clip".
    in_order = o.flags.forc and o.flags.aligned and e.dtype == o.dtype
    if fortran_order(o):
        if in_order:
            np.take(o.T, rows, axis=1, out=e.T, mode="clip")
            return e
        step = max(1, PIECE // 2 // len(o))  # half, since take may copy the columns
        for j in range(0, v, step):
            e[:, j : j + step] = np.take(o[:, j : j + step].T, rows, axis=1).T
    elif in_order:
        np.take(o, rows, axis=0, out=e, mode="clip")
    elif v < 2048:
        step = max(1, PIECE // v)
        for i in range(0, n, step):
            e[i : i + step] = o[rows[i : i + step]]
    else:  # one row at a time is as fast, and needs no temporary array
        for i, row in enumerate(rows):
            e[i] = o[row]
    return e


def write_narrow(e: FloatArray, out: FloatArray) -> None:
    """out = e, from float32 to float16, in pieces.

    NumPy's cast takes 64 ns per number below 2⁻¹⁴, where float16 has multiples of
    2⁻²⁴. So has float32 between 0.5 and 1, where an addition rounds as the cast would.
    """
    step = max(1, PIECE // 2 // len(e))
    for j in range(0, e.shape[1], step):
        part = e[:, j : j + step]
        rounded = part + np.float32(0.75) - np.float32(0.75)
        np.copyto(rounded, part, where=abs(part) >= 2**-14)
        out[:, j : j + step] = rounded


# --- From batches to matrices ---------------------------------------------------------


def matrices(
    o: NDArray[Any], *others: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Logits (..., V) as matrices (n, V), with the same rows of the `others`.

    Each has at most MOST_ROWS rows, so that an array with one float64 per row stays
    below 128 KiB, from which on malloc asks the system for new pages.
    """
    for group in tall_matrices(o, *others):
        if len(group[0]) <= MOST_ROWS:  # the usual case: save the time of slicing
            yield group
            continue
        for i in range(0, len(group[0]), MOST_ROWS):
            yield tuple(x[i : i + MOST_ROWS] for x in group)


def tall_matrices(
    o: NDArray[Any], *others: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], ...]]:
    """As `matrices`, with any number of rows.

    All are views, whatever the strides; only logits in many small pieces are copied,
    one block at a time.
    """
    if o.ndim == 2:
        yield o, *others
        return
    groups: list[tuple[NDArray[Any], ...]] = [(o, *others)]
    copy: bool | None = False
    if in_small_pieces(o) and not o.flags.c_contiguous:
        step, copy = max(1, BLOCK // 4 * len(o) // o.size), None
        starts = range(0, len(o), step)
        groups = [tuple(x[i : i + step] for x in (o, *others)) for i in starts]
    for group in groups:
        try:
            views = [group[0].reshape(-1, o.shape[-1], copy=copy)]
            for x in group[1:]:
                views.append(x.reshape(-1, *x.shape[o.ndim - 1 :], copy=False))
        except ValueError:  # no such view exists
            for parts in zip(*group, strict=True):
                yield from tall_matrices(*parts)
        else:
            yield tuple(views)


def in_small_pieces(o: NDArray[Any]) -> bool:
    """Whether it is a batch whose items have at most SMALL logits each."""
    return o.ndim > 2 and o.size <= SMALL * len(o)


def result_like(o: NDArray[Any]) -> FloatArray:
    """An empty array shaped like `o`, with its layout unless `matrices` copies."""
    order: Literal["C", "K"] = "C" if in_small_pieces(o) else "K"
    return np.empty_like(o, float_dtype(o), order)
