"""Which tokens of two conversations are scored, and what their loss is divided by."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._html import element, escape, html_table, number, stable
from ...recorded import Chat

Scored = list[NDArray[np.bool]]  # of each conversation, its tokens

MASKS = {  # the parts of a conversation that each of them scores
    "all tokens": ("template", "system", "user", "answer", "end"),
    "answers only": ("answer",),
    "answers and their ends": ("answer", "end"),
}
SHOWN = "answers and their ends"


class Mask:
    """The mean loss of two conversations, under three masks and three divisors.

    The table has all nine. On a page, readers score each token or leave it out.

    Parameters
    ----------
    chats : conversations with at least one token of an answer
    constant : what the third divisor counts for each conversation

    Raises
    ------
    ValueError : if a conversation has no answer, or the constant isn't positive

    Examples
    --------
    >>> from xent_book.recorded import chats
    >>> Mask(chats())
    Mask: answers and their ends, 26 of 73 tokens: 2.16, 2.59, 0.44
    """

    def __init__(self, chats: Sequence[Chat], constant: int = 64) -> None:
        self.chats, self.constant = tuple(chats), constant
        for chat in self.chats:
            if "answer" not in chat.parts:
                raise ValueError(f"chats must have answers, got {chat.messages}")
        if not constant > 0:
            raise ValueError(f"constant must be positive, got {constant}")
        self.masks: dict[str, Scored] = {
            name: [np.isin(chat.parts, parts) for chat in self.chats]
            for name, parts in MASKS.items()
        }

    def losses(self, mask: str) -> tuple[float, float, float]:
        """By tokens, by sequences, by the constant."""
        kept = zip(self.chats, self.masks[mask], strict=True)
        return divided([chat.losses[scored] for chat, scored in kept], self.constant)

    def __repr__(self) -> str:
        n, of = self._counts(SHOWN)
        three = ", ".join(number(x, 2) for x in self.losses(SHOWN))
        return f"Mask: {SHOWN}, {n} of {of} tokens: {three}"

    def _repr_html_(self) -> str:
        config = {
            "chats": [
                {
                    "tokens": chat.tokens,
                    "parts": chat.parts.tolist(),
                    "losses": stable(chat.losses),
                }
                for chat in self.chats
            ],
            "constant": self.constant,
            "masks": MASKS,
            "shown": SHOWN,
        }
        rows = [
            [escape(name), *(number(x, 2) for x in self.losses(name))]
            for name in self.masks
        ]
        head = ["scored", "tokens", "sequences", "constant"]
        caption = "The loss in nats, divided by tokens, sequences or a constant"
        texts = "".join(
            f"<p>{_marked(chat, scored)}</p>"
            for chat, scored in zip(self.chats, self.masks[SHOWN], strict=True)
        )
        return element("xent-mask", config, texts + html_table(caption, head, rows))

    def _counts(self, mask: str) -> tuple[int, int]:
        """How many tokens are scored, and how many there are."""
        masks = self.masks[mask]
        return sum(int(one.sum()) for one in masks), sum(one.size for one in masks)


def divided(losses: Sequence[ArrayLike], constant: int) -> tuple[float, float, float]:
    """Losses of the scored tokens of each sequence, divided by the number of tokens, by
    each sequence's own and then by their number, and by a constant for each.

    Examples
    --------
    >>> divided([[6.0], [1.0, 2.0, 3.0]], 4)
    (3.0, 4.0, 1.5)
    """
    sums = [math.fsum(np.asarray(x, np.float64)) for x in losses]
    counts = [np.size(x) for x in losses]
    total, n = math.fsum(sums), len(sums)
    means = math.fsum(s / m for s, m in zip(sums, counts, strict=True)) / n
    return total / sum(counts), means, total / (n * constant)


def _marked(chat: Chat, scored: NDArray[np.bool]) -> str:
    """A conversation with what is scored marked, a line for each message."""
    text = "&lt;|im_start|&gt;"
    for token, hit in zip(chat.tokens, scored.tolist(), strict=True):
        shown = escape(token).replace("\n", " ↵<br/>")
        text += f"<mark>{shown}</mark>" if hit else shown
    return text.replace("</mark><mark>", "").removesuffix("<br/>")
