"""A loss step by step."""

import numpy as np
import pytest

from xent_lib import log_softmax
from xent_lib.doctor import _steps as steps


def test_its_softmax_is_the_library_s():
    o = np.array([[3.2, 1.0, -0.5, 2.5], [1e4, -1e4, 0.0, 1.0]])
    np.testing.assert_allclose(steps.log_softmax(o), log_softmax(o), rtol=1e-12)


@pytest.mark.parametrize(
    ("step", "only", "hows"),
    [
        ("score", (), ("none", "mean", "sum")),
        ("reduce", (), ("mean",)),
        ("reduce", ("mean", "sum"), ("mean", "sum")),
    ],
)
def test_a_reduction_goes_with_the_mean(step, only, hows):
    fault = steps.Fault("name", "what", "mend", 1, step, only=only)
    assert fault.hows == hows
    assert fault.run(1, 2) == (1, 2), "nothing is done otherwise"


def test_a_size_is_of_a_copy():
    fault = steps.Fault("name", "of {:.3g}", "mend", 1)
    assert str(fault.of(0.25)) == "of 0.25"
    assert fault.size is None
