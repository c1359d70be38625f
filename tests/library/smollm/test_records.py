"""Scores as lines: the same again, torn ends cut off, what is no score refused, and
one run at a time."""

import errno
import json
import os
import re
import sys
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from xent_lib import LossTotals, smollm
from xent_lib.smollm import records
from xent_lib.smollm.records import as_line, as_record, cut, joined, saving, totals_of

TEXT = "The cat sat on the mat."
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows does otherwise")
HOW = {"model": "tiny", "sha256": "5f", "start": 0, "window": 128, "stride": 64}


@pytest.fixture
def part(tiny):
    [(part, _)] = cut("a.txt", tiny.encode(TEXT), 128, 64)
    return part


@pytest.fixture
def changed(part):
    return part._replace(prefix="00")


@pytest.fixture
def record(tiny, part):
    [one] = smollm.score(tiny, [TEXT])
    return as_record(HOW, part, one)


@pytest.fixture
def line(record):
    return as_line(record)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "saved"


def read(path, how=HOW):
    """Where a file's lines are; a torn end is cut off."""
    with saving(path, how) as saved:
        return [place for (place,) in saved.sql("SELECT place FROM lines")]


def test_a_line_gives_the_record_back(tiny, part, record, path):
    [one] = smollm.score(tiny, [TEXT])
    with saving(path, HOW) as saved:
        saved.add(record)
        assert not saved.find(part)  # what is new is not found
    with saving(path, HOW) as saved:
        assert saved.find(part)
        assert saved.read() == record
    assert record["n_bytes"] == 23
    assert record["ids"] == one.ids.tolist()
    assert "".join(record["tokens"]) == TEXT
    np.testing.assert_allclose(record["losses"], one.losses, rtol=5e-6, atol=5e-6)
    assert path.read_text() == as_line(record) + "\n"


def test_a_line_is_found_once(part, line, path):
    path.write_text(f"{line}\n" * 2)
    with saving(path, HOW) as saved:
        assert [saved.find(part) for _ in range(3)] == [True, True, False]


def test_the_sum_is_of_the_losses_as_they_are_printed(record):
    for loss in record["losses"]:  # one of which is 11
        assert len(str(loss).replace(".", "")) <= 6
    units = [round(1e5 * loss) for loss in record["losses"]]
    assert totals_of(record) == LossTotals(sum(units) / 1e5, 1, len(units))
    assert totals_of({**record, "losses": [0.1] * 10, "ids": range(10)}).total == 1.0


def test_a_text_counts_where_it_begins(record):
    assert totals_of(record).n_sequences == 1
    assert totals_of({**record, "first": 5}).n_sequences == 0


def test_what_ends_a_document_is_not_what_goes_on(part, line, path):
    path.write_text(f"{line}\n")
    with saving(path, HOW) as saved:
        assert not saved.find(part._replace(last=False))


def test_parts_are_added_up_and_none_may_be_away(record, path):
    first = {**record, "last": False}
    second = {**record, "first": 9, "prefix": "01"}
    other = {**record, "name": "b.txt"}
    lines = [f"{as_line(one)}\n" for one in (first, second, other)]
    path.write_text("".join(lines))
    assert [*joined([path])] == [first, second, other]
    for some in (lines[1:], [lines[0], lines[2]], lines[:1] * 2):
        path.write_text("".join(some))
        with pytest.raises(ValueError, match=r"saved has only a part of 'a\.txt': the"):
            list(joined([path]))


def test_what_is_joined_was_read_alike_and_is_whole(record, path):
    other = path.with_name("other")
    path.write_text(f"{as_line(record)}\n")
    other.write_text(f"{as_line({**record, 'name': 'b.txt', 'window': 64})}\n")
    with pytest.raises(ValueError, match="other, line 1, has the window 64, not 128"):
        list(joined([path, other]))
    for torn in ("", "{", f"{as_line(record)}\n{{"):
        other.write_text(torn)
        with pytest.raises(ValueError, match="other has no complete last line"):
            list(joined([other]))


def test_a_text_that_has_changed_is_not_joined_beside_what_it_was(record, path):
    """Its old line is there until a run has come to its end."""
    old, new, other = record, {**record, "prefix": "00"}, {**record, "name": "b.txt"}
    path.write_text("".join(f"{as_line(one)}\n" for one in (old, other, new)))
    with pytest.raises(ValueError, match=r"saved has two texts named 'a\.txt': the"):
        list(joined([path]))


def test_the_line_of_a_text_that_has_changed_is_dropped_at_the_end(line, changed, path):
    other = line.replace("a.txt", "b.txt")
    path.write_text(f"{line}\n{other}\n")
    with saving(path, HOW) as saved:
        assert not saved.find(changed)
        assert path.read_text() == f"{line}\n{other}\n"
    assert path.read_text() == f"{other}\n"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("begun", [False, True])
def test_a_disk_too_full_to_drop_a_line_keeps_all(
    line, changed, path, monkeypatch, begun
):
    def full(*arguments):
        if begun:
            path.with_name(".saved.new").touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path.write_text(f"{line}\n")
    with saving(path, HOW) as saved, monkeypatch.context() as patch:
        saved.find(changed)
        patch.setattr(Path, "open", full)
        with pytest.raises(
            OSError, match=r"No space left .*: '.*\.saved\.new'"
        ) as told:
            saved.drop_old()
        assert told.value.errno == errno.ENOSPC
        saved.sql("UPDATE lines SET asked = 0")
    assert path.read_text() == f"{line}\n"
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupt_drops_no_line(line, changed, path):
    path.write_text(f"{line}\n")

    def interrupted():
        with saving(path, HOW) as saved:
            saved.find(changed)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == f"{line}\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
def test_a_link_stays_one(line, changed, path):
    path.write_text(f"{line}\n")
    link = path.with_name("link")
    link.symlink_to(path)
    with saving(link, HOW) as saved:
        saved.find(changed)
    assert link.is_symlink()
    assert path.read_text() == ""


@posix
def test_a_device_has_no_lines():
    """A terminal of ours: a mutant that exchanges it breaks nothing of the machine."""
    ends = os.openpty()
    assert read(Path(os.ttyname(ends[1]))) == []
    for end in ends:
        os.close(end)


def test_a_file_that_is_not_there_has_no_lines(path):
    assert read(path) == []
    assert path.read_text() == ""


def test_a_name_is_to_be_read(record):
    assert '"name": "café.txt"' in as_line({**record, "name": "café.txt"})


def test_a_line_that_was_torn_is_cut_off(line, path):
    for torn in (line[:40], line, "{"):
        path.write_text(f"{line}\n{torn}")
        assert read(path) == [0]
        assert path.read_text() == f"{line}\n"
    path.write_text("")
    assert read(path) == []


def test_what_does_not_end_in_a_score_is_left_alone(line, path):
    long = "mine" * 20
    for text in ("mine", f"{line}\n{long}", '{"mine": 1}'):
        path.write_text(text)
        said = text.splitlines()[-1][:40]
        with pytest.raises(
            ValueError, match=f"saved does not end in a score: b'{said}'$"
        ):
            read(path)
        assert path.read_text() == text


@pytest.mark.parametrize("dropped", [False, True])
def test_of_two_runs_one_writes(line, record, path, changed, dropped):
    """Also where a line is dropped, and the file exchanged."""
    path.write_text(line + "\n")
    with saving(path, HOW) as saved:
        with pytest.raises(ValueError, match="saved is being written by another run"):
            read(path)
        if dropped:
            saved.find(changed)
        saved.add(record)
    assert len(read(path)) == len(path.read_text().splitlines()) == 2 - dropped


def test_what_a_run_still_writes_is_not_joined(line, path):
    """A part of a total, which nothing would tell from all of it."""
    path.write_text(f"{line}\n")
    with (
        saving(path, HOW),
        pytest.raises(ValueError, match="saved is being written by another run"),
    ):
        next(joined([path]))
    assert len([*joined([path])]) == 1


@posix
def test_a_file_that_was_exchanged_is_not_written_to(path, monkeypatch):
    """The other run did so between our opening the file and holding it."""

    def exchange(*arguments):
        path.with_name("new").write_text("")
        path.with_name("new").replace(path)

    monkeypatch.setattr(records.fcntl, "flock", exchange)
    with pytest.raises(ValueError, match="written by another run"):
        read(path)


@posix
def test_a_disk_without_locks_is_written_to(record, path, monkeypatch):
    def refuse(*arguments):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(records.fcntl, "flock", refuse)
    with saving(path, HOW) as saved:
        saved.add(record)
    assert read(path) == [0]


@pytest.mark.parametrize(
    "wrong",
    ["{", "[]", "{}", "no" * 30, json.dumps({"model": 1}), "[" * 10**5],
    ids=range(6),
)
def test_what_is_no_score_is_named(line, path, wrong):
    path.write_text(f"{line}\n{wrong}\n{line}\n")
    said = re.escape(repr(wrong[:40].encode()))
    with pytest.raises(ValueError, match=f"saved, line 2, is not a score .*: {said}$"):
        read(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("losses", [1.0]),  # fewer than its ids
        ("losses", [float("nan")] * 9),
        ("losses", [float("inf")] * 9),
        ("losses", [-1.0] * 9),
        ("losses", ["1"] * 9),
        ("tokens", ["1"] * 8),
        ("tokens", [1] * 9),
        ("sha256", 5),
        ("losses", 9),
        ("ids", None),
        ("ids", [0.5] * 9),
        ("ids", [True] * 9),
        ("ids", [-1] * 9),
        ("ids", [2**31] * 9),
        ("n_bytes", "23"),
        ("n_bytes", -1),
        ("window", 128.0),
        ("name", 3),
        ("name", ["a.txt"]),
        ("first", -1),
        ("last", 1),
        ("prefix", None),
        ("model", None),
    ],
)
def test_what_can_be_no_score_is_named(record, line, path, key, value):
    assert len(record["ids"]) == 9
    path.write_text(f"{line}\n{as_line({**record, key: value})}\n")
    with pytest.raises(ValueError, match="saved, line 2, is not a score"):
        read(path)


def test_a_score_may_be_of_one_token_that_was_sure(record, path):
    sure = {**record, "ids": [0], "tokens": [""], "losses": [0], "n_bytes": 0}
    path.write_text(f"{as_line(sure)}\n")
    assert list(joined([path])) == [sure]


def test_a_score_of_no_token_is_none(record, line, path):
    empty = as_line({**record, "ids": [], "tokens": [], "losses": []})
    path.write_text(f"{line}\n{empty}\n")
    with pytest.raises(ValueError, match="saved, line 2, is not a score"):
        read(path)


def test_a_torn_write_is_completed(record, path, monkeypatch):
    """The system may take a part of a line."""
    with saving(path, HOW) as saved:
        write = saved.file.write
        sizes = chain([0], repeat(50))  # of nothing that was written Python says None
        saved.file = SimpleNamespace(write=lambda x: write(x[: next(sizes)]) or None)
        saved.add(record)
    assert path.read_text() == as_line(record) + "\n"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"model": "smollm"}, "the model tiny, not smollm"),
        ({"sha256": "6f"}, "the sha256 5f, not 6f"),
        ({"start": 1}, "the start 0, not 1"),
        ({"window": 64}, "the window 128, not 64"),
        ({"stride": 32}, "the stride 64, not 32"),
    ],
)
def test_what_was_read_in_another_way_is_not_taken(line, path, how, said):
    path.write_text(line + "\n")
    with pytest.raises(ValueError, match=f"line 1, has {said} .* start over"):
        read(path, how=HOW | how)
