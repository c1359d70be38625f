"""What is alike in the probes, and is told apart."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, softmax
from xent_lib.doctor import diagnose


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda p: p + 1e-9, "1e-09 is added to p"),
        (lambda p: np.maximum(p, 1e-9), "a floor of 1e-09 under p"),
    ],
)
def test_a_floor_and_a_sum_are_told_apart(loss, words):
    def mean(o, t):
        return -np.log(loss(softmax(o)[range(len(t)), t])).mean()

    found = diagnose(mean)
    assert found.names == ("floor",)
    assert words in said(found)
    assert len(found.findings) == 1  # a vocabulary of 69,999 has such a p


def whole(o, t, k):
    n = len(t) // k * k
    return cross_entropy(o[:n], t[:n]).mean()


def mean_of_whole(o, t, k):
    """As a pipeline cuts a batch, with a mean of the parts’ means."""
    n = len(t) // k
    parts = [slice(i * n, (i + 1) * n) for i in range(k)]
    return np.mean([cross_entropy(o[one], t[one]).mean() for one in parts])


def sum_of_whole(o, t, k):
    """Which has no chunk of one row, and adds up none."""
    n = len(t) // k * k
    return cross_entropy(o[:n], t[:n]).sum() / max(n, 1)


@pytest.mark.parametrize("kind", [whole, mean_of_whole, sum_of_whole])
@pytest.mark.parametrize("k", [2, 3])
def test_a_small_remainder_is_not_the_last_token(kind, k):
    found = diagnose(lambda o, t: kind(o, t, k))
    assert found.names == ("remainder-dropped",), found
    assert len(found.findings) == 1, found
    none = "example" if kind is sum_of_whole else ""  # of one row it gives 0
    few = none or ("batch" if k == 2 else "a vocabulary of 128")
    assert f"{few}: yours" in said(found)


def test_the_last_token_is_no_remainder():
    def loss(o, t):
        return cross_entropy(o[..., :-1, :], t[..., :-1]).mean()

    assert diagnose(loss).names == ("last-dropped",)


def mean(o, t):
    return cross_entropy(o, t, reduction="mean", ignore_index=-100)


def total(o, t):
    return cross_entropy(o, t, reduction="sum", ignore_index=-100)


def of_sequences(loss):
    def strict(o, t):
        assert t.ndim == 2
        return loss(o, t)

    return strict


@pytest.mark.parametrize("wrapped", [lambda loss: loss, of_sequences])
@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda o, t: mean(o, t) / t.size, "number of places, too"),
        (lambda o, t: mean(o, t) / (t != -100).sum(), "number of scored tokens, too"),
    ],
)
def test_a_mean_that_is_divided_again_is_named_by_what(loss, words, wrapped):
    found = diagnose(wrapped(loss))
    assert found.names == ("divided-twice",), found
    assert len(found.findings) == 1, found
    assert words in said(found)
    assert "times what it should be" not in said(found)
    assert diagnose(wrapped(loss), ignore_index=None).names == ("divided-twice",)


@pytest.mark.parametrize(
    ("loss", "names", "words"),
    [
        (lambda o, t: mean(o, t) / len(t), {"divided-twice"}, "number of sequences, t"),
        (lambda o, t: mean(o, t) / 2, {"scaled"}, "0.5 times"),
        (lambda o, t: mean(o, t) / 16, {"scaled"}, "0.0625 times"),
        (lambda o, t: mean(o, t) / len(t) * 8, {"divided-twice", "scaled"}, "8 times"),
        (lambda o, t: total(o, t) / len(t), {"per-sequence"}, "number of sequences, n"),
        (lambda o, t: total(o, t) / len(t) * 8, {"per-sequence", "scaled"}, "8 times"),
        (lambda o, t: total(o, t) * 8, {"scaled"}, "8 times"),
        (lambda o, t: 3 * cross_entropy(o, t), {"scaled"}, "3 times"),
    ],
)
def test_a_factor_is_none_of_the_number_of_sequences(loss, names, words):
    found = diagnose(of_sequences(loss))
    assert {*found.names} == names, found
    assert len(found.findings) == len(names), found
    assert words in said(found)


def test_a_factor_that_probes_deny_is_no_name():
    """Of three rows, as most probes have, it is 1/9."""
    found = diagnose(lambda o, t: mean(o, t) / t.size**2)
    assert found.names == (), found
    assert "something other than cross-entropy" in said(found)
    assert "batch: yours 0.31364, expected 2.8227" in said(found)
