"""Chapters in another language: `02-logits.de.ipynb` translates `02-logits.ipynb`.

A translation takes its chapter's place: it has the same neighbours and the same entry
in the list of pages, and its sections keep the addresses of the chapter's. Each of the
two leads to the other. `words/` has what else its page says: the frame, the answers of
cells, the live parts. A script that only a translated page loads puts it in the place
of what the other scripts say in English.
"""

import json
import re
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from xent_book.site.live import light

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
# By language: what a page says in English, and what stands in its place.
TABLES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf8"))
    for path in sorted(Path(__file__).parent.glob("words/*.toml"))
}
WORDS = {code: table["frame"] for code, table in TABLES.items()}
NAME = re.compile(rf"(.+)\.({'|'.join(WORDS)})")
# What a page has of others, and no translator sees.
OTHERS = re.compile(
    r'<(xent-\w+(?= )|(?:p|aside)(?= class="(?:opening|take)))(.*?</)\1>', re.DOTALL
)
# What is said in it, and the links at headings.
TEXT = re.compile(r"(?<=>)()([^<]+)(?=<)")
NAMED = re.compile(r'( (?:title|aria-label)=")([^"]+)')
LINKS = re.compile(r'(<a class="headerlink"[^>]* title=")([^"]+)')

logger = logging.getLogger(__name__)


def split(pagename: str) -> tuple[str, str]:
    """The chapter that a page translates, or the page itself, and its language."""
    found = NAME.fullmatch(pagename)
    return (found[1], found[2]) if found else (pagename, ENGLISH)


def say(pagename: str, words: str) -> str:
    """Words of the frame, in the language of a page."""
    return WORDS.get(split(pagename)[1], {}).get(words, words)


def translate(text: str, language: str) -> str | None:
    """What a script or a live part says, in this language; None if no table has it."""
    if not (said := text.strip()):
        return None
    before, _, after = text.partition(said)
    line = " ".join(said.split())
    for english, own in TABLES.get(language, {}).get("says", {}).items():
        rule = re.escape(english).replace(r"\{\}", "(.*?)")
        if found := re.fullmatch(rule, line):
            filled = (translate(part, language) or part for part in found.groups())
            return before + own.format(*filled) + after
    return None


def translate_all(markup: str, language: str, *where: re.Pattern) -> str:
    """Markup with what the table has of its texts."""

    def own(found: re.Match) -> str:
        return found[1] + (translate(found[2], language) or found[2])

    for pattern in where:
        markup = pattern.sub(own, markup)
    return markup


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
    """Tell Sphinx that no list has the page."""
    if split(app.env.docname)[1] != ENGLISH:
        app.env.metadata[app.env.docname] |= {"orphan": ""}


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


def mark_others(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Translate what no translator sees, or else mark it as English."""
    if (language := split(pagename)[1]) == ENGLISH:
        return

    def own(found: re.Match) -> str:
        tag, rest = found.groups()
        said = translate_all(rest, language, TEXT, NAMED)
        mark = f' lang="{ENGLISH}"' if said == rest else ""
        return f"<{tag}{mark}{said}{tag}>"

    body = translate_all(context.get("body", ""), language, LINKS)
    context["body"] = OTHERS.sub(own, body)


def bring_words(app: Sphinx) -> None:
    """Put what scripts say where a translated page looks for it."""
    if app.builder.format != "html":
        return
    script = light(Path(__file__).with_suffix(".js"))
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    for code, table in TABLES.items():
        told = json.dumps(table["says"], ensure_ascii=False, separators=(",", ":"))
        (static / f"words.{code}.js").write_text(
            f"const xentWords={told};{script}", "utf8"
        )


def load_words(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if (language := split(pagename)[1]) != ENGLISH:  # before the scripts that say it
        app.add_js_file(f"words.{language}.js", priority=300, loading_method="defer")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", admit, priority=950)  # once others are excluded
    app.connect("doctree-read", let_alone, priority=900)
    app.connect("doctree-resolved", take_place, priority=100)  # before all who ask
    app.connect("html-page-context", tell, priority=100)
    app.connect("html-page-context", mark_others, priority=900)
    app.connect("html-page-context", load_words)
    app.connect("builder-inited", bring_words)
