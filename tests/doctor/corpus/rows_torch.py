"""What is wrong with the loss of a row in PyTorch: softmax, scores, units, digits."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from corpus.cases import case
from corpus.shared_torch import by_blocks, rows


@case("✗ softmax-twice")
def softmax_twice(o, t):
    return F.cross_entropy(o.softmax(-1), t)


@case("✗ softmax-twice")
class SoftmaxInTheModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.loss = nn.CrossEntropyLoss()

    def forward(self, logits, targets):
        return self.loss(torch.softmax(logits, dim=-1), targets)


@case("✗ not-normalised")
def nll_of_logits(logits, targets):
    return F.nll_loss(logits, targets)


@case("✗ floor")
def epsilon(o, t):
    p = torch.softmax(o, -1)
    return -torch.log(p[torch.arange(len(t)), t] + 1e-9).mean()


@case("✗ log-of-softmax")
def log_softmax_by_hand(o, t):
    return F.nll_loss(torch.log(torch.softmax(o, -1)), t)


@case("✗ plain-softmax")
def textbook(o, t):
    p = o.exp() / o.exp().sum(-1, keepdim=True)
    return -p.gather(-1, t.unsqueeze(-1)).log().mean()


@case("✗ wrong-axis")
def dim_0(o, t):
    return F.nll_loss(F.log_softmax(o, dim=0), t)


@case("✗ sigmoid")
def sigmoid(o, t):
    return -F.logsigmoid(o.gather(-1, t.unsqueeze(-1))).mean()


@case("✗ binary-mean", "– masked-token")
def bce(o, t):
    y = F.one_hot(t, o.shape[-1]).float()
    return F.binary_cross_entropy_with_logits(o, y)


@case("– focal")
def focal(o, t):
    ce = rows(o, t)
    return ((1 - torch.exp(-ce)) ** 2 * ce).mean()


@case("– focal", "✗ weights-misused")
def focal_of_a_weighted_loss(o, t, alpha=None, gamma=2.0):
    """With a weight, exp(−loss) is not p."""
    weighted = F.cross_entropy(o, t, weight=alpha, reduction="none")
    return ((1 - torch.exp(-weighted)) ** gamma * weighted).mean()


@case("– focal")
def focal_with_alpha(o, t, alpha=None, gamma=2.0):
    """It is divided by the number of tokens, as in the paper on it."""
    losses = rows(o, t)
    losses = (1 - torch.exp(-losses)) ** gamma * losses
    return (losses if alpha is None else alpha[t] * losses).mean()


@case("– focal")
def focal_with_one_alpha(o, t, alpha: float | None = None, gamma=2.0):
    losses = rows(o, t)
    losses = (1 - torch.exp(-losses)) ** gamma * losses
    return (losses if alpha is None else alpha * losses).mean()


@case("– z-loss", "✗ smoothing-of-padding")
def z_loss(o, t):
    return F.cross_entropy(o, t) + 1e-4 * o.logsumexp(-1).square().mean()


@case("– soft-cap")
def soft_cap(o, t):
    return F.cross_entropy(50 * torch.tanh(o / 50), t)


@case("✗ bfloat16")
def bfloat16(o, t):
    return F.cross_entropy(o.bfloat16(), t)


@case("✗ scaled")
def scaler(o, t):
    return F.cross_entropy(o, t) * 2.0**16


@case("✗ scaled")
def accumulation(o, t, steps=8):
    return F.cross_entropy(o, t) / steps


@case("✗ ids-cut")
def ids_in_uint8(o, t):
    return F.cross_entropy(o, t.to(torch.uint8).long())


@case("✗")
def ids_in_half(o, t):
    return F.cross_entropy(
        o, t.half().clamp(max=65504).long().clamp(max=o.size(-1) - 1)
    )


@case("✗ class-weights-alone")
def weights_not_normalised(o, t):
    w = 1.0 / (1.0 + t.float())
    return (w * rows(o, t)).mean()


@case("– focal", "✗ scaled")
def retina(inputs, targets, alpha=0.25, gamma=2.0):
    ce = rows(inputs, targets)
    return (alpha * (1 - torch.exp(-ce)) ** gamma * ce).mean()


@case("– smoothing-others", "✗ by-vocabulary")
def divergence_by_all_tokens(pred, gold, eps=0.1):
    V = pred.size(-1)
    y = torch.zeros_like(pred).scatter(-1, gold.unsqueeze(-1), 1)
    y = y * (1 - eps) + (1 - y) * eps / (V - 1)
    return F.kl_div(F.log_softmax(pred, dim=-1), y, reduction="mean")


@case("✗ bfloat16")
def of_a_log_sum_exp_in_bfloat16(o, t):
    o = o.bfloat16()
    return (o.logsumexp(-1) - o.gather(-1, t.unsqueeze(-1)).squeeze(-1)).mean()


@case("✗ bfloat16")
def of_a_softmax_in_bfloat16(o, t):
    p = o.bfloat16().softmax(-1).gather(-1, t.unsqueeze(-1))
    return -p.log().mean()


@case("✗ focal")
def focal_of_the_mean(o, t):
    ce = F.cross_entropy(o, t)
    return (1 - torch.exp(-ce)) ** 2 * ce


@case("✗ scaled", "✗ temperature")
def of_a_student(logits, labels, T=2.0):
    return T * T * F.cross_entropy(logits / T, labels)


@case("– from-zero", "✗ not-rescaled")
def not_rescaled(logits, targets):
    return by_blocks(logits, targets, 1024, rescaled=False)


@case("– from-zero", "✗ not-rescaled")
def not_rescaled_in_large_blocks(logits, targets):
    return by_blocks(logits, targets, 8192, rescaled=False)


@case("✗ half-precision")
class OfLiger(torch.nn.Module):
    """Liger's reference, in float16 and without a maximum."""

    def forward(self, logits, targets):
        logits = logits.half()
        scored = targets != -100
        lse = torch.log(torch.exp(logits).sum(-1))
        ids = targets.masked_fill(~scored, 0).unsqueeze(-1)
        losses = (lse - logits.gather(-1, ids).squeeze(-1)).float()
        return (losses * scored).sum() / scored.sum()


@case("✗ half-precision", "✗")
def log_sum_exp_in_half(logits, targets):
    x = logits.half()
    picked = x.gather(-1, targets[..., None]).squeeze(-1)
    return (torch.logsumexp(x, -1) - picked).float().mean()


@case("✗ half-precision", "✗")
def log_sum_exp_alone_in_half(logits, targets):
    x = logits.half()
    picked = x.float().gather(-1, targets[..., None]).squeeze(-1)
    return (torch.logsumexp(x, -1).float() - picked).mean()


@case("✗ half-precision")
def share_in_half(logits, targets):
    e = logits.half().exp()
    return -(e.gather(-1, targets[..., None]).squeeze(-1) / e.sum(-1)).log().mean()


@case("– z-loss", "✗ smoothing-of-padding")
def of_olmo(logits, labels, ignore_index=-100):
    """Its z-loss is divided by all places."""
    logits, labels = logits.view(-1, logits.size(-1)), labels.view(-1)
    z_loss = (logits.logsumexp(-1).pow(2) * (labels != ignore_index)).mean()
    return F.cross_entropy(logits, labels, ignore_index=ignore_index) + 1e-4 * z_loss


@case("✗ counted-from-one")
def counted_from_one(o, t):
    return -o.log_softmax(-1).gather(-1, (t - 1)[..., None]).mean()
