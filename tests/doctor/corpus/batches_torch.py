"""Batches and sequences in PyTorch: padding, masks, shifts, chunks, and calls."""

import torch
import torch.nn.functional as F

from corpus.cases import case
from corpus.shared_torch import rows


@case("✗ padded-length")
def mean_over_padding(o, t):
    return F.cross_entropy(o, t, ignore_index=-100, reduction="none").mean()


@case("✗ padding-as-token-0")
def clamped(o, t):
    return F.cross_entropy(o, t.clamp(min=0))


@case("✗ mean-of-means")
def by_sequence(o, t):
    if o.dim() == 2:
        return F.cross_entropy(o, t)
    return torch.stack([F.cross_entropy(a, b) for a, b in zip(o, t)]).mean()


@case("✗ sum-of-means")
def accumulated(o, t):
    B, T, V = o.shape
    return sum(F.cross_entropy(a, b) for a, b in zip(o, t))


@case("✗ other-order")
def flatten_and_t(o, t):
    return F.cross_entropy(o.flatten(0, 1), t.t().flatten())


@case("✗ reshaped")
def view_for_transpose(o, t):
    B, T, V = o.shape
    return F.cross_entropy(o.reshape(B, V, T), t)


@case("✗ last-dropped")
def last_dropped(logits, labels):
    return F.cross_entropy(
        logits[:, :-1].reshape(-1, logits.size(-1)), labels[:, :-1].reshape(-1)
    )


@case("✗ shifted-sequences")
def shift_of_sequences(logits, labels):
    B, T, V = logits.shape
    return F.cross_entropy(logits[:-1].reshape(-1, V), labels[1:].reshape(-1))


@case("✗ shifted-back")
def shifted_back(logits, labels):
    return F.cross_entropy(
        logits[..., 1:, :].flatten(0, -2), labels[..., :-1].flatten()
    )


@case("✗ row-index")
def row_index(o, t):
    return -F.log_softmax(o, -1)[t].mean()


@case("✗ every-pair")
def every_pair(o, t):
    return -F.log_softmax(o, -1)[:, t].mean()


@case("✗ first-rows")
def first_rows(o, t):
    return F.cross_entropy(o[:512], t[:512])


@case("✗ mean-of-chunks")
def mean_of_chunks(o, t):
    pairs = zip(o.split(1000), t.split(1000))
    return torch.stack([F.cross_entropy(a, b) for a, b in pairs]).mean()


@case("✗ remainder-dropped")
def whole_chunks(o, t):
    n = max(len(o) // 1024, 1) * 1024
    return F.cross_entropy(o[:n], t[:n])


@case("✗ random")
def dropout(o, t):
    return F.cross_entropy(F.dropout(o, 0.1), t)


@case("✗ in-place")
def in_place(o, t):
    with torch.no_grad():
        o.sub_(o.amax(-1, keepdim=True))
    return F.cross_entropy(o, t)


@case("?")
def no_return(o, t):
    F.cross_entropy(o, t)


@case("✗ mean-of-means")
def grpo(logits, completion_ids, completion_mask):
    """Each completion is divided by its own length."""
    log_p = logits.log_softmax(-1)
    log_p = log_p.gather(-1, completion_ids.unsqueeze(-1)).squeeze(-1)
    losses = -(log_p * completion_mask).sum(-1) / completion_mask.sum(-1)
    return losses.mean()


@case("✗ mean-of-k-chunks")
def mean_of_four(logits, labels, chunks=4):
    logits, labels = logits.reshape(-1, logits.size(-1)), labels.reshape(-1)
    losses = [
        F.cross_entropy(a, b)
        for a, b in zip(logits.chunk(chunks), labels.chunk(chunks))
        if (b != -100).any()
    ]
    return torch.stack(losses).mean()


@case("✗ mean-of-k-chunks")
def mean_of_two_along_t(logits, labels):
    B, T, V = logits.shape
    pairs = zip(logits.chunk(2, dim=1), labels.chunk(2, dim=1))
    losses = [F.cross_entropy(a.flatten(0, 1), b.flatten()) for a, b in pairs]
    return torch.stack(losses).mean()


@case("✗ shifted-back", shifts=True)
def shifted_back_as_said(logits, labels):
    return shifted_back(logits, labels)


@case("✗ in-place", "– token-ignored")
def padding_is_the_end(logits, labels):
    labels[labels == 2] = -100
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))


@case("✗ counted-before-shift")
def counted_before_the_shift(logits, labels):
    sums = F.cross_entropy(
        logits[..., :-1, :].reshape(-1, logits.size(-1)),
        labels[..., 1:].reshape(-1),
        reduction="sum",
    )
    return sums / (labels != -100).sum()


@case("– token-ignored", "✗ padded-length")
def padding_counted(o, t):
    return (rows(o.view(-1, o.size(-1)), t.view(-1)) * (t.view(-1) != 0)).mean()


@case("✗ padded-length")
def void_pixels_counted(pred, label, ignore_index=255):
    return F.cross_entropy(
        pred, label, reduction="none", ignore_index=ignore_index
    ).mean()


@case("✗ wrong-axis")
def softmax_over_the_tokens(logits, tokens, valid=None):
    valid = torch.ones(tokens.shape[:2]) if valid is None else valid
    log_p = torch.gather(torch.log_softmax(logits, 1), -1, tokens.unsqueeze(-1))
    return -(log_p.squeeze(-1) * valid).sum() / valid.sum()
