"""A table that learns, to fifty digits."""

import mpmath
import numpy as np

from golden import floats
from xent_book.parts import Letters
from xent_book.parts.letters import V

CASES = {
    "a sentence": ("The cat sat on the mat, and purred.", 30, 8, 2.0, 0),
    "marks and lines": ("Élève à Zürich;\nZoë’s naïve œuvre: 12,5 %!", 20, 4, 5.0, 7),
}


def golden():
    with mpmath.workdps(50):
        return {name: one(*case) for name, case in CASES.items()}


def one(text, steps, batch, size, seed):
    part = Letters(text, 0, batch, size, seed)
    losses = learn(part, steps)
    told = {"text": text, "batch": batch, "size": size, "seed": seed}
    return told | floats({"floor": floor(part.counts), "losses": losses})


def learn(part, steps):
    """The losses from the first on, of the pairs that the part itself draws."""
    logits = [[mpmath.mpf(0)] * V for _ in range(V)]
    drawn, losses = part.pairs(), [loss(logits, part.counts)]
    for _ in range(steps):
        came = np.bincount(next(drawn), minlength=V * V).reshape(V, V).tolist()
        for a, row in enumerate(came):
            if n := sum(row):
                p = [mpmath.e**x for x in log_p(logits[a])]
                slopes = [(n * q - y) / part.batch for q, y in zip(p, row, strict=True)]
                logits[a] = [
                    o - mpmath.mpf(part.size) * g
                    for o, g in zip(logits[a], slopes, strict=True)
                ]
        losses.append(loss(logits, part.counts))
    return losses


def log_p(row):
    total = mpmath.log(mpmath.fsum(mpmath.e**o for o in row))
    return [o - total for o in row]


def loss(logits, counts):
    each = [
        -int(counts[a, b]) * log_p(logits[a])[b]
        for a, b in zip(*np.nonzero(counts), strict=True)
    ]
    return mpmath.fsum(each) / int(counts.sum())


def floor(counts):
    each = [
        int(counts[a, b])
        * mpmath.log(mpmath.mpf(int(counts[a].sum())) / int(counts[a, b]))
        for a, b in zip(*np.nonzero(counts), strict=True)
    ]
    return mpmath.fsum(each) / int(counts.sum())
