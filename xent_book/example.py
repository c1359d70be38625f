"""The running example: a sentence, four words with scores, and a text for counting."""

import numpy as np
from numpy.typing import NDArray

sentence = ("The", "cat", "sat", "on", "the", "mat")
context, answer = sentence[:-1], sentence[-1]

vocabulary = ("mat", "hat", "sat", "rug")
logits: NDArray[np.float64]  # __getattr__ makes a new array for each import
target = vocabulary.index(answer)
student = (2.0, 1.5, 1.0, 1.8)  # the invented logits of a second model

# Invented vectors whose products, tokens @ h, are the logits.
h = (2.0, 1.0)
tokens = ((1.5, 0.2), (0.2, 0.6), (-0.5, 0.5), (0.8, 0.9))

# How an invented player bets 100 chips on each next word of the sentence.
bets = (
    {"cat": 10, "dog": 20, "house": 5, "man": 15, "something else": 50},
    {"ate": 10, "is": 20, "sat": 15, "was": 20, "something else": 35},
    {"down": 15, "in": 5, "on": 70, "there": 5, "something else": 5},
    {"a": 15, "my": 10, "the": 60, "top": 10, "something else": 5},
    {"floor": 25, "hat": 0, "mat": 40, "rug": 20, "something else": 15},
)

# An invented text, whose pairs of words the bigram model counts, and its vocabulary.
text = (
    "the cat sat on the rug",
    "the dog sat on the mat",
    "a cat saw the dog on the mat",
    "the dog ran to the cat",
    "the cat saw a rat",
)
words = sorted({word for line in text for word in line.split()})


def __getattr__(name: str) -> NDArray[np.float64]:
    """Return a new copy of `logits` for each import, so that readers may change it."""
    if name == "logits":
        return np.array([3.2, 1.0, -0.5, 2.5])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
