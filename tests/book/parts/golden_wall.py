"""The loss in exact steps, each rounded once to the dtype."""

import mpmath

from xent_book import example

# The dtypes' binary digits, least exponents and largest numbers.
DTYPES = {
    "float16": (11, -14, "65504"),
    "bfloat16": (8, -126, "3.3895313892515355e38"),
    "float32": (24, -126, "3.4028234663852886e38"),
    "float64": (53, -1022, "1.7976931348623157e308"),
}
# What is added to all, and how far the target has fallen.
CASES = [(x, 0) for x in (0, 0.3, 8, 8.3, 9, -9, -21.2, 100, -100, 1000, -1000)]
CASES += [(x, fallen) for x in (0, 8.3) for fallen in (17.7, 20.6, 108, 790)]


def golden():
    pushed = [
        [x + added - (i == example.target) * fallen for i, x in enumerate(logits)]
        for logits in [example.logits.tolist()]
        for added, fallen in CASES
    ]
    with mpmath.workdps(50):
        found = {
            dtype: [computed(dtype, logits) for logits in pushed] for dtype in DTYPES
        }
    return {"logits": pushed} | found


def computed(dtype, logits):
    o = [rounded(dtype, mpmath.mpf(x)) for x in logits]
    losses = [float(loss(dtype, method, o)) for method in range(3)]
    return {
        "o": [float(x) for x in o],
        "losses": [x if mpmath.isfinite(x) else str(x) for x in losses],
    }


def rounded(dtype, x):
    digits, least, largest = DTYPES[dtype]
    if not mpmath.isfinite(x) or x == 0:
        return x
    exponent = max(int(mpmath.floor(mpmath.log(abs(x), 2))), least)
    unit = mpmath.ldexp(1, exponent - digits + 1)
    near = mpmath.nint(x / unit) * unit  # an even one between two
    return near if abs(near) <= mpmath.mpf(largest) else mpmath.sign(x) * mpmath.inf


def loss(dtype, method, o):
    def r(x):
        return rounded(dtype, x)

    top, at_target = max(o), o[example.target]
    e = [r(mpmath.exp(r(x - (top if method else 0)))) for x in o]
    total = e[0]
    for x in e[1:]:
        total = r(total + x)
    if total == 0 or total == mpmath.inf:
        return mpmath.nan
    if method == 2:
        return r(r(top - at_target) + r(mpmath.log(total)))
    p = r(e[example.target] / total)
    return -r(mpmath.log(p)) if p else mpmath.inf
