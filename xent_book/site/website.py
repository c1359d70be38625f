"""Metadata for readers, screen readers, search engines, messengers and GitHub.

The addresses of the site and its repository come from the environment of the publishing
workflow, so that forks get their own, and local builds have no dead buttons.
"""

import html
import os
import re
import textwrap
from itertools import groupby
from pathlib import Path

from docutils import nodes
from docutils.utils import new_document
from sphinx.application import Sphinx
from sphinx.config import Config

from xent_book.site import render
from xent_book.site.translations import say

REPOSITORY = "book’s repository"  # as pages call it
FOLD = '<summary><span class="closed">{}</span><span class="opened">{}</span>'
# What leads on without a word shows no card in a messenger.
TELLS = re.compile(
    r'<title>.*?</title>|<link rel="canonical"[^>]*>'
    r'|<meta (?:name="(?:description|twitter)|property="og)[^>]*>'
)


def begins(doctree: nodes.document | None) -> str:
    """The first paragraph of a page."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    # A chapter begins with its number and its time, all emphasised.
    said = (p for p in paragraphs if [*map(type, p)] != [nodes.emphasis])
    return next((paragraph.astext() for paragraph in said), "")


def describe(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Say what the page is about, to search engines and messengers: its first words."""
    text = begins(doctree) or app.config.html_title
    text = html.escape(textwrap.shorten(text, 160, placeholder=" …"))
    tag = f'<meta name="description" content="{text}">'
    context["metatags"] = f"{context.get('metatags', '')}\n{tag}\n"
    context["meta"] = {**(context.get("meta") or {}), "og:description": text}


def name_alone(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Let a page that has no source, such as the slides, have its card, too."""
    if doctree is None and "title" in context:
        from sphinxext.opengraph import html_page_context

        html_page_context(app, pagename, template, context, new_document(""))


def whole(title: str) -> str:
    """A title that breaks after its colon, if anywhere, and within no formula."""
    part = '<span class="whole">{}</span>'.format
    parts = " ".join(map(part, [r"\1", r"\2"]))
    return re.sub("^([^<]*:) ([^<]+)", parts, unbroken(title, SIGN, WORD))


def sentences(text: str, length: int = 140) -> str:
    """As many of its first sentences as are not too long together, or words."""
    ends = [hit.end() for hit in re.finditer(r"[.?!][”“]?(?= )", f"{text} ")]
    end = max((end for end in ends if end <= length), default=0)
    return text[:end] or textwrap.shorten(text, length, placeholder=" …")


# What is one word to a reader: GPT-2, Chapter 3.
WORD = re.compile(
    r"(\b(?:[A-Za-z]+-\d[\w’]*"
    r"|(?:Step|Chapter|Exercise|Room|Formula|Kapitel|Übung|Formel) [\d(]\S*))"
)
# Spaces that no line ends in: beside a sign, before =, after ln, in bits per byte.
SIGN = re.compile(
    r" [−+×] | (?==)|(?<=\bln) |(?<=\b(?:log|exp)) (?=\w\b|$)"
    r"|\b(?:bits|bytes|nats) per \w+|(?<=\d) (?=(?:nats?|bits?|MB)\b)"
)
NBSP = "\N{NO-BREAK SPACE}"
# But not there: a line that is all emphasised is a chapter's number and its time.
OTHERS = nodes.raw, nodes.literal, nodes.FixedTextElement, nodes.math, nodes.math_block
OTHERS += (nodes.emphasis,)
SPACE = re.compile("([ \n]+)")


def unbroken(text: str, *held: re.Pattern) -> str:
    """The text, in whose pieces of these kinds no line ends."""
    for kind in held or (SIGN,):
        text = kind.sub(lambda hit: hit[0].replace(" ", NBSP), text)
    return text


def keep_words(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let no line end within GPT-2, Chapter 3, H(y, p), or 1 − p."""
    for parent in list(doctree.findall(nodes.TextElement)):
        if not isinstance(parent, OTHERS):
            parent[:] = join_calls([x for child in parent for x in split_words(child)])
            parent[:] = join_formulas(parent.children)


def split_words(child: nodes.Node) -> list[nodes.Node]:
    if not isinstance(child, nodes.Text):
        return [child]
    if isinstance(child.parent, nodes.title):  # which is taken apart as text
        return [nodes.Text(unbroken(child, SIGN, WORD))]
    texts = filter(None, WORD.split(unbroken(child)))
    return [word(nodes.Text(x)) if WORD.fullmatch(x) else nodes.Text(x) for x in texts]


def join_calls(children: list[nodes.Node]) -> list[nodes.Node]:
    """A letter in italics, and all from "(" to ")" after it."""
    for start, child in enumerate(children[1:]):
        if child == "(" and isinstance(children[start], nodes.emphasis):
            rest = children[start + 2 :]
            ends = (i for i, x in enumerate(rest) if x.astext().startswith(")"))
            end = start + 2 + next(ends, 0)
            call = word(*children[start:end])
            return [*children[:start], call, *join_calls(children[end:])]
    return children


def join_formulas(children: list[nodes.Node]) -> list[nodes.Node]:
    """A formula, and the marks that no space parts from it."""
    if not any(isinstance(child, nodes.math) for child in children):
        return children
    joined: list[nodes.Node] = []
    pieces = [x for child in children for x in split_spaces(child)]
    for _, group in groupby(pieces, sticks):
        found = list(group)
        formula = any(isinstance(x, nodes.math) for x in found)
        joined += [word(*found)] if formula else found
    return joined


def sticks(node: nodes.Node) -> bool:
    """Whether it is set right beside what is before it and after it."""
    stuck = isinstance(node, (nodes.Text, nodes.math))
    return stuck and not SPACE.fullmatch(node.astext())


def split_spaces(child: nodes.Node) -> list[nodes.Node]:
    is_text = isinstance(child, nodes.Text)
    return [nodes.Text(x) for x in SPACE.split(child) if x] if is_text else [child]


def word(*children: nodes.Node) -> nodes.inline:
    return nodes.inline("", "", *children, classes=["word"])


def name_folds(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Let a fold be named by what it shows; a label hides that from a screen reader."""
    label = ' aria-label="Toggle hidden content"'
    show, hide = (say(pagename, x) for x in ("Show the solution", "Hide the solution"))
    body = context.get("body", "").replace(label, "")
    context["body"] = body.replace(f"<summary>{show}", FOLD.format(show, hide))


def lay_out(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say which section opens the book."""
    section = doctree.next_node(nodes.section)
    if section and docname == app.config.root_doc:
        section["classes"].append("front")


def open_door(app: Sphinx, exception: Exception | None) -> None:
    """Let the site's own address, which leads on, tell what the first page tells."""
    home = app.config.root_doc
    if exception or app.builder.format != "html" or home == "index":
        return
    page = Path(app.outdir, f"{home}.html").read_text(encoding="utf8")
    door = render("door.html", home=home, told=TELLS.findall(page))
    Path(app.outdir, "index.html").write_text(door, encoding="utf8")


def bring_repository(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let a page's words for the repository lead there, and its commands begin with how
    to get the folder they run in."""
    repository = app.config.html_context.get("repository")
    if not repository:
        return
    for block in list(doctree.findall(nodes.literal_block)):
        if block.astext().startswith("make "):
            folder = repository.rpartition("/")[2]
            text = f"git clone {repository}\ncd {folder}\n{block.astext()}"
            block.replace_self(nodes.literal_block(text, text, **block.attributes))
    for words in list(doctree.findall(nodes.Text)):
        before, named, after = words.partition(REPOSITORY)
        if named and isinstance(words.parent, nodes.paragraph):
            link = nodes.reference("", named, refuri=repository)
            words.parent.replace(words, [nodes.Text(before), link, nodes.Text(after)])


def find_addresses(app: Sphinx, config: Config) -> None:
    """Where the site and its repository are, which _config.yml cannot say."""
    if address := os.environ.get("BOOK_ADDRESS"):
        config.html_baseurl = config.ogp_site_url = address.rstrip("/") + "/"
        config.ogp_site_name = config.html_title
        config.ogp_type = "article"
        config.sitemap_url_scheme = "{link}"
        config.sitemap_excludes = ["genindex.html", "search.html", "embed/*"]
    if repository := os.environ.get("GITHUB_REPOSITORY"):
        forge = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        config.html_context |= {
            "repository": f"{forge}/{repository}",
            "binder": f"https://mybinder.org/v2/gh/{repository}",
            "branch": os.environ.get("GITHUB_REF_NAME", "main"),
        }


def setup(app: Sphinx) -> None:
    if os.environ.get("BOOK_ADDRESS"):  # who knows its address tells it
        app.setup_extension("sphinx_sitemap")
        app.setup_extension("sphinxext.opengraph")
        app.connect("html-page-context", name_alone)
    app.connect("config-inited", find_addresses, priority=900)
    app.connect("doctree-resolved", lay_out)
    app.connect("doctree-resolved", bring_repository)
    app.connect("doctree-resolved", keep_words, priority=600)  # once terms have names
    app.connect("html-page-context", describe, priority=400)  # before Open Graph's
    app.connect("html-page-context", name_folds)
    app.connect("build-finished", open_door, priority=400)  # before an empty one
