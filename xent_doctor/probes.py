"""The probes: what a loss function is asked."""

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .reference import IGNORED, Array

if TYPE_CHECKING:
    from .kind import Kind


def thrice(o: list[float], target: int) -> tuple[Array, Array]:
    """A row and its neighbours, all alike: a shift by one changes nothing."""
    return np.tile(np.array(o), (3, 1)), np.full(3, target)


def waves(*shape: int) -> Array:
    """Rows that all differ."""
    return 3 * np.sin(np.arange(np.prod(shape)) ** 1.3).reshape(shape)


# Logits (N, V) and targets (N,).
PROBES: dict[str, tuple[Array, Array]] = {
    "example": (np.array([[3.2, 1.0, -0.5, 2.5]]), np.array([0])),
    "batch": (
        np.array([[3.2, 1.0, -0.5, 2.5], [0.1, -0.7, 0.4, 2.0], [1.5, 1.2, -2.0, 0.3]]),
        np.array([3, 1, 2]),
    ),
    "square": (
        np.array([[1.0, 0.2, 0.9], [-0.3, 0.4, 1.7], [0.5, 2.0, -1.0]]),
        np.array([0, 1, 1]),
    ),
    "a vocabulary of 128": (
        np.sin(np.arange(7 * 128) ** 2.0).reshape(7, 128),  # 7 rows: no equal parts
        np.array([7, 90, 3, 64, 127, 20, 55]),
    ),
    "two tokens": thrice([0.0, 1.0], 1),
    "logits + 1,000": thrice([1001.0, 1003.2, 999.5, 1002.5], 1),
    "rare target": thrice([0.0, -50.0, -1.0], 1),
    "unequal rows": (
        np.array([[0.0, 1.0], [5000.0, 4998.0], [2.0, 0.0]]),
        np.array([1, 0, 1]),
    ),
    "far target": thrice([0.0, -5000.0, -1.0], 1),
    "sure target": thrice([4.5, 0.0, -1.0], 0),
}
# In each dtype, two equal logits so large that adding ln 2 changes no digit. Nobody
# trains there: what is lost in these alone is no fault.
BEYOND = "two equal huge logits"
ASKED: dict[type, dict[str, tuple[Array, Array]]] = {
    dtype: PROBES | {BEYOND: thrice([large, large], 1)}
    for dtype, large in ((np.float64, 1e17), (np.float32, 1e8))
}
# No probes for a loss that takes p, since a p of exp(−5000) is 0.
OF_LOGITS_ALONE = ("logits + 1,000", "unequal rows", "far target", BEYOND)


class Asked(NamedTuple):
    """A probe as a function gets it: in this dtype, as rows or as sequences."""

    kind: "Kind"
    name: str
    dtype: type
    sequences: bool
    ignored: int | None

    @property
    def laid(self) -> tuple[Any, ...]:
        """It, as its kind of loss writes it; as sequences, it is there twice."""
        return self.kind.laid(self.name, self.dtype, self.sequences)


@cache
def laid(name: str, dtype: type, sequences: bool) -> tuple[Array, Array]:
    """The logits and targets of a probe."""
    o, targets = ASKED[dtype].get(name) or (MORE_PROBES | UNNAMED)[name]
    if sequences and o.ndim == 2:
        o, targets = np.stack([o, o]), np.stack([targets, targets])
    LAID[id(o), id(targets)] = name
    return o, targets


# What arrays are laid for, whose predictions are kept; so are they, so no others get
# their ids.
LAID: dict[tuple[int, ...], str] = {}


# Asked once the rows above are explained.
MANY_ROWS = waves(3001, 7), np.arange(3001) ** 2 % 7
# Ids beyond uint8, float16’s exact integers, and uint16; and maxima that rise, or fall,
# from block to block. The last block of any usual size is incomplete, and not short;
# its last token is likely, so that the loss shows whether that block is left out.
LARGE_VOCABULARY = (
    waves(4, 269_999)
    + np.outer([1, -1, 0, 0], np.linspace(-10, 10, 269_999))
    + np.outer([0, 0, 0, 12], np.arange(269_999) == 269_998),
    np.array([269_998, 66_001, 2_049, 300]),
)
EVERY_TOKEN = waves(128, 128), np.arange(128)
WIDE = 3_999  # tokens: of a function that makes a square of them no more
RISING = np.outer(np.arange(60.0), [0, -1]), np.ones(60, int)
MASKED = np.array([[0.0, -np.inf, 1.0]] * 3), np.full(3, 2)

# Three sequences, of 5, 2 and 4 tokens, and where the padding stands.
SEQUENCES = 5 * np.cos(np.arange(3 * 5 * 128) ** 1.1).reshape(3, 5, 128)
TOKENS = np.array([[3, 99, 28, 64, 5], [17, 28, 9, 9, 77], [70, 2, 31, 8, 50]])


def padded(*places: tuple[int, slice]) -> Array:
    targets = TOKENS.copy()
    for place in places:
        targets[place] = IGNORED
    return targets


PADDED = {
    "at the end": padded((1, slice(2, 5)), (2, slice(4, 5))),
    "at the start": padded((1, slice(0, 3)), (2, slice(0, 1))),
    "in between": padded((1, slice(1, 4)), (2, slice(2, 3))),
}
# More than a usual number of sequences.
MANY_SEQUENCES = waves(20, 3, 8), (np.arange(60) ** 2 % 7 + 1).reshape(20, 3)
# All others by the names that a report gives them, so that anybody can ask the same.
MORE_PROBES = {
    "3,001 rows": MANY_ROWS,
    "a vocabulary of 269,999": LARGE_VOCABULARY,
    "a logit of −∞": MASKED,
    "a loss of 0": (np.array([[2, 1, 0], [0, 1, 80], [0.5, 1, 2]]), np.full(3, 2)),
    "three sequences": (SEQUENCES, TOKENS),
} | {
    f"three sequences, padding {place}": (SEQUENCES, targets)
    for place, targets in PADDED.items()
}
# A report never names these.
UNNAMED = {
    "rising losses": RISING,
    "20 sequences": MANY_SEQUENCES,
    "six rows": tuple(one[:-1] for one in PROBES["a vocabulary of 128"]),
}
LAID[id(SEQUENCES), id(TOKENS)] = "three sequences"
