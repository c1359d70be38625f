"""Formula (16): the loss of a data set, as sums and counts to divide by."""

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
    """Inputs and targets, shifted by one: (x₁ … xₘ, x₂ … xₘ₊₁).

    A sequence of m + 1 tokens makes m predictions; its first token is given
    and never scored.

    Parameters
    ----------
    tokens : array_like of ids or strings, shape (..., m + 1)
        One sequence, or several of the same length.

    Returns
    -------
    inputs, targets : arrays, shape (..., m)
        Views of `tokens`, if it is an array.

    Raises
    ------
    ValueError
        If there are fewer than two tokens, so that there is nothing to predict.
    TypeError
        If tokens are neither ids nor strings, or a mixture of both.

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
            if not isinstance(token, kind):  # NumPy would convert it to a string
                raise TypeError(f"tokens must be all ids or all strings, got {token!r}")
        if (x != given).any():  # NumPy drops a zero byte at the end of a string
            x = given
    if x.ndim == 0 or x.shape[-1] < 2:
        raise ValueError(
            f"tokens must be at least two along the last axis, got shape {x.shape}"
        )
    return x[..., :-1], x[..., 1:]


@dataclass(frozen=True)
class LossTotals:
    """Sums and counts of Formula (16). Add them with `+`; divide once, at the end.

    The sums are compensated: they don't depend on order or grouping, except for the
    last bit in a rare tie. `LossTotals()` is zero, and `sum(totals)` works.

    Parameters
    ----------
    total : float
        The sum of the token losses, in nats.
    n_sequences : int
        The number of sequences.
    n_tokens : int
        The number of scored tokens.

    Raises
    ------
    ValueError
        If a count or the total is negative (cross-entropy never is), or an average
        is taken over no sequences or no tokens.
    TypeError
        If the total is not a number, or a count not an integer.

    Examples
    --------
    >>> totals = LossTotals(6.0, 1, 3) + LossTotals(2.0, 1, 1)
    >>> totals.per_sequence, totals.per_token
    (4.0, 2.0)
    """

    total: float = 0.0
    n_sequences: int = 0
    n_tokens: int = 0
    # The rounding error of `total`, the low half of the compensated sum.
    _rest: float = field(default=0.0, repr=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        # Python's own numbers: NumPy's smaller types would round, or wrap around.
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
        if math.isfinite(high):  # of an infinite sum, the rest would be inf − inf
            high, low = two_sum(high, low + self._rest + other._rest)
        return replace(
            self,
            total=high,
            n_sequences=self.n_sequences + other.n_sequences,
            n_tokens=self.n_tokens + other.n_tokens,
            _rest=low,
        )

    def __radd__(self, other: int) -> "LossTotals":
        """0 + totals, since `sum` starts from 0."""
        return self if type(other) is int and other == 0 else NotImplemented

    def save(self, path: Path | str) -> None:
        """Save to a file, as JSON. An interrupt leaves the old file or the new one,
        never a broken one.

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
        """Load what `save` wrote, exact to the last bit, compensation included.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it contains anything else.
        """
        try:
            saved = json.loads(Path(path).read_text(encoding="ascii"))
            check_number("_rest", saved["_rest"])
            return cls(**saved)
        except (TypeError, KeyError, ValueError, RecursionError) as error:
            raise ValueError(f"{path} is not a saved LossTotals: {error}") from None

    @property
    def per_sequence(self) -> float:
        """Loss per sequence in nats, Formula (16) as this book's source writes it."""
        if self.n_sequences == 0:
            raise ValueError("no sequences: there is nothing to average")
        return self.total / self.n_sequences

    @property
    def per_token(self) -> float:
        """Loss per scored token in nats, Formula (16) as the course handout has it."""
        if self.n_tokens == 0:
            what = "scored tokens" if self.n_sequences else "sequences"
            raise ValueError(f"no {what}: there is nothing to average")
        return self.total / self.n_tokens

    @property
    def perplexity(self) -> float:
        """The perplexity, Formula (18), exp of the loss per token."""
        return float(perplexity(self.per_token))

    @property
    def bits_per_token(self) -> float:
        """The loss per token in bits."""
        return self.per_token / math.log(2)

    def bits_per_byte(self, n_bytes: int) -> float:
        """Total in bits, divided by the text's bytes: independent of the tokenizer."""
        check_number("n_bytes", n_bytes)
        if not n_bytes > 0:
            raise ValueError(f"n_bytes must be positive, got {n_bytes}")
        return self.total / math.log(2) / n_bytes


def dataset_loss(
    sequences: Iterable[tuple[ArrayLike, ArrayLike]],
    *,
    ignore_index: int | None = None,
) -> LossTotals:
    """Loss of a data set, Formula (16), as sums to divide later.

    ::

        ℓ(θ; D) = 1/|D| Σ_{x ∈ D} Σ_{i=1}^{m} −ln p(x_{i+1} | x_{1:i})

    `.per_sequence` divides by the number of sequences, as the formula does,
    `.per_token` by the number of scored tokens.

    Parameters
    ----------
    sequences : iterable of pairs
        One pair per sequence: logits of shape (m, V), integer targets of shape (m,). A
        generator is read once, one sequence at a time, and closed after an error.
    ignore_index : int, optional
        As in `cross_entropy`. A sequence without scored targets still counts as one.

    Returns
    -------
    LossTotals
        `LossTotals()` if there are no sequences.

    Raises
    ------
    TypeError
        If `sequences` is not iterable.
    ValueError
        If an item is not a pair, or its logits are not (m, V), such as a batch
        (B, m, V). Errors from `cross_entropy` get the sequence's number as a note.

    Examples
    --------
    >>> logits = [[3.2, 1.0, -0.5, 2.5], [0.0, 0.0, 0.0, 0.0]]
    >>> totals = dataset_loss([(logits, [0, 3]), (logits[:1], [0])])
    >>> print(f"{totals.per_sequence:.4f} {totals.per_token:.4f}")
    1.1830 0.7887

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (16), which averages
    over tokens.
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
        if isinstance(pairs, Generator):  # closes the files that it has open
            pairs.close()
    return totals


def sequence_losses(
    pair: tuple[ArrayLike, ArrayLike], ignore_index: int | None
) -> tuple[Losses, int]:
    """The losses of a pair of logits (m, V) and targets (m,), and the scored count."""
    try:
        logits, targets = pair
    except (TypeError, ValueError):
        what = type(pair).__name__
        raise ValueError(
            f"a sequence must be a pair of logits and targets, got {what}"
        ) from None
    given = as_array("logits", logits)
    if given.ndim != 2:
        raise ValueError(
            f"logits of one sequence must have shape (m, V), got {given.shape}"
        )
    o = as_logits(given)
    ids, scored = as_targets(targets, o.shape, ignore_index)
    return quiet().run(compute_losses, o, ids, scored), int(scored.sum())


def perplexity(loss: ArrayLike) -> Losses | np.float64:
    """Perplexity, Formula (18): exp(loss).

    A uniform choice among that many tokens has the same loss.

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
        If a loss is not a real number.
    ValueError
        If a loss is negative: cross-entropy never is (a missing minus sign?).

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
    """The rounded sum of the losses of a sequence, and its rounding error."""
    try:
        total = math.fsum(losses)
    except OverflowError:
        total = math.inf
    rest = math.fsum([*losses, -total]) if math.isfinite(total) else 0.0
    return total, rest


def two_sum(a: float, b: float) -> tuple[float, float]:
    """a + b rounded, and its exact rounding error (Knuth)."""
    high = a + b
    b_part = high - a
    return high, (a - (high - b_part)) + (b - b_part)
