"""Who gives ln p, without its minus, and says so by a name."""

import pytest

from by_hand import rows, said
from xent_lib.doctor import diagnose

ALLOW = 'if you want ln p itself, say allow=["sign"]'


def selective_log_softmax(logits, index):
    return -rows(logits, index)


def get_batch_logps(logits, labels, mean=True):
    return -rows(logits, labels).mean() if mean else -rows(logits, labels)


def scored(logits, labels, average_log_prob=True):
    return -rows(logits, labels).mean()


def tokens(logits, labels):
    return {"logps": -rows(logits, labels), "n": labels.size}


def loss_of_logps(logits, labels, average_log_prob=True):
    return -rows(logits, labels).mean()


def from_log_probs(log_probs, labels):
    return -rows(log_probs, labels).mean()


def log_perplexity(logits, labels):
    return -rows(logits, labels).mean()


class LogLikelihood:
    def __call__(self, logits, labels):
        return -rows(logits, labels).sum()


@pytest.mark.parametrize(
    "loss",
    [
        selective_log_softmax,
        get_batch_logps,
        scored,
        tokens,
        LogLikelihood(),
        LogLikelihood,
        lambda o, t: get_batch_logps(o, t, False),
    ],
)
def test_by_such_a_name_it_is_a_convention(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert found.names[0] == "sign"
    words = "Right if you want ln p itself; otherwise flip the sign"
    assert words in said(found)
    assert not diagnose(loss, strict=True).healthy


@pytest.mark.parametrize(
    "loss",
    [
        loss_of_logps,
        log_perplexity,
        lambda o, t: loss_of_logps(o, t),
        lambda o, t: -rows(o, t),
    ],
)
def test_by_another_it_is_a_fault_that_may_be_meant(loss):
    found = diagnose(loss)
    assert found.names == ("sign",)
    assert not found.healthy
    assert ALLOW in said(found)
    assert "if it is meant" not in said(found)
    assert diagnose(loss, allow=["sign"]).healthy


def test_what_it_takes_says_nothing_of_what_it_gives():
    found = diagnose(from_log_probs)
    assert "sign" in found.names
    assert not found.healthy
