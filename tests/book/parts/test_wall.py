"""The loss as a machine computes it: what the table shows without a script."""

import numpy as np
import pytest

from golden import stored
from parts import cells, config
from xent_book import example
from xent_book.parts import Wall
from xent_book.parts.wall import DTYPES, METHODS, compute, edges, rounded

STORED = stored("wall")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", range(3), ids=METHODS)
def test_the_loss_is_that_of_exact_steps_each_rounded_once(dtype, method):
    for logits, exact in zip(STORED["logits"], STORED[dtype], strict=True):
        found = compute(logits, dtype, method)
        assert found.o.tolist() == exact["o"]
        right = float(exact["losses"][method])
        np.testing.assert_allclose(found.loss, right, rtol=1e-12, err_msg=str(logits))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_beyond_its_edges_exp_is_no_number_or_0(dtype):
    high, low = edges(dtype)
    with np.errstate(over="ignore", under="ignore"):
        e = np.exp(np.array([low - 0.01, low + 0.01, high - 0.01, high + 0.01], dtype))
    assert (e > 0).tolist() == [False, True, True, True]
    assert np.isfinite(e).tolist() == [True, True, True, False]


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


def test_the_table_has_the_edges_and_two_losses_of_each_dtype():
    assert cells(Wall(100)) == [
        ["float16", "11.09", "−17.33", "NaN", "0.495"],
        ["bfloat16", "88.72", "−92.88", "NaN", "0.570"],
        ["float32", "88.72", "−103.97", "NaN", "0.490"],
        ["float64", "709.78", "−745.13", "0.490", "0.490"],
    ]
    assert "with −7 added" in Wall(-7)._repr_html_()
    assert config(Wall())["logits"] == example.logits.tolist()


def test_what_is_added_has_a_range():
    with pytest.raises(ValueError, match="added must be from −1000 to 1000, got 1001"):
        Wall(1001)
    with pytest.raises(ValueError, match="logits must have one number for each"):
        Wall(0, [1.0])
