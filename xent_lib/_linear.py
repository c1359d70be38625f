"""The loss from hidden states, computing logits in blocks and keeping none of them."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _fast
from ._arrays import (
    BoolArray,
    FloatArray,
    IndexArray,
    Losses,
    as_real,
    as_targets,
    check_integer,
    float_dtype,
)
from ._compute import quiet
from ._cross_entropy import REDUCTIONS, check_reduction, count_scored, reduce_losses

# Large enough for fast matrix products, small compared with a vocabulary or a batch.
BLOCK_SIZE = ROWS = 1024


def linear_cross_entropy(
    hidden: ArrayLike,
    weight: ArrayLike,
    targets: ArrayLike,
    *,
    reduction: str = "none",
    ignore_index: int | None = None,
    block_size: int = BLOCK_SIZE,
) -> Losses | np.float64:
    """Cross-entropy loss of the logits `hidden @ weight.T`, without storing them all.

    The last layer of a language model turns d numbers per token into V logits, far
    more. Here they are computed in blocks of 1,024 positions and `block_size` tokens of
    the vocabulary, summed, and discarded.

    Parameters
    ----------
    hidden : array_like of floats or integers, shape (..., d)
        The hidden states, the input of the last layer.
    weight : array_like of floats or integers, shape (V, d)
        The weight of the last layer, laid out as in PyTorch's `Linear`.
    targets, reduction, ignore_index
        As in `cross_entropy`.
    block_size : int
        How many logits per position are in memory at a time.

    Returns
    -------
    float64, shape (...) or a scalar
        In nats, as `cross_entropy` of the products, which are computed in the wider
        dtype of the two (at least float32).

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `cross_entropy`; ValueError also if the shapes of `hidden` and `weight`
        don't match, or `block_size` is not positive.

    Examples
    --------
    >>> weight = [[3.2, 0.0], [1.0, 0.0], [-0.5, 0.0], [0.0, 2.5]]
    >>> print(f"{linear_cross_entropy([1.0, 1.0], weight, 0):.4f}")
    0.4899

    References
    ----------
    Wijmans et al., "Cut your losses in large-vocabulary language models", ICLR 2025.
    """
    check_reduction(reduction, REDUCTIONS)
    h, w, ids, scored = as_layer(hidden, weight, targets, ignore_index, block_size)
    losses = np.zeros(scored.shape)
    losses[scored] = quiet().run(layer_losses, h, w, ids, block_size)
    return reduce_losses(losses, scored, reduction, ignore_index)


def linear_cross_entropy_grad(
    hidden: ArrayLike,
    weight: ArrayLike,
    targets: ArrayLike,
    *,
    reduction: str = "sum",
    ignore_index: int | None = None,
    block_size: int = BLOCK_SIZE,
) -> tuple[FloatArray, FloatArray]:
    """Gradients of the summed (or mean) loss with respect to `hidden` and `weight`.

    They are g @ weight and g.T @ hidden, where g = p − y is the gradient with respect
    to the logits. The logits are computed twice rather than stored.

    Parameters
    ----------
    hidden, weight, targets, ignore_index, block_size
        As in `linear_cross_entropy`.
    reduction : {"sum", "mean"}
        Which loss to differentiate: the sum, or the mean over the scored targets.

    Returns
    -------
    d_hidden : array, shape (..., d)
    d_weight : array, shape (V, d)
        In the float dtypes of `hidden` and `weight` (float64 for integers). NaN or
        +inf among the logits of a position, or nothing but −inf, makes its row of
        `d_hidden` and all of `d_weight` NaN.

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `linear_cross_entropy`.

    Examples
    --------
    >>> d_hidden, d_weight = linear_cross_entropy_grad([1, 2], np.eye(2), 0)
    >>> print(d_hidden.round(2), d_weight.round(2).tolist())
    [-0.73  0.73] [[-0.73, -1.46], [0.73, 1.46]]

    References
    ----------
    Wijmans et al., "Cut your losses in large-vocabulary language models", ICLR 2025.
    """
    check_reduction(reduction, ("sum", "mean"))
    h, w, ids, scored = as_layer(hidden, weight, targets, ignore_index, block_size)
    n = count_scored(scored, ignore_index) if reduction == "mean" else 1
    d_h, d_weight = quiet().run(layer_gradient, h, w, ids, n, block_size)
    d_hidden = np.zeros((*scored.shape, w.shape[1]), float_dtype(np.asarray(hidden)))
    d_hidden[scored] = quiet().run(d_h.astype, d_hidden.dtype)
    return d_hidden, d_weight


def as_layer(
    hidden: ArrayLike,
    weight: ArrayLike,
    targets: ArrayLike,
    ignore_index: int | None,
    block_size: int,
) -> tuple[FloatArray, NDArray[Any], IndexArray, BoolArray]:
    """The scored hidden states (n, d), the weight, the scored targets and the mask."""
    h = as_real("hidden", hidden, "a last axis, of hidden units")
    w = as_real("weight", weight, "two axes, (V, d)")
    if w.ndim != 2 or h.shape[-1] != w.shape[1]:
        raise ValueError(
            f"weight must have shape (V, d), and hidden (..., d) with the same d, "
            f"got weight {w.shape} and hidden {h.shape}"
        )
    if w.shape[0] == 0:
        raise ValueError(f"vocabulary axis is empty: weight has shape {w.shape}")
    check_integer("block_size", block_size)
    if block_size < 1:
        raise ValueError(f"block_size must be positive, got {block_size}")
    ids, scored = as_targets(targets, (*h.shape[:-1], w.shape[0]), ignore_index)
    # At least float32, since products of float16 or integers would overflow.
    dtype = np.result_type(float_dtype(h), float_dtype(w), np.float32)
    # Casting a signalling NaN would warn.
    scored_h = quiet().run(lambda: np.asarray(h[scored], dtype))
    return scored_h, w, ids[scored], scored


def layer_losses(
    h: FloatArray, w: NDArray[Any], ids: IndexArray, block_size: int
) -> Losses:
    """The loss of each hidden state (n, d)."""
    _, at_target, (top, rest) = forward(h, w, ids, block_size)
    return np.maximum(np.log1p(rest) - (at_target - top), 0)


def layer_gradient(
    h: FloatArray,
    w: NDArray[Any],
    ids: IndexArray,
    n: float,
    block_size: int,
) -> tuple[FloatArray, FloatArray]:
    """The gradients for the scored hidden states, in the dtype of `h`, and `w`."""
    d_h, d_weight = np.zeros_like(h), np.zeros(w.shape, h.dtype)
    others, _, (top, rest) = forward(h, w, ids, block_size)
    total = n * (1 + rest)
    # 1 − p as the sum of all other p: 1 − p itself loses its digits where p is near 1.
    lacking = np.exp(others[0] - top) * (1 + others[1]) / total
    for lines, block, g, cells in logit_blocks(h, w, ids, block_size):
        g -= top[lines, None]  # in place: g were the logits
        np.exp(g, out=g)
        g /= total[lines, None]
        g[cells] = -lacking[lines][cells[0]]
        d_h[lines] += g @ w[block]
        d_weight[block] += g.T @ h[lines]
    return d_h, d_weight.astype(float_dtype(w), copy=False)


def forward(
    h: FloatArray, w: NDArray[Any], ids: IndexArray, block_size: int
) -> tuple[_fast.Pair, Losses, _fast.Pair]:
    """For each row: the pair without its target, the target's logit, the pair of all.

    A pair is what `_fast.row_pairs` returns.
    """
    others = np.full(len(h), -np.inf), np.zeros(len(h))
    at_target = np.empty(len(h))
    for lines, _, z, cells in logit_blocks(h, w, ids, block_size):
        at_target[lines][cells[0]] = z[cells]
        z[cells] = -np.inf
        top, rest = others[0][lines], others[1][lines]
        top[:], rest[:] = _fast.join((top, rest), _fast.row_pairs(z))
    # A single logit has `rest` = 0, or NaN if it is infinite.
    target = at_target, at_target - at_target
    return others, at_target, _fast.join(others, target)


def logit_blocks(
    h: FloatArray, w: NDArray[Any], ids: IndexArray, block_size: int
) -> Iterator[tuple[slice, slice, FloatArray, tuple[IndexArray, IndexArray]]]:
    """Blocks: slices of rows and vocabulary, the logits, the cells of the targets."""
    most = min(int(block_size), len(w))  # NumPy's smaller integers would wrap around
    room = np.empty(min(len(h), ROWS) * most, h.dtype)
    for start, i in product(range(0, len(w), most), range(0, len(h), ROWS)):
        lines, block = slice(i, i + ROWS), slice(start, start + most)
        some, part = h[lines], w[block]
        z = room[: len(some) * len(part)].reshape(len(some), len(part))
        np.matmul(some, part.T, out=z)
        columns = ids[lines] - start
        (rows,) = ((columns >= 0) & (columns < len(part))).nonzero()
        yield lines, block, z, (rows, columns[rows])
