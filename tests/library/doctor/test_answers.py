"""What a function gives: which part of it is the loss, and its numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from xent_lib.doctor import diagnose
from xent_lib.doctor._answers import as_numbers, loss_of, size, sizes

EACH = np.array([1.0, 2, 3])


@pytest.mark.parametrize(
    ("result", "loss", "picked"),
    [
        (2.5, 2.5, ""),
        ([1, 2, 3], [1, 2, 3], ""),
        ((np.ones((3, 4)), 2.5), 2.5, "of its tuple’s [1]"),
        (("mlogloss", 2.5), 2.5, "of its tuple’s [1]"),
        ((3, 2.5), 2.5, "of its tuple’s [1]"),
        ((np.int64(3), EACH), EACH, "of its tuple’s [1]"),
        ((np.array([1, 0, 1]) > 0, EACH), EACH, "of its tuple’s [1]"),
        ((3, 4), 3, "of its tuple’s [0]"),
        ((np.ones((3, 4)), "none"), np.ones((3, 4)), "of its tuple’s [0]"),
        ({"accuracy": 0.5, "loss": 2.5}, 2.5, "of its dict 'loss'"),
        ({"loss_ce": 2, "total_loss": 3, "loss": 2.5}, 2.5, "of its dict 'loss'"),
        ({"n": 1, "loss_ce": 2, "total_loss": 3}, 3, "of its dict 'total_loss'"),
        ({"loss": "none", 0: 1, "loss_ce": 2}, 2, "of its dict 'loss_ce'"),
        (SimpleNamespace(loss=2.5), 2.5, "of its result .loss"),
    ],
)
def test_the_loss_of_a_result(result, loss, picked):
    name, found = loss_of(result, (3,))
    np.testing.assert_array_equal(found, loss)
    assert name == picked


def test_a_count_before_the_sum_is_not_the_loss():
    def loss(o, t):
        log_p = o - np.log(np.exp(o - o.max()).sum(-1, keepdims=True)) - o.max()
        each = -log_p[np.arange(len(t)), np.maximum(t, 0)]
        return (t >= 0).sum(), (each * (t >= 0)).sum()

    found = " ".join(repr(diagnose(loss)).split())
    assert "of its tuple’s [1]" in found
    assert "[0]" not in found


def test_numbers_of_tensors():
    class Tensor:
        detach = cpu = lambda self: self

        def double(self):
            return np.float64(2.5)

    assert as_numbers(Tensor()) == 2.5
    assert [size(x) for x in (1, np.ones((2, 3)), [1, 2], object())] == [1, 6, 2, -1]
    assert sizes(()) == {1}
    assert sizes((2, 5)) == {1, 10, 8}


def test_what_has_a_gradient_comes_before_what_is_shown():
    shown, trained_on = (SimpleNamespace(shape=(), requires_grad=x) for x in (0, 1))
    for both, n in ((shown, trained_on), 1), ((trained_on, shown), 0):
        assert loss_of(both, (3,)) == (f"of its tuple’s [{n}]", trained_on)
        assert loss_of(both, (3,), f"of its tuple’s [{1 - n}]")[1] is shown
