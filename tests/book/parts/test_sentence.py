"""A sentence that was read: what its table shows without a script."""

import numpy as np
import pytest

from parts import CAT, cells, config
from xent_book._html import number
from xent_book.parts import Sentence

TEXT, TOKENS, LOSSES, GUESSES, RANKS = CAT


def test_the_table_has_each_token_its_loss_its_p_and_the_best_guess():
    *rows, total, mean = cells(Sentence(*CAT))
    for row, token, loss, best in zip(rows, TOKENS, LOSSES, GUESSES, strict=True):
        word, p = best[0]
        assert row == [
            token.replace(" ", "·"),
            number(loss, 2),
            number(np.exp(-loss)),
            word.replace(" ", "·"),
            number(p),
        ]
    assert total == ["sum", "20.92"]
    assert mean == ["per", "token", "2.99"]


def test_the_script_is_given_the_same_in_few_digits():
    losses = np.array(LOSSES) + 1e-6
    given = config(Sentence(TEXT, TOKENS, losses, GUESSES, np.array(RANKS), at=5))
    assert given["text"] == TEXT
    assert given["bytes"] == len(TEXT)
    assert given["at"] == 5
    assert [one["piece"] for one in given["tokens"]] == TOKENS
    assert [one["loss"] for one in given["tokens"]] == LOSSES
    assert [one["rank"] for one in given["tokens"]] == RANKS
    assert given["tokens"][5]["best"][0] == [" mat", 0.325]
    assert "rank" not in config(Sentence(*CAT[:4]))["tokens"][0]
    assert config(Sentence("€", ["€"], [1.0], [[("a", 0.12345)]]))["bytes"] == 3


def test_text_is_text_and_white_space_is_seen():
    part = Sentence("<b>\n\t", ["<b>", "\n", "\t"], [1, 2, 3], [[("&", 1)]] * 3)
    assert "How SmolLM2 reads “&lt;b&gt;" in part._repr_html_()
    assert [row[0] for row in cells(part)[:3]] == ["&lt;b&gt;", "↵", "→"]


def test_in_words_it_is_short():
    said = (
        "Sentence: The cat sat on the mat., 7 tokens, in all 20.92 nats, 2.99 per token"
    )
    assert repr(Sentence(*CAT)) == said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tokens": []}, "tokens must hold"),
        ({"losses": [1.0]}, "losses must be 7, one for each token, got 1"),
        ({"guesses": GUESSES[:2]}, "guesses must be 7"),
        ({"ranks": [1]}, "ranks must be 7"),
        ({"losses": [-0.1] * 7}, "losses must be finite.*got -0.1"),
        ({"losses": [np.inf] * 7}, "losses must be finite.*got inf"),
        ({"losses": [np.nan] * 7}, "losses must be finite.*got nan"),
        ({"guesses": [[]] * 7}, "guesses must have p"),
        ({"guesses": [[("a", 0.0)]] * 7}, "guesses must have p"),
        ({"guesses": [[("a", 1.5)]] * 7}, "guesses must have p"),
        ({"guesses": [[("a", 0.1), ("b", 0.2)]] * 7}, "the likeliest first"),
        ({"ranks": [0] * 7}, "ranks must be from 1, got 0"),
        ({"at": 7}, "at must be from 0 to 6, got 7"),
        ({"at": -1}, "at must be from 0 to 6, got -1"),
    ],
)
def test_what_is_no_reading_is_refused(change, says):
    names = ("text", "tokens", "losses", "guesses", "ranks")
    with pytest.raises(ValueError, match=says):
        Sentence(**{**dict(zip(names, CAT, strict=True)), **change})
