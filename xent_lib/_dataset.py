"""Formula (16): the loss of a data set, and what it is divided by."""

import json
import math
import sys
from collections.abc import Generator, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import formulas
from ._arrays import (
    Losses,
    as_array,
    as_logits,
    as_real,
    as_targets,
    check_integer,
    check_number,
)
from ._compute import quiet
from ._cross_entropy import compute_losses


def next_token_pairs(tokens: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """The shift by one: (x₁ … xₘ, x₂ … xₘ₊₁).

    A sequence of m + 1 tokens holds m predictions; its first token is given
    and never scored.

    Parameters
    ----------
    tokens : array_like of ids or strings, shape (..., m + 1)
        The sequence, or several of one length.

    Returns
    -------
    inputs, targets : arrays, shape (..., m)
        Views of `tokens`, if it is an array.

    Raises
    ------
    ValueError
        Fewer than two tokens, which leave nothing to predict.
    TypeError
        Strings and other things in one sequence.

    Examples
    --------
    >>> inputs, targets = next_token_pairs(["The", "cat", "sat"])
    >>> print(inputs, targets)
    ['The' 'cat'] ['cat' 'sat']
    """
    x = as_array("tokens", tokens)
    if x.size and x.dtype.kind in "fc":
        raise TypeError(f"tokens must be ids or strings, got dtype {x.dtype}")
    if x.dtype.kind in "US" and not isinstance(tokens, np.ndarray):
        kind, given = str if x.dtype.kind == "U" else bytes, np.asarray(tokens, object)
        for token in given.flat:
            if not isinstance(token, kind):  # NumPy would make a string of it
                raise TypeError(f"tokens must be all ids or all strings, got {token!r}")
        if (x != given).any():  # NumPy drops a zero byte at the end of a string
            x = given
    if x.ndim == 0 or x.shape[-1] < 2:
        raise ValueError(
            f"tokens must hold at least two along the last axis, got shape {x.shape}"
        )
    return x[..., :-1], x[..., 1:]


@dataclass(frozen=True)
class LossTotals:
    """The sums behind Formula (16). Add them up; divide once, at the end.

    Sums are compensated: they do not depend on order or grouping, save the last bit in
    a rare tie. `LossTotals()` is the zero of `+`, and `sum(totals)` works.

    Parameters
    ----------
    total : float
        The sum of the token losses, in nats.
    n_sequences : int
        How many sequences.
    n_tokens : int
        How many scored tokens.

    Raises
    ------
    ValueError
        A negative count; a negative total, which no cross-entropy has; an average
        over no sequences or no tokens.
    TypeError
        A total that is not a number, or a count that is not an integer.

    Examples
    --------
    >>> totals = LossTotals(6.0, 1, 3) + LossTotals(2.0, 1, 1)
    >>> totals.per_sequence, totals.per_token
    (4.0, 2.0)
    """

    total: float = 0.0
    n_sequences: int = 0
    n_tokens: int = 0
    # What rounding took from `total`: the low half of the sum.
    _rest: float = field(default=0.0, repr=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        # Python's own numbers: NumPy's smaller ones would round, or wrap.
        check_number("total", self.total)
        if isinstance(self.total, int) and abs(self.total) > sys.float_info.max:
            raise ValueError(f"total must be below {sys.float_info.max}")
        object.__setattr__(self, "total", float(self.total))
        for name in ("n_sequences", "n_tokens"):
            check_integer(name, getattr(self, name))
            object.__setattr__(self, name, int(getattr(self, name)))
        for name in ("total", "n_sequences", "n_tokens"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"{name} must not be negative, got {getattr(self, name)}"
                )

    def __add__(self, other: "LossTotals") -> "LossTotals":
        if not isinstance(other, LossTotals):
            return NotImplemented
        high, low = two_sum(self.total, other.total)
        if math.isfinite(high):  # the rest of an infinite sum is inf − inf
            high, low = two_sum(high, low + self._rest + other._rest)
        return replace(
            self,
            total=high,
            n_sequences=self.n_sequences + other.n_sequences,
            n_tokens=self.n_tokens + other.n_tokens,
            _rest=low,
        )

    def __radd__(self, other: int) -> "LossTotals":
        """0 + totals, with which `sum` begins."""
        return self if type(other) is int and other == 0 else NotImplemented

    def save(self, path: Path | str) -> None:
        """Into a file, as JSON, whole or not at all: an interrupt leaves the file
        before, or this one.

        Examples
        --------
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "sums.json")
        >>> LossTotals(6.0, 1, 3).save(path)
        >>> LossTotals.load(path) + LossTotals(2.0, 1, 1)
        LossTotals(total=8.0, n_sequences=2, n_tokens=4)
        """
        path = Path(path)
        new = path.with_name(f".{path.name}.new")
        new.write_text(json.dumps(asdict(self)), encoding="ascii")
        new.replace(path)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """What was saved, to the last bit, that which rounding took included.

        Raises
        ------
        FileNotFoundError
            No file.
        ValueError
            One with other things in it.
        """
        try:
            saved = json.loads(Path(path).read_text(encoding="ascii"))
            check_number("_rest", saved["_rest"])
            return cls(**saved)
        except (TypeError, KeyError, ValueError, RecursionError) as error:
            raise ValueError(f"{path} has no saved LossTotals: {error}") from None

    @property
    def per_sequence(self) -> float:
        """Formula (16) as the source of the book writes it, in nats per sequence."""
        if self.n_sequences == 0:
            raise ValueError("no sequences: there is nothing to average")
        return self.total / self.n_sequences

    @property
    def per_token(self) -> float:
        """Formula (16) as the hand-out has it, in nats a scored token."""
        if self.n_tokens == 0:
            what = "scored tokens" if self.n_sequences else "sequences"
            raise ValueError(f"no {what}: there is nothing to average")
        return self.total / self.n_tokens

    @property
    def perplexity(self) -> float:
        """Formula (18), exp of the loss per token."""
        return float(perplexity(self.per_token))

    @property
    def bits_per_token(self) -> float:
        """The loss per token in bits."""
        return self.per_token / math.log(2)

    def bits_per_byte(self, n_bytes: int) -> float:
        """The total in bits over the bytes of the text, whatever the tokenizer."""
        check_number("n_bytes", n_bytes)
        if not n_bytes > 0:
            raise ValueError(f"n_bytes must be positive, got {n_bytes}")
        return self.total / math.log(2) / n_bytes


def dataset_loss(
    sequences: Iterable[tuple[ArrayLike, ArrayLike]],
    *,
    ignore_index: int | None = None,
) -> LossTotals:
    """Formula (16), the loss of a data set, as sums that are not yet divided.

    ::

        ℓ(θ; D) = 1/|D| Σ_{x ∈ D} Σ_{i=1}^{m} −ln p(x_{i+1} | x_{1:i})

    `.per_sequence` divides by the number of sequences, as the formula does,
    `.per_token` by the number of scored tokens.

    Parameters
    ----------
    sequences : iterable of pairs
        A sequence each: logits of shape (m, V) and integer targets of shape (m,). A
        generator is read once, a sequence at a time, and closed after an error.
    ignore_index : int, optional
        As in `cross_entropy`. A sequence with nothing scored still counts as one.

    Returns
    -------
    LossTotals
        Of no sequences at all, `LossTotals()`.

    Raises
    ------
    TypeError
        Sequences that are none.
    ValueError
        A batch (B, m, V) in place of a sequence; and whatever `cross_entropy`
        raises, with the sequence's number as a note.

    Examples
    --------
    >>> logits = [[3.2, 1.0, -0.5, 2.5], [0.0, 0.0, 0.0, 0.0]]
    >>> totals = dataset_loss([(logits, [0, 3]), (logits[:1], [0])])
    >>> print(f"{totals.per_sequence:.4f} {totals.per_token:.4f}")
    1.1830 0.7887

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (16), where the
    average is over tokens.
    """
    if not isinstance(sequences, Iterable):
        raise TypeError(f"sequences must be an iterable of pairs, got {sequences!r}")
    totals, pairs = LossTotals(), iter(sequences)
    try:
        for number, pair in enumerate(pairs):
            try:
                losses, n = sequence_losses(pair, ignore_index)
            except Exception as error:
                error.add_note(f"in sequences[{number}], a pair of logits and targets")
                raise
            total, rest = exact_sum(losses)
            totals += LossTotals(total, 1, n, _rest=rest)
    finally:
        if isinstance(pairs, Generator):  # what it has open, it closes now
            pairs.close()
    return totals


def sequence_losses(
    pair: tuple[ArrayLike, ArrayLike], ignore_index: int | None
) -> tuple[Losses, int]:
    """The losses of a pair of logits (m, V) and targets (m,), and how many count."""
    try:
        logits, targets = pair
    except (TypeError, ValueError):
        what = type(pair).__name__
        raise ValueError(
            f"a sequence must be a pair of logits and targets; a {what} is none"
        ) from None
    given = as_array("logits", logits)
    if given.ndim != 2:
        raise ValueError(
            f"logits must have shape (m, V), one sequence each, got {given.shape}"
        )
    o = as_logits(given)
    ids, scored = as_targets(targets, o.shape, ignore_index)
    return quiet().run(compute_losses, o, ids, scored), int(scored.sum())


def perplexity(loss: ArrayLike) -> Losses | np.float64:
    """Formula (18): exp(loss), how many equally likely tokens surprise as much.

    Parameters
    ----------
    loss : array_like of floats
        A mean loss per token in nats, or an array of them.

    Returns
    -------
    float64, the shape of `loss`
        +inf where exp overflows.

    Raises
    ------
    TypeError
        A loss that is not a real number.
    ValueError
        A negative loss, which no cross-entropy has (a lost sign?).

    Examples
    --------
    >>> print(f"{perplexity(0.489875):.2f}")
    1.63

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (18).
    """
    nats = as_real("loss", loss)
    if (nats < 0).any():
        raise ValueError(f"loss must not be negative, got {nats[nats < 0].flat[0]}")
    result: Losses = quiet().run(lambda: formulas.perplexity(nats.astype(np.float64)))
    return result[()]


def exact_sum(losses: Losses) -> tuple[float, float]:
    """The sum of the losses of a sequence, and what rounding it lost."""
    try:
        total = math.fsum(losses)
    except OverflowError:
        total = math.inf
    rest = math.fsum([*losses, -total]) if math.isfinite(total) else 0.0
    return total, rest


def two_sum(a: float, b: float) -> tuple[float, float]:
    """a + b rounded, and what the rounding lost, exactly (Knuth)."""
    high = a + b
    b_part = high - a
    return high, (a - (high - b_part)) + (b - b_part)
