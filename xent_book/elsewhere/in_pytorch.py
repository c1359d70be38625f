"""The loss in PyTorch: a mean, and the vocabulary on axis 1."""

import torch
from torch.nn.functional import cross_entropy

logits = torch.tensor([3.2, 1.0, -0.5, 2.5])  # mat, hat, sat, rug
mat = torch.tensor(0)
print(f"{cross_entropy(logits, mat):.6f}")  # 0.489875
print(f"{cross_entropy(logits, mat, label_smoothing=0.1):.6f}")  # 0.654875

# Two positions, where mat and rug came: the mean, unless told otherwise.
rows, targets = torch.stack([logits, logits]), torch.tensor([0, 3])
print(f"{cross_entropy(rows, targets):.6f}")  # 0.839875
print(f"{cross_entropy(rows, targets, reduction='sum'):.6f}")  # 1.679750

# With class weights, the mean is divided by the sum of the targets' weights.
weight = torch.tensor([1.0, 1.0, 1.0, 3.0])
print(f"{cross_entropy(rows, targets, weight=weight):.6f}")  # 1.014875

# Padding is -100: neither scored nor counted.
targets = torch.tensor([0, -100])
print(f"{cross_entropy(rows, targets):.6f}")  # 0.489875

# A batch (B, T, V) must become (B, V, T). If T equals V, there is no error.
batch, targets = rows.repeat(1, 2, 1), torch.zeros(1, 4, dtype=torch.long)
print(f"{cross_entropy(batch, targets):.6f}")  # 1.386294, wrong
print(f"{cross_entropy(batch.transpose(1, 2), targets):.6f}")  # 0.489875
