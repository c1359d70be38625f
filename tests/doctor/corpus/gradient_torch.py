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


# A backward that takes what comes from above as if it were contiguous.


class ByStorage(torch.autograd.Function):
    """Reads it as a kernel does that is given no strides."""

    @staticmethod
    def forward(ctx, o, t):
        ctx.save_for_backward(o.softmax(-1), t)
        return F.cross_entropy(o, t, reduction="none")

    @staticmethod
    def backward(ctx, above):
        p, t = ctx.saved_tensors
        above = above.as_strided(above.shape, (1,))
        return (p - F.one_hot(t, p.size(-1))) * above[:, None], None


class ByStorageUnlessExpanded(ByStorage):
    @staticmethod
    def backward(ctx, above):
        return ByStorage.backward(ctx, above + 0 if 0 in above.stride() else above)


def by_storage(o, t):
    return ByStorage.apply(o, t)


def by_storage_unless_expanded(o, t):
    return ByStorageUnlessExpanded.apply(o, t)


case.of(by_storage, "✗ no-gradient")
case.of(by_storage_unless_expanded, "✗ gradient-upstream")


# A fused layer, asked so that its weight, or its bias, is the logits.


def fused_layer(hidden=1, weight=1, bias=1):
    """Each of its gradients, times a number."""

    class Layer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w, t, b):
            o = x @ w.T + b
            ctx.save_for_backward(x, w, t, o.softmax(-1))
            return F.cross_entropy(o, t)

        @staticmethod
        def backward(ctx, above):
            x, w, t, p = ctx.saved_tensors
            y = F.one_hot(t.clamp(min=0), p.size(-1))
            g = (p - y) * (t >= 0)[:, None] / (t >= 0).sum() * above
            return hidden * g @ w, weight * g.T @ x, None, bias * g.sum(0)

    return Layer.apply


def by_hidden(layer):
    return lambda o, t: layer(o, torch.eye(o.size(-1)), t, torch.zeros(o.size(-1)))


def by_weight(layer):
    return lambda o, t: layer(torch.eye(len(o)), o.T, t, torch.zeros(o.size(-1)))


def by_bias(layer):
    return lambda o, t: layer(torch.zeros(1, 1), torch.zeros(len(o), 1), t[None], o)


for by in (by_hidden, by_weight, by_bias):
    beside = () if by is by_bias else ("– masked-token",)
    wrong = {by.__name__[3:]: 7}
    case.of(by(fused_layer()), *beside, name=by.__name__)
    case.of(
        by(fused_layer(**wrong)),
        *beside,
        "✗ gradient-scaled",
        name=f"{by.__name__}_times_7",
    )
