"""The whole book as a file: an EPUB and a tagged PDF, from the built pages.

    python -m xent_book.files.make _build/html _build/files

A browser opens each page as it would print it, and hands over its article.
"""

import datetime
import os
import re
import shutil
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import yaml
from playwright.sync_api import Browser, sync_playwright

from xent_book.files.card import draw_first
from xent_book.site.downloads import BOOK

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GATHER = (HERE / "gather.js").read_text(encoding="utf8")
LEFT_OUT = ["scratch"]  # a page whose cells one edits
HREF = re.compile(r' href="([^"#]*)(#[^"]*)?"')
XHTML = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"
 xml:lang="en" lang="en">
<head><title>{title}</title><link rel="stylesheet" href="epub.css"/></head>
<body>{body}</body>
</html>
"""
CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/book.opf"
 media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"
 xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{uuid}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>en</dc:language>
<dc:creator>{authors}</dc:creator>
<dc:rights>Text and figures: CC BY 4.0. Code: BSD-3-Clause.</dc:rights>
<meta property="dcterms:modified">{modified}</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityHazard">none</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="css" href="epub.css" media-type="text/css"/>
<item id="cover" href="cover.png" media-type="image/png" properties="cover-image"/>
{items}
</manifest>
<spine>{spine}</spine>
</package>
"""
# Pages of the PDF, beside what the book's print style says.
PAPER = """<style>
@page { size: A4; margin: 20mm 22mm 22mm }
body { background: none }
.bd-article { max-width: none }
body > div:not(:last-child) { break-after: page }
/* Else a bookmark has twice what begins a page, and no space where a line ends. */
h1, h2, h3 { all: revert; break-after: avoid; white-space: pre-wrap; line-height: 1.2 }
table { break-inside: auto }
tr { break-inside: avoid }
.moves:not(:has([href])) { display: none }
.moves { font: 0.8rem var(--xent-sans); color: var(--xent-muted) }
</style>"""
FOOT = """<p style="width:100%;font:8px sans-serif;text-align:center;color:#52667a">
<span class="pageNumber"></span></p>"""


@dataclass(frozen=True)
class Chapter:
    slug: str
    title: str
    article: str
    live: str  # where its parts move


def chapters_of(toc: Path) -> Iterator[str]:
    """The names of the book's pages, in its order."""
    book = yaml.safe_load(toc.read_text(encoding="utf8"))
    files = [x["file"] for part in book["parts"] for x in part["chapters"]]
    for name in [book["root"], *files]:
        slug = name.rpartition("/")[2]
        if slug not in LEFT_OUT:
            yield slug


def gather(browser: Browser, pages: Path, epub: bool) -> list[Chapter]:
    """Each page's article as it is printed."""
    page = browser.new_page(viewport={"width": 900, "height": 1200})
    page.emulate_media(media="print", color_scheme="light", reduced_motion="reduce")
    found = []
    for slug in chapters_of(ROOT / "_toc.yml"):
        page.goto((pages / f"{slug}.html").as_uri())
        article = page.evaluate(GATHER, epub)
        title = page.title().partition(" — ")[0]
        address = os.environ.get("BOOK_ADDRESS", "").rstrip("/")
        live = f"{address}/chapters/{slug}.html" if address else ""
        found.append(Chapter(slug, title, article, live))
    page.close()
    return found


def linked(chapter: Chapter, slugs: set[str], link: Callable[[str, str], str]) -> str:
    """An article whose links lead to the file's own pages, or to the site's."""

    def lead(match: re.Match[str]) -> str:
        path, anchor = match[1], match[2] or ""
        if re.match(r"\w+:", path):
            return match[0]
        slug = path.rpartition("/")[2].removesuffix(".html") if path else chapter.slug
        moves = "=" in anchor  # what a live part is to show
        if slug in slugs and not moves and path in ("", f"{slug}.html"):
            return f' href="{link(slug, anchor)}"'
        if chapter.live:
            page = path or f"{slug}.html"
            return f' href="{chapter.live.rpartition("/")[0]}/{page}{anchor}"'
        return ""  # a place of the site, whose address is not known

    def alive(match: re.Match[str]) -> str:
        """Where a part moves: on the site, if its address is known."""
        place = f' href="{chapter.live}{match[1]}"' if chapter.live else ""
        return f"<a{place}>"

    article = re.sub(r'<a href="[^"#]*(#[^"]*)" data-live="">', alive, chapter.article)
    return HREF.sub(lead, article)


def make_epub(chapters: list[Chapter], book: dict, folder: Path) -> Path:
    slugs = {chapter.slug for chapter in chapters}
    now = datetime.datetime.now(datetime.UTC)
    modified = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    items, files = [], {"epub.css": (HERE / "epub.css").read_text(encoding="utf8")}
    for chapter in chapters:
        body = linked(chapter, slugs, lambda slug, anchor: f"{slug}.xhtml{anchor}")
        kinds = [name for name in ("svg", "math") if f"<{name} " in body]
        says = f' properties="{" ".join(kinds)}"'.replace("math", "mathml")
        items.append(
            f'<item id="p-{chapter.slug}" href="{chapter.slug}.xhtml"'
            f' media-type="application/xhtml+xml"{says if kinds else ""}/>'
        )
        title = escape(chapter.title)
        files[f"{chapter.slug}.xhtml"] = XHTML.format(title=title, body=body)
    entries = "".join(
        f'<li><a href="{chapter.slug}.xhtml">{escape(chapter.title)}</a></li>'
        for chapter in chapters
    )
    nav = f'<nav epub:type="toc"><h1>Contents</h1><ol>{entries}</ol></nav>'
    files["nav.xhtml"] = XHTML.format(title="Contents", body=nav)
    spine = "".join(f'<itemref idref="p-{chapter.slug}"/>' for chapter in chapters)
    known = {"title": escape(book["title"]), "authors": escape(book["authors"])}
    known |= {"uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, BOOK)), "modified": modified}
    files["book.opf"] = PACKAGE.format(items="\n".join(items), spine=spine, **known)
    path = folder / f"{BOOK}.epub"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.write(folder / "cover.png", "book/cover.png")
        for name, text in files.items():
            archive.writestr(f"book/{name}", text)
    return path


def make_pdf(browser: Browser, chapters: list[Chapter], html: Path, folder: Path):
    """One long page of all articles, printed; ids begin with their chapter's name."""
    slugs = {chapter.slug for chapter in chapters}

    def place(slug: str, anchor: str) -> str:
        return f"#{slug}--{anchor[1:]}" if anchor else f"#{slug}"

    body = ""
    for chapter in chapters:
        own = re.sub(r'(<[^>]*? id=")', rf"\g<1>{chapter.slug}--", chapter.article)
        own = re.sub(r"url\(#|(?<=xlink:href=\")#", rf"\g<0>{chapter.slug}--", own)
        article = linked(replace(chapter, article=own), slugs, place)
        body += f'<div id="{chapter.slug}">{article}</div>'
    styles = "".join(
        f'<link rel="stylesheet" href="_static/{sheet.name}">'
        for sheet in sorted((html / "_static").glob("*.css"))
        if sheet.name not in {"basic.css", "pygments.css"}
        and not sheet.name.startswith("mystnb")
    )
    title = escape(chapters[0].title)
    whole = html / f"{BOOK}.html"
    try:
        whole.write_text(
            f'<!DOCTYPE html><html lang="en" data-theme="light"><meta charset="utf-8">'
            f"<title>{title}</title>{styles}{PAPER}{body}</html>",
            encoding="utf8",
        )
        page = browser.new_page()
        page.emulate_media(media="print", color_scheme="light")
        page.goto(whole.as_uri())
        path = folder / f"{BOOK}.pdf"
        page.pdf(
            path=path,
            prefer_css_page_size=True,
            tagged=True,
            outline=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
        )
        page.close()
    finally:
        whole.unlink()
    return path


def main(html: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))
    authors = ", ".join(
        author.get("name") or f"{author['given-names']} {author['family-names']}"
        for author in cited["authors"]
    )
    book = {"title": settings["title"], "authors": authors}
    draw_first(book["title"]).save(folder / "cover.png")
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program)
        pages = html.resolve() / "chapters"
        made = [
            make_epub(gather(browser, pages, epub=True), book, folder),
            make_pdf(
                browser, gather(browser, pages, epub=False), html.resolve(), folder
            ),
        ]
        browser.close()
    for path in made:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
