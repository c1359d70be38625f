"""read_loss: what it takes, and what it says of what it does not."""

import math
from decimal import Decimal

import numpy as np
import pytest

from xent_lib import read_loss

nan, inf = math.nan, math.inf


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["3.02"], TypeError, "loss must be a number, got '3.02'"),
        ([None], TypeError, "loss must be a number, got None"),
        ([True], TypeError, "loss must be a number, got True"),
        ([[3.0, 2.0]], TypeError, r"loss must be .* an array of shape \(2,\)"),
        ([Decimal("3")], TypeError, "loss must be a number, got Decimal"),
        ([10**5000], ValueError, "loss must fit a float64, got 10³⁰⁸ or more"),
        ([np.ma.masked], TypeError, "loss must not be a masked array"),
        ([3, 50257.0], TypeError, "vocabulary must be an integer or None, got 50257.0"),
        ([3, True], TypeError, "vocabulary must be an integer or None, got True"),
        ([3, 1], ValueError, "vocabulary must be from 2 to 1,000,000,000, got 1"),
        ([3, 10**9 + 1], ValueError, "vocabulary must be from 2 to .*, got 1000000001"),
        ([3, 4, "4.4"], TypeError, "bytes_per_token must be a number, got '4.4'"),
        ([3, 4, 0], ValueError, "bytes_per_token must be from 0.1 to 1,000, got 0"),
        ([3, 4, 1001], ValueError, "bytes_per_token must be from .*, got 1001"),
        ([3, 4, nan], ValueError, "bytes_per_token must be from .*, got nan"),
    ],
)
def test_bad_input_is_named_with_what_was_expected(arguments, error, message):
    with pytest.raises(error, match=message):
        read_loss(*arguments)


class Tensor:
    """In training: NumPy may have it only detached."""

    requires_grad = True

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad")

    def detach(self):
        return self

    def cpu(self):
        return np.float32(3.02)


def test_a_tensor_in_training_is_read():
    assert read_loss(Tensor()).nats == pytest.approx(3.02)


@pytest.mark.parametrize(
    "value", [[3.0] * 100_000, "3" * 100_000, np.zeros((3, 10**5)), b"3" * 10**5]
)
def test_an_error_fits_a_screen(value):
    with pytest.raises(TypeError) as raised:
        read_loss(value)
    assert len(str(raised.value)) < 200


def test_the_ends_of_the_ranges_are_within_them():
    assert read_loss(1, 2).share > 1
    assert read_loss(1, 10**9, 0.1).bits_per_byte > read_loss(1, 2, 1000).bits_per_byte
