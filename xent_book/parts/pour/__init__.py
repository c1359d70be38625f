"""Softmax as pouring: e to each score, laid end to end, scaled to a hundred chips."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import example
from ..._html import element, html_table, minus, number
from .._axis import QUIET, TARGET, apart, percent

# The changes to all scores, with the smallest and largest value of each.
CHANGES = {"shift": (-4.0, 0.0), "temperature": (0.5, 10.0)}

# Four ways to make a score positive, by their names in HTML.
TRIES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "e<sup>o</sup>": np.exp,
    "|o|": np.abs,
    "o²": np.square,
    "max(o, 0)": lambda o: np.maximum(o, 0),
}
HEATS = (0.5, 1, 2, 10)

# The range of the scores' axis; in pixels: the axis, the words' carriage, the row of
# bars laid end to end, the strip, the total height; pixels per unit of e to the score.
LOW, HIGH = -5.2, 4.6
BASE, CAR, ROW, STRIP, HEIGHT = 104, 132, 214, 266, 340
UNIT = 170 / 56
NARROW = 326  # the width on a phone, where labels must not overlap either
WIDE = 640

CAPTIONS = {
    "shift": "On the axis of the scores, e to each; below it the same four bars end "
    "to end, {total} long, and stretched to a strip of a hundred chips.",
    "temperature": "At T = {value}, with mat where it was: e to each score, end to "
    "end, and a hundred chips.",
}
TABLES = {
    "shift": "Chips of 100, if each score is made positive in one of four ways: as the "
    "scores stand → all lowered by 3",
    "temperature": "Shares at four temperatures",
}


class Pour:
    """Four scores, poured into a hundred chips.

    On a page, readers pour them, shift all scores or one, and try alternatives to e to
    the score; or spread them with a temperature.

    Parameters
    ----------
    change : "shift" or "temperature"
    value : what is added to all scores, from −4 to 0, or the temperature, from 0.5
        to 10

    Raises
    ------
    ValueError : if change has another name, or value is out of range

    Examples
    --------
    >>> Pour("shift", 0)
    Pour: mat 24.53, hat 2.72, sat 0.61, rug 12.18, of 40.04
    """

    def __init__(self, change: str, value: float) -> None:
        if change not in CHANGES:
            raise ValueError(f"change must be of {', '.join(CHANGES)}, got {change!r}")
        least, most = CHANGES[change]
        if not least <= value <= most:
            raise ValueError(
                f"value must be from {minus(f'{least:g}')} to {most:g}, got {value}"
            )
        self.change, self.value = change, float(value)
        self.scores = _changed(change, self.value)
        self.e = np.exp(self.scores)
        self.p = self.e / self.e.sum()

    def __repr__(self) -> str:
        bars = zip(example.vocabulary, self.e, strict=True)
        shown = ", ".join(f"{word} {number(e, 2)}" for word, e in bars)
        return f"Pour: {shown}, of {number(self.e.sum(), 2)}"

    def _repr_html_(self) -> str:
        least, most = CHANGES[self.change]
        config = {
            "tokens": example.vocabulary,
            "logits": example.logits.tolist(),
            "target": example.target,
            "change": self.change,
            "value": self.value,
            "least": least,
            "most": most,
        }
        caption = CAPTIONS[self.change].format(
            total=number(self.e.sum(), 2), value=f"{self.value:g}"
        )
        figure = f"{self._svg()}\n<figcaption>{caption}</figcaption>"
        rows = _tries() if self.change == "shift" else _heats()
        head = ["each made" if self.change == "shift" else "T", *example.vocabulary]
        table = html_table(TABLES[self.change], head, rows)
        return element("xent-pour", config, f"<figure>\n{figure}\n</figure>\n{table}")

    def _svg(self) -> str:
        spoken = "; ".join(
            f"{word} {number(o, 1)}, exponential {number(e, 2)}, chips {dealt}"
            for word, o, e, dealt in zip(
                example.vocabulary, self.scores, self.e, chips(self.p), strict=True
            )
        )
        at = [_across(x) for x in range(-5, 5)]
        ticks = "".join(
            f'<line x1="{percent(x)}" x2="{percent(x)}" y1="{BASE}" y2="{BASE + 5}" '
            'stroke="currentColor"/>'
            for x in at
        )
        labels = "".join(
            f'<text x="{percent(_across(x))}" y="{BASE + 18}">{minus(str(x))}</text>'
            for x in range(-4, 5, 2)
        )
        left, right = (_across(x) for x in (self.scores.min(), self.scores.max()))
        words = "\n".join(self._word(i) for i in range(self.scores.size))
        return f"""<svg class="x-figure" role="img" width="100%" height="{HEIGHT}"
aria-label="Four scores poured into a hundred chips: {spoken}"
font-size="14" fill="currentColor" style="overflow: visible">
<g style="color: {QUIET}" font-size="13" text-anchor="middle">
<line x2="100%" y1="{BASE}" y2="{BASE}" stroke="currentColor"/>{ticks}{labels}
<line x1="{percent(left)}" x2="{percent(right)}" y1="{CAR + 13}" y2="{CAR + 13}"
stroke="currentColor" stroke-width="26" stroke-linecap="round" opacity="0.15"/></g>
{words}
{self._end_to_end()}
</svg>"""

    def _word(self, i: int) -> str:
        """A word's bar and dot, with their labels."""
        at, height = percent(_across(self.scores[i])), UNIT * self.e[i]
        places = [NARROW * _across(o) for o in self.scores]
        name, value = (apart(places, gap)[i] - places[i] for gap in (34, 42))
        return f"""<svg x="{at}" overflow="visible" text-anchor="middle"
style="color: {_colour(i)}">
<line y1="{BASE}" y2="{CAR + 13}" stroke="currentColor" opacity="0.35"/>
<rect x="-6" y="{BASE - height:.2f}" width="12" height="{height:.2f}"/>
<text x="{value:.1f}" y="{BASE - height - 7:.2f}">{number(self.e[i], 2)}</text>
<circle cy="{CAR + 13}" r="6"/>
<text x="{name:.1f}" y="{CAR + 45}">{example.vocabulary[i]}</text>
<text x="{name:.1f}" y="{CAR + 62}">{_score(self.scores[i])}</text></svg>"""

    def _end_to_end(self) -> str:
        """The bars in a row, and the strip that they are poured into."""
        row = np.concatenate(([0], np.cumsum(self.e))) * UNIT / WIDE
        strip = np.concatenate(([0], np.cumsum(self.p)))
        middles = NARROW * (strip[:-1] + strip[1:]) / 2
        moved = apart(middles, 34, 0, NARROW) - middles
        shares = "\n".join(
            self._share(i, row[i : i + 2], strip[i : i + 2], moved[i])
            for i in range(self.p.size)
        )
        return f"""{shares}
<svg x="{percent(row[-1])}" overflow="visible" style="color: {QUIET}">
<text x="8" y="{ROW + 12}">{number(self.e.sum(), 2)} in all</text></svg>"""

    def _share(
        self, i: int, row: NDArray[np.float64], strip: NDArray[np.float64], moved: float
    ) -> str:
        """A word's part of the row and of the strip, and the flow between them."""
        (a, b), (c, d) = row, strip
        return f"""<g style="color: {_colour(i)}">
<rect x="{percent(a)}" y="{ROW}" width="{percent(b - a)}" height="14"/>
<svg y="{ROW + 15}" width="100%" height="{STRIP - ROW - 15}" viewBox="0 0 1 1"
preserveAspectRatio="none"><polygon opacity="0.24"
points="{a:.4f},0 {b:.4f},0 {d:.4f},1 {c:.4f},1"/></svg>
<rect x="{percent(c)}" y="{STRIP}" width="{percent(d - c)}" height="34"/>
<svg x="{percent((c + d) / 2)}" overflow="visible">
<g transform="translate({moved:.1f} {STRIP + 51})" text-anchor="middle">
<text>{example.vocabulary[i]}</text>
<text y="17">{chips(self.p)[i]}</text></g></svg></g>"""


def chips(p: NDArray[np.float64]) -> list[str]:
    """A hundred chips for HTML, dealt as pour.js does: those that rounding down leaves
    go where it took most; "<1" rather than 0 for a word that has some."""
    nearly = 100 * p + 1e-9
    whole = np.floor(nearly).astype(int)
    took = np.floor((nearly - whole) * 1e8)
    whole[np.argsort(-took, kind="stable")[: 100 - whole.sum()]] += 1
    return [
        "&lt;1" if x > 0 and not n else f"{n}" for x, n in zip(p, whole, strict=True)
    ]


def _changed(change: str, value: float) -> NDArray[np.float64]:
    """All scores plus `value`, or their distances from mat's divided by it. That gives
    the same p as dividing the scores, but mat stays where it is."""
    o: NDArray[np.float64] = example.logits
    if change == "shift":
        return o + value
    gaps: NDArray[np.float64] = o - o[example.target]
    return o + gaps * (1 / value - 1)


def _tries() -> list[list[str]]:
    rows = []
    for name, positive in TRIES.items():
        parts = [positive(example.logits + shift) for shift in (0, -3)]
        pairs = zip(*(chips(part / part.sum()) for part in parts), strict=True)
        rows.append([name, *(f"{a} → {b}" for a, b in pairs)])
    return rows


def _heats() -> list[list[str]]:
    rows = []
    for heat in HEATS:
        e = np.exp(_changed("temperature", heat))
        rows.append([f"{heat:g}", *(f"{p:.2f}" for p in e / e.sum())])
    return rows


def _across(o: ArrayLike) -> float:
    return (float(np.asarray(o)) - LOW) / (HIGH - LOW)


def _score(o: float) -> str:
    return number(o, 1 if round(o, 6) == round(o, 1) else 2)


def _colour(i: int) -> str:
    return TARGET if i == example.target else QUIET
