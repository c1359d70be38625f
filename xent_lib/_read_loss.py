"""What does this loss say? The ruler of Chapter 7 is given the same `CASES`."""

import math
import operator
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from numpy.typing import ArrayLike

from ._arrays import as_array, check_integer, check_number
from ._dataset import perplexity
from ._sentences import CASES, LARGE, ZERO, Case

SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, repr=False)
class Reading:
    """A loss in other units, and in words. NaN stands for what cannot be computed."""

    nats: float
    bits: float
    perplexity: float
    p: float
    share: float
    bits_per_byte: float
    words: tuple[str, ...]

    def __repr__(self) -> str:
        lines = filter(None, [self.numbers(), *self.words])
        return "\n".join(map(textwrap.fill, lines))

    def numbers(self) -> str:
        """The loss in each unit, in one line."""
        return ", ".join(
            f"{unit} {x}"
            if unit in ("perplexity", "p")
            else f"{x} {unit.removeprefix('share ')}"
            for unit, x in self.shown().items()
            if x != "–"
        )

    def shown(self) -> dict[str, str]:
        """The numbers as they are written, by their units."""
        numbers = (self.nats, self.bits, self.perplexity, self.p)
        nats, bits, perplexity, p = map(show, numbers)
        if 700 < self.nats < math.inf:  # near where float64 ends
            perplexity, p = "over 10³⁰⁰", "under 10⁻³⁰⁰"
        share = show(100 * self.share)
        return {
            "nats": nats,
            "bits": bits,
            "perplexity": perplexity,
            "p": p,
            "share of ln V": share if share == "–" else f"{share}%",
            "bits per byte": show(self.bits_per_byte),
        }


def read_loss(
    loss: ArrayLike,
    vocabulary: int | None = None,
    bytes_per_token: float | None = None,
) -> Reading:
    """Say what a mean loss per token means, and what is worth checking.

    With a loss ℓ in nats, V tokens and b bytes per token: ℓ / ln 2 bits, the perplexity
    exp(ℓ) of Formula (18), p = exp(−ℓ), ℓ / ln V, and ℓ / (b ln 2) bits per byte. p is
    the geometric mean of the target probabilities.

    The words compare ℓ with 0, with ln V (a blind guess among all tokens; near means
    within 3%), with ln(e + V − 1) − 1, the least that a softmax taken twice can reach,
    with −ln of the usual epsilons, with n times ln V, and with what is low for new
    text: 0.25 bits per byte (at one byte per token, if b is not given), or 5% of ln V.
    They name possible causes; one number cannot tell which is the case, nor whether a
    loss is right.

    Parameters
    ----------
    loss : number
        In nats: a float, a zero-dimensional array, or a tensor, even one in training.
        NaN and infinity are accepted.
    vocabulary : int, optional
        V, from 2 to 10⁹.
    bytes_per_token : number, optional
        The average number of bytes of text per token, from 0.1 to 1,000.

    Returns
    -------
    Reading
        nats, bits, perplexity, p, share (of ln V), bits_per_byte, and words, a tuple
        of sentences. NaN where the loss is not a number, or V or b is not given.

    Raises
    ------
    TypeError
        If the loss or `bytes_per_token` is not a real number, or `vocabulary` not an
        integer.
    ValueError
        If `vocabulary` or `bytes_per_token` is out of range.

    Examples
    --------
    >>> read_loss(10.9, vocabulary=50_257)
    10.90 nats, 15.73 bits, perplexity 54,176, p 1.8·10⁻⁵, 101% of ln V
    Near ln V = 10.82, the loss of a blind guess among all V tokens. An
    untrained model starts here. Later, it means that next to nothing has
    been learned.

    >>> print(f"{read_loss(3.02).bits:.2f}")
    4.36

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (18).
    """
    value = _number("loss", loss)
    if vocabulary is not None:
        check_integer("vocabulary", vocabulary, " or None")
        check_range("vocabulary", vocabulary, 2, 10**9)
    if bytes_per_token is not None:
        bytes_per_token = _number("bytes_per_token", bytes_per_token)
        check_range("bytes_per_token", bytes_per_token, 0.1, 1000)
    nats = max(0.0, value) if value > -ZERO else math.nan
    V, B = vocabulary or math.nan, bytes_per_token or math.nan
    bits = nats / math.log(2)
    reading = {
        "nats": nats,
        "bits": bits,
        "perplexity": float(perplexity(nats)),
        "p": math.exp(-nats),
        "share": nats / math.log(V),
        "bits_per_byte": bits / B,
    }
    others = {
        "loss": value,
        "equal": math.log(V),
        "large": math.nan if vocabulary else math.log(LARGE),
        "twice": math.log(math.e + V - 1) - 1,
        "if_bits": nats * math.log(2),
        "if_perplexity": math.log(nats) if nats > 1 else math.nan,
        "most_bits": bits / (bytes_per_token or 1),  # a token has a byte or more
    }
    return Reading(**reading, words=tuple(said(CASES, reading | others)))


def said(cases: Sequence[Case], numbers: Mapping[str, float]) -> Iterator[str]:
    """What the first case says that holds, with its numbers."""
    first = next((words for where, words in cases if holds(where, numbers)), [])
    for word in first:
        if isinstance(word, str):
            yield re.sub(r"{(\w+)}", lambda name: show(numbers[name[1]]), word)
        else:
            yield from said(word, numbers)


def holds(condition: str, numbers: Mapping[str, float]) -> bool:
    """Whether "nats > 1.03 equal" is so, or nothing is asked."""
    if not condition:
        return True
    name, sign, factor, *unit = condition.split()
    bound = float(factor) * math.prod(numbers[one] for one in unit)
    return SIGNS[sign](numbers[name], bound)


def _number(name: str, value: ArrayLike) -> float:
    held: Any = value
    if hasattr(held, "requires_grad"):  # a tensor of PyTorch, in training
        held = held.detach().cpu()
    given = as_array(name, held)
    if given.ndim:
        raise TypeError(f"{name} must be a number, got an array of shape {given.shape}")
    single = given.item()
    check_number(name, single)
    try:
        return float(single)
    except OverflowError:
        raise ValueError(f"{name} must fit a float64, got 10³⁰⁸ or more") from None


def check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low} to {high:,}, got {value}")


def show(x: float) -> str:
    """A number of at least 0 for reading: two decimals or three digits, 8.0·10⁸."""
    if x != x:
        return "–"
    if x == math.inf:
        return "∞"
    exact = Decimal(x)
    plain = x == 0 or 1e-3 <= x < 1e6
    if not plain:
        least = exact.adjusted() - 1
    elif 0 < x < 100:
        least = -2 - sum(x < edge for edge in (0.01, 0.1, 1))
    else:
        least = 0
    # As a browser rounds: halves up.
    rounded = exact.quantize(Decimal(1).scaleb(least), ROUND_HALF_UP)
    if plain:
        return f"{rounded:,}"
    digit, power = f"{rounded:.1e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digit}·10{raised}"
