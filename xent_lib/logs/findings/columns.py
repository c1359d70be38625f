"""Findings by arithmetic alone, between columns of the same rows."""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np

from ..curves import both, pairs
from ..keys import EXTRA, SUMMARY
from ..noise import ALARM
from ..sentences import Finding, Log, say

LARGEST = 10**9  # tokens of a vocabulary, as read_loss has it
MARGIN = 0.03  # what read_loss calls near


def unit(log: Log) -> Iterator[Finding]:
    """Nats or bits by a perplexity beside a loss, or else by its bits per byte."""
    rest: list[Finding] = []
    for loss, other in pairs(log.curves, "loss", "perplexity"):
        loss, other = (one.at(other.y > 1) for one in (loss, other))
        logs, rows = np.log(other.y), len(loss)
        error = loss.half + other.half / other.y + 2e-6 * (1 + logs)
        if not rows:
            continue
        told = {"other": other.name, "y": loss.y[0], "p": other.y[0], "rows": rows}
        apart = []
        for kind, base in (("unit nats", 1.0), ("unit bits", math.log(2))):
            away = np.abs(base * loss.y - logs)
            agree = int((away <= error).sum())
            if agree >= 0.9 * rows and np.any(0.1 * logs > error):
                yield say(kind, loss.name, **told, agree=agree)
                return
            apart.append(away.min())
        if loss.y.min() > math.log(LARGEST):
            times = np.median(loss.y / logs)
            rest.append(say("unit tokens", loss.name, **told, ratio=times))
        elif rows > 2 and min(apart) > 0.5:
            rest.append(say("unit neither", loss.name, **told))
    for loss, other in pairs(log.curves, "loss", "bytes"):
        if len(loss) > 2 and loss.y.min() > 0 and np.ptp(loss.y) > 20 * loss.half:
            ratio = other.y / loss.y
            error = ratio * (loss.half / loss.y + other.half / other.y)
            middle = float(np.median(ratio))
            if np.all(np.abs(ratio - middle) <= 2 * error):
                per = 1 / middle / math.log(2)
                told = {"ratio": middle, "rows": len(loss), "bytes_per_token": per}
                yield say("unit both", loss.name, other=other.name, **told)
                return
    y = log.main[0].finite.y
    if not rest and len(y) > 2 and y.min() > math.log(LARGEST):
        rest.append(say("unit sum", log.main[0].name, least=y.min()))
    yield from rest[:1]


def factor(log: Log) -> Iterator[Finding]:
    """A loss that is a whole number of times another, or that grows with a setting."""
    for one, other in pairs(log.curves, "loss", "loss"):
        if len(one) > 2 and min(one.y.min(), other.y.min()) > 0:
            ratio = one.y / other.y
            whole = np.rint(ratio)
            error = ratio * (one.half / one.y + other.half / other.y + 1e-6)
            moves = log.settings or np.ptp(other.y) > 10 * other.half
            near = np.all(np.abs(ratio - whole) <= 2 * error) and error.max() < 0.05
            if near and moves and whole.min() >= 1 and whole.max() > 1:
                some = {"factor": int(whole.max()), "rows": len(one)}
                yield say("factor losses", one.name, other=other.name, **some)
                return
    tables = product(log.role("loss"), log.role("setting")) if log.settings else []
    for one, other in (both(*pair) for pair in tables):
        order = np.argsort(other.y, kind="stable")
        s, y = other.y[order], one.y[order]
        if len(s) > 2 and min(s[0], y[0]) > 0 and np.all(np.diff([s, y]) > 0):
            times, grows = float(s[-1] / s[0]), float(y[-1] / y[0])
            if times >= 2 and abs(math.log(grows, times) - 1) < 0.15:
                told = {"times": times, "grows": grows}
                yield say("factor setting", one.name, other=other.name, **told)
                return
    yield from factor_of_validation(log)


def factor_of_validation(log: Log) -> Iterator[Finding]:
    """Training that is a whole number of times validation at each evaluation."""
    if len(log.main) < 2 or len(log.runs) > 1:
        return
    t, v = log.main[0].finite, log.main[1].finite
    if t.unit != v.unit or not len(t):
        return
    v = v.at((v.x > t.x[0]) & (v.x <= t.x[-1]))
    if len(v) < 4 or v.y.min() <= 0 or np.ptp(v.y) < 0.1 * v.y[-1]:
        return
    ratio = np.interp(v.x, t.x, t.y) / v.y
    n = round(float(np.median(ratio)))
    if n > 1 and np.mean(np.abs(ratio / n - 1) < MARGIN) >= 0.8:
        told = {"least": float(ratio.min()), "most": float(ratio.max()), "factor": n}
        yield say("factor validation", t.name, other=v.name, rows=len(v), **told)


def auxiliary(log: Log) -> Iterator[Finding]:
    """A loss with another term in it, or a second one beside it."""
    for total, part in pairs(log.curves, "loss", "loss"):
        words, least = part.told.words, 3
        if total.name != log.main[0].name or words & SUMMARY or len(part) < least:
            continue
        rest = total.y - part.y
        if words & EXTRA:
            told = {"other": part.name, "rows": len(part)}
            yield say("auxiliary beside", total.name, **told)
            return
        inside = words & {"nll", "ce", "cross", "xent"} and rest.min() > 10 * total.half
        if inside and np.ptp(rest) < 0.1 * np.ptp(total.y):
            ends = {"least": float(rest.min()), "most": float(rest.max())}
            told = {"other": part.name, "rows": len(part), "moves": np.ptp(total.y)}
            yield say("auxiliary inside", total.name, **ends, **told)
            return


def rounding(log: Log) -> Iterator[Finding]:
    """A loss whose numbers all lie on the grid of a half precision."""
    for one in log.main:
        y = one.finite.y[one.finite.y > 0][:10_000]
        for form, bits in (("bfloat16", 8), ("float16", 11)):
            step = 2.0 ** (np.floor(np.log2(y)) + 1 - bits)
            off = np.abs(y - np.rint(y / step) * step)
            chance = np.minimum(1.0, 2 * one.half / step)  # of a number on no grid
            rare = np.log(chance).sum() < math.log(ALARM)
            if len(y) and rare and np.all(off <= 1.01 * one.half):
                told = {"points": len(y), "bits": bits, "step": float(step[-1])}
                yield say("rounding", one.name, format=form, **told)
                return
