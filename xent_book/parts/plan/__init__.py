"""Which bug prints this number? The doctor's faults in two rows of logits, and a plan
of the rooms of the museum."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from xent_doctor.faults import LOSS_FAULTS, ROOMS, Fault, anchor
from xent_doctor.reference import evaluate

from ... import example
from ..._html import element, escape, figure, html_table, minus, stable

# The far row: another token leads by a thousand.
FAR = (3.2, 1.0, -0.5, 1002.5)
# Where a loss of one's own data is read: the page, without its ending, and the heading.
RULER = "07-is-my-loss-good#one-number-several-readings"
# The sizes that faults usually have; the table has the first of each.
SIZES = {
    "floor": (1e-9, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5),
    "smoothing": (0.1, 0.05, 0.2),
    "smoothing-others": (0.1, 0.05, 0.2),
    "smoothing-sum": (0.1,),
    "focal": (2, 1, 5),
    "temperature": (0.7, 0.5, 0.8, 0.9, 1.5, 2),
    "soft-cap": (30, 50),
    "clipped": (50, 30, 20, 10),
    "z-loss": (1e-4, 1e-3),
    "scaled": (2, 4, 8, 0.5, 0.25, 0.125, 65_536),
}


# The rooms of the plan, from the door outward: those whose number is too high, by their
# exhibits, and those whose number is too low. Those whose bug the two rows don't show
# have a wing of their own, and so have those that come after pretraining.
HALL = ((10, 8, 2, 7, 11, 6), (13,))
WING = ((9, 3, 4), (5, 1, 14, 12))
AFTER = ((22, 17, 15, 19), (16, 20, 21, 18))

# What a fault is called where the name of its fault says too little to a reader.
LABELS = {"floor": "epsilon", "no-shift": "max left in"}


class Entry(NamedTuple):
    """What a loss may be, and its numbers in the near row and in the far one."""

    what: str
    advice: str  # what to write, and of a convention first when it is right
    room: int  # 0: it is right
    near: float
    far: float
    name: str  # in a word or two; of all its sizes
    first: bool = True  # of its sizes, or the only one


class Plan:
    """Which faults give two numbers, and a plan of the rooms that explain them.

    The near row is the running example; the far row shows what is lost in exp and ln.
    The table has all numbers. On a page the reader types what a framework gives, and
    the plan, which stays beside the rooms, shows the way to the one that explains it.

    Parameters
    ----------
    near, far : the loss of *mat* in each row, as text, whose digits say how exact it
        is; an empty one is not known

    Raises
    ------
    ValueError : a text that is not a number

    Examples
    --------
    >>> Plan("1.052")
    Plan: 1.052: the loss is computed from a softmax taken twice
    """

    def __init__(self, near: str = "", far: str = "") -> None:
        self.given = near, far
        self.entries = sorted(_entries(), key=_order)
        self.found = [
            one for one in self.entries if fits(near, one.near) and fits(far, one.far)
        ]

    def __repr__(self) -> str:
        given = " and ".join(filter(None, self.given))
        if not given:
            return f"Plan: {len(self.entries)} losses"
        words = [one.what for one in self.found] or [
            "something other than all known ones"
        ]
        if not self.found or self.found[0].room:
            return f"Plan: {given}: the loss is {'; or '.join(words)}"
        more = f", or one of {len(words) - 1} others" if len(words) > 1 else ""
        return f"Plan: {given}: the loss is {words[0]}{more}"

    def _repr_html_(self) -> str:
        near, far = (
            minus(", ".join(map(str, row))) for row in (example.logits.tolist(), FAR)
        )
        config = {
            "given": self.given,
            "rows": [near, far],
            "entries": [
                [*one[:3], *map(_stored, one[3:5]), one.first, one.name]
                for one in self.entries
            ],
            "ruler": RULER,
            "rooms": {n: [title, anchor(n), *place(n)] for n, title in ROOMS.items()},
        }
        head = ["near row", "far row", "<span>the loss is</span>", "room"]
        rows = [
            [
                figure(one.near),
                figure(one.far),
                f"<span>{escape(one.what)}</span>",
                room,
            ]
            for one in self.entries
            if one.first
            for room in [_link(one.room) if one.room else "–"]
        ]
        caption = (
            f"<em>mat</em> came. Logits of the near row: {near}; of the far row: {far}"
        )
        table = html_table(caption, head, rows)
        return element("xent-plan", config, table)


def place(room: int) -> tuple[int, int]:
    """Its wing, where 0 is the hall, and how many rooms from the door, upward."""
    return next(
        (wing, way * (side.index(room) + 1))
        for wing, sides in enumerate((HALL, WING, AFTER))
        for way, side in zip((1, -1), sides, strict=True)
        if room in side
    )


def _order(one: Entry) -> tuple[bool, bool, float]:
    """The right one first; NaN, beside which nothing is less, last."""
    return one.room > 0, math.isnan(one.near), one.near


def fits(typed: str, x: float) -> bool:
    """Whether x, rounded to the digits of what is typed, is that (or none is typed)."""
    if not typed:
        return True
    text = typed.replace("−", "-").replace(",", ".").replace("∞", "inf")
    value = float(text)
    if not math.isfinite(value) or not math.isfinite(
        x
    ):  # one such is as good as another
        return not math.isfinite(value) and not math.isfinite(x)
    digits, _, power = text.lower().partition("e")
    last = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    return abs(value - x) <= 0.5 * last + 2e-6 * abs(x)  # float32 has seven digits


def _entries() -> Iterator[Entry]:
    """The right loss, and each known fault with which one of the rows shows."""
    right = _entry("cross-entropy, as it should be", "", 0, "right", ())
    yield right
    known = {
        fault.name: fault for fault in reversed(LOSS_FAULTS)
    }  # the first of a name
    for fault in reversed(known.values()):
        if fault.shows_in != "rows" or fault.across_rows:
            continue
        sizes = SIZES[fault.name] if fault.between else [None]
        for size in sizes:
            one = fault.of(size) if size else fault
            name = LABELS.get(fault.name, fault.name.replace("-", " "))
            entry = _entry(str(one), advice(fault), fault.room, name, (one,))
            if not np.allclose(entry[3:5], right[3:5], rtol=1e-4, equal_nan=True):
                yield entry._replace(first=size == sizes[0])


def advice(fault: Fault) -> str:
    """As in a report, without its room."""
    if fault.kind == "convention":
        return f"Right if {fault.right_if}; otherwise {fault.fix}"
    return f"Fix: {fault.fix}"


def _entry(
    what: str, advice: str, room: int, name: str, faults: tuple[Fault, ...]
) -> Entry:
    rows = np.array([example.logits, FAR])[:, np.newaxis]
    target = np.array([example.target])
    near, far = (float(evaluate(row, target, faults)) for row in rows)
    return Entry(what, advice, room, near, far, name)


def _link(room: int) -> str:
    return f'<a href="#{anchor(room)}">{room}</a>'


def _stored(x: float) -> float | str:
    """JSON has no infinity, and no NaN."""
    return stable([x])[0] if math.isfinite(x) else str(x).replace("inf", "Infinity")
