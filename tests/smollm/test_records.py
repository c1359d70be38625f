"""Scores as lines: the same again, torn ends cut off, what is no score refused."""

import json
import re

import numpy as np
import pytest

from xent_lib import smollm
from xent_lib.smollm.records import as_line, as_score, read_lines

TEXT = "The cat sat on the mat."
HOW = {"model": "tiny", "window": 128, "stride": 64}


@pytest.fixture
def line(tiny):
    [one] = smollm.score(tiny, [TEXT])
    return as_line(HOW, "a.txt", one)


def test_a_line_gives_the_score_back(tiny, line, tmp_path):
    path = tmp_path / "saved"
    path.write_text(line + "\n")
    [one] = smollm.score(tiny, [TEXT])
    back = as_score(read_lines(path, HOW, {"a.txt": one.ids})["a.txt"], TEXT)
    assert back.n_bytes == one.n_bytes == 23
    np.testing.assert_array_equal(back.ids, one.ids)
    np.testing.assert_allclose(back.losses, one.losses, rtol=1e-8)
    assert len(back.best) == len(back.best_p) == 0
    assert path.read_text() == line + "\n"


def test_a_line_of_a_text_that_has_changed_is_dropped(tiny, line, tmp_path):
    path = tmp_path / "saved"
    other = line.replace("a.txt", "b.txt")
    path.write_text(f"{line}\n{other}\n")
    assert list(read_lines(path, HOW, {"a.txt": tiny.encode("A dog.")})) == ["b.txt"]
    assert path.read_text() == f"{other}\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_has_no_lines(tmp_path):
    assert read_lines(tmp_path / "saved", HOW, {}) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_to_be_read(tiny):
    [one] = smollm.score(tiny, [TEXT])
    assert '"name": "café.txt"' in as_line(HOW, "café.txt", one)


def test_a_line_that_was_torn_is_cut_off(line, tmp_path):
    path = tmp_path / "saved"
    for torn in (line[:40], line, "{"):
        path.write_text(f"{line}\n{torn}")
        assert list(read_lines(path, HOW, {})) == ["a.txt"]
        assert path.read_text() == f"{line}\n"
    path.write_text("")
    assert read_lines(path, HOW, {}) == {}


def test_what_does_not_end_in_a_score_is_left_alone(line, tmp_path):
    path = tmp_path / "saved"
    long = "mine" * 20
    for text in ("mine", f"{line}\n{long}", '{"mine": 1}'):
        path.write_text(text)
        said = text.splitlines()[-1][:40]
        with pytest.raises(
            ValueError, match=f"saved does not end in a score: b'{said}'$"
        ):
            read_lines(path, HOW, {})
        assert path.read_text() == text


@pytest.mark.parametrize(
    "wrong", ["{", "[]", "{}", "no" * 30, json.dumps({"model": 1})]
)
def test_what_is_no_score_is_named(line, tmp_path, wrong):
    path = tmp_path / "saved"
    path.write_text(f"{line}\n{wrong}\n{line}\n")
    said = re.escape(repr(wrong[:40].encode()))
    with pytest.raises(ValueError, match=f"saved, line 2, is no score: {said}$"):
        read_lines(path, HOW, {})


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"model": "smollm"}, "the model tiny, not smollm"),
        ({"window": 64}, "the window 128, not 64"),
        ({"stride": 32}, "the stride 64, not 32"),
    ],
)
def test_what_was_read_in_another_way_is_not_taken(line, tmp_path, how, said):
    path = tmp_path / "saved"
    path.write_text(line + "\n")
    with pytest.raises(ValueError, match=f"line 1, has {said}"):
        read_lines(path, HOW | how, {})
