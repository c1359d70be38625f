"""The numeric tests and the chapters, as other x86 processors round.

    python tests/makers/processors.py

OpenBLAS multiplies matrices by the kernel of the processor that it is told
(`OPENBLAS_CORETYPE`), and NumPy computes exp and ln, and sorts, without the wide
registers that it is told to leave alone (`NPY_DISABLE_CPU_FEATURES`). A processor has
three levels of those: none, AVX2 (2013), and AVX-512 beside it (2017).
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

ROOT = Path(__file__).parents[2]
NBVAL = ["--dist=loadfile", "--nbval", "--nbval-current-env"]
NBVAL += ["--nbval-cell-timeout=120"]

# What computes numbers; and of it what multiplies matrices.
NUMERIC = [
    *("tests/library/test_*.py", "tests/library/fast", "tests/library/smollm"),
    *("tests/makers/fast", "tests/book/test_*.py", "tests/book/model", "chapters"),
]
PRODUCTS = [
    *("tests/library/test_linear.py", "tests/library/fast/test_log_sums.py"),
    *(f"tests/library/smollm/test_{x}*.py" for x in ("main", "cluster", "scoring")),
    *("tests/library/smollm/test_llama.py", "tests/book/model"),
    *("chapters/06-learning.ipynb", "chapters/08-real-model.ipynb"),
    *("chapters/inside-the-model.ipynb", "chapters/at-scale.ipynb"),
]
# What starts processes of its own, whose products are no others: one thread is enough.
PROGRAMS = [
    *(f"tests/library/smollm/test_{x}.py" for x in ("main_program", "cluster")),
    "chapters/at-scale.ipynb",
]

HAS = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
AVX_512 = [name for name in HAS if "512" in name or name == "X86_V4"]
# What NumPy leaves alone at each level, of what this machine has.
LEVELS = {"no wide registers": HAS, "AVX2": AVX_512, "AVX-512": []}
HERE = [
    "no wide registers",
    *(["AVX2"] if len(HAS) > len(AVX_512) else []),
    *(["AVX-512"] if AVX_512 else []),
]
# OpenBLAS's kernels of 2004, 2008 and 2013, NumPy's level, threads, and what is run.
RUNS = [
    ("Prescott", "no wide registers", 1, NUMERIC, []),
    ("Prescott", HERE[-1], 2, PRODUCTS, PROGRAMS),
    ("Nehalem", HERE[-1], 1, PRODUCTS, []),
    ("Nehalem", HERE[-1], 2, PRODUCTS, PROGRAMS),
    ("Haswell", "AVX2", 1, NUMERIC, []),
    ("Haswell", HERE[-1], 2, PRODUCTS, PROGRAMS),
]


def files(patterns: list[str]) -> list[str]:
    found = {x: sorted(map(str, ROOT.glob(x))) for x in patterns}
    if none := [x for x, paths in found.items() if not paths]:
        raise FileNotFoundError(f"no file is named {', '.join(none)}")
    return [path for paths in found.values() for path in paths]


def run(kernel: str, level: str, threads: int, which: list[str], but: list[str]) -> int:
    """The exit code of the tests, as that processor runs them."""
    as_if = {
        "OPENBLAS_CORETYPE": kernel,
        "OPENBLAS_NUM_THREADS": str(threads),
        "NPY_DISABLE_CPU_FEATURES": " ".join(LEVELS[level]),
    }
    command = [sys.executable, "-m", "pytest", "--quiet", f"-n{2 // threads}", *NBVAL]
    left_out = [f"--deselect={Path(x).relative_to(ROOT)}" for x in files(but)]
    print(f"{kernel}, NumPy with {level}, threads: {threads} …", flush=True)
    return subprocess.call(
        [*command, *files(which), *left_out], cwd=ROOT, env=os.environ | as_if
    )


def main() -> int:
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        print("Skipped: OpenBLAS has these kernels for x86 processors")
        return 0
    print(f"NumPy {np.__version__} here can run with {', '.join(HERE)}", flush=True)
    for name in LEVELS.keys() - {*HERE}:
        print(f"Not run, since this processor does not have it: {name}", flush=True)
    runs = (one for one in RUNS if one[1] in HERE)
    return next(filter(None, (run(*one) for one in runs)), 0)


if __name__ == "__main__":
    sys.exit(main())
