"""The forward pass: compared with one in loops, and its invariants."""

import math
import tracemalloc

import numpy as np
import pytest

from xent_lib import cross_entropy, next_token_pairs
from xent_lib.smollm import llama
from xent_lib.smollm.llama import Block, attention, feed_forward, turns


def by_hand(x, block, head, base):
    """Attention, a number at a time, in float64."""
    n = len(x)
    heads, kinds = len(block.attn_q) // head, len(block.attn_k) // head
    q, k, v = (
        (x @ w.astype(float).T).reshape(n, -1, head)
        for w in (block.attn_q, block.attn_k, block.attn_v)
    )

    def turned(row, place):
        out = row.copy()
        for i in range(0, head, 2):
            a = place * base ** (-i / head)
            out[i] = row[i] * math.cos(a) - row[i + 1] * math.sin(a)
            out[i + 1] = row[i] * math.sin(a) + row[i + 1] * math.cos(a)
        return out

    taken = np.zeros((n, heads, head))
    for t in range(n):
        for j in range(heads):
            kind = j // (heads // kinds)
            query = turned(q[t, j], t)
            fits = [query @ turned(k[u, kind], u) / head**0.5 for u in range(t + 1)]
            weights = np.exp(fits) / np.exp(fits).sum()
            taken[t, j] = sum(w * v[u, kind] for u, w in enumerate(weights))
    return taken.reshape(n, -1) @ block.attn_output.astype(float).T


@pytest.fixture
def block():
    rng = np.random.default_rng(0)
    d, heads, kinds, head, wide = 12, 6, 2, 4, 20
    shapes = [(d,), (heads * head, d), (kinds * head, d), (kinds * head, d)]
    shapes += [(d, heads * head), (d,), (wide, d), (wide, d), (d, wide)]
    return Block(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))


@pytest.mark.parametrize("rows", [1, 3, 7, 256])
def test_attention_is_that_which_is_written_out(block, monkeypatch, rows):
    monkeypatch.setattr(llama, "ROWS", rows)
    x = np.random.default_rng(1).normal(size=(7, 12)).astype(np.float32)
    found = attention(x, block, turns(np.arange(7), 4, 100.0), [slice(0, 7)])
    np.testing.assert_allclose(found, by_hand(x, block, 4, 100.0), rtol=0, atol=2e-4)
    assert found.dtype == np.float32


def test_a_long_window_takes_no_square_of_its_tokens(block):
    n, heads = 1500, 6
    x, turn = np.zeros((n, 12), np.float32), turns(np.arange(n), 4, 100.0)
    tracemalloc.start()
    attention(x, block, turn, [slice(0, n)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * heads * n * n


def test_the_gate_is_that_which_is_written_out(block):
    x = np.random.default_rng(1).normal(size=(5, 12)).astype(np.float32)
    gate = x.astype(float) @ block.ffn_gate.T
    right = gate / (1 + np.exp(-gate)) * (x @ block.ffn_up.T) @ block.ffn_down.T
    np.testing.assert_allclose(feed_forward(x, block), right, rtol=0, atol=1e-4)
    assert np.isfinite(feed_forward(1e3 * x, block)).all()


def test_a_norm_has_a_mean_square_of_one(tiny):
    x = np.random.default_rng(2).normal(size=(3, 8)).astype(np.float32)
    normed = tiny.norm(x, np.float32(2))
    np.testing.assert_allclose((normed**2).mean(axis=1), 4, rtol=1e-4)
    assert (tiny.norm(0 * x, np.float32(2)) == 0).all()


def test_sequences_side_by_side_are_each_as_if_alone(tiny):
    sequences = [tiny.encode(text) for text in ("The cat", "A long, long dog.", "I")]
    together = tiny.hidden(sequences)
    alone = np.concatenate([tiny.hidden([ids]) for ids in sequences])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-4)


def test_nothing_is_known_of_what_comes_later(tiny):
    ids = tiny.encode("The cat sat on the mat.")
    other = ids.copy()
    other[5:] = tiny.encode("?!?!?!?!?")[1 : 1 + len(ids) - 5]
    np.testing.assert_allclose(
        tiny.logits(ids)[:5], tiny.logits(other)[:5], rtol=0, atol=1e-5
    )
    assert abs(tiny.logits(ids)[5] - tiny.logits(other)[5]).max() > 0.1


def test_logits_are_of_each_token_of_the_vocabulary(tiny):
    logits = tiny.logits([0, 1])
    assert logits.shape == (2, tiny.V)
    assert logits.dtype == np.float32


def test_it_has_learned(tiny):
    inputs, targets = next_token_pairs(tiny.encode("I am very happy to see you."))
    losses = cross_entropy(tiny.logits(inputs), targets)
    assert losses.mean() < 0.6 * np.log(tiny.V)


def test_a_text_starts_with_the_start_token(tiny):
    assert tiny.encode("").tolist() == [0]
    assert tiny.encode("a")[0] == 0
    assert tiny.tokenizer.decode([0]) == "<|endoftext|>"


@pytest.mark.parametrize(
    ("ids", "error", "words"),
    [
        (
            [0, 1024],
            IndexError,
            r"ids\[1\] is 1024, but with V = 1024 ids are 0 to 1023",
        ),
        ([-1], IndexError, r"ids\[0\] is -1"),
        ([], ValueError, "ids must be one sequence of at least one id"),
        ([[0, 1]], ValueError, r"sequence of at least one id, got shape \(1, 2\)"),
        (3, ValueError, r"shape \(\)"),
        ([0] * 129, ValueError, "ids must be at most 128, the context, got 129"),
        ([0.0, 1.0], TypeError, "ids must be integers, got dtype float64"),
        ([True, False], TypeError, "dtype bool"),
    ],
)
def test_wrong_ids_are_named(tiny, ids, error, words):
    with pytest.raises(error, match=words):
        tiny.logits(ids)


def test_it_says_what_it_is(tiny):
    assert repr(tiny) == "Llama: tiny, V = 1,024, a context of 128"
