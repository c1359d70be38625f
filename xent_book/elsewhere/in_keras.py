"""The loss in Keras: from probabilities, unless told that they are logits."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")  # before Keras is imported

import numpy as np
from keras.losses import CategoricalCrossentropy, SparseCategoricalCrossentropy

rows = np.array([[3.2, 1.0, -0.5, 2.5]] * 2)  # mat, hat, sat, rug
loss = SparseCategoricalCrossentropy(from_logits=True)
print(f"{loss(np.array([0]), rows[:1]):.6f}")  # 0.489875

# If not told, it divides the logits by their sum, without a word.
untold = SparseCategoricalCrossentropy()
print(f"{untold(np.array([0]), rows[:1]):.6f}")  # 0.661398, wrong

# Two positions, where mat and rug came: the mean.
print(f"{loss(np.array([0, 3]), rows):.6f}")  # 0.839875

# Padding must be named. If it is not, its loss is 0, and the mean counts it.
targets = np.array([0, -100])
named = SparseCategoricalCrossentropy(from_logits=True, ignore_class=-100)
print(f"{named(targets, rows):.6f}")  # 0.489875
print(f"{loss(targets, rows):.6f}")  # 0.244937, wrong

# Targets that are distributions have their own class, which can smooth them.
smooth = CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
print(f"{smooth(np.eye(4)[:1], rows[:1]):.6f}")  # 0.654875
