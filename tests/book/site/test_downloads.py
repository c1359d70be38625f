"""The pages give what the book is made of, and say how to take it along."""

import re
import zipfile

import nbformat
import pytest

from xent_book.site.downloads import FOLDER


@pytest.fixture
def built(build):
    cells = [nbformat.v4.new_code_cell("1", id="one")]
    notebook = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    files = {"chapters/page.ipynb": notebook, "chapters/glossary.md": "# Words\n"}
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


def test_the_wheels_have_what_their_users_import(built):
    [library] = (built.out / FOLDER).glob("xent_lib-*.whl")
    names = zipfile.ZipFile(library).namelist()
    assert {"xent_lib/formulas.py", "xent_lib/smollm/tiny/tiny.gguf"} <= {*names}
    assert not [name for name in names if name.startswith("xent_book")]
    [book] = (built.out / FOLDER).glob("xent_book-*.whl")
    names = zipfile.ZipFile(book).namelist()
    assert {"xent_book/table.py", "xent_book/data/smollm.npz"} <= {*names}


def test_the_chapters_come_with_both_wheels_and_with_what_they_lead_to(built):
    names = zipfile.ZipFile(built.out / FOLDER / "chapters.zip").namelist()
    wheels = [name for name in names if name.endswith(".whl")]
    assert len(wheels) == 2
    rest = {"README.txt", "LICENSE", "glossary.md", "page.ipynb"}
    assert {*names} - {*wheels} == rest
