"""The known faults of smoothing, which gives a share of each target to others."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from ._steps import Array, Fault, at_targets, by_step

by_score = by_step("score")
MOST = 0.501  # more than a half of a target nobody means to give away
Shares = Callable[[float, int], tuple[float, float]]


def by_shares(shares: Shares, share: float, log_p: Array, targets: Array) -> Array:
    """Of what the target has alone, and what each token has, of a share and of V."""
    own, each = shares(share, log_p.shape[-1])
    return -own * at_targets(log_p, targets) - each * log_p.sum(axis=-1)


smoothed = partial(by_shares, lambda s, V: (1 - s, s / V))
smoothed_to_others = partial(by_shares, lambda s, V: (1 - s - s / (V - 1), s / (V - 1)))


def own_entropy(other: float, V: int) -> float:
    """Of a smoothed target, of which each other token has so much."""
    own = 1 - (V - 1) * other
    return -own * np.log(own) - (V - 1) * other * np.log(other)


def kl(share: float, log_p: Array, targets: Array) -> Array:
    V = log_p.shape[-1]
    return smoothed(share, log_p, targets) - own_entropy(share / V, V)


def kl_to_others(share: float, log_p: Array, targets: Array) -> Array:
    V = log_p.shape[-1]
    entropy = own_entropy(share / (V - 1), V)
    return smoothed_to_others(share, log_p, targets) - entropy


def by_smoothing(name: str, of: str, run: Callable[..., Array], probe: str) -> Fault:
    """One that gives a share of each target to others."""
    return by_score(
        name,
        f"smoothed: {{:.3g}} of each target {of}",
        "leave label smoothing out of what is reported",
        13,
        run,
        kind="convention",
        if_="a model is trained by it",
        between=(1e-3, MOST),
        shown_by=probe,
    )


def exchanged(fault: Fault) -> Fault:
    """The same of 1 − s where s is meant."""
    words = "smoothed with s and 1 − s swapped: all but"
    return replace(
        fault,
        name="smoothing-exchanged",
        what=fault.what.replace("smoothed:", words),
        mend="take 1 − s of the target’s −ln p, and s of what all have, s being the "
        "smoothing",
        run=lambda s, *given: fault.run(1 - s, *given),
        kind="fault",
        if_="",
        leaves=(fault,),
    )


# Targets of a share s, y being the one-hot ones.
NOT_ONE: tuple[tuple[str, Shares], ...] = (
    ("y + {:.3g}/V", lambda s, V: (1, s / V)),
    ("(1 − {:.3g}) · y + {:.3g}/(V − 1)", lambda s, V: (1 - s, s / (V - 1))),
    ("1, the others {:.3g}/V", lambda s, V: (1 - s / V, s / V)),
    ("1, the others {:.3g}/(V − 1)", lambda s, V: (1 - s / (V - 1), s / (V - 1))),
    ("1 − {:.3g}, the others {:.3g}/V", lambda s, V: (1 - s - s / V, s / V)),
    ("(1 − {:.3g}) · y + {:.3g}: a sum, not a mean", lambda s, V: (1 - s, s)),
    ("y + {:.3g}: a sum, not a mean", lambda s, V: (1, s)),
)
OVER_ALL = "is spread over all tokens"
OTHERS = "goes only to the other tokens"
LESS = "minus its own entropy, which changes no gradient"

MEANT = (
    by_smoothing("smoothing", OVER_ALL, smoothed, "two tokens"),
    by_smoothing(
        "smoothing-others",
        f"{OTHERS} (fairseq since 2021)",
        smoothed_to_others,
        "square",
    ),
    by_smoothing("smoothing", f"{OVER_ALL}, {LESS}", kl, "rare target"),
    by_smoothing("smoothing-others", f"{OTHERS}, {LESS}", kl_to_others, "rare target"),
)
OF_SMOOTHING = (
    *MEANT,
    *map(exchanged, MEANT),
    *(
        by_score(
            "smoothing-sum",
            f"smoothed with targets that do not sum to 1: {y}",
            "use (1 − s) · y + s/V, s being the smoothing",
            13,
            partial(by_shares, shares),
            between=(1e-3, 0.9),
            shown_by="square",
        )
        for y, shares in NOT_ONE
    ),
)
