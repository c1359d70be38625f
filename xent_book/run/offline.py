"""List what a browser caches after the first Run, so that the book opens offline.

`offline.js` is next to the pages, since a service worker answers only for files below
it. It caches all pages, what they load, and their cells, but no data and figures.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

from xent_book.run.pages import RUN, digest
from xent_book.site.live import light

NAME = "offline.js"
LINKS = re.compile(r'(?:src|href)="([^"?#:]+)|url\(["\']?([^"\'?#:)]+)')
LOADED = {".css", ".html", ".js", ".svg", ".woff2"}


def linked(path: Path) -> Iterator[Path]:
    """The files that a page or a style sheet loads."""
    for link in LINKS.findall(path.read_text(encoding="utf8")):
        found = (path.parent / "".join(link)).resolve()
        if found.suffix in LOADED and found.is_file():
            yield found


def all_of(out: Path) -> list[Path]:
    """The pages, what the first Run loads, and whatever these load."""
    static = out / "_static"
    folders = "*.html", "chapters/*.html", "teaching/*.html"
    found = [path for folder in folders for path in out.glob(folder)]
    found += [*out.glob("*.js"), static / "pressed.js"]
    found += [*static.glob("cells/*.json"), *static.glob("python/*.mjs")]
    for path in found:  # the loop extends this list
        if path.suffix in {".css", ".html"}:
            found += dict.fromkeys(x for x in linked(path) if x not in found)
    return found


def bring(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir).resolve()
    (out / NAME).unlink(missing_ok=True)  # of an earlier build
    if not app.xent_run:
        return
    found = all_of(out)
    files = json.dumps([path.relative_to(out).as_posix() for path in found])
    version = digest(*(path.read_bytes() for path in found))
    head = f'const files = {files}, version = "{version}";\n'
    (out / NAME).write_text(head + light(RUN / NAME), encoding="utf8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", bring, priority=990)  # the pages change no more
