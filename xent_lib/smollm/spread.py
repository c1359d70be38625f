"""The standard error of a mean, from sums over texts, or over blocks of one text.

The tokens of a text are correlated, so an error over tokens would be too small.
"""

import numpy as np

BLOCK = 32  # tokens in the shortest block of a text
BLOCKS = 40  # at most that many in a text: the longer it is, the longer its blocks
TEXTS = 1024  # at most that many are told apart
LEAST = 10  # from fewer units, an error would be off by a quarter or more


class Units:
    """Sums over texts or blocks, the units of an error. From `most` on, neighbours are
    added up, so that blocks grow with their text, and memory does not."""

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 1  # how many rows make a unit
        self.units: list[np.ndarray] = []
        self.room = 0  # how many rows the last unit still takes

    def add(self, row: np.ndarray) -> None:
        if self.room:
            self.units[-1] = self.units[-1] + row
            self.room -= 1
            return
        if len(self.units) == self.most:
            pairs = zip(self.units[::2], self.units[1::2], strict=True)
            self.units, self.size = [a + b for a, b in pairs], 2 * self.size
        self.units.append(row)
        self.room = self.size - 1

    def columns(self) -> np.ndarray:
        """The sums, one column per unit."""
        return np.array(self.units).T


def deviations(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """What each unit adds to the error of the mean Σ total / Σ count."""
    mean = total.sum() / count.sum()
    return (total - mean * count) / count.sum()


def standard_error(deviations: np.ndarray) -> float | None:
    """The standard error of a mean, or of a difference of two means; None for fewer
    than LEAST units."""
    if (n := len(deviations)) < LEAST:
        return None
    error = (n / (n - 1) * (deviations @ deviations)) ** 0.5
    return float(f"{error:.4g}")  # further digits depend on the processor
