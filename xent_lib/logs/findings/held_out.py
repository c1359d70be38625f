"""Findings of validation beside training: overfitting, validation-below."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..curves import Array, Curve
from ..noise import bent, fall, jitter, stretch, student, sure
from ..sentences import Finding, Log, say
from .columns import factor

WORTH = 0.005  # of the loss: a smaller difference is not worth a word


def sides(log: Log) -> tuple[Curve, Curve] | None:
    """Training and validation, by the same places: those in the log, if need be."""
    if len(log.main) < 2 or len(log.runs) > 1 or log.settings or any(factor(log)):
        return None
    t, v = (one.finite for one in log.main)
    if len(v) < 3 or not len(t) or len(v) < len(log.main[1]):
        return None
    same = t.unit and t.unit == v.unit and np.all(np.diff(t.x) >= 0)
    return (t, v) if same else (replace(t, x=t.rows), replace(v, x=v.rows))


def overfitting(log: Log) -> Iterator[Finding]:
    """Validation that has turned, while training falls on."""
    if (found := sides(log)) is None:
        return
    t, v = found
    low = int(np.argmin(v.y))
    since, before = v.y[low + 1 :], max(0, low - 1)
    # From two evaluations on, so that no single lucky one is a turn.
    turn = float(v.y[before : low + 1].max())
    course = v.y[before:] if len(since) > 3 else v.y  # the part that is bent less
    noise = min(jitter(v.y), jitter(course))
    worth = max(WORTH * turn, sure() * noise)
    turned = len(v) > 6 and len(since) > 1 and since[-2:].min() > turn + worth
    falls = t.y[t.x >= v.x[before]]
    if turned and len(falls) > 5 and falling(falls):
        told = {"least": v.y[low], "points": len(since), "end": v.y[-1]}
        yield say(
            "overfitting", t.name, other=v.name, at=log.main[1].where(low), **told
        )


def falling(y: Array) -> bool:
    """Whether it falls by ranks, or, where these are few, beyond the noise."""
    drop = y[:2].min() - y[-2:].max()
    return fall(y) > sure() or drop > max(WORTH * y[0], sure() * jitter(y))


def validation_below(log: Log) -> Iterator[Finding]:
    """Validation below the training that follows it, again and again."""
    if (found := sides(log)) is None:
        return
    t, v = found
    edges = np.searchsorted(t.x, [*v.x, np.inf], "right")
    after = [t.y[a : a + (b - a + 1) // 2] for a, b in pairwise(edges)]
    gap = np.array([y.mean() - v.y[i] for i, y in enumerate(after) if len(y)])
    count = np.array([len(y) for y in after if len(y)])
    n, below, late = len(gap), int((gap > 0).sum()), t.y[len(t) // 2 :]
    if n < 5:
        return
    often = (2 * below - n) / n**0.5 / stretch(gap) > sure()  # by its sign alone
    noise = bent(late).std() * stretch(late) / count**0.5
    least = np.maximum(sure() * np.hypot(noise, jitter(v.y)), WORTH * v.y.mean())
    clear = len(late) >= 20 and np.mean(gap > least) >= 0.6
    error = gap.std(ddof=1) / n**0.5
    even = gap.mean() > student(n) * error and gap.min() > WORTH * v.y.mean()
    if often or clear or even:
        told = {"below": below, "rows": n, "gap": float(np.median(gap))}
        yield say("validation-below", t.name, other=v.name, **told)
