"""The mask: which tokens are scored, and the loss under three divisors."""

import dataclasses

import numpy as np
import pytest

import golden
from parts import cells, config
from xent_book.parts import Mask
from xent_book.parts.mask import divided
from xent_book.recorded import chats

SHORT, LONG = chats()


def test_three_divisors_of_three_losses():
    for one in golden.stored("mask"):
        assert divided(one["losses"], 64) == pytest.approx(one["divided"], rel=1e-14)


def test_the_table_has_a_row_for_each_mask():
    assert cells(Mask([SHORT, LONG])) == [
        ["all", "tokens", "2.38", "2.42", "1.36"],
        ["answers", "only", "2.05", "2.83", "0.39"],
        ["answers", "and", "their", "ends", "2.16", "2.59", "0.44"],
    ]


def test_without_a_script_the_scored_text_is_marked():
    text = Mask([SHORT, LONG], 32)._repr_html_()
    assert "<mark>On the mat.&lt;|im_end|&gt;</mark>" in text
    assert text.count("<mark>") == 2


def test_the_script_gets_each_token_with_its_part_and_loss():
    given = config(Mask([SHORT, LONG], 32))
    assert given["constant"] == 32
    for chat, one in zip((SHORT, LONG), given["chats"], strict=True):
        assert one["tokens"] == chat.tokens
        assert one["parts"] == chat.parts.tolist()
        assert one["losses"] == chat.losses.tolist()


def test_the_constant_divides_only_its_own_loss():
    few, many = Mask(chats(), 32), Mask(chats(), 64)
    for mask in few.masks:
        *means, by_few = few.losses(mask)
        assert means == [*many.losses(mask)[:2]]
        assert by_few == pytest.approx(2 * many.losses(mask)[2])


def test_a_conversation_without_an_answer_is_refused():
    asked = dataclasses.replace(SHORT, parts=np.full(len(SHORT.tokens), "user"))
    with pytest.raises(ValueError, match=r"chats must have answers, got \[\('system"):
        Mask([asked])


@pytest.mark.parametrize("constant", [0, -1, float("nan")])
def test_a_constant_that_is_not_positive_is_refused(constant):
    with pytest.raises(ValueError, match=f"constant must be positive, got {constant}"):
        Mask(chats(), constant)
