"""What is told of a mean over no tokens: of who knows padding, and of its number."""

import numpy as np
import pytest
import scipy.special

from by_hand import rows, rows_of_zeros, said
from xent_lib.doctor import diagnose


def nan_outside(o, t):
    """As an index of JAX’s that is out of bounds."""
    inside = (t >= 0) & (t < o.shape[-1])
    return np.where(inside, rows(o, np.where(inside, t, 0)), np.nan).mean()


@pytest.mark.parametrize(
    ("loss", "said_before"),
    [
        (nan_outside, "Takes no target of −100"),
        (lambda o, t: rows_of_zeros(o, t).mean(), "Knows no padding"),
        (lambda o, t: -(t * scipy.special.log_softmax(o, -1)).sum(-1).mean(), ""),
    ],
)
def test_who_knows_no_padding_has_no_such_mean(loss, said_before):
    found = diagnose(loss)
    assert said_before in said(found)
    assert "Where every target" not in said(found)


def test_who_says_that_it_has_none_has_no_such_mean():
    found = diagnose(lambda o, t: rows_of_zeros(o, t).mean(), ignore_index=None)
    assert found.healthy
    assert "Where every target" not in said(found)


@pytest.mark.parametrize("pad", [0, 1])
@pytest.mark.parametrize(
    ("divide", "gives"),
    [(np.sum, "NaN"), (np.size, "0"), (lambda x: x.sum() or 1, "0")],
)
def test_of_a_token_that_is_left_out_it_is_told(pad, divide, gives):
    def loss(o, t):
        scored = t != pad
        return (rows_of_zeros(o, t) * scored).sum() / divide(scored)

    told = said(diagnose(loss))
    assert f"Where every target is {pad}, it gives {gives}" in told
    assert "Where every target is −100" not in told
