"""Text to token ids and back: the byte-pair encoding of SmolLM2."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from heapq import heappop, heappush

import regex

# What no token reaches across, by the names that GGUF files have for it.
PIECES = {
    # English endings, words, single digits, marks, and white space, whose last
    # character goes to the word or the digits after it.
    "smollm": regex.compile(
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+"
        r"|\p{White_Space}+(?![^\p{White_Space}\p{N}])|\p{White_Space}+"
    ),
    # The same, but that digits stay together, and a space with them.
    "gpt-2": regex.compile(
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+"
        r"|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+"
    ),
    # Endings in capitals, too, any mark before a word, three digits, line ends.
    "llama-bpe": regex.compile(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+"
        r"|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+"
    ),
}
# The last place that no piece of any kind reaches across: a word or a number ends.
END = regex.compile(r"(?r)\p{L}(?=\P{L})|\p{N}(?=\P{N})")
WHOLE = {"llama-bpe"}  # a piece that is a token is not joined from its bytes


def byte_characters() -> list[str]:
    """The character that stands for each byte in the file of a tokenizer.

    Printable ones of Latin-1 stand for themselves, the others are counted from U+0100.

    Examples
    --------
    >>> byte_characters()[ord("a")], byte_characters()[ord(" ")]
    ('a', 'Ġ')
    """
    characters, others = [], 0
    for byte in range(256):
        printable = unicodedata.category(chr(byte)) not in ("Cc", "Cf", "Zs")
        characters.append(chr(byte if printable else 256 + others))
        others += not printable
    return characters


class Tokenizer:
    """Cuts a text into pieces, these into bytes, and joins what was learned to join.

    Parameters
    ----------
    tokens : the vocabulary in its order, in the characters of `byte_characters`
    merges : what is joined, in the order in which it was learned, "Ġ t" for " t"
    kind : one of PIECES

    Raises
    ------
    ValueError
        A merge that does not make two into a token: it would leave out their text.

    Examples
    --------
    >>> tokenizer = Tokenizer(["h", "e", "Ġ", "he"], ["h e"])
    >>> tokenizer.encode("he he")
    [3, 2, 3]
    >>> tokenizer.decode([3, 2, 3])
    'he he'
    """

    def __init__(
        self, tokens: Sequence[str], merges: Iterable[str], kind: str = "smollm"
    ) -> None:
        byte = {c: bytes([i]) for i, c in enumerate(byte_characters())}

        def in_bytes(token: str) -> bytes:  # special ones may have other characters
            return b"".join(byte.get(c) or c.encode() for c in token)

        self.pieces, self.whole = PIECES[kind], kind in WHOLE
        self.tokens = [in_bytes(token) for token in tokens]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.rank = {}
        for i, merge in enumerate(merges):
            two = tuple(map(in_bytes, merge.split()))
            if len(two) != 2 or b"".join(two) not in self.ids:
                raise ValueError(f"the merge {merge!r} does not make two into a token")
            self.rank[two] = i
        self._encode = lru_cache(2**16)(self._encode_piece)  # most words come again

    def encode(self, text: str) -> list[int]:
        """The ids of a text. A control byte that has no token is left out."""
        # One after the other: all pieces of a text take fifteen times its memory.
        found = self.pieces.finditer(text)
        return [i for piece in found for i in self._encode(piece[0])]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; a byte that makes no character is shown as �."""
        return b"".join(self.tokens[i] for i in ids).decode(errors="replace")

    def n_bytes(self, ids: Iterable[int]) -> int:
        """How many bytes of a text they are."""
        return sum(len(self.tokens[i]) for i in ids)

    def _encode_piece(self, piece: str) -> list[int]:
        """Join the two that were learned first, the left ones of several, over and
        over: those that may be next wait in a heap, so a piece may be long."""
        parts = [bytes([byte]) for byte in piece.encode()]
        if self.whole and piece.encode() in self.ids:
            parts = [piece.encode()]
        before, after = list(range(-1, len(parts))), list(range(1, len(parts) + 1))
        heap: list[tuple[int, int]] = []

        def learned(i: int) -> int | None:
            """When the part at i and the next were learned to be joined."""
            end = i < 0 or after[i] == len(parts)
            return None if end else self.rank.get((parts[i], parts[after[i]]))

        def wait(i: int) -> None:
            if (rank := learned(i)) is not None:
                heappush(heap, (rank, i))

        for i in range(len(parts)):
            wait(i)
        while heap:
            rank, i = heappop(heap)
            if learned(i) == rank:  # else one of the two was joined before
                parts[i] += parts[after[i]]
                parts[after[i]] = b""  # which no merge has
                after[i] = after[after[i]]
                before[after[i]] = i
                wait(before[i])
                wait(i)
        return [self.ids[part] for part in parts if part in self.ids]
