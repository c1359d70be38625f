"""Which checks a change needs: `changed.py BASE` prints library= and pages=.

Without a base, as after a push to main, all.
"""

import subprocess
import sys

# What only the tests of the pages read, and what no page shows.
PAGES = "tests/pages/", "xent_book/site/", "xent_book/lab/", "xent_book/run/"
LIBRARY = "tests/doctor/", "tests/library/", "tests/makers/peers/", "benchmarks/"


def parts(paths: list[str]) -> dict[str, bool]:
    return {
        "library": any(not path.startswith(PAGES) for path in paths),
        "pages": any(not path.startswith(LIBRARY) for path in paths),
    }


def main() -> None:
    needed = {"library": True, "pages": True}
    if base := "".join(sys.argv[1:]):
        command = ["git", "diff", "--name-only", f"{base}...HEAD"]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        needed = parts(ran.stdout.splitlines())
    for name, runs in needed.items():
        print(f"{name}={str(runs).lower()}")


if __name__ == "__main__":
    main()
