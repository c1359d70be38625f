"""The explorer's numbers with fifty digits."""

import mpmath

from golden import floats

# logits, temperature, target, p to drag to, step size
CASES = {
    "the example": ([3.2, 1.0, -0.5, 2.5], 1.0, 0, 0.9, 1.0),
    "another target": ([3.2, 1.0, -0.5, 2.5], 1.0, 2, 0.5, 1.0),
    "cold": ([3.2, 1.0, -0.5, 2.5], 0.5, 0, 0.25, 0.1),
    "hot": ([3.2, 1.0, -0.5, 2.5], 10.0, 3, 0.001, 100.0),
    "coldest, large": ([1000.0, 999.9, -1000.0], 0.1, 1, 0.999, 1.0),
    "equal": ([0.0, 0.0, 0.0, 0.0], 1.0, 1, 0.25, 1.0),
    "equal and large": ([1000.0, 1000.0, 1000.0], 2.0, 0, 0.6, 1.0),
    "equal and small": ([-1000.0, -1000.0, -1000.0], 1.0, 0, 0.6, 1.0),
    "certain and right": ([1000.0, -1000.0, 0.0], 1.0, 0, 0.5, 1.0),
    "certain and wrong": ([1000.0, -1000.0, 0.0], 1.0, 1, 0.5, 1.0),
    "all but certain": ([30.0, 0.0, -5.0], 1.0, 0, 0.999, 1.0),
    "a p below every double": ([0.0, 745.0, -3.0], 1.0, 0, 0.001, 10.0),
    "one token": ([7.0], 3.0, 0, None, 1.0),
    "two tokens": ([0.5, -0.5], 1.0, 1, 0.731, 2.0),
    "many": ([n % 17 - n / 8 for n in range(100)], 1.3, 42, 0.125, 5.0),
}


def golden():
    found = {}
    for name, case in CASES.items():
        inputs = dict(zip(("logits", "T", "target", "drag", "size"), case, strict=True))
        # The distance of p from 1 has fifty digits, however small it is.
        spread = (max(case[0]) - min(case[0])) / case[1]
        with mpmath.workdps(50 + int(spread)):
            found[name] = inputs | floats(numbers(*case))
    return found


def numbers(logits, T, target, drag, size):
    o, t = [mpmath.mpf(x) for x in logits], mpmath.mpf(T)
    e = [mpmath.exp(x / t) for x in o]
    p = [x / mpmath.fsum(e) for x in e]
    loss = -mpmath.log(p[target])
    gradient = [(p[i] - (i == target)) / t for i in range(len(o))]
    found = {
        "p": p,
        "loss": loss,
        "bits": loss / mpmath.log(2),
        "gradient": gradient,
        "stepped": [x - size * g for x, g in zip(o, gradient, strict=True)],
    }
    if drag is not None:
        q, others = mpmath.mpf(drag), mpmath.fsum(e[:target] + e[target + 1 :])
        found["dragged"] = t * (mpmath.log(q / (1 - q)) + mpmath.log(others))
    return found
