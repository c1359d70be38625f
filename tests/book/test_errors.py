"""The stored errors that Chapter 7 draws: what they say, and their recipe."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).parents[2] / "xent_book/data"
STORED = json.loads((DATA / "errors.json").read_text(encoding="utf8"))["errors"]
SOFTMAX, SHORT = "ln of plain softmax", "log-sum-exp − logit"
LARGEST = "from the largest"


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("errors", DATA / "errors.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("dtype", STORED)
def test_what_is_counted_from_the_largest_keeps_its_digits(dtype):
    most = 8 * np.finfo(dtype).eps
    assert max(STORED[dtype][LARGEST]) <= most


@pytest.mark.parametrize("dtype", STORED)
def test_the_short_way_loses_digits_in_proportion_to_the_size(dtype):
    sizes, errors = STORED[dtype]["sizes"], STORED[dtype][SHORT]
    grown = [(x, y) for x, y in zip(sizes, errors, strict=True) if x >= 32]
    spacing = [np.spacing(np.array(x, dtype)) for x, _ in grown]
    assert all(s / 4 <= y <= 2 * s for (_, y), s in zip(grown, spacing, strict=True))


@pytest.mark.parametrize("dtype", STORED)
def test_softmax_gives_no_number_once_exp_overflows(dtype):
    limit = np.log(float(np.finfo(dtype).max))
    for size, error in zip(STORED[dtype]["sizes"], STORED[dtype][SOFTMAX], strict=True):
        assert (error is None) == (size + 4 > limit)


def test_the_recipe_gives_them_again_but_for_the_last_bits_of_exp(recipe):
    with np.errstate(all="ignore"):
        again = recipe.errors()
    assert again.keys() == STORED.keys()
    for dtype, lines in STORED.items():
        assert again[dtype].keys() == lines.keys()
        for name, line in lines.items():
            for new, old in zip(again[dtype][name], line, strict=True):
                assert (new is None) == (old is None)
                assert new is None or old / 2 <= new <= 2 * old
