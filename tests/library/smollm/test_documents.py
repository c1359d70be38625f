"""Sources: what is a document, and what is none. As a command: test_main_files.py."""

from pathlib import Path

from xent_lib.smollm.documents import Document, Source, read_all, sources


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
    assert list(read_all([Source(path, 8)], refuse)) == [Document(str(path), "A dog.")]


def test_what_cannot_be_read_is_noted_and_passed_over(tmp_path):
    noted = []
    assert list(sources([str(tmp_path)], None, noted.append)) == []
    assert list(read_all([Source(Path("none"), 1)], noted.append)) == []
    assert [type(error) for error in noted] == [ValueError, FileNotFoundError]
