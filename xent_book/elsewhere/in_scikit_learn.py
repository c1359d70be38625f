"""The loss in scikit-learn: from probabilities, in alphabetical order."""

from scipy.special import softmax
from sklearn.metrics import log_loss

p = softmax([3.2, 1.0, -0.5, 2.5])  # mat, hat, sat, rug
ids = range(4)
print(f"{log_loss([0], [p], labels=ids):.6f}")  # 0.489875

# Two positions, where mat and rug came: the mean, or the sum.
targets, rows = [0, 3], [p, p]
print(f"{log_loss(targets, rows, labels=ids):.6f}")  # 0.839875
print(f"{log_loss(targets, rows, labels=ids, normalize=False):.6f}")  # 1.679750

# No target is ignored, but one can have a weight of 0.
loss = log_loss(targets, rows, labels=ids, sample_weight=[1, 0])
print(f"{loss:.6f}")  # 0.489875

# It sorts the words, but not the columns of p: the loss of hat. (It warns.)
words = ["mat", "hat", "sat", "rug"]
print(f"{log_loss(['mat'], [p], labels=words):.6f}")  # 2.689875, wrong

# A p of 0 is raised to the epsilon of its dtype: no loss is infinite.
print(f"{log_loss([0], [[0.0, 1.0]], labels=[0, 1]):.6f}")  # 36.043653, wrong
