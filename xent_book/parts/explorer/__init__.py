"""One forecast to explore: its logits, its temperature, the target, and the loss."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from xent_lib import log_softmax, softmax

from ... import example
from ..._html import element, escape, html_table, number, stable

SHOWN = ("logits", "temperature", "target", "curve")


class Explorer:
    """One forecast to explore: logits, probabilities, and the loss of the target.

    Parameters
    ----------
    show : what readers can see and change, of "logits", "temperature", "target"
        (which word came) and "curve" (p on the curve of −ln p); by default all
    logits : the scores, one per token
    tokens : their words
    target : the index of the word that came
    context : the text before it
    temperature : T, by which softmax divides the logits, from 0.1 to 10

    Raises
    ------
    ValueError : if `show` has another name, logits are not one per token or beyond
        ±1000, or target or temperature is out of range

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
    ) -> None:
        for part in show:
            if part not in SHOWN:
                raise ValueError(f"show must be of {', '.join(SHOWN)}, got {part!r}")
        o = np.array(logits, np.float64)  # a copy, since the caller may change theirs
        if o.shape != (len(tokens),):
            raise ValueError(
                f"logits must be one per token: shape ({len(tokens)},), got {o.shape}"
            )
        if not (abs(o) <= 1000).all():
            raise ValueError(f"logits must be from −1000 to 1000, got {logits!r}")
        if not 0 <= target < o.size:
            raise ValueError(f"target must be 0 to {o.size - 1}, got {target}")
        if not 0.1 <= temperature <= 10:
            raise ValueError(f"temperature must be from 0.1 to 10, got {temperature}")
        self.show, self.tokens, self.context = show or SHOWN, tuple(tokens), context
        self.logits, self.target = o, int(target)
        self.temperature = float(temperature)
        # Subtract first: a large logit divided by a small T would lose its digits.
        scaled = (o - o.max()) / temperature
        self.p = softmax(scaled)
        self.losses = -log_softmax(scaled)
        self.loss = float(self.losses[target])

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
            "logits": stable(o),
            "target": self.target,
            "context": self.context,
            "temperature": self.temperature,
        }
        table = html_table(caption, list(columns), rows)
        return element("xent-explorer", config, table)
