"""The site's downloads install from it, into an empty environment."""

import html
import re
import zipfile
from pathlib import Path
from urllib.request import urlopen

from pages import BOOK, serve

USES = (
    "from xent_lib import cross_entropy; print(cross_entropy([3.2, 1, -0.5, 2.5], 0))"
)


def lines(page):
    """What the foot of a page has a reader type, and where it leads."""
    foot = page[page.index('<aside class="take"') :].partition("</aside>")[0]
    code = "\n".join(re.findall("<pre.*?>(.*?)</pre>", foot, re.S))
    text = html.unescape(re.sub("<.*?>", "", code))
    return text.splitlines(), re.findall(r'href="\.\./(download/[^"]*)"', foot)


def test_the_library_comes_in_one_line_and_the_chapters_in_two(python, nbval, tmp_path):
    page = (BOOK / "chapters/bug-museum.html").read_text(encoding="utf8")
    (library, install, lab), (wheel, chapters) = lines(page)
    assert library == f"pip install {Path(wheel).name}"  # book.js has its address
    assert lab == "jupyter lab index.ipynb"
    with serve() as site:
        python("-m", "pip", "install", "--quiet", f"{site}{wheel}")
        (tmp_path / "chapters.zip").write_bytes(urlopen(f"{site}{chapters}").read())
    assert python("-c", USES).startswith("0.4898")
    folder = tmp_path / "chapters"
    zipfile.ZipFile(tmp_path / "chapters.zip").extractall(folder)
    python("-m", *install.split(), cwd=folder)
    run = nbval("04-token-loss.ipynb", "08-real-model.ipynb", cwd=folder)
    assert "passed" in run
    alone = tmp_path / "alone"  # as the button of the page has it
    alone.mkdir()
    notebook = BOOK / "_sources/chapters/04-token-loss.ipynb"
    (alone / notebook.name).write_bytes(notebook.read_bytes())
    assert "passed" in nbval(notebook.name, cwd=alone)
