"""The options of cross_entropy (weight, label smoothing, z-loss), and log_prob."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from reference import batches
from xent_lib import (
    cross_entropy,
    cross_entropy_grad,
    log_prob,
    log_softmax,
    logsumexp,
)

LOGITS = [[3.2, 1.0, -0.5, 2.5], [0.1, -0.7, 0.4, 2.0], [1.5, 1.2, -2.0, 0.3]]
TARGETS = [0, -100, 2]
IGNORED = {"ignore_index": -100}
WEIGHT = [0.5, 1.0, 4.0, 0.0]


@st.composite
def cases(draw):
    """Logits, targets of which some are ignored, and options."""
    logits, targets = draw(batches(st.floats(-30, 30)))
    keep = draw(arrays(bool, len(targets)))
    options = {
        "weight": draw(arrays(float, logits.shape[1], elements=st.floats(0.01, 9))),
        "label_smoothing": draw(st.floats(0, 1)),
        "z_loss": draw(st.floats(0, 2)),
    }
    return logits, np.where(keep, targets, -100), options


def by_the_formula(logits, targets, weight, label_smoothing, z_loss):
    """The loss of each target, as the docstring has it."""
    V, keep = logits.shape[1], targets >= 0
    y = np.eye(V)[np.where(keep, targets, 0)]
    q = weight * ((1 - label_smoothing) * y + label_smoothing / V)
    losses = -(q * log_softmax(logits)).sum(1) + z_loss * logsumexp(logits) ** 2
    return np.where(keep, losses, 0)


@given(cases())
def test_a_loss_is_that_of_the_formula(case):
    logits, targets, options = case
    expected = by_the_formula(logits, targets, **options)
    losses = cross_entropy(logits, targets, **IGNORED, **options)
    assert_allclose(losses, expected, rtol=1e-11, atol=1e-11)
    if (targets >= 0).any():
        mean = cross_entropy(logits, targets, reduction="mean", **IGNORED, **options)
        divisor = options["weight"][targets[targets >= 0]].sum()
        assert_allclose(mean, expected.sum() / divisor, rtol=1e-11, atol=1e-11)


@given(cases(), st.sampled_from(["sum", "mean"]))
def test_the_gradient_is_the_slope(case, reduction):
    logits, targets, options = case
    if not (targets >= 0).any():
        return
    given = {"reduction": reduction} | IGNORED | options
    grad = cross_entropy_grad(logits, targets, **given)
    step, slope = 1e-5, np.empty_like(logits)
    for at in np.ndindex(logits.shape):
        up, down = logits.copy(), logits.copy()
        up[at], down[at] = up[at] + step, down[at] - step
        two = (cross_entropy(x, targets, **given) for x in (up, down))
        slope[at] = np.subtract(*two) / (2 * step)
    largest = max(abs(grad).max(), 1)
    assert_allclose(grad, slope, atol=1e-4 * largest)


@given(cases())
def test_a_smoothed_id_is_a_distribution(case):
    logits, targets, options = case
    ids = np.where(targets >= 0, targets, 0)
    y = np.eye(logits.shape[1])[ids]
    for of_targets in (cross_entropy, cross_entropy_grad):
        of_ids = of_targets(logits, ids, reduction="sum", **options)
        of_y = of_targets(logits, y, reduction="sum", **options)
        assert_allclose(of_y, of_ids, rtol=1e-11, atol=1e-11)


def test_the_mean_over_distributions_divides_by_their_number():
    y = np.eye(4)[[0, 1, 2]]
    total = cross_entropy(LOGITS, y, weight=WEIGHT, reduction="sum")
    assert cross_entropy(LOGITS, y, weight=WEIGHT, reduction="mean") == total / 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_logits_have_the_losses_of_few(dtype):
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(0, 5, (9, 3000)).astype(dtype), np.arange(9) - 2
    options = {"weight": rng.random(3000), "label_smoothing": 0.1, "z_loss": 0.01}
    kept = dict(options, ignore_index=-1, reduction="sum")
    targets[0] = -1
    grad = cross_entropy_grad(logits, targets, **kept)
    rtol = 1e-5 if dtype == np.float32 else 1e-11
    for i, row in enumerate(logits):
        alone = cross_entropy_grad(row[None], targets[i : i + 1], **kept)
        assert_allclose(grad[i], alone[0], rtol=rtol, atol=1e-7)
    each = [
        cross_entropy(row.astype(float), target, **options) if target >= 0 else 0
        for row, target in zip(logits, targets, strict=True)
    ]
    losses = cross_entropy(logits, targets, ignore_index=-1, **options)
    assert_allclose(losses, each, rtol=rtol)


def test_the_vocabulary_may_be_another_axis():
    options = {"weight": WEIGHT, "label_smoothing": 0.2, "z_loss": 0.1}
    for function in (cross_entropy, cross_entropy_grad):
        given = {"reduction": "mean"} | IGNORED | options
        last = function(LOGITS, TARGETS, **given)
        first = function(np.transpose(LOGITS), TARGETS, axis=0, **given)
        assert_allclose(first.T, last)


def test_what_is_ignored_is_not_read():
    bad = [LOGITS[0], [math.nan] * 4, LOGITS[2]]
    options = {"weight": WEIGHT, "label_smoothing": 0.2, "z_loss": 0.1, **IGNORED}
    for function in (cross_entropy, cross_entropy_grad):
        assert_array_equal(
            function(bad, TARGETS, reduction="mean", **options),
            function(LOGITS, TARGETS, reduction="mean", **options),
        )


def test_large_integers_have_their_own_log_sum():
    logits = np.array([[2**60, 0, 1]])
    assert cross_entropy(logits, [0], z_loss=1.0)[0] == 2.0**120


def test_z_loss_keeps_the_dtype_of_the_gradient():
    logits = np.float32(LOGITS)
    grad = cross_entropy_grad(logits, TARGETS, z_loss=0.1, **IGNORED)
    assert grad.dtype == np.float32


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"weight": [1, 2]},
            ValueError,
            r"weight must have shape .* \(4,\), got \(2,\)",
        ),
        ({"weight": [1, -2, 1, 1]}, ValueError, r"weight\[1\] is -2.0, expected"),
        ({"weight": [1, 1, math.nan, 1]}, ValueError, r"weight\[2\] is nan"),
        ({"weight": [1, 1, 1, math.inf]}, ValueError, r"weight\[3\] is inf"),
        ({"weight": ["a"] * 4}, TypeError, "weight must be integers or floats"),
        ({"label_smoothing": 1.5}, ValueError, "from 0 to 1, got 1.5"),
        ({"label_smoothing": "0.1"}, TypeError, "label_smoothing must be a number"),
        ({"z_loss": -1}, ValueError, "z_loss must be at least 0 and finite, got -1"),
        ({"z_loss": math.inf}, ValueError, "z_loss must be at least 0 and finite"),
    ],
)
def test_a_wrong_option_is_named(options, error, words):
    for function in (cross_entropy, cross_entropy_grad):
        with pytest.raises(error, match=words):
            function(LOGITS, TARGETS, **IGNORED, **options)


def test_a_mean_over_no_weight_is_refused():
    with pytest.raises(ValueError, match="none of the 2 targets has a weight above 0"):
        cross_entropy(LOGITS[:2], [3, 3], weight=WEIGHT, reduction="mean")


@given(batches(st.floats(-30, 30)))
def test_log_p_of_a_sequence_is_minus_its_losses(batch):
    logits, targets = batch
    assert_allclose(
        log_prob(logits, targets),
        -cross_entropy(logits, targets, reduction="sum"),
        rtol=1e-12,
        atol=1e-12,
    )
    two = log_prob([logits, logits], [targets, targets])
    assert_array_equal(two, [log_prob(logits, targets)] * 2)


def test_log_p_is_of_the_answer_alone_where_the_prompt_is_ignored():
    both = log_prob(LOGITS, [0, 3, 2])
    prompt = log_prob(LOGITS[:1], [0])
    answer = log_prob(LOGITS, [-100, 3, 2], ignore_index=-100)
    assert_allclose(prompt + answer, both)
    nothing = log_prob(LOGITS, [-100] * 3, ignore_index=-100)
    assert (nothing, math.copysign(1, nothing)) == (0, 1)


def test_log_p_of_one_token_alone_is_refused():
    with pytest.raises(ValueError, match=r"logits must have axes \(\.\.\., T, V\)"):
        log_prob(LOGITS[0], 0)
