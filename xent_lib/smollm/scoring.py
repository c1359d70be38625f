"""The loss of each token of texts, of any number and length."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import index
from typing import Protocol

import numpy as np

from .. import cross_entropy, kl_divergence, softmax
from .llama import Llama
from .tokenizer import Tokenizer

BATCH = 256  # tokens at a time: more are no faster, and their logits take 50 MB
WINDOW = 2048  # tokens read at once: attention takes memory by their square

Piece = tuple[np.ndarray, int]  # a window's ids, and where in it scoring begins
Batch = list[Piece]
Encoded = tuple[str, np.ndarray, int]  # a text, its ids, how many are not scored
Compute = Callable[[Iterable[Piece]], Iterable[np.ndarray]]  # what `run` returns


class Bar(Protocol):
    """A progress bar, such as tqdm's."""

    def update(self, n: float) -> object: ...
    def clear(self) -> None: ...


@dataclass(frozen=True, eq=False)
class Score:
    """A text as a model reads it: each token, its loss, and the model's best guess."""

    text: str
    ids: np.ndarray
    losses: np.ndarray  # −ln p of each of the ids, in nats
    best: np.ndarray  # the most likely token at each position
    best_p: np.ndarray  # its probability
    tokenizer: Tokenizer
    # If it is compared with a second model: the losses under that, and KL(own ‖ its).
    other_losses: np.ndarray | None = None
    kl: np.ndarray | None = None

    @property
    def tokens(self) -> list[str]:
        """The ids as text."""
        return [self.tokenizer.decode([i]) for i in self.ids]

    @property
    def best_tokens(self) -> list[str]:
        return [self.tokenizer.decode([i]) for i in self.best]

    @property
    def n_bytes(self) -> int:
        """The bytes of its tokens. A control byte without a token is left out."""
        return self.tokenizer.n_bytes(self.ids)


def score(
    model: Llama,
    texts: Iterable[str],
    *,
    window: int | None = None,
    stride: int | None = None,
    bar: Bar | None = None,
) -> Iterator[Score]:
    """Compute the loss of each token of each text, given all tokens before it.

    Every text begins with the start token, which is not scored. A text longer than the
    window is read in several windows. Each of them begins with the start token, reads
    the last `window - stride` tokens again, and scores only those that follow.

    The order of additions depends on the processor, and on the texts read together. A
    loss l is the same everywhere to 1e-5 (1 + l) nats, and the sum or mean of a text to
    within a millionth.

    Parameters
    ----------
    model : Llama
    texts : iterable of str
    window : int, optional
        How many tokens to read at once. The default is the model's context, but at
        most 2,048.
    stride : int, optional
        How many tokens to move from one window to the next; half a window by default.
        A smaller stride is slower, and gives each token more context.
    bar : tqdm or similar, optional
        Advanced by the bytes that are read, and cleared before each score.

    Yields
    ------
    Score
        One per text, in order. Texts are read as needed, a few thousand bytes ahead.

    Raises
    ------
    ValueError
        When a text is taken, if it has no token or contains half a character (a lone
        surrogate); at the call, if window or stride is out of range.
    TypeError
        If a text is not a str, or window or stride not an integer.

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
        raise TypeError("texts must be an iterable of str, such as a list, got a str")
    # A generator from here on, so that the errors above are raised at the call.
    given = encoded(model, texts)
    return score_by(partial(compute, model), model.tokenizer, given, *sizes, bar)


def compute(
    model: Llama, pieces: Iterable[Piece], against: Llama | None = None
) -> Iterator[np.ndarray]:
    """What `run` returns for each piece, one batch at a time."""
    for batch in batches(pieces):
        yield from run(model, batch, against)


def encoded(model: Llama, texts: Iterable[str]) -> Iterator[Encoded]:
    for i, text in enumerate(texts):
        yield text, *check_text(model, text, f"texts[{i}]")


def score_by(
    compute: Compute,
    tokenizer: Tokenizer,
    texts: Iterable[Encoded],
    window: int,
    stride: int,
    bar: Bar | None,
) -> Iterator[Score]:
    """The scores of texts, from `compute`, which scores their windows in order."""
    taken: deque[tuple[str, np.ndarray, int]] = deque()  # texts not yet fully scored

    def pieces() -> Iterator[Piece]:
        for text, ids, given in texts:
            own = ids[given:]
            taken.append((text, own, tokenizer.n_bytes(own)))
            yield from windows(ids, window, stride, given)

    parts: list[np.ndarray] = []  # the scored windows of taken[0]
    left = 0
    for part in compute(pieces()):
        text, ids, n_bytes = taken[0]
        left = (left or len(ids)) - part.shape[1]
        parts.append(part)
        if bar is not None:
            bar.update(n_bytes * part.shape[1] / len(ids))
        if not left:
            losses, best, best_p, *more = np.concatenate(parts, axis=1)
            taken.popleft()
            parts = []
            if bar is not None:
                bar.clear()  # so that the score can be printed on its line
            best = best.astype(int)
            yield Score(text, ids, losses, best, best_p, tokenizer, *more)


def check_sizes(
    model: Llama, window: int | None, stride: int | None
) -> tuple[int, int]:
    """Window and stride, or their defaults; an error if they are out of range."""
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


def check_text(
    model: Llama, text: str, name: str, prompt: str = ""
) -> tuple[np.ndarray, int]:
    """The ids of a prompt and its text, encoded as one, and how many of them are given:
    the start token, and the tokens that end within the prompt. An error names the text.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, got {text!r}")
    try:
        ids, given = model.encode(prompt + text), 1
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} has half a character: {error}") from None
    if prompt:
        words = model.tokenizer
        ends = np.cumsum([len(words.tokens[i]) for i in ids[1:]])
        n_bytes = words.n_bytes(words.encode(prompt))
        given += int(np.searchsorted(ends, n_bytes, side="right"))
    if given == len(ids):
        raise ValueError(f"{name} has no token to score")
    return ids, given


def windows(
    ids: Iterable[int], window: int, stride: int, given: int = 1
) -> Iterator[Piece]:
    """Windows of a sequence, each with the index of its first token to score. Each
    begins with the start token; its last token is scored, but not read. The sequence
    begins with `given` ids that are not scored, the start token and a prompt's."""
    rest = iter(ids)
    start, *new = islice(rest, window + 1)
    read: list[int] = []
    while new:
        again = read[stride - window :]
        read = again + new
        given -= 1 + len(new)  # 0 or more: the prompt goes on after this window
        if given < 0:
            yield np.array([start, *read]), len(read) + 1 + given
        given = max(given, 0) + 1
        new = list(islice(rest, stride))


def batches(pieces: Iterable[Piece]) -> Iterator[Batch]:
    """Group pieces into batches of at most BATCH tokens; longer pieces stand alone."""
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


def run(model: Llama, batch: Batch, against: Llama | None = None) -> list[np.ndarray]:
    """For each token that a piece scores: its loss, the best guess, the guess's p. With
    a second model, the loss under that as well, and the KL divergence to it."""
    x = model.hidden([ids[:-1] for ids, _ in batch])
    if against is model:
        y = x  # so that nothing differs, however a processor rounds
    elif against:
        y = against.hidden([np.array([against.start, *ids[1:-1]]) for ids, _ in batch])
    found, start = [], 0
    for ids, first in batch:
        begin, end = start + first - 1, start + len(ids) - 1
        start, parts = end, []
        for i in range(begin, end, BATCH):
            at, targets = (
                slice(i, min(i + BATCH, end)),
                ids[first + i - begin :][:BATCH],
            )
            logits = x[at] @ model.output.T
            rows = [compare(logits, targets)]
            if against:
                others = y[at] @ against.output.T
                p, q = (softmax(o.astype(float)) for o in (logits, others))
                more = cross_entropy(others, targets), kl_divergence(p, q)
                rows.append(np.array(more))
            parts.append(np.concatenate(rows))
        found.append(np.concatenate(parts, axis=1))
    return found


def compare(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Three rows: the losses, the most likely tokens, and their probabilities."""
    losses = cross_entropy(logits, targets)
    best, places = logits.argmax(axis=1), np.arange(len(logits))
    ahead = logits[places, best] - logits[places, targets]
    return np.stack([losses, best, np.exp(ahead - losses)])
