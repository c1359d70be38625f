"""The book as an EPUB and a PDF, which `make files` makes of the built pages."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
READER = ROOT / ".venv-files/bin/python"
ADDRESS = "https://reader.example/book"
# What pypdf says of a PDF: its bookmarks of chapters, its tags, and links to nowhere.
PDF = """
import json, sys
from pypdf import PdfReader
pdf = PdfReader(sys.argv[1])
root = pdf.trailer["/Root"]
links = [x.get_object() for page in pdf.pages for x in page.get("/Annots", [])]
goals = [str(x["/Dest"]) for x in links if "/Dest" in x]
print(json.dumps({
    "chapters": [x.title for x in pdf.outline if not isinstance(x, list)],
    "sections": sum(len(x) for x in pdf.outline if isinstance(x, list)),
    "tagged": bool(root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in root,
    "language": root["/Lang"],
    "inner": len(goals),
    "lost": sorted({x for x in goals if x not in pdf.named_destinations}),
    "sites": sorted({x["/A"]["/URI"] for x in links if "/URI" in x.get("/A", {})}),
}))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    command = [sys.executable, "-m", "xent_book.files.make"]
    told = os.environ | {"BOOK_ADDRESS": ADDRESS}
    html = ROOT / "_build/html"
    done = subprocess.run([*command, html, folder], cwd=ROOT, env=told)
    assert done.returncode == 0
    return folder


@pytest.fixture(scope="module")
def titles():
    """Of the pages, in the order of the contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    names = [
        toc["root"],
        *(x["file"] for part in toc["parts"] for x in part["chapters"]),
    ]
    pages = [
        ROOT / f"_build/html/{name}.html" for name in names if "scratch" not in name
    ]
    heads = [
        re.search("<title>(.*?)( — .*)?</title>", x.read_text("utf8"))[1] for x in pages
    ]
    return [
        head.replace("\N{NO-BREAK SPACE}", " ").replace("&#39;", "’") for head in heads
    ]


def test_the_epub_is_valid(made):
    checked = subprocess.run(
        [READER, "-m", "epubcheck", *made.glob("*.epub")],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_epub_has_every_page_and_leads_to_what_moves(made):
    with zipfile.ZipFile(*made.glob("*.epub")) as book:
        names = {name for name in book.namelist() if name.endswith(".xhtml")}
        contents = book.read("book/nav.xhtml").decode()
        chapter = book.read("book/04-token-loss.xhtml").decode()
        log = book.read("book/reading-a-log.xhtml").decode()
    pages = {path.stem for path in (ROOT / "_build/html/chapters").glob("*.html")}
    pages -= {name for name in pages if "." in name}  # translations
    assert {Path(name).stem for name in names} - {"nav"} == pages - {"scratch"}
    assert contents.count("<li>") == len(names) - 1
    assert "<math" in chapter
    assert "<svg" in chapter
    assert "katex" not in chapter
    assert f'href="{ADDRESS}/chapters/04-token-loss.html#' in chapter
    assert f'href="{ADDRESS}/chapters/reading-a-log.html#log=spike"' in log
    assert "<button" not in chapter
    assert "<details" not in chapter
    assert "0.49" in chapter


def test_the_pdf_has_bookmarks_tags_and_links_that_lead_somewhere(made, titles):
    (path,) = made.glob("*.pdf")
    told = subprocess.run([READER, "-c", PDF, path], capture_output=True, check=True)
    found = json.loads(told.stdout)
    assert found["chapters"] == titles
    assert found["sections"] > 100
    assert found["tagged"]
    assert found["language"] == "en"
    assert found["inner"] > 500
    assert found["lost"] == []
    assert any(site.startswith(f"{ADDRESS}/chapters/") for site in found["sites"])
