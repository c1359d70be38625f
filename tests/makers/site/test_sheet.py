"""The PDFs of the sheet, one page each."""

import re

import pytest

from xent_book.site.sheet import PAPERS, save_pdf


@pytest.mark.parametrize("paper", PAPERS)
def test_a_pdf_is_one_page_of_its_paper_with_its_own_fonts(tmp_path, paper):
    wide, high = PAPERS[paper]
    save_pdf(tmp_path / "sheet.pdf", wide, high)
    pdf = (tmp_path / "sheet.pdf").read_bytes()
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert [round(float(x)) for x in box] == [round(wide), round(high)]
    fonts = {name.decode() for name in re.findall(rb"/BaseFont /\w+\+([\w-]+)", pdf)}
    assert {"CharisSIL", "CharisSIL-Bold"} <= fonts
