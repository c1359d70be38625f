"""A text after a prompt, which is read but not scored."""

import json

import numpy as np
import pytest

from printed import NEAR
from xent_lib import cross_entropy, next_token_pairs
from xent_lib.smollm.scoring import check_text, windows


@pytest.fixture
def score(run, tmp_path):
    """The records of lines of JSON, and their sums."""

    def score(*lines, options=()):
        path = tmp_path / "a.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        printed = run("--files", path, "--json", *options).splitlines()
        return [json.loads(line) for line in printed]

    return score


def line(prompt, text):
    return {"prompt": prompt, "text": text}


def test_the_losses_are_those_of_the_whole_without_the_prompt(score, tiny):
    prompt, text = "The cat sat", " on the mat."
    one, sums = score(line(prompt, text))
    inputs, targets = next_token_pairs(tiny.encode(prompt + text))
    losses = cross_entropy(tiny.logits(inputs), targets)
    n = len(tiny.tokenizer.encode(prompt))
    assert one["ids"] == targets[n:].tolist()
    np.testing.assert_allclose(one["losses"], losses[n:], **NEAR)
    assert (one["first"], one["last"], one["n_bytes"]) == (0, True, len(text))
    assert sums["n_tokens"] == len(one["ids"])
    assert sums["n_bytes"] == len(text)


@pytest.mark.parametrize(
    ("prompt", "begin"),
    [("The cat sat on the ", " mat."), ("The cat sat on the ma", "at.")],
)
def test_a_token_across_the_boundary_is_scored_whole(score, prompt, begin):
    whole = "The cat sat on the mat."
    one, _ = score(line(prompt, whole.removeprefix(prompt)))
    same, _ = score(line(whole.removesuffix(begin), begin))
    assert one == same
    assert "".join(one["tokens"]) == begin
    assert one["n_bytes"] == len(begin)


def test_a_prompt_may_be_empty(score):
    one, other = (score(x)[0] for x in (line("", "A cat."), "A cat."))
    assert one == other


def test_bytes_of_a_prompt_that_have_no_token_count_nothing(without_4, score):
    one, other = (
        score(line(x, " sat on the mat."))[0] for x in ("The\4 cat", "The cat")
    )
    assert one["tokens"] == other["tokens"]


@pytest.mark.parametrize("n", [3, 9, 10, 12, 13, 30])
@pytest.mark.parametrize("given", [1, 2, 8, 9, 10, 13, 14, 29])
def test_windows_score_each_token_after_the_prompt_once(n, given):
    found = list(windows(range(n), 8, 4, given))
    scored = [i for ids, first in found for i in ids[first:]]
    assert scored == list(range(given, n))
    whole = {tuple(ids): first for ids, first in windows(range(n), 8, 4)}
    for ids, first in found:  # each token sees what it would without a prompt
        assert first >= whole[tuple(ids)]
        assert first < len(ids)


def test_a_prompt_longer_than_the_window_is_read_in_windows(score):
    text = "It is a truth universally acknowledged, that a cat sat. " * 12
    prompt, rest = text[:500], text[500:]
    whole, _ = score(text)
    one, _ = score(line(prompt, rest))
    np.testing.assert_allclose(
        one["losses"], whole["losses"][-len(one["ids"]) :], **NEAR
    )


def test_another_prompt_is_another_text_to_a_saved_file(score, tmp_path):
    """Even if the two with their texts are the same."""
    options = ["--save", tmp_path / "saved"]
    score(line("The cat", " sat on the mat."), options=options)
    new, _ = score(line("The cat sat", " on the mat."), options=options)
    assert new["tokens"][0] == " on"
    again, _ = score(line("The cat sat", " on the mat."), options=options)
    assert again == new
    with (tmp_path / "saved").open() as file:
        assert [json.loads(saved) for saved in file] == [new]


def test_nothing_after_a_prompt_is_an_error(fails, tmp_path, tiny):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(line("A cat.", "")))
    assert "a.jsonl:1' has no token to score" in fails("--files", path)
    path.write_text(json.dumps(line(["A cat."], "A dog.")))
    said = fails("--files", path)
    assert "a.jsonl:1 is not JSON such as {" in said
    assert "its prompt is not a string" in said
    with pytest.raises(ValueError, match="x has half a character"):
        check_text(tiny, "a", "x", "\ud83d")
