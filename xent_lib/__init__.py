"""Cross-entropy loss for language models, in NumPy, small enough to read.

Formula (17) is `softmax`, the loss of one token is `cross_entropy`, and
Formula (16), the loss of a data set, is `dataset_loss`. Losses are in nats.
The mathematics of all of them is in `formulas`. Which bug another loss function has,
`diagnose` finds out.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._cross_entropy import cross_entropy, cross_entropy_grad
from ._dataset import LossTotals, dataset_loss, next_token_pairs, perplexity
from ._divergence import entropy, kl_divergence
from ._linear import linear_cross_entropy, linear_cross_entropy_grad
from ._softmax import log_softmax, logsumexp, softmax

if TYPE_CHECKING:
    from .doctor import diagnose, read_loss
else:

    def __getattr__(name):
        """The doctor, at its first use: half of the library's code, for tests."""
        if name not in ("doctor", "diagnose", "read_loss"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        doctor = import_module(".doctor", __name__)
        return getattr(doctor, name, doctor)

    def __dir__():
        return sorted({*globals(), *__all__, "doctor"})


__all__ = [
    "LossTotals",
    "cross_entropy",
    "cross_entropy_grad",
    "dataset_loss",
    "diagnose",
    "entropy",
    "kl_divergence",
    "linear_cross_entropy",
    "linear_cross_entropy_grad",
    "log_softmax",
    "logsumexp",
    "next_token_pairs",
    "perplexity",
    "read_loss",
    "softmax",
]
