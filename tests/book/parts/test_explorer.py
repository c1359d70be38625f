"""The explorer: right in Python, and what it shows without a script."""

import numpy as np
import pytest

from golden import stored
from golden_explorer import CASES
from parts import cells, config
from xent_book import example
from xent_book._html import number
from xent_book.parts import Explorer
from xent_book.parts.explorer import SHOWN
from xent_lib import cross_entropy, softmax


@pytest.mark.parametrize("name", CASES)
def test_the_explorer_is_right(name):
    case = stored("explorer")[name]
    tokens = [f"t{i}" for i in range(len(case["logits"]))]
    explorer = Explorer(
        logits=case["logits"],
        tokens=tokens,
        target=case["target"],
        temperature=case["T"],
    )
    close = {"rtol": 1e-12, "atol": 1e-300}
    np.testing.assert_allclose(explorer.p, case["p"], **close)
    np.testing.assert_allclose(explorer.loss, case["loss"], **close)


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if case[1] == 1])
def test_the_library_is_right(name):
    case = stored("explorer")[name]
    close = {"rtol": 1e-12, "atol": 1e-300}
    np.testing.assert_allclose(softmax(case["logits"]), case["p"], **close)
    loss = cross_entropy(case["logits"], case["target"])
    np.testing.assert_allclose(loss, case["loss"], **close)


def test_the_explorers_table_gives_the_librarys_numbers():
    p = softmax(example.logits)
    for i, row in enumerate(cells(Explorer())):
        loss = cross_entropy(example.logits, i)
        assert row == [
            example.vocabulary[i],
            number(example.logits[i], 2),
            number(p[i]),
            number(loss),
        ]


def test_an_explorer_starts_from_the_logits_that_it_is_given():
    logits = example.logits
    logits[0] = 5.0
    explorer = Explorer(logits=logits)
    assert explorer.loss == cross_entropy(logits, example.target)
    explorer.logits[0] = logits[0] = 0.0
    assert config(Explorer())["logits"] == example.logits.tolist()


def test_an_explorer_shows_the_parts_it_is_given():
    assert config(Explorer())["show"] == list(SHOWN)
    assert config(Explorer("curve"))["show"] == ["curve"]
    assert cells(Explorer("curve"))[0] == ["mat", "0.613", "0.490"]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Explorer("curves"), "curves"),
        (lambda: Explorer(logits=[1.0]), "one per token"),
        (lambda: Explorer(target=4), "target"),
        (lambda: Explorer(logits=[0.0, 0.0, 0.0, np.inf]), "from −1000 to 1000"),
        (lambda: Explorer(logits=[0.0, 0.0, 0.0, 1e308]), "from −1000 to 1000"),
        (lambda: Explorer(temperature=0), "temperature .*0.1 to 10, got 0"),
        (lambda: Explorer(temperature=np.nan), "temperature .*got nan"),
    ],
)
def test_a_slip_is_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()
