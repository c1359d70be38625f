"""How the formulas are computed for many logits, fast and in little memory.

Up to 2¹² logits the library runs `formulas`, and nothing of this; only the loss from
hidden states, entropy and divergence always do. Up to 2¹⁴ all are computed in one step,
above in blocks. With numba, a compiled loop sums the exp of float32 logits in C order,
from 2¹⁶ on and in rows of 256 or more.
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
