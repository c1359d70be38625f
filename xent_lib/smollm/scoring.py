"""The loss of each token of texts, whatever their number and their length."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import index

import numpy as np
from tqdm import tqdm

from .. import cross_entropy
from .llama import Llama

BATCH = 256  # tokens at a time: more are no faster, and their logits take 50 MB
WINDOW = 2048  # tokens read at once: the scores of attention grow with their square


@dataclass(frozen=True, eq=False)
class Score:
    """A text as a model reads it: of each token its loss, and what was expected."""

    text: str
    ids: np.ndarray
    losses: np.ndarray  # −ln p of each of the ids, in nats
    best: np.ndarray  # the likeliest token at each place
    best_p: np.ndarray

    @property
    def n_bytes(self) -> int:
        return len(self.text.encode())


def score(
    model: Llama,
    texts: Iterable[str],
    *,
    window: int | None = None,
    stride: int | None = None,
    progress: bool = False,
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
    progress : bool
        Whether a bar tells how far it is, where there is a terminal.

    Yields
    ------
    Score
        One a text, in their order, as soon as it is known.

    Raises
    ------
    ValueError
        A text without a token; a window or a stride that does not fit.
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
    window, stride = check_sizes(model, window, stride)
    if isinstance(texts, str):
        raise TypeError("texts must be several, in a list; a str is one")
    texts = list(texts)
    ids = [check_text(model, text, f"texts[{i}]") for i, text in enumerate(texts)]
    # From here on a generator: what is wrong was said at the call.
    return score_ids(model, texts, ids, window, stride, progress)


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
        raise ValueError(f"{name} has no token to score: {text!r}")
    return ids


def score_ids(
    model: Llama,
    texts: Sequence[str],
    ids: Sequence[np.ndarray],
    window: int,
    stride: int,
    progress: bool,
) -> Iterator[Score]:
    """The scores of texts with the start token before their ids."""
    total = sum(map(len, ids)) - len(ids)
    quiet = None if progress else True  # None: but where nobody watches
    results = (
        one for batch in batches(ids, window, stride) for one in run(model, batch)
    )
    with tqdm(total=total, unit=" tokens", disable=quiet, leave=False) as bar:
        for text, tokens in zip(texts, ids, strict=True):
            scored: list[np.ndarray] = []  # of its windows
            while sum(part.shape[1] for part in scored) < len(tokens) - 1:
                scored.append(next(results))
                bar.update(scored[-1].shape[1])
            losses, best, best_p = np.concatenate(scored, axis=1)
            bar.clear()  # who prints the score has the line
            yield Score(text, tokens[1:], losses, best.astype(int), best_p)


def windows(
    ids: np.ndarray, window: int, stride: int
) -> Iterator[tuple[np.ndarray, int]]:
    """Parts of a sequence, each with the start token and a last token that is only
    scored, and the place in it of the first token to score."""
    start, end = 1, min(window + 1, len(ids))
    yield ids[:end], 1
    while end < len(ids):
        start, done, end = start + stride, end, min(end + stride, len(ids))
        yield np.concatenate([ids[:1], ids[start:end]]), 1 + done - start


def batches(
    sequences: Sequence[np.ndarray], window: int, stride: int
) -> Iterator[list[tuple[np.ndarray, int]]]:
    """Windows of all sequences in their order, some at a time."""
    batch: list[tuple[np.ndarray, int]] = []
    for ids in sequences:
        for piece in windows(ids, window, stride):
            if batch and sum(len(one) for one, _ in [*batch, piece]) > BATCH:
                yield batch
                batch = []
            batch.append(piece)
    if batch:
        yield batch


def run(model: Llama, batch: list[tuple[np.ndarray, int]]) -> Iterator[np.ndarray]:
    """Of each window, for what it scores: the losses, the likeliest tokens, their p."""
    x = model.hidden([ids[:-1] for ids, _ in batch])
    start = 0
    for ids, first in batch:
        rows = x[start + first - 1 : start + len(ids) - 1]
        start += len(ids) - 1
        parts = [
            compare(rows[i : i + BATCH] @ model.embedding.T, ids[first:][i : i + BATCH])
            for i in range(0, len(rows), BATCH)
        ]
        yield np.concatenate(parts, axis=1)


def compare(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The losses, the likeliest tokens and their p: a row each."""
    losses = cross_entropy(logits, targets)
    best, places = logits.argmax(axis=1), np.arange(len(logits))
    ahead = logits[places, best] - logits[places, targets]
    return np.stack([losses, best, np.exp(ahead - losses)])
