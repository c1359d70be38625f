"""Two models on one token, to fifty digits: KL both ways, the DPO loss, the ratios."""

import mpmath

BETA = 0.1
# the logits of the fixed model, and of the one in training
CASES = {
    "the example": ([3.2, 1.0, -0.5, 2.5], [2.0, 1.5, 1.0, 1.8]),
    "the same twice": ([3.2, 1.0, -0.5, 2.5], [3.2, 1.0, -0.5, 2.5]),
    "sat raised": ([3.2, 1.0, -0.5, 2.5], [3.2, 1.0, 3.5, 2.5]),
    "a temperature on one side": ([4.0, 1.0, -1.0, 3.0], [2.0, 0.5, -0.5, 1.5]),
    "far apart": ([6.0, -6.0, -6.0, -6.0], [-6.0, 6.0, -6.0, 6.0]),
    "very far apart": ([300.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 300.0]),
}


def golden():
    with mpmath.workdps(300):  # p may be e to the -300
        return {name: case(*models) for name, models in CASES.items()}


def case(fixed, training):
    a, b = (logs([mpmath.mpf(x) for x in model]) for model in (fixed, training))
    change = [y - x for x, y in zip(a, b, strict=True)]
    beta = mpmath.mpf(BETA)
    found = {
        "forward": mpmath.fsum(
            -mpmath.exp(x) * d for x, d in zip(a, change, strict=True)
        ),
        "reverse": mpmath.fsum(
            mpmath.exp(y) * d for y, d in zip(b, change, strict=True)
        ),
        "loss": mpmath.log1p(mpmath.exp(beta * (change[3] - change[0]))),
    }
    return {
        "fixed": fixed,
        "training": training,
        **{name: float(value) for name, value in found.items()},
        "ratios": [float(mpmath.exp(d)) for d in change],
    }


def logs(logits):
    total = mpmath.log(mpmath.fsum(mpmath.exp(x) for x in logits))
    return [x - total for x in logits]
