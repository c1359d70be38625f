"""More broken losses in PyTorch, as code bases have them."""

import torch

from broken_torch import BROKEN, broken

__all__ = ["BROKEN"]


def by_blocks(x, y, block, rescaled):
    """The log-sum-exp of cut cross-entropy, less the target’s logit."""
    N, V = x.shape
    top, total = torch.full((N,), float("-inf")), torch.zeros(N)
    for start in range(0, V, block):
        part = x[:, start : start + block]
        new = torch.maximum(top, part.amax(1))
        total = total * torch.exp(top - new) if rescaled else total
        total = total + torch.exp(part - new[:, None]).sum(1)
        top = new
    picked = x.gather(1, y.clamp(min=0)[:, None])[:, 0]
    losses = top + torch.log(total) - picked
    return torch.where(y == -100, 0.0, losses).sum() / (y != -100).sum()


@broken("not-rescaled")
def not_rescaled(logits, targets):
    return by_blocks(logits, targets, 1024, rescaled=False)


@broken("not-rescaled")
def not_rescaled_in_large_blocks(logits, targets):
    return by_blocks(logits, targets, 8192, rescaled=False)


@broken("no-gradient")
def changed_in_place(logits, targets):
    log_p = torch.log_softmax(logits, -1)
    picked = log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    log_p.exp_()
    return -picked.mean()


@broken("wrong-axis")
def softmax_over_the_tokens(logits, tokens, valid=None):
    valid = torch.ones(tokens.shape[:2]) if valid is None else valid
    log_p = torch.gather(torch.log_softmax(logits, 1), -1, tokens.unsqueeze(-1))
    return -(log_p.squeeze(-1) * valid).sum() / valid.sum()
