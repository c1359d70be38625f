"""What a translation keeps of its chapter, and which of its cells are behind.

    .venv/bin/python tests/chapters/translations.py 02-logits de

begins the translation `chapters/02-logits.de.ipynb`, or brings it the cells that are
new in its chapter, and lists those to translate. With the ids of cells (or `all`) it
notes that these say what the chapter's say now: each then has, as `translates` in its
metadata, a digest of the cell that it was translated from.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from xent_book.site.translations import ENGLISH, WORDS, split

CHAPTERS = Path(__file__).parents[2] / "chapters"


def read(name: str) -> NotebookNode:
    return nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4)


def translated() -> list[str]:
    """The names of all translations."""
    names = (path.stem for path in sorted(CHAPTERS.glob("*.ipynb")))
    return [name for name in names if split(name)[1] != ENGLISH]


def pairs(name: str) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    """The cells of a chapter, each with its translation: they have the same id."""
    own = {cell.id: cell for cell in read(name).cells}
    for cell in read(split(name)[0]).cells:
        if cell.id in own:
            yield cell, own[cell.id]


def digest(cell: NotebookNode) -> str:
    """What a cell of a chapter says, in short."""
    said = json.dumps([cell.source, cell.metadata], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def behind(name: str) -> list[str]:
    """The cells whose translation is of another text than the chapter's."""
    return [
        f"{cell.id}: {cell.source.splitlines()[0]}"
        for cell, own in pairs(name)
        if own.metadata.get("translates") != digest(cell)
    ]


def follow(name: str) -> None:
    """Give a translation the cells of its chapter: its own, and those still missing."""
    notebook, there = read(split(name)[0]), (CHAPTERS / f"{name}.ipynb").exists()
    own = {cell.id: cell for cell in read(name).cells} if there else {}
    for cell in notebook.cells:
        cell.metadata["translates"] = ""
    notebook.cells = [own.get(cell.id, cell) for cell in notebook.cells]
    notebook.metadata = read(name).metadata if there else notebook.metadata
    nbformat.write(notebook, CHAPTERS / f"{name}.ipynb")


def note(name: str, ids: set[str]) -> None:
    """Write down that these cells say what the chapter's say now."""
    notebook, now = read(name), {cell.id: digest(cell) for cell, _ in pairs(name)}
    if unknown := ids - now.keys() - {"all"}:
        raise SystemExit(f"{name} has no cell {', '.join(sorted(unknown))}")
    for cell in notebook.cells:
        if {cell.id, "all"} & ids:
            cell.metadata["translates"] = now[cell.id]
    nbformat.write(notebook, CHAPTERS / f"{name}.ipynb")


def main(chapter: str, language: str, *ids: str) -> None:
    if language not in WORDS or not (CHAPTERS / f"{chapter}.ipynb").exists():
        known = ", ".join(WORDS)
        raise SystemExit(f"no chapter {chapter}, or a language other than {known}")
    follow(name := f"{chapter}.{language}")
    note(name, {*ids})
    print("\n".join(behind(name)) or f"{name} says what {chapter} says.")


if __name__ == "__main__":
    main(*sys.argv[1:])
