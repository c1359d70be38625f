"""More right losses in PyTorch, whose padding is a number or a mask of their own."""

import torch
import torch.nn.functional as F

from more_broken_torch import by_blocks
from right_torch import RIGHT, right

__all__ = ["RIGHT"]
VOID = 255


@right()
def void_of_segmentation(o, t):
    valid = t != VOID
    picked = F.log_softmax(o, -1).gather(-1, t.clamp(0, o.shape[-1] - 1)[..., None])
    return -(picked[..., 0] * valid).sum() / valid.sum()


@right()
def mask_nll_loss(inp, target, mask):
    """PyTorch’s tutorial of a chatbot: of p, and selected by booleans."""
    total = mask.sum()
    cross_entropy = -torch.log(torch.gather(inp, 1, target.view(-1, 1)).squeeze(1))
    return cross_entropy.masked_select(mask).mean(), total.item()


@right()
def selected(logits, target, mask):
    rows = logits.view(-1, logits.size(-1)), target.view(-1)
    losses = F.cross_entropy(*rows, reduction="none")
    return losses.masked_select(mask.view(-1)).mean()


@right()
def filled(logits, target, mask):
    """Whose error of a mask of 1 and 0 says nothing of booleans."""
    rows = logits.view(-1, logits.size(-1)), target.view(-1)
    losses = F.cross_entropy(*rows, reduction="none").view(target.shape)
    return losses.masked_fill(~mask, 0).sum() / mask.sum()


CRITERION = torch.nn.CrossEntropyLoss(ignore_index=VOID)


@right()
def void_of_a_criterion(logits, labels, criterion=CRITERION):
    rows = logits.reshape(-1, logits.size(-1))
    return criterion(rows, labels.reshape(-1).clamp(min=0))


@right("shifted")
def packed(logits, labels, segment_ids):
    """Whose documents stand in one sequence, as MaxText has them."""
    ids = logits[:, :-1].transpose(1, 2), labels[:, 1:]
    losses = F.cross_entropy(*ids, reduction="none")
    same = segment_ids[:, 1:] == segment_ids[:, :-1]
    keep = same & (segment_ids[:, 1:] > 0)
    return (losses * keep).sum() / keep.sum()


@right("shifted")
def of_a_trainer(logits, labels, num_items_in_batch):
    """As transformers has it: divided by what a step has in all."""
    ids = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return F.cross_entropy(*ids, reduction="sum") / num_items_in_batch


@right()
def online_log_sum_exp(logits, targets, block=1024):
    return by_blocks(logits, targets, block, rescaled=True)


class L2Wrap(torch.autograd.Function):
    @staticmethod
    def forward(ctx, loss, y):
        ctx.save_for_backward(y)
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        [y] = ctx.saved_tensors
        largest, ids = torch.max(y, -1, keepdim=True)
        factor = 1e-4 / (y.shape[0] * y.shape[1])
        return grad_output, torch.zeros_like(y).scatter_(-1, ids, largest * factor)


@right("gradient-of-largest")
def rwkv(logits, targets):
    loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
    return L2Wrap.apply(loss, logits)
