"""Cross-entropy loss for language models, in NumPy, small enough to read.

The mathematics is in `formulas`, seventy lines to start with. The public
functions add checks, and faster code for many logits: `softmax` is Formula
(17), `cross_entropy` the loss of one token, and `dataset_loss` Formula (16),
the loss of a data set. Losses are in nats. `read_loss` says what a loss
means, `read_log` what a training log proves, and `diagnose` finds the bugs of
your own loss function.
"""

from ._cross_entropy import cross_entropy, cross_entropy_grad, log_prob
from ._dataset import LossTotals, dataset_loss, next_token_pairs, perplexity
from ._diagnose import diagnose
from ._divergence import entropy, kl_divergence
from ._linear import linear_cross_entropy, linear_cross_entropy_grad
from ._read_log import read_log
from ._read_loss import read_loss
from ._softmax import log_softmax, logsumexp, softmax

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
    "log_prob",
    "log_softmax",
    "logsumexp",
    "next_token_pairs",
    "perplexity",
    "read_log",
    "read_loss",
    "softmax",
]
