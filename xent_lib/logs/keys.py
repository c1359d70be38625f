"""What a key of a log means, by its words: "eval_loss" is a loss of validation."""

import re
from functools import cache
from typing import NamedTuple

HELD_OUT = {
    "val",
    "valid",
    "validation",
    "eval",
    "evaluation",
    "evaluating",
    "test",
    "dev",
    "tel",
}
TRAINING = {"train", "training", "trl"}
SUMMARY = {"running", "final", "best", "avg", "average", "mean", "smoothed", "ema"}
EXTRA = {"mtp", "aux", "auxiliary", "z", "moe", "balance", "balancing", "kl", "l2"}
PLACES = "step", "batch", "epoch"
LOSSES = "loss", "perplexity", "bytes"

# The first that is found among the words says the role.
ROLES = [
    (role, re.compile(rf"\b(?:{words})\b"))
    for role, words in (
        ("other", "accum|accumulation|warmup|batch size|.* (?:min|max)$"),
        ("step", ".* at (?:iteration|step|update)"),
        ("norm", "grad(?:ient)? ?norm|gnorm"),
        ("bytes", "bpb|bits per byte"),
        ("perplexity", "ppl|perplexity|perplextity"),
        ("reward", "rewards?|chosen|rejected|advantages?"),
        ("other", "scaler?|lr|rate|time|took|num(?! updates)|count|window|weight|coef"),
        ("other", "std|var|delta|improvement|ratio|acc|accuracy|patience"),
        ("loss", "loss|losses|cost|xent|nll|ce|cross ?entropy|trl|tel|objective"),
        ("other", "samples|tokens|per|sec|ms|eval|norm|size|skipped|nan|best|speed"),
        ("step", "(?:global |current |num )?(?:steps?|iters?|iteration|updates?)"),
        ("step", "it|up|s$"),
        ("epoch", "epochs?|ep"),
        ("batch", "batch|minibatch"),
        ("split", "^(?:train|training|val|valid|validation|dev|test)$"),
    )
]


class Meaning(NamedTuple):
    """The role of a key, its split ("train", "validation" or ""), and its words."""

    role: str
    split: str
    words: frozenset[str]


@cache
def meaning(key: str) -> Meaning:
    """What a key means: "trainLoss", "train/loss" and "train_loss" mean the same."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", key).lower()
    said = re.findall(r"[a-z0-9]+", apart)
    words = frozenset(said)
    split = "validation" if words & HELD_OUT else "train" if words & TRAINING else ""
    text = " ".join(said)
    role = next((role for role, pattern in ROLES if pattern.search(text)), "other")
    return Meaning(role, split, words)


def plays(keys: tuple[str, ...], *roles: str) -> bool:
    """Whether one of the keys has one of the roles."""
    return any(meaning(key).role in roles for key in keys)
