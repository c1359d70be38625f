"""Two models on one token: both KL divergences, the DPO loss, and the ratios."""

import numpy as np
from numpy.typing import ArrayLike

from xent_lib import cross_entropy, kl_divergence, log_softmax, softmax

from ... import example
from ..._html import element, html_table, number, stable
from .._axis import checked

REJECTED, BETA = example.vocabulary.index("rug"), 0.1


class Pair:
    """Two models' logits of the running example's four words, and what compares them.

    On a page, readers pull all eight logits.

    Parameters
    ----------
    fixed : the logits of the teacher, the reference or the sampler
    training : the logits of the student, the policy or the trainer

    Raises
    ------
    ValueError : if logits are not one per word or beyond ±1000

    Examples
    --------
    >>> Pair()
    Pair: KL 0.229 and 0.334, DPO loss 0.7185; ratios 0.584, 3.199, 8.695, 0.963
    """

    def __init__(
        self,
        fixed: ArrayLike = example.logits,
        training: ArrayLike = example.student,
    ) -> None:
        self.logits = checked(fixed), checked(training)
        self.p = p, q = softmax(self.logits[0]), softmax(self.logits[1])
        self.forward, self.reverse = (
            float(kl_divergence(p, q)),
            float(kl_divergence(q, p)),
        )
        change = log_softmax(self.logits[1]) - log_softmax(self.logits[0])
        self.loss = float(cross_entropy(BETA * change[[example.target, REJECTED]], 0))
        self.ratios = np.exp(change)

    def _numbers(self, between: str) -> str:
        both = f"{number(self.forward)} and {number(self.reverse)}"
        return f"{both}{between} {number(self.loss, 4)}"

    def __repr__(self) -> str:
        ratios = ", ".join(map(number, self.ratios))
        return f"Pair: KL {self._numbers(', DPO loss')}; ratios {ratios}"

    def _repr_html_(self) -> str:
        config = {
            "tokens": example.vocabulary,
            "fixed": stable(self.logits[0]),
            "training": stable(self.logits[1]),
            "chosen": example.target,
            "rejected": REJECTED,
            "beta": BETA,
        }
        (fixed, training), (p, q) = self.logits, self.p
        columns = zip(
            example.vocabulary, fixed, p, training, q, self.ratios, strict=True
        )
        rows = [
            [word, number(a, 1), number(x), number(b, 1), number(y), number(ratio)]
            for word, a, x, b, y, ratio in columns
        ]
        rows[example.target] = [f"<mark>{x}</mark>" for x in rows[example.target]]
        chosen, rejected = (
            f"<mark>{example.answer}</mark>",
            example.vocabulary[REJECTED],
        )
        caption = (
            f"Two models on one token: forward and reverse KL "
            f"{self._numbers('; DPO loss')}, if {chosen} is chosen and {rejected} "
            f"rejected, with β = {BETA}"
        )
        head = ["word", "fixed", "p", "in training", "p", "ratio"]
        return element("xent-pair", config, html_table(caption, head, rows))
