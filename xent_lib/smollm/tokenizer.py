"""Text to token ids and back: the byte-pair encoding of SmolLM2."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from heapq import heappop, heappush

import regex

# How to cut a text into pieces before merging, by the names in GGUF files. No token
# reaches across two pieces.
PIECES = {
    # English endings, words, single digits, punctuation, and white space, whose last
    # character belongs to the word or the digits after it.
    "smollm": regex.compile(
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+"
        r"|\p{White_Space}+(?![^\p{White_Space}\p{N}])|\p{White_Space}+"
    ),
    # The same, but digits stay together, with the space before them.
    "gpt-2": regex.compile(
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+"
        r"|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+"
    ),
    # Endings in capitals, too, any punctuation before a word, up to three digits, line
    # ends.
    "llama-bpe": regex.compile(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+"
        r"|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+"
    ),
}
# The last end of a word or a number, where pieces of every kind end, too.
END = regex.compile(r"(?r)\p{L}(?=\P{L})|\p{N}(?=\P{N})")
WHOLE = {"llama-bpe"}  # a piece that is in the vocabulary is one token, without merges


def byte_characters() -> list[str]:
    """The character that represents each byte in a tokenizer's file.

    Printable Latin-1 characters represent themselves, others get U+0100 and following.

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
    """Byte-pair encoding: cuts a text into pieces, these into bytes, and merges them.

    Parameters
    ----------
    tokens : the vocabulary in its order, in the characters of `byte_characters`
    merges : pairs to merge, in the order in which they were learned, such as "Ġ t"
    kind : one of PIECES

    Raises
    ------
    ValueError
        If a merge does not turn two tokens into one of the vocabulary: encoding would
        lose their text.

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

        def in_bytes(token: str) -> bytes:  # special tokens may have other characters
            return b"".join(byte.get(c) or c.encode() for c in token)

        self.pieces, self.whole = PIECES[kind], kind in WHOLE
        self.tokens = [in_bytes(token) for token in tokens]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.rank = {}
        for i, merge in enumerate(merges):
            two = tuple(map(in_bytes, merge.split()))
            if len(two) != 2 or b"".join(two) not in self.ids:
                raise ValueError(f"merge {merge!r} does not turn two tokens into one")
            self.rank[two] = i
        self._encode = lru_cache(2**16)(self._encode_piece)  # most words repeat

    def encode(self, text: str) -> list[int]:
        """The ids of a text. A control byte without a token is left out."""
        # Lazily: a list of all pieces would take fifteen times the text's memory.
        found = self.pieces.finditer(text)
        return [i for piece in found for i in self._encode(piece[0])]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, with � for bytes that are not UTF-8."""
        return b"".join(self.tokens[i] for i in ids).decode(errors="replace")

    def agrees(self, other: "Tokenizer") -> bool:
        """Whether the other makes the same ids of every text."""
        names = "tokens", "rank", "pieces", "whole"
        return all(getattr(self, x) == getattr(other, x) for x in names)

    def n_bytes(self, ids: Iterable[int]) -> int:
        """How many bytes of text the ids encode."""
        return sum(len(self.tokens[i]) for i in ids)

    def _encode_piece(self, piece: str) -> list[int]:
        """The ids of a piece. Repeatedly merge the pair that was learned first, the
        leftmost of equals. A heap of candidates keeps this fast for long pieces."""
        parts = [bytes([byte]) for byte in piece.encode()]
        if self.whole and piece.encode() in self.ids:
            parts = [piece.encode()]
        before, after = list(range(-1, len(parts))), list(range(1, len(parts) + 1))
        heap: list[tuple[int, int]] = []

        def learned(i: int) -> int | None:
            """The rank of the merge of part i with the next, if there is one."""
            end = i < 0 or after[i] == len(parts)
            return None if end else self.rank.get((parts[i], parts[after[i]]))

        def wait(i: int) -> None:
            if (rank := learned(i)) is not None:
                heappush(heap, (rank, i))

        for i in range(len(parts)):
            wait(i)
        while heap:
            rank, i = heappop(heap)
            if learned(i) == rank:  # otherwise one of the two has merged already
                parts[i] += parts[after[i]]
                parts[after[i]] = b""  # matches no merge
                after[i] = after[after[i]]
                before[after[i]] = i
                wait(before[i])
                wait(i)
        return [self.ids[part] for part in parts if part in self.ids]
