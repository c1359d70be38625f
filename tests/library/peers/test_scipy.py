"""SciPy: the same numbers, but its users pick the target themselves, unchecked."""

import numpy as np
import pytest

import xent_lib


@pytest.fixture
def special(peer):
    return peer("scipy.special")


def test_the_values_are_the_same(special, batch, close):
    logits, targets = batch
    for name in ("logsumexp", "softmax", "log_softmax"):
        close(getattr(xent_lib, name)(logits), getattr(special, name)(logits, axis=-1))
    rows = np.arange(len(targets))
    losses = -special.log_softmax(logits, axis=-1)[rows, targets]
    close(xent_lib.cross_entropy(logits, targets), losses)


def test_equal_large_logits_cost_ln_2_here_and_there(special):
    """Both count from the largest, as "On a machine" says."""
    logits = np.full((1, 2), 1e8, np.float32)
    np.testing.assert_allclose(-special.log_softmax(logits), np.log(2), rtol=1e-6)
    np.testing.assert_allclose(xent_lib.cross_entropy(logits, [0]), np.log(2))


def test_entropy_and_divergence_are_the_same(special, batch, close):
    p, q = special.softmax(np.stack([batch[0], batch[0][::-1]]).astype("d"), axis=-1)
    close(xent_lib.entropy(p), special.entr(p).sum(axis=-1))
    close(xent_lib.kl_divergence(p, q), special.rel_entr(p, q).sum(axis=-1))


def test_a_negative_target_is_an_error_here_and_wraps_there(special):
    logits = [[3.0, 1.0, 0.0]]
    wrapped = -special.log_softmax(logits, axis=-1)[[0], [-1]]
    np.testing.assert_allclose(wrapped, xent_lib.cross_entropy(logits, [2]))
    with pytest.raises(IndexError, match=r"targets\[0\] is -1"):
        xent_lib.cross_entropy(logits, [-1])


def test_targets_of_another_shape_are_an_error_here_and_broadcast_there(special):
    logits = np.zeros((2, 3))
    assert special.log_softmax(logits, axis=-1)[np.arange(2), [0]].shape == (2,)
    with pytest.raises(ValueError, match=r"\(2,\), got \(1,\)"):
        xent_lib.cross_entropy(logits, [0])


def test_probabilities_that_do_not_sum_to_one_are_an_error_here_alone(special):
    assert np.isfinite(special.entr([0.5, 0.4]).sum())
    with pytest.raises(ValueError, match="sums to"):
        xent_lib.entropy([0.5, 0.4])
