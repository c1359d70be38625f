"""A tokenizer, and a model that counts token pairs, for the chapter on tokenizers."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from heapq import heappop, heappush
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xent_lib import next_token_pairs

Ids = NDArray[np.int64]
Piece = tuple[bytes, ...]
Pair = tuple[bytes, bytes]
Split = Callable[[str], Iterable[str]]


@cache
def novel() -> tuple[str, str]:
    """The training text and the held-out text, the last tenth, cut at a paragraph."""
    file = files("xent_book") / "data" / "austen" / "pride-and-prejudice.txt"
    text = file.read_text(encoding="utf8")
    cut = text.rindex("\n", 0, len(text) * 9 // 10) + 1
    return text[:cut], text[cut:]


def pieces(text: str) -> list[str]:
    """Words and punctuation, each with the space before it. No token spans two pieces.

    Examples
    --------
    >>> pieces("It is a truth, she said.")
    ['It', ' is', ' a', ' truth', ',', ' she', ' said', '.']
    """
    return re.findall(r" ?[A-Za-z]+| ?[^\sA-Za-z]+|\s+", text)


def in_bytes(piece: str) -> Piece:
    """The bytes of a piece, one token each.

    Examples
    --------
    >>> in_bytes("he")
    (b'h', b'e')
    """
    return tuple(bytes([byte]) for byte in piece.encode())


def joined(tokens: Iterable[bytes], pair: Pair) -> Piece:
    """The tokens with each adjacent occurrence of the pair merged into one.

    Examples
    --------
    >>> joined((b"t", b"h", b"e"), (b"t", b"h"))
    (b'th', b'e')
    """
    made: list[bytes] = []
    for token in tokens:
        if made and (made[-1], token) == pair:
            made[-1] += token
        else:
            made.append(token)
    return tuple(made)


def learn_merges(text: str, V: int, split: Split = pieces) -> list[Pair]:
    """Byte-pair encoding: merge the most frequent pair of neighbours, over and over.

    Of pairs that are equally frequent, the one that sorts first is merged. It ends with
    a vocabulary of `V` tokens, or when each piece of the text is a single token.
    `split` cuts the text into the pieces.

    Examples
    --------
    >>> learn_merges("the then there", 258)
    [(b'h', b'e'), (b't', b'he')]
    """
    found = Counter(split(text))
    words, times = [in_bytes(piece) for piece in found], list(found.values())
    count: Counter[Pair] = Counter()
    where: dict[Pair, set[int]] = defaultdict(set)

    def add(word: int, sign: int) -> set[Pair]:
        """The pairs of a word, with their counts added, or taken away."""
        pairs = list(pairwise(words[word]))
        for pair in pairs:
            count[pair] += sign * times[word]
            where[pair].add(word)
        return set(pairs)

    changed = {pair for word in range(len(words)) for pair in add(word, 1)}
    queue: list[tuple[int, Pair]] = []
    merges: list[Pair] = []
    vocabulary = {bytes([byte]) for byte in range(256)}
    while len(vocabulary) < V:
        for pair in changed:
            heappush(queue, (-count[pair], pair))
        while queue and -queue[0][0] != count[queue[0][1]]:  # no longer its count
            heappop(queue)
        if not queue or not queue[0][0]:
            break
        _, best = heappop(queue)
        merges.append(best)
        vocabulary.add(best[0] + best[1])
        changed = set()
        for word in sorted(where[best]):
            changed |= add(word, -1)
            words[word] = joined(words[word], best)
            changed |= add(word, 1)
    return merges


class Tokenizer:
    """Cut text into bytes and apply the learned merges, for a vocabulary of `V` tokens.

    The merges must have been learned with the same `split`.

    Examples
    --------
    >>> tokenizer = Tokenizer(learn_merges("the then there", 258))
    >>> tokenizer.cut("then")
    [b'the', b'n']
    >>> tokenizer.encode("then").tolist()
    [257, 110]
    """

    def __init__(
        self, merges: Sequence[Pair], V: int | None = None, split: Split = pieces
    ) -> None:
        self.split = split
        self.rank: dict[Pair, int] = {}
        self.vocabulary = {bytes([byte]): byte for byte in range(256)}
        for pair in merges:
            if len(self.vocabulary) == V:
                break
            self.rank[pair] = len(self.rank)
            self.vocabulary.setdefault(pair[0] + pair[1], len(self.vocabulary))
        self.V = len(self.vocabulary)
        self._known: dict[str, Piece] = {}

    def cut(self, text: str) -> list[bytes]:
        """The tokens of a text."""
        return [token for piece in self.split(text) for token in self._cut_piece(piece)]

    def encode(self, text: str) -> Ids:
        """The ids of its tokens."""
        return np.array([self.vocabulary[token] for token in self.cut(text)], np.int64)

    def _cut_piece(self, piece: str) -> Piece:
        """Apply the merges in the order in which they were learned."""
        if piece not in self._known:
            tokens = in_bytes(piece)
            while pairs := [pair for pair in pairwise(tokens) if pair in self.rank]:
                tokens = joined(tokens, min(pairs, key=self.rank.__getitem__))
            self._known[piece] = tokens
        return self._known[piece]


class PairCounts:
    """Counts of token pairs, the model of Chapter 5, smoothed by token frequency.

    Each row starts with `start` counts in all, distributed by the frequency of each
    token plus one.

    Examples
    --------
    >>> model = PairCounts([0, 1, 0, 1, 0], V=2, start=1)
    >>> np.exp(-model.losses([0, 1])).round(2).tolist()  # (2 + 3/7) / (2 + 1)
    [0.81]
    """

    def __init__(self, ids: ArrayLike, V: int, start: float = 5) -> None:
        ids = np.asarray(ids)
        self.V, self.start = V, start
        self.share = (np.bincount(ids, minlength=V) + 1) / (len(ids) + V)
        self.row = np.bincount(ids[:-1], minlength=V)
        self.count = Counter((ids[:-1] * V + ids[1:]).tolist())

    def losses(self, ids: ArrayLike) -> NDArray[np.float64]:
        """−ln p of each token except the first, given the one before it."""
        before, after = next_token_pairs(np.asarray(ids))
        pairs = (before * self.V + after).tolist()
        count = np.array([self.count.get(pair, 0) for pair in pairs])
        p = (count + self.start * self.share[after]) / (self.row[before] + self.start)
        losses: NDArray[np.float64] = -np.log(p)
        return losses
