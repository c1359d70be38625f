"""Targets that may be the inputs, and that nobody shifts."""

import functools

import numpy as np
import pytest

from by_hand import rows, said
from xent_lib.doctor import diagnose


def documented(logits, labels):
    """As GPT-2 has it, without its shift: labels = input_ids, (B, T)."""
    B, T, V = logits.shape
    return rows(logits.reshape(B * T, V), labels.reshape(-1)).mean()


def named(logits, input_ids):
    return rows(logits, input_ids).mean()


class Criterion:
    """Its labels are the `input_ids`."""

    def __call__(self, logits, labels):
        return rows(logits, labels).mean()


def in_bits(logits, labels):
    """Labels: input_ids."""
    return rows(logits, labels).mean() / np.log(2)


def by_factor(logits, labels, factor):
    """Labels may be input_ids."""
    return factor * named(logits, labels)


LINE = (
    "– It does not shift; if its labels are the `input_ids`, it must: "
    "diagnose({}, shifts=True) then tells"
)
UNSHIFTED = {
    "documented": documented,
    "named": named,
    "in_bits": in_bits,
    "Criterion()": Criterion,
    "your_loss": functools.partial(by_factor, factor=1),
    "f": lambda o, t: by_factor(o, t, factor=1),
}


@pytest.mark.parametrize(("name", "loss"), UNSHIFTED.items(), ids=UNSHIFTED)
def test_labels_that_may_be_the_inputs_are_told(name, loss):
    found = diagnose(loss)
    assert found.names == (("base-2",) if loss is in_bits else ())
    assert found.healthy, found
    assert LINE.format(name) in said(found)
    assert "It does not shift" not in said(diagnose(loss, shifts=False))
    found = diagnose(loss, shifts=True)
    assert "not-shifted" in found.names
    assert not found.healthy
    assert "It does not shift" not in said(found)


def shifts(logits, labels):
    """Its labels are the input_ids."""
    return rows(logits[:, :-1], labels[:, 1:]).mean()


def of_inputs(logits, labels, input_ids=None):
    return rows(logits, labels).mean()


def squared(logits, labels):
    """Its labels are the input_ids."""
    return rows(logits, labels).mean() ** 2


def plain(logits, labels):
    """Cross-entropy of labels, ids of tokens."""
    return rows(logits, labels).mean()


def calls_who_is_documented(logits, labels):
    return documented(logits, labels)


@pytest.mark.parametrize(
    "loss", [shifts, of_inputs, squared, plain, calls_who_is_documented]
)
def test_of_others_nothing_is_said(loss):
    assert "It does not shift" not in said(diagnose(loss))
