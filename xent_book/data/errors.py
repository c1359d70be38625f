"""The error of three ways to a loss, as the logits grow, against 50 digits.

    .venv/bin/python xent_book/data/errors.py > xent_book/data/errors.json

The last bits of exp depend on the processor, so the numbers are stored, with its name.
"""

import json
import platform
from pathlib import Path

import mpmath
import numpy as np

METHODS = ("ln of plain softmax", "log-sum-exp − logit", "from the largest")
DTYPES = (np.float16, np.float32, np.float64)
ROWS, V, TARGET = 200, 32, 0


def losses(o, method):
    """The losses of target 0, every step in the dtype of the logits."""
    top = o.max(axis=1)
    if method == "ln of plain softmax":
        e = np.exp(o)
        return -np.log(e[:, TARGET] / e.sum(axis=1, dtype=o.dtype))
    log_sum = np.log(np.exp(o - top[:, None]).sum(axis=1, dtype=o.dtype))
    if method == "log-sum-exp − logit":
        return (top + log_sum) - o[:, TARGET]
    return (top - o[:, TARGET]) + log_sum


def exact(row):
    with mpmath.workdps(50):
        return mpmath.log(mpmath.fsum(mpmath.exp(int(x - row[TARGET])) for x in row))


def errors():
    """The largest error over the rows, by dtype, method and size; null: no number.

    The logits are whole numbers from −4 to 4 with a power of two added, as far as the
    dtype holds whole numbers: so nothing is lost before the first step.
    """
    logits = np.random.default_rng(0).integers(-4, 5, (ROWS, V))
    right = [exact(row) for row in logits]
    found = {}
    for dtype in DTYPES:
        digits = np.finfo(dtype).nmant
        sizes = [2**k for k in range(min(digits, 30))]
        for method in METHODS:
            rows = found.setdefault(dtype.__name__, {"sizes": sizes})
            rows[method] = [
                worst(losses((logits + size).astype(dtype), method), right)
                for size in sizes
            ]
    return found


def worst(got, right):
    if not np.isfinite(got).all():
        return None
    with mpmath.workdps(50):
        off = max(
            abs(mpmath.mpf(float(x)) - y) for x, y in zip(got, right, strict=True)
        )
    return float(f"{float(off):.3g}")


def machine():
    names = Path("/proc/cpuinfo")
    lines = names.read_text().splitlines() if names.exists() else []
    model = [x.split(":")[1].strip() for x in lines if x.startswith("model name")]
    return {
        "processor": next(iter(model), platform.processor()),
        "numpy": np.__version__,
    }


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        print(json.dumps({"machine": machine(), "errors": errors()}, indent=1))
