"""The PDFs of the sheet, one page each."""

import re

import pytest
from matplotlib import rcParams

from xent_book.files.sheet import PAPERS, foot, save_pdf
from xent_book.site.downloads import authors

HOME = "https://reader.github.io/book/"


def test_a_published_pdf_names_and_links_where_it_is_from(tmp_path, monkeypatch):
    monkeypatch.setitem(rcParams, "pdf.compression", 0)
    linked, alone = tmp_path / "linked.pdf", tmp_path / "alone.pdf"
    unset = tmp_path / "unset.pdf"
    save_pdf(linked, *PAPERS["a4"], "A book", HOME)
    save_pdf(alone, *PAPERS["a4"], "A book")
    save_pdf(unset, *PAPERS["a4"], "A book", "")
    author = f"/Author ({authors()})".encode()
    for path, links in ((linked, [HOME.encode()]), (alone, []), (unset, [])):
        pdf = path.read_bytes()
        assert author in pdf
        assert re.findall(rb"/URI \(([^)]*)\)", pdf) == links
        assert pdf.count(b"/Subtype /Link") == len(links)
    said = foot("A book", HOME)
    assert said == f"A book, by {authors()} · reader.github.io/book · CC BY 4.0"
    assert "://" not in foot("A book", None)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_pdf_is_one_page_of_its_paper_with_its_own_fonts(tmp_path, paper):
    wide, high = PAPERS[paper]
    save_pdf(tmp_path / "sheet.pdf", wide, high)
    pdf = (tmp_path / "sheet.pdf").read_bytes()
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert [round(float(x)) for x in box] == [round(wide), round(high)]
    fonts = {name.decode() for name in re.findall(rb"/BaseFont /\w+\+([\w-]+)", pdf)}
    assert {"CharisSIL", "CharisSIL-Bold"} <= fonts
