"""Two equal logits: what the table shows without a script."""

import numpy as np
import pytest

from golden import stored
from parts import cells
from xent_book.parts import Spacing
from xent_book.parts.spacing import losses

STORED = stored("spacing")


@pytest.mark.parametrize("case", range(len(STORED["sizes"])))
def test_the_losses_are_those_of_exact_steps_each_rounded_once(case):
    size, exact = np.float32(STORED["sizes"][case]), STORED["found"][case]
    assert np.spacing(size) == exact["apart"]
    np.testing.assert_allclose(losses(size), exact["losses"], rtol=1e-6)
    assert losses(size)[0] % exact["apart"] == 0


def test_the_table_goes_up_before_it_goes_to_0():
    assert [row[-4:] for row in cells(Spacing())] == [
        ["1", "1.2·10⁻⁷", "0.69315", "0.69315"],
        ["10,000", "0.000977", "0.69336", "0.69315"],
        ["1,000,000", "0.0625", "0.68750", "0.69315"],
        ["10,000,000", "1", "1.00000", "0.69315"],
        ["100,000,000", "8", "0.00000", "0.69315"],
    ]


@pytest.mark.parametrize("sizes", [[], [0.5], [1, 2e8]])
def test_sizes_are_some_and_in_range(sizes):
    with pytest.raises(ValueError, match="sizes must be some, from 1 to 100,000,000"):
        Spacing(sizes)
