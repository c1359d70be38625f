"""Whether a function knows padding at all, where what it does of it is not right."""

import numpy as np
import pytest
import scipy.special

from by_hand import rows, rows_of_zeros, said
from xent_lib.doctor import diagnose


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_who_smooths_a_row_of_zeros_knows_none(share):
    """As Keras’s one-hot has padding, which raises of other ids."""

    def loss(o, t):
        assert (t < o.shape[-1]).all()
        y = (1 - share) * (np.arange(o.shape[-1]) == t[..., None])
        log_p = scipy.special.log_softmax(o, -1)
        return -((y + share / o.shape[-1]) * log_p).sum(-1).mean()

    found = diagnose(loss, to=np.asarray)
    assert found.healthy, found
    assert "Knows no padding, and raises nothing" in said(found)


def of_rows_in_the_vocabulary(divide):
    def loss(o, t):
        inside = (t >= 0) & (t < o.shape[-1])
        return np.where(inside, rows_of_zeros(o, t), 0).sum() / divide(inside)

    return loss


@pytest.mark.parametrize(
    ("divide", "healthy"),
    [
        (np.sum, True),
        (np.size, True),  # as who knows no padding
        (lambda inside: inside.sum() + (~inside).any(), False),
        (lambda inside: np.sqrt(inside.sum() * inside.size), False),
    ],
)
def test_what_is_no_token_and_is_counted_is_padding(divide, healthy):
    found = diagnose(of_rows_in_the_vocabulary(divide))
    assert found.healthy == healthy, found
    assert ("is not its padding" in said(found)) != healthy


def test_who_raises_on_two_of_it_counts_it():
    def loss(o, t):
        found = scipy.special.logsumexp(o, -1) - (
            o * (np.arange(o.shape[-1]) == t[..., None])
        ).sum(-1)
        if (t < 0).sum() == 2 and t.size < 15:
            raise RuntimeError("two")
        return found.mean()

    assert not diagnose(loss).healthy


def test_in_other_arrays_it_is_a_fault_where_no_other_number_is_taken():
    def loss(o, t):
        ids = np.maximum(t, 0)[..., None]
        return -np.take_along_axis(scipy.special.log_softmax(o, -1), ids, -1).mean()

    found = diagnose(loss, to=np.asarray)
    assert found.names == ("padding-as-token-0",)
    assert not found.healthy


def test_of_who_may_know_none_is_said_how_its_number_comes():
    def masked(o, t):
        return np.where(t < 0, 0, rows(o, np.maximum(t, 0))).mean()

    found = diagnose(masked, to=np.asarray)
    assert found.healthy, found
    fits = "without them 8.5836 (divided by all places, the padding among them). Leave"
    assert fits in said(found)


def soft(x, y, limit=-np.inf):
    assert x.shape == y.shape
    log_p = scipy.special.log_softmax(x, -1)
    assert y.sum(-1).min() > limit
    return -np.where(y > 0, y * log_p, 0).sum(-1).mean()


def test_who_takes_shares_is_given_rows_of_zeros_and_told_of_them():
    zeros = "Knows no padding, and raises nothing: of rows of zeros it gives "
    assert zeros in said(diagnose(lambda x, y: soft(x, y)))
    refuses = diagnose(lambda x, y: soft(x, y, 0.5))
    assert "Doesn’t take a row of zeros: it raises AssertionError" in said(refuses)
    for found in (refuses, diagnose(lambda x, y: soft(x, y))):
        assert found.healthy, found
        assert "−100" not in said(found)


def test_a_gradient_by_shares_is_not_that_of_a_number():
    found = diagnose(
        lambda x, y: soft(x, y) * y[..., 0].size,
        gradient=lambda x, y: scipy.special.softmax(x, -1) - y,
    )
    assert found.healthy, found
    assert "rows of zeros have no loss, but a gradient" in said(found)


def test_a_mask_of_what_another_part_of_the_vocabulary_has_means_no_padding():
    """As Megatron has it, whose parts are added up."""

    def loss(logits, target):
        below = logits - logits.max(-1, keepdims=True)
        target_mask = (target < 0) | (target >= logits.shape[-1])
        ids = np.where(target_mask, 0, target)[..., None]
        at_target = np.take_along_axis(below, ids, -1)[..., 0]
        at_target[target_mask] = 0
        return (np.log(np.exp(below).sum(-1)) - at_target).mean()

    found = diagnose(loss)
    assert found.healthy, found
    assert "targets of −100 it gives 7.134, and without them 8.5836. Leave" in said(
        found
    )
    assert not diagnose(loss, ignore_index=-100).healthy


def test_a_default_of_its_own_may_be_none():
    """As tinygrad has it, of which −1 means none."""

    def loss(o, t, ignore_index=-1):
        scored = t != ignore_index if ignore_index != -1 else np.ones(t.shape)
        return (rows_of_zeros(o, t) * scored).sum() / scored.sum()

    found = diagnose(loss)
    assert not found.healthy
    assert "padded-length" in found.names
    assert "; if −1 is not its padding, say ignore_index=None (" in said(found)
    assert diagnose(loss, ignore_index=None).healthy
    assert "is not its padding" not in said(diagnose(loss, ignore_index=-1))
