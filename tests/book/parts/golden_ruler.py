"""What the ruler says of a loss: numbers with fifty digits, and read_loss's words."""

import mpmath

from parts import config
from xent_book.parts import Ruler
from xent_lib import read_loss

# loss, vocabulary, bytes per token: what is said of them, too
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


def golden():
    readings = []
    for loss, vocabulary, length in READINGS:
        with mpmath.workdps(50):
            found = numbers(loss, vocabulary, length)
        said = read_loss(float(loss), vocabulary, length)
        shown = list(said.shown().values())
        given = {"given": [loss, vocabulary, length], "numbers": found}
        readings.append(given | {"shown": shown, "words": said.words})
    return {"cases": config(Ruler())["cases"], "readings": readings}


def numbers(loss, vocabulary, length):
    """Each unit of a number that is a loss, with fifty digits; else no number."""
    if not float(loss) > -1e-6:
        return {}
    nats = max(mpmath.mpf(float(loss)), mpmath.mpf(0))
    found = {
        "nats": nats,
        "bits": nats / mpmath.log(2),
        "perplexity": mpmath.exp(nats) if nats < 709 else mpmath.inf,
        "p": mpmath.exp(-nats),
    }
    if vocabulary:
        found["share"] = nats / mpmath.log(vocabulary)
    if length:
        found["bits_per_byte"] = nats / mpmath.log(2) / mpmath.mpf(length)
    # JSON has no infinity.
    return {key: float(x) for key, x in found.items() if x != mpmath.inf}
