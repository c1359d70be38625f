"""GGUF files: read as the package gguf does, or an error."""

import itertools
import os
import re
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from xent_lib import smollm
from xent_lib.smollm.gguf_file import Tensor, array, read


@pytest.fixture
def written(tmp_path):
    """A file with a value of each kind, and a tensor of some."""
    path = tmp_path / "some.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    for kind in ("uint8", "int8", "uint16", "int16", "uint32", "int32"):
        getattr(writer, f"add_{kind}")(kind, 7)
    for kind in ("uint64", "int64", "float32", "float64"):
        getattr(writer, f"add_{kind}")(kind, 7)
    writer.add_bool("bool", True)
    writer.add_string("string", "é")
    writer.add_array("strings", ["a", "日本"])
    writer.add_array("numbers", [1, -2, 3])
    rng = np.random.default_rng(0)
    for kind in ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q8_0"):
        kind = gguf.GGMLQuantizationType[kind]
        x = rng.normal(size=(3, 64)).astype(np.float32)
        writer.add_tensor(kind.name, gguf.quantize(x, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("which", ["some", "tiny"])
def test_all_is_read_as_the_package_reads_it(written, which):
    path = {"some": written, "tiny": smollm.TINY}[which]
    right, (values, tensors) = gguf.GGUFReader(path), read(path)
    fields = {x: y for x, y in right.fields.items() if not x.startswith("GGUF.")}
    assert values == {name: field.contents() for name, field in fields.items()}
    assert list(tensors) == [tensor.name for tensor in right.tensors]
    for tensor in right.tensors:
        found = tensors[tensor.name]()
        assert found.dtype == np.float32
        same = gguf.dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_array_equal(found, same)


def test_a_torn_file_is_none_wherever_it_is_torn(written):
    data = written.read_bytes()
    for size in [*range(0, 600, 7), len(data) - 40]:
        written.write_bytes(data[:size])
        with pytest.raises(ValueError, match=r"some\.gguf is not a valid GGUF file: "):
            read(written)


def test_where_a_file_ends_too_soon_is_said(tmp_path):
    path = tmp_path / "short"
    path.write_bytes(b"GGUF\3")
    with pytest.raises(
        ValueError,
        match=r"short is not a valid .*: it ends at byte 5, expected",
    ):
        read(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for_and_a_link_is_its_file(written, tmp_path):
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/null")):
        with pytest.raises(ValueError, match=f"{path} is a pipe or a device, not"):
            read(path)
    link.symlink_to(written)
    assert read(link).values == read(written).values


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (b"GGML", "it begins with b'GGML', expected"),
        (b"GGUF\1\0\0\0", "its version is 0x1, expected"),
        (
            b"GGUF\0\0\0\3",
            "its version is 0x3000000, expected",
        ),  # the other order of bytes
    ],
)
def test_another_version_is_named(written, begin, said):
    written.write_bytes(begin + written.read_bytes()[len(begin) :])
    with pytest.raises(ValueError, match=said):
        read(written)


def test_a_kind_that_nobody_knows_is_named(written):
    data = written.read_bytes()
    place = data.index(b"uint8") + len("uint8")
    written.write_bytes(data[:place] + b"\x63" + data[place + 1 :])
    with pytest.raises(ValueError, match="is not a valid GGUF file: 99"):
        read(written)


@pytest.mark.parametrize("byte", [0, 8, 9, 255])
def test_a_changed_byte_gives_other_contents_or_the_same_error(written, byte):
    data, said = written.read_bytes(), set()
    for place in range(data.index(b"Q8_0") + 40):  # where the last tensor is told
        written.write_bytes(data[:place] + bytes([byte]) + data[place + 1 :])
        try:
            with np.errstate(all="ignore"):  # a number may be none
                for make in read(written).tensors.values():
                    make()
        except ValueError as error:
            said.add(str(error))
    of_file = f"{re.escape(str(written))} is not a valid GGUF file: "
    assert len(said) > 50
    assert all(re.match(f"{of_file}|.* cannot be read: ", one) for one in said)


def text(x):
    return struct.pack("<Q", len(x)) + x


ALIGNMENT = text(b"general.alignment")
TENSOR = text(b"output")


@pytest.mark.parametrize(
    ("n_tensors", "n_values", "rest", "said"),
    [
        (0, 1, ALIGNMENT + struct.pack("<II", 4, 0), "alignment is 0, not"),
        (0, 1, ALIGNMENT + struct.pack("<Ii", 5, -8), "alignment is -8, not"),
        (0, 1, ALIGNMENT + struct.pack("<If", 6, 32), r"alignment is 32\.0, not"),
        (
            0,
            1,
            ALIGNMENT + struct.pack("<I", 8) + text(b"32"),
            "alignment is '32', not",
        ),
        (0, 1, text(b"deep") + struct.pack("<I", 9) * 10**5, "recursion"),
        (0, 1, text(b"long") + struct.pack("<IIQ", 9, 0, 2**63), "too long"),
        (1, 0, TENSOR + struct.pack("<IIQ", 0, 0, 0), r"output has shape \[\]"),
        (
            1,
            0,
            TENSOR + struct.pack("<IQIQ", 1, 0, 0, 0),
            r"output has shape \[0\]",
        ),
        (1, 0, TENSOR + struct.pack("<IQIQ", 1, 33, 8, 0), "33., which blocks of 32"),
        (2**64 - 1, 0, b"", "has shape"),
    ],
    ids=itertools.count(),
)
def test_what_no_file_can_mean_is_named(tmp_path, n_tensors, n_values, rest, said):
    path = tmp_path / "some.gguf"
    head = struct.pack("<4sIQQ", b"GGUF", 3, n_tensors, n_values)
    path.write_bytes(head + rest + bytes(64))
    with pytest.raises(
        ValueError, match=rf"some\.gguf is not a valid GGUF.*: .*{said}"
    ):
        read(path)


def test_numbers_that_are_stored_otherwise_are_named():
    one = Tensor("output", (4,), gguf.GGMLQuantizationType.I32, 0)
    with pytest.raises(ValueError, match=r"output cannot be read: .*I32"):
        array(memoryview(b"0000"), one)
