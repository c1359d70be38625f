"""The explorer's numbers to fifty digits."""

import mpmath

from golden import floats

# logits, temperature, target, p to drag to
CASES = {
    "the example": ([3.2, 1.0, -0.5, 2.5], 1.0, 0, 0.9),
    "another target": ([3.2, 1.0, -0.5, 2.5], 1.0, 2, 0.5),
    "cold": ([3.2, 1.0, -0.5, 2.5], 0.5, 0, 0.25),
    "hot": ([3.2, 1.0, -0.5, 2.5], 10.0, 3, 0.001),
    "coldest, large": ([1000.0, 999.9, -1000.0], 0.1, 1, 0.999),
    "equal": ([0.0, 0.0, 0.0, 0.0], 1.0, 1, 0.25),
    "equal and large": ([1000.0, 1000.0, 1000.0], 2.0, 0, 0.6),
    "equal and small": ([-1000.0, -1000.0, -1000.0], 1.0, 0, 0.6),
    "certain and right": ([1000.0, -1000.0, 0.0], 1.0, 0, 0.5),
    "certain and wrong": ([1000.0, -1000.0, 0.0], 1.0, 1, 0.5),
    "all but certain": ([30.0, 0.0, -5.0], 1.0, 0, 0.999),
    "a p below every double": ([0.0, 745.0, -3.0], 1.0, 0, 0.001),
    "one token": ([7.0], 3.0, 0, None),
    "two tokens": ([0.5, -0.5], 1.0, 1, 0.731),
    "many": ([n % 17 - n / 8 for n in range(100)], 1.3, 42, 0.125),
}


def golden():
    found = {}
    for name, case in CASES.items():
        inputs = dict(zip(("logits", "T", "target", "drag"), case, strict=True))
        # The distance of p from 1 has fifty digits, however small it is.
        spread = (max(case[0]) - min(case[0])) / case[1]
        with mpmath.workdps(50 + int(spread)):
            found[name] = inputs | floats(numbers(*case))
    return found


def numbers(logits, T, target, drag):
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
    }
    if drag is not None:
        q, others = mpmath.mpf(drag), mpmath.fsum(e[:target] + e[target + 1 :])
        found["dragged"] = t * (mpmath.log(q / (1 - q)) + mpmath.log(others))
    return found
