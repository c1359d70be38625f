"""Broken losses in PyTorch, each with the name of its fault, or none where the numbers
must be shown."""

import torch
import torch.nn as nn
import torch.nn.functional as F

BROKEN = []


def broken(*names, **declared):
    return lambda loss: BROKEN.append((loss, names, declared)) or loss


def rows(o, t):
    return F.cross_entropy(o, t, reduction="none")


broken("softmax-twice")(lambda o, t: F.cross_entropy(o.softmax(-1), t))


@broken("softmax-twice")
class SoftmaxInTheModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.loss = nn.CrossEntropyLoss()

    def forward(self, logits, targets):
        return self.loss(torch.softmax(logits, dim=-1), targets)


@broken("not-normalised")
def nll_of_logits(logits, targets):
    return F.nll_loss(logits, targets)


@broken("floor")
def epsilon(o, t):
    p = torch.softmax(o, -1)
    return -torch.log(p[torch.arange(len(t)), t] + 1e-9).mean()


@broken("log-of-softmax")
def log_softmax_by_hand(o, t):
    return F.nll_loss(torch.log(torch.softmax(o, -1)), t)


@broken("plain-softmax")
def textbook(o, t):
    p = o.exp() / o.exp().sum(-1, keepdim=True)
    return -p.gather(-1, t.unsqueeze(-1)).log().mean()


@broken("wrong-axis")
def dim_0(o, t):
    return F.nll_loss(F.log_softmax(o, dim=0), t)


@broken("sigmoid")
def sigmoid(o, t):
    return -F.logsigmoid(o.gather(-1, t.unsqueeze(-1))).mean()


@broken("binary-mean")
def bce(o, t):
    y = F.one_hot(t, o.shape[-1]).float()
    return F.binary_cross_entropy_with_logits(o, y)


@broken("focal")
def focal(o, t):
    ce = rows(o, t)
    return ((1 - torch.exp(-ce)) ** 2 * ce).mean()


@broken("z-loss", "smoothing-of-padding")
def z_loss(o, t):
    return F.cross_entropy(o, t) + 1e-4 * o.logsumexp(-1).square().mean()


@broken("soft-cap")
def soft_cap(o, t):
    return F.cross_entropy(50 * torch.tanh(o / 50), t)


@broken("bfloat16")
def bfloat16(o, t):
    return F.cross_entropy(o.bfloat16(), t)


@broken("scaled")
def scaler(o, t):
    return F.cross_entropy(o, t) * 2.0**16


@broken("scaled")
def accumulation(o, t, steps=8):
    return F.cross_entropy(o, t) / steps


@broken("padded-length")
def mean_over_padding(o, t):
    return F.cross_entropy(o, t, ignore_index=-100, reduction="none").mean()


@broken("padding-as-token-0")
def clamped(o, t):
    return F.cross_entropy(o, t.clamp(min=0))


@broken("mean-of-means")
def by_sequence(o, t):
    if o.dim() == 2:
        return F.cross_entropy(o, t)
    return torch.stack([F.cross_entropy(a, b) for a, b in zip(o, t)]).mean()


@broken("sum-of-means")
def accumulated(o, t):
    B, T, V = o.shape
    return sum(F.cross_entropy(a, b) for a, b in zip(o, t))


@broken("other-order")
def flatten_and_t(o, t):
    return F.cross_entropy(o.flatten(0, 1), t.t().flatten())


@broken("reshaped")
def view_for_transpose(o, t):
    B, T, V = o.shape
    return F.cross_entropy(o.reshape(B, V, T), t)


@broken("last-dropped")
def last_dropped(logits, labels):
    return F.cross_entropy(
        logits[:, :-1].reshape(-1, logits.size(-1)), labels[:, :-1].reshape(-1)
    )


@broken("shifted-sequences")
def shift_of_sequences(logits, labels):
    B, T, V = logits.shape
    return F.cross_entropy(logits[:-1].reshape(-1, V), labels[1:].reshape(-1))


@broken("shifted-back")
def shifted_back(logits, labels):
    return F.cross_entropy(
        logits[..., 1:, :].flatten(0, -2), labels[..., :-1].flatten()
    )


@broken("row-index")
def row_index(o, t):
    return -F.log_softmax(o, -1)[t].mean()


@broken("every-pair")
def every_pair(o, t):
    return -F.log_softmax(o, -1)[:, t].mean()


@broken("first-rows")
def first_rows(o, t):
    return F.cross_entropy(o[:512], t[:512])


@broken("mean-of-chunks")
def mean_of_chunks(o, t):
    pairs = zip(o.split(1000), t.split(1000))
    return torch.stack([F.cross_entropy(a, b) for a, b in pairs]).mean()


@broken("remainder-dropped")
def whole_chunks(o, t):
    n = max(len(o) // 1024, 1) * 1024
    return F.cross_entropy(o[:n], t[:n])


@broken("ids-cut")
def ids_in_uint8(o, t):
    return F.cross_entropy(o, t.to(torch.uint8).long())


@broken("ids-float16", "ids-cut")
def ids_in_half(o, t):
    return F.cross_entropy(
        o, t.half().clamp(max=65504).long().clamp(max=o.size(-1) - 1)
    )


@broken("random")
def dropout(o, t):
    return F.cross_entropy(F.dropout(o, 0.1), t)


@broken("class-weights-alone")
def weights_not_normalised(o, t):
    w = 1.0 / (1.0 + t.float())
    return (w * rows(o, t)).mean()


@broken("in-place")
def in_place(o, t):
    with torch.no_grad():
        o.sub_(o.amax(-1, keepdim=True))
    return F.cross_entropy(o, t)


@broken()
def no_return(o, t):
    F.cross_entropy(o, t)


@broken("no-gradient")
def detached(o, t):
    return F.cross_entropy(o.detach(), t)


@broken("no-gradient")
def new_tensor(o, t):
    return torch.tensor(F.cross_entropy(o, t).item())


@broken("gradient-without-softmax")
def normaliser_detached(o, t):
    lse = o.logsumexp(-1).detach()
    return (lse - o.gather(-1, t.unsqueeze(-1)).squeeze(-1)).mean()


@broken("gradient-without-target")
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


broken("gradient-scaled")(Own.of("mean", lambda grad, above, n: grad * above))
broken("gradient-upstream")(Own.of("mean", lambda grad, above, n: grad / n))
broken("gradient-sign")(Own.of("mean", lambda grad, above, n: -grad * above / n))
broken("gradient-upstream")(Own.of("none", lambda grad, above, n: grad * above.mean()))
broken()(Own.of("sum", lambda grad, above, n: grad.clamp(min=0) * above))
broken("gradient-scaled")(Own.of("sum", lambda grad, above, n: grad * above / n))


@broken()
def first_rows_have_a_gradient(o, t):
    o = torch.cat([o[:1], o[1:].detach()])
    return F.cross_entropy(o, t)


@broken()
def blocks_without_gradient(o, t):
    """A kernel whose last block has none."""
    cut = o.size(-1) // 1024 * 1024
    if cut:
        o = torch.cat([o[..., :cut], o[..., cut:].detach()], -1)
    return F.cross_entropy(o, t)


@broken("gradient-of-padding")
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


@broken("mean-of-means")
def grpo(logits, completion_ids, completion_mask):
    """Each completion by its own length."""
    log_p = logits.log_softmax(-1)
    log_p = log_p.gather(-1, completion_ids.unsqueeze(-1)).squeeze(-1)
    losses = -(log_p * completion_mask).sum(-1) / completion_mask.sum(-1)
    return losses.mean()


@broken("focal", "scaled")
def retina(inputs, targets, alpha=0.25, gamma=2.0):
    ce = rows(inputs, targets)
    return (alpha * (1 - torch.exp(-ce)) ** gamma * ce).mean()


@broken("mean-of-k-chunks")
def mean_of_four(logits, labels, chunks=4):
    logits, labels = logits.reshape(-1, logits.size(-1)), labels.reshape(-1)
    losses = [
        F.cross_entropy(a, b)
        for a, b in zip(logits.chunk(chunks), labels.chunk(chunks))
        if (b != -100).any()
    ]
    return torch.stack(losses).mean()


@broken("mean-of-k-chunks")
def mean_of_two_along_t(logits, labels):
    B, T, V = logits.shape
    pairs = zip(logits.chunk(2, dim=1), labels.chunk(2, dim=1))
    losses = [F.cross_entropy(a.flatten(0, 1), b.flatten()) for a, b in pairs]
    return torch.stack(losses).mean()


@broken("shifted-back", shifts=True)
def shifted_back_as_said(logits, labels):
    return shifted_back(logits, labels)


@broken("in-place", "token-ignored")
def padding_is_the_end(logits, labels):
    labels[labels == 2] = -100
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))


@broken("smoothing-others", "by-vocabulary")
def divergence_by_all_tokens(pred, gold, eps=0.1):
    V = pred.size(-1)
    y = torch.zeros_like(pred).scatter(-1, gold.unsqueeze(-1), 1)
    y = y * (1 - eps) + (1 - y) * eps / (V - 1)
    return F.kl_div(F.log_softmax(pred, dim=-1), y, reduction="mean")


@broken("counted-before-shift", "shifted")
def counted_before_the_shift(logits, labels):
    sums = F.cross_entropy(
        logits[..., :-1, :].reshape(-1, logits.size(-1)),
        labels[..., 1:].reshape(-1),
        reduction="sum",
    )
    return sums / (labels != -100).sum()


@broken("bfloat16")
def of_a_log_sum_exp_in_bfloat16(o, t):
    o = o.bfloat16()
    return (o.logsumexp(-1) - o.gather(-1, t.unsqueeze(-1)).squeeze(-1)).mean()


@broken("bfloat16")
def of_a_softmax_in_bfloat16(o, t):
    p = o.bfloat16().softmax(-1).gather(-1, t.unsqueeze(-1))
    return -p.log().mean()


@broken("token-ignored", "padded-length")
def padding_counted(o, t):
    return (rows(o.view(-1, o.size(-1)), t.view(-1)) * (t.view(-1) != 0)).mean()


@broken("focal")
def focal_of_the_mean(o, t):
    ce = F.cross_entropy(o, t)
    return (1 - torch.exp(-ce)) ** 2 * ce


@broken("padded-length")
def void_pixels_counted(pred, label, ignore_index=255):
    return F.cross_entropy(
        pred, label, reduction="none", ignore_index=ignore_index
    ).mean()


@broken("temperature", "scaled")
def of_a_student(logits, labels, T=2.0):
    return T * T * F.cross_entropy(logits / T, labels)
