"""The gradient that PyTorch computes: cut, detached, or by a backward of its own."""

import torch
import torch.nn.functional as F

from corpus.cases import case


class Fused(torch.autograd.Function):
    """A backward of its own, as a fused kernel has."""

    @staticmethod
    def forward(ctx, logits, targets):
        p = logits.softmax(-1)
        ctx.save_for_backward(p, targets)
        return F.cross_entropy(logits, targets, reduction="none")

    @staticmethod
    def backward(ctx, above):
        p, targets = ctx.saved_tensors
        grad = p - F.one_hot(targets, p.size(-1))
        return grad * above.unsqueeze(-1), None


@case()
def fused_rows(o, t):
    return Fused.apply(o, t)


@case()
def fused(o, t):
    return Fused.apply(o, t).mean()


@case()
def as_a_number(o, t):
    return F.cross_entropy(o, t).item()


@case()
@torch.no_grad()
def evaluation(o, t):
    return F.cross_entropy(o, t)


@case()
def detached_maximum(o, t):
    o = o - o.detach().amax(-1, keepdim=True)
    return (o.exp().sum(-1).log() - o.gather(-1, t[..., None])[..., 0]).mean()


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


@case("– gradient-of-largest")
def rwkv(logits, targets):
    loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
    return L2Wrap.apply(loss, logits)


@case("✗ no-gradient")
def detached(o, t):
    return F.cross_entropy(o.detach(), t)


@case("✗ no-gradient")
def new_tensor(o, t):
    return torch.tensor(F.cross_entropy(o, t).item())


@case("– from-zero", "✗ gradient-without-softmax")
def normaliser_detached(o, t):
    lse = o.logsumexp(-1).detach()
    return (lse - o.gather(-1, t.unsqueeze(-1)).squeeze(-1)).mean()


@case("– from-zero", "✗ gradient-without-target")
def target_detached(o, t):
    picked = o.gather(-1, t.unsqueeze(-1)).squeeze(-1).detach()
    return (o.logsumexp(-1) - picked).mean()


class Own(torch.autograd.Function):
    """A backward by hand, to be got wrong."""

    wrong = staticmethod(lambda grad, above, n: grad)
    reduction = "mean"

    @classmethod
    def of(cls, reduction, wrong):
        name = {"reduction": reduction, "wrong": staticmethod(wrong)}
        one = type("Own", (cls,), name)
        return lambda o, t: one.apply(o, t, one)

    @staticmethod
    def forward(ctx, o, t, one):
        ctx.save_for_backward(o.softmax(-1), t)
        ctx.one = one
        return F.cross_entropy(o, t, reduction=one.reduction)

    @staticmethod
    def backward(ctx, above):
        p, t = ctx.saved_tensors
        grad = p - F.one_hot(t, p.size(-1))
        return ctx.one.wrong(grad, above, len(t)), None, None


case.of(
    Own.of("mean", lambda grad, above, n: grad * above),
    "✗ gradient-scaled",
    name="mean_undivided",
)
case.of(
    Own.of("mean", lambda grad, above, n: grad / n),
    "✗ gradient-upstream",
    name="mean_without_what_comes_from_above",
)
case.of(
    Own.of("mean", lambda grad, above, n: -grad * above / n),
    "✗ gradient-sign",
    name="mean_turned",
)
case.of(
    Own.of("none", lambda grad, above, n: grad * above.mean()),
    "✗ gradient-upstream",
    name="each_by_the_mean_from_above",
)
case.of(
    Own.of("sum", lambda grad, above, n: grad.clamp(min=0) * above),
    "✗",
    name="sum_of_positive_entries",
)
case.of(
    Own.of("sum", lambda grad, above, n: grad * above / n),
    "✗ gradient-scaled",
    name="sum_divided",
)


@case("✗")
def first_rows_have_a_gradient(o, t):
    o = torch.cat([o[:1], o[1:].detach()])
    return F.cross_entropy(o, t)


@case("✗")
def blocks_without_gradient(o, t):
    """A kernel whose last block has none."""
    cut = o.size(-1) // 1024 * 1024
    if cut:
        o = torch.cat([o[..., :cut], o[..., cut:].detach()], -1)
    return F.cross_entropy(o, t)


@case("✗ gradient-of-padding")
class Padding(torch.autograd.Function):
    def __new__(cls):
        return lambda o, t: Padding.apply(o, t)

    @staticmethod
    def forward(ctx, o, t):
        ctx.save_for_backward(o.softmax(-1), t)
        return F.cross_entropy(o, t)

    @staticmethod
    def backward(ctx, above):
        p, t = ctx.saved_tensors
        y = F.one_hot(t.clamp(min=0), p.size(-1))
        return (p - y) * above / (t != -100).sum(), None


@case("✗ no-gradient")
def changed_in_place(logits, targets):
    log_p = torch.log_softmax(logits, -1)
    picked = log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    log_p.exp_()
    return -picked.mean()
