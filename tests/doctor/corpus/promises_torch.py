"""Promises that functions of PyTorch keep or break."""

import torch
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


def optional_number(logits, targets, pad_id=None):
    losses = F.cross_entropy(logits.flatten(0, -2), targets.flatten(), reduction="none")
    return (
        losses.mean() if pad_id is None else losses[targets.flatten() != pad_id].mean()
    )


for number in (0, 1):
    case.of(optional_number, name=f"optional_number_{number}", ignore_index=number)
# PyTorch looks up ln p of −1, too, before the loss is left out.
case.of(optional_number, "✗ padding-raises", name="optional_-1", ignore_index=-1)


@case("✗")
def squeezed(logits, targets, mask):
    """One token each: (B,) times (B, 1) is (B, B)."""
    log_p = logits.log_softmax(-1).gather(-1, targets.clamp(min=0)[..., None]).squeeze()
    return -(log_p * mask).sum() / mask.sum()


@case("✗ padded-length")
def zero_below_0(logits, targets):
    log_p = logits.log_softmax(-1).gather(-1, targets.clamp(min=0)[..., None])
    return torch.where(targets >= 0, -log_p.squeeze(-1), 0.0).mean()


@case()
def losses_of_cross_entropy(logits, targets):
    """What is done with the zeros of −100 is the caller's."""
    losses = F.cross_entropy(logits.flatten(0, -2), targets.flatten(), reduction="none")
    return losses.mean()
