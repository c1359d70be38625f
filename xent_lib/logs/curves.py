"""Curves: the numbers under one key, by the step or the epoch of their rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .keys import LOSSES, PLACES, meaning, plays
from .rows import Array, Column

# What a loss is called that is no part of one, unlike loss_box.
PLAIN = re.compile(r"(?i)[\W\d_]|loss|total|train|valid|val|eval")
THREE = "column 2 (loss)", "column 3 (loss)"
WEIGHTS = {"part": 0.5, "mean": 0.05, "extra": 0.05}  # of a kind of loss


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

    def in_order(self) -> "Curve":
        """By points, if what it counts starts again, as in each epoch."""
        again = np.any(np.diff(self.x[:-1]) < 0)
        return replace(self, unit="", x=np.arange(1, len(self) + 1)) if again else self

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
    runs: Sequence[Curve] = ()  # of the first of them, if there are several
    mixed: bool = False  # several write in turn
    whole: Sequence[Curve] = ()  # training and validation through all runs

    @property
    def main(self) -> list[Curve]:
        return [one for one in (self.train, self.valid) if one is not None]


def find_curves(table: Mapping[str, Column], text: str) -> list[Curve]:
    """Each column that may be a curve. Those without a name are, if no other is."""
    bars = re.search("it/s|s/it", text)
    columns = {key: (np.array(rows), np.array(y)) for key, (rows, y) in table.items()}
    # Three numbers are a time, which may have colons, a step and a value.
    time = columns["step"][1] if "step" in columns else np.array([])
    if {*THREE} <= {*columns} and np.all(time > 1e9):
        two = [columns.pop(name) for name in THREE]
        two.sort(key=lambda one: np.any(one[1] % 1))  # steps are whole numbers
        columns["step"], columns["value (loss)"] = two
    known = {key: columns[key] for key in columns if plays([key], *LOSSES)}
    losses = [rows[np.isfinite(y)] for rows, y in known.values()]
    train = [known[key][0] for key in known if meaning(key).split != "validation"]
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
        # Each is shown until the next, in a bar or beside the loss of each step.
        beside = split == "validation" and any(np.isin(rows, x).all() for x in train)
        beside = beside and find_places(rows, columns)[0] != "epoch"
        if again and role in LOSSES and (beside or (bars and len(starts) > 2)):
            rows, y = rows[starts], y[starts]
        if role not in ("split", "step", "batch"):
            unit, x, kept = find_places(rows, columns)
            plain = key.removesuffix(" (train)")
            name = key if plain in columns else plain
            found.append(Curve(name, role, split, unit, x, y[kept], rows[kept]))
    if any(len(one) > 1 and one.role in LOSSES for one in found):
        # One value is none, except of validation.
        found = [one for one in found if len(one) > 1 or one.split == "validation"]
    named = [one for one in found if not one.name.startswith("column ")]
    # Without a name, numbers that stand alone in most lines are a loss.
    alone = 2 * max(map(len, found), default=0) >= text.count("\n")
    return found if alone and not any(one.role in LOSSES for one in named) else named


def find_places(
    rows: Array, columns: Mapping[str, tuple[Array, Array]]
) -> tuple[str, Array, Array]:
    """What the rows count: the first that most of them have, and that goes forward."""
    for unit, key in ((u, key) for u in PLACES for key in columns if plays([key], u)):
        others, x = columns[key]
        _, kept, i = np.intersect1d(rows, others, True, return_indices=True)
        kept, x = kept[np.isfinite(x[i])], x[i][np.isfinite(x[i])]
        if np.all(np.diff(x) < 0) and not np.any(x % 1):  # the last comes first
            kept, x = kept[::-1], x[::-1]
        # Several may write each step, or each batch.
        share = 0.3 if unit == "epoch" else 0.05
        forward = (x[1:] > x[:-1]).sum() > share * (len(x) - 1) or len(x) == 1
        if forward and 2 * len(x) >= len(rows):
            return unit, x, kept
    return "", np.arange(1, len(rows) + 1), np.arange(len(rows))


def main_curve(found: Sequence[Curve], held_out: bool) -> Curve | None:
    """The longest loss that is no mean of others, and no part of a loss."""
    some = [one for one in found if (one.split == "validation") == held_out]
    some.sort(key=lambda one: len(PLAIN.sub(" ", one.name).split()))
    some.sort(key=lambda one: -len(one) * WEIGHTS.get(meaning(one.name).kind, 1))
    losses = (one for role in LOSSES[:2] for one in some if one.role == role)
    main = next(losses, None)
    if main is None or main.role == "loss":
        return main
    return replace(main, name=f"ln {main.name}", y=np.log(main.y))


def longest_run(log: Log) -> Log:
    """A log's longest part in which steps go forward; another run starts after it."""
    cut, best = [forward_parts(one, log.others) for one in log.main], log.main
    runs, often, mixed = cut[0], len(cut[0]) > len(log.main[0]) / 5, False
    if often and len(runs) > 4:
        # Where several write in turn, steps go back further on each time.
        starts = np.array_split([run.x[0] for run in runs], 4)
        mixed = bool(np.all(np.diff([part.min() for part in starts]) > 0))
    if not mixed and (often or log.main[0].unit == "batch"):
        runs = []
    elif not mixed:
        of = max(runs, key=len).rows[[0, -1]]
        # Of each curve, the part with the most rows inside these.
        best = [max(one, key=lambda p: np.ptp(p.rows.searchsorted(of))) for one in cut]
        best[1:] = best[1:] if len(runs) > 1 else log.main[1:]
        runs = runs if len(runs) > 1 else []
    best = [one.in_order() for one in best]
    train, valid = log.train and best[0], log.valid and best[-1]
    return replace(
        log, train=train, valid=valid, runs=runs, mixed=mixed, whole=log.main
    )


def forward_parts(one: Curve, others: Sequence[Curve]) -> list[Curve]:
    """Its parts between steps that go back, unless they count within an epoch.

    A last point that goes back repeats one, such as the best, and is left out.
    """
    ahead, then = np.diff(one.x)[:-1], np.diff(one.x)[1:]  # The last may sum up.
    same = (ahead == 0) & (then >= 0) & (np.abs(np.diff(one.y[:-1])) > 0)
    back = 1 + np.flatnonzero((ahead < 0) | (same & (one.unit != "epoch")))
    last = len(one) - 1
    back = np.append(back, last) if last > 1 and one.x[-1] < one.x[-2] else back
    for epoch in (epoch for epoch in others if epoch.role == "epoch"):
        latest = np.r_[-np.inf, epoch.y][epoch.rows.searchsorted(one.rows, "right")]
        back = back[latest[back] <= latest[back - 1]]
    parts = np.split(np.arange(len(one)), back)
    return [one.at(part) for part in parts if part[0] < last or last == 0]
