"""What a reader takes along: the library, and the chapters with the book's package.

Both wheels and a zip of the notebooks lie beside the pages. The foot of each chapter
says how to install them; book.js fills in the address that the page is served from.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
FOLDER = "download"
WHEEL = "from setuptools import build_meta; build_meta.build_wheel({!r})"
# What a wheel is made of; setuptools leaves its traces in a copy.
SOURCES = {
    "xent_lib": ["pyproject.toml", "README.md", "LICENSE", "xent_lib"],
    "xent_book": ["xent_book"],
}
NOT = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
README = """The chapters of "How surprised is the model?", as notebooks.

    pip install --find-links . xent_book jupyterlab
    jupyter lab index.ipynb

Python 3.11 or newer. Text and figures: CC BY 4.0. Code: BSD-3-Clause.
"""
SHELL = (
    '<div class="highlight-sh"><div class="highlight"><pre tabindex="0">{}</pre></div>'
    "</div>"
)
FOOT = f"""
<aside class="take" aria-label="Take it with you">
<p>The library, for code of your own:</p>
{SHELL.format('pip install <a href="{wheel}">{name}</a>')}
<p>The chapters, to run and change at home: download
<a href="{{chapters}}">chapters.zip</a>, unpack it, and in its folder run:</p>
{
    SHELL.format('''pip install --find-links . xent_book jupyterlab
jupyter lab index.ipynb''')
}
</aside>
"""


def wheel(name: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        for source in SOURCES[name]:
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            options = {"ignore": NOT} if copy is shutil.copytree else {}
            copy(ROOT / source, Path(place, source), **options)
        home = place if name == "xent_lib" else Path(place, name)
        command = [sys.executable, "-c", WHEEL.format(str(folder))]
        subprocess.run(command, cwd=home, check=True, capture_output=True)


def bring(app: Sphinx, exception: Exception | None) -> None:
    """Put the wheels, and a zip of them and the chapters, beside the pages."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER).resolve()
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier build
    folder.mkdir()
    for name in SOURCES:
        wheel(name, folder)
    kinds = ("*.ipynb", "*.md", "LICENSE")  # pages lead to glossary and bibliography
    chapters = [
        path for kind in kinds for path in Path(app.srcdir, "chapters").glob(kind)
    ]
    with zipfile.ZipFile(folder / "chapters.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", README)
        for path in sorted([*chapters, *folder.glob("*.whl")]):
            packed.write(path, path.name)


def tell(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Say at the foot of each page with cells how to take them along."""
    if not (doctree and 'class="cell' in context.get("body", "")):
        return
    name = f"xent_lib-{version()}-py3-none-any.whl"
    where = {
        "wheel": context["pathto"](f"{FOLDER}/{name}", 1),
        "chapters": context["pathto"](f"{FOLDER}/chapters.zip", 1),
    }
    context["body"] += FOOT.format(name=name, **where)


def version() -> str:
    """That of the library; the test holds the wheel's name to it."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf8").splitlines()
    return next(line for line in lines if line.startswith("version")).split('"')[1]


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", tell)
    app.connect("build-finished", bring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
