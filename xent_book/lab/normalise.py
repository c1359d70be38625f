"""Normalise a notebook for `make execute`, however it was saved last.

JupyterLab adds metadata about the machine, and stores which folds a reader opened; a
busy kernel prints in pieces.
"""

from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# What readers learn, how long it takes, and which stations of the way it explains.
CHAPTER = ("ideas", "minutes", "stations")
# The last three are for the page, and for the tests of translations.
KEPT = ("tags", "mystnb", "exercise", "lacks", "proves", "translates")
# In JupyterLab, fold the cells that these tags fold or hide on the page.
FOLDS = {
    "hide-cell": {"outputs_hidden": True, "source_hidden": True},
    "hide-input": {"source_hidden": True},
    "remove-input": {"source_hidden": True},
}


def normalise(notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """A preprocessor of nbconvert."""
    told = {key: notebook.metadata[key] for key in CHAPTER if key in notebook.metadata}
    notebook.metadata = {**told, "kernelspec": KERNEL}
    for cell in notebook.cells:
        cell.metadata = {
            key: cell.metadata[key] for key in KEPT if key in cell.metadata
        }
        for tag in FOLDS.keys() & cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = FOLDS[tag]
    return CoalesceStreamsPreprocessor(enabled=True)(notebook, resources)
