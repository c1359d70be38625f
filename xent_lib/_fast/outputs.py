"""What `formulas` computes, and the gradient of `expected_losses`, for many logits.

Logits are (..., V), of any real dtype. Beyond the result, they take the memory of one
block, and read each logit as few times as possible.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import BoolArray, FloatArray, IndexArray, Losses
from . import layout  # for the sizes, which tests change
from .layout import (
    as_working,
    block_shape,
    give_memory_back,
    matrices,
    result_like,
    scratch,
    small_blocks,
    take_memory,
    working_dtype,
    write_narrow,
)
from .log_sums import (
    compiled_loop_for,
    from_largest,
    is_safe,
    largest_logits,
    row_pairs,
    short_sums,
    wants_max_first,
)


def logsumexp(o: NDArray[Any]) -> Losses:
    """ln Σₐ exp(o[a])."""
    result = np.empty(o.shape[:-1])
    for x, out in matrices(o, result):
        top, rest = row_pairs(x)
        out[:] = np.where(np.isinf(top), top, top + np.log1p(rest))
    return result


def token_losses(o: NDArray[Any], targets: IndexArray, scored: BoolArray) -> Losses:
    """−ln p[target], and 0 where the target is not scored."""
    losses = np.zeros(targets.shape)
    for x, targets_of, scored_of, out in matrices(o, targets, scored, losses):
        (which,) = scored_of.nonzero()
        every = len(which) == len(x)
        part = slice(None) if every else which
        top, rest = row_pairs(x, None if every else which)
        # Relative to the largest logit, since with logits near 10⁴ log-sum-exp minus
        # the target's logit would lose four digits.
        below = x[which, targets_of[part]].astype(np.float64) - top
        # exp in float32 may round down, but a loss is never negative.
        out[part] = np.maximum(np.log1p(rest) - below, 0)
    return losses


def expected_losses(o: NDArray[Any], y: NDArray[Any]) -> Losses:
    """−Σₐ y[a] ln p[a]."""
    losses = np.zeros(o.shape[:-1])
    for x, y_of, out in matrices(o, y, losses):
        top, rest = row_pairs(x)
        for block in small_blocks(x):
            lines, _ = block
            # Half of ln p, since the difference from the largest may overflow.
            half = np.divide(x[block], 2, dtype=np.float64)
            half -= top[lines, None] / 2
            half -= np.log1p(rest[lines, None]) / 2
            half *= y_of[block]
            half[y_of[block] == 0] = 0
            out[lines] -= 2 * half.sum(axis=1)
        np.maximum(out, 0, out=out)  # as in token_losses
    return losses


def sums(terms: Callable[..., Losses], *p: NDArray[Any]) -> Losses:
    """Sums over the vocabulary of `terms`, a function of probabilities (..., V)."""
    total: Losses
    if p[0].size <= layout.SMALL:
        total = terms(*(np.asarray(x, np.float64) for x in p)).sum(axis=-1)
        return total
    total = np.zeros(p[0].shape[:-1])
    for *given, out in matrices(*p, total):
        for block in small_blocks(given[0]):
            wide = (np.asarray(x[block], np.float64) for x in given)
            out[block[0]] += terms(*wide).sum(axis=1)
    return total


def log_softmax(o: NDArray[Any]) -> FloatArray:
    """ln p of each token."""
    log_p = result_like(o)
    for x, out in matrices(o, log_p):
        log_probabilities(x, out)
    return log_p


def log_probabilities(o: NDArray[Any], log_p: FloatArray) -> None:
    """log_p[:] = log_softmax(o) for logits (n, V), block by block."""
    height, width = block_shape(o)
    dtype = working_dtype(o)
    small = o.size <= layout.SMALL
    max_first = small or (wants_max_first(o) and not compiled_loop_for(o))
    in_result = log_p.dtype == dtype
    for i in range(0, len(o), height):
        lines, out = o[i : i + height], log_p[i : i + height]
        if max_first and in_result and o.shape[1] <= width:
            # from_largest writes the differences from the largest logits to `out`.
            memory = take_memory()
            _, rest = from_largest(lines, scratch(lines, memory), below=out)
            give_memory_back(memory)
            low = np.log1p(rest).astype(dtype)
            np.subtract(out, low[:, None], out=out)
            continue
        top, rest = row_pairs(lines)
        # Subtract in two steps: `high`, then `low`, the rounding error of `high`.
        log_sum = np.log1p(rest)
        high: FloatArray = (top + log_sum).astype(dtype)
        low = (top - high + log_sum).astype(dtype)
        memory = take_memory()
        for j in range(0, o.shape[1], width):
            x, part = lines[:, j : j + width], out[:, j : j + width]
            below = part if in_result else scratch(x, memory)
            np.subtract(x, high[:, None], out=below)
            np.subtract(below, low[:, None], out=below)
            if dtype == np.float32 and not below.max() <= 0:
                np.minimum(below, 0, out=below)  # exp in float32 has rounded down
            if not in_result:
                part[...] = below  # the only rounding to float16
        give_memory_back(memory)


def softmax(o: NDArray[Any]) -> FloatArray:
    """p of each token."""
    p = result_like(o)
    for x, out in matrices(o, p):
        probabilities(x, out)
    return p


def gradient(o: NDArray[Any], targets: IndexArray, divisor: float) -> FloatArray:
    """(p − y) / divisor, where y is 1 at the target and 0 elsewhere."""
    grad = result_like(o)
    for x, targets_of, out in matrices(o, targets, grad):
        probabilities(x, out, divisor, targets_of)
    return grad


def expected_gradient(o: NDArray[Any], y: NDArray[Any], divisor: float) -> FloatArray:
    """(p Σₐ y[a] − y) / divisor, since y sums to 1 only up to rounding."""
    grad = result_like(o)
    for x, y_of, out in matrices(o, y, grad):
        probabilities(x, out, divisor, y=y_of)
    return grad


def probabilities(
    o: NDArray[Any],
    p: FloatArray,
    divisor: float = 1,
    targets: IndexArray | None = None,
    y: NDArray[Any] | None = None,
) -> None:
    """p[:] = softmax(o) / divisor for logits (n, V), block by block.

    With `y` it is (softmax(o) Σ y − y) / divisor. With `targets`, y is 1 there and 0
    elsewhere; p − 1 is then computed as minus the sum of all other p, since the
    difference itself would lose its digits where p is near 1.
    """
    dtype = working_dtype(o)
    height, _ = block_shape(o)
    if p.dtype != dtype:
        height = max(1, layout.BLOCK // o.shape[1])
    max_first = wants_max_first(o)
    for i in range(0, len(o), height):
        lines, out = o[i : i + height], p[i : i + height]
        ids = None if targets is None else targets[i : i + height]
        e: FloatArray = out
        if p.dtype != dtype:
            e = np.empty(lines.shape, dtype)
        if not max_first:
            total, others = exp_sums(as_working(lines, e), e, None, ids)
            max_first = not is_safe(total).all()
        if max_first:
            x = as_working(lines, e)
            total, others = exp_sums(x, e, largest_logits(x)[0], ids)
        total = total * divisor
        if y is not None:
            y_of = y[i : i + height]
            total /= y_of.sum(axis=1, dtype=np.float64)
        np.divide(e, total.astype(dtype)[:, None], out=e)
        if y is not None:
            step = max(1, layout.PIECE // len(lines))
            for j in range(0, o.shape[1], step):
                part = slice(j, j + step)
                e[:, part] -= np.divide(y_of[:, part], divisor, dtype=dtype)
        if p.dtype != dtype:
            write_narrow(e, out)
        if ids is not None:
            out[np.arange(len(out)), ids] = 0 - others / total  # never −0


def exp_sums(
    o: NDArray[Any],
    e: FloatArray,
    top: NDArray[Any] | None = None,
    targets: IndexArray | None = None,
) -> tuple[Losses, Losses]:
    """Σₐ exp(o[a] − top) of each row, and the same without the targets, in blocks.

    `e` receives the terms, with 0 at the targets.
    """
    _, width = block_shape(o)
    others, at_target = np.zeros(len(o)), np.zeros(len(o))
    for j in range(0, o.shape[1], width):
        x, terms = o[:, j : j + width], e[:, j : j + width]
        if top is not None:
            x = np.subtract(x, top[:, None], out=terms)
        np.exp(x, out=terms)
        if targets is not None:
            (here,) = ((j <= targets) & (targets < j + width)).nonzero()
            cells = here, targets[here] - j
            at_target[here] = terms[cells]
            terms[cells] = 0
        others += short_sums(terms)
    return others + at_target, others
