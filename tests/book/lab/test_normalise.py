"""A notebook is stored the same, whatever JupyterLab wrote into it."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from xent_book.lab import normalise

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def as_jupyterlab_saves(path):
    """After Run All: with what it knows of this machine, open folds, and pieces."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec.display_name = "Python 3 (ipykernel)"
    notebook.metadata.language_info = {"name": "python", "version": "3.11.7"}
    for cell in notebook.cells:
        cell.metadata.pop("jupyter", None)
        cell.metadata |= {"editable": True, "scrolled": True}
        for output in cell.get("outputs", [])[:1]:
            if output.output_type == "stream":
                first, output.text = output.text[:4], output.text[4:]
                piece = nbformat.v4.new_output("stream", name=output.name, text=first)
                cell.outputs.insert(0, piece)
    return notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_jupyterlab_leaves_becomes_what_is_stored(path):
    notebook, _ = normalise.normalise(as_jupyterlab_saves(path), {})
    stored = path.read_text(encoding="utf8")
    assert nbformat.writes(notebook) + "\n" == stored


def test_make_execute_normalises(tmp_path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    recipe = re.search(r"^execute:.*\n((?:\t.*\n)+)", makefile, re.M)[1]
    options = shlex.split(recipe.replace("\\\n", ""))
    option = next(word for word in options if "Exporter.preprocessors" in word)
    path = tmp_path / NOTEBOOKS[0].name
    nbformat.write(as_jupyterlab_saves(NOTEBOOKS[0]), path)
    command = "-m", "nbconvert", "--log-level=ERROR", "--to=notebook", "--inplace"
    # As the recipe does, but without running a cell.
    subprocess.run([sys.executable, *command, option, path], check=True)
    assert path.read_bytes() == NOTEBOOKS[0].read_bytes()
