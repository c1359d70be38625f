"""The pushes: what the table shows without a script."""

import numpy as np
import pytest

from golden import stored
from parts import cells, config
from xent_book import example
from xent_book.parts import Push
from xent_lib import cross_entropy

STORED = stored("push")


@pytest.mark.parametrize("name", [n for n, x in STORED.items() if x["target"] == 0])
def test_the_push_and_a_step_are_those_of_exact_arithmetic(name):
    case = STORED[name]
    part, exact = Push(case["logits"], case["size"]), case["steps"][0]
    np.testing.assert_allclose(part.push, exact["push"], rtol=1e-12)
    np.testing.assert_allclose(part.stepped, exact["to"], rtol=1e-13)
    right = cross_entropy(exact["to"], example.target)
    assert part.losses[1] == pytest.approx(right, rel=1e-12)


def test_the_table_has_each_logit_and_where_a_step_puts_it():
    assert cells(Push(size=1)) == [
        ["mat", "3.2", "0.613", "+0.387", "3.587"],
        ["hat", "1.0", "0.068", "−0.068", "0.932"],
        ["sat", "−0.5", "0.015", "−0.015", "−0.515"],
        ["rug", "2.5", "0.304", "−0.304", "2.196"],
    ]
    assert "from 0.490 to 0.289" in Push(size=1)._repr_html_()
    assert config(Push([-4, 1, -0.5, 2.5]))["logits"] == [-4, 1, -0.5, 2.5]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 2}, "size must be 1, 3 or 5, got 2"),
        ({"logits": [1.0]}, "logits must have one number for each"),
        ({"logits": [0, 0, 0, np.inf]}, "from −1000 to 1000"),
    ],
)
def test_a_slip_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Push(**arguments)
