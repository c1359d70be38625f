"""What noise alone would do: at most one false alarm in 10,000 curves per finding.

Points are compared with noise whose tails are as heavy as those of Student's t with
three degrees of freedom, P(x > c) ≤ 1.11/c³ in its scale; levels by their ranks.
"""

import math
from statistics import NormalDist

import numpy as np

from .curves import Array

ALARM = 1e-4
NORMAL = 1.4826  # makes a median deviation the standard deviation of a normal law


def jitter(y: Array) -> float:
    """The noise of a point, by second differences, which no straight trend moves."""
    return spread(np.diff(y, 2)) / math.sqrt(6) if len(y) > 3 else math.inf


def spread(y: Array) -> float:
    return NORMAL * float(np.median(np.abs(y - np.median(y))))


def far(looks: int, in_a_row: int) -> float:
    """How many scales noise exceeds so often in a row, anywhere in so many looks."""
    return float((1.11 / (ALARM / looks) ** (1 / in_a_row)) ** (1 / 3))


def sure(looks: int = 1) -> float:
    """How many standard errors an estimate exceeds, in any of so many looks."""
    return NormalDist().inv_cdf(1 - ALARM / looks)


def student(n: int) -> float:
    """The same for a mean of n numbers with errors of their own: Student's t.

    By the expansion 26.7.5 of Abramowitz and Stegun, with n − 1 degrees of freedom.
    """
    z, d = sure(), n - 1
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / d + second / d**2 + third / d**3


def fall(y: Array) -> float:
    """By how many standard errors the second half ranks below the first."""
    m, n = len(y) // 2, len(y) - len(y) // 2
    late = np.sort(y[m:])
    below = np.searchsorted(late, y[:m]) + np.searchsorted(late, y[:m], "right")
    error = math.sqrt(m * n * (m + n + 1) / 12) * stretch(y)
    return (float(below.sum()) - m * n) / 2 / error


def stretch(y: Array) -> float:
    """How much larger errors are where neighbours are alike: √((1 + r)/(1 − r))."""
    rest = bent(y)
    total = float(rest @ rest)
    r = float(rest[1:] @ rest[:-1]) / total if total else 0.0
    r = min(max(r + 4 / len(y), 0.0), 0.9)  # in a short window, r is too small by that
    return math.sqrt((1 + r) / (1 - r))


def bent(y: Array) -> Array:
    """What a straight line leaves of y."""
    u = np.arange(len(y)) - (len(y) - 1) / 2
    return np.asarray(y - y.mean() - u * (u @ y) / max(float(u @ u), 1.0))
