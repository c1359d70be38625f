"""The formulas for many logits, fast and in little memory.

Up to 2¹² logits the library runs `formulas` instead; only the loss from hidden states,
entropy and KL divergence always run this code. Up to 2¹⁴ logits are computed in one
step, more in blocks. With numba, a compiled loop sums exp over float32 logits in C
order, from 2¹⁶ logits on and in rows of at least 256.
"""

from .log_sums import Pair, join, row_pairs
from .outputs import (
    expected_gradient,
    expected_losses,
    gradient,
    log_softmax,
    logsumexp,
    softmax,
    sums,
    token_losses,
)

__all__ = [
    "Pair",
    "expected_gradient",
    "expected_losses",
    "gradient",
    "join",
    "log_softmax",
    "logsumexp",
    "row_pairs",
    "softmax",
    "sums",
    "token_losses",
]
