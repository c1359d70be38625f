"""Which code computes a result, and how NumPy's warnings are kept out of it."""

from collections.abc import Callable
from contextvars import Context
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 2**12  # up to so many logits, the formulas as they are take the least time

_silent = Context()
_silent.run(np.seterr, all="ignore")
# NumPy copies an operand that broadcasts into a buffer of this size (8,192 unless it is
# set), which doubles the time for rows that are shorter than the buffer.
_silent.run(np.setbufsize, 512)

# `quiet().run(f, …)` is f(…) without NumPy's warnings. NumPy keeps its settings in the
# running context; f has one of its own, so that nothing is left to restore behind it,
# whatever ends it.
quiet = _silent.copy


def by_size(
    formula: Callable[[Any], Any],
    fast: Callable[[Any], Any],
    o: NDArray[Any],
    dtype: Any,
) -> Any:
    """The formula for few logits (..., V), in `dtype`; for many the fast code."""
    if o.size > FEW:
        return fast(o)
    result = formula(o.reshape(-1, o.shape[-1]).astype(np.float64, copy=False))
    shape = o.shape[:-1] + result.shape[1:]
    return result.reshape(shape).astype(dtype, copy=False)
