"""What can be found in a log, the most urgent first, and what is said of it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .curves import Curve, Log
from .rows import LOSSES, Array, meaning

LARGEST = math.log(10**9)  # nats: a guess among all tokens of the largest vocabulary
MARGIN = 0.03  # what read_loss calls near
WORTH = 0.005  # of the loss: a smaller difference is not worth a word
SURE = 3.719  # standard errors that a normal law exceeds once in 10,000 times
BEFORE = 25  # points with which the next two are compared
START = "{loss} is {y} at {at}, {share:.3f} times ln V, the {equal} of a blind guess"
TURN = "{loss} is lowest at {at}, {y}. All {points} later points are higher"
HALVES = ": the halves of its last {points} points average {early} and then {late}"
SLOPE = HALVES + ", a slope of {z:,.1f} standard errors"
SENTENCES = {
    "format": "{loss}: {all} point{s}, {at} to {to}, {y} to {end}{more}",
    "unit": "{loss} is in {per}: {other} = {base}^{loss} in {agree} of {rows} rows",
    "unit both": "{other} is a constant times {loss} in all {rows} rows. If {loss} is "
    "in nats per token, a token has {bytes_per_token} bytes",
    "unit sum": "{loss} is never below {least}. In nats per token, a guess among 10⁹ "
    "tokens has 20.7: it may be a sum, over tokens or a batch",
    "factor validation": "{loss} is {ratio:.3g} times {other} in the median of {rows} "
    "evaluations, as if about {factor} means were added up in one of them",
    "auxiliary beside": "{other} is beside {loss} in {rows} rows: another loss by name",
    "auxiliary inside": "{loss} − {other} is {least} to {most} in {rows} rows, while "
    "{loss} moves by {moves}: an almost constant term is added",
    "first-loss at": START + ". An untrained model starts there",
    "first-loss above": START + ". Large logits can do that, or a sum",
    "first-loss below": START + ". Earlier training, another V, or one division too "
    "many (accumulation) may be why",
    "floor": "{loss} is within {error} of {what} {value}, in its last {points} points",
    "zero": "{loss} is written as 0 in {points} of {all} points, first at {at}: 0, or "
    "below half of its last digit. Perhaps no token is scored, or numbers are broken",
    "not-finite": "{loss} is {y} at {at}, not finite in {points} of {all} points, and "
    "{end} at the end",
    "other-loss negative": "{loss} is {y} at {at}, and below 0 in {points} of {all} "
    "points. A mean of −ln p never is",
    "other-loss policy": "{loss}, which starts at {y}, is a policy's by its name or by "
    "rewards beside it. Such a loss is about 0 by construction: read the rewards",
    "other-loss preferences": "Chosen and rejected are beside {loss}, which starts at "
    "{y}: a loss of preferences, which starts at ln 2 = 0.6931",
    "spike": "{loss} rises from {level}, the median before, to {y} at {at}, and {then} "
    "{end} at {until}",
    "diverged back": TURN + ", {end} in the end",
    "diverged": "{loss} rises" + SLOPE,
    "still-falling": "{loss} still falls" + SLOPE,
    "plateau": "{loss} is level" + HALVES + ", but for noise {most:.3g} apart at most",
    "overfitting": TURN + ". From {since} on, {other} averages {early} and then {late}",
    "validation-below": "{other} is below the mean {loss} that follows it, {below} of "
    "{rows} times, by {gap:.3g} (median). Dropout or other text can do that",
    "overlap": "{loss} has {runs} parts, the second from {to} after {at}: epochs, "
    "runs, writers or losses in turn. The longest, of {longest} points, is read here",
    "repeats": "{loss} changes in the second epoch as in the first: {points} points "
    "have changes with a correlation of {r:.3g}. Perhaps texts came in the same order",
    "rounding": "{loss} has {values} values, all of {bits} bits, as in {form}",
    "stairs": "{loss} drops where an epoch ends: at {at} by {first:.3g} ± {error:.2g} "
    "below its trend, and over all {ends} ends by {z:,.1f} standard errors",
}


@dataclass(frozen=True)
class Finding:
    name: str
    kind: str
    words: str
    numbers: dict[str, float | int | str]


def say(name: str, of: Curve, kind: str = "", i: int = 0, /, **numbers: Any) -> Finding:
    """A finding at a point of a curve, with those of these numbers that it tells."""
    words = SENTENCES.get(f"{name} {kind}") or SENTENCES[name]
    form = dict(re.findall(r"{(\w+):?(.*?)}", words))
    every = {"loss": of.name, "all": len(of), "at": of.where(i), "y": of.y[i]}
    every |= {"end": of.y[-1]} | numbers
    told = {k: np.asarray(every[k]).item() for k in form}
    usual = {int: ",", float: ",.5g", str: ""}
    shown = {k: format(x, form[k] or usual[type(x)]) for k, x in told.items()}
    words = re.sub(r"{(\w+).*?}", lambda field: shown[field[1]], words)
    return Finding(name, kind, words, told)


def findings(log: Log) -> Iterator[Finding]:
    """The curves that are read; then, of each name, the first that is found."""
    yield from form(log)
    finders = levels, rise, held_out, rounded, columns, first_loss, epochs, end
    for one in (one for finder in finders for one in finder(log)):
        if one.name not in log.said:
            of = f"{one.name} of {one.numbers.get('loss')}"
            log.said.update((one.name, f"{one.name} {one.kind}", of))
            yield one


def form(log: Log) -> Iterator[Finding]:
    beside = ", ".join(one.name for one in log.others if one.role in LOSSES)[:150]
    for one in log.main:
        told = {"to": f"{one.x[-1]:,.10g}", "s": "s" if len(one) > 1 else ""}
        more = f"; the log also has {beside}" if beside and one is log.main[-1] else ""
        yield say("format", one, **told, more=more)


def levels(log: Log) -> Iterator[Finding]:
    more = [one for role in ("loss", "norm") for one in log.others if one.role == role]
    for one in (*log.whole, *more):
        bad = np.flatnonzero(~np.isfinite(one.y))
        if len(bad):
            kind = "once" if math.isfinite(one.y[-1]) else "dead"
            kind = "gradient" if one.role == "norm" else kind
            yield say("not-finite", one, kind, bad[0], points=len(bad))
    rewards = " ".join(one.name for one in log.others if one.role == "reward")
    both = "chosen" in rewards and "rejected" in rewards
    policy = "reward" in rewards or meaning(log.main[0].name).kind == "policy"
    if both or (policy and np.mean(np.abs(log.main[0].y) < 0.05) > 0.5):
        yield say("other-loss", log.main[0], "preferences" if both else "policy")
    floors = {f"−ln 1e-{i:02}, an epsilon,": i * math.log(10) for i in range(5, 17)}
    floors["ln 2"] = math.log(2)
    if V := log.vocabulary:
        floors["ln V, a guess that is the same for all,"] = math.log(V)
        floors["ln(e + V − 1) − 1, of a softmax twice,"] = math.log(math.e + V - 1) - 1
    parts = zip(log.main, log.whole, strict=True)
    for one, whole in parts if "other-loss" not in log.said else ():
        below = np.flatnonzero(one.y < 0)
        if len(below):
            yield say("other-loss", one, "negative", below[0], points=len(below))
        zeros = np.flatnonzero((one.y == 0) & (one.role == "loss"))  # and no logarithm
        stays = len(zeros) and (2 * len(zeros) > len(one) or one.y[-1] == 0)
        if stays and np.all(one.y[: zeros[0]][-1:] > 200 * one.half):  # not a small one
            yield say("zero", one, "", zeros[0], points=len(zeros))
        least = whole.finite.y.min(initial=np.inf)
        if (one.unit or len(one) > 2) and LARGEST < least < np.inf:
            yield say("unit", one, "sum", least=least)
        for what, value in floors.items():
            error = np.abs(one.y - value)
            near = max(5e-4 * value, min(one.half, value / 100))  # or as it is written
            away = np.flatnonzero(np.r_[True, ~(error <= near)])
            points = len(one) - away[-1]
            if points >= max(5, len(one) / 4):
                told = {"error": error[-points:].max(), "points": points}
                yield say("floor", one, what=what, value=value, **told)


def columns(log: Log) -> Iterator[Finding]:
    """Of losses in the same rows, or in lines that are next to each other."""
    known = [one.finite for one in (*log.whole, *log.others) if one.role in LOSSES]
    for one, two in permutations(known, 2):
        _, i, j = np.intersect1d(one.rows, two.rows, True, return_indices=True)
        if len(one) == len(two) > 0 and not np.ptp(one.rows - two.rows):
            i = j = np.arange(len(one))
        apart = (one.split == "validation") != (two.split == "validation")
        apart &= two.role != "perplexity" or two.split != ""  # else it may be either's
        if one.role != "loss" or not len(i) or apart:
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
    other = log.said & {"auxiliary inside", "other-loss preferences", "unit sum"}
    for one in log.whole if equal and not other else []:
        y, x = float(one.y[0]) * (math.log(2) if "unit bits" in log.said else 1), one.x
        share = y / equal
        place = ("below", "at", "above")[np.digitize(share, (1 - MARGIN, 1 + MARGIN))]
        # The mean of the first few steps may be one. After them, it may have learned.
        early = one.unit in ("step", "batch") and x[0] <= (100 if place == "at" else 1)
        wherever = place == "above" and one is log.whole[0]
        if (early or wherever) and 0 <= share < 10:
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
    if len(i) > 4 and np.ptp(v.y) > 0.1 * v.y[-1]:
        ratio = t.y[i] / v.y[j]
        n = np.rint(np.median(ratio))
        off = np.quantile(np.abs(ratio / n - 1), (0.5, 0.8))
        if n > 1 and np.all(off < (MARGIN, 2 * MARGIN)):
            told = {"rows": len(i), "ratio": np.median(ratio), "factor": n}
            yield say("factor", t, "validation", other=v.name, **told)
            return
    low, _, rises = turned(v.y)
    falls = t.at(x >= at[low - (low > 1)])  # not from the untrained first
    if len(falls) > 4 and rises > WORTH * v.y[low]:
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
    """Where it is twice all before and 3 nats higher, or else far beyond its noise."""
    one = log.main[0].finite
    y = one.y
    # A sum over texts rises with their lengths, and a table in any way.
    if len(y) < 2 or y.min() > LARGEST or not (one.unit or len(y) > BEFORE):
        return
    # The 25 before each, but not the last: it may leap in two steps.
    before = sliding_window_view(np.r_[np.full(BEFORE, y[0]), y[:-2]], BEFORE)
    high, low, then = before.max(axis=1), before.min(axis=1), np.r_[y[2:], np.inf]
    leap = (y[1:] > np.maximum(2 * high, high + 3)) & ((then > high + 1) | (then == 0))
    # Seldom are two in a row in noise, with heavy tails or a long memory.
    both = np.minimum(y[1:], then)
    far = both - high > np.maximum(3 * (high - low), 0.2 * np.abs(high))
    far &= both * low > high**2  # near 0, noise may be a factor
    far[:BEFORE] = far[-1:] = leap[BEFORE:] = False
    for i in 1 + np.flatnonzero(leap | far)[:1]:
        level = np.median(y[max(0, i - BEFORE) : i])
        back = np.flatnonzero((y[i:] <= (1 + MARGIN) * level) & (y[i:] != 0))
        last = i + back[0] if len(back) else len(y) - 1
        told = {"level": level, "end": y[last], "until": one.where(last)}
        told["then"] = "is back at" if len(back) else "ends with"
        top = i + np.argmax(y[i : last + 1])
        if i < BEFORE and 2 * y[last:-1].max(initial=0) > level + y[top]:
            return  # It does so again: noise, of a run or of few texts.
        yield say("spike", one, "recovered" if len(back) else "open", top, **told)


def end(log: Log) -> Iterator[Finding]:
    t = log.train and log.train.finite
    if not t or log.said & {"spike open", f"zero of {t.name}", f"floor of {t.name}"}:
        return
    low, falls, rises = turned(t.y)
    in_order = t.unit or len(t) > BEFORE  # not as in a table of a few rates
    if in_order and rises > max(t.y[low], falls) / 2 and t.y[low] > 0:
        yield say("diverged", t, "back", low, points=len(t) - 1 - low)
    y = t.y[-max(len(t) // 5, min(len(t) // 3, 40)) :]
    if len(y) > 19:
        rises, error = fit(y, np.arange(len(y)) / len(y))
        error = np.hypot(error, t.half / len(y))  # of rounding, at least
        early, late = (part.mean() for part in np.array_split(y, 2))
        told = {"points": len(y), "early": early, "late": late, "z": abs(rises) / error}
        # The halves of a line differ by half of its rise.
        told["most"] = max(abs(late - early), (abs(rises) + SURE * error) / 2)
        if told["z"] > 1.2 * SURE:
            if rises < 0 or late - early > MARGIN * abs(early):
                yield say("still-falling" if rises < 0 else "diverged", t, **told)
        elif told["most"] < WORTH * abs(late):
            yield say("plateau", t, **told)


def epochs(log: Log) -> Iterator[Finding]:
    if len(runs := log.runs) > 1:
        told = {"to": runs[1].where(0), "longest": max(map(len, runs))}
        yield say("overlap", runs[0], "", -1, runs=len(runs), **told)
    t, steps = log.train and log.train.finite, log.steps_per_epoch
    if not (t and steps and t.unit in ("", "step") and np.all(np.diff(t.x) > 0)):
        return
    found: dict[int, list[tuple[float, float, float]]] = {0: [], 1: []}  # ends, inside
    for half in range(1, min(int(2 * t.x[-1] / steps), 2000) + 1):
        at = half * steps / 2
        part = t.at(slice(*t.x.searchsorted([at - steps / 2, at + steps / 2], "right")))
        late = part.x > at
        if min(late.sum(), (~late).sum()) > 9:
            rises, error = fit(part.y, part.x - at, late)
            error = np.hypot(error, t.half / len(part))  # of rounding, at least
            found[half % 2].append((-rises, error, at))
    if found[0]:
        height, error, at = np.array(found[0]).T
        sure = height / error
        z, i = sure.sum() / math.sqrt(len(sure)), int(np.argmax(sure))
        if z > max([SURE, *(by / wide for by, wide, _ in found[1])]):
            told = {"first": height[i], "error": error[i], "z": z, "ends": len(at)}
            yield say("stairs", t, **told, at=f"{t.unit or 'point'} {at[i]:,.10g}")
    n = int(np.searchsorted(t.x, t.x[0] + steps))
    if n > 7 and np.array_equal(t.x[:n] + steps, t.x[n : 2 * n]):
        # Two outliers alone make no likeness.
        changes = (np.diff(y) for y in (t.y[:n], t.y[n : 2 * n]))
        a, b = (y.clip(*np.quantile(y, (0.1, 0.9))) for y in changes)
        moved = (a, b), (a[1:], b[:-1]), (a[:-1], b[1:])
        r, *others = (np.corrcoef(*two)[0, 1] for two in moved)
        # Changes of noise have −½ with their neighbours, and those of a trend 1.
        if np.arctanh(r) * ((n - 4) / 1.5) ** 0.5 > 1.15 * SURE and r > 2 * max(others):
            yield say("repeats", t, points=n, r=r)


def rounded(log: Log) -> Iterator[Finding]:
    for one in (one.finite for one in log.whole):
        y = np.unique(one.y)
        for form, bits in (("bfloat16", 8), ("float16", 11)):
            step = 2.0 ** (np.floor(np.log2(y)) + 1 - bits)
            luck = np.minimum(1.0, 2 * one.half / step).prod()
            off = np.abs(y - np.rint(y / step) * step)
            if luck < 1e-6 and np.all(off <= 1.01 * one.half):
                yield say("rounding", one, values=len(y), bits=bits, form=form)


def turned(y: Array) -> tuple[int, float, float]:
    """Its lowest point, its fall, and its rise since, if far beyond its noise, or 0."""
    count = 20 if len(y) > 39 else len(y)  # fewer are compared as they are
    parts = np.array([one.mean() for one in np.array_split(y, count)])
    # The last of equals. A turn is told from two points: a single one may be lucky.
    low, i = (len(x) - 1 - int(np.argmin(x[::-1])) for x in (y, parts))
    near, since = parts[i - (i > 1) :], parts[i + 1 :]  # not from the untrained first
    drop = (np.maximum.accumulate(since) - since).max(initial=0)
    rise = np.r_[since[-2:], y[-2:]].min() - near[0]
    least = max(SURE * jitter(near), (2 if len(since) > 19 else 3) * drop)
    return low, np.ptp(parts[: i + 1]), rise if rise > least and len(since) > 3 else 0.0


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
    # Correlation of neighbours makes an error larger; a short window hides some of it.
    r = min(max(rest[1:] @ rest[:-1] / total + 24 / len(y), 0.0), 0.97) if total else 0
    variance = total / (len(y) - len(share)) * np.linalg.inv(design.T @ design)[-1, -1]
    return share[-1], np.sqrt(variance * (1 + r) / (1 - r))
