"""The command: which files it reads, and its errors for those it cannot read."""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from printed import TEXT, assert_alike
from xent_lib.smollm import documents, scoring
from xent_lib.smollm.__main__ import main


def test_a_folder_is_all_its_files_in_order_but_hidden_ones(run, tmp_path):
    for name in ("b.txt", "a/2.txt", "a/1.md", ".hidden", ".git/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"A {name}.")
    *lines, formula, everything = run("--files", tmp_path).splitlines()
    names = [line.partition(": ")[0] for line in lines]
    assert names == [str(tmp_path / name) for name in ("a/1.md", "a/2.txt", "b.txt")]
    assert formula.startswith("Formula (16): ")
    assert everything.startswith("all: ")


def test_what_cannot_be_read_is_named_and_skipped(without_4, skips, tmp_path):
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "good.txt").write_text(TEXT)
    (tmp_path / "latin.txt").write_bytes(b"\xe9t\xe9")
    (tmp_path / "none.txt").write_text("\x04")  # a byte without a token
    [line], said = skips("--files", tmp_path, "away.txt")
    assert line.startswith(f"{tmp_path / 'good.txt'}: ")
    for one, what in zip(
        said,
        [
            "No such file or directory: 'away.txt'",
            "empty.txt is empty",
            "latin.txt is not UTF-8",
            "none.txt' has no token to score",
        ],
        strict=True,
    ):
        assert what in one


def test_a_mark_of_byte_order_is_no_text(run, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    (tmp_path / "b.txt").write_text(TEXT)
    a, b, *_ = run("--files", tmp_path).splitlines()
    assert_alike(a.partition(": ")[2], b.partition(": ")[2])


def test_a_byte_without_a_token_is_not_counted(without_4, run):
    lines = (run(text).splitlines()[-1] for text in ("The\x04 cat", "The cat"))
    assert_alike(*(line.partition("”: ")[2] for line in lines))


def test_each_file_is_read_when_its_turn_comes(monkeypatch, folder, capsys):
    """A corpus is never whole in memory."""
    read, printed = documents.read, []

    def noted(*file):
        printed.append(len(capsys.readouterr().out.splitlines()))
        return read(*file)

    monkeypatch.setattr(documents, "read", noted)
    monkeypatch.setattr(scoring, "BATCH", 1)
    main(["--model", "tiny", "--files", str(folder)])
    assert np.cumsum(printed).tolist() == [0, 0, *range(1, 7)]


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


def test_a_folder_that_cannot_be_read_is_an_error_or_named(closed, fails, skips):
    said = f"Permission denied: '{closed}'"
    for path in (closed, closed.parent):
        assert said in fails("--files", path)
    lines, [told] = skips("--files", closed.parent)
    assert len(lines) == 2 + 2
    assert said in told
    assert skips("--files", closed) == ([], [told])


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
def test_a_link_that_leads_nowhere_is_named_and_a_device_is_none(fails, run, tmp_path):
    os.mkfifo(tmp_path / "pipe")  # from which nothing would ever come
    (tmp_path / "a.txt").write_text(TEXT)
    assert len(run("--files", tmp_path).splitlines()) == 1
    (tmp_path / "b.txt").symlink_to("nowhere")
    assert f"No such file or directory: '{tmp_path / 'b.txt'}'" in fails(
        "--files", tmp_path
    )


def test_an_empty_folder_is_skipped(skips, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text(TEXT)
    [_], [said] = skips("--files", tmp_path / "empty", tmp_path)
    assert "empty is a folder without files" in said


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode elsewhere")
def test_a_name_that_is_not_utf_8_is_skipped(skips, tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text(TEXT)
    (tmp_path / "a.txt").write_text(TEXT)
    [_], [said] = skips("--files", tmp_path)
    assert "has a name that is not UTF-8" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_is_printed_so_that_no_terminal_obeys(run, fails, tmp_path):
    (tmp_path / "\x1b[31m.txt").write_text(TEXT)
    assert "\\x1b[31m.txt: " in run("--files", tmp_path)
    (tmp_path / "\x1b[31m.txt").write_text("")
    assert "\\x1b[31m.txt is empty" in fails("--files", tmp_path)


def test_a_file_may_have_the_name_of_standard_input(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_text(TEXT)
    assert run("--files", "./-").startswith("-: ")


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


def given(monkeypatch, text):
    """What comes in by standard input."""
    stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    monkeypatch.setattr("sys.stdin", stdin)


def test_standard_input_is_a_file(run, monkeypatch):
    given(monkeypatch, f"{TEXT}\n")
    [line] = run("--files", "-").splitlines()
    assert_alike(line, run(TEXT).splitlines()[-1].replace(f"“{TEXT}”", "-"))


def test_lines_of_json_are_texts(run, skips, fails, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": "{TEXT}", "more": 1}}\n"A dog.\\n"\n')
    found = run("--files", path).splitlines()[:2]
    right = [line for line in run(TEXT, "A dog.\n").splitlines() if "nats in" in line]
    for k, line in enumerate(found):
        name, _, summary = line.partition(": ")
        assert name == f"{path}:{k + 1}"
        assert_alike(summary, right[k].partition("”: ")[2])
    deep = "[" * 10**5  # deeper than Python calls functions
    path.write_text(f'"A dog."\n{{"words": 1}}\n3\n[\n{deep}\n')
    assert "a.jsonl:2 is not JSON such as {" in fails("--files", path)
    [_], said = skips("--files", path)
    assert len(said) == 4
    assert all(f"{path}:{k} is not JSON" in line for k, line in enumerate(said, 2))
    assert said[1].endswith("its text is not a string")
    path.write_bytes(b'\xef\xbb\xbf"A dog."\n')
    assert run("--files", path).startswith(f"{path}:1: ")
    path.write_bytes(b"\xe9\n")
    assert "a.jsonl is not UTF-8" in fails("--files", path)
    assert "No such file" in fails("--files", tmp_path / "none.jsonl")


def test_any_file_and_standard_input_may_have_a_text_a_line(run, monkeypatch, tmp_path):
    lines = f'{{"text": "{TEXT}"}}\n"A dog."\n'
    (tmp_path / "a.txt").write_text(lines)
    given(monkeypatch, lines)
    found = run("--files", tmp_path / "a.txt", "-", "--lines").splitlines()
    names = [line.partition(": ")[0] for line in found[:4]]
    assert names == [f"{tmp_path / 'a.txt'}:{k}" for k in (1, 2)] + ["-:1", "-:2"]
    right = [line for line in run(TEXT, "A dog.").splitlines() if "nats in" in line]
    assert_alike(found[3].partition(": ")[2], right[1].partition("”: ")[2])


def test_lines_of_standard_input_are_read_as_they_come(monkeypatch, capsys):
    printed = []

    class Lines(io.BytesIO):
        def __next__(self):
            printed.append(len(capsys.readouterr().out.splitlines()))
            return super().__next__()

    monkeypatch.setattr(scoring, "BATCH", 1)
    stdin = io.TextIOWrapper(Lines(b'"A dog."\n' * 4))
    monkeypatch.setattr("sys.stdin", stdin)
    main(["--model", "tiny", "--files", "-", "--lines"])
    assert np.cumsum(printed).tolist() == [0, 0, 1, 2, 3]


def test_a_file_with_bytes_of_zero_is_no_text(skips, tmp_path):
    """Such as a program, or a text in UTF-16, which UTF-8 takes for letters."""
    (tmp_path / "a.bin").write_bytes(b"\0" * 9)
    (tmp_path / "b.txt").write_bytes("A cat.".encode("utf-16-le"))
    lines, said = skips("--files", tmp_path)
    assert lines == []
    assert all("is not a text: it contains a zero byte" in line for line in said)
    assert len(said) == 2


@pytest.mark.parametrize("name", ["scores", "scores.jsonl"])
def test_a_former_file_of_scores_is_no_text(run, skips, tmp_path, name):
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text(TEXT)
    run("--files", tmp_path, "--save", tmp_path / name)
    *lines, _, _ = skips("--files", tmp_path)[0]
    [said] = skips("--files", tmp_path)[1]
    assert lines[0].startswith(f"{tmp_path / 'a.txt'}: ")
    assert f"{name} contains scores of --save, not a text" in said


def test_what_cannot_be_read_is_named(fails, tmp_path):
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "latin.txt").write_bytes(b"\xe9t\xe9")
    assert "No such file or directory: 'none.txt'" in fails("--files", "none.txt")
    assert "empty.txt is empty" in fails("--files", tmp_path / "empty.txt")
    assert "latin.txt is not UTF-8" in fails("--files", tmp_path / "latin.txt")
    (tmp_path / "folder").mkdir()
    assert "is a folder without files" in fails("--files", tmp_path / "folder")
    assert "'' has no token to score" in fails("", "--skip")
    assert "nothing to score: give a TEXT" in fails()
    assert "window must be 2 to 128, got 500" in fails(TEXT, "--window", "500")
    for what in ([TEXT], ["--join", "none"]):
        assert "--top must not be negative, got -3" in fails(*what, "--top", "-3")


def test_a_closed_input_is_named(fails, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    assert "- is standard input, which is closed" in fails("--files", "-")
