"""The first line of a report."""

import numpy as np
import pytest

from by_hand import said
from more_right_numpy import LabelSmoother
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda o, t: cross_entropy(o, t), "and gives a loss for each token"),
        (lambda o, t: cross_entropy(o, t).mean(), "and gives the mean loss"),
        (lambda o, t: cross_entropy(o, t).sum(), "and gives the sum of the losses"),
        (lambda p, t: cross_entropy(np.log(p), t), "Takes probabilities (N, V)"),
        (lambda o, t: float(cross_entropy(o, t)), "Takes logits (V,) and an id"),
        (lambda t, o: cross_entropy(o, t), "(the targets first)"),
        (lambda o, t: (1, 2, cross_entropy(o, t).mean()), "of its tuple’s ["),
        (lambda o, t: {"loss": cross_entropy(o, t)}, "of its dict 'loss'"),
        (lambda o, t: np.float16(cross_entropy(o, t).mean()), "mean loss in float16"),
        (LabelSmoother, "and ids (within a model’s output), and"),
    ],
)
def test_the_first_line_says_what_was_done(loss, words):
    assert words in said(diagnose(loss)).split("✓")[0]
