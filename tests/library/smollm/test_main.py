"""The command: what it prints of a text."""

import json
import re

import numpy as np
import pytest

from printed import NEAR, TEXT, assert_alike
from xent_lib import smollm
from xent_lib.smollm import weights
from xent_lib.smollm.__main__ import main, shown


def test_a_text_is_a_table_with_its_sum(run, tiny):
    [one] = smollm.score(tiny, [TEXT])
    head, *rows, last = run(TEXT).splitlines()
    assert head.split() == ["token", "−ln", "p", "p", "best", "guess"]
    assert len(rows) == len(one.ids)
    printed = [float(row[17:25]) for row in rows]
    np.testing.assert_allclose(printed, one.losses, rtol=0, atol=6e-4)
    total, n = one.losses.sum(), len(one.ids)
    assert_alike(
        last,
        f"sum: {total:.3f} nats in {n} tokens, {total / n:.3f} a token, perplexity "
        f"{np.exp(total / n):.2f}, {total / np.log(2) / 23:.3f} bits a byte",
    )


def test_two_texts_end_with_formula_16(run, tiny):
    sums = [one.losses.sum() for one in smollm.score(tiny, [TEXT, "A dog."])]
    *_, last, everything = run(TEXT, "A dog.").splitlines()
    assert_alike(last, f"Formula (16): {sum(sums) / 2:.3f} nats a text")
    assert_alike(everything.partition(" in ")[0], f"all: {sum(sums):.3f} nats")


def test_no_more_digits_are_shown_than_are_the_same_everywhere():
    numbers = [0.12345, 20.91649, 426.04649, 4260.4649, 426046.49, 12345678.9, np.inf]
    whole = ["0.123", "20.916", "426.046", "4260.46", "426046", "12345700", "inf"]
    assert [shown(x) for x in numbers] == whole
    few = ["0.12", "20.92", "426.05", "4260.5", "426050", "12346000", "inf"]
    assert [shown(x, 5, 2) for x in numbers] == few


def test_json_is_a_line_a_text_or_file(run, tiny, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    printed = run("Zoë", "--json", "--files", tmp_path / "a.txt").splitlines()
    scores = smollm.score(tiny, ["Zoë", TEXT])
    names = ["Zoë", str(tmp_path / "a.txt")]
    for line, one, name in zip(printed, scores, names, strict=True):
        found = json.loads(line)
        assert found["name"] == name
        assert [found[key] for key in ("model", "window", "stride")] == [
            "tiny",
            128,
            64,
        ]
        assert found["n_bytes"] == len(one.text.encode())
        assert found["ids"] == one.ids.tolist()
        np.testing.assert_allclose(found["losses"], one.losses, **NEAR)


def test_line_ends_are_shown_by_name(run):
    assert "\\n" in run("a\n\nb")


def test_the_window_can_be_chosen(run):
    long = TEXT * 9
    assert run(long, "--window", 16, "--stride", 4) != run(long)


def test_without_the_weights_it_says_how_to_get_them(capsys, monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        main([TEXT])
    assert "`make model` installs it" in capsys.readouterr().err


def test_a_row_says_what_came_and_what_was_expected(run, tiny):
    [one] = smollm.score(tiny, ["A dog."])
    rows = run("A dog.").splitlines()[1:-1]
    for row, i, loss, best, p in zip(
        rows, one.ids, one.losses, one.best, one.best_p, strict=True
    ):
        token, guess = (tiny.tokenizer.decode([k]) for k in (i, best))
        said = row[:16].rstrip(), *map(float, row[17:].split()[:2])
        near = pytest.approx(loss, abs=6e-4), pytest.approx(np.exp(-loss), rel=6e-3)
        assert said == (token, *near)
        best_p = re.fullmatch(rf".*  {re.escape(guess)} (\S+)", row)[1]
        assert float(best_p) == pytest.approx(p, rel=6e-3)


def test_all_texts_have_their_bits_a_byte(run, tiny):
    texts = ["Zoë paid.", "A dog."]
    total = sum(one.losses.sum() for one in smollm.score(tiny, texts))
    bits = total / np.log(2) / len("".join(texts).encode())
    last = run(*texts).splitlines()[-1].rpartition(", ")[2]
    assert_alike(last, f"{bits:.3f} bits a byte")


def test_what_a_terminal_would_obey_is_shown_by_name(run):
    shown = run("\x1b[31m red \u202e")
    assert all(line.isprintable() for line in shown.splitlines())
    assert "\\x1b" in shown
