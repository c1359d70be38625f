"""Who keeps the size of a vocabulary is examined with that of each."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import log_softmax
from xent_lib.doctor import diagnose


class Smoothed:
    """As many write it in PyTorch."""

    def __init__(self, classes, smoothing=0.1, factor=1):
        self.cls, self.smoothing, self.factor = classes, smoothing, factor

    def __call__(self, o, t):
        y = np.full(o.shape, self.smoothing / (self.cls - 1))
        np.put_along_axis(y, t[..., None], 1 - self.smoothing, -1)
        return -self.factor * (y * log_softmax(o)).sum(-1).mean()


@pytest.mark.parametrize(
    ("V", "smoothing"), [(4, 0.1), (5, 0.3), (10, 0.1), (128, 0.3)]
)
def test_a_size_that_is_kept_is_made_that_of_each_vocabulary(V, smoothing):
    loss = Smoothed(V, smoothing)
    found = diagnose(loss)
    assert found.healthy, found
    assert found.names == ("smoothing-others",)
    assert "its `cls` made the size of each vocabulary" in said(found)
    assert loss.cls == V


class Ignoring(Smoothed):
    """What it keeps first is no size."""

    def __init__(self, classes):
        self.ignore_class = -100
        super().__init__(classes)


def test_an_id_that_is_left_out_is_no_size():
    found = diagnose(Ignoring(5))
    assert found.healthy, found
    assert "its `cls` made the size" in said(found)


def test_who_is_right_of_any_size_is_left_as_it_is():
    assert "made the size" not in said(diagnose(Smoothed(5, 0)))


def test_another_fault_beside_it_is_told():
    found = diagnose(Smoothed(5, factor=2))
    assert not found.healthy
    assert "smoothing-others" in found.names


def test_what_a_size_does_not_mend_is_told_as_it_is():
    def other(o, t):
        return np.abs(log_softmax(o)).mean() + 0 * other.classes

    class Other:
        classes = 5
        __call__ = staticmethod(other)

    one = Other()
    one.classes = other.classes = 5
    for loss in (one, other):
        found = diagnose(loss)
        assert not found.healthy
        assert "made the size" not in said(found)
    assert other.classes == 5
