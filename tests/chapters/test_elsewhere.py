"""The programs of xent_book/elsewhere: unchanged on the page, and correct.

What they print, the table, and what the lines of PyTorch in Chapter 4 print,
tests/makers/peers/test_elsewhere.py sees.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from xent_book.example import logits
from xent_lib import cross_entropy

CHAPTERS = Path(__file__).parents[2] / "chapters"
PAGE = (CHAPTERS / "elsewhere.md").read_text(encoding="utf8")
PROGRAMS = sorted((CHAPTERS.parent / "xent_book/elsewhere").glob("in_*.py"))

mat, hat, sat, rug = cross_entropy([logits] * 4, range(4))
both = (mat + rug) / 2
weighted = (mat + 3 * rug) / 4
smoothed = cross_entropy(logits, 0.9 * np.eye(4)[0] + 0.1 / 4)
padded = mat / 2  # counted as 0
EXPECTED = {
    "in_pytorch": [
        mat,
        smoothed,
        both,
        mat + rug,
        weighted,
        mat,
        cross_entropy([mat] * 4, 0),  # along the wrong axis, all four are alike
        mat,
    ],
    "in_optax": [mat, both, np.nan, rug, mat, padded],
    "in_keras": [mat, -np.log(3.2 / np.sum(logits)), both, mat, padded, smoothed],
    "in_scikit_learn": [mat, both, mat + rug, mat, hat, -np.log(np.finfo("d").eps)],
    "in_transformers": [
        mat,
        hat,  # comes one later than the largest
        (3 * mat + 2 * hat + rug) / 6,
        (3 * mat + hat) / 4,
        (3 * mat + hat) / 4,
    ],
}


def test_every_program_is_listed():
    assert [path.stem for path in PROGRAMS] == sorted(EXPECTED)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_page_shows_and_links_it(path):
    text = path.read_text(encoding="utf8")
    assert f"[{path.name}](../xent_book/elsewhere/{path.name})" in PAGE
    assert f"\n```python\n{text}```\n" in PAGE
    lines = text.splitlines()
    assert len(lines) < 30
    assert max(map(len, lines)) <= 80  # as wide as a page


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_what_stands_beside_a_print_is_the_library_s(path):
    found = re.findall(r"^print.*  # (\S+?)(?:, wrong)?$", path.read_text("utf8"), re.M)
    assert found == [f"{x:.6f}" for x in EXPECTED[path.stem]]


def test_the_lines_of_pytorch_in_chapter_4_have_its_logits_and_its_loss():
    chapter = (CHAPTERS / "04-token-loss.ipynb").read_text(encoding="utf8")
    first, _, computed, *_ = json.loads(chapter)["cells"]
    text = "".join(first["source"])
    (taken,) = re.findall(r"torch\.tensor\((\[.*?\])\)", text)
    assert json.loads(taken) == logits.tolist()
    (printed,) = re.findall(r"^tensor\((.*)\)$", text, re.M)
    assert printed == f"{mat:.4f}"
    assert "".join(computed["outputs"][0]["text"]).endswith(f" = {printed}\n")


def test_what_is_no_loss_of_the_example_is_called_wrong():
    """Neither of its tokens, nor of a mean of them that a reader asked for."""
    means = both, weighted, (3 * mat + hat) / 4
    right = {f"{x:.6f}" for x in (mat, smoothed, mat + rug, *means)}
    for path in PROGRAMS:
        for line in re.findall("^print.*  # (.*)", path.read_text("utf8"), re.M):
            assert line.endswith(", wrong") != (line in right), line


def test_the_page_says_which_versions_were_called():
    (line,) = re.findall(r"^The versions called on \d+ \w+ \d{4} were .+", PAGE, re.M)
    names = re.findall(r"([\w-]+) \d+\.\d+\.\d+", line)
    columns = re.findall(r"\[([\w-]+)\]\(#", PAGE.partition("| takes |")[0])
    assert {*names} == {*columns, "JAX"}
