"""Each page's security policy allows what it needs, and no more."""

import re

import pytest

from pages import BOOK, PAGES
from xent_book.site.policy import FIRST, guard

SAID = re.compile('<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
ALWAYS = {
    "default-src": {"'self'"},
    "script-src": {"'self'"},
    "style-src": {"'self'", "'unsafe-inline'"},
    "img-src": {"'self'", "data:"},
    "connect-src": {"'none'"},
    "worker-src": {"'none'"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
}
RUN = {"connect-src": {"'self'"}, "worker-src": {"'self'", "blob:"}}


def expected(page):
    if "/run.js" in page:
        return ALWAYS | RUN | {"script-src": {"'self'", "'wasm-unsafe-eval'"}}
    if "<xent-sentence" in page:
        return ALWAYS | {"worker-src": {"'self'"}}
    return ALWAYS


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_for_what_it_needs(path):
    page = (BOOK / path).read_text(encoding="utf8")
    assert FIRST in page, "the theme begins a page otherwise, and so it has no policy"
    (said,) = SAID.findall(page)
    assert page.index(said) < page.index("<script"), "it comes too late"
    policy = {name: {*what} for name, *what in map(str.split, said.split(";"))}
    policy["script-src"] = {x for x in policy["script-src"] if "sha256-" not in x}
    assert policy == expected(page)
    assert guard(page) == page


def test_no_page_is_without():
    """Nor is the one at the site's own address, which leads on."""
    pages = [*BOOK.glob("*.html"), *BOOK.glob("chapters/*.html")]
    assert len(pages) > len(PAGES)
    assert [p for p in pages if not SAID.search(p.read_text(encoding="utf8"))] == []


def test_a_page_runs_no_script_that_was_put_into_it(open_page):
    page = open_page("genindex.html")
    page.evaluate("""document.body.insertAdjacentHTML("beforeend",
        "<img src=data: onerror='ran = 1'><a href='javascript:ran = 1'>a</a>")""")
    page.get_by_role("link", name="a", exact=True).click()
    page.evaluate("""document.body.append(Object.assign(
        document.createElement("script"), { text: "ran = 1" }))""")
    assert page.evaluate("typeof ran") == "undefined"
    refused = [said for said in page.said if "Content Security Policy" in said]
    assert len(refused) == 3
