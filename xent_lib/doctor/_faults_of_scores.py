"""The known faults of what is scored: the target, its ln p, and the unit."""

import numpy as np

from ._faults_of_smoothing import OF_SMOOTHING
from ._steps import Array, Fault, at_targets, by_step

by_score = by_step("score")


def focal(power: float, log_p: Array, targets: Array) -> Array:
    log_p = at_targets(log_p, targets)
    return -((-np.expm1(log_p)) ** power) * log_p


def brier(log_p: Array, targets: Array) -> Array:
    p, came = np.exp(log_p), np.exp(at_targets(log_p, targets))
    return np.square(p).sum(axis=-1) + 1 - 2 * came


def entropy(log_p: Array, targets: Array) -> Array:
    return -np.where(log_p > -np.inf, np.exp(log_p) * log_p, 0).sum(axis=-1)


def every_pair(log_p: Array, targets: Array) -> Array:
    """Each row at the targets of all rows."""
    came = np.arange(log_p.shape[-1]) == targets[..., np.newaxis]
    shares = came.mean(axis=-2)[..., np.newaxis, :]
    return -np.where(shares > 0, log_p * shares, 0).sum(axis=-1)


def as_float16(targets: Array, o: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.minimum(targets.astype(np.float16), 65_504).astype(int) % o.shape[-1]


UNITS = (
    Fault(
        "base-2",
        "in bits: the logarithm is base 2",
        "use the natural logarithm",
        10,
        "unit",
        lambda losses: losses / np.log(2),
        kind="convention",
        if_="you want bits",
    ),
    Fault(
        "base-10",
        "computed with a base-10 logarithm",
        "use the natural logarithm",
        10,
        "unit",
        lambda losses: losses / np.log(10),
    ),
    Fault(
        "sign",
        "negative: ln p without its minus",
        "flip the sign",
        13,
        "unit",
        lambda losses: -losses,
        if_="you want ln p itself",
        may_be_meant=True,
    ),
    Fault(
        "mean-of-perplexities",
        "a mean of perplexities",
        "average the losses first, then exponentiate",
        8,
        "unit",
        np.exp,
    ),
    Fault(
        "scaled",
        "{:.6g} times what it should be, as if the divisor were wrong",
        "divide once, by the scored tokens of all steps and machines; and remove AMP’s "
        "scale",
        2,
        "unit",
        lambda times, losses: times * losses,
        between=(1e-6, 1e6),
        none_at=1,
    ),
)

SCORES = (
    by_score(
        "floor",
        "capped: a floor of {:.2g} under p, by an epsilon or a clip",
        "compute the loss from the logits by the log-sum-exp, without an epsilon",
        11,
        lambda floor, log_p, targets: (
            -np.maximum(at_targets(log_p, targets), np.log(floor))
        ),
        between=(2e-308, 0.4),
        shown_by="far target",
    ),
    by_score(
        "floor",
        "capped: {:.2g} is added to p",
        "compute the loss from the logits by the log-sum-exp, without an epsilon",
        11,
        lambda floor, log_p, targets: (
            -np.logaddexp(at_targets(log_p, targets), np.log(floor))
        ),
        between=(2e-308, 0.4),
        shown_by="far target",
    ),
    *OF_SMOOTHING,
    by_score(
        "focal",
        "focal: weighted by (1 − p) to the power of {:.3g}",
        "leave the weight out",
        13,
        focal,
        may_be_meant=True,
        between=(0.05, 8),
    ),
    by_score(
        "one-minus-p",
        "1 − p, which stays below 1",
        "use −ln p",
        13,
        lambda log_p, targets: -np.expm1(at_targets(log_p, targets)),
        of_p=True,
    ),
    by_score(
        "brier",
        "the squared distance of p from the target (Brier’s score)",
        "use −ln p",
        13,
        brier,
        of_p=True,
    ),
    by_score(
        "no-logarithm",
        "−p: the logarithm is missing",
        "take the logarithm of the softmax: log_softmax",
        13,
        lambda log_p, targets: -np.exp(at_targets(log_p, targets)),
        of_p=True,
    ),
    by_score(
        "entropy",
        "the entropy of p, whichever token came",
        "use −ln p of the target",
        13,
        entropy,
        blind=True,
    ),
    by_score(
        "accuracy",
        "the share of tokens that were guessed",
        "use −ln p of the target",
        13,
        lambda log_p, targets: (log_p.argmax(axis=-1) == targets).astype(float),
        of_p=True,
    ),
    by_score(
        "error-rate",
        "the share of tokens that were not guessed",
        "use −ln p of the target",
        13,
        lambda log_p, targets: (log_p.argmax(axis=-1) != targets).astype(float),
        of_p=True,
    ),
    by_score(
        "every-pair",
        "of each row at the targets of all rows: log_p[:, targets]",
        "pick one of each row: log_p[np.arange(N), targets]",
        13,
        every_pair,
        across=True,
    ),
)
TARGETS = (
    Fault(
        "likeliest",
        "of the likeliest token, whichever came",
        "pick the target’s p, not the largest",
        13,
        "targets",
        lambda targets, o: o.argmax(axis=-1),
        blind=True,
    ),
    Fault(
        "counted-from-one",
        "of the token before the target in the vocabulary, as if ids began at 1",
        "count ids from 0",
        13,
        "targets",
        lambda targets, o: (targets - 1) % o.shape[-1],
    ),
    Fault(
        "next-id",
        "of the token after the target in the vocabulary, as if something came before "
        "it",
        "use one order for ids and logits, with nothing put in front of either",
        13,
        "targets",
        lambda targets, o: (targets + 1) % o.shape[-1],
    ),
    Fault(
        "ids-cut",
        "of ids cut to {:.0f} bits",
        "keep ids in int32 or int64",
        13,
        "targets",
        lambda bits, targets, o: targets % int(2**bits) % o.shape[-1],
        among=(8, 16),
        seen_in="many rows",
    ),
    Fault(
        "ids-float16",
        "of ids rounded to float16",
        "keep ids in int32 or int64",
        13,
        "targets",
        as_float16,
        seen_in="many rows",
    ),
)
OF_SCORES = (*UNITS, *SCORES, *TARGETS)
