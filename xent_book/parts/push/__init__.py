"""The gradient as pushes: how a step moves each logit, and changes the loss."""

from numpy.typing import ArrayLike

from xent_lib import cross_entropy, cross_entropy_grad, softmax

from ... import example
from ..._html import element, html_table, number, stable
from .._axis import checked

SIZES = (1, 3, 5)


class Push:
    """The pushes on four logits, each against its gradient, and a step along them.

    On a page, the loss is a hill over the logit of the word that came. Readers take
    steps, move each logit, and choose which word came.

    Parameters
    ----------
    logits : the scores of the running example's four words
    size : the learning rate: 1, 3 or 5

    Raises
    ------
    ValueError : if logits are not one per word or beyond ±1000, or size is another

    Examples
    --------
    >>> Push()
    Push: +0.387, −0.068, −0.015, −0.304; the loss from 0.490 to 0.094
    """

    def __init__(self, logits: ArrayLike = example.logits, size: int = 3) -> None:
        if size not in SIZES:
            raise ValueError(f"size must be 1, 3 or 5, got {size!r}")
        self.logits, self.size = checked(logits), size
        self.push = -cross_entropy_grad(self.logits, example.target)
        self.stepped = self.logits + size * self.push
        self.losses = [
            float(cross_entropy(o, example.target)) for o in (self.logits, self.stepped)
        ]

    def __repr__(self) -> str:
        before, after = map(number, self.losses)
        pushes = ", ".join(number(x, sign=True) for x in self.push)
        return f"Push: {pushes}; the loss from {before} to {after}"

    def _repr_html_(self) -> str:
        config = {
            "tokens": example.vocabulary,
            "logits": stable(self.logits),
            "target": example.target,
            "sizes": SIZES,
            "size": self.size,
        }
        rows = [
            [word, number(o, 1), number(p), number(push, sign=True), number(after)]
            for word, o, p, push, after in zip(
                example.vocabulary,
                self.logits,
                softmax(self.logits),
                self.push,
                self.stepped,
                strict=True,
            )
        ]
        rows[example.target] = [f"<mark>{x}</mark>" for x in rows[example.target]]
        before, after = map(number, self.losses)
        caption = (
            f"How <mark>{example.answer}</mark> pushes each logit when it comes: "
            f"a step with a learning rate of {self.size} takes the loss "
            f"from {before} to {after}"
        )
        head = ["word", "logit", "p", "push", "after the step"]
        return element("xent-push", config, html_table(caption, head, rows))
