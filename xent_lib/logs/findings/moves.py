"""Findings of level and noise: spike, diverged, still-falling, plateau."""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..curves import Array, Curve
from ..noise import bent, fall, far, jitter, spread, stretch, sure
from ..sentences import Finding, Log, say
from .columns import LARGEST, MARGIN
from .levels import floor, zero

BEFORE = 9  # points whose median is the level before a point
RISE = 1.2  # a smaller rise is not worth a word
windows = np.lib.stride_tricks.sliding_window_view


def rise(log: Log) -> Iterator[Finding]:
    """A rise and whether the curve fell back, or an end above an earlier stretch."""
    for one in (run.finite for run in log.runs if not log.settings):
        if not len(one) or one.y.min() > math.log(LARGEST):
            continue  # a sum over texts rises with their lengths
        found = [*spike(one)]
        yield from found
        if not found or found[0].kind == "recovered":
            yield from diverged(one)


def spike(one: Curve) -> Iterator[Finding]:
    """A rise beyond noise, or to twice all before it."""
    y = one.y
    start = beyond_noise(y) or above_all(y)
    if start:
        level = float(np.median(y[max(0, start - BEFORE) : start]))
        near = (y[start:] <= (1 + MARGIN) * level) & (y[start:] != 0)
        twice = near & np.r_[near[1:], True]  # or at the end of the log
        back = start + np.flatnonzero(twice)
        until = int(back[0]) if len(back) else len(y)
        top = start + int(np.argmax(y[start:until]))
        told = {"level": level, "y": y[top], "at": one.where(top)}
        if len(back):
            end = {"end": y[until], "until": one.where(until)}
            yield say("spike recovered", one.name, **told, **end)
        else:
            yield say("spike open", one.name, **told, end=y[-1])


def above_all(y: Array) -> int | None:
    """The first point that is twice as high as all before it, if it is not alone."""
    highest = np.maximum.accumulate(y[:-1])
    found = np.flatnonzero((y[1:] > 2 * highest) & (highest > 0)) + 1
    if not len(found):
        return None
    first = int(found[0])
    back = first + np.flatnonzero(y[first:] <= highest[first - 1])
    alone = len(back) and back[0] - first < 2 and len(y) >= BEFORE
    often = len(back) and y[back[0] :].max() > y[first : back[0]].max() / 1.5
    by = y[first] - highest[first - 1]
    noisy = len(y) >= BEFORE and by <= sure() * spread(np.diff(y[first:]))
    return None if alone or often or noisy else first


def beyond_noise(y: Array) -> int | None:
    """Where one, two or three points in a row are higher than noise goes."""
    if len(y) < 3 * BEFORE:
        return None
    parts = np.array_split(windows(y[:-1], BEFORE), len(y) // 100_000 + 1)
    level = np.concatenate([np.median(part, axis=1) for part in parts])
    over = y[BEFORE:] - level
    size = min(max(len(over) // 8, 2 * BEFORE), 200)
    edges = [*range(0, len(over) - size + 1, size), len(over)]
    scale = np.array([spread(over[a:b]) for a, b in pairwise(edges)])
    scale = np.maximum(
        scale, np.r_[scale[0], scale[:-1]]
    )  # of its own past, or its own
    bound = np.repeat(scale, np.diff(edges))
    for n in (1, 2, 3):
        high = (over > far(len(y), n) * bound) & (over > (RISE - 1) * np.abs(level))
        found = np.flatnonzero(windows(high, n).all(axis=1))
        if len(found):
            return BEFORE + int(found[0])
    return None


def diverged(one: Curve) -> Iterator[Finding]:
    """An end that is wholly above an earlier stretch."""
    y, n = one.y, len(one)
    size = max(10, n // 20) if n >= 80 else max(3, n // 10)
    if n < 6 or y.min() <= 0:
        return
    parts = y[n % size :].reshape(-1, size)
    level = np.median(parts, axis=1)
    low = int(np.argmin(level[:-1]))
    rise = level[-1] - level[low]
    if n < 80:  # too few for the noise: above all before, the start included
        apart = parts[-1].min() > RISE * y[:-size].max()
    else:
        apart = parts[-1].min() > parts[low].max() and rise > (RISE - 1) * level[low]
        apart = apart and rise > 2 * sure(len(level)) * jitter(level)
    if apart:
        at = one.where(n % size + low * size)
        told = {"level": level[low], "end": level[-1], "points": size}
        yield say("diverged", one.name, at=at, **told)


def end(log: Log) -> Iterator[Finding]:
    """Whether training still falls where the log ends, or how little it may."""
    t = log.train
    risen = any(one.kind != "recovered" for one in rise(log))
    if t is None or log.settings or risen or [*floor(log), *zero(log)]:
        return
    for share in (10, 5, 3):
        y = t.finite.y[-(len(t.finite) // share) :]
        points = len(y)
        if points < 20 or points == len(t.finite):
            continue
        early, late = float(y[: points // 2].mean()), float(y[points // 2 :].mean())
        told = {"points": points, "early": early, "late": late}
        if (z := fall(y)) > sure(3):
            yield say("still-falling", t.name, **told, z=z)
            return
        error = bent(y).std() * 2 / points**0.5 * stretch(y)
        most = float(abs(early - late) + sure() * error)
        if most < 0.005 * late:
            yield say("plateau", t.name, **told, most=most)
            return
