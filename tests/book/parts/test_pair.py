"""Two models on one token: what the table shows without a script."""

import numpy as np
import pytest

from golden import stored
from parts import cells, config
from xent_book.parts import Pair

STORED = stored("pair")


@pytest.mark.parametrize("name", STORED)
def test_its_numbers_are_those_of_exact_arithmetic(name):
    exact = STORED[name]
    part = Pair(exact["fixed"], exact["training"])
    for one in ("forward", "reverse", "loss", "ratios"):
        np.testing.assert_allclose(getattr(part, one), exact[one], rtol=1e-11, atol=0)


def test_the_table_has_both_models():
    assert cells(Pair()) == [
        ["mat", "3.2", "0.613", "2.0", "0.358", "0.584"],
        ["hat", "1.0", "0.068", "1.5", "0.217", "3.199"],
        ["sat", "−0.5", "0.015", "1.0", "0.132", "8.695"],
        ["rug", "2.5", "0.304", "1.8", "0.293", "0.963"],
    ]
    assert "KL 0.229 and 0.334; DPO loss 0.7185" in Pair()._repr_html_()
    assert config(Pair(training=[0, 0, 0, 1]))["training"] == [0, 0, 0, 1]


@pytest.mark.parametrize("which", ["fixed", "training"])
def test_a_slip_is_named(which):
    with pytest.raises(ValueError, match="logits must have one number for each"):
        Pair(**{which: [1.0]})
