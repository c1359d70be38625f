"""The reader as the model: 100 chips on each next word of the running example."""

import math
from collections.abc import Mapping, Sequence

from ... import example
from ..._html import element, escape, html_table, number


class Bets:
    """The reader as the model: 100 chips on each next word of the running example.

    The table shows an invented player. On a page the reader bets. One word is an
    opening: the sentence across the page, and the surprise on its curve; a second
    sentence may come after it. From two words on, the surprises add up to a staircase.
    `models` stand beside the reader.

    Parameters
    ----------
    words : those of the sentence to bet on; all five if none is named
    models : the losses of others on the same words, in nats, by their names
    then : the losses of others on the last word of a second sentence, which an opening
        goes on to
    again : whether it was bet before, on another page: who did not is first shown the
        models alone

    Raises
    ------
    ValueError : a word without a bet, losses that are not one a word, or a second
        sentence where the first is no opening

    Examples
    --------
    >>> Bets("mat")
    Bets: a player with 40 chips on mat, in all 0.92 nats
    """

    def __init__(
        self,
        *words: str,
        models: Mapping[str, Sequence[float]] | None = None,
        then: Mapping[str, float] | None = None,
        again: bool = False,
    ) -> None:
        answers = example.sentence[1:]
        for word in words:
            if word not in answers:
                raise ValueError(
                    f"a word must be of {', '.join(answers)}, got {word!r}"
                )
        self.rounds = [
            (" ".join(example.sentence[: i + 1]), word, chips)
            for i, (word, chips) in enumerate(zip(answers, example.bets, strict=True))
            if word in (words or answers)
        ]
        # Four digits: a network's others differ between processors.
        self.models = {
            name: [round(float(x), 4) for x in losses]
            for name, losses in (models or {}).items()
        }
        for name, losses in self.models.items():
            if len(losses) != len(self.rounds):
                raise ValueError(
                    f"{name} must have a loss for each of {len(self.rounds)} words, "
                    f"got {len(losses)}"
                )
        if then is not None and len(self.rounds) > 1:
            raise ValueError(
                f"then must follow one word, got {len(self.rounds)} words and {then}"
            )
        self.then = {name: round(float(x), 4) for name, x in (then or {}).items()}
        self.losses = [surprise(chips[word]) for _, word, chips in self.rounds]
        self.again = again

    def __repr__(self) -> str:
        chips = ", ".join(
            f"{chips[word]} chips on {word}" for _, word, chips in self.rounds
        )
        return f"Bets: a player with {chips}, in all {number(sum(self.losses), 2)} nats"

    def _repr_html_(self) -> str:
        return self._opening() if len(self.rounds) == 1 else self._staircase()

    def _opening(self) -> str:
        """A sentence whose last word is to come, and what was bet on it."""
        [(context, answer, bet)] = self.rounds
        beside = {name: loss for name, (loss,) in self.models.items()}
        blank = '<span class="x-blank"></span>'
        sentence = f'<p class="x-sentence">{escape(context)} {blank}</p>\n'
        caption = "An invented player’s bet on the next word"
        caption += "".join(
            f"; the surprise of {escape(name)} is {number(loss, 2)}"
            for name, loss in beside.items()
        )
        head = ["word", "chips", "surprise if it comes, nats"]
        rows = [
            [escape(word), str(chips), number(surprise(chips), 2)]
            for word, chips in bet.items()
        ]
        place = list(bet).index(answer)
        rows[place] = [f"<mark>{cell}</mark>" for cell in rows[place]]
        rounds = [turn(context, answer, bet) | {"models": beside}]
        if self.then:
            *words, last = example.second
            second = turn(" ".join(words), last, example.second_bet)
            rounds.append(second | {"models": self.then})
        table = html_table(caption, head, rows)
        return element("xent-bets", {"rounds": rounds}, sentence + table)

    def _staircase(self) -> str:
        """The bets on all words, and what the surprises add up to."""
        caption = "An invented player’s chips on each word that came"
        head = ["word", "chips", "surprise, nats", *map(escape, self.models)]
        lists = [self.losses, *self.models.values()]
        rows = [
            [escape(word), str(bet[word]), *(number(x[i], 2) for x in lists)]
            for i, (_, word, bet) in enumerate(self.rounds)
        ]
        rows.append(["sum", "", *(number(sum(x), 2) for x in lists)])
        rounds = [turn(*one) for one in self.rounds]
        config = {"rounds": rounds, "models": self.models, "again": self.again}
        return element("xent-bets", config, html_table(caption, head, rows))


def turn(context: str, answer: str, chips: Mapping[str, int]) -> dict[str, object]:
    return {"context": context, "answer": answer, "chips": chips}


def surprise(chips: int) -> float:
    return math.log(100 / chips) if chips else math.inf
