"""A cell reaches the book's own host, and no other."""

import http.server
import threading

import pytest

from cells import cell, output, press, run

SCRATCH = "chapters/scratch.html"
YOURS = 5
ASK = """import js
asked = js.XMLHttpRequest.new()
asked.open("GET", {!r}, False)
asked.send()
asked.status"""
# Other ways out, of a worker and of the page, and what a cell comes to by them.
OTHERS = {
    "js.fetch({!r})": "yours",
    "js.WebSocket.new({!r}.replace('http', 'ws'))": "yours",
    "js.Worker.new({!r})": "error",
    "js.eval({!r})": "error",
    "HTML('<img src={}>')": "yours",
    "HTML('<iframe src={}>')": "yours",
    "HTML('<img src=data: onerror=location=`{}`>')": "yours",
}


@pytest.fixture
def other():
    """Another host, which lets all in and keeps who came."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            came.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    came = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", came
        server.shutdown()


def write(page, code):
    """Run code in the empty cell of the page."""
    yours = cell(page, YOURS)
    if not yours.get_by_role("textbox").count():
        press(yours, "Edit")
    yours.get_by_role("textbox").fill(code)
    return run(yours)


def test_a_cell_reaches_its_own_host_alone(open_page, site, other):
    address, came = other
    page = open_page(SCRATCH)
    assert page.request.get(address).ok
    assert came.pop()
    assert write(page, ASK.format(f"{site}index.html")) == "yours"
    assert output(cell(page, YOURS)) == "200"
    assert write(page, ASK.format(address)) == "error"
    assert "NetworkError" in output(cell(page, YOURS))
    for way, state in OTHERS.items():
        code = f"import js; from IPython.display import HTML; {way.format(address)}"
        assert write(page, code) == state, way
    assert came == []


def test_python_starts_in_no_worker_of_a_cell(open_page):
    """That one would have no policy."""
    page = open_page(SCRATCH)
    script = page.evaluate("document.querySelector('[data-python]').src")
    code = f"""import js
options = js.JSON.parse('{{"type": "module"}}')
js.Worker.new({script.replace("run.js", "worker.js")!r}, options)"""
    with page.expect_event("pageerror") as error:
        assert write(page, code) == "yours"
    assert str(error.value) == "Python starts from its page alone"
