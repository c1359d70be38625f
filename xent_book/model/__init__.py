"""The language models that pages run, and the scripts that run them.

The tiny model is part of the library. SmolLM2 has 98 MB, which `make model` fetches.
Pages offer it if it is there, and otherwise only the tiny one.
"""

import shutil
from pathlib import Path

from sphinx.application import Sphinx

from xent_book.site.live import light
from xent_lib.smollm.weights import FILE, PARAMETERS, SHA256, SIZE, TINY, find

HERE = Path(__file__).parent


def installed() -> Path | None:
    try:
        return find()
    except FileNotFoundError:
        return None


def tell_pages(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Tell pages whose parts need it which file the model is."""
    if "<xent-sentence" in context.get("body", "") and installed():
        about = f"{FILE} {SIZE} {SHA256} {PARAMETERS}"
        meta = f'<meta name="xent-smollm" content="{about}">'
        context["metatags"] = f"{context.get('metatags', '')}\n{meta}\n"


def bring_scripts(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static/model")
    folder.mkdir(exist_ok=True)
    for script in HERE.glob("*.js"):
        (folder / script.name).write_text(light(script), encoding="utf8")
    shutil.copyfile(HERE / "kernel.wasm", folder / "kernel.wasm")


def bring_models(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for copy in static.glob("*.gguf"):  # of an earlier build
        copy.unlink()
    for path in filter(None, [TINY, installed()]):
        shutil.copyfile(
            path, static / path.name
        )  # not a link, since a book may be changed


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", tell_pages)
    app.connect("build-finished", bring_scripts)
    app.connect("build-finished", bring_models)
