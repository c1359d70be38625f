"""What can be found in a log, the most urgent first."""

import math
from collections.abc import Iterator
from itertools import pairwise, permutations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .curves import Log
from .keys import LOSSES, meaning
from .rows import Array
from .sentences import Finding, say

LARGEST = math.log(10**9)  # nats: a guess among all tokens of the largest vocabulary
MARGIN = 0.03  # what read_loss calls near
WORTH = 0.005  # of the loss: a smaller difference is not worth a word
SURE = 3.719  # standard errors that a normal law exceeds once in 10,000 times
EPSILONS = 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15
BEFORE = 25  # points with which the next two are compared


def findings(log: Log) -> Iterator[Finding]:
    """Of each name, the first that is found."""
    finders = levels, rise, held_out, written, columns, first_loss, epochs, end
    some = (levels, written) if log.mixed else finders
    for one in (one for finder in some for one in finder(log)):
        if one.name not in log.said:
            log.said.update((one.name, f"{one.name} {one.kind}"))
            yield one


def levels(log: Log) -> Iterator[Finding]:
    more = [one for role in ("loss", "norm") for one in log.others if one.role == role]
    for one in (*log.main, *more):
        bad = np.flatnonzero(~np.isfinite(one.y))
        if len(bad):
            kind = "once" if math.isfinite(one.y[-1]) else "dead"
            kind = "gradient" if one.role == "norm" else kind
            yield say("not-finite", one, kind, bad[0], points=len(bad))
    if log.mixed:
        return
    rewards = " ".join(one.name for one in log.others if one.role == "reward")
    both = "chosen" in rewards and "rejected" in rewards
    policy = "reward" in rewards or meaning(log.main[0].name).kind == "policy"
    if both or (policy and np.mean(np.abs(log.main[0].y) < 0.05) > 0.5):
        yield say("other-loss", log.main[0], "preferences" if both else "policy")
    floors = {f"−ln {p:g}, of p = 0 and an epsilon,": -math.log(p) for p in EPSILONS}
    floors["ln 2"] = math.log(2)
    if V := log.vocabulary:
        floors["ln V, a guess that is the same for all,"] = math.log(V)
        floors["ln(e + V − 1) − 1, of a softmax twice,"] = math.log(math.e + V - 1) - 1
    for one in (one.finite for one in log.main if "other-loss" not in log.said):
        below = np.flatnonzero(one.y < 0)
        if len(below):
            yield say("other-loss", one, "negative", below[0], points=len(below))
        zeros, n = np.flatnonzero(one.y == 0), len(one)
        stays = len(zeros) and (len(zeros) > n / 2 or one.y[-1] == 0)
        stays = stays and one.role == "loss"  # and no logarithm of what is written
        if stays and np.all(one.y[: zeros[0]][-1:] > 200 * one.half):  # not a small one
            yield say("zero", one, "", zeros[0], points=len(zeros))
        if one.unit and LARGEST < (least := one.y.min(initial=np.inf)) < np.inf:
            yield say("unit", one, "sum", least=least)
        for what, value in floors.items():
            error = np.abs(one.y - value)
            away = np.flatnonzero(np.r_[True, error > max(0.0005 * value, one.half)])
            points = n - away[-1]
            if points >= max(5, n / 4):
                told = {"error": error[-points:].max(), "points": points}
                yield say("floor", one, what=what, value=value, **told)


def columns(log: Log) -> Iterator[Finding]:
    """Of losses in the same rows, or in lines that are next to each other."""
    some = (one for one in (*log.whole, *log.others) if one.role in LOSSES)
    known = [one.finite for one in some]
    for one, two in permutations(known, 2):
        _, i, j = np.intersect1d(one.rows, two.rows, True, return_indices=True)
        if len(one) == len(two) > 0 and not np.ptp(one.rows - two.rows):
            i = j = np.arange(len(one))
        splits = [curve.split == "validation" for curve in (one, two)]
        if one.role != "loss" or not len(i) or splits[0] != splits[1]:
            continue
        loss, other = one.at(i), two.at(j)
        told = {"other": other.name, "rows": len(loss)}
        kind, moves = meaning(other.name).kind, np.ptp(loss.y)
        if other.role == "perplexity":
            logs = np.log(other.y)
            error = loss.half + other.half / other.y + 2e-6 * (1 + logs)
            for per, base, nats in (("nats", "e", 1), ("bits", "2", math.log(2))):
                agree = (np.abs(nats * loss.y - logs) <= error).sum()
                if agree >= 0.9 * len(loss) and np.any(0.1 * logs > error):
                    told |= {"per": per, "base": base, "agree": agree}
                    yield say("unit", loss, per, **told)
        elif other.role == "bytes" and moves > 20 * loss.half:
            ratio = other.y / loss.y
            error = ratio * (loss.half / loss.y + other.half / other.y)
            if np.ptp(ratio) <= 4 * error.max() < 0.1 * ratio.min():
                size = 1 / np.median(ratio) / math.log(2)
                yield say("unit", loss, "both", **told, bytes_per_token=size)
        elif loss.name == log.main[0].name and len(loss) > 2:
            rest = loss.y - other.y
            told |= {"least": rest.min(), "most": rest.max(), "moves": moves}
            inside = kind == "part" and np.ptp(rest) < moves / 10 and rest.min() > 0.01
            if inside or kind == "extra":
                yield say("auxiliary", loss, "inside" if inside else "beside", **told)


def first_loss(log: Log) -> Iterator[Finding]:
    equal = math.log(log.vocabulary or 1)
    other = log.said & {"auxiliary inside", "other-loss preferences"}
    for one in log.whole if equal and not other else []:
        y, x = float(one.y[0]) * (math.log(2) if "unit bits" in log.said else 1), one.x
        share = y / equal
        place = ("below", "at", "above")[np.digitize(share, (1 - MARGIN, 1 + MARGIN))]
        # The mean of the first few steps may be one. After them, it may have learned.
        early = one.unit in ("step", "batch") and x[0] <= (100 if place == "at" else 1)
        wherever = place == "above" and one is log.whole[0]
        a_sum = "unit sum" in log.said and y > LARGEST
        if (early or wherever) and 0 <= share < 10 and not a_sum:
            yield say("first-loss", one, place, y=y, share=share, equal=equal)


def held_out(log: Log) -> Iterator[Finding]:
    t, v = (one and one.finite for one in (log.train, log.valid))
    if not (t and v and min(len(t), len(v)) > 4):
        return
    at, x = (v.x, t.x) if t.unit and t.unit == v.unit else (v.rows, t.rows)
    edges = np.searchsorted(x, [*at, np.inf], "right")
    after = [t.y[a : a + (b - a + 1) // 2] for a, b in pairwise(edges)]
    rows = [(y.mean(), w, len(y)) for y, w in zip(after, v.y, strict=True) if len(y)]
    loss, beside, count = np.reshape(rows, (-1, 3)).T
    _, i, j = np.intersect1d(x, at, return_indices=True)
    for ratio in (t.y[i] / v.y[j], loss / beside):  # at equal steps, or of means
        n = np.rint(np.median(ratio)) if len(ratio) > 4 else 0
        near = n > 1 and abs(np.median(ratio) / n - 1) < MARGIN
        near = near and np.quantile(np.abs(ratio / n - 1), 0.8) < 2 * MARGIN
        if near and np.ptp(v.y) > 0.1 * v.y[-1]:
            told = {"rows": len(ratio), "ratio": np.median(ratio), "factor": n}
            yield say("factor", t, "validation", other=v.name, **told)
            return
    low, rises = turned(v.y)
    falls = t.at(x >= at[low - (low > 1)])  # not from an untrained one
    if len(falls) > 4 and rises:
        early, late = (part.mean() for part in np.array_split(falls.y, 2))
        least = max(WORTH * early, 2 * SURE * jitter(falls.y) / len(falls) ** 0.5)
        if early - late > least:
            more = {"since": falls.where(0), "early": early, "late": late}
            more |= {"other": t.name, "points": len(v) - 1 - low}
            yield say("overfitting", v, "", low, **more)
    if len(gap := loss - beside) > 4:
        y = t.y[len(t) // 2 :]
        noise = (len(y) ** 3 / 12) ** 0.5 * fit(y, np.arange(len(y)))[1]
        noise = noise if len(t) > 99 else 5 * jitter(t.y)  # Its memory may be long.
        least = SURE * np.hypot(noise / count**0.5, jitter(v.y))
        if np.mean(gap > np.maximum(least, WORTH * v.y.mean())) >= 0.6:
            told = {"below": (gap > 0).sum(), "rows": len(gap), "gap": np.median(gap)}
            yield say("validation-below", t, other=v.name, **told)


def rise(log: Log) -> Iterator[Finding]:
    one = log.main[0].finite
    # A sum over texts rises with their lengths, and a table in any way.
    some = one.y.min(initial=np.inf) < LARGEST and (one.unit or len(one) > BEFORE)
    for width in (1, 2, 4, 8, 16) if some else ():  # Means have less noise.
        y = one.y[: len(one) // width * width].reshape(-1, width).mean(axis=1)
        if i := sudden(y):
            level = np.median(y[max(0, i - BEFORE) : i])
            back = np.flatnonzero((y[i:] <= (1 + MARGIN) * level) & (y[i:] != 0))
            last = i + int(back[0]) if len(back) else len(y) - 1
            first, until = (i - 1) * width + 1, (last + 1) * width
            top = first + int(np.argmax(one.y[first:until]))
            told = {"level": level, "end": y[last], "until": one.where(until - 1)}
            yield say("spike", one, "recovered" if len(back) else "open", top, **told)


def sudden(y: Array) -> int:
    """Where it is twice all before and 3 nats higher, or else far beyond its noise."""
    few, after = y[: BEFORE + 1], np.r_[y[2:], np.inf][: min(BEFORE, len(y) - 1)]
    highest = np.maximum.accumulate(np.r_[few[:1], few])[:-2]  # two points before
    leap = (few[1:] > 2 * highest) & (few[1:] > highest + 3)
    leap &= (after > highest + 1) | (after == 0)
    if leap.any() or len(y) < BEFORE + 2:
        return 1 + int(leap.argmax()) if leap.any() else 0
    before = sliding_window_view(y[:-2], BEFORE)
    high, low = before.max(axis=1), before.min(axis=1)
    # Seldom are two in a row in noise, with heavy tails or a long memory.
    both = np.minimum(y[BEFORE:-1], y[BEFORE + 1 :])
    above = both - high > np.maximum(3 * (high - low), 0.2 * np.abs(high))
    above &= both * low > high**2  # near 0, noise may be a factor
    return BEFORE + int(above.argmax()) if above.any() else 0


def end(log: Log) -> Iterator[Finding]:
    t = log.train and log.train.finite
    if not t or log.said & {"spike open", "zero", "floor"}:
        return
    y, (low, turns) = t.y[-max(len(t) // 5, min(len(t) // 3, 40)) :], turned(t.y)
    few = t.unit and len(y) < 20 and "other-loss" not in log.said
    least = max(t.y[low], np.ptp(t.y[: low + 1])) / 2  # half of it, and of its fall
    if few and turns and t.y[-2:].min() > t.y[low] + least:
        yield say("diverged", t, "back", low, points=len(t) - 1 - low)
    if len(y) > 19:
        (rises, error), half = fit(y, np.arange(len(y)) / len(y)), len(y) // 2
        error = np.hypot(error, t.half / len(y))  # of rounding, at least
        early, late = float(y[:half].mean()), float(y[half:].mean())
        told = {"points": len(y), "early": early, "late": late, "z": abs(rises) / error}
        # The halves of a line differ by half of its rise.
        told["most"] = max(abs(late - early), (abs(rises) + SURE * error) / 2)
        if told["most"] < WORTH * late:
            yield say("plateau", t, **told)
        elif told["z"] > 1.2 * SURE and (rises < 0 or late > (1 + MARGIN) * early):
            yield say("still-falling" if rises < 0 else "diverged", t, **told)


def epochs(log: Log) -> Iterator[Finding]:
    t, steps = log.train and log.train.finite, log.steps_per_epoch
    if not (t and steps and t.unit in ("", "step") and np.all(np.diff(t.x) > 0)):
        return
    found: dict[int, list[tuple[float, float, float]]] = {0: [], 1: []}  # ends, inside
    for half in range(1, min(int(2 * t.x[-1] / steps), 2000) + 1):
        at = half * steps / 2
        part = t.at(slice(*t.x.searchsorted([at - steps / 2, at + steps / 2], "right")))
        late = part.x > at
        if min(late.sum(), (~late).sum()) > 29:
            rises, error = fit(part.y, part.x - at, late)
            found[half % 2].append((-rises, error, at))
    if found[0]:
        height, error, at = np.array(found[0]).T
        z, i = height.sum() / math.sqrt(error @ error), int(np.argmax(height / error))
        if z > max([SURE, *(by / wide for by, wide, _ in found[1])]):
            told = {"first": height[i], "error": error[i], "z": z, "ends": len(at)}
            yield say("stairs", t, **told, at=f"{t.unit or 'point'} {at[i]:,.10g}")
    n = int(np.searchsorted(t.x, t.x[0] + steps))
    if n > 7 and np.array_equal(t.x[:n] + steps, t.x[n : 2 * n]):
        a, b = (calm(np.diff(y)) for y in (t.y[:n], t.y[n : 2 * n]))
        moved = (a, b), (a[1:], b[:-1]), (a[:-1], b[1:])
        r, *others = (np.corrcoef(*two)[0, 1] for two in moved)
        # Changes of noise have −½ with their neighbours, and those of a trend 1.
        if np.arctanh(r) * ((n - 4) / 1.5) ** 0.5 > 1.15 * SURE and r > 2 * max(others):
            yield say("repeats", t, points=n, r=r)


def written(log: Log) -> Iterator[Finding]:
    if runs := log.runs:
        longest = f"The longest, of {max(map(len, runs)):,} points, is read here"
        told = {"runs": len(runs), "to": runs[1].where(0)}
        told["rest"] = "No more is said of it" if log.mixed else longest
        yield say("overlap", runs[0], "mixed" if log.mixed else "", -1, **told)
    for one in (one.finite for one in log.whole if not log.mixed):
        y = np.unique(one.y)
        for form, bits in (("bfloat16", 8), ("float16", 11)):
            step = 2.0 ** (np.floor(np.log2(y)) + 1 - bits)
            luck = np.minimum(1.0, 2 * one.half / step).prod()
            off = np.abs(y - np.rint(y / step) * step)
            if luck < 1e-6 and np.all(off <= 1.01 * one.half):
                yield say("rounding", one, values=len(y), bits=bits, form=form)


def turned(y: Array) -> tuple[int, bool]:
    """Its lowest point, and whether it rises since then, by far more than its noise."""
    low = len(y) - 1 - int(np.argmin(y[::-1]))  # the last of equals
    since = y[low + 1 :]
    if len(since) < 4:
        return low, False
    # A turn is told from two points, so that no single lucky one is its start.
    near, many = y[low - (low > 1) :], len(since) > 19  # not from an untrained one
    drop = (np.maximum.accumulate(since) - since).max()
    rise = max(WORTH * near[0], SURE * jitter(near), (2 if many else 3) * drop)
    line, error = fit(since, np.arange(len(since)) / len(since)) if many else (0.0, 0.0)
    climbs = line > max(1.2 * SURE * error, MARGIN * since.max())
    return low, bool(climbs or since[-2:].min() > near[0] + rise)


def calm(y: Array) -> Array:
    """No number beyond three times their median size: two alone make no likeness."""
    most = 3 * np.median(np.abs(y))
    return y.clip(-most, most)


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
