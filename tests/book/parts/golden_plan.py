"""What the plan finds, of the doctor's faults."""

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
    return {"entries": entries, "cases": cases}
