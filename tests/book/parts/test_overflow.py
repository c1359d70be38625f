"""The loss as a machine computes it: what the table shows without a script."""

import numpy as np
import pytest

from golden import stored
from parts import cells, config
from xent_book import example
from xent_book.parts import Overflow
from xent_book.parts.overflow import DTYPES, METHODS, compute, rounded

STORED = stored("overflow")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", range(3), ids=METHODS)
def test_the_loss_is_that_of_exact_steps_each_rounded_once(dtype, method):
    exact = [np.nan if x is None else x for x in STORED["losses"][dtype][method]]
    found = [compute(example.logits + x, dtype, method).loss for x in STORED["added"]]
    np.testing.assert_allclose(found, exact, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_rounding_is_numpys(dtype):
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000) * 10.0 ** rng.uniform(-9, 6, 2000)
    edges = [0, np.inf, -np.inf, np.nan, 65519, 65520, 2**-25, 3 * 2**-26, 2049, 2051]
    x = np.concatenate([x, edges, -x])
    with np.errstate(over="ignore", invalid="ignore"):
        np.testing.assert_array_equal(rounded(x, dtype), x.astype(dtype).astype("d"))


@pytest.mark.parametrize(
    ("x", "near"),
    [(4.7477, 4.75), (36.1, 36), (36.2, 36.25), (257, 256), (259, 260), (1e39, np.inf)],
)
def test_bfloat16_has_eight_digits(x, near):
    assert rounded(x, "bfloat16") == near


def test_the_table_has_a_loss_for_each_dtype_and_method():
    assert [row[-4:] for row in cells(Overflow(100))] == [
        ["NaN", "NaN", "NaN", "0.490"],
        ["0.500", "0.500", "0.490", "0.490"],
        ["0.495", "0.570", "0.490", "0.490"],
    ]
    assert config(Overflow(7))["added"] == 7


def test_what_is_added_has_a_range():
    with pytest.raises(ValueError, match="added must be from −1000 to 1000, got 1001"):
        Overflow(1001)
    with pytest.raises(ValueError, match="logits must be one for each"):
        Overflow(0, [1.0])
