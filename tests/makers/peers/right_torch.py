"""Right losses in PyTorch, as people write them; each with what it may be called."""

import torch
import torch.nn as nn
import torch.nn.functional as F

RIGHT = []


def right(*names, **declared):
    return lambda loss: RIGHT.append((loss, names, declared)) or loss


right()(F.cross_entropy)
right()(nn.CrossEntropyLoss)
right()(nn.CrossEntropyLoss())
right()(nn.CrossEntropyLoss(reduction="none"))
right()(nn.CrossEntropyLoss(reduction="sum"))
right("smoothing")(nn.CrossEntropyLoss(label_smoothing=0.1))
right("token-ignored")(nn.CrossEntropyLoss(ignore_index=0))
right()(nn.CrossEntropyLoss(ignore_index=-1))
right()(nn.NLLLoss())
right()(F.nll_loss)


@right()
def nanogpt(logits, targets):
    return F.cross_entropy(
        logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1
    )


@right()
def mingpt(logits, targets=None):
    loss = None
    if targets is not None:
        loss = F.cross_entropy(
            logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1
        )
    return logits, loss


@right()
def makemore(logits, Y):
    logits_maxes = logits.max(1, keepdim=True).values
    norm_logits = logits - logits_maxes
    counts = norm_logits.exp()
    probs = counts * counts.sum(1, keepdim=True) ** -1
    return (
        -probs.log()[range(len(Y)), Y].mean()
        if logits.abs().max() < 20
        else (F.cross_entropy(logits, Y))
    )


@right("shifted")
def hf_causal(logits, labels, vocab_size, num_items_in_batch=None, ignore_index=-100):
    """transformers, loss_utils.py: ForCausalLMLoss."""
    logits = logits.float()
    labels = F.pad(labels, (0, 1), value=ignore_index)
    shift_labels = labels[..., 1:].contiguous()
    logits, shift_labels = logits.view(-1, vocab_size), shift_labels.view(-1)
    reduction = "sum" if num_items_in_batch is not None else "mean"
    loss = F.cross_entropy(
        logits, shift_labels, ignore_index=ignore_index, reduction=reduction
    )
    return loss / num_items_in_batch if reduction == "sum" else loss


@right("shifted")
def hf_old(logits, labels):
    shift_logits = logits[..., :-1, :].contiguous()
    shift_labels = labels[..., 1:].contiguous()
    loss_fct = nn.CrossEntropyLoss()
    return loss_fct(shift_logits.view(-1, shift_logits.size(-1)), shift_labels.view(-1))


@right("shifted")
def trl_completion(logits, labels):
    """Lines by lines, and the mean over what is scored."""
    labels = labels[:, 1:].clone()
    logits = logits[:, :-1, :]
    mask = labels != -100
    labels[labels == -100] = 0
    per_token = torch.gather(logits.log_softmax(-1), 2, labels.unsqueeze(2)).squeeze(2)
    return -(per_token * mask).sum() / mask.sum()


@right()
def cs336(inputs, targets):
    inputs = inputs - inputs.max(dim=-1, keepdim=True).values
    picked = inputs.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (torch.logsumexp(inputs, dim=-1) - picked).mean()


@right()
def cs336_from_zero(o, t):
    return (o.logsumexp(-1) - o.gather(-1, t[..., None])[..., 0]).mean()


@right()
def nll_of_log_softmax(o, t):
    return F.nll_loss(F.log_softmax(o, -1), t)


@right()
def kl_batchmean(o, t):
    y = F.one_hot(t, o.shape[-1]).to(o.dtype)
    return F.kl_div(F.log_softmax(o, -1), y, reduction="batchmean")


@right()
def one_hot(o, t):
    y = F.one_hot(t, o.size(-1)).float()
    return -(y * F.log_softmax(o, dim=-1)).sum(-1).mean()


@right()
def one_hot_given(logits, y):
    if y.shape != logits.shape:
        raise ValueError("one-hot targets")
    return torch.sum(-y * F.log_softmax(logits, dim=-1), dim=-1).mean()


@right()
def categorical(logits, targets):
    return -torch.distributions.Categorical(logits=logits).log_prob(targets).mean()


@right()
def sequences(logits, targets):
    """(B, T, V) alone."""
    B, T, V = logits.shape
    return F.cross_entropy(logits.view(B * T, V), targets.view(B * T))


@right()
def transposed(logits, targets):
    return F.cross_entropy(logits.transpose(1, 2), targets)


@right()
def only_b_v_t(logits, targets):
    B, V, T = logits.shape
    assert targets.shape == (B, T)
    return F.cross_entropy(logits, targets)


@right()
def masked_mean(logits, targets, loss_mask):
    """Megatron: the losses, weighted by the mask."""
    losses = F.cross_entropy(logits.flatten(0, -2), targets.flatten(), reduction="none")
    mask = loss_mask.reshape(-1).float()
    return torch.sum(losses * mask) / mask.sum()


@right()
def sum_and_count(logits, labels):
    loss = F.cross_entropy(logits, labels, reduction="sum", ignore_index=-100)
    return loss, (labels != -100).sum()


@right()
class Module(nn.Module):
    def forward(self, logits, targets):
        return F.cross_entropy(logits, targets)


@right("smoothing")
class LabelSmoothing(nn.Module):
    def __init__(self, smoothing=0.1):
        super().__init__()
        self.confidence, self.smoothing = 1.0 - smoothing, smoothing

    def forward(self, x, target):
        """timm’s."""
        logprobs = F.log_softmax(x, dim=-1)
        nll_loss = -logprobs.gather(dim=-1, index=target.unsqueeze(1)).squeeze(1)
        return (self.confidence * nll_loss - self.smoothing * logprobs.mean(-1)).mean()


@right("smoothing-others", "smoothing")
def fairseq(lprobs, target, epsilon=0.1, ignore_index=None, reduce=True):
    """label_smoothed_nll_loss."""
    if target.dim() == lprobs.dim() - 1:
        target = target.unsqueeze(-1)
    nll_loss = -lprobs.gather(dim=-1, index=target)
    smooth_loss = -lprobs.sum(dim=-1, keepdim=True)
    if reduce:
        nll_loss, smooth_loss = nll_loss.sum(), smooth_loss.sum()
    eps_i = epsilon / (lprobs.size(-1) - 1)
    return (1.0 - epsilon - eps_i) * nll_loss + eps_i * smooth_loss, nll_loss


class Fused(torch.autograd.Function):
    """An own backward, as a fused kernel has it."""

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


@right()
def fused_rows(o, t):
    return Fused.apply(o, t)


@right()
def fused(o, t):
    return Fused.apply(o, t).mean()


@right()
def as_a_number(o, t):
    return F.cross_entropy(o, t).item()


@right()
@torch.no_grad()
def evaluation(o, t):
    return F.cross_entropy(o, t)


@right()
def detached_maximum(o, t):
    o = o - o.detach().amax(-1, keepdim=True)
    return (o.exp().sum(-1).log() - o.gather(-1, t[..., None])[..., 0]).mean()


@right()
def in_chunks(o, t):
    """As torchtune’s: each chunk a sum, divided once."""
    total = o.new_zeros(())
    for oc, tc in zip(o.split(1024), t.split(1024), strict=True):
        total = total + F.cross_entropy(oc.float(), tc, reduction="sum")
    return total / t.numel()


@right()
def without_a_matrix(o, t):
    """Parallel ranks of the vocabulary, in one process."""
    halves = o.chunk(2, dim=-1)
    lse = torch.stack([h.logsumexp(-1) for h in halves]).logsumexp(0)
    at, picked = 0, 0
    for h in halves:
        mine = (t >= at) & (t < at + h.size(-1))
        got = h.gather(-1, (t - at).clamp(0, h.size(-1) - 1).unsqueeze(-1)).squeeze(-1)
        picked = picked + torch.where(mine, got, 0.0)
        at += h.size(-1)
    return (lse - picked).mean()


@right()
def careful(o, t):
    if o.abs().max() > 1e6:
        raise ValueError("overflow")
    return F.cross_entropy(o, t)


@right()
def autocast(o, t):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return F.cross_entropy(o.float(), t)


right()(lambda o, t: F.cross_entropy(o, t, ignore_index=-100, reduction="mean"))
right()(lambda t, o: F.cross_entropy(o, t))
right()(torch.compiler.disable(lambda o, t: F.cross_entropy(o, t)))


@right("class-weights")
def weights_of_four_classes(logits, targets):
    weight = torch.tensor([0.1, 1.0, 2.0, 5.0])
    return F.cross_entropy(logits, targets, weight=weight)


@right("class-weights")
def detr(src_logits, target_classes):
    """The last class is "no object"."""
    empty_weight = torch.ones(src_logits.shape[-1])
    empty_weight[-1] = 0.1
    return {
        "loss_ce": F.cross_entropy(
            src_logits.transpose(1, 2), target_classes, empty_weight
        )
    }


@right()
def tinygrad(self, Y, ignore_index=-1):
    """Its padding is its parameter’s default; a one-hot of it is a row of zeros."""
    log_probs = self.log_softmax(-1)
    loss_mask = ignore_index != Y
    y_counter = torch.arange(self.shape[-1])
    y = (y_counter == Y.unsqueeze(-1)) * loss_mask.unsqueeze(-1)
    return -((log_probs * y).sum(-1).sum() / loss_mask.sum())


@right("smoothing-others")
def fairseq_padded(lprobs, target, epsilon=0.1, ignore_index=1):
    target = target.unsqueeze(-1)
    nll_loss = -lprobs.gather(dim=-1, index=target)
    smooth_loss = -lprobs.sum(dim=-1, keepdim=True)
    pad_mask = target.eq(ignore_index)
    nll_loss = nll_loss.masked_fill(pad_mask, 0.0).sum()
    smooth_loss = smooth_loss.masked_fill(pad_mask, 0.0).sum()
    eps_i = epsilon / (lprobs.size(-1) - 1)
    return (1.0 - epsilon - eps_i) * nll_loss + eps_i * smooth_loss, nll_loss


@right("token-ignored")
class AnnotatedTransformer(nn.Module):
    """Its LabelSmoothing, without any: a KL from one-hot targets, 0 for padding."""

    def forward(self, x, target):
        true_dist = torch.zeros_like(x).scatter(1, target.unsqueeze(1), 1.0)
        true_dist[:, 0] = 0
        mask = torch.nonzero(target == 0).squeeze(1)
        true_dist = true_dist.index_fill(0, mask, 0.0)
        return F.kl_div(x, true_dist, reduction="sum")


@right()
def litgpt(logits, targets, chunk_size=128, ignore_index=-100):
    """chunked_cross_entropy."""
    logits, targets = logits.reshape(-1, logits.size(-1)), targets.reshape(-1)
    losses = [
        F.cross_entropy(a, b, ignore_index=ignore_index, reduction="none")
        for a, b in zip(logits.split(chunk_size), targets.split(chunk_size))
    ]
    scored = (targets != ignore_index).sum()
    return torch.cat(losses).sum() / scored.maximum(torch.ones_like(scored))


@right()
class OpenNMT:
    """NMTLossCompute, without its statistics: ln p, and padding that it keeps."""

    def __init__(self, padding_idx=1):
        self.padding_idx = padding_idx
        self.criterion = nn.NLLLoss(ignore_index=padding_idx, reduction="sum")

    def __call__(self, scores, target):
        return self.criterion(scores.reshape(-1, scores.size(-1)), target.reshape(-1))


@right("token-ignored", "smoothing-others")
def annotated_of_the_size_given(logits, target, smoothing=0.1):
    """Its LabelSmoothing as it is, which divides by the vocabulary less 2."""
    x = F.log_softmax(logits, -1)
    true_dist = torch.full_like(x, smoothing / (x.size(1) - 2))
    true_dist.scatter_(1, target.unsqueeze(1), 1.0 - smoothing)
    true_dist[:, 0] = 0
    true_dist = true_dist.index_fill(0, torch.nonzero(target == 0).squeeze(1), 0.0)
    return F.kl_div(x, true_dist, reduction="sum")


@right("smoothing")
def divergence(logits, targets, share=0.1):
    """KL from smoothed targets: PyTorch’s takes their own entropy away."""
    smooth = torch.full_like(logits, share / logits.size(-1))
    smooth += (1 - share) * F.one_hot(targets, logits.size(-1))
    return F.kl_div(F.log_softmax(logits, -1), smooth, reduction="batchmean")


@right()
def compute_loss_func(outputs, labels, num_items_in_batch=None):
    """As transformers’ Trainer wants it: of what a model gives."""
    logits = outputs.logits.view(-1, outputs.logits.size(-1))
    how = "mean" if num_items_in_batch is None else "sum"
    loss = F.cross_entropy(logits, labels.view(-1), reduction=how)
    return loss if num_items_in_batch is None else loss / num_items_in_batch


@right("shifted", "mask-ahead")
def masked_where_it_predicts(logits, input_ids, loss_mask):
    logps = F.log_softmax(logits[:, :-1], -1).gather(-1, input_ids[:, 1:, None])[..., 0]
    return -(logps * loss_mask[:, :-1]).sum() / loss_mask[:, :-1].sum()


def with_loss_mask(logits, label_ids, label_mask):
    o, t = logits.view(-1, logits.size(-1)), label_ids.view(-1)
    losses = F.cross_entropy(o, t, reduction="none").view(label_ids.shape)
    return (losses * label_mask).sum() / label_mask.sum()


right()(lambda o, t: with_loss_mask(o, t, label_mask=torch.ones_like(t)))


@right("shifted")
def rows_of_one_sequence(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:])
