"""A small book of one page, built by Sphinx with the extensions under test."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils


@dataclass(frozen=True)
class Built:
    """What a build left behind."""

    out: Path
    warnings: str
    status: int

    @property
    def page(self) -> str:
        return (self.out / "index.html").read_text(encoding="utf8")


@pytest.fixture
def build(tmp_path):
    """Builds `text` as a page; if `strict`, a warning fails the build at its end."""

    def build_page(text, *ours, others=(), files=(), strict=False, anew=True, **config):
        source, out, log = tmp_path / "source", tmp_path / "html", io.StringIO()
        for name, content in {"index.rst": text, **dict(files)}.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf8") != content:
                path.write_text(content, encoding="utf8")
        extensions = [*others, *(f"xent_book.{name}" for name in ours)]
        # Sphinx's own default remembers what an earlier build put into it.
        suffix = {".rst": "restructuredtext"}
        given = {
            "html_theme": "basic",
            "source_suffix": suffix,
            "extensions": extensions,
        }
        config = given | config
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                source,
                None,
                out,
                tmp_path / "doctrees",
                "html",
                config,
                status=None,
                warning=log,
                warningiserror=strict,
                keep_going=strict,
            )
            app.build(force_all=anew)
        return Built(out, log.getvalue(), app.statuscode)

    return build_page
