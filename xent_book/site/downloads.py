"""Downloads: the library, the doctor, the book's package, and the chapters.

The wheels and a zip of the notebooks are published next to the pages. The foot of
each chapter says how to install them; book.js fills in the page's own address. The
commands name files, since a package name alone would also be looked up in a registry.
"""

import calendar
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import yaml
from sphinx.application import Sphinx

from xent_book.site import render

ROOT = Path(__file__).parents[2]
FOLDER = "download"
BOOK, KINDS = "how-surprised-is-the-model", ("epub", "pdf")
WHEEL = "from setuptools import build_meta; build_meta.build_wheel({!r})"
SOURCES = {"xent_lib": ROOT, **{x: ROOT / x for x in ("xent_doctor", "xent_book")}}
# Where setuptools may leave its files, which would else lie in the sources.
ASIDE = "[build]\nbuild_base = {0}\n[egg_info]\negg_base = {0}\n"
# The date of all packed files, so that builds of the same files give the same bytes.
DATE = (1980, 1, 1, 0, 0, 0)


def wheel(name: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        settings = Path(place, "setup.cfg")
        settings.write_text(ASIDE.format(place), encoding="utf8")
        command = [sys.executable, "-c", WHEEL.format(str(folder))]
        told = os.environ | {"SOURCE_DATE_EPOCH": str(calendar.timegm(DATE))}
        told["DIST_EXTRA_CONFIG"] = str(settings)
        options = {"cwd": SOURCES[name], "capture_output": True, "env": told}
        subprocess.run(command, check=True, **options)


def bring(app: Sphinx, exception: Exception | None) -> None:
    """Put the wheels, and a zip of them and the chapters, next to the pages."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER).resolve()
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier build
    folder.mkdir()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: wheel(name, folder), SOURCES))
    names = [f"./{file(name)}" for name in SOURCES]
    kinds = ("*.ipynb", "*.md", "LICENSE")  # pages link to glossary and bibliography
    chapters = [
        path for kind in kinds for path in Path(app.srcdir, "chapters").glob(kind)
    ]
    with zipfile.ZipFile(folder / "chapters.zip", "w") as packed:

        def put(name: str, content: str | bytes) -> None:
            info = zipfile.ZipInfo(name, DATE)
            packed.writestr(info, content, zipfile.ZIP_DEFLATED)

        put("README.txt", render("readme.txt"))
        put("requirements.txt", "\n".join([*names, "jupyterlab", ""]))
        for path in sorted([*chapters, *folder.glob("*.whl")]):
            put(path.name, path.read_bytes())


def tell(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Add to the foot of each page with cells how to download them."""
    if not (doctree and 'class="cell' in context.get("body", "")):
        return
    address, home = context["pathto"], app.config.html_baseurl

    def link(name: str) -> tuple[str, str]:
        place = f"{FOLDER}/{file(name)}"
        return address(place, 1), home + place if home else file(name)

    context["body"] += render(
        "take.html",
        library=link("xent_lib"),
        doctor=link("xent_doctor"),
        chapters=address(f"{FOLDER}/chapters.zip", 1),
        notebook=address(f"_sources/{context['sourcename']}", 1),
        # Made of these pages by `make files`, which the publishing workflow runs.
        files=home and [(address(f"{FOLDER}/{BOOK}.{x}", 1), x.upper()) for x in KINDS],
        cite=pagename == app.config.root_doc and cite(home),
    )


def citation() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))


def authors() -> str:
    return " and ".join(one["name"] for one in citation()["authors"])


def credit(title: str) -> str:
    """Whom a piece that travels alone names: the book and its authors."""
    return title if title in authors() else f"{title}, by {authors()}"


def cite(home: str | None) -> str:
    """The book's BibTeX entry, with its address if the build knows it."""
    return render("cite.bib", about=citation(), home=home)


def file(name: str) -> str:
    """The wheel of a package; the tests hold what is built to it."""
    settings = (SOURCES[name] / "pyproject.toml").read_text(encoding="utf8")
    return f"{name}-{tomllib.loads(settings)['project']['version']}-py3-none-any.whl"


def bring_library(app: Sphinx, exception: Exception | None) -> None:
    """Let a downloaded notebook install what it imports, if the address is known."""
    home = app.config.html_baseurl
    if exception or app.builder.format != "html" or not home:
        return
    files = " ".join(f"{home}{FOLDER}/{file(name)}" for name in SOURCES)
    line = f"%pip install --quiet {files}"
    for path in Path(app.outdir, "_sources").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        kinds = [cell.cell_type for cell in notebook.cells]
        first = kinds.index("code")
        if notebook.cells[first].get("id") != "library":  # else from an earlier build
            told = {"tags": ["nbval-ignore-output"]}
            cell = nbformat.v4.new_code_cell(id="library", metadata=told)
            notebook.cells.insert(first, cell)
        notebook.cells[first].source = line
        nbformat.write(notebook, path)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", tell)
    app.connect("build-finished", bring)
    app.connect("build-finished", bring_library)
