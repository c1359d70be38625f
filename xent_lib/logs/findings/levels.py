"""Findings at known levels: ln V, ln 2, −ln of an epsilon, 0, and none at all."""

import math
from collections.abc import Iterator

import numpy as np

from ..curves import Curve
from ..sentences import Finding, Log, say
from .columns import MARGIN, unit

EPSILONS = 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15
CHOICES = {"chosen", "rejected"}
MOST = 10  # times ln V: a sum is no longer worth comparing
SMOOTHED = 0.1  # of a target: the usual amount


def first_loss(log: Log) -> Iterator[Finding]:
    """Where a curve starts against ln V, if it shows the start of training."""
    kind = next((one.kind for one in unit(log)), "nats")
    if (
        log.vocabulary is None
        or kind in ("neither", "tokens")
        or CHOICES.issubset(rewards(log))
    ):
        return
    equal = math.log(log.vocabulary)
    t = log.main[0]
    parts = [one for one in log.role("loss") if {"cross", "entropy"} <= one.told.words]
    for one in [*(one for one in parts if len(one) == len(t)), *log.runs, log.main[-1]]:
        y = float(one.y[0]) * (math.log(2) if kind == "bits" else 1.0)
        place = "above" if y > (1 + MARGIN) * equal else "at"
        place = "below" if y < (1 - MARGIN) * equal else place
        if (
            starts(t if one in parts else one)
            and 0 <= y < MOST * equal
            and (place != "below" or one.x[0] < 2)
        ):
            told = {"y": y, "at": one.where(0), "share": y / equal, "equal": equal}
            yield say(f"first-loss {place}", one.name, **told)
            n = round(y / equal)
            exact = -0.003 <= y / equal / n - 1 <= 0.015 if n else False
            if 2 <= n <= 8 and exact and one.x[0] < 2:
                yield say("factor start", one.name, share=y / equal / n, factor=n)
            return


def starts(curve: Curve) -> bool:
    """Whether it begins with the first step, or with the mean of the first few."""
    x = curve.x
    few = 0 < x[0] <= min(100, 2 * (x[1] - x[0])) if len(x) > 1 else False
    first = x[0] in (0, 1) or (few and curve.split != "validation")
    return bool(curve.unit in ("step", "batch") and first)


def rewards(log: Log) -> set[str]:
    """The words of the columns of rewards."""
    return {word for one in log.role("reward") for word in one.told.words}


def floors(vocabulary: int | None) -> Iterator[tuple[str, float]]:
    yield "ln 2", math.log(2)
    if V := vocabulary:
        yield "ln V, a guess that is the same for all,", math.log(V)
        twice = math.log(math.e + V - 1) - 1
        yield "ln(e + V − 1) − 1, the least of a softmax taken twice,", twice
        p, rest = 1 - SMOOTHED * (1 - 1 / V), SMOOTHED / V
        least = -p * math.log(p) - (V - 1) * rest * math.log(rest)
        yield f"the entropy of targets smoothed by {SMOOTHED}", least
    for epsilon in EPSILONS:
        yield f"−ln {epsilon:g}, of a p of 0 with an epsilon,", -math.log(epsilon)


def floor(log: Log) -> Iterator[Finding]:
    """A curve that stays at a known number to its end."""
    for one in [] if CHOICES.issubset(rewards(log)) or log.settings else log.main:
        y = one.finite.y
        for what, value in floors(log.vocabulary):
            error = np.abs(y - value)
            away = np.flatnonzero(error > max(0.0005 * value, one.half))
            stays = len(y) - (int(away[-1]) + 1 if len(away) else 0)
            if stays >= max(5, len(y) / 4):
                told = {"error": float(error[-stays:].max()), "points": stays}
                yield say("floor", one.name, what=what, value=value, **told)
                return


def zero(log: Log) -> Iterator[Finding]:
    """A loss that is written as 0, and was no small number just before."""
    t = log.train
    if t is None or not len(t.finite) or is_policy(log, t):
        return
    zeros = np.flatnonzero(t.finite.y == 0)
    if len(zeros) and (t.finite.y[-1] == 0 or len(zeros) > len(t) / 2):
        i = int(zeros[0])
        if not i or t.finite.y[i - 1] > 200 * t.half:
            told = {"points": len(zeros), "all": len(t), "at": t.finite.where(i)}
            yield say("zero", t.name, **told)


def is_policy(log: Log, t: Curve) -> bool:
    """Whether rewards are beside a loss that is about 0, as in GRPO."""
    told = rewards(log)
    small = float(np.median(np.abs(t.finite.y))) < 0.05
    return small and bool({"reward", "rewards"} & told) and not CHOICES & told


def other_loss(log: Log) -> Iterator[Finding]:
    """Columns of rewards, which belong to no cross-entropy of tokens."""
    one = log.main[0]
    if len(one.finite):
        first = float(one.finite.y[0])
        if is_policy(log, one):
            yield say("other-loss policy", one.name, y=first)
        elif CHOICES.issubset(rewards(log)):
            yield say("other-loss preferences", one.name, y=first)


def not_finite(log: Log) -> Iterator[Finding]:
    """NaN and infinity, in a loss, or else in the norm of a gradient."""
    losses = dict.fromkeys([*log.runs, *log.main])
    bad = [one for one in losses if not np.isfinite(one.y).all()]
    norms = [one for one in log.role("norm") if not np.isfinite(one.y).all()]
    for one in bad or norms[:1]:
        where = np.flatnonzero(~np.isfinite(one.y))
        i, last = int(where[0]), float(one.y[-1])
        kind = "once" if math.isfinite(last) else "dead"
        told = {"y": str(one.y[i]), "at": one.where(i), "points": len(where)}
        told |= {"all": len(one), "last": str(last)}
        yield say(f"not-finite {kind if bad else 'gradient'}", one.name, **told)
