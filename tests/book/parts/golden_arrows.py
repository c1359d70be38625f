"""The arrows' losses, step by step, to fifty digits."""

import mpmath

from golden import floats
from xent_book import example

# the word that came, the step size, and how many steps the arrows of the example take
CASES = {"the example": (0, 0.1, 10), "another word": (2, 1.0, 3)}


def golden():
    with mpmath.workdps(50):
        return {
            name: {"target": target, "size": size}
            | floats(steps_of(target, mpmath.mpf(size), steps))
            for name, (target, size, steps) in CASES.items()
        }


def steps_of(target, size, steps):
    h = mpmath.matrix(example.h)
    tokens = mpmath.matrix(example.tokens)
    losses = []
    for _ in range(steps + 1):
        e = [mpmath.exp(o) for o in tokens * h]
        g = mpmath.matrix([x / mpmath.fsum(e) - (i == target) for i, x in enumerate(e)])
        losses.append(-mpmath.log(1 + g[target]))
        h, tokens = h - size * tokens.T * g, tokens - size * g * h.T
    return {"losses": losses}
