"""Cross-entropy loss for language models, in NumPy, small enough to read.

Formula (17) is `softmax`, the loss of one token is `cross_entropy`, and
Formula (16), the loss of a data set, is `dataset_loss`. Losses are in nats.
"""

from ._cross_entropy import cross_entropy
from ._dataset import LossTotals, dataset_loss, next_token_pairs, perplexity
from ._softmax import log_softmax, logsumexp, softmax

__all__ = [
    "LossTotals",
    "cross_entropy",
    "dataset_loss",
    "log_softmax",
    "logsumexp",
    "next_token_pairs",
    "perplexity",
    "softmax",
]
