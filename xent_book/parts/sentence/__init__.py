"""A sentence that a language model reads: its surprises, and what it expected."""

import math
from collections.abc import Sequence

from ..._html import element, escape, html_table, number


class Sentence:
    """How surprised a language model is by each token, and what it expected.

    The table has what was computed. On a page the reader types another sentence, and
    a model in the page reads it: a tiny one, or SmolLM2, where the site has it.

    Parameters
    ----------
    text : the sentence
    tokens : its tokens as text, in their order
    losses : −ln p of each token, in nats
    guesses : for each the likeliest tokens in its place, in order, with their p
    ranks : the rank of each token among all, if it is known
    model : the name of the model that read it
    at : which token's guesses show first; that of the greatest loss if none is named

    Raises
    ------
    ValueError : no token, lists that differ in length, a loss, a p or a rank that is
        none, or a place outside the sentence

    Examples
    --------
    >>> Sentence("A cat", ["A", " cat"], [5.0, 1.0], [[("I", 0.2)], [(" cat", 0.3679)]])
    Sentence: A cat, 2 tokens, in all 6.00 nats, 3.00 per token
    """

    def __init__(
        self,
        text: str,
        tokens: Sequence[str],
        losses: Sequence[float],
        guesses: Sequence[Sequence[tuple[str, float]]],
        ranks: Sequence[int] | None = None,
        model: str = "SmolLM2",
        at: int | None = None,
    ) -> None:
        count = len(tokens)
        if not count:
            raise ValueError("tokens must hold at least one")
        lists = {"losses": losses, "guesses": guesses, "ranks": ranks}
        for name, values in lists.items():
            if values is not None and len(values) != count:
                raise ValueError(
                    f"{name} must be {count}, one for each token, got {len(values)}"
                )
        for loss in losses:
            if not 0 <= loss < math.inf:
                raise ValueError(f"losses must be finite and not below 0, got {loss}")
        for best in guesses:
            p = [q for _, q in best]
            if not p or not all(0 < q <= 1 for q in p) or p != sorted(p, reverse=True):
                raise ValueError(
                    f"guesses must have p from 0 to 1, the likeliest first, got {p}"
                )
        for rank in [] if ranks is None else ranks:
            if rank < 1:
                raise ValueError(f"ranks must be from 1, got {rank}")
        if at is not None and not 0 <= at < count:
            raise ValueError(f"at must be from 0 to {count - 1}, got {at}")
        self.text, self.tokens, self.model, self.at = text, list(tokens), model, at
        # Few digits: the next ones differ between processors, and pages must not.
        self.losses = [round(float(loss), 4) for loss in losses]
        self.guesses = [[(w, float(f"{p:.3g}")) for w, p in best] for best in guesses]
        self.ranks = None if ranks is None else [int(rank) for rank in ranks]

    def __repr__(self) -> str:
        total, count = sum(self.losses), len(self.tokens)
        means = f"in all {number(total, 2)} nats, {number(total / count, 2)} per token"
        return f"Sentence: {self.text}, {count} tokens, {means}"

    def _repr_html_(self) -> str:
        names = ["piece", "loss", "best"]
        columns: list[Sequence[object]] = [self.tokens, self.losses, self.guesses]
        if self.ranks:
            names, columns = [*names, "rank"], [*columns, self.ranks]
        config = {
            "text": self.text,
            "bytes": len(self.text.encode()),
            "model": self.model,
            "at": self.at,
            "tokens": [
                dict(zip(names, one, strict=True)) for one in zip(*columns, strict=True)
            ],
        }
        total = sum(self.losses)
        rows = [
            [
                seen(token),
                f"<mark>{number(loss, 2)}</mark>",
                number(math.exp(-loss)),
                f"{seen(best[0][0])} {number(best[0][1])}",
            ]
            for token, loss, best in zip(
                self.tokens, self.losses, self.guesses, strict=True
            )
        ]
        rows.append(["sum", number(total, 2), "", ""])
        rows.append(["per token", number(total / len(rows[:-1]), 2), "", ""])
        caption = f"How {escape(self.model)} reads “{escape(self.text)}”"
        head = ["token", "−ln p, nats", "p", "best guess and its p"]
        table = html_table(caption, head, rows)
        return element("xent-sentence", config, table)


def seen(token: str) -> str:
    """A token whose spaces and ends of lines can be seen, as sentence.js has it."""
    for sign, shown in {" ": "·", "\n": "↵", "\t": "→"}.items():
        token = token.replace(sign, shown)
    return escape(token)
