"""The loss by exact steps, each rounded once as a dtype does."""

import mpmath

from xent_book import example

# The dtypes' binary digits, least exponents and largest numbers, and what is added.
DTYPES = {
    "float16": (11, -14, "65504"),
    "bfloat16": (8, -126, "3.3895313892515355e38"),
    "float32": (24, -126, "3.4028234663852886e38"),
    "float64": (53, -1022, "1.7976931348623157e308"),
}
ADDED = [0, 8, 9, 100, -100, 1000, -1000, 0.3]


def golden():
    losses = {}
    with mpmath.workdps(50):
        for dtype in DTYPES:
            rows = [
                [float(loss(dtype, method, added)) for added in ADDED]
                for method in range(3)
            ]
            losses[dtype] = [[None if x != x else x for x in row] for row in rows]
    return {"added": ADDED, "losses": losses}


def loss(dtype, method, added):
    digits, least, largest = DTYPES[dtype]

    def r(x):
        if not mpmath.isfinite(x) or x == 0:
            return x
        exponent = max(int(mpmath.floor(mpmath.log(abs(x), 2))), least)
        unit = mpmath.ldexp(1, exponent - digits + 1)
        near = mpmath.nint(x / unit) * unit  # an even one between two
        return near if abs(near) <= mpmath.mpf(largest) else mpmath.sign(x) * mpmath.inf

    o = [r(mpmath.mpf(x + added)) for x in example.logits.tolist()]
    top, at_target = max(o), o[example.target]
    e = [r(mpmath.exp(r(x - (top if method else 0)))) for x in o]
    total = e[0]
    for x in e[1:]:
        total = r(total + x)
    if total == 0 or total == mpmath.inf:
        return mpmath.nan
    log = r(mpmath.log(total))
    return [
        lambda: -r(mpmath.log(r(e[example.target] / total))),
        lambda: r(r(top + log) - at_target),
        lambda: r(r(top - at_target) + log),
    ][method]()
