"""The pages offer the book's packages and notebooks, and say how to install them."""

import html
import re
import zipfile
from types import SimpleNamespace

import nbformat
import pytest

from xent_book.site.downloads import DATE, FOLDER, SOURCES, bring_library, cite, file

CELLS = [
    nbformat.v4.new_markdown_cell("# A chapter", id="title"),
    nbformat.v4.new_code_cell("1", id="one"),
]
NOTEBOOK = nbformat.writes(nbformat.v4.new_notebook(cells=CELLS))


@pytest.fixture
def built(build):
    files = {"chapters/page.ipynb": NOTEBOOK, "chapters/glossary.md": "# Words\n"}
    files["chapters/LICENSE"] = "CC BY 4.0"
    index = ".. toctree::\n\n   chapters/page\n"
    options = {"nb_execution_mode": "off", "strict": True, "others": ["myst_nb"]}
    return build(index, "site.downloads", files=files, **options)


def test_the_foot_of_a_page_with_cells_leads_to_what_lies_beside_it(built):
    folder = built.out / "chapters"
    page = (folder / "page.html").read_text(encoding="utf8")
    foot = page[page.index('<aside class="take"') :]
    for href in re.findall('href="([^"]*)"', foot.partition("</aside>")[0]):
        assert (folder / href).resolve().is_file(), href
    assert "take" not in built.page


def plugins(names):
    return next(name for name in names if name.endswith("entry_points.txt"))


def test_the_foot_installs_the_library_or_the_doctor_with_it(built):
    page = (built.out / "chapters/page.html").read_text(encoding="utf8")
    text = html.unescape(re.sub("<.*?>", "", page[page.index('class="take"') :]))
    lines = re.findall("^pip install (xent.*)$", text, re.M)
    library, doctor = file("xent_lib"), file("xent_doctor")
    assert lines == [library, f"{library} {doctor}"]


def test_the_wheels_have_what_their_users_import(built):
    [library] = (built.out / FOLDER).glob("xent_lib-*.whl")
    names = zipfile.ZipFile(library).namelist()
    assert {"xent_command.py", "xent_lib/smollm/tiny/tiny.gguf"} <= {*names}
    assert not [name for name in names if name.startswith("xent_book")]
    [doctor] = (built.out / FOLDER).glob("xent_doctor-*.whl")
    names = zipfile.ZipFile(doctor).namelist()
    of_the_doctor = {"__main__.py", "faults/beside.toml", "recipes.toml"}
    assert {f"xent_doctor/{name}" for name in of_the_doctor} <= {*names}
    assert "xent_doctor" in str(zipfile.ZipFile(doctor).read(plugins(names)))
    [book] = (built.out / FOLDER).glob("xent_book-*.whl")
    names = zipfile.ZipFile(book).namelist()
    assert {"xent_book/table.py", "xent_book/data/smollm.npz"} <= {*names}


def test_the_chapters_come_with_all_wheels_and_with_what_they_lead_to(built):
    """Asked for by their files: anybody may have a name alone at a registry."""
    chapters = zipfile.ZipFile(built.out / FOLDER / "chapters.zip")
    names = chapters.namelist()
    wheels = [file(name) for name in SOURCES]
    rest = {"README.txt", "requirements.txt", "LICENSE", "glossary.md", "page.ipynb"}
    assert {*names} == {*wheels} | rest
    asked = chapters.read("requirements.txt").decode().split()
    assert asked == [*(f"./{wheel}" for wheel in wheels), "jupyterlab"]


def test_two_builds_of_the_same_files_give_the_same_bytes(built):
    """What differs between builds is when they were, and no file has that time."""
    archives = [*(built.out / FOLDER).iterdir()]
    assert len(archives) == 4
    files = [info for path in archives for info in zipfile.ZipFile(path).infolist()]
    assert {info.date_time for info in files} == {DATE}


def test_who_cites_the_book_copies_what_the_project_says_of_itself():
    text = cite("https://book.example/")
    assert text.startswith("@software{xent,\n  title = {How surprised is the model? ")
    assert "  author = {{The authors of How surprised is the model?}}," in text
    assert re.search(r"  version = \{\d\S*\},\n  year = \{\d{4}\},\n  url = ", text)
    assert text.endswith(",\n  url = {https://book.example/}\n}")


@pytest.mark.parametrize("home", ["", None])
def test_an_entry_without_a_known_address_has_no_url(home):
    assert re.search(r"  year = \{\d{4}\}\n\}$", cite(home))


@pytest.mark.parametrize("home", ["", "https://book.example/"])
def test_a_notebook_from_a_site_with_an_address_brings_what_it_imports(tmp_path, home):
    path = tmp_path / "_sources/chapter.ipynb"
    path.parent.mkdir()
    path.write_text(NOTEBOOK, encoding="utf8")
    app = SimpleNamespace(
        builder=SimpleNamespace(format="html"),
        config=SimpleNamespace(html_baseurl=home),
        outdir=tmp_path,
    )
    for former in ("https://former.example/", ""):
        # A build finds the pages of the one before, if they are not written anew.
        app.config.html_baseurl = home and (former or home)
        bring_library(app, None)
    title, *code = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    files = [f"https://book.example/{FOLDER}/{file(name)}" for name in SOURCES]
    assert title == "# A chapter"
    assert code == [f"%pip install --quiet {' '.join(files)}", "1"][not home :]
