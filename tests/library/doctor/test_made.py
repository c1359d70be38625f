"""A class is made of what is right, and for each vocabulary."""

import re

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, log_softmax
from xent_lib.doctor import diagnose


def copied(report, **names):
    line = re.search(r"diagnose\(lambda .*\)", report).group()
    return eval(line, {"diagnose": diagnose} | names)


def smoothing_by(size):
    """A class that wants this, in the style of many notebooks."""

    def init(self, classes, smoothing=0.1):
        self.classes, self.smoothing = classes, smoothing

    def call(self, pred, target):
        rest = self.smoothing / (self.classes - 1)
        y = np.full(pred.shape, rest)
        y[np.arange(len(target)), target] = 1 - self.smoothing
        return (-y * log_softmax(pred)).sum(-1).mean()

    scope = {"init": init}
    exec(f"def made(self, {size}): init(self, {size})", scope)
    return type("LabelSmoothing", (), {"__init__": scope["made"], "__call__": call})


@pytest.mark.parametrize(
    "size",
    [
        "classes",
        "num_classes",
        "n_class",
        "num_labels",
        "class_num",
        "size",
        "V",
        "vocab",
    ],
)
def test_what_is_made_for_a_vocabulary_is_made_for_each(size):
    made = smoothing_by(size)
    report = said(diagnose(made))
    assert f"LabelSmoothing({size}=o.shape[-1])(o, t)" in report
    found = copied(report, LabelSmoothing=made)
    assert found.healthy, found
    assert found.names == ("smoothing-others",)


class Padded:
    """Wants its padding, and a smoothing above 0: neither −100 nor 0 will do."""

    def __init__(self, size, padding_idx, smoothing):
        assert 0 < smoothing < 1
        self.size, self.padding_idx, self.smoothing = size, padding_idx, smoothing

    def forward(self, o, t):
        assert o.shape[-1] == self.size
        y = np.full(o.shape, self.smoothing / (self.size - 2))
        y[np.arange(len(t)), t] = 1 - self.smoothing
        y[:, self.padding_idx] = 0
        y[t == self.padding_idx] = 0
        return (-y * log_softmax(o)).sum()


def test_of_several_values_that_is_shown_which_is_taken():
    report = said(diagnose(Padded))
    parts = "size=o.shape[-1], padding_idx=0, smoothing=0.1"
    assert f"Padded({parts}).forward(o, t)" in report
    found = copied(report, Padded=Padded)
    assert found.healthy, found
    assert found.names == ("token-ignored", "smoothing-others")


class Unmade:
    def __init__(self, vocab_size, smoothing):
        raise TypeError("never made")


def test_what_is_never_made_is_shown_its_sizes_all_the_same():
    made = "Unmade(vocab_size=o.shape[-1], smoothing=0)"
    assert f"diagnose(lambda o, t: {made}(o, t))" in said(diagnose(Unmade))


class Criterion:
    ignore_index = 0

    def __call__(self, o, t):
        scored = t != 0
        return np.where(scored, cross_entropy(o, t), 0).sum()


class Computes:
    """Divides by what it is given, as the Annotated Transformer does."""

    def __init__(self, size, criterion):
        self.size, self.criterion = size, criterion

    def __call__(self, x, y, norm):
        assert x.shape[-1] == self.size
        x = x.reshape(-1, self.size)
        return self.criterion(x, y.reshape(-1)) / norm


def test_a_size_that_is_made_again_is_given_what_it_needs():
    report = said(diagnose(Computes(4, Criterion())))
    assert "made(o.shape[-1])(o, t, norm=(t != 0).sum()), ignore_index=0)" in report
    assert "Its own ignore_index=0 is taken for its padding" in report
    found = copied(
        re.sub(r", where made.*", "", report), made=lambda V: Computes(V, Criterion())
    )
    assert (found.healthy, found.names) == (True, ()), found
