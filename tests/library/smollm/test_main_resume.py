"""The command: what it saves, and where it continues."""

import json
import os

import numpy as np
import pytest

from printed import NEAR, TEXT, assert_alike
from xent_lib.smollm import documents, records, scoring
from xent_lib.smollm.__main__ import main
from xent_lib.smollm.records import saving


def test_two_runs_do_not_write_one_file(fails, folder, tmp_path):
    saved = tmp_path / "saved"
    with saving(saved, {}):
        said = fails("--files", folder, "--save", saved)
        assert f"{saved} is being written by another run" in said
    assert saved.read_text() == ""


@pytest.mark.parametrize("lines", [0, 1, 5, 8])
def test_it_goes_on_where_it_stopped(run, folder, tmp_path, lines):
    whole, some = tmp_path / "whole", tmp_path / "some"
    right = run("--files", folder, "--save", whole)
    kept = whole.read_text().splitlines(keepends=True)
    some.write_text("".join(kept[:lines]) + kept[-1][:20])  # and a torn line
    assert_alike(run("--files", folder, "--save", some), right)
    again = some.read_text().splitlines(keepends=True)
    assert again[:lines] == kept[:lines]
    for one, other in zip(again, kept, strict=True):
        assert_same_score(one, other)
    # Of what is stored, the sums are the same to the last digit.
    assert run("--files", folder, "--save", whole) == right
    assert whole.read_text() == "".join(kept)


def test_what_is_there_comes_before_anything_is_computed(
    run, folder, tmp_path, monkeypatch, capsys
):
    """And none of it waits in memory meanwhile."""
    options = ["--save", tmp_path / "saved", "--files", folder]
    *right, _, _ = run(*options).splitlines()
    (folder / "9.txt").write_text("A dog.")
    monkeypatch.setattr(scoring, "run", stopping_after(0))
    with pytest.raises(SystemExit):
        run(*options)
    assert capsys.readouterr().out.splitlines() == right


def test_a_long_text_is_saved_as_it_goes(run, tmp_path, monkeypatch):
    """Here a window a line; what of them is there is not read again."""
    monkeypatch.setattr(records, "LEAST", 1)
    path, whole, some = (tmp_path / name for name in ("a.txt", "whole", "some"))
    path.write_text(f"{TEXT} A dog. " * 40)
    right = run("--files", path, "--save", whole)
    kept = whole.read_text().splitlines(keepends=True)
    with monkeypatch.context() as patch:
        patch.setattr(scoring, "run", stopping_after(2))
        with pytest.raises(SystemExit) as stop:
            run("--files", path, "--save", some)
    assert stop.value.code == 130
    for one, other in zip(some.read_text().splitlines(), kept[:2], strict=True):
        assert_same_score(one, other)
    monkeypatch.setattr(scoring, "run", stopping_after(len(kept) - 2))
    assert_alike(run("--files", path, "--save", some), right)
    for one, other in zip(some.read_text().splitlines(), kept, strict=True):
        assert_same_score(one, other)


def test_a_long_text_is_scored_as_it_is_read(tmp_path, monkeypatch, capsys):
    """It is never whole in memory: no more than a part, a batch and a line."""
    path, taken = tmp_path / "a.txt", []
    path.write_text(f"{TEXT} A dog. " * 40)
    monkeypatch.setattr(records, "LEAST", 1)
    monkeypatch.setattr(scoring, "BATCH", 1)
    monkeypatch.setattr(documents, "SIZE", 64)
    in_parts = documents.in_parts

    def noted(*file):
        for part in in_parts(*file):
            taken.append((len(part), len(capsys.readouterr().out.splitlines())))
            yield part

    monkeypatch.setattr(documents, "in_parts", noted)
    main(["--model", "tiny", "--json", "--files", str(path), "--window", "8"])
    half = len(taken) // 2  # it is read twice, once before anything is scored
    assert not any(lines for _, lines in taken[:half])
    assert all(lines for _, lines in taken[half + 2 :])


def stopping_after(n):
    """`run`, which a reader interrupts where it would read one more."""
    numbers, run = iter(range(n)), scoring.run

    def some(model, batch, *_):
        if next(numbers, None) is None:
            raise KeyboardInterrupt
        return run(model, batch)

    return some


def assert_same_score(line, other):
    one, right = json.loads(line), json.loads(other)
    np.testing.assert_allclose(one.pop("losses"), right.pop("losses"), **NEAR)
    assert one == right


def test_the_file_of_scores_is_no_document(run, folder):
    saved = folder / "scores.jsonl"
    right = run("--files", folder, "--save", saved)
    assert run("--files", folder, "--save", saved) == right
    assert len(right.splitlines()) == 8 + 2


def test_what_changed_is_scored_anew(run, folder, tmp_path):
    run("--files", folder, "--save", tmp_path / "saved")
    (folder / "3.txt").write_text("A dog.")
    right = run("--files", folder)
    assert_alike(run("--files", folder, "--save", tmp_path / "saved"), right)
    lines = map(json.loads, (tmp_path / "saved").read_text().splitlines())
    sizes = sorted((one["name"], one["n_bytes"]) for one in lines)  # each once
    assert sizes == sorted((str(x), x.stat().st_size) for x in folder.iterdir())


def test_a_text_that_is_the_name_of_a_file_has_its_own_loss(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("A dog.")
    options = ["a.txt", "--files", "a.txt", "--save", "saved"]
    right = run(*options).splitlines()[-4:]
    assert run(*options).splitlines()[-4:] == right
    lines = (tmp_path / "saved").read_text().splitlines()
    (tmp_path / "saved").write_text(f"{lines[0]}\n")  # of the two, that of the text
    resumed = run(*options).splitlines()[-4:]
    assert_alike("\n".join(resumed), "\n".join(right))
    assert len((tmp_path / "saved").read_text().splitlines()) == 2


def test_a_text_that_is_saved_has_its_table(run, tmp_path):
    """But for what was expected in the place of its tokens."""
    options = [TEXT, "--save", tmp_path / "saved"]
    right = run(*options).splitlines()
    found = run(*options).splitlines()
    assert found[:-1] == [line[:35] for line in right[:-1]]
    assert found[-1] == right[-1]
    assert len((tmp_path / "saved").read_text().splitlines()) == 1


def test_what_is_saved_is_not_written_over(fails, folder, tmp_path):
    (tmp_path / "saved").write_text("mine")
    said = fails("--files", folder, "--save", tmp_path / "saved")
    assert "saved does not end in a score: b'mine'" in said
    assert (tmp_path / "saved").read_text() == "mine"


def test_several_files_are_added_up(run, fails, folder, tmp_path):
    right = run("--files", folder)
    files = sorted(folder.iterdir())
    for name, part in (("a", files[:3]), ("b", files[3:])):
        run("--files", *part, "--save", tmp_path / name)
    joined = tmp_path / "a", tmp_path / "b"
    assert_alike(run("--join", *joined), right)
    assert "is in an earlier file, too" in fails("--join", *joined, tmp_path / "a")
    assert "No such file" in fails("--join", tmp_path / "none")
    with joined[1].open("a") as file:
        file.write('{"model"')
    assert f"{joined[1]} has no complete last line" in fails("--join", *joined)


def test_what_join_would_not_read_is_refused(fails):
    for what, option in (("--files", "--files"), ("--save", "--save"), ("TEXT", "--")):
        said = fails("--join", "saved", option, "a")
        assert said == f"xent: --join cannot be combined with {what}\n"


def test_it_says_which_documents_there_are_not_its_own(run, capsys, folder, tmp_path):
    """As of files that are gone, or that were named otherwise: --join has them, too."""
    saved = tmp_path / "saved"
    options = ["--files", str(folder), "--save", str(saved)]
    run(*options)
    for gone in "27":
        (folder / f"{gone}.txt").unlink()
    main(["--model", "tiny", *options])
    said = f"xent: {saved} also has documents of other runs, and --join adds "
    assert capsys.readouterr().err == said + "up all of them: 2\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full disk to write to")
def test_a_full_disk_is_named(fails):
    said = fails(TEXT, "--save", "/dev/full")
    assert "No space left on device: '/dev/full'" in said
