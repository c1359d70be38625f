"""With plain Sphinx, every page and heading keeps its address."""

import re
from pathlib import Path

BUILT = Path(__file__).parents[2] / "_build"


def addresses(folder):
    """Every page and, in it, every place that a link can lead to."""
    return {
        path.relative_to(folder).as_posix(): set(
            re.findall(r' id="([^"]*)"', article(path.read_text(encoding="utf8")))
        )
        for path in folder.rglob("*.html")
        if "_static" not in path.parts
    }


def article(page):
    """Of a page what is the book's, and not the theme's."""
    return page.partition("<article")[2].partition("</article>")[0]


def test_no_address_changes():
    ours, plain = addresses(BUILT / "html"), addresses(BUILT / "sphinx")
    assert "chapters/03-softmax.html" in ours
    assert "the-three-steps-as-formula-17" in ours["chapters/03-softmax.html"]
    assert plain.keys() == ours.keys()
    assert {
        page: ours[page] - plain[page] for page in ours if ours[page] - plain[page]
    } == {}
