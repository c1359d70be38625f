"""The loss of two equal logits by exact steps, each rounded once to float32."""

import mpmath

from golden_wall import rounded

SIZES = [1, 2, 10, 100, 5e3, 1e4, 1e5, 1e6, 5e6, 1e7, 2e7, 5e7, 1e8]


def golden():
    with mpmath.workdps(50):
        return {"sizes": SIZES, "found": [computed(mpmath.mpf(size)) for size in SIZES]}


def computed(size):
    def r(x):
        return rounded("float32", x)

    o, ln2 = r(size), r(mpmath.ln(2))
    apart = mpmath.ldexp(1, int(mpmath.floor(mpmath.log(o, 2))) - 23)
    losses = [r(r(o + ln2) - o), r(r(o - o) + ln2)]
    return {"apart": float(apart), "losses": [float(x) for x in losses]}
