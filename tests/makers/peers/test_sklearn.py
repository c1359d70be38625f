"""scikit-learn: its log_loss takes probabilities, and clips them."""

import math
import warnings

import numpy as np
import pytest

import xent_lib


@pytest.fixture
def metrics(peer):
    return peer("sklearn.metrics")


def test_the_mean_loss_is_the_same(metrics):
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(0, 3, (50, 7)), rng.integers(0, 7, 50)
    theirs = metrics.log_loss(targets, xent_lib.softmax(logits), labels=range(7))
    ours = xent_lib.cross_entropy(logits, targets, reduction="mean")
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_token_that_cannot_come_costs_everything_here_and_is_clipped_there(metrics):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clipped = metrics.log_loss([1], [[1.0, 0.0]], labels=[0, 1])
    assert 30 < clipped < 40
    assert xent_lib.cross_entropy([0.0, -math.inf], 1) == math.inf
    assert xent_lib.cross_entropy([0.0, -1e4], 1) == 1e4
