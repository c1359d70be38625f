"""Where results are computed: which code does it, and without a warning."""

from collections.abc import Callable
from contextvars import Context
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 2**12  # up to so many logits, the formulas as they are take the least time

_silent = Context()
_silent.run(np.seterr, all="ignore")
_silent.run(
    np.setbufsize, 512
)  # NumPy copies an operand that broadcasts, up to so many

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
    """The formula for few logits (..., V), in the dtype that the fast code gives."""
    if o.size > FEW:
        return fast(o)
    result = formula(o.reshape(-1, o.shape[-1]).astype(np.float64, copy=False))
    shape = o.shape[:-1] + result.shape[1:]
    return result.reshape(shape).astype(dtype, copy=False)
