"""Whole reports, as they were approved: a text file for each function of the corpus
that has a sentence of its own.

After a change of words, write them anew and read the difference. For one more, make an
empty file of its name first.

    APPROVE=1 pytest tests/doctor/test_reports.py; git diff tests/doctor/reports
"""

import html
import os
import re
from pathlib import Path

import numpy as np
import pytest

from test_corpus import NUMPY, answer
from xent_doctor import diagnose
from xent_lib import cross_entropy

FOLDER = Path(__file__).with_name("reports")
CASES = {one.id.rstrip(":").replace(":", "."): one.values for one in NUMPY}
APPROVED = sorted(path.stem for path in FOLDER.glob("*.txt"))


@pytest.mark.parametrize("name", APPROVED)
def test_the_report_is_what_was_approved(name):
    _, found = answer(*CASES[name])
    path = FOLDER / f"{name}.txt"
    if os.environ.get("APPROVE"):
        path.write_text(f"{found!r}\n", encoding="utf-8")
    assert f"{found!r}\n" == path.read_text(encoding="utf-8")


def test_a_report_fits_a_screen():
    for path in FOLDER.glob("*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 24, path
        assert all(len(line) <= 79 for line in lines), path


def test_there_are_enough_of_them():
    assert len(APPROVED) >= 50


def test_a_page_has_the_same_words_and_each_sign_by_itself():
    found = diagnose(lambda o, t: np.median(cross_entropy(o, t)))
    page = found._repr_html_()
    text = html.unescape(re.sub("<[^>]*>", "", re.sub("<br>|<p>", "\n", page)))
    assert text.split() == repr(found).split()
    signs = re.findall('class="sign">(.)<', page)
    assert signs == re.findall("^[✗–✓?]", repr(found), re.M) != []
