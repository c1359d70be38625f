"""What the site gives is installed from it, into an environment with nothing else."""

import re
import subprocess
import sys
import venv
import zipfile
from urllib.request import urlopen

import pytest

from pages import BOOK, serve

USES = (
    "from xent_lib import cross_entropy; print(cross_entropy([3.2, 1, -0.5, 2.5], 0))"
)


@pytest.fixture
def python(tmp_path):
    """Runs Python, or a module of it, in an environment of its own."""
    venv.create(tmp_path / "venv", with_pip=True)
    program = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")

    def run(*words, cwd=tmp_path):
        command = [program / "python", *words]
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_library_comes_in_one_line_and_the_chapters_in_two(python, tmp_path):
    page = (BOOK / "chapters/04-token-loss.html").read_text(encoding="utf8")
    foot = page[page.index('<aside class="take"') :]
    wheel, chapters = re.findall(r'href="\.\./(download/[^"]*)"', foot)[:2]
    with serve() as site:
        python("-m", "pip", "install", "--quiet", f"{site}{wheel}")
        (tmp_path / "chapters.zip").write_bytes(urlopen(f"{site}{chapters}").read())
    assert python("-c", USES).startswith("0.4898")
    folder = tmp_path / "chapters"
    zipfile.ZipFile(tmp_path / "chapters.zip").extractall(folder)
    install = ["-m", "pip", "install", "--quiet", "--find-links", "."]
    python(*install, "xent_book", "nbval", "ipykernel", cwd=folder)
    run = ["-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    assert "passed" in python(
        *run, "04-token-loss.ipynb", "09-real-model.ipynb", cwd=folder
    )
