"""The live parts' numbers with fifty digits, the same on every machine.

    .venv/bin/python tests/book/parts/golden.py > tests/book/parts/golden.json

Python and the browser's language are both held to what it writes.
"""

import json
from pathlib import Path

import mpmath

from parts import config
from xent_book import example
from xent_book.parts import Finder, Ruler
from xent_lib.doctor import read_loss

STORED = Path(__file__).with_name("golden.json")

# logits, temperature, target, p to drag to, step size
EXPLORERS = {
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

# token losses of sentences of unequal length, and of a padded place
AVERAGES = {
    "the example": ([[0.5, 2.25, 1.0], [3.0], [0.1, 0.2, 0.3, 0.4]], 1.5),
    "one": ([[1e-9]], 0.0),
    "large": ([[1000.0, 1e-12], [2000.0]], 1000.0),
}

# the word that came, the step size, and how many steps the arrows of the example take
ARROWS = {"the example": (0, 0.1, 10), "another word": (2, 1.0, 3)}

# The dtypes' binary digits, least exponents and largest numbers, and what is added.
DTYPES = {
    "float16": (11, -14, "65504"),
    "bfloat16": (8, -126, "3.3895313892515355e38"),
    "float32": (24, -126, "3.4028234663852886e38"),
    "float64": (53, -1022, "1.7976931348623157e308"),
}
ADDED = [0, 8, 9, 100, -100, 1000, -1000, 0.3]

# loss, vocabulary, bytes a token: what is said of them, too
READINGS = [
    (3.02, None, None),
    (3.02, 50257, None),
    (3.02, 50257, 4.4),
    (10.9, 50257, 4.4),
    (10.0, 50257, None),
    (9.83, 50257, 4.4),
    (9.7, 50257, 4.4),
    (15.617, 50257, None),
    (20.49, 50257, 4.4),
    (20.49, None, None),
    (24737.0, 50257, None),
    (1250000.0, None, None),
    (0.489875, 4, None),
    (1.052, 4, 0.1),
    (0.7437, 4, None),
    (0.9, 2, None),
    (1.1, 2, None),
    (2.4849, 12, None),
    (2.125, 65, 1.0),
    (0.011, 50257, 4.4),
    (0.15, None, None),
    (0.2, None, None),
    (8.5, 50257, 1.2),
    (1.0, 10**9, 1000.0),
    (13.9, None, None),
    (14.3, None, 4.0),
    (700.5, 50257, None),
    (1e-5, None, 4.4),
    (1e-6, 4, None),
    (1e-7, 4, None),
    (0.0, None, None),
    (-1e-7, 4, None),
    (-1e-6, None, None),
    (-3.02, 50257, 4.4),
    ("NaN", 50257, 4.4),
    ("Infinity", 50257, 4.4),
    ("-Infinity", None, None),
]


# what is typed for the near row and the far one
FOUND = [
    ("0.49", ""),
    ("0.4899", ""),
    ("0.4899", "999.3"),
    ("0.48987496", "999.2998"),
    ("0,4899", "∞"),
    ("", "20.72"),
    ("1.052", ""),
    ("1.0518", ""),
    ("−0.6127", ""),
    ("4.9e-1", "inf"),
    ("1", ""),
    ("1.632", "Infinity"),
    ("nan", ""),
    ("NaN", "NaN"),
    ("-∞", ""),
    ("7.5", ""),
    ("", ""),
]


# which of three machines has each word
OWNERS = [(0, 0, 1, 1), (0, 1, 2, 2), (0, 0, 0, 0), (2, 1, 1, 0), (1, 2, 2, 1)]


def golden_shards(owners):
    """What each machine sends, null without words, and what is joined of it."""
    o = [mpmath.mpf(x) for x in example.logits.tolist()]

    def pair(logits):
        top = max(logits)
        return [float(top), float(mpmath.fsum(mpmath.exp(x - top) for x in logits))]

    machines = [[x for x, k in zip(o, owners, strict=True) if k == i] for i in range(3)]
    pairs = [pair(machine) if machine else None for machine in machines]
    return {"owners": owners, "pairs": pairs, "joined": pair(o)}


def golden_explorer(logits, T, target, drag, size):
    o, t = [mpmath.mpf(x) for x in logits], mpmath.mpf(T)
    e = [mpmath.exp(x / t) for x in o]
    p = [x / mpmath.fsum(e) for x in e]
    loss = -mpmath.log(p[target])
    gradient = [(p[i] - (i == target)) / t for i in range(len(o))]
    numbers = {
        "p": p,
        "loss": loss,
        "bits": loss / mpmath.log(2),
        "gradient": gradient,
        "stepped": [x - size * g for x, g in zip(o, gradient, strict=True)],
    }
    if drag is not None:
        q, others = mpmath.mpf(drag), mpmath.fsum(e[:target] + e[target + 1 :])
        numbers["dragged"] = t * (mpmath.log(q / (1 - q)) + mpmath.log(others))
    return numbers


def golden_averages(losses, pad):
    sums = [mpmath.fsum(mpmath.mpf(x) for x in one) for one in losses]
    m = [len(one) for one in losses]
    places = len(m) * max(m)
    return {
        "sequence": mpmath.fsum(sums) / len(m),
        "token": mpmath.fsum(sums) / sum(m),
        "means": mpmath.fsum(s / n for s, n in zip(sums, m, strict=True)) / len(m),
        "padded": (mpmath.fsum(sums) + (places - sum(m)) * mpmath.mpf(pad)) / places,
    }


def golden_arrows(target, size, steps):
    h = mpmath.matrix(example.h)
    tokens = mpmath.matrix(example.tokens)
    losses = []
    for _ in range(steps + 1):
        e = [mpmath.exp(o) for o in tokens * h]
        g = mpmath.matrix([x / mpmath.fsum(e) - (i == target) for i, x in enumerate(e)])
        losses.append(-mpmath.log(1 + g[target]))
        h, tokens = h - size * tokens.T * g, tokens - size * g * h.T
    return {"losses": losses}


def golden_overflow(dtype, method, added):
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


def golden_reading(loss, vocabulary, length):
    """Each unit of a number that is a loss, with fifty digits; else no number."""
    if not float(loss) > -1e-6:
        return {}
    nats = max(mpmath.mpf(float(loss)), mpmath.mpf(0))
    numbers = {
        "nats": nats,
        "bits": nats / mpmath.log(2),
        "perplexity": mpmath.exp(nats) if nats < 709 else mpmath.inf,
        "p": mpmath.exp(-nats),
    }
    if vocabulary:
        numbers["share"] = nats / mpmath.log(vocabulary)
    if length:
        numbers["bits_per_byte"] = nats / mpmath.log(2) / mpmath.mpf(length)
    # JSON has no infinity.
    return {key: float(x) for key, x in numbers.items() if x != mpmath.inf}


def golden():
    explorers, averages, arrows = {}, {}, {}
    for name, case in EXPLORERS.items():
        inputs = dict(zip(("logits", "T", "target", "drag", "size"), case, strict=True))
        # The distance of p from 1 has fifty digits, however small it is.
        spread = (max(case[0]) - min(case[0])) / case[1]
        with mpmath.workdps(50 + int(spread)):
            explorers[name] = inputs | floats(golden_explorer(*case))
    for name, (losses, pad) in AVERAGES.items():
        with mpmath.workdps(50):
            numbers = floats(golden_averages(losses, pad))
        averages[name] = {"losses": losses, "pad": pad} | numbers
    for name, (target, size, steps) in ARROWS.items():
        with mpmath.workdps(50):
            numbers = floats(golden_arrows(target, mpmath.mpf(size), steps))
        arrows[name] = {"target": target, "size": size} | numbers
    overflow = {}
    for dtype in DTYPES:
        with mpmath.workdps(50):
            losses = [
                [float(golden_overflow(dtype, method, added)) for added in ADDED]
                for method in range(3)
            ]
        overflow[dtype] = [[None if x != x else x for x in row] for row in losses]
    readings = []
    for loss, vocabulary, length in READINGS:
        with mpmath.workdps(50):
            numbers = golden_reading(loss, vocabulary, length)
        found = read_loss(float(loss), vocabulary, length)
        readings.append(
            {
                "given": [loss, vocabulary, length],
                "numbers": numbers,
                "shown": list(found.shown().values()),
                "words": found.words,
            }
        )
    found = {
        "entries": config(Finder())["entries"],
        "cases": [
            {"given": given, "found": [one.what for one in Finder(*given).found]}
            for given in FOUND
        ],
    }
    with mpmath.workdps(50):
        shards = [golden_shards(owners) for owners in OWNERS]
    parts = {
        "found": found,
        "shards": shards,
        "explorers": explorers,
        "averages": averages,
        "arrows": arrows,
        "added": ADDED,
        "overflow": overflow,
        "cases": config(Ruler())["cases"],
        "readings": readings,
    }
    return json.dumps(parts, indent=1, ensure_ascii=False) + "\n"


def floats(numbers):
    return {
        key: [float(x) for x in value] if isinstance(value, list) else float(value)
        for key, value in numbers.items()
    }


def stored(kind, name):
    return json.loads(STORED.read_text(encoding="utf8"))[kind][name]


if __name__ == "__main__":
    print(golden(), end="")
