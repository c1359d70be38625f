"""A model that learns while you watch: a table of letter pairs."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, islice, pairwise

import numpy as np
from numpy.typing import NDArray

from xent_lib import cross_entropy, entropy, softmax

from ..._html import element, html_table, number, stable

SIGNS = " abcdefghijklmnopqrstuvwxyz"
V = len(SIGNS)
LEAST = 20  # letters of text that it needs
SHOWN = 60  # letters that it writes
TOLD = (0, 1, 10, 100, 1000)  # steps in the table

Table = NDArray[np.float64]


class Letters:
    """A table of 27 × 27 logits, one row per preceding letter, trained on a text.

    Each step draws random pairs of neighbours from the text, and moves their rows
    against the mean of p − y, times the step size. The losses are those of the whole
    text. They never fall below the floor, the loss of counting its pairs. The table
    shows some steps. On a page, readers run, stop and step it, also on their own text.

    Parameters
    ----------
    text : letters from a to z; accents are dropped, anything else becomes a space
    steps, batch, size : number of steps, pairs per step, and step size
    seed : for drawing the pairs; the page draws the same ones

    Raises
    ------
    ValueError : if the text has fewer than twenty letters and spaces

    Examples
    --------
    >>> Letters("The cat sat on the mat. " * 3, steps=10, batch=8, size=2.0)
    Letters: 10 steps, from 3.296 to 2.060 nats per letter, of at least 0.553
    """

    def __init__(
        self,
        text: str,
        steps: int = 1000,
        batch: int = 128,
        size: float = 20.0,
        seed: int = 0,
    ) -> None:
        ids = [SIGNS.index(sign) for sign in signs(text)]
        if len(ids) < LEAST:
            raise ValueError(f"text must have at least {LEAST} letters, got {text!r}")
        self.steps, self.batch, self.size, self.seed = steps, batch, size, seed
        self.counts = np.zeros((V, V), int)
        np.add.at(self.counts, tuple(zip(*pairwise(ids), strict=True)), 1)
        n = self.counts.sum(axis=1)
        met = n > 0
        shares = self.counts[met] / n[met, np.newaxis]
        self.floor = float(n[met] @ entropy(shares) / n.sum())
        self.logits = np.zeros((V, V))
        self.first = self.writes()
        self.losses = [self.loss()]
        for pairs in islice(self.pairs(), steps):
            self.step(pairs)
            self.losses.append(self.loss())

    def pairs(self) -> Iterator[list[int]]:
        """Batches of pairs, drawn in proportion to their counts in the text."""
        drawn = uniform(self.seed)
        ends = list(accumulate(self.counts.ravel().tolist()))
        while True:
            yield [
                bisect_right(ends, next(drawn) * ends[-1]) for _ in range(self.batch)
            ]

    def step(self, pairs: list[int]) -> None:
        """Move the logits against the mean gradient of these pairs."""
        came = np.bincount(pairs, minlength=V * V).reshape(V, V)
        n = came.sum(axis=1, keepdims=True)
        self.logits -= self.size * (n * softmax(self.logits) - came) / self.batch

    def loss(self) -> float:
        """The mean loss of the whole text, from the counts of its pairs."""
        losses = cross_entropy(np.repeat(self.logits, V, 0), np.tile(np.arange(V), V))
        return float(losses @ self.counts.ravel() / self.counts.sum())

    def writes(self) -> str:
        """A sample: each letter is drawn from p after the one before."""
        drawn, at, text = uniform(self.seed + 1), 0, ""
        for _ in range(SHOWN):
            ends = np.cumsum(softmax(self.logits[at]))
            at = min(bisect_right(ends.tolist(), next(drawn)), V - 1)
            text += SIGNS[at]
        return text

    def __repr__(self) -> str:
        losses = f"from {number(self.losses[0])} to {number(self.losses[-1])} nats"
        floor = f"of at least {number(self.floor)}"
        return f"Letters: {self.steps} steps, {losses} per letter, {floor}"

    def _repr_html_(self) -> str:
        rows = [
            [str(step), number(self.losses[step])]
            for step in TOLD
            if step <= self.steps
        ]
        rows.append(["what counting gives", number(self.floor)])
        config = {
            "counts": self.counts.ravel().tolist(),
            "floor": stable([self.floor])[0],
            "steps": self.steps,
            "batch": self.batch,
            "size": self.size,
            "seed": self.seed,
        }
        caption = "The mean loss of the whole text, as the table learns its pairs"
        table = html_table(caption, ["step", "nats per letter"], rows)
        wrote = f"<p>It writes <code>{self.first}</code> at first, and in the end"
        wrote += f" <code>{self.writes()}</code></p>"
        return element("xent-letters", config, table + wrote)


def signs(text: str) -> str:
    """The text in letters a to z, with a space for anything else and at both ends."""
    plain = unicodedata.normalize("NFD", text.lower())
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "M")
    return f" {re.sub('[^a-z]+', ' ', plain).strip()} "


def uniform(seed: int) -> Iterator[float]:
    """Random numbers from 0 to 1 (mulberry32), bit for bit those of the browser."""
    bits = 0xFFFFFFFF
    while True:
        seed = (seed + 0x6D2B79F5) & bits
        t = (seed ^ seed >> 15) * (1 | seed) & bits
        t ^= t + ((t ^ t >> 7) * (61 | t)) & bits
        yield (t ^ t >> 14) / 2**32
