"""Make the cells of pages runnable: what of this folder a page gets, and when.

A page gets a small script; Python is loaded when a reader presses Run. The page's cells
and outputs are in a file whose name is a hash of its content, so that a page never
loads the cells of another version. The book's packages and data are next to Pyodide's
files, from wheels that `make book` has fetched. Without these, or with RUN=no, the book
has no Run buttons, and the build says so.
"""

import ast
import doctest
import gzip
import hashlib
import importlib
import inspect
import json
import os
import re
import shutil
import sys
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from xent_book.run import fetch
from xent_book.run.fetch import pack
from xent_book.site.live import light
from xent_book.site.translations import say

RUN = Path(__file__).parent
ROOT = RUN.parents[1]
WHEELS = Path(sys.prefix, "wheel")  # the Makefile fetches them
PYTHON = Path(sys.prefix, "run")  # built from them once
# Joined into one script, since each request costs its headers.
SCRIPTS = [RUN / name for name in ("editor.js", "ask.js", "run.js")]
PRESSED = [RUN / name for name in ("clean.js", "outputs.js", "pressed.js", "python.js")]
WORKER = [RUN / name for name in ("ask.js", "worker.js")]
# The book's files that cells import and read; large data is loaded when it is read.
KINDS = "*.py", "drawings/*.py", "parts/**/*.py", "data/**/*"
DOCTOR = [f"xent_doctor/{x}" for x in ("*.py", "recipes.toml", "faults/*.*")]
BOOK = ["xent_lib/**/*", *DOCTOR, *(f"xent_book/{kind}" for kind in KINDS)]
RECORDING = "xent_book/data/*.py"  # what made the data, which no cell runs
LARGE = 20_000  # bytes
SCRATCH = "chapters/scratch"
KEPT = "exercise", "lacks"  # of a cell's metadata
ASKS = "Your turn: end with {}, and run it."
ENTRY = r'<a class="headerlink" href="#(xent_(?:lib|doctor)[.\w]*)\.(\w+)"'

logger = logging.getLogger(__name__)


def begin(app: Sphinx) -> None:
    """Build Python for the pages from new wheels, while Sphinx reads the pages."""
    app.xent_making = None
    if app.builder.format == "html" and wanted() and [*WHEELS.glob("*.whl")]:
        pool = ThreadPoolExecutor(1)
        app.xent_making = pool.submit(fetch.main, WHEELS, PYTHON)
        pool.shutdown(wait=False)


def wanted() -> bool:
    return os.environ.get("RUN") != "no"


def made(app: Sphinx) -> bool:
    """Whether there is Python for the pages; its wheels are then no longer needed."""
    if app.xent_making:
        try:
            app.xent_making.result()
        except Exception as error:  # any kind: the book is built without Run
            logger.warning("run: no Python for the pages: %s", error, type="run")
            return False
        for wheel in WHEELS.glob("*.whl"):
            wheel.unlink()
    return wanted() and (PYTHON / "files.json").exists()


def files_of_the_book() -> dict[str, Path]:
    """The files that cells import and read, by their paths in site-packages."""
    every = {path for kind in BOOK for path in ROOT.glob(kind)}
    found = sorted(every - {*ROOT.glob(RECORDING)})
    # Skip files that were compiled for this machine.
    kept = [x for x in found if x.is_file() and x.parent.name != "__pycache__"]
    kept = [path for path in kept if path.suffix != ".md"]
    files = {path.relative_to(ROOT).as_posix(): path for path in kept}
    for path in RUN.glob("stand_ins/**/*.py"):
        files[path.relative_to(RUN / "stand_ins").as_posix()] = path
    return {**files, "kernel.py": RUN / "kernel.py"}


def waits(path: Path) -> bool:
    return path.suffix != ".py" and path.stat().st_size > LARGE


def pack_book() -> tuple[bytes, dict[str, Path]]:
    """The files loaded with Python, packed, and those loaded on demand."""
    files = files_of_the_book()
    later = {name: path for name, path in files.items() if waits(path)}
    first = {name: files[name].read_bytes() for name in files.keys() - later.keys()}
    return pack(first), later


def prepare(app: Sphinx, env: object) -> None:
    """Log what the pages can run, or that they can't."""
    app.xent_run = None
    if app.builder.format != "html":
        return
    if not made(app):
        logger.info("The pages run no cells: there is no Python for them in %s", PYTHON)
        return
    packed, later = pack_book()
    listing = json.loads((PYTHON / "files.json").read_text(encoding="utf8"))
    own = {path.name: path.read_bytes() for path in later.values()}
    own["book.tar.gz"] = packed
    files = {name: (PYTHON / name).read_bytes() for name in listing["sizes"]} | own
    about = {
        "platform": listing["platform"],
        "files": {name: known(data) for name, data in files.items()},
        "later": {name: path.name for name, path in later.items()},
    }
    pressed = press(about)
    app.xent_run = {"files": own, "version": integrity(pressed)}
    static = Path(app.outdir, "_static")  # before a page asks for its version
    static.mkdir(parents=True, exist_ok=True)
    (static / "pressed.js").write_text(pressed, encoding="utf8")
    (static / "run.js").write_text("".join(map(light, SCRIPTS)), encoding="utf8")


def known(data: bytes) -> dict:
    """The hash to check a file against, even if a host decompresses it on the way."""
    whole = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    sha256 = hashlib.sha256(whole).hexdigest()
    return {"size": len(data), "whole": len(whole), "sha256": sha256}


def press(about: dict) -> str:
    """The scripts that a press of Run loads; the worker's has the list of all files."""
    head = [f"const {name} = {json.dumps(value)};" for name, value in about.items()]
    worker = "".join([*head, *map(light, WORKER)])
    return f"const runWorker = {json.dumps(worker)};\n" + "".join(map(light, PRESSED))


def integrity(text: str) -> str:
    """The hash by which pages name and check a file."""
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


def digest(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(contents)).hexdigest()[:12]


def bound(source: str) -> set[str]:
    """The names that a cell defines for cells below."""
    names, own = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.comprehension):  # its names are local
            own |= {one.id for one in ast.walk(node.target) if hasattr(one, "id")}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names - own


def told(cell: nbformat.NotebookNode) -> dict:
    """What the page's script needs to know about a cell."""
    tags = cell.metadata.get("tags", ())
    about = {"source": cell.source, "outputs": cell.outputs}
    if "slow" in tags:  # cells that use none of its names don't wait for it
        about["gives"] = sorted(bound(cell.source))
    if "alone" in tags:
        about["alone"] = True
    kept = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
    return about | kept


def cells_of(app: Sphinx, docname: str) -> tuple[str, bytes] | None:
    """The file with a page's cells, and its name."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        return None
    cells = nbformat.read(path, as_version=4).cells
    text = json.dumps([told(x) for x in cells if x.cell_type == "code"]).encode()
    return f"{path.stem}.{digest(text)}.json", text


def number_cells(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    cells = (x for x in doctree.findall(nodes.container) if "cell" in x["classes"])
    for number, cell in enumerate(cells, 1):
        cell["ids"].append(f"cell-{number}")


def printing(one: doctest.Example) -> str:
    """A line of an example, in print() if it shows a value: a cell shows its last."""
    shows = one.want and not one.source.startswith(("print", "for"))
    return f"print({one.source.rstrip()})\n" if shows else one.source


def example(module: str, name: str) -> str | None:
    """The example of a function's docstring, as a self-contained cell."""
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None  # a method: its class has one
    text = inspect.getdoc(found) or ""
    code = "".join(map(printing, doctest.DocTestParser().get_examples(text))).rstrip()
    heads = ["import numpy as np\n"] if "np." in code and "as np" not in code else []
    if re.search(rf"(?<![.\w]){name}\(", code):
        heads.append(f"from {module} import {name}\n")
    return "\n".join([*heads, code]) if code else None


def let_try(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Link a function's entry to the page where its example runs."""

    def link(entry: re.Match[str]) -> str:
        if not (code := example(*entry.groups())):
            return entry[0]
        href = context["pathto"](SCRATCH) + f"#code={quote(code)}"
        about = f'class="run-try" aria-label="try it: {entry[2]}"'
        return f'<a {about} href="{href}">try it</a>{entry[0]}'

    if app.xent_run and "body" in context:
        context["body"] = re.sub(ENTRY, link, context["body"])


def load_run(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if not (app.xent_run and 'id="cell-1"' in context.get("body", "")):
        return
    name, cells = cells_of(app, pagename)
    stored = json.loads(cells)
    asks = {
        number: say(pagename, ASKS).format(cell["exercise"]["asks"])
        for number, cell in enumerate(stored, 1)
        if "exercise" in cell
    }
    about = {"data-cells": name, "data-python": app.xent_run["version"]}
    about["data-asks"] = json.dumps(asks, ensure_ascii=False)
    if lacks := {n: x["lacks"] for n, x in enumerate(stored, 1) if "lacks" in x}:
        about["data-lacks"] = json.dumps(lacks)
    app.add_js_file("run.js", priority=900, loading_method="defer", **about)


def bring(app: Sphinx, exception: Exception | None) -> None:
    """Put Python, the book's packages and the cells next to the pages."""
    if exception or app.builder.format != "html":
        return
    python, cells = (Path(app.outdir, "_static", name) for name in ("python", "cells"))
    for folder in (python, cells):  # of an earlier build
        shutil.rmtree(folder, ignore_errors=True)
    if not app.xent_run:
        return
    shutil.copytree(PYTHON, python, ignore=lambda *_: ["files.json", "ready"])
    for name, content in app.xent_run["files"].items():
        (python / name).write_bytes(content)
    cells.mkdir()
    for name, content in filter(None, (cells_of(app, x) for x in app.env.found_docs)):
        (cells / name).write_bytes(content)


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", begin)
    app.connect("env-updated", prepare)
    app.connect("doctree-resolved", number_cells, priority=300)
    app.connect("html-page-context", load_run, priority=550)  # after the parts
    app.connect("html-page-context", let_try)
    app.connect("build-finished", bring)
