"""What is asked once the rows are understood."""

import itertools
import sys
import time
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.special

from by_hand import said
from planted import AS_WRITTEN, PLANTED, pick
from xent_lib import cross_entropy, cross_entropy_grad, softmax
from xent_lib.doctor import diagnose
from xent_lib.doctor._case import Case
from xent_lib.doctor._checks import bfloat16
from xent_lib.doctor._faults import evaluate
from xent_lib.doctor._function import Function
from xent_lib.doctor._ways import FRAMEWORKS, Way


def log_sum(o):
    return np.log(np.exp(o - o.max(-1, keepdims=True)).sum(-1)) + o.max(-1)


def test_equal_logits_beyond_all_digits_are_no_fault():
    def loss(o, t):
        return (log_sum(o) - o[np.arange(len(t)), t]).mean()

    found = diagnose(loss)
    assert found.names == ("from-zero",)
    assert found.healthy
    shown = "two equal huge logits: yours 0, once fixed 0.69315 (bug"
    assert f"rounded away where logits are huge {shown}" in said(found)
    assert "To fix it" not in said(found), "nobody trains there"
    assert "To fix it, count from the largest" in said(diagnose(loss, strict=True))
    assert not diagnose(loss, strict=True).healthy
    assert diagnose(loss, strict=True, allow=["from-zero"]).healthy


def test_what_cannot_be_given_such_logits_says_so():
    def loss(o, t):
        if o.max() > 1e6:
            return 1 / 0
        return cross_entropy(o, t).mean()

    found = diagnose(loss)
    assert found.healthy
    assert "Of logits of 10⁸: ZeroDivisionError" in said(found)


@pytest.mark.parametrize(
    ("size", "rescaled", "dtype"),
    [
        *((size, False, np.float32) for size in (2, 64, 100, 1000, 8192, 32_768)),
        *((size, False, np.float64) for size in (64, 32_768)),
        (2, True, np.float64),
        (1000, True, np.float32),
    ],
)
def test_a_running_sum_is_rescaled_where_the_maximum_grows(size, rescaled, dtype):
    def blocks(o, t):
        top, total = np.full(len(o), -np.inf, dtype), np.zeros(len(o), dtype)
        for start in range(0, o.shape[1], size):
            part = o[:, start : start + size].astype(dtype)
            new = np.maximum(top, part.max(1))
            total = total * (np.exp(top - new) if rescaled else 1)
            total, top = total + np.exp(part - new[:, None]).sum(1), new
        return (top + np.log(total) - pick(o, t)).mean()

    found = diagnose(blocks)
    names = set() if rescaled else {"not-rescaled"}
    assert {*found.names} - {"from-zero"} == names, found
    assert found.healthy == rescaled
    assert rescaled or f"in blocks of {size:,}" in said(found)


@pytest.mark.parametrize("twice", [False, True])
def test_a_vocabulary_added_up_in_float32_is_no_sum_that_is_not_rescaled(twice):
    """As PyTorch adds along an axis that is not the last."""

    def loss(o, t):
        o = softmax(o) if twice else o
        total = np.cumsum(np.exp(o - o.max()), -1, dtype=np.float32)[..., -1]
        return (np.log(total) + o.max() - pick(o, t)).mean()

    names = {*diagnose(loss).names} - {"shared-maximum", "from-zero", "masked-token"}
    assert names == ({"softmax-twice"} if twice else set())


@pytest.mark.parametrize(
    ("cut", "names"),
    [
        (np.uint8, ("ids-cut",)),
        (np.uint16, ("ids-cut",)),
        (np.int32, ()),
        (np.int16, ("ids-cut",)),
    ],
)
def test_narrow_ids_are_found(cut, names):
    found = diagnose(
        lambda o, t: cross_entropy(o, t.astype(cut).astype(int) % o.shape[-1])
    )
    assert found.names == names
    assert found.healthy == (cut is np.int32)


def test_who_makes_a_square_of_the_vocabulary_is_asked_for_less():
    asked = []

    def loss(o, t):
        asked.append(o.shape[-1])
        return -(np.eye(o.shape[-1])[t] * scipy.special.log_softmax(o, -1)).sum(-1)

    assert diagnose(loss).healthy
    assert max(asked) == 3000


OWN = 50_257


@pytest.mark.parametrize(
    ("cut", "beyond"),
    [
        (lambda o: o[..., :OWN], "IndexError"),
        (lambda o: np.where(np.arange(o.shape[-1]) < OWN, o, -np.inf), "∞"),
    ],
)
def test_a_vocabulary_of_its_own_is_told_with_its_size(cut, beyond):
    found = diagnose(lambda o, t: cross_entropy(cut(o), t).mean())
    assert found.healthy, found
    assert f"Of a vocabulary of 69,999: {beyond}" in said(found)
    assert "; it scores the first 50,257 tokens alone" in said(found)
    # With them it should be right.
    far = diagnose(lambda o, t: cross_entropy(cut(o), t).mean() + (o.shape[-1] > OWN))
    assert "✗ " in said(far)
    assert "tokens alone" not in said(far)


def test_a_masked_token_is_no_number_times_0():
    def loss(o, t):
        return -(np.eye(o.shape[-1])[t] * scipy.special.log_softmax(o, -1)).sum(-1)

    found = diagnose(loss)
    assert found.names == ("masked-token",)
    assert found.healthy
    assert "a logit of −∞: yours NaN" in said(found)
    assert "0 · ∞, as of one-hot targets, or of a term with weight 0" in said(found)


def test_the_identity_in_place_of_a_matrix_masks_no_token():
    """As the line has it that lets in who takes hidden states."""

    def fused(hidden, weight, t):
        return cross_entropy(hidden @ weight.T, t).mean()

    found = diagnose(lambda o, t: fused(o, np.eye(o.shape[-1]), t))
    assert found.names == (), found


def test_a_masked_token_that_makes_a_wrong_number_is_a_fault():
    def loss(o, t):
        return cross_entropy(np.where(np.isinf(o), 0, o), t).mean()

    found = diagnose(loss)
    assert not found.healthy
    assert "a logit of −∞: yours" in said(found)


def test_every_type_of_integer_has_the_same_loss():
    def loss(o, t):
        return cross_entropy(o, t if t.dtype == int else t[::-1]).mean()

    found = diagnose(loss)
    assert not found.healthy
    assert "targets of int8: yours" in said(found)


class Tensor(np.ndarray):
    """As PyTorch’s, with digits cut off."""

    def bfloat16(self):
        return np.round(self, 2).view(Tensor)

    def double(self):
        return self

    def numpy(self):
        return np.asarray(self, float)


@pytest.mark.parametrize(("more", "n"), [(0, 0), (3, 1)])
def test_logits_in_bfloat16(monkeypatch, more, n):
    torch = SimpleNamespace(tensor=lambda x: np.asarray(x).view(Tensor))
    monkeypatch.setitem(sys.modules, "torch", torch)

    def loss(o, t):
        return cross_entropy(np.asarray(o), np.asarray(t)).mean() + more

    case = Case(Function(loss, Way(FRAMEWORKS["torch"])), "logits", "mean")
    assert len(bfloat16(case).findings) == n
    assert bfloat16(Case(Function(loss, Way()), "logits", "mean")).findings == []


# A running sum.


def test_how_long_a_function_takes_does_not_matter(monkeypatch):
    """Each look at a clock is a second later than the last."""
    for name in ("time", "perf_counter", "monotonic", "process_time"):
        monkeypatch.setattr(time, name, itertools.count().__next__)
    assert diagnose(AS_WRITTEN["float32-sum"]).names == ("float32-sum",)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mean", [False, True])
def test_a_running_sum_is_found(dtype, mean):
    def loss(o, t):
        total = np.float32(0)
        for one in cross_entropy(o.astype(dtype), t).ravel().astype(np.float32):
            total += one
        return total / (t.size if mean else 1)

    assert diagnose(loss).names == ("float32-sum",)


@pytest.mark.parametrize(
    ("name", "size"),
    [("floor", 3e-7), ("smoothing", 0.02), ("smoothing", 0.23), ("temperature", 1.72)],
)
def test_a_running_sum_is_found_beside_a_fault_of_any_size(name, size):
    faults = {fault.name: fault for fault in reversed(PLANTED)}
    pair = faults[name].of(size), faults["float32-sum"]
    found = diagnose(lambda o, t: evaluate(o, t, pair))
    assert found.names == (name, "float32-sum")


@pytest.mark.parametrize("lanes", [2, 16])
def test_float32_sums_side_by_side_are_healthy(lanes):
    """As processors add: each takes one token of `lanes`."""

    def loss(o, t):
        losses = cross_entropy(o.astype(np.float32), t).ravel().astype(np.float32)
        sums = np.zeros(lanes, np.float32)
        for at in range(0, len(losses), lanes):
            some = losses[at : at + lanes]
            sums[: len(some)] += some
        return sums.sum() / len(losses)

    assert diagnose(loss).healthy


def test_what_is_no_fault_is_told():
    found = diagnose(
        lambda o, t: cross_entropy(
            o, np.minimum(t, o.shape[-1] - 1), reduction="mean", ignore_index=-100
        )
    )
    assert found.healthy
    assert "outside the vocabulary raises no error: it gives " in said(found)

    def refuses(o, t):
        if o.shape[-1] == 2:
            raise ValueError("two tokens are too few")
        return cross_entropy(o, t).mean()

    found = diagnose(refuses)
    assert found.healthy
    told = "Refuses two tokens, unequal rows, two equal huge logits: ValueError: two"
    assert told in said(found)


def test_who_refuses_the_vocabulary_of_sequences_is_not_blamed_for_padding():
    def loss(o, t):
        assert o.shape[-1] < 100
        return cross_entropy(o, t, reduction="mean", ignore_index=-100)

    found = diagnose(loss)
    assert found.healthy, found
    assert "Of three sequences, padding behind: AssertionError" in said(found)


@pytest.mark.parametrize("p", [False, True])
def test_who_fails_at_a_vocabulary_of_2_alone_is_told(p):
    """As what is spread over all tokens but two, the target and padding."""

    def loss(o, t):
        share = 0 / (o.shape[-1] - 2)
        return -(
            (1 - share) * pick(o if p else scipy.special.log_softmax(o, -1), t)
        ).sum()

    found = diagnose(loss)
    assert found.healthy, found
    assert found.names == ()
    assert "Doesn’t take a vocabulary of 2: ZeroDivisionError: division by" in said(
        found
    )
    assert "10⁸" not in said(found)
    assert not diagnose(lambda o, t: loss(o, t) + 0.1).healthy
    assert diagnose(lambda o, t: -loss(o, t)).names == ("sign",)


def test_who_fails_at_some_of_two_tokens_is_shown():
    def loss(o, t):
        if o.shape[-1] == 2 and o.max() > 1000:
            return 1 / 0
        return cross_entropy(o, t).mean()

    found = diagnose(loss)
    assert not found.healthy
    assert "unequal rows: yours ZeroDivisionError" in said(found)


def test_probabilities_have_no_masked_token():
    assert diagnose(lambda p, t: cross_entropy(np.log(p), t).mean()).healthy
    assert diagnose(lambda o, t: cross_entropy(np.log(softmax(o)), t)).names


def test_a_word_of_a_docstring_makes_no_matrix():
    def loss(o, t):
        """By the identity −ln p = log-sum-exp − logit."""
        return cross_entropy(o, t.astype(np.uint16)).mean()

    assert diagnose(loss).names == ("ids-cut",)


@pytest.mark.parametrize("size", [16, 1000])
def test_the_last_block_of_a_vocabulary_is_missed(size):
    def first(o):
        return max(o.shape[1] // size * size, min(o.shape[1], size))

    def forward(o, t):
        return (log_sum(o[:, : first(o)]) - o[np.arange(len(t)), t]).mean()

    def backward(o, t):
        slope = cross_entropy_grad(o, t, reduction="mean")
        return np.where(np.arange(o.shape[1]) < first(o), slope, 0)

    mean = partial(cross_entropy, reduction="mean")
    assert not diagnose(forward).healthy
    assert not diagnose(mean, gradient=backward).healthy
