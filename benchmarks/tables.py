"""Puts the ratios of the results into the tables of README.md: `make bench` does.

A cell's case is named by the table's corner and the head of its column, its row by
the name before it.
"""

import json
import re
from pathlib import Path

HERE = Path(__file__).parent


def words(text):
    """A case's size and other words, in any order; 1,000 is 1000."""
    text = re.sub(r"(?<=\d),(?=\d)", "", text)
    return frozenset(re.findall(r"\d+ × \d+|[^\s,]+", text))


def stored():
    """The cases of both files of results."""
    files = (HERE / name for name in ("results.json", "models.json"))
    return [case for file in files for case in json.loads(file.read_text())["results"]]


def filled(text, results):
    """The text, with what `results` hold in each of its tables' cells."""
    cases = {
        words(case["case"]): {row["name"]: row["ratio"] for row in case["rows"]}
        for case in results
    }
    lines, head = [], []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells
        elif not cells[0].startswith("-"):
            name = cells[0].strip("*")
            found = [
                cases[words(f"{head[0]} {column}")].get(name) for column in head[1:]
            ]
            if not any(found):
                raise KeyError(f"no result is named {name}")
            line = f"| {' | '.join([cells[0], *map(written, found)])} |"
        lines.append(line)
    return "\n".join(lines) + "\n"


def written(ratio):
    """With as many digits as another run would confirm; empty if nothing was timed."""
    if ratio is None:
        return ""
    return "1" if ratio == 1 else f"{ratio:.2f}" if ratio < 1.995 else f"{ratio:.1f}"


def main():
    path = HERE / "README.md"
    text = filled(path.read_text(encoding="utf8"), stored())
    path.write_text(text, encoding="utf8")


if __name__ == "__main__":
    main()
