"""The running example: one sentence, four words, four logits."""

import numpy as np
import pytest

from xent_book import example
from xent_lib import next_token_pairs


def test_the_last_pair_of_the_sentence_is_the_context_and_the_answer():
    inputs, targets = next_token_pairs(example.sentence)
    assert (tuple(inputs), targets[-1]) == (example.context, example.answer)
    assert example.vocabulary[example.target] == example.answer == "mat"


def test_a_reader_may_change_the_logits_and_import_them_again():
    from xent_book.example import logits

    logits[0] = 5.0
    from xent_book.example import logits

    assert logits.tolist() == [3.2, 1.0, -0.5, 2.5]


def test_the_arrows_give_the_logits():
    assert np.array(example.tokens) @ example.h == pytest.approx(example.logits)


def test_the_example_has_no_other_names():
    assert not hasattr(example, "logit")
