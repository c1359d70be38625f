"""The book in a real browser, in tabs that report errors.

Without a Chromium the tests are skipped, and say so; in CI that is a failure.
"""

import contextlib
import functools
import http.server
import os
import threading

import pytest
from playwright import sync_api as playwright

from browsing import FRAMES
from pages import CHROMIUM, FLAGS, PATIENCE, serve
from shelf import BENCH, PARTS, bench

playwright.expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def made():
    """Pages beside those of the book, by their paths."""
    return {}


@pytest.fixture(scope="session")
def site(made):
    """The address of the built book."""
    with serve(made=made) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM:
        assert "CI" not in os.environ, "Chromium is missing"
        pytest.skip("no Chromium: the pages were not tried")
    with playwright.sync_playwright() as started:
        yield started.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE
        )


@pytest.fixture(scope="session")
def new_tab(browser, site):
    """Opens a tab with a storage and a cache of its own; it keeps what is said in it
    and what is asked for. `before` runs before the scripts of a page."""

    def open_tab(before="", **options):
        context = browser.new_context(base_url=site, **options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda x: page.said.append(f"{x.text} {x.location}"))
        page.on(
            "pageerror", lambda error: page.said.append(error.stack or error.message)
        )
        page.on("request", lambda request: page.asked.append(request.url))
        page.add_init_script(before)
        return page

    return open_tab


@pytest.fixture(scope="session")
def tab(new_tab):
    """The tab with these options, the same for all tests: a new one takes longer than
    most of them."""
    return functools.cache(new_tab)


@pytest.fixture
def open_page(tab, new_tab, made, site):
    """Opens a page, or one with nothing but a part, in a tab that is as good as new,
    or in a new one, if this is to be the `first` visit: nothing is in its cache."""

    with contextlib.ExitStack() as end:

        def in_tab(
            path,
            width=1366,
            part=None,
            *,
            head="",
            theme="light",
            reduced_motion="no-preference",
            forced_colors="none",
            first=False,
            **options,
        ):
            page = (new_tab if first else tab)(**options)
            end.callback(page.context.close if first else lambda: clean(page, site))
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(
                media="null",
                color_scheme=theme,
                reduced_motion=reduced_motion,
                forced_colors=forced_colors,
            )
            page.mouse.move(0, 0)
            page.said.clear()
            page.asked.clear()
            if part:
                made[path] = bench(part, head)
            page.goto(path, wait_until="load")
            if options.get("java_script_enabled", True):
                page.evaluate(FRAMES)  # parts draw again once their size is observed
            return page

        yield in_tab


def clean(page, site):
    """What a test leaves in a tab goes."""
    page.unroute_all()
    page.context.set_offline(False)
    page.goto("about:blank")
    devtools = page.context.new_cdp_session(page)
    kept = {"origin": site, "storageTypes": "all"}
    devtools.send("Storage.clearDataForOrigin", kept)
    devtools.detach()


@pytest.fixture
def visit(open_page, site):
    """Opens a page; at the end nothing may have been logged or asked of other hosts."""
    pages = []

    def remember(*arguments, **options):
        pages.append(open_page(*arguments, **options))
        return pages[-1]

    yield remember
    assert [noise for page in pages for noise in noises(page, site)] == []


def noises(page, site):
    """What was logged, and what was asked of other hosts."""
    others = [url for url in page.asked if not url.startswith((site, "data:", "blob:"))]
    return page.said + others


@pytest.fixture
def other():
    """The address of another host, and what has come to it: connections, and paths."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle(self):
            came.append("connected")
            with contextlib.suppress(ConnectionError):
                super().handle()

        def do_GET(self):
            came.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "text/html")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *arguments):
            pass

    came = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", came
        server.shutdown()


@pytest.fixture
def sentence(visit):
    return visit(BENCH, part=PARTS["sentence"])


@pytest.fixture
def wired(open_page):
    """Opens the part where the wires may fail."""
    return functools.partial(open_page, BENCH, part=PARTS["sentence"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let the summary name each failure in a line: Playwright adds the whole page."""
    report = yield
    if crash := getattr(report.longrepr, "reprcrash", None):
        crash.message = crash.message.partition("\n")[0]
    return report
