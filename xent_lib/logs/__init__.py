"""What `read_log` is made of: text → columns → curves → findings."""

import numpy as np

from .curves import Log, find_curves, longest_run, main_curve, size_in, steps_in
from .findings import SENTENCES, Finding, findings
from .rows import read_text

NAMES = list(dict.fromkeys(kind.partition(" ")[0] for kind in SENTENCES))


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
        return log, [*findings(log)]
