"""The live parts of the pages: tables of computed numbers that a browser brings alive.

Each object shows itself as an element of `_static/xent.js` with the table inside.
JupyterLab runs it too, with `_lab/`. Without it, and in print, one sees the table.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from .. import LossTotals, cross_entropy_grad, log_softmax, softmax
from . import example
from ._html import element, escape, html_table, number

PARTS = ("logits", "temperature", "target", "gradient", "curve")


class Explorer:
    """One forecast to play with: logits, probabilities, and the loss of what came.

    Parameters
    ----------
    show : what the reader may see and move, of "logits", "temperature", "target"
        (which word came), "gradient" (with its step) and "curve" (−ln p, and p on
        it). All of them if none is named
    logits : the scores, one a token
    tokens : their words
    target : the place of the word that came
    context : the text before it
    temperature : T, by which softmax divides the logits, from 0.1 to 10
    step : the size of a gradient step

    Raises
    ------
    ValueError : a part of another name; logits that are not one a token, or beyond
        ±1000; a target outside the tokens; a temperature outside its range

    Examples
    --------
    >>> Explorer("logits", "temperature")
    Explorer: The cat sat on the mat. p(mat) = 0.613, loss 0.490 nats = 0.707 bits
    """

    def __init__(
        self,
        *show: str,
        logits: ArrayLike = example.logits,
        tokens: Sequence[str] = example.vocabulary,
        target: int = example.target,
        context: str = " ".join(example.context),
        temperature: float = 1.0,
        step: float = 1.0,
    ) -> None:
        for part in show:
            if part not in PARTS:
                raise ValueError(f"show must be of {', '.join(PARTS)}, got {part!r}")
        o = np.array(logits, np.float64)  # its own, whatever becomes of the caller's
        if o.shape != (len(tokens),):
            raise ValueError(
                f"logits must be one a token: shape ({len(tokens)},), got {o.shape}"
            )
        if not (abs(o) <= 1000).all():
            raise ValueError(f"logits must be from −1000 to 1000, got {logits!r}")
        if not 0 <= target < o.size:
            raise ValueError(f"target must be 0 to {o.size - 1}, got {target}")
        if not 0.1 <= temperature <= 10:
            raise ValueError(f"temperature must be from 0.1 to 10, got {temperature}")
        self.show, self.tokens, self.context = show or PARTS, tuple(tokens), context
        self.logits, self.target = o, int(target)
        self.temperature, self.step = float(temperature), float(step)
        # Differences first: a large logit over a small T would lose its digits.
        scaled = (o - o.max()) / temperature
        self.p = softmax(scaled)
        self.losses = -log_softmax(scaled)
        self.loss = float(self.losses[target])
        self.gradient = cross_entropy_grad(scaled, target) / temperature

    def __repr__(self) -> str:
        word = self.tokens[self.target]
        return (
            f"Explorer: {self.context} {word}. p({word}) = "
            f"{number(self.p[self.target])}, loss {self._loss()}"
        )

    def _loss(self) -> str:
        return f"{number(self.loss)} nats = {number(self.loss / math.log(2))} bits"

    def _repr_html_(self) -> str:
        o, curve = self.logits, "curve" in self.show
        columns = {"word": [escape(token) for token in self.tokens]}
        if "logits" in self.show:
            columns["logit"] = [number(x, 2) for x in o]
        columns["probability"] = [number(x) for x in self.p]
        if "gradient" in self.show:
            columns["gradient"] = [number(x, sign=True) for x in self.gradient]
        if curve:
            columns["−ln p"] = [number(x) for x in self.losses]
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        rows[self.target] = [f"<mark>{cell}</mark>" for cell in rows[self.target]]
        word = escape(self.tokens[self.target])
        caption = f"{escape(self.context)} <mark>{word}</mark>"
        if curve:
            caption += f": loss −ln p({word}) = {self._loss()}"
        if self.temperature != 1:
            caption += f", at T = {self.temperature:g}"
        config = {
            "show": self.show,
            "tokens": self.tokens,
            "logits": _stable(o),
            "target": self.target,
            "context": self.context,
            "temperature": self.temperature,
            "step": self.step,
        }
        return element(
            "xent-explorer", config, html_table(caption, list(columns), rows)
        )


class Bets:
    """The reader as the model: 100 chips on each next word of the running example.

    The table shows an invented player. On a page the reader bets, and from two
    words on sees the surprises add up, beside those of `models`.

    Parameters
    ----------
    words : those of the sentence to bet on; all five if none is named
    models : the losses of others on the same words, in nats, by their names

    Raises
    ------
    ValueError : a word without a bet, or losses that are not one a word

    Examples
    --------
    >>> Bets("mat")
    Bets: a player with 40 chips on mat, in all 0.92 nats
    """

    def __init__(
        self, *words: str, models: Mapping[str, Sequence[float]] | None = None
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
        self.models = {name: _stable(losses) for name, losses in (models or {}).items()}
        for name, losses in self.models.items():
            if len(losses) != len(self.rounds):
                raise ValueError(
                    f"{name} must have a loss for each of {len(self.rounds)} words, "
                    f"got {len(losses)}"
                )
        self.losses = [_surprise(chips[word]) for _, word, chips in self.rounds]

    def __repr__(self) -> str:
        chips = ", ".join(
            f"{chips[word]} chips on {word}" for _, word, chips in self.rounds
        )
        return f"Bets: a player with {chips}, in all {number(sum(self.losses), 2)} nats"

    def _repr_html_(self) -> str:
        if len(self.rounds) == 1:
            context, answer, bet = self.rounds[0]
            caption = f"An invented player’s bet after “{escape(context)}”"
            head = ["word", "chips", "surprise if it comes, nats"]
            rows = [
                [escape(word), str(chips), number(_surprise(chips), 2)]
                for word, chips in bet.items()
            ]
            place = list(bet).index(answer)
            rows[place] = [f"<mark>{cell}</mark>" for cell in rows[place]]
        else:
            caption = "An invented player’s chips on each word that came"
            head = ["word", "chips", "surprise, nats", *map(escape, self.models)]
            lists = [self.losses, *self.models.values()]
            rows = [
                [escape(word), str(bet[word]), *(number(x[i], 2) for x in lists)]
                for i, (_, word, bet) in enumerate(self.rounds)
            ]
            rows.append(["sum", "", *(number(sum(x), 2) for x in lists)])
        config = {
            "rounds": [
                {"context": context, "answer": answer, "chips": chips}
                for context, answer, chips in self.rounds
            ],
            "models": self.models,
        }
        return element("xent-bets", config, html_table(caption, head, rows))


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
                {"text": text, "words": text.split()[1:], "losses": _stable(x)}
                for text, x in zip(self.sentences, self.losses, strict=True)
            ],
            "pad": _stable([self.pad])[0],
            "kinds": {
                key: (name, note) for key, (name, _, note) in self._kinds.items()
            },
        }
        return element("xent-averages", config, table)


def _surprise(chips: int) -> float:
    return math.log(100 / chips) if chips else math.inf


def _stable(values: ArrayLike) -> list[float]:
    """Twelve digits: the last bits differ between processors, and pages must not."""
    return [float(f"{x:.12g}") for x in np.asarray(values, np.float64)]
