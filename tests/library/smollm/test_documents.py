"""Sources: what counts as a document. As a command: test_main_files.py."""

import os
import tracemalloc
from pathlib import Path

import pytest

from xent_lib.smollm import documents
from xent_lib.smollm.documents import Source, opened, read, read_all, sources


def refuse(error):
    raise error


def test_a_folder_is_its_files_with_their_sizes(folder):
    found = list(sources([str(folder)], None, refuse))
    paths = sorted(folder.iterdir())
    assert found == [Source(path, path.stat().st_size) for path in paths]
    assert str(found[0]) == str(paths[0])


def test_standard_input_has_no_size():
    [one] = sources(["-"], None, refuse)
    assert one == Source(None, 0)
    assert str(one) == "-"
    assert list(sources(["./-"], None, lambda error: None)) == []  # a file


def test_what_a_file_holds_is_a_document(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"A dog.\r\n")
    [(name, parts)] = [
        (one.name, "".join(one.parts)) for one in read_all([Source(path, 8)], refuse)
    ]
    assert (name, parts) == (str(path), "A dog.")


def parts_of(path):
    source = Source(path, 0)
    with opened(source) as data:
        return list(read(source, data))


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
@pytest.mark.parametrize("text", ["The cat, 12 naïve dogs.", "猫。 ½!", ".", "a\n "])
def test_a_file_comes_in_parts_that_end_with_a_word_or_a_number(
    tmp_path, monkeypatch, text, end
):
    monkeypatch.setattr(documents, "SIZE", 5)  # bytes, which cut characters in two
    path = tmp_path / "a.txt"
    path.write_bytes(f"\ufeff{text}{end}".encode())
    found = parts_of(path)
    assert "".join(found) == text
    assert all(part[-1].isalnum() for part in found[:-1])
    assert len(found) >= len(text) // 8


@pytest.mark.parametrize("content", [b"A dog. A cat. \xe9.", b"A dog. A cat. \xe2\x82"])
def test_what_is_no_text_at_its_end_is_no_document(tmp_path, monkeypatch, content):
    """Else a part of it would be in the sums; it is said at which byte it is none."""
    monkeypatch.setattr(documents, "SIZE", 4)
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.txt is not UTF-8: .* at byte 14"):
        parts_of(path)


def test_a_long_file_is_never_whole_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "SIZE", 2**12)
    path = tmp_path / "a.txt"
    path.write_text("The cat sat on the mat. " * 2**16)
    source = Source(path, 0)
    with opened(source) as data:
        tracemalloc.start()
        size = sum(map(len, read(source, data)))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert size == path.stat().st_size
    assert most < size / 10


@pytest.mark.parametrize("n", [1, 1000])
def test_a_pipe_is_read_as_a_file_is(tmp_path, monkeypatch, n):
    monkeypatch.setattr(documents, "SIZE", 64)
    path = tmp_path / "a.txt"
    path.write_text("A dog. " * n)
    end, start = os.pipe()
    os.write(start, path.read_bytes())
    os.close(start)
    with open(end) as piped:
        monkeypatch.setattr("sys.stdin", piped)
        [through] = [list(one.parts) for one in read_all([Source(None, 0)], refuse)]
    assert through == parts_of(path)


def test_what_cannot_be_read_is_noted_and_passed_over(tmp_path):
    noted = []
    assert list(sources([str(tmp_path)], None, noted.append)) == []
    assert list(read_all([Source(Path("none"), 1)], noted.append)) == []
    assert [type(error) for error in noted] == [ValueError, FileNotFoundError]
