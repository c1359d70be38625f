"""The book as its workflow publishes it: it knows its address and its repository."""

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup
from PIL import Image

ROOT = Path(__file__).parents[2]
FORGE = "https://github.com/Reader/book"


@pytest.fixture
def published(tmp_path):
    """The address and the folder of the book, built and served as it is published."""
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=tmp_path / "_build/html"
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        told = {"GITHUB_REPOSITORY": "Reader/book", "GITHUB_REF_NAME": "main"}
        told |= {"GITHUB_SERVER_URL": "https://github.com", "BOOK_ADDRESS": address}
        book = Path(sys.executable).with_name("jupyter-book")
        strictly = ["--quiet", "-W", "-n", "--keep-going"]
        done = subprocess.run(
            [book, "build", *strictly, "--path-output", tmp_path, ROOT],
            env=os.environ | told,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address, tmp_path / "_build/html"
        server.shutdown()


TAG = re.compile(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"')
CARD = {"og:title", "og:description", "og:url", "og:image", "og:image:alt"}
CARD |= {"og:type", "og:site_name", "og:image:width", "og:image:height"}


def assert_cards(address, folder):
    """Each page on the map of the site has a card, with what it says in its lead."""
    pages = re.findall(
        f"<loc>{address}(.*?)</loc>", (folder / "sitemap.xml").read_text()
    )
    assert len(pages) > 20
    cards = set()
    for page in pages:
        told = dict(TAG.findall((folder / page).read_text("utf8")))
        assert told.keys() >= CARD | {"twitter:card"}, page
        assert told["og:description"] == told["description"]
        assert told["og:image"].startswith(f"{address}_static/")
        with Image.open(folder / told["og:image"].removeprefix(address)) as card:
            assert card.size == (1200, 630)
        cards.add(told["og:image"])
    assert len(cards) == len(pages)
    first = (folder / "chapters/index.html").read_text("utf8")
    told, page = dict(TAG.findall(first)), BeautifulSoup(first, "html.parser")
    before, _, after = page.select_one(".x-sentence > span").contents
    assert told["og:image:alt"] == f"{before}____{after}"


def test_a_published_site_knows_where_it_is_and_where_it_is_made(published, nbval):
    address, folder = published
    name = "chapters/04-token-loss"
    page = (folder / f"{name}.html").read_text(encoding="utf8")
    assert f'<link rel="canonical" href="{address}{name}.html"' in page
    assert_cards(address, folder)
    assert urlopen(f"{address}_static/social-card.png").status == 200
    assert f"<loc>{address}{name}.html</loc>" in (folder / "sitemap.xml").read_text()
    for way in [f"/edit/main/{name}.ipynb", "/issues/new/choose"]:
        assert f'href="{FORGE}{way}' in page, way
    asked = page[page.index('class="ask"') :]
    assert f"{FORGE}/blob/main/CONTRIBUTING.md" in asked
    assert (ROOT / "CONTRIBUTING.md").exists()
    wheel = re.search(f">({address}download/xent_lib-[^<]*)</a>", page)[1]
    assert urlopen(wheel).status == 200
    files = re.findall(r'href="[^"]*(download/[^"]*\.(?:epub|pdf))"', page)
    assert len(files) == 2
    made = [sys.executable, "-m", "xent_book.files.make", folder, folder / "download"]
    told = os.environ | {"BOOK_ADDRESS": address}
    subprocess.run(made, cwd=ROOT, check=True, env=told)
    assert [urlopen(f"{address}{file}").status for file in files] == [200, 200]
    binder = "https://mybinder.org/v2/gh/Reader/book/main?urlpath=lab/tree/"
    assert f'href="{binder}{name}.ipynb"' in page
    assert "Cite the book" in (folder / "chapters/index.html").read_text("utf8")
    # A notebook installs what it imports, from the site, and then gives what is stored.
    notebook = urlopen(f"{address}_sources/{name}.ipynb").read()
    (folder.parents[1] / "04.ipynb").write_bytes(notebook)
    assert "passed" in nbval("04.ipynb", cwd=folder.parents[1])
