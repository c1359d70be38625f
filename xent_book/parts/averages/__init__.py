"""Formula (16) under four denominators: the same losses, four numbers."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from xent_lib import LossTotals

from ..._html import element, escape, html_table, number, stable


class Averages:
    """Formula (16) under four denominators: the same losses, four numbers.

    Parameters
    ----------
    sentences : the texts; the first word of each is given and never scored
    losses : for each text its token losses in nats, one fewer than it has words
    pad : the loss of a padding token, if it is scored by mistake

    Raises
    ------
    ValueError : if losses don't match the words, or are not finite

    Examples
    --------
    >>> Averages(["the cat sat", "a dog"], [[1.0, 2.0], [6.0]], pad=3.0)
    Averages: 3.00 per token, 4.50 per sequence, 3.75 mean of means, 3.00 with padding
    """

    def __init__(
        self, sentences: Sequence[str], losses: Sequence[ArrayLike], pad: float
    ) -> None:
        self.sentences = tuple(sentences)
        self.losses = [np.asarray(x, np.float64) for x in losses]
        self.pad = float(pad)
        if len(self.losses) != len(self.sentences):
            raise ValueError(
                f"losses must have one list per sentence: {len(self.sentences)}, "
                f"got {len(self.losses)}"
            )
        for text, found in zip(self.sentences, self.losses, strict=True):
            if found.shape != (len(text.split()) - 1,) or not found.size:
                raise ValueError(
                    f"{text!r} must have a loss for each word except the first, "
                    f"got shape {found.shape}"
                )
            if not np.isfinite(found).all():
                raise ValueError(f"losses must be finite, got {found} for {text!r}")
        each = [LossTotals(math.fsum(x), 1, x.size) for x in self.losses]
        totals = sum(each, LossTotals())
        n, longest = len(each), max(x.n_tokens for x in each)
        places = n * longest
        filled = math.fsum([totals.total, (places - totals.n_tokens) * self.pad])
        means = math.fsum(x.per_token for x in each) / n
        total = number(totals.total)
        sums = " + ".join(number(x.per_token, 2) for x in each)
        pads = f"{places - totals.n_tokens} × {number(self.pad)}"
        self.averages = {
            "per token": totals.per_token,
            "per sequence": totals.per_sequence,
            "mean of means": means,
            "with padding": filled / places,
        }
        # For each average: its name in the script, how it is computed, what it means.
        self._kinds = [
            (
                "token",
                f"{total} / {totals.n_tokens}",
                "All tokens have the same width. "
                "This is the average that a training log should print.",
            ),
            (
                "sequence",
                f"{total} / {n}",
                "Each sentence is one column with its tokens stacked up, "
                "so a longer sentence is taller.",
            ),
            (
                "means",
                f"({sums}) / {n}",
                "All sentences have the same width, so a token of a short "
                "sentence is wider and counts for more.",
            ),
            (
                "padded",
                f"({total} + {pads}) / {places}",
                "The pads have a width, too: they are scored as if they were text.",
            ),
        ]

    def __repr__(self) -> str:
        four = ", ".join(f"{number(x, 2)} {name}" for name, x in self.averages.items())
        return f"Averages: {four}"

    def _repr_html_(self) -> str:
        rows = [
            [escape(text), str(x.size), number(x.sum()), number(x.mean(), 2)]
            for text, x in zip(self.sentences, self.losses, strict=True)
        ]
        head = ["sentence", "m", "sum, nats", "mean"]
        table = html_table("The losses of each sentence", head, rows)
        kinds = {
            kind: {"name": name, "how": how, "value": number(x, 2), "note": note}
            for (kind, how, note), (name, x) in zip(
                self._kinds, self.averages.items(), strict=True
            )
        }
        head = ["average", "is", "nats", "<span>what it is</span>"]
        rows = [
            [k["name"], k["how"], k["value"], f"<span>{k['note']}</span>"]
            for k in kinds.values()
        ]
        table += html_table("The same losses, averaged", head, rows)
        config = {
            "sentences": [
                {"text": text, "words": text.split()[1:], "losses": stable(x)}
                for text, x in zip(self.sentences, self.losses, strict=True)
            ],
            "pad": stable([self.pad])[0],
            "kinds": kinds,
        }
        return element("xent-averages", config, table)
