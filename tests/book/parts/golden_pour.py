"""The example's scores, poured in four ways, to fifty digits."""

import itertools

import mpmath

from xent_book import example

TRIES = {
    "exp": mpmath.exp,
    "abs": abs,
    "square": lambda o: o * o,
    "cut": lambda o: max(o, mpmath.mpf(0)),
}
SHIFTS = [0, -1, -2.1, -3, -3.2, -4]
ALONE = [1, 2.6, 4]
HEATS = [0.5, 0.7, 1, 2, 3, 10]


def golden():
    with mpmath.workdps(50):
        return {
            "shifted": [
                {"made": made, "shift": shift, "alone": alone}
                | judged(TRIES[made], shift, alone)
                for made, shift, alone in itertools.product(TRIES, SHIFTS, ALONE)
            ],
            "spread": [{"T": heat} | spread(heat) for heat in HEATS],
        }


def scores(alone=None):
    """As Python has them: the tenths are not exact, but their differences can be."""
    o = [mpmath.mpf(x) for x in example.logits.tolist()]
    return o if alone is None else [o[0], mpmath.mpf(alone), *o[2:]]


def poured(positive, o):
    e = [positive(x) for x in o]
    total = mpmath.fsum(e)
    return e, total, [x / total if total else mpmath.nan for x in e]


def dealt(p):
    """A hundred whole chips; those that rounding down leaves go where it took most."""
    nearly = [x * 100 + mpmath.mpf("1e-9") for x in p]
    chips = [int(mpmath.floor(x)) for x in nearly]
    took = [mpmath.floor((x - n) * 10**8) for x, n in zip(nearly, chips, strict=True)]
    for i in sorted(range(4), key=lambda i: -took[i])[: 100 - sum(chips)]:
        chips[i] += 1
    return chips


def judged(positive, shift, alone):
    """The shares, and which wishes they keep; null where nothing was moved."""
    o = [x + mpmath.mpf(shift) for x in scores(alone)]
    e, total, p = poured(positive, o)
    _, _, first = poured(positive, scores(alone))
    close, some = mpmath.mpf("1e-12"), bool(total)
    pairs = [(i, j) for i in range(4) for j in range(4) if o[i] > o[j] + close]
    return {
        "e": [float(x) for x in e],
        "p": [float(x) if some else None for x in p],
        "chips": dealt(p) if some else None,
        "wishes": {
            "positive": all(x > 0 for x in p),
            "one": some,
            "order": some and all(p[i] > p[j] + close for i, j in pairs),
            "shift": some
            and all(abs(x - y) < close for x, y in zip(p, first, strict=True))
            if shift
            else None,
        },
    }


def spread(heat):
    """Scores divided by T, then moved so that mat's is what it was."""
    o = [x / heat for x in scores()]
    o = [x + scores()[example.target] - o[example.target] for x in o]
    e, _, p = poured(mpmath.exp, o)
    numbers = {"scores": o, "e": e, "p": p}
    floats = {name: [float(x) for x in list_] for name, list_ in numbers.items()}
    return floats | {"chips": dealt(p)}
