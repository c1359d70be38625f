"""A page names the model it may load, if that is next to its scripts."""

import pytest

from xent_book import model
from xent_lib.smollm.weights import FILE, PARAMETERS, SHA256, SIZE

PART = '.. raw:: html\n\n   <xent-sentence config="{}"></xent-sentence>\n'
META = f'<meta name="xent-smollm" content="{FILE} {SIZE} {SHA256} {PARAMETERS}">'


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A stand-in for the 98 MB."""
    path = tmp_path / FILE
    path.write_bytes(b"GGUF")
    monkeypatch.setattr(model, "find", lambda: path)
    return path


def missing():
    raise FileNotFoundError


def built(build, text, **options):
    """A page of a theme that, as the book's does, shows the meta tags."""
    files = {"other.rst": ":orphan:\n\nNo part."}
    return build(text, "model", files=files, strict=True, **options)


def test_the_models_are_beside_the_scripts_and_the_page_knows(build, weights):
    book = built(build, PART)
    assert book.status == 0, book.warnings
    assert (book.out / "_static" / FILE).read_bytes() == b"GGUF"
    assert (book.out / "_static/tiny.gguf").read_bytes() == model.TINY.read_bytes()
    worker = (book.out / "_static/model/worker.js").read_text(encoding="utf8")
    assert "import{Scorer}" in worker
    assert "/*" not in worker, "it has comments"
    assert (book.out / "_static/model/kernel.wasm").exists()
    assert META in book.page
    assert "xent-smollm" not in (book.out / "other.html").read_text(encoding="utf8")


def test_what_is_done_to_a_book_is_not_done_to_the_models(build, weights):
    copy = built(build, PART).out / "_static" / FILE
    copy.write_bytes(b"")
    assert weights.read_bytes() == b"GGUF"


def test_a_book_that_is_built_anew_has_the_models_of_today(build, weights, monkeypatch):
    book = built(build, PART)
    weights.write_bytes(b"GGUF, newer")
    again = built(build, f"{PART}\nMore.", anew=False)
    assert (again.out / "_static" / FILE).read_bytes() == b"GGUF, newer"
    monkeypatch.setattr(model, "find", missing)
    last = built(build, f"{PART}\nStill more.", anew=False)
    assert last.status == 0, last.warnings
    assert "xent-smollm" not in last.page
    assert [path.name for path in last.out.glob("_static/*.gguf")] == ["tiny.gguf"]
    assert last.out == book.out


def test_without_it_the_page_has_the_tiny_model_alone(build, monkeypatch):
    monkeypatch.setattr(model, "find", missing)
    book = built(build, PART)
    assert "xent-smollm" not in book.page
    assert not list(book.out.glob("_static/Smol*"))
    assert (book.out / "_static/tiny.gguf").exists()
