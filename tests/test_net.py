"""The net holds: a wrong digit in a chapter, or in the library, turns its test red."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def copy(tmp_path):
    """A copy of the project that may be broken."""
    for part in ("xent_lib", "chapters", "tests"):
        shutil.copytree(
            ROOT / part,
            tmp_path / part,
            ignore=shutil.ignore_patterns("__pycache__", ".*"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def replace(path, old, new):
    text = path.read_text(encoding="utf8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf8")


def failures(copy, *arguments):
    """How many tests fail in the copy, with the copy's own library."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=no",
        *arguments,
    ]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    run = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True
    )
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    return run.stdout.count("FAILED ")


def chapter_failures(copy, stem):
    return failures(copy, "--nbval", "--nbval-current-env", f"chapters/{stem}.ipynb")


def test_an_unchanged_copy_passes(copy):
    assert chapter_failures(copy, "03-softmax") == 0


@pytest.mark.parametrize(
    ("stem", "right", "wrong"),
    [
        ("03-softmax", "mat  0.61", "mat  0.62"),
        ("04-token-loss", "0.49 nats", "0.48 nats"),
        ("index", "p(mat) = 0.61, loss = 0.49", "p(mat) = 0.61, loss = 0.48"),
    ],
)
def test_a_wrong_digit_in_an_output_is_caught(copy, stem, right, wrong):
    replace(copy / f"chapters/{stem}.ipynb", right, wrong)
    assert chapter_failures(copy, stem) == 1


def test_a_stale_figure_is_caught(copy):
    replace(copy / "chapters/03-softmax.ipynb", "0.613</text>", "0.614</text>")
    assert chapter_failures(copy, "03-softmax") == 1


def test_a_removed_output_is_caught(copy):
    path = copy / "chapters/04-token-loss.ipynb"
    text = path.read_text(encoding="utf8")
    start = text.rindex('"outputs": [', 0, text.index("0.49 nats"))
    end = text.index("\n   ],", start)
    path.write_text(text[:start] + '"outputs": [' + text[end:], encoding="utf8")
    assert chapter_failures(copy, "04-token-loss") == 1


def test_the_wrong_logarithm_in_the_library_is_caught(copy):
    replace(copy / "xent_lib/_cross_entropy.py", "np.log1p(", "np.log2(1 + ")
    assert failures(copy, "tests/test_example.py") > 0
    assert chapter_failures(copy, "04-token-loss") > 0
