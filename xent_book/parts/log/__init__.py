"""A training log, drawn, with what `read_log` says of it pinned on its curve."""

import math
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from xent_lib import read_log

from ..._html import element, escape, minus
from ...recorded import runs
from .._axis import INK, QUIET

MOST = 150  # parts of a curve, of each of which the least and the largest are drawn
MEANS = 60  # parts of a curve with more points than twice that, whose means are drawn
WIDE, HIGH, LEFT, FOOT = 640, 220, 36, 24  # of the drawing without a script, in pixels
IN_AN_EPOCH = 624  # steps of "stairs"
Curve = dict[str, Any]
Finding = dict[str, Any]


class Example(NamedTuple):
    """A run of the book as a log: see `Run.log`."""

    run: str
    every: int = 25
    factor: float = 1
    until: int | None = None
    steps_per_epoch: int | None = None


EXAMPLES = {
    "healthy": Example("healthy"),
    "stairs": Example("stairs", 5, until=4 * IN_AN_EPOCH, steps_per_epoch=IN_AN_EPOCH),
    "overfitting": Example("stairs"),
    "spike": Example("spike", 10),
    "plateau": Example("stands", 10),
    "factor": Example("healthy", 125, factor=4),
}
LETTERS = 27  # their vocabulary
LAST = "floor", "plateau", "still-falling"  # which are of the last points


class Log:
    """A training log: its curve, and what its numbers prove.

    Without a log it shows examples, which are runs of the book. On a page, readers
    choose one of them, paste lines or drop a file, which Python then reads in the page.

    Parameters
    ----------
    log : the text of a log, or a `Path` to its file
    vocabulary, steps_per_epoch : as `read_log` takes them

    Raises
    ------
    TypeError, ValueError, OSError : what `read_log` refuses

    Examples
    --------
    >>> Log("loss 3.4\\nloss 3.1\\nloss nan")
    Log: not-finite
    """

    def __init__(
        self,
        log: str | os.PathLike[str] | None = None,
        vocabulary: int | None = None,
        steps_per_epoch: float | None = None,
    ) -> None:
        if log is not None:
            self.readings = {"yours": reading(log, vocabulary, steps_per_epoch)}
            return
        stored = runs()
        self.readings = {
            name: reading(
                stored[one.run].log(one.every, one.factor, one.until),
                LETTERS,
                one.steps_per_epoch,
            )
            for name, one in EXAMPLES.items()
        }

    def __repr__(self) -> str:
        parts = []
        for name, one in self.readings.items():
            names = [found["name"] for found in one["findings"]]
            found = ", ".join(said for said in names if said != "format") or "nothing"
            parts.append(found if name == "yours" else f"{name} ({found})")
        return f"Log: {'; '.join(parts)}"

    def _repr_html_(self) -> str:
        first = next(iter(self.readings.values()))
        said = "".join(f"<li>{escape(one['words'])}</li>" for one in first["findings"])
        figure = f"<figure>\n{svg(first)}\n<figcaption>{told(first)}</figcaption>"
        config = {"readings": self.readings}
        return element("xent-log", config, f"{figure}\n</figure>\n<ol>{said}</ol>")


def reading(
    log: str | os.PathLike[str], vocabulary: int | None, steps_per_epoch: float | None
) -> dict[str, Any]:
    """A log as the script takes it: few points, and the place of each finding."""
    read = read_log(log, vocabulary, steps_per_epoch)
    report, (train, *rest) = read.to_dict(), read.log.main
    curves = {one["name"]: one for one in report["curves"]}
    axes = {}
    for one in rest:
        if not train.unit == one.unit != "":  # one axis: by the point of training above
            above = train.rows.searchsorted(one.rows, "right").clip(1) - 1
            axes[one.name] = one.x, train.x[above]
            moved = np.interp(curves[one.name]["x"], *axes[one.name])
            curves[one.name] |= {"x": moved.tolist(), "unit": train.unit}
    findings = [
        {
            "name": one["name"],
            "words": one["words"],
            "on": one["numbers"]["loss"],
            "at": place(one, curves, axes),
        }
        for one in report["findings"]
    ]
    levels = [
        [one["numbers"]["value"], "floor"]
        for one in report["findings"]
        if one["name"] == "floor"
    ]
    if report["vocabulary"]:
        levels.append([round(math.log(report["vocabulary"]), 4), "ln V"])
    return {
        "curves": list(drawn(report["findings"], curves)),
        "findings": findings,
        "levels": levels,
        "epoch": report["steps_per_epoch"],
        "needs": report["needs"],
    }


def place(
    finding: Finding, curves: dict[str, Curve], axes: dict[str, tuple[Any, Any]]
) -> float | None:
    """Where on its axis a finding is, if it is at one place: see its words."""
    numbers = finding["numbers"]
    found = re.search(r"[\d,.]+$", str(numbers.get("at", "")))
    if found:
        at = float(found[0].replace(",", ""))
        axis = axes.get(numbers["loss"])
        return at if axis is None else float(np.interp(at, *axis))
    curve = curves.get(numbers["loss"])
    if finding["name"] == "factor" and curve:  # all along it: in its middle
        return float(curve["x"][len(curve["x"]) // 2])
    if finding["name"] not in LAST or curve is None:
        return None
    first, last = curve["x"][0], curve["x"][-1]
    return float(f"{last - numbers['points'] / curve['points'] * (last - first):.4g}")


def drawn(findings: Sequence[Finding], known: dict[str, Curve]) -> Iterator[Curve]:
    """The main curves of a report, which `format` names."""
    for finding in findings:
        if finding["name"] != "format":
            continue
        name = finding["numbers"]["loss"]
        curve = known[name]
        x, y = (np.array(curve[axis], float) for axis in "xy")
        kept, many = reduced(y), len(y) > 2 * MEANS
        yield {
            "name": name,
            "split": curve["split"],
            "unit": curve["unit"] or "point",
            "x": short(x[kept], 8),
            "y": short(y[kept]),
            "means": [short(mean(x), 8), short(mean(y))] if many else None,
        }


def short(numbers: Any, digits: int = 4) -> list[float | None]:
    """As few digits as are seen; None for what is not a number."""
    return [float(f"{v:.{digits}g}") if math.isfinite(v) else None for v in numbers]


def mean(numbers: Any) -> Any:
    """Of each part."""
    with np.errstate(all="ignore"):
        return np.array([part.mean() for part in np.array_split(numbers, MEANS)])


def reduced(y: Any) -> Any:
    """Which points to draw: of each part the least and the largest, and a gap."""
    if len(y) <= 2 * MOST:
        return np.arange(len(y))
    parts, good = np.array_split(np.arange(len(y)), MOST), np.isfinite(y)
    low, high = (np.where(good, y, end) for end in (np.inf, -np.inf))
    kept = {int(one[np.argmin(low[one])]) for one in parts}
    kept |= {int(one[np.argmax(high[one])]) for one in parts}
    kept |= {int(one[np.argmin(good[one])]) for one in parts if not good[one].all()}
    return np.array(sorted({0, len(y) - 1, *kept}))


def told(one: dict[str, Any]) -> str:
    """What the drawing without a script shows, in words."""
    levels = [f"{name} is {value:.2f}" for value, name in one["levels"]]
    ends = [f"{curve['name']} ends at {last(curve):.2f}" for curve in one["curves"]]
    return minus("; ".join([*ends, *levels]).replace("ln V", "ln <em>V</em>") + ".")


def last(curve: Curve) -> float:
    finite = [v for v in curve["y"] if v is not None]
    return float(finite[-1]) if finite else math.nan


def svg(one: dict[str, Any]) -> str:
    """The curves on plain axes, for readers without scripts, and for print."""
    x = [v for curve in one["curves"] for v in curve["x"]]
    y = [v for curve in one["curves"] for v in curve["y"] if v is not None]
    y += [value for value, _ in one["levels"]] or [0.0] * (not y)
    low, high, first, end = min(y), max(y), min(x), max(x)

    def at(a: float, b: float) -> tuple[float, float]:
        across = (a - first) / ((end - first) or 1)
        up = (b - low) / ((high - low) or 1)
        return LEFT + (WIDE - LEFT) * across, 10 + (HIGH - FOOT - 20) * (1 - up)

    def line(points: Sequence[tuple[float, float]], colour: str, more: str = "") -> str:
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in (at(*point) for point in points))
        style = f'style="color: {colour}" stroke="currentColor" fill="none"'
        return f'<polyline points="{path}" {style}{more}/>'

    marks = [
        (LEFT - 6.0, at(first, low)[1] + 4, f"{low:.2f}", "end"),
        (LEFT - 6.0, at(first, high)[1] + 4, f"{high:.2f}", "end"),
        (float(LEFT), HIGH - 4.0, f"{first:,.0f}", "start"),
        (float(WIDE), HIGH - 4.0, f"{end:,.0f}", "end"),
    ]
    text = "".join(
        f'<text x="{a:.0f}" y="{b:.0f}" text-anchor="{side}">{word}</text>'
        for a, b, word, side in marks
    )
    lines = [
        line([(first, v), (end, v)], QUIET, ' stroke-dasharray="4"')
        for v, _ in one["levels"]
    ]
    for curve in one["curves"]:
        pairs = zip(curve["x"], curve["y"], strict=True)
        colour = INK if curve["split"] == "validation" else QUIET
        lines.append(line([(a, b) for a, b in pairs if b is not None], colour))
    name = escape(re.sub("<.*?>", "", told(one)))
    return (
        f'<svg class="x-figure" viewBox="0 0 {WIDE} {HIGH}" width="100%" role="img" '
        f'aria-label="The curves of a log: {name}" font-size="12" fill="currentColor">'
        f"{''.join(lines)}{text}</svg>"
    )
