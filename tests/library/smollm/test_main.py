"""The command: what it prints about a text."""

import json
import re

import numpy as np
import pytest

from printed import NEAR, TEXT, assert_alike
from xent_lib import smollm
from xent_lib.smollm import records, weights
from xent_lib.smollm.__main__ import main


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
        f"“{TEXT}”: {total:.3f} nats in {n} tokens, {total / n:.3f} per token, "
        f"perplexity {np.exp(total / n):.2f}, "
        f"{total / np.log(2) / 23:.3f} bits per byte",
    )


def test_two_texts_end_with_formula_16(run, tiny):
    sums = [one.losses.sum() for one in smollm.score(tiny, [TEXT, "A dog."])]
    *_, last, everything = run(TEXT, "A dog.").splitlines()
    assert_alike(last, f"Formula (16): {sum(sums) / 2:.3f} nats per text")
    assert_alike(everything.partition(" in ")[0], f"all: {sum(sums):.3f} nats")


def test_json_is_a_line_a_text_or_file(run, tiny, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    *printed, last = run("Zoë", "--json", "--files", tmp_path / "a.txt").splitlines()
    scores = smollm.score(tiny, ["Zoë", TEXT])
    names = ["Zoë", str(tmp_path / "a.txt")]
    how = {"model": "tiny", "sha256": tiny.sha256, "start": 0}
    how |= {"window": 128, "stride": 64}
    for line, one, name in zip(printed, scores, names, strict=True):
        found = json.loads(line)
        assert found["name"] == name
        assert {key: found[key] for key in how} == how
        assert found["n_bytes"] == len(one.text.encode())
        assert found["ids"] == one.ids.tolist()
        assert found["tokens"] == one.tokens
        np.testing.assert_allclose(found["losses"], one.losses, **NEAR)
    lines = [json.loads(line) for line in printed]
    totals = json.loads(last)
    assert {key: totals.pop(key) for key in how} == how
    total = sum(sum(line["losses"]) for line in lines)
    n = sum(len(line["ids"]) for line in lines)
    assert totals == pytest.approx(
        {
            "total": total,
            "n_sequences": 2,
            "n_tokens": n,
            "n_bytes": 27,
            "per_sequence": total / 2,
            "per_token": total / n,
            "perplexity": np.exp(total / n),
            "bits_per_byte": total / np.log(2) / 27,
            "per_sequence_error": None,
            "per_token_error": None,
            "bits_per_byte_error": None,
        }
    )


def test_json_has_the_same_keys_of_one_text_and_of_many(run):
    one, many = (run(*texts, "--json") for texts in ([TEXT], [TEXT, "A dog."]))
    last = [json.loads(printed.splitlines()[-1]) for printed in (one, many)]
    assert list(last[0]) == list(last[1])


ERRORS = ["per_sequence_error", "per_token_error", "bits_per_byte_error"]


def ratio_error(total, count):
    e = total - total.sum() / count.sum() * count
    return e.std(ddof=1) * len(e) ** 0.5 / count.sum()


def test_the_errors_of_several_texts_are_over_the_texts(run, folder):
    """Formula (16) has the usual one, the others that of a ratio of sums."""
    for k in range(8, 12):
        (folder / f"{k}.txt").write_text(f"{k}. {TEXT}")
    *lines, last = map(json.loads, run("--files", folder, "--json").splitlines())
    total, n, n_bytes = np.array(
        [[sum(x["losses"]), len(x["ids"]), x["n_bytes"]] for x in lines]
    ).T
    right = total.std(ddof=1) / 12**0.5, ratio_error(total, n)
    right += (ratio_error(total, n_bytes) / np.log(2),)
    assert [last[key] for key in ERRORS] == pytest.approx(right, rel=1e-3)
    *_, formula, everything = run("--files", folder).splitlines()
    assert f" ± {right[0]:.2f} nats per text" in formula
    assert f" ± {right[1]:.3f} per token" in everything
    assert f" ± {right[2]:.3f} bits per byte" in everything


def test_the_error_of_one_text_is_over_its_blocks(run, tiny, monkeypatch):
    text = "Das Mädchen sah 日本語. " * 30
    one, last = map(json.loads, run(text, "--json").splitlines())
    starts = range(0, len(one["ids"]), 32)
    total = np.add.reduceat(one["losses"], starts)
    right = ratio_error(total, np.diff([*starts, len(one["ids"])]))
    assert last["per_sequence_error"] is None
    assert last["per_token_error"] == pytest.approx(right, rel=1e-3)
    sizes = [len(tiny.tokenizer.tokens[i]) for i in one["ids"]]
    right = ratio_error(total, np.add.reduceat(sizes, starts)) / np.log(2)
    assert last["bits_per_byte_error"] == pytest.approx(right, rel=0.05)
    shown = run(text, "--top", 0)
    assert f" ± {last['per_token_error']:.3f} per token" in shown
    assert f" ± {last['bits_per_byte_error']:.3f} bits per byte" in shown
    monkeypatch.setattr(records, "LEAST", 1)
    *_, parts = map(json.loads, run(text, "--json").splitlines())
    assert parts == last


def test_line_ends_are_shown_by_name(run):
    assert "\\n" in run("a\n\nb")


def test_the_window_can_be_chosen(run):
    long = TEXT * 9
    assert run(long, "--window", 16, "--stride", 4) != run(long)


def test_without_the_weights_it_says_how_to_get_them(capsys, monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        main([TEXT])
    said = capsys.readouterr().err
    assert "run `make model`" in said
    assert "`xent --model tiny`" in said


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
    assert_alike(last, f"{bits:.3f} bits per byte")


def test_what_a_terminal_would_obey_is_shown_by_name(run):
    shown = run("\x1b[31m red \u202e")
    assert all(line.isprintable() for line in shown.splitlines())
    assert "\\x1b" in shown


def test_the_costliest_tokens_of_a_file_are_shown(run, tiny, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    [one] = smollm.score(tiny, [TEXT])
    order = np.argsort(-one.losses, kind="stable")[:3]
    _, *rows, last = run("--top", 3, "--files", tmp_path / "a.txt").splitlines()
    assert [row[:16].rstrip() for row in rows] == [one.tokens[i] for i in order]
    assert last.startswith(f"{tmp_path / 'a.txt'}: ")
    assert len(run(TEXT, "--top", 0).splitlines()) == 1


def test_a_text_in_several_parts_has_one_table(run, monkeypatch):
    long = f"{TEXT} " * 20
    options = [], ["--top", 5]
    right = [run(long, *some) for some in options]
    monkeypatch.setattr(records, "LEAST", 1)
    for some, expected in zip(options, right, strict=True):
        assert_alike(run(long, *some), expected)
    assert len(run(long, "--json").splitlines()) == 2 + 1


def test_where_somebody_watches_it_says_that_it_loads(run, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    main(["--model", "tiny", TEXT])
    assert "loading the model …" in capsys.readouterr().err
    main(["--model", "tiny", TEXT, "--quiet"])
    assert capsys.readouterr().err == ""


def test_of_several_texts_each_has_its_name(run):
    long = "A cat. " * 20
    printed = run("A dog.", long)
    assert "\n“A dog.”: " in printed
    assert f"\n“{long[:39]}…”: " in printed


OPTIONS = [
    "--files",
    "--save",
    "--join",
    "--scheduler",
    "--model",
    "--start",
    "--against",
]


@pytest.mark.parametrize("option", [*OPTIONS, "--top", "--window", "--stride"])
def test_an_option_with_an_empty_value_is_named(fails, option):
    """As of a variable of the shell that is not set: "" is the path of this folder."""
    said = fails(TEXT, option, "")
    assert f"argument {option}: " in said


def test_it_says_what_another_start_token_would_give(run, tmp_path):
    usual = run(TEXT, "A dog.").splitlines()[-1]
    nats = usual.removeprefix("all: ").partition(" in ")[0]
    *_, everything, start = run(TEXT, "A dog.", "--start", "a").splitlines()
    right = f"Each text begins with a; with <|endoftext|>, {nats} in all (--start)."
    assert_alike(start, right)
    assert everything != usual
    (tmp_path / "a.txt").write_text(TEXT)
    files = ["--files", tmp_path / "a.txt", "--start", "a"]
    last = run(*files).splitlines()[-1]
    assert last == "Each text begins with a, not with <|endoftext|> (--start)."
    assert "begins with" not in run(*files, "--json")
