"""How scores are printed. As a command: test_main.py."""

import numpy as np

from xent_lib.smollm.report import in_json, in_words, shown


def test_no_more_digits_are_shown_than_are_the_same_everywhere():
    numbers = [0.12345, 20.91649, 426.04649, 4260.4649, 426046.49, 12345678.9, np.inf]
    whole = ["0.123", "20.916", "426.046", "4260.46", "426046", "12345700", "inf"]
    assert [shown(x) for x in numbers] == whole
    few = ["0.12", "20.92", "426.05", "4260.5", "426050", "12346000", "inf"]
    assert [shown(x, 5, 2) for x in numbers] == few


def test_of_equal_losses_the_first_tokens_are_the_costliest():
    losses, tokens = [2.0, 3.0, 1.0, 3.0, 3.0], [" a", " b", " c", " d", " e"]
    record = {"name": "x", "first": 0, "last": True, "n_bytes": 10}
    record |= {"losses": losses, "tokens": tokens, "ids": [0] * 5}
    printed = in_words([(record, None)], 1, top=2)
    assert [line.split()[0] for line in printed][:3] == ["token", "b", "d"]


def test_nothing_has_no_sum():
    assert list(in_json([])) == list(in_words([], 0, None)) == []
