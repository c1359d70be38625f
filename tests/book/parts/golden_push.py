"""Steps against the gradient of the loss, to fifty digits."""

import mpmath

# logits, the word that came, step size, steps
CASES = {
    "the example": ([3.2, 1.0, -0.5, 2.5], 0, 3, 3),
    "small steps": ([3.2, 1.0, -0.5, 2.5], 0, 1, 10),
    "a large one": ([3.2, 1.0, -0.5, 2.5], 0, 5, 1),
    "another word": ([3.2, 1.0, -0.5, 2.5], 2, 3, 2),
    "very wrong": ([-4.0, 1.0, -0.5, 2.5], 0, 3, 10),
    "sure and right": ([30.0, 1.0, -0.5, 2.5], 0, 5, 2),
    "sure and wrong": ([1000.0, -1000.0, 0.0, 1.0], 1, 1, 2),
}


def golden():
    with mpmath.workdps(950):  # p may be e to the -2000
        return {name: case(*inputs) for name, inputs in CASES.items()}


def case(logits, target, size, steps):
    o, found = [mpmath.mpf(x) for x in logits], []
    for _ in range(steps):
        e = [mpmath.exp(x) for x in o]
        push = [(i == target) - x / mpmath.fsum(e) for i, x in enumerate(e)]
        o = [x + size * way for x, way in zip(o, push, strict=True)]
        found.append({"push": [float(x) for x in push], "to": [float(x) for x in o]})
    return {"logits": logits, "target": target, "size": size, "steps": found}
