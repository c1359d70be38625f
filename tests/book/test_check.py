"""check() prints nothing for a true claim, and a line for a false one."""

import numpy as np
import pytest

from xent_book.check import BROKEN, check


def test_claims_that_hold_are_silent(capsys):
    check()
    check(True, np.True_, (np.array([1, 2]) > 0).all())
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("claims", [[False], [np.False_], [True, False, False]])
def test_a_claim_that_does_not_hold_says_so_in_one_line(capsys, claims):
    check(*claims)
    assert capsys.readouterr().out == f"{BROKEN}\n"


@pytest.mark.parametrize(
    "claim",
    [np.array([True]), [True], "holds", 1, None, (x for x in [True])],
    ids=lambda claim: type(claim).__name__,
)
def test_what_is_neither_true_nor_false_is_a_mistake(claim):
    with pytest.raises(TypeError, match="a claim must be True or False, got "):
        check(True, claim)
