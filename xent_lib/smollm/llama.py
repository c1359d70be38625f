"""Llama, a language model, from token ids to logits.

All tokens of several sequences are the n rows of one matrix, so that they share the
matrix products. Only attention keeps the sequences apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import softmax
from .tokenizer import Tokenizer

ROWS = 256  # of attention at a time


class Block(NamedTuple):
    """The weights of one layer; each matrix has one row per output."""

    attn_norm: np.ndarray
    attn_q: np.ndarray
    attn_k: np.ndarray
    attn_v: np.ndarray
    attn_output: np.ndarray
    ffn_norm: np.ndarray
    ffn_gate: np.ndarray
    ffn_up: np.ndarray
    ffn_down: np.ndarray


@dataclass(frozen=True, repr=False, eq=False)
class Llama:
    """A language model, from token ids to logits. `load` reads one from its file.

    Examples
    --------
    >>> from xent_lib import cross_entropy, next_token_pairs, smollm
    >>> model = smollm.load(smollm.TINY)
    >>> ids = model.encode("The cat sat")
    >>> inputs, targets = next_token_pairs(ids)
    >>> cross_entropy(model.logits(inputs), targets).shape == targets.shape
    True
    """

    name: str
    tokenizer: Tokenizer
    start: int  # the id put before each text
    other_start: int | None  # another one that its file or vocabulary suggests
    context: int  # how many tokens it was trained to read
    head: int  # the size of an attention head
    base: float  # of the angles that encode positions (RoPE)
    epsilon: float  # keeps the norm of a row of zeros finite
    embedding: np.ndarray  # (V, d): one row per token
    blocks: list[Block]
    output_norm: np.ndarray
    output: np.ndarray  # (V, d): the last layer, often the embedding again
    path: Path  # of its file
    sha256: str

    @property
    def V(self) -> int:
        """The size of the vocabulary."""
        return len(self.embedding)

    def __repr__(self) -> str:
        return f"Llama: {self.name}, V = {self.V:,}, a context of {self.context:,}"

    def encode(self, text: str) -> np.ndarray:
        """The start token followed by the ids of a text."""
        return np.array([self.start, *self.tokenizer.encode(text)])

    def logits(self, ids: ArrayLike) -> np.ndarray:
        """The logits after each token: float32 of shape (n, V) for n ids."""
        return self.hidden([check_ids(ids, self.V, self.context)]) @ self.output.T

    def hidden(self, sequences: Sequence[np.ndarray]) -> np.ndarray:
        """What the logits are made from: float32 (n, d), all sequences in one array."""
        starts = np.cumsum([0, *map(len, sequences)])
        spans = [slice(*ends) for ends in pairwise(starts)]
        places = np.concatenate([np.arange(len(ids)) for ids in sequences])
        turn = turns(places, self.head, self.base)
        x = self.embedding[np.concatenate(sequences)]
        for block in self.blocks:
            x = x + attention(self.norm(x, block.attn_norm), block, turn, spans)
            x = x + feed_forward(self.norm(x, block.ffn_norm), block)
        return self.norm(x, self.output_norm)

    def norm(self, x: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """Each row with a mean square of 1, then stretched (RMSNorm)."""
        return x / np.sqrt((x * x).mean(axis=1, keepdims=True) + self.epsilon) * gain


def turns(places: np.ndarray, head: int, base: float) -> np.ndarray:
    """The position of each token as angles, ever slower: exp(i · place / base^…)."""
    speeds = base ** -(np.arange(0, head, 2) / head)
    turn = np.exp(1j * places[:, np.newaxis, np.newaxis] * speeds)
    return turn.astype(np.complex64)


def attention(
    x: np.ndarray, block: Block, turn: np.ndarray, spans: Sequence[slice]
) -> np.ndarray:
    """Each token adds up values of those so far, in shares by Formula (17)."""
    n, head = len(x), 2 * turn.shape[-1]
    q, k, v = (
        (x @ weight.T).reshape(n, -1, head)
        for weight in (block.attn_q, block.attn_k, block.attn_v)
    )
    # The angle between a query and a key says how far apart they are (RoPE).
    q, k = ((y.view(np.complex64) * turn).view(np.float32) for y in (q, k))
    shared = q.shape[1] // k.shape[1]  # queries for each key
    k, v = k.repeat(shared, axis=1), v.repeat(shared, axis=1)
    taken = np.empty_like(q)
    for span in spans:
        for rows in in_blocks(span):
            before = slice(span.start, rows.stop)
            fit = q[rows].swapaxes(0, 1) @ k[before].transpose(1, 2, 0) / head**0.5
            later = np.triu(np.ones(fit.shape[1:], bool), 1 + rows.start - span.start)
            p = softmax(np.where(later, -np.inf, fit))
            taken[rows] = (p @ v[before].swapaxes(0, 1)).swapaxes(0, 1)
    return taken.reshape(n, -1) @ block.attn_output.T


def in_blocks(span: slice) -> Iterator[slice]:
    """Blocks of ROWS rows, so that attention needs no n × n matrix."""
    for start in range(span.start, span.stop, ROWS):
        yield slice(start, min(start + ROWS, span.stop))


def feed_forward(x: np.ndarray, block: Block) -> np.ndarray:
    """Each token by itself: what `up` makes of it, let through by a gate (SwiGLU)."""
    gate = x @ block.ffn_gate.T
    opened = gate * (1 + np.tanh(gate / 2)) / 2  # gate / (1 + e^−gate), without ∞
    return (opened * (x @ block.ffn_up.T)) @ block.ffn_down.T


def check_ids(ids: ArrayLike, V: int, context: int) -> np.ndarray:
    """The ids as an array, or an error that says which one is wrong."""
    given = np.asarray(ids)
    if given.ndim != 1 or not given.size:
        raise ValueError(
            f"ids must be one sequence of at least one id, got shape {given.shape}"
        )
    if len(given) > context:
        raise ValueError(
            f"ids must be at most {context}, the context, got {len(given)}"
        )
    if given.dtype.kind not in "iu":
        raise TypeError(f"ids must be integers, got dtype {given.dtype}")
    wrong = (given < 0) | (given >= V)
    if wrong.any():
        where = int(np.argmax(wrong))
        raise IndexError(
            f"ids[{where}] is {given[where]}, but with V = {V} ids are 0 to {V - 1}"
        )
    return given
