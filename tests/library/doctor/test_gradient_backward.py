"""The gradient of a layer of NumPy: the backward that stands beside its forward."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, softmax
from xent_lib.doctor import diagnose


class SoftmaxWithLoss:
    """As of Deep Learning from Scratch."""

    times = 1.0

    def forward(self, x, t):
        self.t, self.y = t, softmax(x)
        return cross_entropy(x, t).mean()

    def backward(self, above=1):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return self.times * above * dx / len(self.t)


class Turned(SoftmaxWithLoss):
    times = -1


class Undivided(SoftmaxWithLoss):
    def backward(self):
        return super().backward(len(self.t))


class OfAbove(SoftmaxWithLoss):
    def backward(self, above):
        return super().backward(above)


class Called(SoftmaxWithLoss):
    """As mytorch's, with a call of its own."""

    def __call__(self, x, t):
        return self.forward(x, t)


class OverTime:
    """Sequences, of which −1 is padding."""

    masks = True

    def __init__(self):
        self.ignore_label = -1

    def forward(self, xs, ts):
        assert xs.ndim == 3
        self.keep, self.t, self.y = ts != self.ignore_label, ts, softmax(xs)
        losses = cross_entropy(xs, np.where(self.keep, ts, 0)) * self.keep
        return losses.sum() / self.keep.sum()

    def backward(self, above=1):
        y = np.arange(self.y.shape[-1]) == self.t[..., np.newaxis]
        dx = above * (self.y - y) / self.keep.sum()
        return dx * self.keep[..., np.newaxis] if self.masks else dx


class NotMasked(OverTime):
    masks = False


class OfOne(SoftmaxWithLoss):
    """Of one row."""

    def forward(self, x, t):
        self.y, self.at = softmax(x), t
        return float(cross_entropy(x, t))

    def backward(self):
        return self.y - (np.arange(self.y.size) == self.at)


@pytest.mark.parametrize(
    "loss",
    [
        SoftmaxWithLoss,
        SoftmaxWithLoss(),
        SoftmaxWithLoss().forward,
        OfAbove,
        Called,
        OverTime,
        OfOne,
    ],
)
def test_a_right_one_is_looked_at(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert found.names == ()
    assert "✓ Nothing wrong was found, nor in its gradient" in said(found)
    assert "Its backward is taken for its gradient" in said(found)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (Turned, "gradient-sign"),
        (Undivided, "gradient-scaled"),
        (NotMasked, "gradient-of-padding"),
    ],
)
def test_a_wrong_one_is_named(loss, name):
    found = diagnose(loss)
    assert found.names == (name,)
    assert not found.healthy


class OfTheTargets(SoftmaxWithLoss):
    def backward(self):
        return self.y[np.arange(len(self.t)), self.t] - 1


class Odd(SoftmaxWithLoss):
    def backward(self):
        return np.abs(super().backward())


class Saved(Odd):
    def forward(self, x, t):
        self.save_for_backward = x
        return super().forward(x, t)


def test_what_a_backward_of_ones_own_adds_may_be_meant():
    told = "If a backward of your own adds what is meant, give the loss as it is before"
    assert told in said(diagnose(Saved))
    assert told not in said(diagnose(Odd))


class OfTheLargest(SoftmaxWithLoss):
    """As RWKV’s L2Wrap has it, which holds the largest logit near 0."""

    def forward(self, x, t):
        self.x = x
        return super().forward(x, t)

    def backward(self):
        top = self.x.max(axis=-1, keepdims=True)
        return super().backward() + 1e-3 * np.where(self.x == top, top, 0)


def test_what_is_added_at_the_largest_logit_is_told():
    found = diagnose(OfTheLargest)
    assert found.names == ("gradient-of-largest",)
    assert found.healthy
    assert "with 0.001 times the largest logit added at it" in said(found)


def test_what_no_fault_explains_has_its_numbers():
    assert "✗ The gradient is something other than that of the loss" in said(
        diagnose(Odd)
    )
    found = diagnose(OfTheTargets)
    assert "✗ It gives no gradient batch: yours ValueError: no array of the" in said(
        found
    )


class Kept(SoftmaxWithLoss):
    def backward(self):
        self.dx = super().backward()


class OfTwo(SoftmaxWithLoss):
    def backward(self, dvalues, y_true):
        return dvalues


@pytest.mark.parametrize("loss", [Kept, OfTwo])
def test_one_that_gives_none_or_takes_more_is_told(loss):
    found = diagnose(loss)
    assert found.healthy
    assert "Not tried: its backward; if it is the gradient, say gradient=" in said(
        found
    )


class OfItsLabels(SoftmaxWithLoss):
    """It wants its labels again, and gives rows' gradients."""

    def backward(self, y_true):
        return (self.y - np.eye(self.y.shape[-1])[y_true]) / len(y_true)


def test_one_that_takes_the_targets_again_is_told():
    found = diagnose(OfItsLabels)
    assert found.healthy, found
    assert "Not tried: its backward" in said(found)
