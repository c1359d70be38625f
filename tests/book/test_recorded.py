"""The data recorded with SmolLM2 is consistent, and small.

tests/makers/model/test_recorded.py compares it with the model.
"""

import numpy as np
import pytest

from xent_book import recorded
from xent_book.recorded import FOLDER
from xent_lib import cross_entropy, softmax

D = recorded.wordnet()


def test_the_sentence_has_the_losses_of_its_logits():
    one = recorded.sentences()["The cat sat on the mat."]
    logits, ids = recorded.cat()
    losses = cross_entropy(logits, ids[1:])
    np.testing.assert_allclose(losses, one["losses"], rtol=0, atol=5e-4)
    came = np.take_along_axis(logits, ids[1:, np.newaxis], axis=1)
    # In the steps in which they are stored, some logits are equal that were not.
    assert ((logits > came).sum(axis=1) < one["ranks"]).all()
    assert ((logits >= came).sum(axis=1) >= one["ranks"]).all()
    p = -np.sort(-softmax(logits), axis=1)[:, :5]
    said = [[q for _, q in best] for best in one["guesses"]]
    np.testing.assert_allclose(p, said, rtol=5e-3)
    assert ids[6] == recorded.words()["mat"]
    mat = recorded.mat_by_start()["<|endoftext|>"]
    assert round(mat, 3) == one["guesses"][5][0][1]


@pytest.mark.parametrize("text", recorded.sentences())
def test_a_sentence_is_its_tokens(text):
    one = recorded.sentences()[text]
    assert "".join(one["tokens"]) == text
    assert len(one["tokens"]) == len(one["losses"]) == len(one["guesses"])
    for token, loss, best in zip(
        one["tokens"], one["losses"], one["guesses"], strict=True
    ):
        p = dict(best).get(token, 0)
        assert p == 0 or abs(p - np.exp(-loss)) < 0.005 * p + 1e-4


@pytest.mark.parametrize("chat", recorded.chats())
def test_a_conversation_is_its_tokens_in_the_template(chat):
    text = "".join(f"<|im_start|>{role}\n{x}<|im_end|>\n" for role, x in chat.messages)
    assert f"<|im_start|>{''.join(chat.tokens)}" == text
    sizes = {x.shape for x in (chat.parts, chat.losses, chat.packed)}
    assert sizes == {(len(chat.tokens),)}
    tokens = np.array(chat.tokens)
    for role, said in chat.messages:
        part = "answer" if role == "assistant" else role
        assert "".join(tokens[chat.parts == part]) == said
    assert tokens[chat.parts == "end"].tolist() == ["<|im_end|>"]


def test_only_what_stands_behind_another_conversation_costs_something_else():
    short, long = recorded.chats()
    assert (short.packed == short.losses).all()
    assert (long.packed != long.losses).any()


def test_a_line_is_its_tokens():
    assert ["".join(tokens) for tokens in D.tokens] == D.lines
    assert len(D.lines) == 2400


@pytest.mark.parametrize("name", ["losses", "best_p", "right"])
def test_each_token_has_its_numbers(name):
    assert [len(values) for values in getattr(D, name)] == list(map(len, D.tokens))


def test_where_the_likeliest_came_its_p_is_in_the_loss():
    losses, p, right = map(np.concatenate, (D.losses, D.best_p, D.right))
    np.testing.assert_allclose(np.exp(-losses[right]), p[right], rtol=0, atol=3e-4)
    assert (np.exp(-losses[~right]) < p[~right] + 3e-4).all()
    assert ((p > 0) & (p <= 1)).all()


def test_it_is_small():
    names = ("smollm.npz", "smollm.json", "chat.json")
    paths = [FOLDER / name for name in names]
    assert sum(len(path.read_bytes()) for path in paths) < 1e6
