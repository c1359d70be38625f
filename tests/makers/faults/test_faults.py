"""A wrong digit in a chapter, or a known bug in the library, fails a test.

Each test breaks a copy of the project and sees the book's own tests turn red. They
take minutes, and have a command of their own: `make test-faults`.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TABLE = Path(__file__).with_name("faults.toml")
FAULTS = tomllib.loads(TABLE.read_text(encoding="utf8"))


@pytest.fixture
def copy(tmp_path):
    """A copy of the project that may be broken."""
    for part in ("xent_lib", "xent_doctor", "xent_book", "chapters", "tests"):
        ignore = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def replace(path, old, new):
    text = path.read_text(encoding="utf8")
    assert old in text, f"{path.name} no longer holds {old!r}"
    path.write_text(text.replace(old, new), encoding="utf8")


def failures(copy, *arguments):
    """How many tests fail in the copy, with the copy's own library."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = {"PYTHONPATH": str(copy), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run(
        [*command, "--tb=no", *arguments],
        cwd=copy,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    return run.stdout.count("FAILED ")


NBVAL = ["-p", "nbval.plugin", "--nbval", "--nbval-current-env"]


def chapter_failures(copy, stem):
    return failures(copy, *NBVAL, f"chapters/{stem}.ipynb")


def test_an_unchanged_copy_passes(copy):
    assert failures(copy, "tests/library/test_formulas.py") == 0
    assert chapter_failures(copy, "03-softmax") == 0


@pytest.mark.parametrize(
    ("stem", "right", "wrong"),
    [
        ("03-softmax", "rug 12.18, of", "rug 12.19, of"),
        ("04-token-loss", "− 3.2 = 0.4899", "− 3.2 = 0.4898"),
        ("04-token-loss", "p(mat) = 0.6127", "p(mat) = 0.6128"),
    ],
)
def test_a_wrong_digit_in_an_output_is_caught(copy, stem, right, wrong):
    replace(copy / f"chapters/{stem}.ipynb", right, wrong)
    assert chapter_failures(copy, stem) == 1


def test_a_stale_figure_is_caught(copy):
    replace(copy / "chapters/02-logits.ipynb", ">2.5</text>", ">2.6</text>")
    assert chapter_failures(copy, "02-logits") == 1


def test_a_removed_output_is_caught(copy):
    path = copy / "chapters/04-token-loss.ipynb"
    text = path.read_text(encoding="utf8")
    start = text.rindex('"outputs": [', 0, text.index("− 3.2 = 0.4899"))
    end = text.index("\n   ],", start)
    text = text[:start] + '"outputs": [' + text[end:]
    path.write_text(text, encoding="utf8")
    assert chapter_failures(copy, "04-token-loss") == 1


@pytest.mark.parametrize("name", FAULTS)
def test_a_known_bug_turns_its_unit_test_red(copy, name):
    fault = FAULTS[name]
    replace(copy / "xent_lib" / fault["file"], fault["old"], fault["new"])
    assert failures(copy, "-x", f"tests/{fault['test']}") == 1


@pytest.mark.parametrize(
    ("name", "stem"),
    [(name, stem) for name in FAULTS for stem in FAULTS[name]["chapters"]],
)
def test_a_known_bug_turns_the_chapters_that_teach_its_number_red(copy, name, stem):
    fault = FAULTS[name]
    replace(copy / "xent_lib" / fault["file"], fault["old"], fault["new"])
    assert chapter_failures(copy, stem) > 0


@pytest.mark.parametrize("name", FAULTS)
def test_a_bug_that_no_chapter_teaches_says_why(name):
    assert bool(FAULTS[name]["chapters"]) != bool(FAULTS[name].get("why"))
