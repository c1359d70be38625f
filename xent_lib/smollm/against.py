"""Two models on the same texts: by how much the losses of one exceed the other's."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import tee
from typing import Any, NamedTuple

import numpy as np

from . import scoring
from .llama import Llama
from .records import rounded
from .scoring import Bar, Encoded, Score, score_by
from .spread import BLOCK, BLOCKS, LEAST, TEXTS, Units, deviations, standard_error

Pair = tuple[Score, Score]  # of a text, by two models
SIDES = "model", "against"
FEW = f"No standard errors: expected {LEAST} texts, or {LEAST * BLOCK} tokens of one."


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
    """Score each text, which is encoded for each model. The first score of a pair has
    the KL divergence, if the tokenizers agree."""
    words, their_words = model.tokenizer, other.tokenizer
    if not words.agrees(their_words):
        left, right = tee(texts)
        one, two = (partial(scoring.compute, x) for x in (model, other))
        ours = score_by(one, words, (x for x, _ in left), window, stride, bar)
        theirs = score_by(two, their_words, (x for _, x in right), window, stride, None)
        yield from zip(ours, theirs, strict=True)
        return
    both = partial(scoring.compute, model, against=other)
    for a in score_by(both, words, (x for x, _ in texts), window, stride, bar):
        assert a.other_losses is not None
        yield a, replace(a, losses=a.other_losses)


def record_of(pair: Pair) -> dict[str, Any]:
    found: dict[str, Any] = {"name": pair[0].text}
    for side, one in zip(SIDES, pair, strict=True):
        found[side] = {"n_bytes": one.n_bytes, "ids": one.ids.tolist()}
        found[side] |= {"tokens": one.tokens, "losses": rounded(one.losses)}
    kl = pair[0].kl
    told = None if kl is None else [float(f"{x:.4g}") for x in kl]
    return found | {"kl_divergence": told}


def in_blocks(pair: Pair) -> np.ndarray:
    """A row for each block of the first model's tokens: loss, tokens and bytes under
    both models, and the KL divergence. A token is in the block where it begins."""
    columns: list[np.ndarray] = []
    edges = np.array([])
    for one in pair:
        sizes = np.array([len(one.tokenizer.tokens[i]) for i in one.ids])
        begins = np.cumsum(sizes) - sizes
        edges = edges if columns else begins[::BLOCK]
        block = np.searchsorted(edges, begins, side="right") - 1
        for x in one.losses, np.ones(len(sizes)), sizes:
            columns.append(np.bincount(block, x, len(edges)))
    kl = pair[0].losses * 0 if pair[0].kl is None else pair[0].kl
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
        self.n_texts, self.agree = self.n_texts + 1, pair[0].kl is not None

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
