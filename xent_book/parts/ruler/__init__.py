"""A loss on one scale with its other units, and what it says in words."""

import math

from xent_lib import read_loss
from xent_lib._sentences import CASES

from ..._html import element, escape, html_table


class Ruler:
    """A loss in nats, bits, perplexity, p, beside ln V, and in bits per byte.

    On a page the reader types another loss, vocabulary and bytes per token, or moves
    the loss along the scale, and reads what `read_loss` says of it.

    Parameters
    ----------
    loss : in nats per token, 0 or above
    vocabulary : its size V, if it is known
    bytes_per_token : on average, if they are known

    Raises
    ------
    ValueError : a loss that is not finite or below 0; what `read_loss` refuses

    Examples
    --------
    >>> Ruler(3.02, 50_257)
    Ruler: 3.02 nats, 4.36 bits, perplexity 20.49, p 0.0488, 27.90% of ln V
    """

    def __init__(
        self,
        loss: float = 3.02,
        vocabulary: int | None = None,
        bytes_per_token: float | None = None,
    ) -> None:
        self.reading = read_loss(loss, vocabulary, bytes_per_token)
        if not 0 <= loss < math.inf:
            raise ValueError(f"loss must be finite and not below 0, got {loss}")
        self.loss = float(loss)
        self.vocabulary = vocabulary and int(vocabulary)
        self.bytes_per_token = bytes_per_token and float(bytes_per_token)

    def __repr__(self) -> str:
        return f"Ruler: {self.reading.numbers()}"

    def _repr_html_(self) -> str:
        config = {
            "loss": self.loss,
            "vocabulary": self.vocabulary,
            "bytes": self.bytes_per_token,
            "cases": CASES,
        }
        caption = f"A loss of <mark>{self.loss:g} nats</mark> per token"
        if self.vocabulary:
            caption += f", V = {self.vocabulary:,}"
        if self.bytes_per_token:
            caption += f", {self.bytes_per_token:g} bytes per token"
        rows = [[unit, x] for unit, x in self.reading.shown().items() if x != "–"]
        table = html_table(caption, ["unit", "the loss"], rows)
        words = " ".join(map(escape, self.reading.words))
        return element("xent-ruler", config, f"{table}\n<p>{words}</p>")
