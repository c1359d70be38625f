"""The README's way without make, line by line, and then the library's tests.

So macOS and Windows are tried as their readers go.
"""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = [
    "pip install --requirement requirements-test.txt",
    "pytest tests/library tests/doctor --ignore=tests/library/peers",
]


def commands(readme: str) -> list[str]:
    """But what activates the environment, which is on the path, and what stays open."""
    block = re.search(r"^Without make.*?```sh\n(.*?)```", readme, re.M | re.S)[1]
    lines = [line.partition("  #")[0].strip() for line in block.splitlines()]
    return [x for x in lines if "activate" not in x and not x.startswith("jupyter lab")]


def main() -> None:
    programs = ROOT / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    os.environ["PATH"] = os.pathsep.join([str(programs), os.environ["PATH"]])
    place = ROOT
    for line in [
        *commands((ROOT / "README.md").read_text("utf8")),
        f"cd {ROOT}",
        *TESTS,
    ]:
        print(f"$ {line}", flush=True)
        if line.startswith("cd "):
            place /= line.removeprefix("cd ")
        else:
            subprocess.run(line, shell=True, cwd=place, check=True)


if __name__ == "__main__":
    main()
