"""The built pages, a server for them, and the browser that most tests use."""

import contextlib
import http.server
import itertools
import os
import shutil
import threading
import time
from pathlib import Path

# `make sphinx` tries those of its own build.
BOOK = Path(__file__).parents[2] / os.environ.get("BOOK", "_build/html")
PAGES = sorted(
    path.relative_to(BOOK).as_posix()
    for path in [*BOOK.glob("*.html"), *BOOK.glob("chapters/*.html")]
    if 'http-equiv="Refresh"' not in path.read_text(encoding="utf8")
)

# The first has no window to draw, which halves the work.
NAMES = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
# Milliseconds: what waits that long has failed, however busy the machine is.
PATIENCE = 180_000
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Python starts once a test: compiled twice, it takes twice as long to.
    "--js-flags=--wasm-tiering-budget=1000000000",
]

# Of a formula the glyphs that do not answer for the innermost term around them.
GLYPHS = """(formula) => {
    const texts = document.createTreeWalker(formula, NodeFilter.SHOW_TEXT);
    const wrong = [], range = document.createRange();
    const term = (one) => one?.closest("[data-term]")?.dataset.term;
    for (let text; (text = texts.nextNode()); ) {
        range.selectNode(text);
        const { x, y, width, height } = range.getBoundingClientRect();
        const hit = document.elementFromPoint(x + width / 2, y + height / 2);
        if (width > 3 && term(hit) !== term(text.parentNode))
            wrong.push(`${text.data}: ${term(hit)}`);
    }
    return wrong;
}"""


@contextlib.contextmanager
def serve(first="", made=None, headers=(), port=0):
    """The address of the book, and of the pages in `made`; `first` comes before all
    else in a page's head. A page that is asked for with "?slow" comes bit by bit. The
    `headers` go with every answer. In place of a page, `made` may hold a function that
    answers by itself. Any free `port` will do."""
    assert PAGES, "there is no book in _build/html: make book"

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def handle(self):
            with contextlib.suppress(ConnectionError):  # a browser may go at any time
                super().handle()

        def end_headers(self):
            for header in dict(headers).items():
                self.send_header(*header)
            super().end_headers()

        def do_GET(self):
            path, _, query = self.path[1:].partition("?")
            page = BOOK / path
            if self.path == "/favicon.ico":  # the host's, not the book's
                self.send_response(204)
                self.end_headers()
            elif callable(answer := (made or {}).get(path)):
                answer(self)
            elif answer is not None:
                self.send_page(answer, query)
            elif (first or query == "slow") and path.endswith("html") and page.exists():
                text = page.read_text(encoding="utf8")
                self.send_page(text.replace("<head>", f"<head>{first}", 1), query)
            else:
                super().do_GET()

        def send_page(self, text, query):
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            end = body.find(b'</span><a class="headerlink"')  # of a title, cut in two
            # Between words: one whose comma is still to come may change its line, and
            # no page can help that.
            pieces = (body.find(b" ", at) for at in range(8192, len(body), 8192))
            cuts = sorted({0, *pieces, max(0, end - 5), len(body)} - {-1})
            for start, stop in itertools.pairwise(cuts):
                self.wfile.write(body[start:stop])
                if query == "slow":
                    time.sleep(0.05)

        def __init__(self, *arguments):
            super().__init__(*arguments, directory=BOOK)

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
