"""How the formulas are computed for many logits, fast and in little memory."""

from .log_sums import Pair, join, log_sum_exp
from .outputs import (
    expected_gradient,
    expected_losses,
    gradient,
    log_softmax,
    logsumexp,
    softmax,
    token_losses,
)

__all__ = [
    "Pair",
    "expected_gradient",
    "expected_losses",
    "gradient",
    "join",
    "log_softmax",
    "log_sum_exp",
    "logsumexp",
    "softmax",
    "token_losses",
]
