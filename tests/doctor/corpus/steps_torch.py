"""Whole steps of training in PyTorch."""

import torch
import torch.nn.functional as F

from corpus.cases import case


def loss_of(o, t, reduction="mean"):
    return F.cross_entropy(o.flatten(0, 1), t.flatten(), reduction=reduction)


@case(to=torch.tensor)
def all_parts_by_the_tokens_of_all(parts):
    """As transformers does since 4.48."""
    tokens = sum((t != -100).sum() for _, t in parts)
    total = 0.0
    for o, t in parts:
        loss = loss_of(o, t, "sum") / tokens
        loss.backward()
        total += loss.detach()
    return total


case.of(all_parts_by_the_tokens_of_all)


@case("✗ mean-of-parts", to=torch.tensor)
def each_part_by_its_own_tokens(parts):
    """As many did before: then divided by the number of parts."""
    losses = [loss_of(o, t) / len(parts) for o, t in parts]
    for loss in losses:
        loss.backward()
    return sum(losses).detach()


@case("✗ sum-of-parts", to=torch.tensor)
def backward_is_left_to_the_doctor(parts):
    return sum(loss_of(o, t) for o, t in parts)


case.of(backward_is_left_to_the_doctor, "✗ sum-of-parts")


@case("✗ gradient-scaled", to=torch.tensor)
def gradient_by_the_first_count(parts):
    tokens = [(t != -100).sum() for _, t in parts]
    sums = [loss_of(o, t, "sum") for o, t in parts]
    (sum(sums) / tokens[0]).backward()
    return (sum(sums) / sum(tokens)).detach()
