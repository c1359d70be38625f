"""Formula (16) under four denominators: the same losses, four numbers."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ... import LossTotals
from .._html import element, escape, html_table, number, stable


class Averages:
    """Formula (16) under four denominators: the same losses, four numbers.

    Parameters
    ----------
    sentences : the texts; the first word of each is given and never scored
    losses : the token losses of each, in nats, one less than it has words
    pad : the loss of a place that padding fills, if it is scored by mistake

    Raises
    ------
    ValueError : losses that do not fit the words, or are not finite

    Examples
    --------
    >>> Averages(["the cat sat", "a dog"], [[1.0, 2.0], [6.0]], pad=3.0)
    Averages: 4.50 per sequence, 3.00 per token, 3.75 mean of means, 3.00 with padding
    """

    def __init__(
        self, sentences: Sequence[str], losses: Sequence[ArrayLike], pad: float
    ) -> None:
        self.sentences = tuple(sentences)
        self.losses = [np.asarray(x, np.float64) for x in losses]
        self.pad = float(pad)
        if len(self.losses) != len(self.sentences):
            raise ValueError(
                f"losses must be one list a sentence: {len(self.sentences)}, "
                f"got {len(self.losses)}"
            )
        for text, found in zip(self.sentences, self.losses, strict=True):
            if found.shape != (len(text.split()) - 1,) or not found.size:
                raise ValueError(
                    f"{text!r} must have a loss for each word but the first, "
                    f"got shape {found.shape}"
                )
            if not np.isfinite(found).all():
                raise ValueError(f"losses must be finite, got {found} for {text!r}")
        each = [LossTotals(math.fsum(x), 1, x.size) for x in self.losses]
        totals = sum(each, LossTotals())
        places = len(each) * max(x.n_tokens for x in each)
        filled = math.fsum([totals.total, (places - totals.n_tokens) * self.pad])
        means = math.fsum(x.per_token for x in each) / len(each)
        length = totals.n_tokens / len(each)
        # What the script calls each: its name, its value, and what it is.
        self._kinds = {
            "sequence": (
                "per sequence",
                totals.per_sequence,
                "Formula (16) as the book’s source writes it. "
                "It grows with the length of the sentences.",
            ),
            "token": (
                "per token",
                totals.per_token,
                f"The same shares, {number(length, 2)} times less (the average m). "
                "Training logs print this one.",
            ),
            "means": (
                "mean of means",
                means,
                "Every sentence counts the same, and a token of a short one more.",
            ),
            "padded": (
                "with padding",
                filled / places,
                "The filling is scored as if it were text, which nobody wrote.",
            ),
        }
        self.averages = {name: value for name, value, _ in self._kinds.values()}

    def __repr__(self) -> str:
        four = ", ".join(f"{number(x, 2)} {name}" for name, x in self.averages.items())
        return f"Averages: {four}"

    def _repr_html_(self) -> str:
        rows = [
            [escape(text), str(x.size), number(x.sum(), 2), number(x.mean(), 2)]
            for text, x in zip(self.sentences, self.losses, strict=True)
        ]
        head = ["sentence", "m", "sum, nats", "mean"]
        table = html_table("The losses of each sentence", head, rows)
        head = ["average", "nats", "<span>what it is</span>"]
        rows = [
            [name, number(x, 2), f"<span>{note}</span>"]
            for name, x, note in self._kinds.values()
        ]
        table += html_table("The same losses, averaged", head, rows)
        config = {
            "sentences": [
                {"text": text, "words": text.split()[1:], "losses": stable(x)}
                for text, x in zip(self.sentences, self.losses, strict=True)
            ],
            "pad": stable([self.pad])[0],
            "kinds": {
                key: (name, note) for key, (name, _, note) in self._kinds.items()
            },
        }
        return element("xent-averages", config, table)
