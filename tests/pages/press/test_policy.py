"""A cell reaches the book's own host, and no other."""

from cells import SCRATCH, output, tried, yours

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


def test_a_cell_reaches_its_own_host_alone(open_page, site, other):
    address, came = other
    page = open_page(SCRATCH)
    assert page.request.get(address).ok
    assert came
    came.clear()
    assert tried(page, ASK.format(f"{site}index.html")) == "yours"
    assert output(yours(page)) == "200"
    assert tried(page, ASK.format(address)) == "error"
    assert "NetworkError" in output(yours(page))
    for way, state in OTHERS.items():
        code = f"import js; from IPython.display import HTML; {way.format(address)}"
        assert tried(page, code) == state, way
    assert came == []
