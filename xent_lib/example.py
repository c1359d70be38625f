"""The running example: one sentence, four words, four scores."""

import numpy as np

sentence = ("The", "cat", "sat", "on", "the", "mat")
context, answer = sentence[:-1], sentence[-1]

vocabulary = ("mat", "hat", "sat", "rug")
logits = np.array([3.2, 1.0, -0.5, 2.5])
logits.flags.writeable = False  # every chapter starts from the same numbers
target = vocabulary.index(answer)
