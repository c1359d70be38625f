"""A table that learns: what it shows without a script, and what Python computes."""

from itertools import islice

import numpy as np
import pytest

from golden import stored
from parts import cells
from xent_book._html import number
from xent_book.parts import Letters
from xent_book.parts.letters import V, signs, uniform
from xent_book.tokens import novel
from xent_lib import cross_entropy, next_token_pairs

CAT = "The cat sat on the mat. " * 3


@pytest.mark.parametrize("name", stored("letters"))
def test_it_learns_as_fifty_digits_do(name):
    case = stored("letters")[name]
    how = [case[key] for key in ("batch", "size", "seed")]
    found = Letters(case["text"], len(case["losses"]) - 1, *how)
    np.testing.assert_allclose(found.losses, case["losses"], rtol=1e-12)
    assert found.floor == pytest.approx(case["floor"], rel=1e-12)


def test_its_loss_is_that_of_the_text():
    part = Letters(CAT, steps=5, batch=8)
    before, after = next_token_pairs(
        [" abcdefghijklmnopqrstuvwxyz".index(x) for x in signs(CAT)]
    )
    whole = cross_entropy(part.logits[before], after, reduction="mean")
    assert part.losses[-1] == pytest.approx(whole, rel=1e-12)


def test_it_comes_down_to_what_counting_gives_and_not_below():
    part = Letters(novel()[0])
    assert part.losses[0] == pytest.approx(np.log(V))
    assert part.floor < min(part.losses) < part.floor + 0.05
    # With all pairs at once nothing is by chance, and the floor is reached.
    ids = np.repeat(np.arange(V * V), part.counts.ravel())[::50].tolist()
    part.counts = np.bincount(ids, minlength=V * V).reshape(V, V)
    part.batch = len(ids)
    losses = []
    for _ in range(300):
        part.step(ids)
        losses.append(part.loss())
    assert (np.diff(losses[50:]) < 0).all()


def test_the_table_tells_some_steps_and_the_floor():
    part = Letters(CAT, steps=20, batch=8, size=2.0)
    rows = cells(part)
    assert [row[0] for row in rows] == ["0", "1", "10", "what"]
    told = [part.losses[step] for step in (0, 1, 10)] + [part.floor]
    assert [row[-1] for row in rows] == [number(x) for x in told]
    assert part.first in part._repr_html_()


def test_chance_is_even():
    drawn = uniform(0)
    share, _ = np.histogram([*islice(drawn, 20_000)], bins=10, range=(0, 1))
    assert abs(share / 2000 - 1).max() < 0.1


def test_too_short_a_text_is_named():
    with pytest.raises(
        ValueError, match=r"text must have at least 20 letters, got 'ab'"
    ):
        Letters("ab")
