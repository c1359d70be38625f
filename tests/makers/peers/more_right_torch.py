"""More right losses in PyTorch, whose padding is a number or a mask of their own."""

import torch
import torch.nn.functional as F

from right_torch import RIGHT, right

__all__ = ["RIGHT"]
VOID = 255


@right()
def void_of_segmentation(o, t):
    valid = t != VOID
    picked = F.log_softmax(o, -1).gather(-1, t.clamp(0, o.shape[-1] - 1)[..., None])
    return -(picked[..., 0] * valid).sum() / valid.sum()
