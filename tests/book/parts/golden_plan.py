"""What the plan finds, of the doctor's faults, and where it puts them."""

import math

import mpmath

from parts import config
from xent_book.parts import Plan

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


def golden():
    entries = config(Plan())["entries"]
    cases = [
        {"given": given, "found": [one.what for one in Plan(*given).found]}
        for given in FOUND
    ]
    places = {}
    for column, row in ((3, "near"), (4, "far")):
        right, *numbers = (float(one[column]) for one in entries)
        shown = sorted({x for x in numbers if 0 < x < math.inf})
        places[row] = [[x, place(x, right)] for x in shown]
    return {"entries": entries, "cases": cases, "places": places}


def place(x, right):
    """As far from the door as its factor says, with more room near it: 50 digits."""
    with mpmath.workdps(50):
        factor = mpmath.mpf(x) / mpmath.mpf(right)
        return float(mpmath.asinh(mpmath.log(factor) / mpmath.mpf("0.4")))
