"""What the sheet says of PyTorch's call and of floats, asked of PyTorch and JAX."""

import math

import numpy as np
import pytest

from xent_book.example import logits
from xent_book.sheet import Sheet
from xent_lib import cross_entropy, softmax

ROWS = {
    block.title: dict(block.rows) for block in Sheet().blocks() if len(block.head) == 2
}
CALL = ROWS["PyTorch: F.cross_entropy(logits, targets)"]
BUGS = ROWS["What gives a bug away"]
EDGES = {
    row[0]: [float(cell) for cell in row[1:]]
    for block in Sheet().blocks()
    if block.title == "What a float can hold"
    for row in block.rows
}
KINDS = "float32", "float16"


@pytest.fixture
def torch(peer):
    return peer("torch")


@pytest.fixture
def given(torch):
    """Logits (B, T, V) as models give them, and ids (B, T)."""
    rng = np.random.default_rng(0)
    return torch.tensor(rng.normal(size=(2, 5, 7))), torch.tensor(
        rng.integers(0, 7, (2, 5))
    )


def scored(torch, line, logits, ids):
    """The loss of the arguments that a row of the sheet has."""
    return float(
        torch.nn.functional.cross_entropy(*eval(line, {"logits": logits, "ids": ids}))
    )


def test_sequences_are_scored_as_the_rows_say(torch, given):
    o, ids = (x.numpy() for x in given)
    line = CALL["(B, T, V)"].removeprefix("as models give it: ")
    assert math.isclose(
        scored(torch, f"{line}, ids", *given), cross_entropy(o, ids).mean()
    )
    shifted = cross_entropy(o[:, :-1], ids[:, 1:]).mean()
    assert math.isclose(scored(torch, CALL["shift"], *given), shifted)
    with pytest.raises(RuntimeError, match="Expected target size"):
        scored(torch, "logits[:, :-1], ids[:, 1:]", *given)


def test_weights_of_the_targets_divide_the_mean(torch):
    assert CALL["weight"] == "for ids: divides by the targets’ weights"
    weight, ids = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([0, 3, 3])
    o = torch.tensor(np.float32([logits] * 3))
    each = torch.nn.functional.cross_entropy(o, ids, weight, reduction="none")
    mean = torch.nn.functional.cross_entropy(o, ids, weight)
    assert math.isclose(mean, each.sum() / weight[ids].sum(), rel_tol=1e-6)


def test_nll_loss_of_p_is_below_0(torch):
    assert "nll_loss given p" in BUGS["below 0"]
    p = torch.tensor(softmax([logits]))
    loss = torch.nn.functional.nll_loss(p, torch.tensor([0]))
    assert math.isclose(loss, -softmax(logits)[0])


def test_nothing_left_is_nan_and_bfloat16_stays(torch):
    o = torch.tensor(np.array([logits])).bfloat16()
    assert torch.nn.functional.cross_entropy(o, torch.tensor([-100])).isnan()
    assert (
        torch.nn.functional.cross_entropy(o, torch.tensor([0])).dtype == torch.bfloat16
    )


@pytest.fixture
def losses(torch, peer):
    """−log of a softmax's p for a logit so far below the other, in each library."""
    jnp, nn = peer("jax.numpy"), peer("jax.nn")

    def in_torch(gap, kind):
        o = torch.tensor([gap, 0.0], dtype=getattr(torch, kind))
        return float(-torch.log(torch.softmax(o, -1))[1])

    def in_jax(gap, kind):
        o = jnp.array([gap, 0.0], getattr(jnp, kind))
        return float(-jnp.log(nn.softmax(o))[1])

    return {"−log of a stored p, in nats": in_torch, "the same in JAX on a CPU": in_jax}


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_of_a_softmax_is_infinite_from_where_the_sheet_says(losses, kind):
    for row, loss in losses.items():
        edge = EDGES[row][KINDS.index(kind)]
        near = 0.02  # two places, and float16 has few between 17 and 18
        assert math.isfinite(loss(edge - near, kind))
        assert math.isinf(loss(edge + near, kind))
