"""The book's own theme: the frame of a page, on Sphinx's `basic`, and its looks.

`layout.html` is a page, `book.js` what its buttons do. A page loads one style
sheet, and those of its live parts. Each is in a layer, and a later layer wins, however
its selectors are written.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from xent_book.site.contents import parts
from xent_book.site.fonts import STATIC, stand_ins
from xent_book.site.live import BOOK, light
from xent_book.site.translations import TABLES, beside, say, split
from xent_book.site.website import begins, sentences, whole

HERE = Path(__file__).parent
OPENS = "<details><summary>parameters, result, errors, example</summary>"
# What the card to the first page says, which ends the line and the workshop.
AGAIN = "Bet again, now that you know what a bet costs."
MANY = 40  # sections, which are entries: the page is a list
SHARED = "drawings/drawn", "parts/live"
LAYERS = {
    "reset": [HERE / "reset.css"],
    "katex": [STATIC / "katex/katex.min.css"],
    "type": [HERE / "type.css"],
    "page": [HERE / "page.css"],
    # Of parts, what most pages have.
    "parts": [BOOK / f"{at}.css" for at in (*SHARED, "parts/heights", "run/run")],
    "print": [HERE / "print.css"],
}


def sheet() -> str:
    """The style sheet of all pages."""
    layers = [f"@layer {', '.join(LAYERS)};", stand_ins()]
    for name, paths in LAYERS.items():
        css = "".join(map(light, paths)).replace("url(fonts/", "url(katex/fonts/")
        layers.append(f"@layer {name}{{{css}}}")
    return "\n".join(layers)


def bring_sheet(app: Sphinx) -> None:
    if app.builder.format == "html":  # before a page asks for its version
        Path(app.outdir, "_static/book.css").write_text(sheet(), encoding="utf8")


def title(app: Sphinx, node: nodes.Element) -> str:
    """A title, which breaks after its colon."""
    return whole(app.builder.render_partial(node)["title"])


def sections(app: Sphinx, doctree: nodes.document | None) -> Iterator[dict]:
    """The sections of a page."""
    page = doctree and doctree.next_node(nodes.section)
    for section in page or ():
        if isinstance(section, nodes.section):
            yield {"anchor": section["ids"][0], "title": title(app, section[0])}


def list_pages(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Give the template all pages, with the sections of this one."""

    def page(listed: str) -> dict:
        name = beside(app, listed, pagename)
        shown, language = title(app, app.env.titles[name]), split(name)[1]
        here = name == pagename
        return {"name": name, "title": shown, "here": here, "language": language}

    listed = [
        {"caption": caption, "pages": [page(name) for name in names]}
        for caption, names in parts(app)
    ]
    context |= {"book": page(app.config.root_doc), "parts": listed}
    context["say"] = partial(say, pagename)
    here = list(sections(app, doctree))
    context["sections"] = here if len(here) < MANY else []  # entries of a glossary


def break_titles(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Let titles break after their colon: this page's, and those of its neighbours."""
    body = context.get("body", "")
    context["body"] = re.sub("(?<=<h1>)[^<]+", lambda hit: whole(hit[0]), body)
    if context.get("next"):
        following = next_page(app, pagename)
        link, name = context["pathto"](following), app.env.titles[following]
        again = following == app.config.root_doc
        line = AGAIN if again else sentences(begins(app.env.get_doctree(following)))
        shown = app.builder.render_partial(name)["title"]
        context["next"] = {"link": link, "title": shown, "line": line}
        context["next"]["language"] = split(following)[1]
        context["next"] |= card(following, pagename)
    if context.get("prev"):
        before = app.builder.relations[pagename][1]  # type: ignore[attr-defined]
        context["prev"]["language"] = split(before)[1]
    for page in filter(None, map(context.get, ("prev", "next"))):
        page["title"] = whole(page.get("name", page["title"]))
    if pagename == app.config.root_doc:  # the book's name twice
        context["docstitle"] = ""


def card(following: str, pagename: str) -> dict:
    """What a translated page says of the following one, if that is in English."""
    language = split(pagename)[1]
    told = TABLES.get(language, {}).get("next", {}).get(following)
    return {**told, "language": language} if told else {}


def next_page(app: Sphinx, pagename: str) -> str:
    """The page that follows. The last one of a part leads back to the first page, whose
    bet readers can place better now, and not on to another part."""
    following = app.builder.relations[pagename][2]  # type: ignore[attr-defined]
    _, *others = parts(app)
    begins_part = following in [names[0] for _, names in others]
    return app.config.root_doc if begins_part else following


def visit_table(translator, node: nodes.table) -> None:
    """Let a table that is wider than the page scroll in a box of its own."""
    node["classes"].append("table")
    translator.body.append('<div class="wide-table">')
    type(translator).visit_table(translator, node)


def depart_table(translator, node: nodes.table) -> None:
    type(translator).depart_table(translator, node)
    translator.body.append("</div>\n")


def fold_entry(app: Sphinx, domain: str, kind: str, entry: nodes.Element) -> None:
    """Fold what an entry of the library has below what it does: arguments, examples."""
    first = entry.first_child_matching_class(nodes.field_list)
    if first is not None:
        end = entry.first_child_matching_class(addnodes.desc)  # the methods of a class
        for at, tags in ((end, "</details>"), (first, OPENS)):
            place = len(entry) if at is None else at
            entry.insert(place, nodes.raw("", tags, format="html"))


def setup(app: Sphinx) -> None:
    app.connect("object-description-transform", fold_entry)
    app.setup_extension("xent_book.site.live")  # which brings the scripts
    app.add_html_theme("xent", str(HERE))
    app.add_node(nodes.table, override=True, html=(visit_table, depart_table))
    for script in ("book.js", "copy.js"):
        app.add_js_file(script, loading_method="defer", priority=400)
    app.connect("html-page-context", list_pages)
    app.connect("html-page-context", break_titles)
    app.connect("builder-inited", bring_sheet, priority=600)  # there is a folder
