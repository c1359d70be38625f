"""Findings by the order of steps and of epochs: overlap, repeats, stairs."""

import math
from collections.abc import Iterator

import numpy as np

from ..curves import Array, Curve
from ..noise import ALARM, jitter, stretch, sure
from ..sentences import Finding, Log, say

LEAST = 5  # numbers in a row that must come again
LIKELY = 2.33  # standard errors: one in a hundred
ENOUGH = 30  # points on each side of an end


def overlap(log: Log) -> Iterator[Finding]:
    """Steps that go back, and not to the first one, as a counter in an epoch does."""
    for one in log.main if len(log.runs) == 1 else []:
        back = np.flatnonzero(np.diff(one.x) <= 0)
        counter = len(back) > 1 and np.all(one.x[back + 1] == one.x.min())
        if one.unit == "step" and len(one) > 3 and len(back) and not counter:
            x, to = float(one.x[back[0]]), float(one.x[back[0] + 1])
            yield say("overlap", one.name, x=x, to=to, times=len(back))
            return


def repeats(log: Log) -> Iterator[Finding]:
    """Numbers that come twice, or an epoch in the order of the one before."""
    if log.train is not None and not log.settings and len(log.runs) == 1:
        yield from same_rows(log.train)
        yield from same_order(log.train.finite, log.steps_per_epoch)


def same_rows(t: Curve) -> Iterator[Finding]:
    y, n = t.y, len(t)
    if n < 2 * LEAST or not np.isfinite(y).all():
        return
    # That two are equal, from what is written of their noise, or from neighbours.
    chance = max(
        t.half / 1.75 / max(jitter(y), 1e-12), np.mean(np.diff(y) == 0) + 1 / n
    )
    if chance > 0.5:
        return
    length = max(LEAST, math.ceil(math.log(2 * ALARM / n**2) / math.log(chance)))
    if 2 * length <= n:
        ids = np.unique(y, return_inverse=True)[1].astype(np.uint64)
        whole = np.zeros(n - length + 1, np.uint64)  # one number for each row
        for i in range(length):
            whole = whole * np.uint64(1099511628211) + ids[i : n - length + 1 + i]
        _, first, which = np.unique(whole, return_index=True, return_inverse=True)
        again = np.flatnonzero(np.arange(len(whole)) - first[which] >= length)
        moving = [j for j in again[:100] if np.all(np.diff(y[j : j + length]))]
        if moving:
            i, j = int(first[which[moving[0]]]), int(moving[0])
            told = {"points": length, "at": t.where(i), "again": t.where(j)}
            yield say("repeats rows", t.name, **told)


def same_order(t: Curve, steps: float | None) -> Iterator[Finding]:
    """Correlate the changes from point to point in an epoch with those in the next."""
    if not steps or t.unit != "step" or np.any(np.diff(t.x) <= 0):
        return
    epoch = np.ceil(t.x / steps).astype(int)
    epochs = np.unique(epoch)
    for e in epochs[:-1]:
        begin, middle, last = np.searchsorted(epoch, [e, e + 1, e + 2])
        one, two = t.at(slice(begin, middle)), t.at(slice(middle, last))
        first, second = (np.round(part.x / steps % 1, 9) for part in (one, two))
        _, i, j = np.intersect1d(first, second, return_indices=True)
        a, b = np.diff(one.y[np.sort(i)]), np.diff(two.y[np.sort(j)])
        if len(a) > 5 and a.any() and b.any():
            r, ranks = alike(a, b), alike(rank(a), rank(b))
            # Changes of noise have a correlation of −½ with their neighbours.
            size = math.sqrt((len(a) - 3) / 1.5)
            z, by_ranks = (math.atanh(min(one, 0.999999)) * size for one in (r, ranks))
            moved = [f for k in (1, 2, 3) for f in (alike(a[k:], b), alike(a, b[k:]))]
            # By ranks, too, since two large changes may meet by chance.
            if z > sure(len(epochs)) and by_ranks > LIKELY and r > 2 * max(moved):
                told = {"epoch": int(e) + 1, "points": len(a), "r": r}
                yield say("repeats order", t.name, **told)
                return


def rank(a: Array) -> Array:
    return np.argsort(np.argsort(a, kind="stable"), kind="stable")


def alike(a: Array, b: Array) -> float:
    n = min(len(a), len(b))
    return float(np.corrcoef(a[:n], b[:n])[0, 1])


def stairs(log: Log) -> Iterator[Finding]:
    """How much training falls where epochs end, beyond its course on both sides."""
    t, steps = log.train, log.steps_per_epoch
    if t is None or not steps or t.unit != "step" or len(log.runs) > 1:
        return
    x, y = t.finite.x, t.finite.y
    if not len(x) or np.any(np.diff(x) <= 0):
        return
    ends = [n * steps for n in range(1, min(int(x[-1] / steps), 1000) + 1)]
    found = {end: step for end in ends if (step := step_at(x, y, end, steps / 2))}
    inside = [step_at(x, y, end + 0.5 * steps, steps / 2) for end in [0, *ends]]
    if found:
        height, error = np.array([*found.values()]).T
        z = float(height.sum() / math.sqrt(error @ error))
        usual = max((step[0] / step[1] for step in inside if step), default=0.0)
        if z > max(sure(), usual):
            i = int(np.argmax(height / error))
            told = {"first": float(height[i]), "error": float(error[i]), "z": z}
            at = f"{t.unit} {[*found][i]:,.10g}"
            yield say("stairs", t.name, **told, at=at, ends=len(found))


def step_at(x: Array, y: Array, at: float, width: float) -> tuple[float, float] | None:
    """The height of a step in a straight course, and its standard error."""
    near = slice(*np.searchsorted(x, [at - width, at + width], "right"))
    late = x[near] > at
    if min(late.sum(), (~late).sum()) < ENOUGH:
        return None
    design = np.column_stack([np.ones(len(late)), (x[near] - at) / width, late])
    fit = np.linalg.lstsq(design, y[near], rcond=None)[0]
    rest = y[near] - design @ fit
    variance = rest @ rest / (len(rest) - 3) * np.linalg.inv(design.T @ design)[2, 2]
    error = math.sqrt(variance) * stretch(rest)
    return (-float(fit[2]), error) if error > 0 else None
