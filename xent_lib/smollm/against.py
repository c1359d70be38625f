"""Two models on the same texts: by how much the losses of one exceed the other's."""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import tee
from typing import Any, NamedTuple

import numpy as np

from . import scoring
from .llama import Llama
from .records import rounded
from .scoring import Bar, Encoded, Score, as_score, rows_by, score_by
from .spread import BLOCK, BLOCKS, LEAST, TEXTS, Units, deviations, standard_error

SIDES = "model", "against"
FEW = f"No standard errors: expected {LEAST} texts, or {LEAST * BLOCK} tokens of one."


class Pair(NamedTuple):
    """A text under two models."""

    name: str
    scores: tuple[Score, Score]
    kl: np.ndarray | None  # KL(first ‖ second) at each token, if both have the tokens


class Mean(NamedTuple):
    """A mean under both models, the second minus the first, and the standard error of
    that; None for what is not known."""

    model: float | None = None
    against: float | None = None
    difference: float | None = None
    error: float | None = None


def score_both(
    model: Llama,
    other: Llama,
    texts: Iterable[Sequence[Encoded]],
    window: int,
    stride: int,
    bar: Bar,
) -> Iterator[Pair]:
    """Score each text, which is named, and encoded for each model."""
    words, their_words = model.tokenizer, other.tokenizer
    if not words.agrees(their_words):
        left, right = tee(texts)
        one, two = (partial(scoring.compute, x) for x in (model, other))
        ours = score_by(one, words, (x for x, _ in left), window, stride, bar)
        theirs = score_by(two, their_words, (x for _, x in right), window, stride, None)
        for a, b in zip(ours, theirs, strict=True):
            yield Pair(a.text, (a, b), None)
        return
    both = partial(scoring.compute, model, against=other)
    encoded = (x for x, _ in texts)
    for name, ids, rows in rows_by(both, words, encoded, window, stride, bar):
        a, b = (as_score(name, ids, rows[i : i + 3], words) for i in (0, 3))
        yield Pair(name, (a, b), rows[6])


def record_of(pair: Pair) -> dict[str, Any]:
    found: dict[str, Any] = {"name": pair.name}
    for side, one in zip(SIDES, pair.scores, strict=True):
        found[side] = {"n_bytes": one.n_bytes, "ids": one.ids.tolist()}
        found[side] |= {"tokens": one.tokens, "losses": rounded(one.losses)}
    kl = None if pair.kl is None else [float(f"{x:.4g}") for x in pair.kl]
    return found | {"kl_divergence": kl}


def in_blocks(pair: Pair) -> np.ndarray:
    """A row for each block of the first model's tokens: loss, tokens and bytes under
    both models, and the KL divergence. A token is in the block where it begins."""
    columns: list[np.ndarray] = []
    edges = np.array([])
    for one in pair.scores:
        sizes = np.array([len(one.tokenizer.tokens[i]) for i in one.ids])
        begins = np.cumsum(sizes) - sizes
        edges = edges if columns else begins[::BLOCK]
        block = np.searchsorted(edges, begins, side="right") - 1
        for x in one.losses, np.ones(len(sizes)), sizes:
            columns.append(np.bincount(block, x, len(edges)))
    kl = 0 * pair.scores[0].losses if pair.kl is None else pair.kl
    columns.append(np.add.reduceat(kl, range(0, len(kl), BLOCK)))
    return np.array(columns).T


class Comparison:
    """The sums of all texts, and what differs."""

    def __init__(self) -> None:
        self.blocks, self.texts = Units(BLOCKS), Units(TEXTS)
        self.n_texts, self.agree = 0, False

    def add(self, pair: Pair) -> None:
        rows = in_blocks(pair)
        for row in rows if self.n_texts == 0 else []:
            self.blocks.add(row)
        self.texts.add(rows.sum(axis=0))
        self.n_texts, self.agree = self.n_texts + 1, pair.kl is not None

    def means(self) -> dict[str, Mean]:
        units = self.texts if self.n_texts > 1 else self.blocks
        a, tokens, n_bytes, b, their_tokens, their_bytes, kl = units.columns()

        def mean(count: np.ndarray, theirs: np.ndarray, unit: float = 1) -> Mean:
            first, second = a.sum() / count.sum() / unit, b.sum() / theirs.sum() / unit
            apart = (deviations(b, theirs) - deviations(a, count)) / unit
            return Mean(first, second, second - first, standard_error(apart))

        per_token = mean(tokens, their_tokens)
        error = standard_error(deviations(kl, tokens))
        divergence = Mean(difference=kl.sum() / tokens.sum(), error=error)
        if not self.agree:
            per_token = per_token._replace(difference=None, error=None)
            divergence = Mean()
        return {
            "per_token": per_token,
            "bits_per_byte": mean(n_bytes, their_bytes, math.log(2)),
            "kl_divergence": divergence,
        }


def in_table(found: Comparison) -> Iterator[str]:
    yield f"{'':<14}{'--model':>12}{'--against':>12}{'difference':>12}"
    means = found.means().values()
    labels = "nats per token", "bits per byte", "KL divergence"
    for label, (*sides, apart, error) in zip(labels, means, strict=True):
        cells = ("" if x is None else f"{x:.5f}" for x in sides)
        last = "not known" if apart is None else f"{apart:z.5f}"
        last = f"{last:>12}" + ("" if error is None else f" ± {error:.5f}")
        yield f"{label:<14}" + "".join(f"{x:>12}" for x in cells) + last
    if not found.agree:
        yield "The tokenizers differ: only bits per byte can be compared."
    if all(one.error is None for one in means):
        yield FEW
