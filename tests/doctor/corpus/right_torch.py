"""Right losses in PyTorch, as people write them, each with its conventions."""

import functools

import torch
import torch.nn as nn
import torch.nn.functional as F

from corpus.cases import case
from corpus.shared_torch import by_blocks

case.of(F.cross_entropy, name="functional")
case.of(nn.CrossEntropyLoss, name="criterion")
case.of(nn.CrossEntropyLoss(), name="criterion_made")
case.of(nn.CrossEntropyLoss(reduction="none"), name="criterion_none")
case.of(nn.CrossEntropyLoss(reduction="sum"), name="criterion_sum")
case.of(
    nn.CrossEntropyLoss(label_smoothing=0.1), "– smoothing", name="criterion_smoothed"
)
case.of(nn.CrossEntropyLoss(ignore_index=0), name="criterion_ignoring_0")
case.of(nn.CrossEntropyLoss(ignore_index=-1), name="criterion_ignoring_-1")
case.of(nn.NLLLoss(), name="nll_loss_made")
case.of(F.nll_loss, name="nll_loss")


@case()
def nanogpt(logits, targets):
    return F.cross_entropy(
        logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1
    )


@case()
def mingpt(logits, targets=None):
    loss = None
    if targets is not None:
        loss = F.cross_entropy(
            logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1
        )
    return logits, loss


@case()
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


@case("– shifted")
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


@case("– shifted")
def hf_old(logits, labels):
    shift_logits = logits[..., :-1, :].contiguous()
    shift_labels = labels[..., 1:].contiguous()
    loss_fct = nn.CrossEntropyLoss()
    return loss_fct(shift_logits.view(-1, shift_logits.size(-1)), shift_labels.view(-1))


@case("– shifted")
def trl_completion(logits, labels):
    """The mean over what is scored."""
    labels = labels[:, 1:].clone()
    logits = logits[:, :-1, :]
    mask = labels != -100
    labels[labels == -100] = 0
    per_token = torch.gather(logits.log_softmax(-1), 2, labels.unsqueeze(2)).squeeze(2)
    return -(per_token * mask).sum() / mask.sum()


@case()
def cs336(inputs, targets):
    inputs = inputs - inputs.max(dim=-1, keepdim=True).values
    picked = inputs.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (torch.logsumexp(inputs, dim=-1) - picked).mean()


@case("– from-zero")
def cs336_from_zero(o, t):
    return (o.logsumexp(-1) - o.gather(-1, t[..., None])[..., 0]).mean()


@case()
def nll_of_log_softmax(o, t):
    return F.nll_loss(F.log_softmax(o, -1), t)


@case("– per-sequence", "– masked-token")
def kl_batchmean(o, t):
    y = F.one_hot(t, o.shape[-1]).to(o.dtype)
    return F.kl_div(F.log_softmax(o, -1), y, reduction="batchmean")


@case("– masked-token")
def one_hot(o, t):
    y = F.one_hot(t, o.size(-1)).float()
    return -(y * F.log_softmax(o, dim=-1)).sum(-1).mean()


@case("– masked-token")
def one_hot_given(logits, y):
    if y.shape != logits.shape:
        raise ValueError("one-hot targets")
    return torch.sum(-y * F.log_softmax(logits, dim=-1), dim=-1).mean()


@case("– from-zero")
def categorical(logits, targets):
    return -torch.distributions.Categorical(logits=logits).log_prob(targets).mean()


@case()
def sequences(logits, targets):
    """It takes (B, T, V) only."""
    B, T, V = logits.shape
    return F.cross_entropy(logits.view(B * T, V), targets.view(B * T))


@case()
def transposed(logits, targets):
    return F.cross_entropy(logits.transpose(1, 2), targets)


@case()
def only_b_v_t(logits, targets):
    B, V, T = logits.shape
    assert targets.shape == (B, T)
    return F.cross_entropy(logits, targets)


@case()
def masked_mean(logits, targets, loss_mask):
    """Megatron: the losses, weighted by the mask."""
    losses = F.cross_entropy(logits.flatten(0, -2), targets.flatten(), reduction="none")
    mask = loss_mask.reshape(-1).float()
    return torch.sum(losses * mask) / mask.sum()


@case()
def sum_and_count(logits, labels):
    loss = F.cross_entropy(logits, labels, reduction="sum", ignore_index=-100)
    return loss, (labels != -100).sum()


@case()
class Module(nn.Module):
    def forward(self, logits, targets):
        return F.cross_entropy(logits, targets)


@case("– smoothing", "– rows-alone")
class LabelSmoothing(nn.Module):
    def __init__(self, smoothing=0.1):
        super().__init__()
        self.confidence, self.smoothing = 1.0 - smoothing, smoothing

    def forward(self, x, target):
        """timm's."""
        logprobs = F.log_softmax(x, dim=-1)
        nll_loss = -logprobs.gather(dim=-1, index=target.unsqueeze(1)).squeeze(1)
        return (self.confidence * nll_loss - self.smoothing * logprobs.mean(-1)).mean()


@case("– smoothing-others")
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


@case()
def in_chunks(o, t):
    """As torchtune's: each chunk a sum, divided once."""
    total = o.new_zeros(())
    for oc, tc in zip(o.split(1024), t.split(1024), strict=True):
        total = total + F.cross_entropy(oc.float(), tc, reduction="sum")
    return total / t.numel()


@case("– from-zero")
def without_a_matrix(o, t):
    """Ranks that share the vocabulary, in one process."""
    halves = o.chunk(2, dim=-1)
    lse = torch.stack([h.logsumexp(-1) for h in halves]).logsumexp(0)
    at, picked = 0, 0
    for h in halves:
        mine = (t >= at) & (t < at + h.size(-1))
        got = h.gather(-1, (t - at).clamp(0, h.size(-1) - 1).unsqueeze(-1)).squeeze(-1)
        picked = picked + torch.where(mine, got, 0.0)
        at += h.size(-1)
    return (lse - picked).mean()


@case()
def careful(o, t):
    if o.abs().max() > 1e6:
        raise ValueError("overflow")
    return F.cross_entropy(o, t)


@case()
def autocast(o, t):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return F.cross_entropy(o.float(), t)


case.of(
    lambda o, t: F.cross_entropy(o, t, ignore_index=-100, reduction="mean"),
    name="mean_ignoring_-100",
)
case.of(lambda t, o: F.cross_entropy(o, t), name="targets_first")
case.of(
    torch.compiler.disable(lambda o, t: F.cross_entropy(o, t)), name="compiler_disabled"
)


@case("– class-weights")
def weights_of_four_classes(logits, targets):
    weight = torch.tensor([0.1, 1.0, 2.0, 5.0])
    return F.cross_entropy(logits, targets, weight=weight)


@case("– class-weights")
def detr(src_logits, target_classes):
    """The last class is "no object"."""
    empty_weight = torch.ones(src_logits.shape[-1])
    empty_weight[-1] = 0.1
    return {
        "loss_ce": F.cross_entropy(
            src_logits.transpose(1, 2), target_classes, empty_weight
        )
    }


@case("– masked-token")
def tinygrad(self, Y, ignore_index=-1):
    """Padding is its parameter's default, and becomes a row of zeros."""
    log_probs = self.log_softmax(-1)
    loss_mask = ignore_index != Y
    y_counter = torch.arange(self.shape[-1])
    y = (y_counter == Y.unsqueeze(-1)) * loss_mask.unsqueeze(-1)
    return -((log_probs * y).sum(-1).sum() / loss_mask.sum())


@case("– smoothing-others")
def fairseq_padded(lprobs, target, epsilon=0.1, ignore_index=1):
    target = target.unsqueeze(-1)
    nll_loss = -lprobs.gather(dim=-1, index=target)
    smooth_loss = -lprobs.sum(dim=-1, keepdim=True)
    pad_mask = target.eq(ignore_index)
    nll_loss = nll_loss.masked_fill(pad_mask, 0.0).sum()
    smooth_loss = smooth_loss.masked_fill(pad_mask, 0.0).sum()
    eps_i = epsilon / (lprobs.size(-1) - 1)
    return (1.0 - epsilon - eps_i) * nll_loss + eps_i * smooth_loss, nll_loss


@case("– token-ignored")
class AnnotatedTransformer(nn.Module):
    """Its LabelSmoothing, without any: a KL from one-hot targets, 0 for padding."""

    def forward(self, x, target):
        true_dist = torch.zeros_like(x).scatter(1, target.unsqueeze(1), 1.0)
        true_dist[:, 0] = 0
        mask = torch.nonzero(target == 0).squeeze(1)
        true_dist = true_dist.index_fill(0, mask, 0.0)
        return F.kl_div(x, true_dist, reduction="sum")


@case()
def litgpt(logits, targets, chunk_size=128, ignore_index=-100):
    """chunked_cross_entropy."""
    logits, targets = logits.reshape(-1, logits.size(-1)), targets.reshape(-1)
    losses = [
        F.cross_entropy(a, b, ignore_index=ignore_index, reduction="none")
        for a, b in zip(logits.split(chunk_size), targets.split(chunk_size))
    ]
    scored = (targets != ignore_index).sum()
    return torch.cat(losses).sum() / scored.maximum(torch.ones_like(scored))


@case()
class OpenNMT:
    """NMTLossCompute, without its statistics: ln p, and padding that it keeps."""

    def __init__(self, padding_idx=1):
        self.padding_idx = padding_idx
        self.criterion = nn.NLLLoss(ignore_index=padding_idx, reduction="sum")

    def __call__(self, scores, target):
        return self.criterion(scores.reshape(-1, scores.size(-1)), target.reshape(-1))


@case("– token-ignored", "– smoothing-others")
def annotated_of_the_size_given(logits, target, smoothing=0.1):
    """Its LabelSmoothing, which divides by the vocabulary less 2."""
    x = F.log_softmax(logits, -1)
    true_dist = torch.full_like(x, smoothing / (x.size(1) - 2))
    true_dist.scatter_(1, target.unsqueeze(1), 1.0 - smoothing)
    true_dist[:, 0] = 0
    true_dist = true_dist.index_fill(0, torch.nonzero(target == 0).squeeze(1), 0.0)
    return F.kl_div(x, true_dist, reduction="sum")


@case("– smoothing", "– per-sequence")
def divergence(logits, targets, share=0.1):
    """KL from smoothed targets: PyTorch's subtracts their own entropy."""
    smooth = torch.full_like(logits, share / logits.size(-1))
    smooth += (1 - share) * F.one_hot(targets, logits.size(-1))
    return F.kl_div(F.log_softmax(logits, -1), smooth, reduction="batchmean")


@case()
def compute_loss_func(outputs, labels, num_items_in_batch=None):
    """As transformers' Trainer wants it: it takes what a model returns."""
    logits = outputs.logits.view(-1, outputs.logits.size(-1))
    how = "mean" if num_items_in_batch is None else "sum"
    loss = F.cross_entropy(logits, labels.view(-1), reduction=how)
    return loss if num_items_in_batch is None else loss / num_items_in_batch


@case("– shifted", "– mask-ahead")
def masked_where_it_predicts(logits, input_ids, loss_mask):
    logps = F.log_softmax(logits[:, :-1], -1).gather(-1, input_ids[:, 1:, None])[..., 0]
    return -(logps * loss_mask[:, :-1]).sum() / loss_mask[:, :-1].sum()


def with_loss_mask(logits, label_ids, label_mask):
    o, t = logits.view(-1, logits.size(-1)), label_ids.view(-1)
    losses = F.cross_entropy(o, t, reduction="none").view(label_ids.shape)
    return (losses * label_mask).sum() / label_mask.sum()


case.of(
    lambda o, t: with_loss_mask(o, t, label_mask=torch.ones_like(t)),
    name="ones_as_label_mask",
)


@case("– shifted")
def rows_of_one_sequence(logits, tokens):
    return F.cross_entropy(logits[:-1], tokens[1:])


VOID = 255


@case()
def void_of_segmentation(o, t):
    valid = t != VOID
    picked = F.log_softmax(o, -1).gather(-1, t.clamp(0, o.shape[-1] - 1)[..., None])
    return -(picked[..., 0] * valid).sum() / valid.sum()


@case()
def mask_nll_loss(inp, target, mask):
    """PyTorch's tutorial of a chatbot: it takes p, and selects by booleans."""
    total = mask.sum()
    cross_entropy = -torch.log(torch.gather(inp, 1, target.view(-1, 1)).squeeze(1))
    return cross_entropy.masked_select(mask).mean(), total.item()


@case()
def selected(logits, target, mask):
    rows = logits.view(-1, logits.size(-1)), target.view(-1)
    losses = F.cross_entropy(*rows, reduction="none")
    return losses.masked_select(mask.view(-1)).mean()


@case()
def filled(logits, target, mask):
    """Given a mask of 1 and 0, its error says nothing about booleans."""
    rows = logits.view(-1, logits.size(-1)), target.view(-1)
    losses = F.cross_entropy(*rows, reduction="none").view(target.shape)
    return losses.masked_fill(~mask, 0).sum() / mask.sum()


CRITERION = torch.nn.CrossEntropyLoss(ignore_index=VOID)


@case()
def void_of_a_criterion(logits, labels, criterion=CRITERION):
    rows = logits.reshape(-1, logits.size(-1))
    return criterion(rows, labels.reshape(-1).clamp(min=0))


@case("– shifted")
def packed(logits, labels, segment_ids):
    """Several documents stand in one sequence, as in MaxText."""
    ids = logits[:, :-1].transpose(1, 2), labels[:, 1:]
    losses = F.cross_entropy(*ids, reduction="none")
    same = segment_ids[:, 1:] == segment_ids[:, :-1]
    keep = same & (segment_ids[:, 1:] > 0)
    return (losses * keep).sum() / keep.sum()


@case("– shifted")
def of_a_trainer(logits, labels, num_items_in_batch):
    """As in transformers: divided by the tokens of the whole step."""
    ids = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return F.cross_entropy(*ids, reduction="sum") / num_items_in_batch


@case("– from-zero")
def online_log_sum_exp(logits, targets, block=1024):
    return by_blocks(logits, targets, block, rescaled=True)


case.of(
    functools.partial(F.cross_entropy, label_smoothing=0.1),
    "– smoothing",
    name="functional_smoothed",
)
