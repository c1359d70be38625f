"""Promises that functions of PyTorch keep or break."""

import torch.nn.functional as F

from corpus.cases import case


@case("✗ padding-scored")
def mask_that_is_not_used(logits, targets, mask):
    """F.cross_entropy would leave −100 out by itself."""
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten())


@case()
def mask_that_is_used(logits, targets, mask):
    losses = F.cross_entropy(logits.flatten(0, -2), targets.flatten(), reduction="none")
    return (losses * mask.flatten()).sum() / mask.sum()
