"""Faults of the steps “targets”, “score” and “unit”. “targets” takes targets and logits
and returns targets; “score” takes ln p of every token and the targets, and returns the
loss of each, −ln p; “unit” takes losses in nats and returns them."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from ..reference import Array, at_targets
from .fault import TRAINED_WITH, Fault
from .log_softmax import ROUNDING, rounding

target, score = partial(Fault, step="targets"), partial(Fault, step="score")
unit = partial(Fault, step="unit", room=10)
Shares = Callable[[float, int], tuple[float, float]]


# Smoothing gives a share s of each target to other tokens.
MOST = 0.501  # nobody means to give away more than half


def by_shares(
    shares: Shares, less: bool, s: float, log_p: Array, targets: Array
) -> Array:
    """`shares` gives what the target has more than others, and what all tokens have;
    `less` the entropy of that, or not."""
    V = log_p.shape[-1]
    more, each = shares(s, V)
    own = more + each
    entropy = -own * np.log(own) - (V - 1) * each * np.log(each) if less else 0
    return -more * at_targets(log_p, targets) - each * log_p.sum(axis=-1) - entropy


def beside_padding(
    token: int, less: bool, s: float, log_p: Array, targets: Array
) -> Array:
    """The same to all but the target and the padding."""
    V, came = log_p.shape[-1], at_targets(log_p, targets)
    one = np.divide(s, V - 2)  # with two tokens no other is left
    others = log_p[..., np.arange(V) != token].sum(axis=-1) - came
    own = (1 - s) * np.log(1 - s) + s * np.log(one)
    return less * own - (1 - s) * came - one * others


# fmt: off
LESS = (False, ""), (True, ", minus the entropy of that, which changes no gradient")


def smoothing(name: str, where: str, run: Callable[..., Array], probe: str) -> Fault:
    return score(name, f"smoothed: {{:.3g}} of each target is spread over {where}",
        "leave label smoothing out of what is reported", run,
        between=(1e-3, MOST), shown_by=probe, **TRAINED_WITH)


SMOOTHINGS = tuple(
    smoothing(name, to + entropy, partial(by_shares, shares, less),
        "rare target" if less else probe)
    for less, entropy in LESS
    for name, to, probe, shares in (
        ("smoothing", "all tokens", "two tokens", lambda s, V: (1 - s, s / V)),
        ("smoothing-others", "the other tokens (fairseq since 2021)", "square",
            lambda s, V: (1 - s - s / (V - 1), s / (V - 1))),
    )
)


@cache
def smoothing_beside_padding(token: int) -> tuple[Fault, ...]:
    """Smoothing that gives nothing to this token, which is padding."""
    to = "the other tokens but the padding (OpenNMT-py)"
    return tuple(
        smoothing("smoothing-others", to + entropy,
            partial(beside_padding, token, less), "a vocabulary of 128")
        for less, entropy in LESS[::-1]
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
    ("(1 − {:.3g}) · y − {:.3g}/V", lambda s, V: (1 - s, -s / V)),
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
    *(
        score("smoothing-sum", f"smoothed with targets that don’t sum to 1: {targets}",
            "use (1 − s) · y + s/V, with the smoothing s and one-hot targets y",
            partial(by_shares, shares, False), between=(1e-3, 0.9), shown_by="square")
        for targets, shares in NOT_ONE
    ),
    score("focal", "focal: each token’s loss is multiplied by (1 − p)^{:.3g}",
        "leave that factor out of what is reported", lambda power, log_p, t:
        -((-np.expm1(at_targets(log_p, t))) ** power) * at_targets(log_p, t),
        between=(0.05, 8), **TRAINED_WITH),
    score("one-minus-p", "1 − p, which is never above 1",
        OF_TARGET, lambda log_p, t: -np.expm1(at_targets(log_p, t)), of_p=True),
    score("brier", "the squared distance of p from the one-hot target (Brier score)",
        OF_TARGET, lambda log_p, t:
        np.exp(2 * log_p).sum(axis=-1) + 1 - 2 * np.exp(at_targets(log_p, t)),
        of_p=True),
    score("no-logarithm", "−p: the logarithm is missing",
        "use log_softmax in place of softmax",
        lambda log_p, t: -np.exp(at_targets(log_p, t)), of_p=True),
    score("entropy", "the entropy of p, whatever the target is",
        OF_TARGET, lambda log_p, t: -np.nansum(np.exp(log_p) * log_p, axis=-1)),
    score("accuracy", "the accuracy: the share of tokens guessed right", OF_TARGET,
        lambda log_p, t: 1.0 * (log_p.argmax(axis=-1) == t), of_p=True),
    score("every-pair", "that of every row at every target, by log_p[:, targets]",
        "pick one entry of each row: log_p[np.arange(N), targets]", lambda log_p, t:
        -np.take_along_axis(log_p, t[..., np.newaxis, :], axis=-1).mean(axis=-1),
        across_rows=True),
)
TARGETS = (
    target("likeliest", "that of the likeliest token, whatever the target is",
        "pick the p of the target, not the largest p",
        lambda targets, o: o.argmax(axis=-1)),
    target("counted-from-one", "that of the id below the target, as if ids began at 1",
        "count ids from 0", lambda targets, o: (targets - 1) % o.shape[-1]),
    target("next-id", "that of the id above the target, as if one more id came first",
        "number ids and logits alike, with nothing extra in front of either",
        lambda targets, o: (targets + 1) % o.shape[-1]),
    target("ids-cut", "computed from ids cut to {:.0f} bits, wrong from 2^{:.0f} on",
        "keep ids in int32 or int64",
        lambda bits, targets, o: targets % int(2**bits) % o.shape[-1],
        among=(8, 16), shows_in="many rows"),
)
UNITS = (
    unit("base-2", "in bits: the logarithm has base 2",
        "use the natural logarithm, or multiply by ln 2 = 0.693",
        lambda losses: losses / np.log(2), kind="convention", right_if="you want bits"),
    unit("base-10", "computed with log10: 0.434 times the loss in nats",
        "use the natural logarithm", lambda losses: losses / np.log(10)),
    unit("sign", "negative: ln p without a minus sign",
        "return −ln p", lambda losses: -losses,
        room=13, right_if="you want ln p itself", may_be_meant=True),
    unit("mean-of-perplexities", "a mean of the tokens’ perplexities",
        "average the losses first, then exponentiate", np.exp, room=8),
    unit("scaled", "{:.6g} times what it should be, as if divided by a wrong number",
        "divide once, by the scored tokens of all steps and machines; undo the loss "
        "scale of mixed precision", lambda times, losses: times * losses,
        room=2, between=(1e-6, 1e6), none_at=1),
)
# Only the losses are rounded. Try this only on answers in such floats: right answers
# are near.
ROUNDED_LOSSES = tuple(
    rounding(name, lambda to, losses: to(losses), "unit") for name in [*ROUNDING][::-1]
)
# A call of one row, and then one of a batch, show it.
ROW_INDEX = score("row-index",
    "that of whole rows: log_p[targets], with no row index",
    "pick one entry of each row: log_p[np.arange(N), targets]",
    lambda log_p, targets: -log_p[targets].mean(axis=-1))
