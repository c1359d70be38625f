"""What `make execute` keeps of a notebook, however it was saved last.

JupyterLab adds what it knows of the machine, and leaves open what a reader opened;
a busy kernel prints in pieces.
"""

from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# What a reader takes away, how long it takes, and where it stands on the way.
CHAPTER = ("ideas", "minutes", "stations")
KEPT = ("tags", "mystnb", "exercise", "proves")  # the last two are for the page
# JupyterLab folds what these tags fold or leave out on the page.
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
