"""A page's frame: contents on the left, notes on sentences on the right.

A folded cell that checks a claim gets a tick at the sentence that it proves: the last
one before it, or the one with the words in the cell's metadata `proves`. Terms and
sources open where a page first links to them.
All cells stay in their places; `margin.js` opens the checks next to their sentences
or, if there is no room, below them.
"""

import html
import re
from collections.abc import Iterable
from itertools import pairwise

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.util import logging

from xent_book.site.translations import ENGLISH, TABLES, say, split
from xent_book.site.website import unbroken

CHECK = "✓ "
# Between two sentences: the second begins with no small letter.
GAP = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][”“’)]))\s+(?=[^\sa-z])")
TICK = (
    '\u2060<a class="tick" href="#{cell}" aria-label="{says}"></a>'
    '<span class="beside"><span aria-hidden="true">✓ {what}</span></span>'
)
# The pages whose entries open elsewhere, and what of an entry stays there.
LISTS = "glossary", "bibliography"
REST = re.compile(r"\s*→.*|, seen on .*", re.DOTALL)
ENTRY = (
    '<template class="entry" lang="{lang}" data-of="{of}"><b>{title}</b> {text} '
    '<a href="{href}">{page}</a></template>'
)

logger = logging.getLogger(__name__)


class Beside(nodes.Inline, nodes.Element):
    """An element of the margin, which is not part of the text."""


def visit_beside(translator, node: Beside) -> None:
    translator.body.append(node["html"])
    raise nodes.SkipNode


def is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and "cell" in node["classes"]


def within(node: nodes.Node, found) -> bool:
    return bool(node.parent) and (found(node.parent) or within(node.parent, found))


def is_prose(node: nodes.Node) -> bool:
    def other(parent: nodes.Node) -> bool:
        return is_cell(parent) or isinstance(parent, nodes.table)

    return isinstance(node, nodes.paragraph) and not within(node, other)


def sentences(paragraph: nodes.paragraph) -> list[list[nodes.Node]]:
    """The nodes of each sentence, after splitting text nodes at sentence ends."""
    text, place = paragraph.astext(), 0
    gaps = [gap.span() for gap in GAP.finditer(text)]
    edges = sorted({edge for gap in gaps for edge in gap})
    pieces: list[nodes.Node] = []
    found: list[list[nodes.Node]] = [[]]
    for child in paragraph:
        end = place + len(child.astext())
        cuts = [place, *(edge for edge in edges if place < edge < end), end]
        is_text = isinstance(child, nodes.Text)
        for span in pairwise(cuts if is_text else [place, end]):
            piece = nodes.Text(text[slice(*span)]) if is_text else child
            pieces.append(piece)
            if span in gaps:
                found.append([])
            else:
                found[-1].append(piece)
        place = end
    paragraph[:] = pieces
    return list(filter(None, found))


def text_of(sentence: list[nodes.Node]) -> str:
    return "".join(node.astext() for node in sentence).strip()


def claims(text: str) -> bool:
    """Whether a sentence leads to nothing and asks nothing."""
    return bool(text) and text[-1] not in ":?"


def place_of(node: nodes.Node) -> int:
    """The index by identity, since equal texts compare equal."""
    return [one is node for one in node.parent].index(True)


def add(sentence: list[nodes.Node], markup: str) -> None:
    """Put this at the end of a sentence."""
    place = place_of(sentence[-1]) + 1
    sentence[-1].parent.insert(place, Beside(html=markup))


def mark(sentence: list[nodes.Node]) -> None:
    """Wrap a sentence in one element, which can be highlighted."""
    own = [node for node in sentence if not isinstance(node, Beside)]
    if "said" not in getattr(own[0], "attributes", {}).get("classes", ()):
        paragraph, place = own[0].parent, place_of(own[0])
        paragraph[place : place + len(own)] = [
            nodes.inline("", "", *own, classes=["said"])
        ]


def tick_checks(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a tick for each check at the sentence that it proves."""
    blocks = list(doctree.findall(lambda node: is_cell(node) or is_prose(node)))
    for place, cell in enumerate(blocks):
        fold = next(cell.findall(HideCodeCellNode), None)
        if not (is_cell(cell) and fold and fold["prompt_show"].startswith(CHECK)):
            continue
        words = cell["cell_metadata"].get("proves")
        near = filter(is_prose, [*blocks[place::-1], *blocks[place:]])
        sentence = find_sentence(near, words)
        if sentence:
            tick(sentence, cell, fold["prompt_show"])
        else:
            text = "margin: no sentence for %r has %r"
            says = (text, fold["prompt_show"], words)
            logger.warning(*says, location=docname, type="margin")


def find_sentence(
    near: Iterable[nodes.paragraph], words: str | None
) -> list[nodes.Node] | None:
    """The first sentence with these words; without words, the last that is a claim."""
    for paragraph in near:
        for sentence in reversed(sentences(paragraph)):
            text = text_of(sentence)
            if words in text if words else claims(text):
                return sentence
    return None


def tick(sentence: list[nodes.Node], cell: nodes.container, prompt: str) -> None:
    says = html.escape(unbroken(prompt.removeprefix("✓ ")))
    what = re.sub(r"^\w+: ", "", says)  # Checked
    add(sentence, TICK.format(cell=cell["ids"][-1], says=says, what=what))
    mark(sentence)
    cell["classes"].append("check")
    before = cell.parent[place_of(cell) - 1]
    if isinstance(before, nodes.raw) and before.astext().startswith("</details>"):
        cell.parent.remove(before)  # what checks a solution is inside of it
        cell.parent.insert(place_of(cell) + 1, before)


def open_entries(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let terms and sources open where a page first links to them."""
    folder, _, name = docname.rpartition("/")
    if name in LISTS:
        return
    first: dict[str, tuple[nodes.reference, nodes.paragraph]] = {}
    for paragraph in doctree.findall(is_prose):
        for link in paragraph.findall(nodes.reference):
            if link.get("refuri", "").split(".html#")[0] in LISTS:
                first.setdefault(link["refuri"], (link, paragraph))
    for href, (link, paragraph) in first.items():
        page, _, anchor = href.partition(".html#")
        if found := entries(app, f"{folder}/{page}".lstrip("/")).get(anchor):
            link["ids"].append(of := f"{page}-{anchor}")
            found = {"lang": ENGLISH, **found, **own(docname, page, anchor)}
            name = say(docname, page.title())
            markup = ENTRY.format(of=of, href=href, page=name, **found)
            add(next(x for x in sentences(paragraph) if holds(x, link)), markup)


def own(docname: str, page: str, anchor: str) -> dict[str, str]:
    """An entry of the glossary in the language of a page, if it is translated."""
    language = split(docname)[1]
    terms = TABLES.get(language, {}).get("terms", {}) if page == LISTS[0] else {}
    if not (told := terms.get(anchor)):
        return {}
    link = rf'<a class="reference internal" href="{page}.html#\2">\1</a>'
    text = re.sub(r"\[(.+?)\]\(#(.+?)\)", link, told["text"])
    text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
    text = re.sub(r"\*(.+?)\*", r"<em>\1</em>", text)
    return {"lang": language, "title": told["title"], "text": text}


def holds(sentence: list[nodes.Node], link: nodes.reference) -> bool:
    return any(node is link for one in sentence for node in one.findall())


def entries(app: Sphinx, docname: str) -> dict[str, dict[str, str]]:
    """The titles of a page's sections, by their ids."""
    if docname not in app.xent_entries:
        page = app.env.get_and_resolve_doctree(docname, app.builder)
        app.xent_entries[docname] = {
            section["ids"][0]: said(app, section, docname.rpartition("/")[2])
            for section in page.findall(nodes.section)
            if section.parent is not page
        }
    return app.xent_entries[docname]


def said(app: Sphinx, section: nodes.section, name: str) -> dict[str, str]:
    first = section.next_node(nodes.paragraph)
    text = app.builder.render_partial(first)["fragment"].strip()
    text = REST.sub("", text.removeprefix("<p>").removesuffix("</p>"))
    return {
        "title": html.escape(section[0].astext()),
        "text": text.replace('href="#', f'href="{name}.html#'),
    }


def prepare(app: Sphinx) -> None:
    app.xent_entries = {}


def setup(app: Sphinx) -> None:
    app.add_js_file("margin.js", loading_method="defer")
    app.add_node(Beside, html=(visit_beside, None))
    app.connect("builder-inited", prepare)
    # Before formulas' terms have their names.
    app.connect("doctree-resolved", open_entries, priority=400)
    app.connect("doctree-resolved", tick_checks, priority=400)
