"""Every selector of book.css matches: a theme that renames its classes is noticed."""

import re

from pages import BOOK, PAGES
from xent_book.site.fonts import STATIC


def test_all_that_the_look_dresses_is_there():
    sheet = (STATIC / "book.css").read_text(encoding="utf8")
    rules = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
    selectors = re.sub(r'"[^"]*"', "", " ".join(re.findall(r"([^{};]+)\{", rules)))
    dressed = set(re.findall(r"[.#]([a-zA-Z][\w-]*)", selectors))
    shown = set()
    for name in [*PAGES, "search.html"]:
        page = (BOOK / name).read_text(encoding="utf8")
        named = re.findall(r'(?:class|id)="([^"]*)"', page)
        shown.update(" ".join(named).split())
    scripts = " ".join(x.read_text("utf8") for x in (BOOK / "_static").rglob("*.js"))
    missing = dressed - shown - set(re.findall(r"[\w-]+", scripts))
    assert missing == set(), "book.css dresses what no page and no script names"
