"""What can be found in a log, the most urgent first."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .curves import Log, pairs
from .keys import meaning
from .rows import Array
from .sentences import Finding, say

LARGEST = math.log(10**9)  # nats: a guess among all tokens of the largest vocabulary
MARGIN = 0.03  # what read_loss calls near
WORTH = 0.005  # of the loss: a smaller difference is not worth a word
SURE = 3.719  # standard errors that a normal law exceeds once in 10,000 times
BEFORE = 25  # points with which the next two are compared


def findings(log: Log) -> Iterator[Finding]:
    """Of each name, the first that is found."""
    finders = levels, rise, held_out, written, columns, first_loss, epochs, end
    for one in (one for finder in finders for one in finder(log)):
        if one.name not in log.said:
            log.said.update((one.name, f"{one.name} {one.kind}"))
            yield one


def levels(log: Log) -> Iterator[Finding]:
    for one in (*log.main, *(one for one in log.curves if one.role == "norm")):
        bad = np.flatnonzero(~np.isfinite(one.y))
        if len(bad):
            kind = "once" if math.isfinite(one.y[-1]) else "dead"
            kind = "gradient" if one.role == "norm" else kind
            told = {"y": str(one.y[bad[0]]), "last": str(one.y[-1]), "all": len(one)}
            told |= {"points": len(bad), "at": one.where(bad[0])}
            yield say("not-finite", one.name, kind, **told)
    rewards = " ".join(one.name for one in log.curves if one.role == "reward")
    kind = "preferences" if "chosen" in rewards and "rejected" in rewards else "policy"
    small = "reward" in rewards and np.mean(np.abs(log.main[0].y) < 0.05) > 0.5
    if kind == "preferences" or small:
        yield say("other-loss", log.main[0].name, kind, y=log.main[0].y[0])
    for one in (one.finite for one in log.main if "other-loss" not in log.said):
        zeros, n = np.flatnonzero(one.y == 0), len(one)
        stays = len(zeros) and (len(zeros) > n / 2 or one.y[-1] == 0)
        if stays and np.all(one.y[: zeros[0]][-1:] > 200 * one.half):  # not a small one
            told = {"points": len(zeros), "all": n, "at": one.where(zeros[0])}
            yield say("zero", one.name, **told)
        for what, value in floors(log.vocabulary):
            error = np.abs(one.y - value)
            away = np.flatnonzero(error > max(0.0005 * value, one.half))
            points = n - 1 - (away[-1] if len(away) else -1)
            if points >= max(5, n / 4):
                told = {"error": error[-points:].max(), "points": points}
                yield say("floor", one.name, what=what, value=value, **told)


def floors(vocabulary: int | None) -> Iterator[tuple[str, float]]:
    yield "ln 2", math.log(2)
    for epsilon in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15):
        yield f"−ln {epsilon:g}, of a p of 0 with an epsilon,", -math.log(epsilon)
    if V := vocabulary:
        yield "ln V, a guess that is the same for all,", math.log(V)
        yield "ln(e + V − 1) − 1, of a softmax twice,", math.log(math.e + V - 1) - 1


def columns(log: Log) -> Iterator[Finding]:
    for loss, other in pairs(log.curves):
        told: dict[str, Any] = {"other": other.name, "rows": len(loss)}
        kind, moves = meaning(other.name).kind, np.ptp(loss.y)
        if other.role == "perplexity":
            logs = np.log(other.y)
            error = loss.half + other.half / other.y + 2e-6 * (1 + logs)
            told |= {"y": loss.y[0], "p": other.y[0]}
            for name, base in (("nats", math.e), ("bits", 2)):
                away = np.abs(loss.y * math.log(base) - logs)
                told["agree"] = int((away <= error).sum())
                if told["agree"] >= 0.9 * len(loss) and np.any(0.1 * logs > error):
                    yield say("unit", loss.name, name, **told)
        elif other.role == "bytes" and moves > 20 * loss.half:
            ratio = other.y / loss.y
            error = ratio * (loss.half / loss.y + other.half / other.y)
            if np.ptp(ratio) <= 4 * error.max() < 0.1 * ratio.min():
                told |= {"ratio": np.median(ratio)}
                per = 1 / told["ratio"] / math.log(2)
                yield say("unit", loss.name, "both", **told, bytes_per_token=per)
        elif loss.name == log.main[0].name and len(loss) > 2:
            rest = loss.y - other.y
            told |= {"least": rest.min(), "most": rest.max(), "moves": moves}
            inside = kind == "part" and np.ptp(rest) < moves / 10 and rest.min() > 0.01
            form = "inside" if inside else "beside"
            if inside or kind == "extra":
                yield say("auxiliary", loss.name, form, **told)
    for one in log.main:
        least = one.finite.y.min(initial=np.inf)
        if one.unit and LARGEST < least < np.inf:
            yield say("unit", one.name, "sum", least=least)


def first_loss(log: Log) -> Iterator[Finding]:
    equal = math.log(log.vocabulary or 1)
    other = log.said & {"auxiliary inside", "other-loss preferences"}
    curves = log.main if log.runs else log.whole  # with steps within epochs
    for one in curves if equal and not other else []:
        y, x = float(one.y[0]) * (math.log(2) if "unit bits" in log.said else 1), one.x
        share = y / equal
        place = ("below", "at", "above")[np.digitize(share, (1 - MARGIN, 1 + MARGIN))]
        # The first step, or the mean of the first few. One below may have learned.
        few = len(x) > 1 and 0 < x[0] <= min(100, 2 * (x[1] - x[0]))
        few = few and place == "at" and one.split != "validation"
        shown = one.unit in ("step", "batch") and (few or x[0] in (0, 1))
        wherever = place == "above" and one is curves[0]
        if (shown or wherever) and 0 <= share < 10:
            told = {"y": y, "at": one.where(0), "share": share, "equal": equal}
            beside = [v for v in curves if v is not one and v.x[0] == x[0]]
            told["beside"] = "".join(f", beside {v.name} {v.y[0]:,.4g}" for v in beside)
            yield say("first-loss", one.name, place, **told)


def held_out(log: Log) -> Iterator[Finding]:
    t, v = (None if one is None else one.finite for one in (log.train, log.valid))
    if t is None or v is None or len(v) < 5 or len(t) < 5:
        return
    low = lowest(v.y)
    told = {"other": v.name, "at": v.where(low), "end": v.y[-1]}
    untrained = int(v.x[0] == 0)
    if not t.unit or t.unit != v.unit:
        t, v = (replace(one, x=one.rows) for one in (t, v))
    edges = np.searchsorted(t.x, [*v.x, np.inf], "right")
    after = [t.y[a : a + (b - a + 1) // 2] for a, b in pairwise(edges)]
    rows = [(y.mean(), w, len(y)) for y, w in zip(after, v.y, strict=True) if len(y)]
    loss, beside, count = np.reshape(rows, (-1, 3)).T
    gap, ratio = loss - beside, loss / beside
    n = np.nan_to_num(np.rint(np.median(ratio))) if len(gap) > 4 else 1
    near = n > 1 and abs(np.median(ratio) / n - 1) < MARGIN
    near = near and np.quantile(np.abs(ratio / n - 1), 0.8) < 2 * MARGIN
    if near and np.ptp(v.y) > 0.1 * v.y[-1]:
        told |= {"ratio": np.median(ratio), "factor": n, "rows": len(gap)}
        yield say("factor", t.name, "validation", **told)
        return
    before = min(low, max(untrained, low - 1))
    falls = t.y[t.x >= v.x[before]]
    turned = turns(v.y[before:], 2 if len(v) - low > 20 else 3)
    if len(falls) > 5 and (turned or climbs(v.y[low + 1 :])):
        early, late = (part.mean() for part in np.array_split(falls, 2))
        least = max(WORTH * v.y[low], 2 * SURE * jitter(falls) / len(falls) ** 0.5)
        if early - late > least:
            told |= {"least": v.y[low], "points": len(v) - 1 - low}
            yield say("overfitting", t.name, **told)
    if len(gap) > 4:
        y = t.y[len(t) // 2 :]
        noise = (len(y) ** 3 / 12) ** 0.5 * fit(y, np.arange(len(y)))[1]
        noise = noise if len(t) > 39 else 5 * jitter(t.y)  # Its memory may be long.
        least = np.maximum(
            SURE * np.hypot(noise / count**0.5, jitter(v.y)), WORTH * v.y.mean()
        )
        if np.mean(gap > least) >= 0.6:
            told |= {"below": int((gap > 0).sum()), "rows": len(gap)}
            yield say("validation-below", t.name, **told, gap=np.median(gap))


def rise(log: Log) -> Iterator[Finding]:
    one = log.main[0].finite
    y, (start, width, after) = one.y, sudden(one.y)
    if start and y.min() < LARGEST and (one.unit or len(y) > BEFORE):
        # A sum over texts rises with their lengths, and a table in any way.
        level = np.median(y[max(0, start - BEFORE * width) : start])
        back = np.flatnonzero((after <= (1 + MARGIN) * level) & (after != 0))
        i = int(back[0]) if len(back) else len(after) - 1
        until = start + (i + 1) * width - 1
        top = start + 1 - width + int(np.argmax(y[start + 1 - width : until + 1]))
        told = {"level": level, "y": y[top], "at": one.where(top)}
        told |= {"end": after[i], "until": one.where(until)}
        yield say("spike", one.name, "recovered" if len(back) else "open", **told)


def sudden(y: Array) -> tuple[int, int, Array]:
    """Where it is twice all before and 3 nats higher, or else far beyond its noise."""
    few, after = y[: BEFORE + 1], np.r_[y[2:], np.inf][: min(BEFORE, len(y) - 1)]
    highest = np.maximum.accumulate(np.r_[few[:1], few])[:-2]  # two points before
    leap = (few[1:] > 2 * highest) & (few[1:] > highest + 3)
    found = 1 + np.flatnonzero(leap & ((after > highest + 1) | (after == 0)))
    if len(found):
        return int(found[0]), 1, y[found[0] :]
    for width in (1, 2, 4, 8, 16):  # Means of more points have less noise.
        z = y[: len(y) // width * width].reshape(-1, width).mean(axis=1)
        if len(z) > BEFORE + 1:
            before = sliding_window_view(z[:-2], BEFORE)
            high, low = before.max(axis=1), before.min(axis=1)
            # Seldom are two in a row in noise, with heavy tails or a long memory.
            both = np.minimum(z[BEFORE:-1], z[BEFORE + 1 :])
            above = both - high > np.maximum(3 * (high - low), 0.2 * np.abs(high))
            above &= both * low > high**2  # near 0, noise may be a factor
            if above.any():
                i = BEFORE + int(above.argmax())
                return i * width, width, z[i:]
    return 0, 1, y


def end(log: Log) -> Iterator[Finding]:
    others = log.said & {"spike open", "zero", "floor"}
    t = log.train
    y = t.finite.y if t and not others else np.zeros(0)
    low = lowest(y) if len(y) else 0
    since = y[low + 1 :]  # A long memory may rise over a few points.
    if t and len(since) > max(19, len(y) / 3) and since[-2:].min() > 1.2 * y[low]:
        told = {"at": t.finite.where(low), "least": y[low], "points": len(since)}
        if turns(y[max(0, low - 1) :], 3):
            yield say("diverged", t.name, "turned", **told, end=y[-1])
    y = y[-max(len(y) // 5, min(len(y) // 3, 40)) :]
    if t and len(y) > 19:
        (rises, error), half = fit(y, np.arange(len(y)) / len(y)), len(y) // 2
        early, late = float(y[:half].mean()), float(y[half:].mean())
        told = {"points": len(y), "early": early, "late": late, "z": abs(rises) / error}
        told["most"] = (abs(rises) + SURE * error) / 2  # a half is by so much lower
        if told["most"] < WORTH * late:
            yield say("plateau", t.name, **told)
        elif told["z"] > 1.2 * SURE and (rises < 0 or late > (1 + MARGIN) * early):
            yield say("still-falling" if rises < 0 else "diverged", t.name, **told)


def epochs(log: Log) -> Iterator[Finding]:
    t, steps = log.train, log.steps_per_epoch
    if (
        t is None
        or not steps
        or t.unit not in ("", "step")
        or np.any(np.diff(t.x) <= 0)
    ):
        return
    found: dict[int, list[tuple[float, float, float]]] = {0: [], 1: []}  # ends, inside
    for half in range(1, min(int(2 * t.x[-1] / steps), 2000) + 1):
        at = half * steps / 2
        near = slice(*np.searchsorted(t.x, [at - steps / 2, at + steps / 2], "right"))
        part = t.at(near).finite
        late = part.x > at
        if min(late.sum(), (~late).sum()) > 29:
            rises, error = fit(part.y, part.x - at, late)
            found[half % 2].append((-rises, error, at))
    if found[0]:
        height, error, at = np.array(found[0]).T
        z, i = height.sum() / math.sqrt(error @ error), int(np.argmax(height / error))
        if z > max([3.0, *(by / wide for by, wide, _ in found[1])]):
            told = {"first": height[i], "error": error[i], "z": z, "ends": len(at)}
            where = f"{t.unit or 'point'} {at[i]:,.10g}"
            yield say("stairs", t.name, **told, at=where)
    n = int(np.searchsorted(t.x, t.x[0] + steps))
    if n > 7 and np.array_equal(t.x[:n] + steps, t.x[n : 2 * n]):
        a, b = np.diff(t.y[:n]), np.diff(t.y[n : 2 * n])
        moved = (a, b), (a[1:], b[:-1]), (a[:-1], b[1:])
        r, *others = (np.corrcoef(*two)[0, 1] for two in moved)
        # Changes of noise have −½ with their neighbours, and those of a trend 1.
        if np.arctanh(r) * ((n - 4) / 1.5) ** 0.5 > 1.15 * SURE and r > 2 * max(others):
            yield say("repeats", t.name, points=n, r=r)


def written(log: Log) -> Iterator[Finding]:
    if log.runs:
        runs, sizes = log.runs, [len(run) for run in log.runs]
        told: dict[str, Any] = {"at": runs[0].where(-1), "to": runs[1].where(0)}
        told |= {"points": max(sizes), "which": 1 + sizes.index(max(sizes))}
        yield say("overlap", log.main[0].name, **told, runs=len(sizes))
    for one in (one.finite for one in log.whole if len(one.finite) > 3):
        y = np.unique(one.y)
        for form, bits in (("bfloat16", 8), ("float16", 11)):
            step = 2.0 ** (np.floor(np.log2(y)) + 1 - bits)
            luck = np.minimum(1.0, 2 * one.half / step).prod()
            off = np.abs(y - np.rint(y / step) * step)
            if luck < 1e-6 and np.all(off <= 1.01 * one.half):
                yield say("rounding", one.name, values=len(y), bits=bits, form=form)


def lowest(y: Array) -> int:
    """The last of its lowest points: all since are higher."""
    return len(y) - 1 - int(np.argmin(y[::-1]))


def climbs(y: Array) -> bool:
    """Whether a line through many points rises, far beyond its error."""
    rises, error = fit(y, np.arange(len(y)) / len(y)) if len(y) > 19 else (0.0, 0.0)
    return bool(rises > max(1.2 * SURE * error, MARGIN * y.max(initial=0)))


def turns(y: Array, drops: int) -> bool:
    """Whether it rises from its lowest point, and by far more than its noise."""
    low = int(np.argmin(y))
    # A turn is told from two points, so that no single lucky one is its start.
    turn, since = float(y[: low + 1].max()), y[low + 1 :]
    drop = (np.maximum.accumulate(since) - since).max(initial=0)
    turn += max(WORTH * turn, SURE * jitter(y), drops * drop)
    return len(since) > 3 and float(since[-2:].min()) > turn


def jitter(y: Array) -> float:
    """The noise of a point, by second differences, which no straight trend moves."""
    bends = np.abs(np.diff(y, 2))
    # A median of 0.6745 is that of a normal law; a second difference adds up 1, 4, 1.
    return float(np.median(bends)) / 0.6745 / math.sqrt(6) if len(y) > 3 else math.inf


def fit(y: Array, *columns: Array) -> tuple[float, float]:
    """The share of the last of some columns in y, and its standard error."""
    design = np.column_stack([np.ones(len(y)), *columns])
    share = np.linalg.lstsq(design, y, rcond=None)[0]
    rest = y - design @ share
    total = rest @ rest
    # Of neighbours, which make an error larger. A short window shows too little of it.
    r = min(max(rest[1:] @ rest[:-1] / total + 24 / len(y), 0.0), 0.97) if total else 0
    variance = total / (len(y) - len(share)) * np.linalg.inv(design.T @ design)[-1, -1]
    return share[-1], np.sqrt(variance * (1 + r) / (1 - r))
