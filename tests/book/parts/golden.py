"""Writes the numbers that each live part is held to beside it, in its golden.json.

    .venv/bin/python tests/book/parts/golden.py

What is computed has fifty digits before it becomes a double: the same on every machine;
words are Python's, which the script must find, too. `golden_NAME.py` has the cases.
"""

import json
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
PARTS = sorted(path.stem.partition("_")[2] for path in HERE.glob("golden_*.py"))


def file(part):
    return HERE.parents[2] / "xent_book/parts" / part / "golden.json"


def expected(part):
    """What its file holds, computed anew."""
    numbers = import_module(f"golden_{part}").golden()
    return json.dumps(numbers, indent=1, ensure_ascii=False) + "\n"


def stored(part):
    return json.loads(file(part).read_text(encoding="utf8"))


def floats(numbers):
    return {
        key: [float(x) for x in value] if isinstance(value, list) else float(value)
        for key, value in numbers.items()
    }


if __name__ == "__main__":
    for part in PARTS:
        file(part).write_text(expected(part), encoding="utf8")
