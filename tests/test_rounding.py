"""Every printed digit of the walkthrough, proved by interval arithmetic.

It starts from the exact decimals. An interval holds the true number whatever is
rounded on the way, and "<" is True only where it holds for all of both intervals.
"""

import pytest
from mpmath import iv

iv.dps = 30
LOGITS = [iv.mpf(o) for o in ("3.2", "1.0", "-0.5", "2.5")]
EXPS = [iv.exp(o) for o in LOGITS]
TOTAL = EXPS[0] + EXPS[1] + EXPS[2] + EXPS[3]
P = [e / TOTAL for e in EXPS]
LOSS = -iv.log(P[0])

PRINTED = {
    "e^o": list(zip(("24.53", "2.72", "0.61", "12.18"), EXPS, strict=True)),
    "e^o, six digits": list(
        zip(("24.532530", "2.718282", "0.606531", "12.182494"), EXPS, strict=True)
    ),
    "their sum": [("40.04", TOTAL), ("40.039837", TOTAL)],
    "p": list(zip(("0.61", "0.07", "0.02", "0.30"), P, strict=True)),
    "p, three digits": list(zip(("0.613", "0.068", "0.015", "0.304"), P, strict=True)),
    "p, six digits": list(
        zip(("0.612703", "0.067889", "0.015148", "0.304259"), P, strict=True)
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


@pytest.mark.parametrize(("source", "true"), [("0.01", P[2]), ("0.31", P[3])])
def test_the_sources_two_slips_are_slips(source, true):
    assert abs(true - iv.mpf(source)) > iv.mpf("0.005")
