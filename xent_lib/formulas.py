"""The formulas of the book, in NumPy.

`o` contains the logits of n predictions, float64 (n, V), `targets` the n ids that came
next, `sequences` such pairs. The library's faster code must agree with these formulas.
"""

import numpy as np


def softmax(o: np.ndarray) -> np.ndarray:
    """Formula (17): p[a] = exp(o[a]) / Σ exp(o)."""
    e = np.exp(o - o.max(axis=1, keepdims=True))  # a shift changes no ratio
    return e / e.sum(axis=1, keepdims=True)


def token_losses(o: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """One term of Formula (16): −ln p[target] = ln Σ exp(o) − o[target]."""
    below, log_sum = below_largest(o)
    return log_sum[:, 0] - below[np.arange(len(o)), targets]


def loss_per_sequence(sequences: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Formula (16): 1/|D| Σ_{x ∈ D} Σ_{i=1}^{m} −ln p(x_{i+1} | x_{1:i})."""
    return sum(token_losses(o, t).sum() for o, t in sequences) / len(sequences)


def loss_per_token(sequences: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Formula (16) as the course handout has it: the mean of −ln p over all tokens."""
    return np.concatenate([token_losses(o, t) for o, t in sequences]).mean()


def perplexity(loss: np.ndarray) -> np.ndarray:
    """Formula (18): the exponential of the loss per token."""
    return np.exp(loss)


def gradient(o: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """p − y, the gradient of −ln p[target]: y is 1 at the target and 0 elsewhere."""
    g, at_target = softmax(o), (np.arange(len(o)), targets)
    g[at_target] *= 0  # NaN stays NaN
    g[at_target] -= g.sum(axis=1)  # p − 1 = −(all other p), which loses no digits
    return g


def expected_losses(o: np.ndarray, y: np.ndarray) -> np.ndarray:
    """H(y, p) = −Σₐ y[a] ln p[a]: the mean loss if the targets are drawn from y."""
    half = o / 2 - o.max(axis=1, keepdims=True) / 2  # the difference may overflow
    terms = y * below_largest(o)[1] - 2 * (y * half)
    return np.where(y == 0, 0, terms).sum(axis=1)  # 0 · ∞ is 0


def log_softmax(o: np.ndarray) -> np.ndarray:
    """ln p[a] = o[a] − ln Σ exp(o)."""
    below, log_sum = below_largest(o)
    return below - log_sum


def logsumexp(o: np.ndarray) -> np.ndarray:
    """ln Σ exp(o), the logarithm of the denominator of Formula (17)."""
    largest, (_, log_sum) = o.max(axis=1), below_largest(o)
    return np.where(np.isinf(largest), largest, largest + log_sum[:, 0])


def below_largest(o: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each logit minus the largest of its row, and ln Σₐ exp of these differences."""
    at_largest = np.arange(len(o)), o.argmax(axis=1)
    below = o - o[at_largest][:, np.newaxis]
    e = np.exp(below)
    e[at_largest] = below[at_largest]  # 0 in place of 1, which log1p adds
    return below, np.log1p(e.sum(axis=1, keepdims=True))  # ln(1 + the others)
