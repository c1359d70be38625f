"""Every number of the walkthrough, as printed, to six decimals and at 50 digits."""

import numpy as np
import pytest
from mpmath import mp, mpf

from xent_lib import (
    cross_entropy,
    dataset_loss,
    log_softmax,
    logsumexp,
    next_token_pairs,
    softmax,
)
from xent_lib.book import example

mp.dps = 50
E = [mp.exp(mpf(float(o))) for o in example.logits]
Z = mp.fsum(E)
P = [e / Z for e in E]
SURPRISES = [-mp.log(p) for p in P]
AGAIN = [mp.exp(p) for p in P]


def denominator():
    return np.exp(logsumexp(example.logits))


def loss_of(p):
    return cross_entropy(np.log([p, 1 - p]), 0)


def loss():
    return cross_entropy(example.logits, example.target)


def losses_of_the_others():
    return cross_entropy(np.tile(example.logits, (3, 1)), [1, 2, 3])


def bits():
    return dataset_loss([(example.logits[np.newaxis], [example.target])]).bits_per_token


def loss_after_softmax_twice():
    return cross_entropy(softmax(example.logits), example.target)


def weighted_losses():
    return -(softmax(example.logits) * log_softmax(example.logits)).sum()


NUMBERS = {
    "e^o": (
        lambda: softmax(example.logits) * denominator(),
        "24.53 2.72 0.61 12.18",
        "24.532530 2.718282 0.606531 12.182494",
        E,
    ),
    "their sum": (denominator, "40.04", "40.039837", Z),
    "p": (
        lambda: softmax(example.logits),
        "0.61 0.07 0.02 0.30",
        "0.612703 0.067889 0.015148 0.304259",
        P,
    ),
    "loss": (loss, "0.49", "0.489875", SURPRISES[0]),
    "loss in bits": (bits, "0.706740", "0.706740", SURPRISES[0] / mp.log(2)),
    "-ln 0.60": (lambda: loss_of(0.60), "0.510826", "0.510826", -mp.log("0.60")),
    "-ln 0.001": (lambda: loss_of(0.001), "6.907755", "6.907755", -mp.log("0.001")),
    "log-sum-exp": (lambda: logsumexp(example.logits), "3.6899", "3.689875", mp.log(Z)),
    "losses of the other targets": (
        losses_of_the_others,
        "2.69 4.19 1.19",
        "2.689875 4.189875 1.189875",
        SURPRISES[1:],
    ),
    "loss after softmax twice": (
        loss_after_softmax_twice,
        "1.052",
        "1.052462",
        mp.log(mp.fsum(AGAIN)) - P[0],
    ),
    "entropy": (
        weighted_losses,
        "0.91",
        "0.908261",
        mp.fsum(map(mp.fmul, P, SURPRISES)),
    ),
}


@pytest.mark.parametrize(
    ("compute", "printed", "six_decimals", "exact"), NUMBERS.values(), ids=NUMBERS
)
def test_the_number_is_the_printed_one_the_literal_and_the_exact_one(
    compute, printed, six_decimals, exact
):
    got = np.ravel(compute()).tolist()
    decimals = len(printed.split()[0].partition(".")[2])
    assert [f"{x:.{decimals}f}" for x in got] == printed.split()
    assert [f"{x:.6f}" for x in got] == six_decimals.split()
    for x, e in zip(got, np.ravel(exact).tolist(), strict=True):
        assert float(abs(x - e) / max(mpf("1e-12") * abs(e), mpf("1e-15"))) <= 1


def test_the_last_pair_of_the_sentence_is_the_context_and_the_answer():
    inputs, targets = next_token_pairs(example.sentence)
    assert (tuple(inputs), targets[-1]) == (example.context, example.answer)
    assert example.vocabulary[example.target] == example.answer == "mat"


def test_the_logits_of_the_example_are_read_only():
    assert not example.logits.flags.writeable
