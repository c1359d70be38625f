"""The book's recorded data is what SmolLM2 computes."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from xent_book import recorded
from xent_book.data import chat, game
from xent_lib import cross_entropy

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def recipe():
    path = ROOT / "xent_book/data/smollm.py"
    spec = importlib.util.spec_from_file_location("recipe", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_sentences_are_recorded(recipe, real, monkeypatch):
    # The two windows that the text compares; the others take another minute.
    monkeypatch.setattr(recipe, "WINDOWS", recipe.WINDOWS[::3])
    found = recipe.sentences(real)
    assert found["words"] == recorded.words()
    assert found["p(mat) by start"] == pytest.approx(recorded.mat_by_start(), abs=1e-3)
    sums = recorded.sum_by_start()
    assert found["sum by start"] == pytest.approx(sums, abs=0.01)
    windows = recorded.by_window()[::3]
    np.testing.assert_allclose(found["by window"], windows, rtol=1e-3)
    np.testing.assert_allclose(found["looks"], recorded.looks(), atol=2e-3)
    assert [one["text"] for one in found["sentences"]] == [*recorded.sentences()]
    for one in found["sentences"]:
        stored = recorded.sentences()[one["text"]]
        assert one["tokens"] == stored["tokens"]
        assert one["losses"] == pytest.approx(stored["losses"], abs=1e-3)
        assert one["ranks"] == pytest.approx(stored["ranks"], rel=0.02)
        for best, right in zip(one["guesses"], stored["guesses"], strict=True):
            assert dict(best) == pytest.approx(dict(right), rel=0.02)  # by word


def test_the_logits_are_recorded(real):
    logits, ids = recorded.cat()
    assert real.encode("The cat sat on the mat.").tolist() == ids.tolist()
    np.testing.assert_allclose(real.logits(ids[:-1]), logits, rtol=0, atol=2e-3)


def test_wordnet_is_recorded(recipe, real):
    """Every twelfth line."""
    D = recorded.wordnet()
    found = recipe.arrays(real, D.lines[::12])
    assert found["n_tokens"].tolist() == [len(tokens) for tokens in D.tokens[::12]]
    n_bytes = [len(token) for tokens in D.tokens[::12] for token in tokens]
    assert found["n_bytes"].tolist() == n_bytes
    for name in ("losses", "best_p"):
        right = np.concatenate(getattr(D, name)[::12])
        np.testing.assert_allclose(
            found[name] / recorded.STEPS[name], right, rtol=0, atol=2e-3
        )
    assert (found["right"] == np.concatenate(D.right[::12])).mean() > 0.999


class Tied:
    """A model for which every second of forty tokens is likely, and as likely."""

    tokenizer = SimpleNamespace(decode=lambda ids: chr(ord("A") + ids[0]))

    def encode(self, text):
        return np.array([ord(letter) - ord("A") for letter in text])

    def logits(self, ids):
        return np.tile(np.arange(40) % 2, (len(ids), 1))


def test_of_equal_logits_the_first_are_the_guesses(recipe):
    found = recipe.shown(Tied(), "CAB")
    assert found["ranks"] == [21, 1]  # of A, of B
    assert [[word for word, _ in best] for best in found["guesses"]] == [[*"BDFHJ"]] * 2


def test_the_words_of_the_game_are_the_likeliest_that_fit(real):
    """Every fiftieth sentence."""
    words = game.Words(real)
    for text, one in [*zip(game.lines(), recorded.game(), strict=True)][::50]:
        found = words.after(one.left)
        for word in game.passed_over(text):
            found.pop(word, None)
        assert [found[word] for word in one.words] == pytest.approx(one.p, rel=0.02)
        others = [p for word, p in found.items() if word not in one.words]
        assert max(others, default=0) <= 1.02 * min(one.p)


def test_the_conversations_are_recorded(real):
    found = chat.chats(real)
    for one, stored in zip(found, recorded.chats(), strict=True):
        assert one["messages"] == stored.messages
        assert one["tokens"] == stored.tokens
        assert one["parts"] == stored.parts.tolist()
        for name in ("losses", "packed"):
            assert one[name] == pytest.approx(getattr(stored, name), abs=1e-3)


def test_a_conversation_costs_what_it_costs_alone_where_attention_ends_at_it(real):
    rows = [chat.rendered(real.tokenizer, one)[0] for one in chat.CHATS]
    hidden = real.hidden([row[:-1] for row in rows])
    losses = cross_entropy(
        hidden @ real.output.T, np.concatenate([r[1:] for r in rows])
    )
    alone = np.concatenate([one.losses for one in recorded.chats()])
    np.testing.assert_allclose(losses, alone, rtol=0, atol=1e-3)
