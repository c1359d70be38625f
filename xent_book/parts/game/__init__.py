"""Beat the model: sentences that SmolLM2 has read, each without a word."""

import math
from typing import Any

from ..._html import element, escape, html_table, number
from ...recorded import Blank, game

ELSE = "something else"
PACK = 12  # fives in a script that a page loads, as site/live.py cuts them


class Game:
    """Five sentences, each without a word, and 100 chips to place on five boxes.

    Four boxes are words, the likeliest for SmolLM2 that fit there, and the fifth is
    "something else", which comes in one sentence of five. On a page the date chooses
    five of 600 sentences, and the reader bets beside SmolLM2. The table shows the first
    five.

    Parameters
    ----------
    opening : whether it opens the book: one sentence across the page, and then four
        more

    Examples
    --------
    >>> Game()
    Game: 600 sentences; SmolLM2 loses 7.48 nats on the first five, a blind guess 8.05
    """

    def __init__(self, opening: bool = False) -> None:
        self.opening = opening
        self.lines = game()

    def __repr__(self) -> str:
        lost = sum(one.loss for one in self.lines[:5])
        return (
            f"Game: {len(self.lines)} sentences; SmolLM2 loses {number(lost, 2)} nats "
            f"on the first five, a blind guess {number(5 * math.log(5), 2)}"
        )

    def _repr_html_(self) -> str:
        config = {
            "opening": self.opening,
            "fives": len(self.lines) // 5,
            "pack": PACK,
            "unlucky": self._unlucky(),
            "lines": [packed(one) for one in self.lines[:5]],
        }
        shown = self._one() if self.opening else self._five()
        return element("xent-game", config, shown)

    def _unlucky(self) -> str:
        """Why a blind guess can beat SmolLM2 on five sentences."""
        mean = 5 * sum(one.loss for one in self.lines) / len(self.lines)
        return f"A bad five for the model, which pays {number(mean, 2)} on average."

    def _one(self) -> str:
        """A sentence without its word, and how SmolLM2 bet on it."""
        first = self.lines[0]
        blank = '<span class="x-blank"></span>'
        sentence = (
            f'<p class="x-sentence" style="--n:{len(first.text)}"><span>'
            f"{escape(first.left)} {blank}{escape(first.right)}</span></p>\n"
        )
        head = ["word", "chips", "surprise if it comes, nats"]
        rows = [
            [escape(word), f"{100 * p:.0f}", number(-math.log(p), 2)]
            for word, p in zip((*first.words, ELSE), first.bet, strict=True)
        ]
        rows[first.came] = [f"<mark>{cell}</mark>" for cell in rows[first.came]]
        return sentence + html_table("SmolLM2’s bet on the next word", head, rows)

    def _five(self) -> str:
        """Five sentences with their words, and how SmolLM2 bet on these."""
        five = self.lines[:5]
        head = ["sentence", "word", "chips of SmolLM2", "its surprise, nats"]
        rows = [
            [
                f"{escape(one.left)} …",
                f"<mark>{escape(one.word)}</mark>",
                f"{100 * one.bet[one.came]:.0f}",
                number(one.loss, 2),
            ]
            for one in five
        ]
        rows.append(["sum", "", "", number(sum(one.loss for one in five), 2)])
        caption = "Five sentences, and how SmolLM2 bet on their missing words"
        return html_table(caption, head, rows, words=("word",))


def packed(one: Blank) -> list[Any]:
    """A sentence as the script takes it."""
    return [one.left, one.word, one.right, list(one.words), list(one.p)]
