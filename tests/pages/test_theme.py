"""Every selector of the theme matches something on a page, or in a script."""

import re

from pages import BOOK, PAGES
from xent_book.site import theme


def test_all_that_the_look_dresses_is_there():
    sheets = theme.HERE.glob("*.css")
    sheet = "".join(path.read_text(encoding="utf8") for path in sheets)
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
    assert missing == set(), "the theme dresses what no page and no script names"
