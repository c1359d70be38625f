"""More broken losses in PyTorch, as code bases have them."""

import torch
import torch.nn.functional as F

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


@broken("half-precision")
class OfLiger(torch.nn.Module):
    """Its reference, in float16, and without a shift."""

    def forward(self, logits, targets):
        logits = logits.half()
        scored = targets != -100
        lse = torch.log(torch.exp(logits).sum(-1))
        ids = targets.masked_fill(~scored, 0).unsqueeze(-1)
        losses = (lse - logits.gather(-1, ids).squeeze(-1)).float()
        return (losses * scored).sum() / scored.sum()


@broken("half-precision")
def log_sum_exp_in_half(logits, targets):
    x = logits.half()
    picked = x.gather(-1, targets[..., None]).squeeze(-1)
    return (torch.logsumexp(x, -1) - picked).float().mean()


@broken("half-precision")
def log_sum_exp_alone_in_half(logits, targets):
    x = logits.half()
    picked = x.float().gather(-1, targets[..., None]).squeeze(-1)
    return (torch.logsumexp(x, -1).float() - picked).mean()


@broken("half-precision")
def share_in_half(logits, targets):
    e = logits.half().exp()
    return -(e.gather(-1, targets[..., None]).squeeze(-1) / e.sum(-1)).log().mean()


@broken("z-loss", "smoothing-of-padding")
def of_olmo(logits, labels, ignore_index=-100):
    """Whose z-loss is divided by all places."""
    logits, labels = logits.view(-1, logits.size(-1)), labels.view(-1)
    z_loss = (logits.logsumexp(-1).pow(2) * (labels != ignore_index)).mean()
    return F.cross_entropy(logits, labels, ignore_index=ignore_index) + 1e-4 * z_loss
