"""Helpers for the numeric tests: mpmath at 50 digits as the reference, and batches."""

import tempfile

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp, mpf

mp.dps = 50

INTEGERS = [*"bhilqBHILQ", ">i2", ">u8"]  # dtypes of NumPy

finite = st.floats(-8e307, 8e307)  # the difference of two is still a double


@st.composite
def batches(draw, elements=finite):
    """Logits (n, V) and targets (n,)."""
    n, v = draw(st.integers(1, 5)), draw(st.integers(1, 8))
    return draw(arrays(np.float64, (n, v), elements=elements)), draw(
        arrays(np.int64, n, elements=st.integers(0, v - 1))
    )


def exact_logsumexp(row):
    """ln Σ exp(o), less the largest logit, and the largest logit."""
    values, counts = np.unique(row, return_counts=True)
    *_, largest = numbers = list(map(mpf, values.tolist()))
    total = mp.fsum(
        k * mp.exp(x - largest) for x, k in zip(numbers, counts.tolist(), strict=True)
    )
    return mp.log(total), largest


def exact_log_p(row, n=None):
    """ln p of the first `n` tokens."""
    above, largest = exact_logsumexp(row)
    return [mpf(x) - largest - above for x in np.asarray(row)[:n].tolist()]


def exact_loss(row, target):
    """−ln p(target)."""
    above, largest = exact_logsumexp(row)
    return above + (largest - mpf(np.asarray(row)[target].item()))


def exact_grad(row, target):
    """softmax − one-hot."""
    return [mp.exp(x) - (i == target) for i, x in enumerate(exact_log_p(row))]


def printed(t):
    """Totals to the last digit, and with NaN equal to NaN."""
    return repr(float(t.total)), t.n_sequences, t.n_tokens


def assert_close(got, expected, relative="1e-12", absolute="1e-15"):
    """The accuracy that the library promises for float64 logits.

    Most numbers are close with 1% to spare, which float64 sees; the others take 50
    digits.
    """
    got, expected = np.ravel(got), np.ravel(expected)
    assert got.shape == expected.shape
    g, e = got.astype(float), expected.astype(float)
    with np.errstate(all="ignore"):
        allowed = np.maximum(float(relative) * abs(e), float(absolute))
        unsure = ~(abs(g - e) + 2**-51 * abs(e) <= 0.99 * allowed)
    for g, e in zip(got[unsure].tolist(), expected[unsure].tolist(), strict=True):
        error = abs(mpf(g) - e) / max(mpf(relative) * abs(e), mpf(absolute))
        assert float(error) <= 1, f"{g} is not {mp.nstr(mpf(e), 20)}"


def memory_mapped(x):
    with tempfile.TemporaryFile() as file:
        mapped = np.memmap(file, x.dtype, "w+", shape=x.shape)
    mapped[...] = x
    return mapped


# The same values, laid out in every way that NumPy knows.
LAYOUTS = {
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "memory-mapped": memory_mapped,
    "Fortran order": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "reversed": lambda x: np.flip(np.flip(x).copy()),
    "unaligned": lambda x: np.frombuffer(
        b"\0" + x.tobytes(), x.dtype, offset=1
    ).reshape(x.shape),
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder()),
    "nested lists": np.ndarray.tolist,
}
