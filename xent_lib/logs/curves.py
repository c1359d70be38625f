"""Curves: the numbers under one key, by the step or the epoch of their rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .rows import LOSSES, PLACES, Array, Column, meaning, plays

# What a loss is called that is no part of one, unlike loss_box.
PLAIN = re.compile(
    r"(?i)_step|step_|[\W\d_]|loss|total|(train|valid|val|eval)(ing|u?ation)?"
)
WHOLE = r"(\d{1,3}(?:,\d{3})+|\d+)(?!\w)"
NAMED = r"\b(?:n_?)?vocab(?:ulary)?(?:[_ ]?size)?(?: V)?[\"']?\s*[:=|]\s*"
SIZE = rf"(?:{NAMED}|characters, (?=[\d,]+ unique)){WHOLE}"  # as minGPT has it
PADDED = rf"padded vocab[^\n]*new size: *{WHOLE}"
Columns = Mapping[str, tuple[Array, Array]]


@dataclass(frozen=True, eq=False)
class Curve:
    """A column of a log: `y` at `x`, a "step", "batch", "epoch", or else the order."""

    name: str
    role: str
    split: str
    unit: str
    x: Array
    y: Array
    rows: Array

    def __len__(self) -> int:
        return len(self.y)

    @property
    def finite(self) -> "Curve":
        return self.at(np.isfinite(self.y))

    @property
    def half(self) -> float:
        """Half of the last digit with which its numbers are written."""
        y = self.finite.y[:200]
        digits = (d for d in range(12) if np.array_equal(y, y.round(d)))
        return 0.5 / 10.0 ** next(digits, 12)

    def at(self, index: Array | slice) -> "Curve":
        return replace(self, x=self.x[index], y=self.y[index], rows=self.rows[index])

    def where(self, i: int) -> str:
        return f"{self.unit or 'point'} {self.x[i]:,.10g}"


@dataclass(frozen=True)
class Log:
    train: Curve | None
    valid: Curve | None
    others: Sequence[Curve]
    vocabulary: int | None
    steps_per_epoch: float | None
    said: set[str] = field(default_factory=set)  # names, and names with kinds
    runs: Sequence[Curve] = ()  # of the first of them
    whole: Sequence[Curve] = ()  # training and validation through all runs

    @property
    def main(self) -> list[Curve]:
        return [one for one in (self.train, self.valid) if one is not None]


def find_curves(table: Mapping[str, Column], text: str) -> list[Curve]:
    """Each column that may be a curve. Those without a name are, if no other is."""
    bars = re.search("it/s|s/it", text)
    columns = {key: (np.array(rows), np.array(y)) for key, (rows, y) in table.items()}
    known = (columns[key] for key in columns if plays([key], *LOSSES))
    losses = [rows[np.isfinite(y)] for rows, y in known]
    found = []
    for key, (rows, y) in columns.items():
        role, split, _ = meaning(key)
        if role == "split" and np.any(y != np.rint(y)):  # no size of that split
            role = "loss"
        good = np.isfinite(y)
        apart = [x for x in losses if not np.isin(x, rows[good]).any()]
        empty = np.isin(rows[~good], np.concatenate([rows[:0], *apart]))
        if good.any() and empty.all():  # where others have a number
            rows, y = rows[good], y[good]
        starts = np.flatnonzero(np.r_[True, np.diff(y) != 0])
        again = np.median(np.diff(np.r_[starts, len(y)])) > 1
        if bars and again and role in LOSSES and len(starts) > 2:
            rows, y = rows[starts], y[starts]  # each is shown until the next
        if role not in ("split", "step", "batch"):
            unit, x, kept = find_places(rows, columns)
            found.append(Curve(key, role, split, unit, x, y[kept], rows[kept]))
    if any(len(one) > 1 and one.role in LOSSES for one in found):
        # A single value is no curve, unless it is validation's.
        found = [one for one in found if len(one) > 1 or one.split == "validation"]
    named = [one for one in found if not one.name.startswith("column ")]
    # Without a name, numbers that stand alone in most lines are a loss.
    alone = 2 * max(map(len, found), default=0) >= text.count("\n")
    return found if alone and not any(one.role in LOSSES for one in named) else named


def find_places(rows: Array, columns: Columns) -> tuple[str, Array, Array]:
    """What the rows count: the first that most of them have, and that goes forward."""
    for unit in PLACES:
        # Prefer the column named after the unit; where rows lack it, take the others.
        keys = [key for key in columns if plays([key], unit)]
        keys.sort(key=lambda key: unit not in key)
        some = zip(*(columns[key] for key in keys), strict=True)
        others, x = map(np.concatenate, some) if keys else (rows[:0], rows[:0])
        _, kept, i = np.intersect1d(rows, others, return_indices=True)
        x = x[i]
        if np.all(np.diff(x) < 0) and not np.any(x % 1):  # the last comes first
            kept, x = kept[::-1], x[::-1]
        # Several may write each step, or each batch.
        forward = (np.diff(x) > 0).sum() >= 0.05 * (len(x) - 1)
        if forward and 2 * len(x) > len(rows):
            return unit, x, kept
    return "", np.arange(1, len(rows) + 1), np.arange(len(rows))


def main_curve(found: Sequence[Curve], held_out: bool) -> Curve | None:
    """The longest loss; of equals, the one with the plainest name."""
    some = [one for one in found if (one.split == "validation") == held_out]
    some.sort(key=lambda one: (-len(one), len(PLAIN.sub(" ", one.name).split())))
    losses = (one for role in LOSSES[:2] for one in some if one.role == role)
    main = next(losses, None)
    if main is None or main.role == "loss":
        return main
    # With no more digits than the perplexity allows.
    scale = 10 ** np.ceil(np.log10(np.clip(main.y, 1, 1e9) / main.half))
    y = np.rint(np.log(main.y) * scale) / scale
    return replace(main, name=f"ln {main.name}", y=y)


def longest_run(log: Log) -> Log:
    """A log's longest part in which steps go forward; another run starts after it."""
    runs = forward_parts(log.main[0], log.others)
    best = [max(runs, key=len), *log.main[1:]]
    for one in best[1:] if len(best[0]) < len(log.main[0]) else ():
        # Of validation, the part with the most rows inside these.
        of, parts = best[0].rows[[0, -1]], forward_parts(one, log.others)
        best[1] = max(parts, key=lambda part: np.ptp(part.rows.searchsorted(of)))
    for i, one in enumerate(best):
        if np.any(np.diff(one.x) < 0):  # It counts again in each epoch.
            best[i] = replace(one, unit="", x=np.arange(1, len(one) + 1))
    train, valid = log.train and best[0], log.valid and best[-1]
    return replace(log, train=train, valid=valid, runs=runs, whole=log.main)


def forward_parts(one: Curve, others: Sequence[Curve]) -> list[Curve]:
    """Its parts between steps that go back, unless they count within an epoch."""
    ahead, changes = np.diff(one.x), np.abs(np.diff(one.y)) > 0
    same = (ahead == 0) & changes & (one.unit != "epoch")
    same &= np.any(same & (np.r_[ahead[1:], 0] >= 0))  # else each sums up its epoch
    back = 1 + np.flatnonzero(same | ((ahead < 0) & (one.unit != "batch")))
    for epoch in (x for x in others if x.role == "epoch" and one.unit != "epoch"):
        latest = np.r_[-np.inf, epoch.y][epoch.rows.searchsorted(one.rows, "right")]
        back = back[latest[back] <= latest[back - 1]]
    parts = [one.at(part) for part in np.split(np.arange(len(one)), back)]
    # A single last point sums up, or repeats one, such as the best, and is left out.
    return parts[:1] if len(parts) == 2 and len(parts[1]) == 1 else parts


def steps_in(found: Sequence[Curve]) -> float | None:
    """The slope of steps by epochs, wherever both begin."""
    for one in (x.finite for x in found if x.role == "epoch" and x.unit == "step"):
        if len(one) > 1 and np.ptp(one.y) > 0.5 and np.any(one.y % 1):
            slope = np.polyfit(one.x, one.y, 1)[0]
            return float(np.rint(1 / slope)) if slope > 0 else None
    return None


def size_in(text: str) -> int | None:
    found = re.findall(PADDED, text) or re.findall(SIZE, text, re.I)
    sizes = {int(size.replace(",", "")) for size in found}
    return sizes.pop() if len(sizes) == 1 and 2 <= min(sizes) <= 10**9 else None
