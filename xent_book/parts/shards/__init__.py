"""A vocabulary split across machines: two numbers from each give the loss."""

from collections.abc import Sequence

import numpy as np

from ... import example
from ..._html import element, escape, html_table, number, stable

NAMES = "ABC"  # of the machines


class Shards:
    """The words of the running example split across machines, and their joined loss.

    Each machine sends its largest logit and the sum of e to the gaps below it. On a
    page, readers move the words, and the joined loss stays the same.

    Parameters
    ----------
    machines : the words of each machine; at most three machines

    Raises
    ------
    ValueError : if the machines don't have each word of the vocabulary exactly once

    Examples
    --------
    >>> Shards(["mat", "hat"], ["sat", "rug"])
    Shards: A 3.2, 1.111; B 2.5, 1.050; joined 3.2, 1.632: a loss of 0.490
    """

    def __init__(self, *machines: Sequence[str]) -> None:
        words = sorted(word for machine in machines for word in machine)
        if words != sorted(example.vocabulary) or len(machines) > len(NAMES):
            raise ValueError(
                f"machines must have each of {', '.join(example.vocabulary)} once, "
                f"on at most {len(NAMES)} machines, got {machines}"
            )
        self.machines = [tuple(machine) for machine in machines]
        self.pairs = [_pair(machine) for machine in self.machines]
        tops, sums = np.array(self.pairs).T
        self.top = float(tops.max())
        self.sum = float(sums @ np.exp(tops - self.top))
        at_target = example.logits[example.target]
        self.loss = float(self.top - at_target + np.log(self.sum))

    def __repr__(self) -> str:
        each = "; ".join(
            f"{name} {number(top, 1)}, {number(total)}"
            for name, (top, total) in zip(NAMES, self.pairs, strict=False)
        )
        joined = f"joined {number(self.top, 1)}, {number(self.sum)}"
        return f"Shards: {each}; {joined}: a loss of {number(self.loss)}"

    def _repr_html_(self) -> str:
        owners = [
            next(k for k, machine in enumerate(self.machines) if word in machine)
            for word in example.vocabulary
        ]
        config = {
            "words": example.vocabulary,
            "logits": stable(example.logits),
            "target": example.target,
            "owners": owners,
            "names": NAMES,
        }
        rows = []
        for name, words, pair in zip(NAMES, self.machines, self.pairs, strict=False):
            sent = number(pair[0], 1), number(pair[1])
            rows.append([name, f"<span>{escape(', '.join(words))}</span>", *sent])
        rows.append(["joined", "", number(self.top, 1), number(self.sum)])
        head = ["machine", "<span>words</span>", "largest", "sum"]
        caption = (
            "What the machines send, and what it adds up to: a loss of "
            f"<mark>{number(self.loss)}</mark>"
        )
        return element("xent-shards", config, html_table(caption, head, rows))


def _pair(words: Sequence[str]) -> tuple[float, float]:
    """The largest logit of these words and the sum of e to the gaps: −∞, 0 for none."""
    o = example.logits[[example.vocabulary.index(word) for word in words]]
    top = float(o.max(initial=-np.inf))
    return top, float(np.exp(o - top).sum())
