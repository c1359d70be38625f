"""Chapters in another language: `02-logits.de.ipynb` translates `02-logits.ipynb`.

A translation takes its chapter's place: it has the same neighbours and the same entry
in the list of pages, and its sections keep the addresses of the chapter's. Each of the
two leads to the other. The search reads the English pages alone.
"""

import re
import tomllib

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from xent_book.site import TEMPLATES

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
WORDS = tomllib.loads((TEMPLATES / "words.toml").read_text("utf8"))
NAME = re.compile(rf"(.+)\.({'|'.join(WORDS)})")
# What a page has of others, and no translator sees.
OTHERS = re.compile(r'<(?:xent-\w+(?= )|(?:p|aside) class="(?:opening|take)[^>]*(?=>))')

logger = logging.getLogger(__name__)


def split(pagename: str) -> tuple[str, str]:
    """The chapter that a page translates, or the page itself, and its language."""
    found = NAME.fullmatch(pagename)
    return (found[1], found[2]) if found else (pagename, ENGLISH)


def say(pagename: str, words: str) -> str:
    """Words of the frame, in the language of a page."""
    return WORDS.get(split(pagename)[1], {}).get(words, words)


def beside(app: Sphinx, name: str, pagename: str) -> str:
    """A page as one page links to it: its translation, if there is one."""
    own = f"{name}.{split(pagename)[1]}"
    return own if own in app.env.found_docs else name


def languages(app: Sphinx, pagename: str) -> dict[str, str]:
    """The page in all its languages, if there is more than one."""
    chapter, _ = split(pagename)
    names = {code: f"{chapter}.{code}" for code in WORDS} | {ENGLISH: chapter}
    found = {x: names[x] for x in LANGUAGES if names[x] in app.env.found_docs}
    return found if len(found) > 1 else {}


def admit(app: Sphinx, config: Config) -> None:
    """Read the translations, though no list of pages has them."""
    names = ((x, x.removesuffix(".ipynb")) for x in config.exclude_patterns)
    config.exclude_patterns = [x for x, name in names if split(name)[1] == ENGLISH]


def let_alone(app: Sphinx, doctree: nodes.document) -> None:
    """Tell Sphinx that no list has the page, and that the search leaves it out."""
    if split(app.env.docname)[1] != ENGLISH:
        app.env.metadata[app.env.docname] |= {"orphan": "", "nosearch": ""}


def take_place(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give a translation its chapter's addresses, and its neighbours."""
    chapter, language = split(docname)
    if language == ENGLISH:
        return
    pair = (app.env.get_doctree(chapter), doctree)
    theirs, ours = (list(one.findall(nodes.section)) for one in pair)
    if len(theirs) != len(ours):
        text = "translations: %d sections, where the chapter has %d"
        says = (text, len(ours), len(theirs))
        logger.warning(*says, location=docname, type="translations")
    for section, other in zip(ours, theirs, strict=False):
        section["ids"] = [*other["ids"]]
    if relations := getattr(app.builder, "relations", None):
        near = relations[chapter]
        relations[docname] = [x and beside(app, x, docname) for x in near]


def tell(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Say the page's language, and where it stands in others."""
    context["language"] = split(pagename)[1]
    home = app.config.html_baseurl
    context["languages"] = []
    for code, name in languages(app, pagename).items():
        href = f"{name.rpartition('/')[2]}.html"
        about = {"code": code, "name": LANGUAGES[code], "here": name == pagename}
        # Search engines want whole addresses, which a build for oneself does not know.
        about |= {"href": href, "whole": home and f"{home}{name}.html"}
        context["languages"].append(about)


def mark_english(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if split(pagename)[1] != ENGLISH:
        body = context.get("body", "")
        context["body"] = OTHERS.sub(rf'\g<0> lang="{ENGLISH}"', body)


def setup(app: Sphinx) -> None:
    app.connect("config-inited", admit, priority=950)  # once others are excluded
    app.connect("doctree-read", let_alone, priority=900)
    app.connect("doctree-resolved", take_place, priority=100)  # before all who ask
    app.connect("html-page-context", tell, priority=100)
    app.connect("html-page-context", mark_english, priority=900)
