"""A page's frame: its contents at the left, below its name, and what they need."""

from bs4 import BeautifulSoup
from sphinx.application import Sphinx


def contents(toc: BeautifulSoup) -> BeautifulSoup | None:
    """The sections of a page, of the theme's own list."""
    links = toc.select(".toc-h2 > a") if toc else []
    items = "".join(
        f'<li><a href="{a["href"]}">{a.decode_contents()}</a>' for a in links
    )
    return (
        BeautifulSoup(f'<ol class="contents">{items}</ol>', "html.parser")
        if items
        else None
    )


def set_contents(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Let the list of all pages have this one's sections below its name."""
    pages, sections = (context.get(f"generate_{x}_html") for x in ("toctree", "toc"))
    if not pages:
        return

    def with_contents(**options):
        tree, own = pages(**options), contents(sections())
        if own:
            here = tree.select("li.current")
            # The first page has its name in a list of its own, before this one.
            here[-1].append(own) if here else tree.insert(0, own)
        return tree

    context["generate_toctree_html"] = with_contents
    context["generate_toc_html"] = lambda **_: ""  # and nowhere else


def setup(app: Sphinx) -> dict:
    app.add_css_file("margin.css", priority=600)  # after the book's
    app.add_js_file("margin.js", loading_method="defer")
    app.connect("html-page-context", set_contents, priority=600)  # after the theme's
    return {"parallel_read_safe": True, "parallel_write_safe": True}
