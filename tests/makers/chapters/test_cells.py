"""What readers do with cells: copy those that show; change the example, and run all."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from xent_book.check import BROKEN

CHAPTERS = Path(__file__).parents[3] / "chapters"
# Of these no code shows: what they run stands behind a press.
NO_CODE = {"index", "07-is-my-loss-good", "the-loss-on-one-page"}
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
# Where a chapter takes the example, or writes it.
OURS, OTHERS = "[3.2, 1.0, -0.5, 2.5]", "[1.0, 3.0, 0.5, -2.0]"
CHANGE = f"""
import numpy as np

from xent_book import example

example.__getattr__ = lambda name: np.array({OTHERS})
"""


def cells(stem, folded=False):
    notebook = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4)
    return [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code"
        if folded or not FOLDED & set(cell.metadata.get("tags", []))
    ]


def printed(code):
    """What the code prints in an interpreter of its own."""
    environment = os.environ | {"MPLBACKEND": "Agg"}
    run = [sys.executable, "-c", "\n\n".join(code)]
    done = subprocess.run(run, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("stem", sorted(NO_CODE))
def test_these_show_no_code(stem):
    assert not cells(stem)


@pytest.mark.parametrize(
    "stem", sorted({path.stem for path in CHAPTERS.glob("*.ipynb")} - NO_CODE)
)
def test_the_code_that_shows_runs_when_copied(stem):
    code = cells(stem)
    assert code
    printed(code)


@pytest.mark.parametrize("stem", ["02-logits", "03-softmax", "04-token-loss"])
def test_with_a_changed_example_all_cells_run_and_checks_say_so(stem):
    code = [cell.replace(OURS, OTHERS) for cell in cells(stem, folded=True)]
    assert BROKEN in printed([CHANGE, *code])
