"""The live parts from their sources, which `make parts` serves: each as it starts, and
as readers may leave it, in both schemes and at three widths. A source that changes
shows at once."""

import os
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from itertools import product
from pathlib import Path

from pages import serve
from shelf import PARTS, STATES, bench
from xent_book.site.live import BOOK, SCRIPTS, light
from xent_book.site.theme import LAYERS, sheet

SCHEMES = ["light", "dark"]
WIDTHS = [390, 820, 1366]
KINDS = {"js": "javascript"}
SHEETS = [path for layer in LAYERS.values() for path in layer]
SOURCES = [*SCRIPTS, *SHEETS, *BOOK.glob("parts/*/*.css")]
PYTHON = [*BOOK.glob("**/*.py")]
# Of a page only the part, in the place that its frame leaves it.
BARE = """<style>
  .bd-header-article, footer, h1 { display: none !important }
  #sidebar { visibility: hidden }
</style>"""
# Rows of frames, each as high as the page in it, which all come again after a change.
INDEX = """<!DOCTYPE html><meta charset="utf-8"><title>Live parts</title>
<style>
  body {{ margin: 1rem; font: 16px system-ui }}
  a {{ margin-right: 0.75rem }}
  section {{ display: flex; flex-wrap: wrap; gap: 1rem; zoom: 0.55 }}
  iframe {{ flex: none; height: 900px; border: 1px solid #888 }}
</style>
<p><a href="/">all</a>{links}</p>{rows}
<script>
  for (const frame of document.querySelectorAll("iframe")) {{
    frame.onload = () => {{
      const page = frame.contentDocument.querySelector(".bd-article-container");
      const fit = () => frame.style.height = `${{page.scrollHeight + 20}}px`;
      new ResizeObserver(fit).observe(page);
    }};
  }}
  const wait = () =>
    fetch("changed?{stamp}").then(({{ ok }}) => ok ? location.reload() : wait())
      .catch(() => setTimeout(wait, 300));
  wait();
</script>"""

STARTED = time.time_ns()
Answer = Callable[[BaseHTTPRequestHandler], None]


def stamp() -> str:
    """When this program started, and its sources changed last."""
    return f"{STARTED}-{last(SOURCES)}"


def last(paths: list[Path]) -> int:
    return max(path.stat().st_mtime_ns for path in paths)


def send(request: BaseHTTPRequestHandler, kind: str, text: str, status=200) -> None:
    body = text.encode()
    request.send_response(status)
    request.send_header("Content-Type", f"text/{kind}; charset=utf-8")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def index(request: BaseHTTPRequestHandler) -> None:
    """All parts, or the one that is asked for, as in "/?gap"."""
    asked = request.path.partition("?")[2]
    frame = '<iframe loading="lazy" src="/{}-{}.html{}" width="{}"></iframe>'
    rows = ""
    for name in [asked] if asked in PARTS else PARTS:
        states = ["", f"#{STATES[name]}"] if name in STATES else [""]
        frames = product([name], SCHEMES, states, WIDTHS)
        shown = "".join(frame.format(*one) for one in frames)
        rows += f'<h2>{name}</h2><section id="{name}">{shown}</section>'
    links = "".join(f'<a href="/?{name}">{name}</a>' for name in PARTS)
    send(request, "html", INDEX.format(rows=rows, links=links, stamp=stamp()))


def changed(request: BaseHTTPRequestHandler) -> None:
    """Answers once the sources are others than those of the page that asks."""
    known = request.path.partition("?")[2]
    for _ in range(100):
        if stamp() != known:
            return send(request, "plain", "")
        time.sleep(0.1)
    return send(request, "plain", "", 408)


class Stage:
    """A part on a stage, as wide as in a chapter."""

    def __init__(self, part):
        self.part = part

    def _repr_html_(self) -> str:
        shown = self.part._repr_html_()
        return f'<div class="cell_output"><div class="output">{shown}</div></div>'


class Bench:
    """What is at an address, made when it is asked for."""

    def get(self, path: str) -> Answer | None:
        stem, _, kind = path.rpartition("/")[2].rpartition(".")
        part, _, scheme = stem.partition("-")
        if path in ("", "changed"):
            return changed if path else index
        if part in PARTS and scheme:
            text = bench(Stage(PARTS[part]), BARE, scheme)
        elif path.endswith("book.css"):
            text = sheet()
        elif found := [path for path in SCRIPTS if path.stem == stem]:
            text = light(found[0].with_suffix(f".{kind}"))
            text = text if kind == "js" else f"@layer parts{{{text}}}"
        else:
            return None
        return lambda request: send(request, KINDS.get(kind, kind), text)


if __name__ == "__main__":
    read = last(PYTHON)
    with serve(made=Bench(), port=int(sys.argv[1])) as address:
        print(f"All live parts are at {address}, one at {address}?gap", flush=True)
        while last(PYTHON) == read:
            time.sleep(0.2)
    # What has changed is read by another start.
    os.execv(sys.executable, [sys.executable, *sys.argv])
