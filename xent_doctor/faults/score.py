"""Faults of the step “score”: it takes ln p of every token and the targets, and returns
the loss of each target, −ln p."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import numpy as np

from ..reference import Array, at_targets
from .fault import TRAINED_WITH, Fault, at_step
from .log_softmax import FLOORS, binary, of_p

score = at_step("score")
Run = Callable[[float, Array, Array], Array]
Shares = Callable[[float, int], tuple[float, float]]


def focal(power: float, log_p: Array, targets: Array) -> Array:
    log_p = at_targets(log_p, targets)
    return -((-np.expm1(log_p)) ** power) * log_p


def brier(log_p: Array, targets: Array) -> Array:
    p, came = np.exp(log_p), np.exp(at_targets(log_p, targets))
    return np.square(p).sum(axis=-1) + 1 - 2 * came


def entropy(log_p: Array, targets: Array) -> Array:
    return -np.where(log_p > -np.inf, np.exp(log_p) * log_p, 0).sum(axis=-1)


def every_pair(log_p: Array, targets: Array) -> Array:
    came = np.arange(log_p.shape[-1]) == targets[..., np.newaxis]
    shares = came.mean(axis=-2)[..., np.newaxis, :]
    return -np.where(shares > 0, log_p * shares, 0).sum(axis=-1)


# Smoothing gives a share s of each target to other tokens.
MOST = 0.501  # nobody means to give away more than half


def by_shares(shares: Shares, s: float, log_p: Array, targets: Array) -> Array:
    """`shares` gives what the target has more than others, and what all tokens have."""
    own, each = shares(s, log_p.shape[-1])
    return -own * at_targets(log_p, targets) - each * log_p.sum(axis=-1)


smoothed = partial(by_shares, lambda s, V: (1 - s, s / V))
smoothed_to_others = partial(by_shares, lambda s, V: (1 - s - s / (V - 1), s / (V - 1)))


def own_entropy(other: float, V: int) -> float:
    """That of a smoothed target, in which each other token has this share."""
    own = 1 - (V - 1) * other
    return -own * np.log(own) - (V - 1) * other * np.log(other)


def kl(s: float, log_p: Array, targets: Array) -> Array:
    V = log_p.shape[-1]
    return smoothed(s, log_p, targets) - own_entropy(s / V, V)


def kl_to_others(s: float, log_p: Array, targets: Array) -> Array:
    V = log_p.shape[-1]
    return smoothed_to_others(s, log_p, targets) - own_entropy(s / (V - 1), V)


def beside_padding(
    token: int, less: float, s: float, log_p: Array, targets: Array
) -> Array:
    """Nothing to the padding; less its own entropy, or not."""
    V, came = log_p.shape[-1], at_targets(log_p, targets)
    one = np.divide(s, V - 2)  # with two tokens no other is left
    others = log_p[..., np.arange(V) != token].sum(axis=-1) - came
    own = (1 - s) * np.log(1 - s) + s * np.log(one)
    return less * own - (1 - s) * came - one * others


# fmt: off
def smoothing(name: str, where: str, run: Run, probe: str) -> Fault:
    return score(name, f"smoothed: {{:.3g}} of each target is spread over {where}",
        "leave label smoothing out of what is reported", run,
        between=(1e-3, MOST), shown_by=probe, **TRAINED_WITH)


def swapped(fault: Fault) -> Fault:
    """1 − s where s is meant."""
    return replace(fault, name="smoothing-exchanged",
        what=fault.what.replace(":", " with s and 1 − s swapped: all but", 1),
        fix="give 1 − s to the target and s to all tokens, s being the smoothing",
        run=lambda s, *given: fault.run(1 - s, *given),
        kind="fault", right_if="", leaves=(fault,))


TO_ALL, TO_OTHERS = "all tokens", "the other tokens"
KL = "minus the entropy of that target, which changes no gradient"
SMOOTHINGS = (
    smoothing("smoothing", TO_ALL, smoothed, "two tokens"),
    smoothing("smoothing-others", f"{TO_OTHERS} (fairseq since 2021)",
        smoothed_to_others, "square"),
    smoothing("smoothing", f"{TO_ALL}, {KL}", kl, "rare target"),
    smoothing("smoothing-others", f"{TO_OTHERS}, {KL}", kl_to_others, "rare target"),
)


@cache
def smoothing_beside_padding(token: int) -> tuple[Fault, ...]:
    """Smoothing that gives nothing to this token, which is padding."""
    to, probe = f"{TO_OTHERS} but the padding (OpenNMT-py)", "a vocabulary of 128"
    return (
        smoothing("smoothing-others", f"{to}, {KL}", partial(beside_padding, token, 1),
            probe),
        smoothing("smoothing-others", to, partial(beside_padding, token, 0), probe),
    )


# Targets that don’t sum to 1, with a share s and one-hot targets y.
NOT_ONE: tuple[tuple[str, Shares], ...] = (
    ("y + {:.3g}/V", lambda s, V: (1, s / V)),
    ("(1 − {:.3g}) · y + {:.3g}/(V − 1)", lambda s, V: (1 - s, s / (V - 1))),
    ("1 at the target, {:.3g}/V elsewhere", lambda s, V: (1 - s / V, s / V)),
    ("1 at the target, {:.3g}/(V − 1) elsewhere",
        lambda s, V: (1 - s / (V - 1), s / (V - 1))),
    ("1 − {:.3g} at the target, {:.3g}/V elsewhere",
        lambda s, V: (1 - s - s / V, s / V)),
    ("(1 − {:.3g}) · y + {:.3g}: a sum, not a mean", lambda s, V: (1 - s, s)),
    ("y + {:.3g}: a sum, not a mean", lambda s, V: (1, s)),
)
OF_TARGET = "use −ln p of the target"
SCORES = (
    *(
        score("floor", f"capped: {how}",
            "compute it from the logits with log_softmax, without an epsilon", run,
            room=11, between=(2e-308, 0.4), shown_by="far target")
        for how, run in (
            ("p is held above {:.2g} by a clip or an epsilon", lambda floor, log_p, t:
                -np.maximum(at_targets(log_p, t), np.log(floor))),
            ("{:.2g} is added to p", lambda floor, log_p, t:
                -np.logaddexp(at_targets(log_p, t), np.log(floor))),
        )
    ),
    *SMOOTHINGS,
    *map(swapped, SMOOTHINGS),
    *(
        score("smoothing-sum", f"smoothed with targets that don’t sum to 1: {targets}",
            "use (1 − s) · y + s/V, with the smoothing s and one-hot targets y",
            partial(by_shares, shares), between=(1e-3, 0.9), shown_by="square")
        for targets, shares in NOT_ONE
    ),
    score("focal", "focal: each token’s loss is multiplied by (1 − p)^{:.3g}",
        "leave that factor out of what is reported", focal,
        between=(0.05, 8), **TRAINED_WITH),
    score("one-minus-p", "1 − p, which is never above 1",
        OF_TARGET, lambda log_p, t: -np.expm1(at_targets(log_p, t)), of_p=True),
    score("brier", "the squared distance of p from the one-hot target (Brier score)",
        OF_TARGET, brier, of_p=True),
    score("no-logarithm", "−p: the logarithm is missing",
        "use log_softmax in place of softmax",
        lambda log_p, t: -np.exp(at_targets(log_p, t)), of_p=True),
    score("entropy", "the entropy of p, whatever the target is",
        OF_TARGET, entropy, blind=True),
    score("accuracy", "the accuracy: the share of tokens guessed right", OF_TARGET,
        lambda log_p, t: (log_p.argmax(axis=-1) == t).astype(float), of_p=True),
    score("error-rate", "the error rate: the share of tokens guessed wrong", OF_TARGET,
        lambda log_p, t: (log_p.argmax(axis=-1) != t).astype(float), of_p=True),
    score("every-pair", "that of every row at every target, by log_p[:, targets]",
        "pick one entry of each row: log_p[np.arange(N), targets]", every_pair,
        across_rows=True),
)
# A binary cross-entropy of p, beside those of logits.
BINARY, BINARY_MEAN = zip(*(
    binary("score", " of p", f"{OF_TARGET} alone: exactly one of all tokens comes",
        lambda log_p, t, floor=floor: -at_targets(of_p(floor, np.exp(log_p)), t))
    for floor in FLOORS
), strict=True)
# No step: a logit of −∞ shows it.
MASKED_TOKEN = Fault("masked-token",
    "not a number where another token’s logit is −∞: one-hot targets, or a weight of "
    "0, make it 0 · ∞",
    "pick the target’s ln p by its id, and skip terms of weight 0", 11,
    kind="precision")
