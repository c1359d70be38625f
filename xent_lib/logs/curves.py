"""Curves: the numbers under one key, by the step or the epoch of their rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .keys import EXTRA, LOSSES, PLACES, SUMMARY, Meaning, meaning
from .rows import Block

Array = np.ndarray[Any, np.dtype[Any]]


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
    header: bool

    def __len__(self) -> int:
        return len(self.y)

    @property
    def told(self) -> Meaning:
        return meaning(self.name)

    @property
    def finite(self) -> "Curve":
        good = np.isfinite(self.y)
        return self if good.all() else self.at(good)

    @property
    def half(self) -> float:
        """Half of the last digit with which its numbers are written."""
        some = (np.format_float_positional(v, trim="-") for v in self.finite.y[:200])
        digits = max((len(v.partition(".")[2]) for v in some), default=0)
        return 0.5 / 10.0 ** min(digits, 12)

    def at(self, index: Array | slice) -> "Curve":
        x, y, rows = self.x[index], self.y[index], self.rows[index]
        return replace(self, x=x, y=y, rows=rows)

    def where(self, i: int) -> str:
        """The place of a point, in words."""
        return f"{self.unit or 'point'} {self.x[i]:,.10g}"


def find_curves(blocks: Sequence[Block]) -> list[Curve]:
    """Each key that may be a curve, over all blocks."""
    columns: dict[str, list[tuple[Array, Array]]] = {}
    headers: dict[str, bool] = {}
    for block in blocks:
        for i, key in enumerate(block.keys):
            plain = block.header or "/" in key or "_" in key
            name = key if plain else key.lower()  # in text, a line may begin with it
            columns.setdefault(name, []).append((block.rows, block.table[:, i]))
            headers[name] = block.header
    joined = {key: join(parts) for key, parts in columns.items()}
    role = {key: meaning(key).role for key in joined}
    places = [key for place in PLACES for key in joined if role[key] == place]
    found = []
    for key, (rows, y) in joined.items():
        kind = "setting" if role[key] == "other" and headers[key] else role[key]
        if kind in (*LOSSES, "norm", "reward", "setting", "epoch"):
            unit, x, kept = find_places(rows, [(role[k], *joined[k]) for k in places])
            split = meaning(key).split
            curve = Curve(key, kind, split, unit, x, y[kept], rows[kept], headers[key])
            found.append(curve)
    return found


def join(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    rows = np.concatenate([rows for rows, _ in parts])
    y = np.concatenate([y for _, y in parts])
    if np.all(np.diff(rows) > 0):
        return rows, y
    _, first = np.unique(rows, return_index=True)
    return rows[first], y[first]


def find_places(
    rows: Array, places: Sequence[tuple[str, Array, Array]]
) -> tuple[str, Array, Array]:
    """What the rows count: the first that most of them have, and that goes forward."""
    for unit, others, x in places:
        at = np.minimum(np.searchsorted(others, rows), len(others) - 1)
        has = (others[at] == rows) & np.isfinite(x[at])
        found = x[at[has]]
        change = np.diff(found)
        forward = len(change) == 0 or (np.mean(change > 0) > 0.3 > np.mean(change < 0))
        if 2 * len(found) >= len(rows) and forward:
            return unit, found, np.flatnonzero(has)
    return "", np.arange(1, len(rows) + 1), np.arange(len(rows))


def main_curve(found: Sequence[Curve], split: str) -> Curve | None:
    """The longest loss of a split that is no mean of others, and no part of a loss."""

    def weight(curve: Curve) -> float:
        words = curve.told.words
        part = 0.5 if words & {"nll", "cross", "ce"} else 1
        whole = 0.3 if "epoch" in words else 1
        return len(curve) * part * whole * (0.05 if words & (SUMMARY | EXTRA) else 1)

    held_out = split == "validation"
    for role in ("loss", "perplexity"):
        some = [one for one in found if one.role == role]
        some = [one for one in some if (one.split == "validation") == held_out]
        if some:
            best = max(some, key=weight)
            if role == "loss":
                return best
            with np.errstate(all="ignore"):
                return replace(best, name=f"ln {best.name}", y=np.log(best.y))
    return None


def pairs(found: Sequence[Curve], *roles: str) -> Iterator[tuple[Curve, Curve]]:
    """Curves of two roles of one split, where both have a number, in the same rows."""
    for one in found:
        for other in found:
            same = (one.split == "validation") == (other.split == "validation")
            if one is not other and same and (one.role, other.role) == roles:
                beside = both(one, other)
                if len(beside[0]):
                    yield beside


def both(one: Curve, other: Curve) -> tuple[Curve, Curve]:
    """Two curves where both have a number, in the same rows or else at the same x."""
    one, other = one.finite, other.finite
    _, i, j = np.intersect1d(one.rows, other.rows, True, return_indices=True)
    if not len(i) and one.unit and one.unit == other.unit:
        _, i, j = np.intersect1d(one.x, other.x, return_indices=True)
    if not len(i) and len(one) == len(other) and np.ptp(one.rows - other.rows) == 0:
        return one, other  # in lines next to each other
    return one.at(i), other.at(j)
