"""Cross-entropy loss for language models, in NumPy, small enough to read.

`softmax` is Formula (17), `cross_entropy` the loss of one token, and
`dataset_loss` Formula (16), the loss of a data set. Losses are in nats.
The mathematics behind them is in `formulas`. `diagnose` finds the bugs of
your own loss function.
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
        """Import the doctor on first use: half of the code, and only for tests."""
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
