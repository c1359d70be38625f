"""What `read_log` is made of: text → columns → curves → findings."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from .curves import Curve, Log, find_curves, longest_run, main_curve
from .findings import SENTENCES, Finding, findings, say
from .rows import LOSSES, read_text

NAMES = list(dict.fromkeys(kind.partition(" ")[0] for kind in SENTENCES))
WHOLE = r"(\d{1,3}(?:,\d{3})+|\d+)(?!\w)"
SIZE = rf"\b(?:n_?)?vocab(?:ulary)?(?:[_ ]?size)?(?: V)?[\"']?\s*[:=|]\s*{WHOLE}"
PADDED = rf"padded vocab[^\n]*new size: *{WHOLE}"


def read(
    text: str, vocabulary: int | None, steps: float | None
) -> tuple[Log, list[Finding]]:
    with np.errstate(all="ignore"):
        table = read_text(text)
        found = find_curves(table.columns, text)
        train, valid = (main_curve(found, held_out) for held_out in (False, True))
        if not (train or valid):
            start = " ".join(text[:1000].split())[:60]
            other = f"it begins with {start!r}" if start else "it is empty"
            names = f"its numbers are called {', '.join(table.seen)[:200]}"
            raise ValueError(f"no loss found in log: {names if table.seen else other}")
        others = [one for one in found if one not in (train, valid)]
        more = vocabulary or size_in(text[: 1 << 20]), steps or steps_in(found)
        log = longest_run(Log(train, valid, others, *more))
        return log, [*form(log), *findings(log)]


def form(log: Log) -> Iterator[Finding]:
    beside = ", ".join(one.name for one in log.others if one.role in LOSSES)[:150]
    for one in log.main:
        told = {"to": f"{one.x[-1]:,.10g}", "s": "s" if len(one) > 1 else ""}
        more = f"; the log also has {beside}" if beside and one is log.main[-1] else ""
        yield say("format", one, **told, more=more)


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
