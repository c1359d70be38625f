"""The averages: right in Python, and what they show without a script."""

import numpy as np
import pytest

from golden import stored
from golden_averages import CASES
from xent_book.parts import Averages


@pytest.mark.parametrize("name", CASES)
def test_the_averages_are_right(name):
    case = stored("averages")[name]
    sentences = [" ".join("x" * (len(one) + 1)) for one in case["losses"]]
    found = Averages(sentences, case["losses"], case["pad"]).averages
    expected = [case[key] for key in ("token", "sequence", "means", "padded")]
    np.testing.assert_allclose(list(found.values()), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Averages(["a b"], [[1.0, 2.0]], 0.0), "each word except the first"),
        (lambda: Averages(["a b", "c d"], [[1.0]], 0.0), "one list per sentence: 2"),
        (lambda: Averages(["a b"], [[np.inf]], 0.0), "losses must be finite"),
    ],
)
def test_a_slip_is_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()
