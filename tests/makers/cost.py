"""What each part of `make test` costs, in seconds of the processor.

    python tests/makers/cost.py

Seconds differ from machine to machine and with what else one does, so a yardstick is
taken before and after each part: how long Python takes to count to 20 million.
"""

import resource
import subprocess
import sys

DOCTOR = "tests/doctor"
PARTS = {
    "lint": "make lint",
    "unit: the doctor's tests": f"make unit UNIT={DOCTOR}",
    "unit: all others": f"PYTEST_ADDOPTS=--deselect={DOCTOR} make unit",
    "chapters": "make chapters",
    "strict, which builds the book": "make strict --what-if=_config.yml",
    "browser": "make browser",
}
YARDSTICK = "s = 0\nfor i in range(20_000_000): s += i"


def seconds(command: str | list[str]) -> float:
    """Those of the processor, of the command and all that it waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    shell = isinstance(command, str)
    subprocess.run(command, shell=shell, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(after[:2]) - sum(before[:2])  # user's and system's


def main() -> None:
    yards = [seconds([sys.executable, "-c", YARDSTICK])]
    costs = []
    for name, command in PARTS.items():
        costs.append(seconds(command))
        yards.append(seconds([sys.executable, "-c", YARDSTICK]))
        print(f"{costs[-1]:6.0f}  {name}", flush=True)
    print(f"{sum(costs):6.0f}  make test, where the yardstick takes", end=" ")
    print(f"{min(yards):.1f} to {max(yards):.1f}")


if __name__ == "__main__":
    main()
