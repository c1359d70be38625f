"""The formulas: their definitions at 50 digits, and every number of the walkthrough."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import iv, mp, mpf
from numpy.testing import assert_array_equal

import xent_lib
from reference import (
    assert_close,
    batches,
    exact_log_p,
    exact_logsumexp,
    exact_loss,
)
from xent_book import example
from xent_lib import (
    cross_entropy,
    dataset_loss,
    formulas,
    log_softmax,
    logsumexp,
    softmax,
)

# --- The definitions ------------------------------------------------------------------


@given(batches())
def test_a_formula_is_its_definition_at_50_digits(batch):
    o, targets = batch
    log_p = [exact_log_p(row) for row in o]
    assert_close(formulas.log_softmax(o), np.ravel(log_p))
    assert_close(formulas.softmax(o), [mp.exp(x) for row in log_p for x in row])
    assert_close(formulas.logsumexp(o), [sum(exact_logsumexp(row)) for row in o])
    assert_close(formulas.token_losses(o, targets), list(map(exact_loss, o, targets)))
    assert_close(
        formulas.gradient(o, targets),
        [
            mp.exp(x) - (a == target)
            for row, target in zip(log_p, targets, strict=True)
            for a, x in enumerate(row)
        ],
    )


@pytest.mark.parametrize("gap", [0.5, 20.0, 40.0, 700.0])
def test_a_sure_model_keeps_all_digits_of_its_loss_and_its_gradient(gap):
    o, lacking = np.array([[gap, 0.0, 0.0]]), mp.log1p(2 * mp.exp(-mpf(gap)))
    close = {"relative": "1e-14", "absolute": 0}
    assert_close(formulas.token_losses(o, [0]), lacking, **close)
    exact = mp.expm1(-lacking)
    assert_close(formulas.gradient(o, [0])[0, 0], exact, **close)


@given(st.lists(batches(st.floats(-1e4, 1e4)), min_size=1, max_size=4))
def test_formula_16_and_18_are_those_of_the_compensated_sums(sequences):
    totals = dataset_loss(sequences)
    assert_close(formulas.loss_per_sequence(sequences), totals.per_sequence)
    assert_close(formulas.loss_per_token(sequences), totals.per_token)
    if totals.per_token < 700:
        perplexity = formulas.perplexity(formulas.loss_per_token(sequences))
        assert_close(perplexity, totals.perplexity, relative="1e-11")


@given(arrays(np.float64, (3, 4), elements=st.floats(-50, 50)))
def test_for_few_logits_the_library_gives_what_the_formulas_give(o):
    assert_array_equal(softmax(o), formulas.softmax(o))
    assert_array_equal(log_softmax(o), formulas.log_softmax(o))
    assert_array_equal(logsumexp(o), formulas.logsumexp(o))
    targets = np.array([0, 3, 1])
    assert_array_equal(cross_entropy(o, targets), formulas.token_losses(o, targets))
    assert_array_equal(
        xent_lib.cross_entropy_grad(o, targets), formulas.gradient(o, targets)
    )
    y = formulas.softmax(o[::-1])
    assert_array_equal(cross_entropy(o, y), formulas.expected_losses(o, y))


def test_a_loss_of_nothing_is_no_negative_zero():
    for loss in (cross_entropy([7.0], 0), cross_entropy([7.0], [1.0])):
        assert math.copysign(1, loss) == 1
    assert math.copysign(1, xent_lib.cross_entropy_grad([7.0], 0)[0]) == 1


# --- The walkthrough, as printed, to six decimals and at 50 digits --------------------

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


# --- Every printed digit, proved by interval arithmetic -------------------------------
#
# It starts from the exact decimals. An interval holds the true number whatever is
# rounded on the way, and "<" is True only where it holds for all of both intervals.

iv.dps = 30
INTERVALS = [iv.mpf(o) for o in ("3.2", "1.0", "-0.5", "2.5")]
EXPS = [iv.exp(o) for o in INTERVALS]
TOTAL = EXPS[0] + EXPS[1] + EXPS[2] + EXPS[3]
SHARES = [e / TOTAL for e in EXPS]
LOSS = -iv.log(SHARES[0])

PRINTED = {
    "e^o": list(zip(("24.53", "2.72", "0.61", "12.18"), EXPS, strict=True)),
    "e^o, six digits": list(
        zip(("24.532530", "2.718282", "0.606531", "12.182494"), EXPS, strict=True)
    ),
    "their sum": [("40.04", TOTAL), ("40.039837", TOTAL)],
    "p": list(zip(("0.61", "0.07", "0.02", "0.30"), SHARES, strict=True)),
    "p, three digits": list(
        zip(("0.613", "0.068", "0.015", "0.304"), SHARES, strict=True)
    ),
    "p, six digits": list(
        zip(("0.612703", "0.067889", "0.015148", "0.304259"), SHARES, strict=True)
    ),
    "−ln p(mat)": [("0.49", LOSS), ("0.4899", LOSS), ("0.489875", LOSS)],
    "in bits": [("0.71", LOSS / iv.log(2)), ("0.706740", LOSS / iv.log(2))],
    "from the rounded p": [("0.49", -iv.log("0.61")), ("0.494296", -iv.log("0.61"))],
    "log-sum-exp": [("3.69", iv.log(TOTAL)), ("3.6899", iv.log(TOTAL))],
    "perplexity": [("1.63", iv.exp(LOSS))],
    "the opening": [("0.51", -iv.log("0.60")), ("6.91", -iv.log("0.001"))],
    "the opening, six digits": [
        ("0.510826", -iv.log("0.60")),
        ("6.907755", -iv.log("0.001")),
    ],
}


@pytest.mark.parametrize("name", PRINTED)
def test_every_printed_digit_is_the_true_numbers_rounding(name):
    for printed, true in PRINTED[name]:
        half = iv.mpf("0.5") / 10 ** len(printed.partition(".")[2])
        assert abs(true - iv.mpf(printed)) < half, printed


@pytest.mark.parametrize(("source", "true"), [("0.01", SHARES[2]), ("0.31", SHARES[3])])
def test_the_sources_two_slips_are_slips(source, true):
    assert abs(true - iv.mpf(source)) > iv.mpf("0.005")
