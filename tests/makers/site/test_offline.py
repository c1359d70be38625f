"""The list of files that a browser caches: pages, what they load, and their cells."""

import json
import re

import pytest

from xent_book.run import pages as run

SHEET = "@font-face { src: url(a.woff2) } b { background: url(data:x) }"
PAGE = """A book
======

.. raw:: html

   <link href="_static/own.css?v=1"><a href="https://example.org/a.html">a</a>
   <a href="_static/large.zip">b</a>
"""


@pytest.fixture
def built(build, tmp_path, monkeypatch):
    """A book with Python, or rather something in its place."""
    python, static = tmp_path / "fetched", tmp_path / "given"
    for folder in (python, static):
        folder.mkdir()
    (python / "files.json").write_text('{"sizes": {}, "platform": {}}')
    (python / "pyodide.mjs").touch()
    (static / "own.css").write_text(SHEET)
    for name in ("a.woff2", "large.zip"):
        (static / name).touch()
    monkeypatch.setattr(run, "PYTHON", python)
    monkeypatch.delenv("RUN", raising=False)

    def build_with(text=PAGE):
        options = {"html_static_path": [str(static)]}
        return build(text, "run.pages", "run.offline", **options)

    return build_with


def told(built):
    """The files that are kept, and the version of the book."""
    text = (built.out / "offline.js").read_text(encoding="utf8")
    files, version = re.match('const files = (.*), version = "(.*)";\n', text).groups()
    return set(json.loads(files)), version


def test_all_that_pages_load_is_named(built):
    files, _ = told(built())
    own = {"_static/own.css", "_static/a.woff2"}  # the first page's, and the sheet's
    pressed = {"_static/pressed.js", "_static/python/pyodide.mjs"}
    assert {"index.html", "search.html", "searchindex.js", *own, *pressed} <= files
    assert "_static/large.zip" not in files


def test_slides_open_without_a_network(built, tmp_path):
    slides = tmp_path / "html/teaching/slides.html"
    slides.parent.mkdir(parents=True)
    slides.write_text('<script src="../_static/own.css"></script>')
    assert "teaching/slides.html" in told(built())[0]


def test_another_book_has_another_version(built):
    assert told(built())[1] == told(built())[1]
    assert told(built())[1] != told(built(f"{PAGE}\nMore.\n"))[1]


def test_a_book_that_runs_no_cells_keeps_nothing(built, monkeypatch):
    built()
    monkeypatch.setenv("RUN", "no")
    assert not (built().out / "offline.js").exists()
