"""The page that annotates the source, compared with the computation."""

import re
from pathlib import Path

import numpy as np
import pytest

from xent_book.example import logits, target
from xent_lib import cross_entropy, softmax

PAGE = (Path(__file__).parents[2] / "chapters/the-source-annotated.md").read_text(
    encoding="utf8"
)
ROWS = re.findall(
    r"^\| (.+?) \| (.+?) \| ([\d.]+) \| ?(.*?) ?\|$", PAGE, flags=re.MULTILINE
)

e, p = np.exp(logits), softmax(logits)
COMPUTED = [
    -np.log(0.60),
    -np.log(0.001),
    *e,
    e.sum(),
    *p,
    p.sum(),
    cross_entropy(logits, target),
    -np.log(0.61),
]


def test_every_row_is_computed():
    assert len(ROWS) == len(COMPUTED)


@pytest.mark.parametrize(("row", "value"), list(zip(ROWS, COMPUTED, strict=True)))
def test_a_row_gives_the_computed_number_and_marks_what_differs(row, value):
    _, source, computed, mark = row
    assert computed == f"{value:.6f}"
    if re.fullmatch(r"[\d.]+", source):
        rounded = f"{value:.{len(source.partition('.')[2])}f}"
        assert mark == ("" if rounded == source else f"✗ {rounded}")


def test_the_numbers_in_the_remarks():
    assert f"give {12.18 / 40.04:.6f}" in PAGE
    assert f"the loss grows {np.log(0.001) / np.log(p[target]):.1f} times" in PAGE
    assert f"the slope {(1 - 0.001) / (1 - p[target]):.2f} times" in PAGE
