"""The loss of each token of texts, whatever their number and their length."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import index
from typing import Protocol

import numpy as np

from .. import cross_entropy
from .llama import Llama
from .tokenizer import Tokenizer

BATCH = 256  # tokens at a time: more are no faster, and their logits take 50 MB
WINDOW = 2048  # tokens read at once: the scores of attention grow with their square

Piece = tuple[np.ndarray, int]  # what is read at once, and where in it scoring begins
Batch = list[Piece]
Compute = Callable[[Iterable[Piece]], Iterable[np.ndarray]]  # what `run` finds of each


class Bar(Protocol):
    """What tells how far it is, such as tqdm's."""

    def update(self, n: float) -> object: ...
    def clear(self) -> None: ...


@dataclass(frozen=True, eq=False)
class Score:
    """A text as a model reads it: of each token its loss, and what was expected."""

    text: str
    ids: np.ndarray
    losses: np.ndarray  # −ln p of each of the ids, in nats
    best: np.ndarray  # the likeliest token at each place
    best_p: np.ndarray
    tokenizer: Tokenizer

    @property
    def tokens(self) -> list[str]:
        """The ids, in words."""
        return [self.tokenizer.decode([i]) for i in self.ids]

    @property
    def best_tokens(self) -> list[str]:
        return [self.tokenizer.decode([i]) for i in self.best]

    @property
    def n_bytes(self) -> int:
        """Of its tokens: a control byte that has none is left out."""
        return self.tokenizer.n_bytes(self.ids)


def score(
    model: Llama,
    texts: Iterable[str],
    *,
    window: int | None = None,
    stride: int | None = None,
    bar: Bar | None = None,
) -> Iterator[Score]:
    """The loss of each token of each text, given all that comes before it.

    Every text begins with the start token, which is not scored. One longer than the
    window is read in several: each begins with the start token, too, and scores what
    those before it did not reach, after `window - stride` tokens that it reads again.

    Each processor adds up in an order of its own, which also depends on what is read
    beside a text. A loss l is the same everywhere to 1e-5 (1 + l) nats, the sum or the
    mean of a text to a millionth of it.

    Parameters
    ----------
    model : Llama
    texts : iterable of str
    window : int, optional
        How many tokens are read at once: the context of the model, 2,048 at most, if it
        is not said.
    stride : int, optional
        By how many tokens a window is further on than the last: half of it, if it is
        not said. A smaller one is slower, and leaves each token more to look back at.
    bar : tqdm or the like, optional
        Moved on by the bytes that are read, and cleared before a score comes.

    Yields
    ------
    Score
        One a text, in their order. Texts are taken as they are needed, some thousand
        bytes ahead.

    Raises
    ------
    ValueError
        A text without a token, or with half a character (a lone surrogate), when it is
        taken; a window or a stride that does not fit, at the call.
    TypeError
        A text that is no str; a window or a stride that is no integer.

    Examples
    --------
    >>> from xent_lib import smollm
    >>> model = smollm.load(smollm.TINY)
    >>> [score] = smollm.score(model, ["The cat sat on the mat."])
    >>> len(score.ids) == len(score.losses)
    True
    """
    sizes = check_sizes(model, window, stride)
    if isinstance(texts, str):
        raise TypeError("texts must be several, in a list; a str is one")
    # From here on a generator: what is wrong was said at the call.
    return score_by(partial(compute, model), model, texts, *sizes, bar)


def compute(model: Llama, pieces: Iterable[Piece]) -> Iterator[np.ndarray]:
    """What `run` finds of each, some at a time."""
    for batch in batches(pieces):
        yield from run(model, batch)


def score_by(
    compute: Compute,
    model: Llama,
    texts: Iterable[str],
    window: int,
    stride: int,
    bar: Bar | None,
) -> Iterator[Score]:
    """The scores of texts, whose windows `compute` scores in their order."""
    taken: deque[tuple[str, np.ndarray, int]] = deque()  # and not yet scored

    def pieces() -> Iterator[Piece]:
        for i, text in enumerate(texts):
            ids = check_text(model, text, f"texts[{i}]")
            taken.append(
                (text, ids, sum(len(model.tokenizer.tokens[i]) for i in ids[1:]))
            )
            yield from windows(ids, window, stride)

    parts: list[np.ndarray] = []  # of the first that is taken
    left = 0
    for part in compute(pieces()):
        text, ids, n_bytes = taken[0]
        left = (left or len(ids) - 1) - part.shape[1]
        parts.append(part)
        if bar is not None:
            bar.update(n_bytes * part.shape[1] / (len(ids) - 1))
        if not left:
            losses, best, best_p = np.concatenate(parts, axis=1)
            taken.popleft()
            parts = []
            if bar is not None:
                bar.clear()  # who prints the score has the line
            best = best.astype(int)
            yield Score(text, ids[1:], losses, best, best_p, model.tokenizer)


def check_sizes(
    model: Llama, window: int | None, stride: int | None
) -> tuple[int, int]:
    """Both as they are said, or as they are if nothing is; an error if none fits."""
    window = check_size("window", window, min(WINDOW, model.context))
    stride = check_size("stride", stride, window // 2)
    if not 2 <= window <= model.context:
        raise ValueError(f"window must be 2 to {model.context}, got {window}")
    if not 1 <= stride < window:
        raise ValueError(f"stride must be 1 to {window - 1}, got {stride}")
    return window, stride


def check_size(name: str, value: int | None, default: int) -> int:
    if value is None:
        return default
    try:
        return index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None


def check_text(model: Llama, text: str, name: str) -> np.ndarray:
    """The ids of a text, or an error that says whose it is."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, got {text!r}")
    try:
        ids = model.encode(text)
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} has half a character: {error}") from None
    if len(ids) < 2:
        raise ValueError(f"{name} has no token to score")
    return ids


def windows(ids: Iterable[int], window: int, stride: int) -> Iterator[Piece]:
    """Parts of a sequence, each with the start token and a last token that is only
    scored, and the place in it of the first token to score."""
    rest = iter(ids)
    start, *read = islice(rest, window + 1)
    yield np.array([start, *read]), 1
    while new := list(islice(rest, stride)):
        again = read[stride - window :]
        read = again + new
        yield np.array([start, *read]), 1 + len(again)


def batches(pieces: Iterable[Piece]) -> Iterator[Batch]:
    """Pieces in their order, some at a time."""
    batch: Batch = []
    size = 0
    for piece in pieces:
        if batch and size + len(piece[0]) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += len(piece[0])
    if batch:
        yield batch


def run(model: Llama, batch: Batch) -> list[np.ndarray]:
    """Of each piece, for what it scores: the losses, the likeliest tokens, their p."""
    x = model.hidden([ids[:-1] for ids, _ in batch])
    found, start = [], 0
    for ids, first in batch:
        rows = x[start + first - 1 : start + len(ids) - 1]
        start += len(ids) - 1
        parts = [
            compare(rows[i : i + BATCH] @ model.output.T, ids[first:][i : i + BATCH])
            for i in range(0, len(rows), BATCH)
        ]
        found.append(np.concatenate(parts, axis=1))
    return found


def compare(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The losses, the likeliest tokens and their p: a row each."""
    losses = cross_entropy(logits, targets)
    best, places = logits.argmax(axis=1), np.arange(len(logits))
    ahead = logits[places, best] - logits[places, targets]
    return np.stack([losses, best, np.exp(ahead - losses)])
