"""A broken host's answers aren't cached: the next press works once it is fixed."""

import http.server
import re

import pytest
from playwright.sync_api import expect

from cells import SCRATCH, cell, output, press, run, says, tried, write, yours
from pages import BOOK, CHROMIUM, FLAGS, serve
from xent_book.run.pages import integrity

PAGE = "chapters/04-token-loss.html"
HOTEL = b"<!doctype html><title>Sign in to the network of this hotel</title>"
STATIC = BOOK / "_static"
TEXT = (BOOK / PAGE).read_text("utf8")
CELLS, VERSION = re.search('data-cells="(.*?)" data-python="(.*?)"', TEXT).groups()
PYTHON = [
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm.gz",
    "stdlib.zip.gz",
    "numpy.tar.gz",
    "book.tar.gz",
]


def give(handler, body, status=200, length=None):
    """Answers, and has the browser's own cache keep that for ten minutes."""
    handler.send_response(status)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Cache-Control", "max-age=600")
    if length is not None:
        handler.send_header("Content-Length", str(length))
    http.server.BaseHTTPRequestHandler.end_headers(handler)
    handler.wfile.write(body)


def wait(handler):
    """Until the browser goes."""
    handler.connection.recv(1)


def cut(handler):
    body = (BOOK / handler.path[1:].partition("?")[0]).read_bytes()
    return body[: len(body) // 2], len(body)


def stall(handler):
    give(handler, *cut(handler)[:1], length=cut(handler)[1])
    wait(handler)


# What a sick host answers, and what is said of it.
SICK = {
    "a page of a hotel": (lambda h: give(h, HOTEL), "arrived damaged"),
    "half of it": (lambda h: give(h, cut(h)[0]), "arrived damaged"),
    "nothing in it": (lambda h: give(h, b""), "arrived damaged"),
    "404": (lambda h: give(h, b"", 404), "did not arrive: the book’s host answers 404"),
    "500": (lambda h: give(h, b"", 500), "did not arrive: the book’s host answers 500"),
    "no answer": (lambda h: None, "did not arrive: the book’s host does not answer"),
}
SILENT = {
    "silence": (wait, "did not arrive: for 30 seconds the book’s host sent nothing"),
    "no end": (stall, "did not arrive: for 30 seconds the book’s host sent nothing"),
}
KINDS = pytest.mark.parametrize("kinds", [SICK, SILENT], ids=["sick", "silent"])

FORGET = """async (file) => {
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const one of await cache.keys())
            if (one.url.includes(file)) await cache.delete(one);
    }
}"""


# The file whose seconds last a twentieth; those of others are whole, so a busy machine
# may take its time over a file that comes well.
HURRIED = """(() => {
    const ask = new XMLHttpRequest();
    ask.open('GET', new URL('/hurried', url), false);
    ask.send();
    return ask.responseText === name ? 50 : 1000;
})()"""


def hasty(made):
    """Has a page and its Python ask the host which file is hurried."""

    def script(text):
        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "text/javascript")
            handler.end_headers()
            handler.wfile.write(text.encode())

        return answer

    for file in "run.js", "pressed.js":
        text = (STATIC / file).read_text("utf8")
        second = "stop.abort(),1000)"
        assert second in text
        text = text.replace(second, f"stop.abort(),{HURRIED.replace(chr(10), '')})")
        made[f"_static/{file}"] = script(text)
    made[PAGE] = TEXT.replace(VERSION, integrity(text))
    made["hurried"] = ""


# Data that comes as it is read.
READ = """from pathlib import Path
import xent_book
len(Path(xent_book.__file__).with_name("data").joinpath("wordnet/sentences.txt").read_bytes())"""


@pytest.fixture
def sick(browser):
    """Opens a page; each file is as its path in `made` says."""
    made = {}
    with serve(made=made, headers={"Cache-Control": "no-cache"}) as address:
        page = browser.new_page(base_url=address)
        page.made, page.site = made, address
        yield page
        page.close()


def fail(page, place, answer, said):
    """A press while the host gives that."""
    name = place.rpartition("/")[2]
    well = page.made.get(place)
    page.made |= {place: answer, "hurried": name}
    assert run(cell(page, 1)) == "broken"
    told = says(cell(page, 1))
    assert told.startswith(f"This did not run: {name} {said}"), told
    assert told.endswith(". Press Run to try again."), told
    page.made |= {place: well, "hurried": ""}


@KINDS
def test_whatever_comes_for_python_the_next_press_works(sick, kinds):
    if kinds is SILENT:
        hasty(sick.made)
    sick.goto(PAGE)
    for answer, said in kinds.values():
        for name in PYTHON:
            sick.evaluate(FORGET, name)  # what came well in the last round
            fail(sick, f"_static/python/{name}", answer, said)
    assert run(cell(sick, 1)) == "same"
    sick.reload()
    assert run(cell(sick, 1)) == "same"


@KINDS
def test_whatever_comes_for_the_page_the_next_press_works(sick, kinds):
    if kinds is SILENT:
        hasty(sick.made)
    for answer, said in kinds.values():
        sick.goto(PAGE)
        fail(sick, "_static/pressed.js", answer, said)
        fail(sick, f"_static/cells/{CELLS}", answer, said)
    sick.reload()
    assert run(cell(sick, 1)) == "same"


@pytest.mark.parametrize("how", SICK)
def test_whatever_a_cell_asks_for_the_next_press_works(sick, how):
    answer, said = SICK[how]
    sick.goto(SCRATCH)
    sick.made["_static/python/regex.tar.gz"] = answer
    assert tried(sick, "import regex") == "broken"
    assert says(yours(sick)).startswith(f"This did not run: regex.tar.gz {said}")
    sick.made["_static/python/sentences.txt"] = answer
    del sick.made["_static/python/regex.tar.gz"]
    assert tried(sick, READ) == "broken"
    cut_off = r"sentences\.txt did not arrive: only \d+ of 104057 bytes arrived"
    assert re.search(cut_off, says(yours(sick)))
    sick.made.clear()
    assert tried(sick, f"import regex\n{READ}") == "yours"
    assert output(yours(sick)) == "104057"


def test_what_was_changed_where_it_is_kept_comes_again(sick):
    """A cell can write there."""
    sick.goto(PAGE)
    assert run(cell(sick, 1)) == "same"
    sick.evaluate("""async () => {
        const name = (await caches.keys()).find((one) => one.startsWith("python"));
        const cache = await caches.open(name), bad = () => new Response("bad");
        for (const one of await cache.keys()) await cache.put(one, bad());
    }""")
    sick.reload()
    assert run(cell(sick, 1)) == "same"


def test_on_plain_http_the_length_is_checked(browser, sick):
    """There is no digest, and nothing is kept but by the browser's own cache."""
    host = "book.test"
    args = [*FLAGS, f"--host-resolver-rules=MAP {host} 127.0.0.1"]
    plain = browser.browser_type.launch(executable_path=CHROMIUM, args=args)
    page = plain.new_page(base_url=sick.site.replace("127.0.0.1", host))
    page.made = sick.made
    page.goto(PAGE)
    assert not page.evaluate("isSecureContext")
    for how in ("a page of a hotel", "half of it"):
        fail(page, "_static/python/numpy.tar.gz", *SICK[how])
    assert run(cell(page, 1)) == "same"
    plain.close()


def former(handler):
    """The page of a build whose files are gone, which is kept for ten minutes."""
    page = TEXT.replace(CELLS, "former.json").replace(VERSION, integrity("former"))
    give(handler, page.encode())


@pytest.fixture
def old(sick):
    """A page that the browser has kept while the book was built anew."""
    sick.made[PAGE] = former
    sick.goto(PAGE)
    del sick.made[PAGE]
    sick.goto(SCRATCH)
    sick.goto(PAGE)
    assert VERSION not in sick.content()
    return sick


def test_a_page_of_a_former_build_comes_anew_by_a_press(old):
    one = cell(old, 1)
    with old.expect_navigation():
        press(one)
    expect(one.locator(".run-says")).to_contain_text("Press Run")
    assert run(one) == "same"
    old.reload()
    assert says(one) == "", "it is said once"


def test_what_a_reader_has_written_is_not_lost_to_a_newer_page(old):
    """Where the browser keeps nothing."""
    old.evaluate("() => { Storage.prototype.setItem = () => { throw new Error() } }")
    write(cell(old, 1), "40 + 2")
    press(cell(old, 1))
    expect(cell(old, 1).locator(".run-says")).to_contain_text("copy that first")
    old.reload()
    assert run(cell(old, 1)) == "same"
