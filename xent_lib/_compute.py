"""Choose the code that computes a result, and silence NumPy's warnings in it."""

from collections.abc import Callable
from contextvars import Context
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 2**12  # with at most this many logits, the plain formulas are the fastest

_silent = Context()
_silent.run(np.seterr, all="ignore")
# NumPy copies a broadcast operand into a buffer of this size (8,192 by default), which
# doubles the time for rows shorter than the buffer.
_silent.run(np.setbufsize, 512)

# `quiet().run(f, …)` is f(…) without NumPy's warnings. NumPy keeps its settings in the
# current context. f runs in its own copy, so nothing needs restoring, however f ends.
quiet = _silent.copy


def by_size(
    formula: Callable[[Any], Any],
    fast: Callable[[Any], Any],
    o: NDArray[Any],
    dtype: Any,
) -> Any:
    """Run the formula on few logits (..., V), and the fast code on many."""
    if o.size > FEW:
        return fast(o)
    result = formula(o.reshape(-1, o.shape[-1]).astype(np.float64, copy=False))
    shape = o.shape[:-1] + result.shape[1:]
    return result.reshape(shape).astype(dtype, copy=False)
