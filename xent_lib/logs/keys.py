"""What a key of a log means, by its words: "eval_loss" is a loss of validation."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

# "f(x" is no name.
SOURCE = re.compile(r"""=|["`?]|'(?!s\b)|[\[({](?!\w+[\])}](?: |$))""")
PLACES = "step", "batch", "epoch"
LOSSES = "loss", "perplexity", "bytes"

# Of each table, the first that is found among the words counts.
ROLES = (
    ("other", "accum(?:ulation)?|warmup|(?:start|end) step|batch size| (?:min|max|s)$"),
    ("step", " at (?:iteration|step|update)"),
    ("norm", "grad(?:ient)? ?norm|gnorm"),
    ("bytes", "bpb|bits per byte"),
    ("perplexity", "ppl|perplexity|perplextity"),
    ("reward", "rewards?|chosen|rejected|advantages?"),
    ("other", "scaler?|lr|rate|time|took|num(?! updates)|count|window|weight|coef"),
    ("other", "std|var|delta|improvement|ratio|acc|accuracy|patience|interval|every"),
    ("other", "multiplier|(?:reader|batch) cost"),  # which is seconds
    ("loss", "loss(?:es)?|m?logloss|cost|xent|nll|ce|cross ?entropy|trl|tel|objective"),
    ("other", "samples|tokens|per|sec|ms|eval|norm|size|skipped|nan|best|speed"),
    ("step", "(?:global |current |num )?(?:steps?|iters?|iteration|updates?)|it|up|s$"),
    ("epoch", "epochs?|ep"),
    ("batch", "batch|minibatch"),
    ("split", "^(?:train|training|val|valid|validation|dev|test)$"),
)
HELD_OUT = "val|valid|validation|eval|evaluation|evaluating|test|dev|tel"
SPLITS = (("validation", HELD_OUT), ("train", "train|training|trl"))
KINDS = (
    ("mean", "running|final|best|avg|average|mean|smoothed|ema|epoch"),
    ("extra", "mtp|aux|auxiliary|z|moe|balance|balancing|kl|l2"),
    ("part", "nll|ce|xent|cross"),
    ("policy", "policy|grpo|ppo"),
)
WORDS = (  # Chinese
    ("：", ": "), ("第", " "), ("轮", "epoch"), ("步", "step"), ("批次", "batch"),
    ("损失", " loss"), ("训练", " train"), ("验证", " val"), ("测试", " test"),
    ("困惑度", " perplexity"), ("准确率", " accuracy"), ("学习率", " lr"),
)  # fmt: skip


class Meaning(NamedTuple):
    role: str
    split: str
    kind: str


@lru_cache(1000)
def meaning(key: str) -> Meaning:
    """What a key means: "trainLoss", "train/loss" and "train_loss" mean the same."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", key).lower()
    text = " ".join(re.findall(r"[a-z0-9]+", apart))

    def first(table: Iterable[tuple[str, str]]) -> str:
        return next((one for one, of in table if re.search(rf"\b(?:{of})\b", text)), "")

    role = "other" if SOURCE.search(key) else first(ROLES) or "other"
    return Meaning(role, first(SPLITS), first(KINDS))


def plays(keys: Iterable[str], *roles: str) -> bool:
    return any(meaning(key).role in roles for key in keys)
