"""The averages to fifty digits."""

import mpmath

from golden import floats

# token losses of sentences of unequal length, and of a padded place
CASES = {
    "the example": ([[0.5, 2.25, 1.0], [3.0], [0.1, 0.2, 0.3, 0.4]], 1.5),
    "one": ([[1e-9]], 0.0),
    "large": ([[1000.0, 1e-12], [2000.0]], 1000.0),
}


def golden():
    with mpmath.workdps(50):
        return {
            name: {"losses": losses, "pad": pad} | floats(averages(losses, pad))
            for name, (losses, pad) in CASES.items()
        }


def averages(losses, pad):
    sums = [mpmath.fsum(mpmath.mpf(x) for x in one) for one in losses]
    m = [len(one) for one in losses]
    places = len(m) * max(m)
    return {
        "sequence": mpmath.fsum(sums) / len(m),
        "token": mpmath.fsum(sums) / sum(m),
        "means": mpmath.fsum(s / n for s, n in zip(sums, m, strict=True)) / len(m),
        "padded": (mpmath.fsum(sums) + (places - sum(m)) * mpmath.mpf(pad)) / places,
    }
