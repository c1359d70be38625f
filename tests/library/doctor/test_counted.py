"""What counts the tokens beside a sum."""

import numpy as np
import pytest

from by_hand import rows, rows_of_zeros, said
from xent_lib.doctor import diagnose


def by_number(o, t):
    return (rows(o, np.maximum(t, 0)) * (t >= 0)).sum()


@pytest.mark.parametrize(
    ("loss", "declared", "count"),
    [
        (lambda o, t, w: ((rows(o, t) * w).sum(), w.sum()), {"mask": "w"}, "2"),
        (lambda o, t, w: ((rows(o, t) * w).sum(), t.size), {"mask": "w"}, "3"),
        (lambda o, t: (by_number(o, t), (t >= 0).sum()), {}, "2"),
        (lambda o, t: {"loss": by_number(o, t), "n": t.size}, {}, "3"),
        (lambda o, t: (t.size, by_number(o, t)), {}, "3"),
        (lambda o, t: (rows(o, t).sum(), t.size), {}, "2"),
        (lambda o, t: (rows_of_zeros(o, t).sum(), t.size), {}, "2"),
    ],
)
def test_the_number_beside_a_sum_is_that_of_its_tokens(loss, declared, count):
    found = diagnose(loss, **declared)
    assert found.healthy == (count == "2"), found
    if count == "3":
        assert found.names == ("count-of-places",)
        assert "batch, one ignored: yours 3, once mended 2" in said(found)
        assert diagnose(loss, **declared, allow=found.names).healthy


def test_of_sequences_it_is_theirs():
    def loss(o, t):
        B, T, _ = o.shape
        return by_number(o, t), B * T

    found = diagnose(loss)
    assert found.names == ("count-of-places",)
    assert "batch, one ignored: yours 6, once mended 4" in said(found)


def test_a_sum_over_the_padding_has_the_count_of_the_padding():
    found = diagnose(lambda o, t: (rows(o, np.maximum(t, 0)).sum(), t.size))
    assert found.names == ("padding-as-token-0",)
