"""`linear_cross_entropy` on SmolLM2's last layer: the same losses, little memory."""

import tracemalloc

import numpy as np

from xent_book.recorded import lines
from xent_lib import cross_entropy, linear_cross_entropy


def peak(function, *arguments, **options):
    """What it gives, and the most bytes that it holds at once."""
    tracemalloc.start()
    found = function(*arguments, **options)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, most


def test_the_losses_of_the_last_layer_are_the_same_in_a_fraction_of_the_memory(real):
    sequences = [real.encode(line) for line in lines()[:60]]
    h = real.hidden([ids[:-1] for ids in sequences])
    targets = np.concatenate([ids[1:] for ids in sequences])

    def full(h, weight, targets):
        return cross_entropy(h @ weight.T, targets)

    right, most = peak(full, h, real.embedding, targets)
    found, little = peak(linear_cross_entropy, h, real.embedding, targets)
    assert len(targets) > 500
    assert abs(found.mean() - right.mean()) < 1e-6
    np.testing.assert_allclose(found, right, atol=2e-4)  # float32 logits, of size 30
    assert most > len(targets) * 49_152 * 4
    assert little < most / 15
