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
TESTS = "from xent_lib import cross_entropy, diagnose; print(diagnose(cross_entropy))"


def lines(page):
    """What the foot of a page has a reader type, and where it leads."""
    foot = page[page.index('<aside class="take"') :].partition("</aside>")[0]
    code = "\n".join(re.findall("<pre.*?>(.*?)</pre>", foot, re.S))
    text = html.unescape(re.sub("<.*?>", "", code))
    return text.splitlines(), re.findall(r'href="\.\./(download/[^"]*)"', foot)


def test_library_and_doctor_come_in_one_line_each_and_the_chapters_in_two(
    python, nbval, tmp_path
):
    page = (BOOK / "chapters/bug-museum.html").read_text(encoding="utf8")
    (library, doctor, install, lab), (wheel, *wheels, chapters) = lines(page)
    assert library == f"pip install {Path(wheel).name}"  # book.js has its address
    assert doctor == f"pip install {' '.join(Path(one).name for one in wheels)}"
    assert lab == "jupyter lab index.ipynb"
    with serve() as site:
        python("-m", "pip", "install", "--quiet", f"{site}{wheel}")
        (tmp_path / "chapters.zip").write_bytes(urlopen(f"{site}{chapters}").read())
        assert python("-c", USES).startswith("0.4898")
        addresses = [f"{site}{one}" for one in wheels]
        python("-m", "pip", "install", "--quiet", *addresses)
    assert "✓ Nothing wrong was found" in python("-X", "utf8", "-c", TESTS)
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
