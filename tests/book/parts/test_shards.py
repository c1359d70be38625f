"""The shards: what machines send, and the loss joined from it."""

import itertools

import numpy as np
import pytest

from parts import cells, config
from xent_book import example
from xent_book.parts import Shards
from xent_lib import cross_entropy, logsumexp

WORDS = example.vocabulary


@pytest.mark.parametrize("owners", [*itertools.product(range(3), repeat=4)])
def test_the_loss_is_the_wholes_wherever_the_words_are(owners):
    machines = [
        [word for word, owner in zip(WORDS, owners, strict=True) if owner == k]
        for k in range(3)
    ]
    part = Shards(*machines)
    assert part.loss == pytest.approx(
        cross_entropy(example.logits, example.target), rel=1e-14
    )
    for machine, (top, total) in zip(machines, part.pairs, strict=True):
        o = example.logits[[WORDS.index(word) for word in machine]]
        if machine:
            assert top + np.log(total) == pytest.approx(logsumexp(o), rel=1e-14)
        else:
            assert (top, total) == (-np.inf, 0)
    assert config(part)["owners"] == list(owners)


def test_the_table_has_a_row_a_machine_and_what_is_joined():
    part = Shards(["mat", "hat"], ["sat", "rug"])
    assert cells(part) == [
        ["A", "mat,", "hat", "3.2", "1.111"],
        ["B", "sat,", "rug", "2.5", "1.050"],
        ["joined", "3.2", "1.632"],
    ]
    assert "a loss of <mark>0.490</mark>" in part._repr_html_()


@pytest.mark.parametrize(
    "machines",
    [
        (["mat"], ["hat"], ["sat"]),
        (WORDS, ["mat"]),
        (["mat"], ["hat"], ["sat"], ["rug"]),
        (["mat", "cat", "sat", "rug"],),
        (),
    ],
)
def test_words_that_are_not_each_once_are_refused(machines):
    with pytest.raises(
        ValueError, match="each of mat, hat, sat, rug once, on at most 3 machines"
    ):
        Shards(*machines)
