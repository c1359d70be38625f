"""What `read_log` is made of: text → rows → curves → findings."""

import re
from collections.abc import Iterator

import numpy as np

from .curves import Curve, find_curves
from .findings import findings
from .keys import LOSSES
from .lines import TOKEN, Lines, label
from .rows import Block, Rows, read_document
from .sentences import Finding, Log, say

SIZES = (
    r"padded vocab[^\n]*new size: *(\d+)",
    r"\b(?:n_?)?vocab(?:ulary)?(?:[_ ]?size)?[\"']?\s*[:=]\s*(\d+)",
)

__all__ = ["Curve", "Finding", "Log", "needs", "read"]


def read(
    text: str, vocabulary: int | None, steps: float | None
) -> tuple[Log, list[Finding]]:
    """The curves of a text, and what can be said of them."""
    text = text.lstrip("\ufeff")
    rows = Rows()
    if text.lstrip()[:1] not in ("[", "{") or not read_document(text, rows):
        Lines(rows).read(text)
    blocks = rows.blocks()
    found = find_curves(blocks)
    if not any(one.role in ("loss", "perplexity") for one in found):
        raise ValueError(f"log has no loss: {instead(text, blocks)}")
    log = Log(found, vocabulary or size_in(text), steps or steps_in(found))
    with np.errstate(all="ignore"):
        return log, [*form(log), *findings(log)]


def form(log: Log) -> Iterator[Finding]:
    """Which columns it took, and from where to where they go."""
    others = [one.name for one in log.curves if one.role in LOSSES]
    others = [name for name in others if name not in {one.name for one in log.main}]
    for one in log.main:
        last = one is log.main[-1] and others
        more = f"; beside it, {', '.join(others)[:150]}" if last else ""
        more += "; a table of settings, no curve" if log.settings else ""
        count = f"{len(one):,} point{'s' * (len(one) > 1)}"
        told = {
            "points": len(one),
            "count": count,
            "first": float(one.y[0]),
            "last": float(one.y[-1]),
        }
        to = f"{one.x[-1]:,.10g}"
        yield say("format", one.name, **told, at=one.where(0), to=to, more=more)


def steps_in(found: list[Curve]) -> float | None:
    """The steps in an epoch, where the log has the epoch of a step as a fraction."""
    for one in found:
        whole = np.all(one.y == np.rint(one.y))
        if (one.role, one.unit) == ("epoch", "step") and one.y[-1] > 0.5 and not whole:
            return float(np.rint(one.x[-1] / one.y[-1]))
    return None


def needs(log: Log, said: list[Finding]) -> Iterator[str]:
    """What would let it say more."""
    if log.vocabulary is None:
        yield "vocabulary, to compare the first loss with ln V"
    if log.steps_per_epoch is None and log.main[0].unit == "step":
        yield "steps_per_epoch, to look for stairs and repeats"
    if all(one.name != "unit" for one in said):
        yield "a perplexity or bits per byte beside the loss, to know its unit"


def instead(text: str, blocks: list[Block]) -> str:
    """What a text without a loss has."""
    keys = [key for block in blocks for key in block.keys]
    for line in [] if keys else text[:10_000].splitlines():
        parts = TOKEN.split(line)
        keys += [label(parts[i - 1], i == 1) for i in range(1, len(parts), 2)]
    keys = [key for key in keys if key]
    if keys:
        return f"its numbers are called {', '.join(dict.fromkeys(keys))[:200]}"
    begins = " ".join(text.split())[:60]
    return f"it begins with {begins!r}" if begins else "it is empty"


def size_in(text: str) -> int | None:
    """The vocabulary that the log itself names, if it names one."""
    for pattern in SIZES:
        sizes = {int(size) for size in re.findall(pattern, text[: 1 << 20], re.I)}
        if len(sizes) == 1 and 2 <= min(sizes) <= 10**9:
            return sizes.pop()
    return None
