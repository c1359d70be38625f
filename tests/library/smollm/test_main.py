"""The command: what it prints, and what it says of what it cannot read."""

import contextlib
import functools
import importlib
import io
import json
import os
import re
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from printed import assert_alike
from xent_lib import smollm
from xent_lib.smollm import weights
from xent_lib.smollm.__main__ import main, shown
from xent_lib.smollm.records import saving

NEAR = {"rtol": 2e-5, "atol": 2e-5}  # half by a processor, half by rounding
TEXT = "The cat sat on the mat."


@pytest.fixture
def run(capsys):
    def run(*arguments):
        main(["--tiny", *map(str, arguments)])
        return capsys.readouterr().out

    return run


@pytest.fixture
def fails(capsys):
    def fails(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(["--tiny", *map(str, arguments)])
        assert stop.value.code == 2
        return capsys.readouterr().err

    return fails


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


def test_a_folder_is_all_its_files_in_order_but_hidden_ones(run, tmp_path):
    for name in ("b.txt", "a/2.txt", "a/1.md", ".hidden", ".git/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"A {name}.")
    *lines, formula, everything = run("--files", tmp_path).splitlines()
    names = [line.partition(": ")[0] for line in lines]
    assert names == [str(tmp_path / name) for name in ("a/1.md", "a/2.txt", "b.txt")]
    assert formula.startswith("Formula (16): ")
    assert everything.startswith("all: ")


def test_what_cannot_be_read_is_named_and_skipped(run, capsys, tmp_path):
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "good.txt").write_text(TEXT)
    (tmp_path / "latin.txt").write_bytes(b"\xe9t\xe9")
    main(["--tiny", "--skip", "--files", str(tmp_path), "none.txt"])
    found = capsys.readouterr()
    [line] = found.out.splitlines()
    assert line.startswith(f"{tmp_path / 'good.txt'}: ")
    skipped = found.err.splitlines()
    assert len(skipped) == 3
    assert all("smollm: skipped: " in line for line in skipped)
    for what in ("empty.txt is empty", "latin.txt is not UTF-8", "'none.txt'"):
        assert what in found.err


def test_files_may_be_named_twice(run, tmp_path):
    for name in "abc":
        (tmp_path / name).write_text(TEXT)
    a, b, c = (str(tmp_path / name) for name in "abc")
    lines = run("--files", a, b, "--files", c).splitlines()
    assert [line.partition(": ")[0] for line in lines[:3]] == [a, b, c]


@pytest.fixture
def closed(tmp_path, monkeypatch):
    """A folder that may not be read, between two files."""
    for name in ("a.txt", "closed/b.txt", "d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TEXT)
    scandir = os.scandir

    def refuse(path):  # as the system does, but to its administrator
        if Path(path) == tmp_path / "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)
    return tmp_path / "closed"


def test_a_folder_that_cannot_be_read_is_an_error_or_named(closed, fails, capsys):
    said = f"Permission denied: '{closed}'"
    for path in (closed, closed.parent):
        assert said in fails("--files", path)
    main(["--tiny", "--skip", "--files", str(closed.parent)])
    found = capsys.readouterr()
    assert len(found.out.splitlines()) == 2 + 2
    assert found.err.count("skipped: ") == found.err.count(said) == 1
    assert said in fails("--skip", "--files", closed)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
def test_a_link_that_leads_nowhere_is_named_and_a_device_is_none(fails, run, tmp_path):
    os.mkfifo(tmp_path / "pipe")  # from which nothing would ever come
    (tmp_path / "a.txt").write_text(TEXT)
    assert len(run("--files", tmp_path).splitlines()) == 1
    (tmp_path / "b.txt").symlink_to("nowhere")
    assert f"No such file or directory: '{tmp_path / 'b.txt'}'" in fails(
        "--files", tmp_path
    )


def test_two_runs_do_not_write_one_file(fails, folder, tmp_path):
    saved = tmp_path / "saved"
    with saving(saved, {}, None):
        for options in ([], ["--resume"]):
            said = fails("--files", folder, "--save", saved, *options)
            assert f"{saved} is written by another run" in said
    assert saved.read_text() == ""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for k in range(8):
        (folder / f"{k}.txt").write_text(f"{k}. {TEXT} " * (k + 1))
    return folder


@pytest.mark.parametrize("lines", [0, 1, 5, 8])
def test_it_goes_on_where_it_stopped(run, folder, tmp_path, lines):
    whole, some = tmp_path / "whole", tmp_path / "some"
    right = run("--files", folder, "--save", whole)
    kept = whole.read_text().splitlines(keepends=True)
    some.write_text("".join(kept[:lines]) + kept[-1][:20])  # and a torn line
    assert_alike(run("--files", folder, "--save", some, "--resume"), right)
    again = some.read_text().splitlines(keepends=True)
    assert again[:lines] == kept[:lines]
    for one, other in zip(map(json.loads, again), map(json.loads, kept), strict=True):
        np.testing.assert_allclose(one.pop("losses"), other.pop("losses"), **NEAR)
        assert one == other
    # Of what is stored, the sums are the same to the last digit.
    assert run("--files", folder, "--save", whole, "--resume") == right
    assert whole.read_text() == "".join(kept)


def test_the_file_of_scores_is_no_document(run, folder):
    saved = folder / "scores.jsonl"
    right = run("--files", folder, "--save", saved)
    assert run("--files", folder, "--save", saved, "--resume") == right
    assert len(right.splitlines()) == 8 + 2


def test_what_changed_is_scored_anew(run, folder, tmp_path):
    run("--files", folder, "--save", tmp_path / "saved")
    (folder / "3.txt").write_text("A dog.")
    right = run("--files", folder)
    assert_alike(
        run("--files", folder, "--save", tmp_path / "saved", "--resume"), right
    )
    lines = map(json.loads, (tmp_path / "saved").read_text().splitlines())
    sizes = sorted((one["name"], one["n_bytes"]) for one in lines)  # each once
    assert sizes == sorted((str(x), x.stat().st_size) for x in folder.iterdir())


def test_a_text_that_is_the_name_of_a_file_has_its_own_loss(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("A dog.")
    options = ["a.txt", "--files", "a.txt", "--save", "saved"]
    right = run(*options).splitlines()[-4:]
    assert run(*options, "--resume").splitlines()[-4:] == right
    lines = (tmp_path / "saved").read_text().splitlines()
    (tmp_path / "saved").write_text(f"{lines[0]}\n")  # of the two, that of the text
    resumed = run(*options, "--resume").splitlines()[-4:]
    assert_alike("\n".join(resumed), "\n".join(right))
    assert len((tmp_path / "saved").read_text().splitlines()) == 2


def test_an_empty_folder_is_skipped(run, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text(TEXT)
    main(["--tiny", "--skip", "--files", str(tmp_path / "empty"), str(tmp_path)])
    found = capsys.readouterr()
    assert "empty is a folder without files" in found.err
    assert len(found.out.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode elsewhere")
def test_a_name_that_is_not_utf_8_is_skipped(tmp_path, capsys):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text(TEXT)
    (tmp_path / "a.txt").write_text(TEXT)
    main(["--tiny", "--skip", "--files", str(tmp_path)])
    found = capsys.readouterr()
    assert "has a name that is not UTF-8" in found.err
    assert len(found.out.splitlines()) == 1


def test_a_text_that_is_saved_has_its_sum(run, tmp_path):
    options = [TEXT, "--save", tmp_path / "saved"]
    right = run(*options).splitlines()
    assert run(*options, "--resume").splitlines() == right[-1:]
    assert len((tmp_path / "saved").read_text().splitlines()) == 1


def test_what_is_saved_is_not_written_over(fails, folder, tmp_path):
    (tmp_path / "saved").write_text("mine")
    said = fails("--files", folder, "--save", tmp_path / "saved")
    assert "saved is there already: --resume goes on with it" in said
    said = fails("--files", folder, "--save", tmp_path / "saved", "--resume")
    assert "saved does not end in a score: b'mine'" in said
    assert (tmp_path / "saved").read_text() == "mine"
    assert "name it by --save" in fails("--files", folder, "--resume")


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal")
def test_an_interrupt_keeps_what_is_done(run, folder, tmp_path):
    for k in range(16):  # lines of more than a pipe holds, so that it cannot end
        (folder / f"{k}.txt").write_text(f"{k}. {TEXT} " * 60)
    saved = tmp_path / "saved"
    options = ["--files", str(folder), "--save", str(saved)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # What runs in the background of a shell has been told to ignore the signal.
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with command(*options, "--json", preexec_fn=hear, **pipes) as going:
        going.stdout.readline()
        going.send_signal(signal.SIGINT)
        _, said = going.communicate()
    assert said.decode() == f"\nstopped: --resume goes on with {saved}\n"
    assert going.returncode == 130
    assert 1 <= len(saved.read_text().splitlines()) < 16
    assert_alike(run(*options, "--resume"), run("--files", folder))


def test_files_have_a_line_each_and_their_last_line_end_does_not_count(run, tmp_path):
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path, content in zip(paths, [f"{TEXT}\r\n", "A dog.\n\n"], strict=True):
        path.write_bytes(content.encode())
    lines = run("--files", *paths).splitlines()[:2]
    for line, path, text in zip(lines, paths, [TEXT, "A dog.\n"], strict=True):
        name, _, summary = line.partition(": ")
        assert name == str(path)
        right = run(text).splitlines()[-1].partition(": ")[2]
        assert_alike(summary, right)


def test_standard_input_is_a_file(run, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(f"{TEXT}\n".encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    [line] = run("--files", "-").splitlines()
    assert line == run(TEXT).splitlines()[-1].replace("sum", "-")


def test_line_ends_are_shown_by_name(run):
    assert "\\n" in run("a\n\nb")


def test_the_window_can_be_chosen(run):
    long = TEXT * 9
    assert run(long, "--window", 16, "--stride", 4) != run(long)


def test_what_cannot_be_read_is_named(fails, tmp_path):
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "latin.txt").write_bytes(b"\xe9t\xe9")
    assert "No such file or directory: 'none.txt'" in fails("--files", "none.txt")
    assert "empty.txt is empty" in fails("--files", tmp_path / "empty.txt")
    assert "latin.txt is not UTF-8" in fails("--files", tmp_path / "latin.txt")
    (tmp_path / "folder").mkdir()
    assert "is a folder without files" in fails("--files", tmp_path / "folder")
    assert "texts[0] has no token to score: ''" in fails("")
    assert "there is nothing to read" in fails()
    assert "window must be 2 to 128, got 500" in fails(TEXT, "--window", "500")


def test_without_the_weights_it_says_how_to_get_them(capsys, monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        main([TEXT])
    assert "`make model` installs it" in capsys.readouterr().err


def test_it_is_a_command():
    command = [sys.executable, "-m", "xent_lib.smollm", "--tiny", TEXT]
    done = subprocess.run(command, capture_output=True, encoding="utf8", check=True)
    assert done.stdout.startswith("token ")


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


def command(*arguments, **options):
    """The command as a program of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "xent_lib.smollm", "--tiny", *arguments], **options
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
def test_a_bar_leaves_the_lines_to_what_is_printed(tmp_path):
    import pty
    import termios

    for name in "ab":
        (tmp_path / name).write_text(TEXT * 200)
    main_end, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    run = command("--files", tmp_path / "a", tmp_path / "b", stdout=end, stderr=end)
    os.close(end)
    written = b""
    with contextlib.suppress(OSError):  # the terminal is gone with the program
        while part := os.read(main_end, 4096):
            written += part
    os.close(main_end)
    assert run.wait() == 0
    assert b"tokens/s" in written
    lines = [line.rpartition("\r")[2] for line in written.decode().split("\r\n")]
    assert [line.partition(":")[0] for line in lines if line][:2] == [
        str(tmp_path / name) for name in "ab"
    ]


def test_another_encoding_of_the_output_is_utf_8():
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = command("naïve", env=environment, stdout=subprocess.PIPE)
    assert "−ln p" in run.communicate()[0].decode("utf8")
    assert run.returncode == 0


def test_who_reads_no_further_gets_no_error():
    with command(TEXT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 1


def test_a_closed_input_is_named(fails, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    assert "- is standard input, which is closed" in fails("--files", "-")


def test_an_interrupt_is_no_traceback(monkeypatch, capsys):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("xent_lib.smollm.__main__.load", interrupted)
    with pytest.raises(SystemExit) as stop:
        main([TEXT])
    assert stop.value.code == 130
    assert capsys.readouterr().err == "\n"


def test_what_is_left_unread_is_not_written_at_the_end(monkeypatch):
    def closed(*values, **options):
        raise BrokenPipeError

    turned = []
    monkeypatch.setattr("builtins.print", closed)
    monkeypatch.setattr("os.dup2", lambda *ends: turned.append(ends))
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1)
    with pytest.raises(SystemExit) as stop:
        main(["--tiny", TEXT])
    assert stop.value.code == 1
    assert [end for _, end in turned] == [1]


def test_it_runs_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["smollm", "--tiny", TEXT])
    monkeypatch.delitem(sys.modules, "xent_lib.smollm.__main__")  # as nobody has it
    runpy.run_module("xent_lib.smollm", run_name="__main__")
    assert capsys.readouterr().out.startswith("token ")


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "regex", None)
    for name in [name for name in sys.modules if name.startswith("xent_lib.smollm")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError, match=r'regex: pip install "xent_lib\[sm'):
        importlib.import_module("xent_lib.smollm")
